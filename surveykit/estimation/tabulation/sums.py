"""Sums of a question's terms in every column of a banner: all that its table is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.replicates import replicate_totals
from surveykit.estimation.tabulation.asked import Asked
from surveykit.estimation.tabulation.rows import BannerRows, Part

__all__ = ["CrossSums", "TermSums", "add_terms"]


@dataclass(frozen=True)
class TermSums:
    """Sums of J terms in C columns.

    Parameters
    ----------
    total
        ``(J, C)`` weighted sums.
    rows
        ``(J, C)`` sums without weights: numbers of rows, for indicators.
    squares
        ``(B, C)`` sums of squared weights over the bases.
    by_unit
        ``(G, J, C)`` weighted sums by sampling unit or stratum; ``(R, J, C)`` by replicate.
    second
        ``(J, P)`` squared weights x coefficient of the stratum x term, by pair of columns; None where the variance
        needs no moments.
    present
        ``(G, B, C + groups)`` rows of the bases by sampling unit or stratum; empty with replicates.
    cross
        What the steps of the weights need; None where they need nothing.
    """

    total: FloatArray
    rows: FloatArray
    squares: FloatArray
    by_unit: FloatArray = field(repr=False)
    second: FloatArray | None = field(repr=False)
    present: FloatArray = field(repr=False)
    cross: CrossSums | None = field(repr=False, default=None)


@dataclass(frozen=True)
class CrossSums:
    """Sums of weighted terms x what the steps of the weights know of a row; see :class:`Rows` of row scores.

    Parameters
    ----------
    slopes
        ``(q, J, C)`` terms x slopes.
    sides
        ``(q, J, C)`` coefficient of the stratum x terms x sides; None where sums by unit tell.
    """

    slopes: FloatArray
    sides: FloatArray | None


def add_terms(rows: BannerRows, number: int, question: Asked, bases: Sequence[int]) -> TermSums:
    """Sum the terms of one question.

    Parameters
    ----------
    rows
        The rows.
    number
        Place of the question among their codes.
    question
        Gives the terms.
    bases
        Terms that are a base of some measure.
    """
    kept = list(bases)
    found: dict[str, FloatArray] = {}

    def add(name: str, value: FloatArray) -> None:
        found[name] = found[name] + value if name in found else value

    by_replicate = rows.survey.replicates is not None
    follows = bool(rows.survey.calibration) and not by_replicate
    for part in rows.parts():
        terms = question.terms(rows.coded[number][part.rows])
        columns = part.weighted.shape[1]
        add("rows", terms.T @ part.present[:, :columns])
        add("squares", terms[:, kept].T @ part.squares)
        add("present", _presence(rows, part, terms[:, kept]))
        add("by_unit", _by_unit(rows, part, terms))
        if part.second is not None:
            add("second", terms.T @ part.second)
        if by_replicate:
            add("total", terms.T @ part.weighted)
        if follows:
            crossed = _crossed(rows, part, terms)
            add("slopes", crossed.slopes)
            if crossed.sides is not None:
                add("sides", crossed.sides)
    total = found["total"] if by_replicate else found["by_unit"].sum(axis=0)
    return TermSums(
        total,
        found["rows"],
        found["squares"],
        found["by_unit"],
        found.get("second"),
        found["present"],
        CrossSums(found["slopes"], found.get("sides")) if follows else None,
    )


def _segments(part: Part, size: int, left: FloatArray, right: FloatArray) -> FloatArray:
    """Products of the terms with the columns, by unit: ``(m, J)`` and ``(m, C)`` to ``(G, J, C)``."""
    found = np.zeros((size, left.shape[1], right.shape[1]))
    if size == 1:
        np.matmul(left.T, right, out=found[0])
        return found
    starts = part.starts.tolist()
    for unit, start, stop in zip(part.units.tolist(), starts, starts[1:], strict=False):
        np.matmul(left[start:stop].T, right[start:stop], out=found[unit])
    return found


def _presence(rows: BannerRows, part: Part, bases: FloatArray) -> FloatArray:
    if rows.survey.replicates is not None:
        return np.zeros((0, bases.shape[1], part.present.shape[1]))
    return _segments(part, rows.units, bases, part.present)


def _by_unit(rows: BannerRows, part: Part, terms: FloatArray) -> FloatArray:
    replicates = rows.survey.replicates
    if replicates is None:
        return _segments(part, rows.units, terms, part.weighted)
    shape = (terms.shape[1], part.weighted.shape[1])
    if rows.route == "replicates":
        sums = _segments(part, rows.units, terms, part.weighted)
        return replicate_totals(replicates.factors, sums.reshape(len(sums), -1)).reshape(-1, *shape)
    found = np.zeros((replicates.replicates, *shape))
    step = max(4_000_000 // (shape[0] * shape[1]), 1)
    for start in range(part.rows.start, part.rows.stop, step):
        whole = slice(start, min(start + step, part.rows.stop))
        inner = slice(whole.start - part.rows.start, whole.stop - part.rows.start)
        products = (terms[inner, :, None] * part.weighted[inner, None, :]).reshape(len(terms[inner]), -1)
        factors = replicates.factors
        block = factors[whole] if isinstance(factors, np.ndarray) else factors.block(whole, slice(None))
        found += (block.T @ products).reshape(found.shape)
    return found


def _crossed(rows: BannerRows, part: Part, terms: FloatArray) -> CrossSums:
    """Sums of terms x slopes of every step, and of terms x sides."""
    slopes = _products(rows.slopes[part.rows], terms, part.weighted)
    if rows.route != "moments":
        return CrossSums(slopes, None)
    scaled = rows.coefficients[rows.unit[part.rows]]
    return CrossSums(slopes, _products(rows.sides[part.rows] * scaled[:, None], terms, part.weighted))


def _products(sides: FloatArray, terms: FloatArray, weighted: FloatArray) -> FloatArray:
    """Sums ``(q, J, C)`` over rows of side x term x weight in the column."""
    size = sides.shape[1]
    crossed = (sides[:, :, None] * terms[:, None, :]).reshape(len(terms), -1)
    return (crossed.T @ weighted).reshape(size, terms.shape[1], -1)
