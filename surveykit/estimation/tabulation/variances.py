"""From the sums of a question to the covariance of its measures across the columns of a banner.

The score of a row for measure k in column c is ``w (top - p base) / D`` within the column, p the estimate and D its
denominator; its moments are those of the terms, put together. What a design does with scores is in
:mod:`surveykit.variance`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.estimation.row_scores import Rows, ScoreSums
from surveykit.estimation.tabulation.asked import Measure
from surveykit.estimation.tabulation.rows import BannerRows
from surveykit.estimation.tabulation.sums import TermSums
from surveykit.variance import RowTotals, covariance, covariance_from_rows, replicate_covariance

__all__ = ["Ratios", "Tabulated", "group_covariance", "log_odds_errors", "ratios", "side_sums"]

_ROUNDING = 1e-13


@dataclass(frozen=True)
class Ratios:
    """Estimates of K measures in C columns.

    Parameters
    ----------
    estimate, denominator
        ``(K, C)``; NaN and zero where the column has no base.
    top, base
        ``(K,)`` terms of each measure.
    products
        ``(K, 3)`` terms that are top x top, top x base, base x base.
    place
        ``(K,)`` place among the bases of the one that counts its rows.
    """

    estimate: FloatArray
    denominator: FloatArray
    top: IntArray
    base: IntArray
    products: IntArray
    place: IntArray


@dataclass(frozen=True)
class Tabulated:
    """One question with its sums and estimates; `terms` gives the terms ``(m, J)`` of all rows where they matter."""

    sums: TermSums
    found: Ratios
    terms: Callable[[], FloatArray]


def ratios(sums: TermSums, measures: Sequence[Measure], bases: Sequence[int]) -> Ratios:
    """Estimates without their shifts."""
    top = np.array([one.top for one in measures])
    base = np.array([one.base for one in measures])
    products = np.array([one.products for one in measures])
    place = np.array([list(bases).index(one.counted) for one in measures])
    denominator = sums.total[base]
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = sums.total[top] / denominator
    return Ratios(_exact(estimate, sums, measures), denominator, top, base, products, place)


def _exact(estimate: FloatArray, sums: TermSums, measures: Sequence[Measure]) -> FloatArray:
    """Shares of nobody and of everybody are 0 and 1, whatever the order of summing."""
    counted = sums.rows[[one.top for one in measures]]
    whole = sums.rows[[one.base for one in measures]]
    indicator = np.array([[one.indicator] for one in measures]) & (whole > 0)
    return np.where(indicator & (counted == 0), 0.0, np.where(indicator & (counted == whole), 1.0, estimate))


def _scores(sums: FloatArray, found: Ratios, columns: IntArray, *, chosen: bool = False) -> FloatArray:
    """Scores ``(..., K, c)`` from sums of terms ``(..., J, C)`` in some columns, `chosen` already or not."""
    own = sums if chosen else sums[..., columns]
    denominator = found.denominator[:, columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = (own[..., found.top, :] - found.estimate[:, columns] * own[..., found.base, :]) / denominator
    return np.where(denominator != 0, scores, 0.0)


def _second(rows: BannerRows, sums: TermSums, found: Ratios, columns: IntArray) -> FloatArray:
    """Second moments of scores ``(K, c, c)``; columns may hold the total, which shares all rows of the others."""
    assert sums.second is not None
    first, other = rows.grid.pairs
    size = len(columns)
    local = {int(column): place for place, column in enumerate(columns.tolist())}
    place = np.full((size, size), -1)
    for pair, (one, two) in enumerate(zip(first.tolist(), other.tolist(), strict=True)):
        if one in local and two in local:
            place[local[one], local[two]] = place[local[two], local[one]] = pair
    if 0 in local and rows.grid.starts[1] == 1:  # the total: each other column lies within it
        within = np.diagonal(place).copy()
        place[local[0], :] = place[:, local[0]] = within
    moments = np.where(place >= 0, sums.second[:, place], 0.0)
    top, cross, base = (moments[found.products[:, one]] for one in range(3))
    estimate = found.estimate[:, columns]
    left, right = estimate[:, :, None], estimate[:, None, :]
    denominator = found.denominator[:, columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = top - (left + right) * cross + left * right * base
        scaled = scaled / (denominator[:, :, None] * denominator[:, None, :])
    return np.where(np.isfinite(scaled), scaled, 0.0)


def group_covariance(
    rows: BannerRows, question: Tabulated, columns: IntArray, group: int, sides: ScoreSums | None
) -> FloatArray:
    """Covariance ``(K, c, c)`` of each measure across some columns.

    Parameters
    ----------
    question
        Its sums and estimates.
    columns
        Which columns.
    group
        Group whose rows are the domain of the comparison.
    sides
        From :func:`side_sums`.
    """
    sums, found = question.sums, question.found
    measures, size = len(found.estimate), len(columns)
    width = measures * size
    if rows.survey.replicates is not None:
        matrix = _replicated(rows, sums, found, columns)
    else:
        totals = _scores(sums.by_unit, found, columns).reshape(len(sums.by_unit), width)
        counts = sums.present[:, :, rows.grid.starts[-1] + group].max(axis=1).astype(np.int64)
        second = np.zeros((width, width))
        if rows.route == "moments":
            blocks = _second(rows, sums, found, columns)
            for k, block in enumerate(blocks):
                second[k * size : (k + 1) * size, k * size : (k + 1) * size] = block
        if rows.leaps:
            matrix = _row_by_row(rows, question.terms(), found, columns)
        elif sides is not None:
            matrix = _followed(sums, found, columns, (totals, counts, second), sides)
        elif rows.route == "moments":
            matrix = covariance_from_rows(RowTotals(second, totals, counts), rows.survey.structure)
        else:
            matrix = covariance(totals, rows.survey.structure, counts > 0)
    blocks = matrix.reshape(measures, size, measures, size)
    return np.stack([blocks[k, :, k, :] for k in range(measures)])


def _replicated(rows: BannerRows, sums: TermSums, found: Ratios, columns: IntArray) -> FloatArray:
    replicates = rows.survey.replicates
    assert replicates is not None
    own = sums.by_unit[:, :, columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        estimates = own[:, found.top] / own[:, found.base]
    full = found.estimate[:, columns].ravel()
    return replicate_covariance(estimates.reshape(len(estimates), -1), full, replicates)


def log_odds_errors(rows: BannerRows, sums: TermSums, found: Ratios) -> FloatArray | None:
    """Standard errors ``(K, C)`` of log odds from replicates; None without them."""
    replicates = rows.survey.replicates
    if replicates is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        top, base = sums.by_unit[:, found.top], sums.by_unit[:, found.base]
        odds = np.log(top / (base - top))
        full = np.log(found.estimate / (1 - found.estimate))
        used = replicates.rscales > 0
        centre = full if replicates.mse else odds[used].mean(axis=0)
        spread = np.where(used[:, None, None], odds - centre, 0.0) ** 2
        return np.sqrt(replicates.scale * np.tensordot(replicates.rscales, spread, axes=1))


def side_sums(rows: BannerRows) -> ScoreSums | None:
    """Sums of what the steps of the weights add, which every table shares; None where there is nothing to follow."""
    if not rows.survey.calibration or rows.survey.replicates is not None:
        return None
    sums = ScoreSums(rows.survey, 0)
    sums.add(_batch(rows), np.zeros((len(rows.weight), 0)))
    return sums


def _batch(rows: BannerRows) -> Rows:
    """All rows at once, as row scores are added."""
    facts = (rows.weight, rows.unit, rows.unit, 0, rows.weight)
    return Rows((), *facts, rows.sides, rows.slopes, rows.leaps)


def _followed(
    sums: TermSums,
    found: Ratios,
    columns: IntArray,
    scores: tuple[FloatArray, IntArray, FloatArray],
    sides: ScoreSums,
) -> FloatArray:
    """Covariance of scores that follow the steps of the weights."""
    assert sums.cross is not None
    totals, counts, second = scores
    width = totals.shape[1]
    slopes = _scores(sums.cross.slopes, found, columns).reshape(-1, width)
    cross = np.split(slopes, np.cumsum(sides.steps)[:-1])
    mixed = None if sums.cross.sides is None else _scores(sums.cross.sides, found, columns).reshape(-1, width)
    joined = sides.beside(totals, cross, counts, None if mixed is None else (second, mixed))
    found_matrix = joined.covariance(np.eye(width))
    before = np.diagonal(second) if mixed is not None else np.einsum("up,up->p", totals, totals)
    return _without_rounding(found_matrix, before)


def _without_rounding(matrix: FloatArray, before: FloatArray) -> FloatArray:
    """Set variances to zero that are what rounding left of the variance before: weighting fixes these shares."""
    fixed = np.diagonal(matrix) < _ROUNDING * before
    matrix = matrix.copy()
    matrix[fixed, :] = 0.0
    matrix[:, fixed] = 0.0
    return matrix


def _row_by_row(rows: BannerRows, terms: FloatArray, found: Ratios, columns: IntArray) -> FloatArray:
    """Covariance from the scores of single rows: what response adds under finite-population corrections needs them."""
    members, _ = rows.members(slice(0, len(rows.weight)))
    weighted = rows.weight[:, None] * members[:, columns]
    scores = _scores(terms[:, :, None] * weighted[:, None, :], found, columns, chosen=True)
    width = scores.shape[1] * scores.shape[2]
    sums = ScoreSums(rows.survey, width)
    sums.add(_batch(rows), scores.reshape(len(scores), width))
    return sums.covariance(np.eye(width))
