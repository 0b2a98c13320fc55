"""Separated outcomes: a coefficient without a finite estimate, named instead of reported."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.model_rows import ModelRows, kept_columns
from surveykit.estimation.normal_equations import solve_normal

__all__ = ["LastPass", "refuse_if_separated"]

_SEPARATED = 15.0

#: Links under which a probability nears 0 or 1 only as the predictor runs away.
_BOUNDED = ("logit", "probit", "cloglog")


class LastPass(Protocol):
    """What the last round of scoring found."""

    information: FloatArray
    gradient: FloatArray
    widest: float
    steepest: float


def refuse_if_separated(rows: ModelRows, kept: IntArray, beta: FloatArray, last: LastPass) -> None:
    """Refuse a fit in which a column drives fitted probabilities to 0 or 1.

    Where a coefficient has no finite maximum, its information vanishes with the fitted probabilities while its effect
    on the log odds, over the range of the column, grows with every round.
    """
    if rows.family.name != "binomial" or rows.link.name not in _BOUNDED or last.widest < _SEPARATED:
        return
    low, high = np.full(len(kept), np.inf), np.full(len(kept), -np.inf)
    for batch, x, _, _ in kept_columns(rows, kept):
        inside = batch.weight != 0
        if inside.any():
            low, high = np.minimum(low, x[inside].min(axis=0)), np.maximum(high, x[inside].max(axis=0))
    span = high - low
    step = solve_normal(last.information, last.gradient)
    moving = np.abs(step) * span * abs(last.steepest) > 0.3
    effect = np.abs(beta) * span
    guilty = [rows.matrix.names[kept[place]] for place in np.argsort(-effect).tolist() if moving[place]]
    if not guilty:
        return
    raise EstimationError(
        f"'{rows.matrix.text}': the outcome is separated by {listing(guilty[:2])}, so its coefficient has no finite "
        f"estimate.",
        remedy="Merge its levels, leave it out, or use a penalised fit (penalty='firth').",
    )
