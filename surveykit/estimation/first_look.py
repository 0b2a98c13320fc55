"""The first walk over the rows of a model: what is there, and where to start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.gram import gram
from surveykit.estimation.model_rows import ModelRows, harmless
from surveykit.estimation.normal_equations import independent
from surveykit.estimation.row_scores import Part, each_part

__all__ = ["Start", "first_look"]


@dataclass(frozen=True)
class Start:
    """Where a fit starts.

    Parameters
    ----------
    information, gradient
        ``(q, q)`` and ``(q,)`` normal equations at the starting means, of the columns kept.
    kept
        ``(q,)`` positions of the columns that are not aliased.
    deviance
        Weighted deviance at the starting means.
    binary
        Whether every outcome is 0 or 1.
    """

    information: FloatArray
    gradient: FloatArray
    kept: IntArray
    deviance: float
    binary: bool


@dataclass
class _Look:
    """What the first walk over some rows finds."""

    information: FloatArray
    gradient: FloatArray
    lowest: float = np.inf
    highest: float = -np.inf
    weight: float = 0.0
    deviance: float = 0.0
    binary: bool = True


def first_look(rows: ModelRows) -> Start:
    """Information and working response at the starting means, and the columns that are not aliased."""
    looks = each_part(rows.survey, lambda part: _look(rows, part))
    if sum(look.weight for look in looks) == 0:
        domain = f" in the domain {rows.survey.domain_text!r}" if rows.survey.domain_text else ""
        raise EstimationError(
            f"'{rows.matrix.text}': no row{domain} has all variables.",
            remedy="Check for missing values and the domain.",
        )
    lowest, highest = min(look.lowest for look in looks), max(look.highest for look in looks)
    if lowest == highest:
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' is {lowest:g} in every row, so there is nothing to explain.",
            remedy="Check the coding of the outcome, or the domain.",
        )
    information = sum(look.information for look in looks[1:]) + looks[0].information
    gradient = sum(look.gradient for look in looks[1:]) + looks[0].gradient
    kept = independent(information)
    deviance = sum(look.deviance for look in looks)
    binary = all(look.binary for look in looks)
    return Start(information[np.ix_(kept, kept)], gradient[kept], kept, deviance, binary)


def _look(rows: ModelRows, part: Part) -> _Look:
    size = len(rows.matrix.columns)
    found = _Look(np.zeros((size, size)), np.zeros(size))
    for batch, x, y, offset in rows.batches(part):
        inside = batch.weight != 0
        if not inside.any():
            continue
        used = y if inside.all() else y[inside]
        _refuse_impossible(rows, used)
        found.lowest, found.highest = min(found.lowest, float(used.min())), max(found.highest, float(used.max()))
        found.binary = found.binary and bool(np.array_equal(used == 1, used))
        found.weight += float(batch.weight.sum())
        outcome = y if used is y else np.where(inside, y, harmless(rows))
        mu = rows.family.start(outcome, batch.weight * rows.scale)
        eta = rows.link.forward(mu)
        slope = rows.link.slope(eta)
        working = batch.weight * slope**2 / rows.family.variance(mu)
        found.information += gram(x, working)
        found.gradient += x.T @ (working * (eta - offset + (outcome - mu) / slope))
        found.deviance += float(batch.weight @ rows.family.deviance(outcome, mu))
    return found


def _refuse_impossible(rows: ModelRows, y: FloatArray) -> None:
    bad = ~rows.family.valid(y).astype(np.bool_)
    if bad.any():
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' takes the value {float(y[bad][0]):g}; the family "
            f"'{rows.family.name}' allows {rows.family.support}.",
            remedy="Recode the outcome, or choose another family.",
        )
