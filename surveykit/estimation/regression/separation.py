"""Separated outcomes: a coefficient without a finite estimate, named instead of reported."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.regression.normal_equations import solve_normal
from surveykit.estimation.regression.row_blocks import blocks

__all__ = ["LastPass", "may_be_separated", "refuse_if_separated"]

_SEPARATED = 15.0

#: Deviance, for weights of mean one, of outcomes that are all foretold: one that is not adds its own weight.
_PERFECT = 1e-6

#: Links under which a probability nears 0 or 1 only as the predictor runs away.
_BOUNDED = ("logit", "probit", "cloglog")


class LastPass(Protocol):
    """What the last round of scoring found."""

    information: FloatArray
    gradient: FloatArray
    deviance: float
    widest: float
    steepest: float


def may_be_separated(rows: ModelRows, widest: float) -> bool:
    """Whether fitted probabilities come so near to 0 or 1 that the cause must be looked for.

    Parameters
    ----------
    widest
        Largest log odds of a fitted probability.
    """
    return rows.family.name == "binomial" and rows.link.name in _BOUNDED and widest >= _SEPARATED


def refuse_if_separated(rows: ModelRows, kept: IntArray, beta: FloatArray, last: LastPass) -> None:
    """Refuse a fit in which a column drives fitted probabilities to 0 or 1.

    Where a coefficient has no finite maximum, its information vanishes with the fitted probabilities while its effect
    on the log odds, over the range of the column, grows with every round.
    """
    if not may_be_separated(rows, last.widest):
        return
    low, high = np.full(len(kept), np.inf), np.full(len(kept), -np.inf)
    for block in blocks(rows, kept):
        x = block.x if block.whole else block.x[:, block.batch.weight != 0]
        if x.size:
            low, high = np.minimum(low, x.min(axis=1)), np.maximum(high, x.max(axis=1))
    span = high - low
    step = solve_normal(last.information, last.gradient)
    moving = np.abs(step) * span * abs(last.steepest) > 0.3
    effect = np.abs(beta) * span
    if last.deviance * rows.scale < _PERFECT:
        # Where every outcome is foretold, steps end with the digits of the probabilities.
        moving |= effect == effect.max()
    guilty = [rows.matrix.names[kept[place]] for place in np.argsort(-effect).tolist() if moving[place]]
    if not guilty:
        return
    raise EstimationError(
        f"'{rows.matrix.text}': the outcome is separated by {listing(guilty[:2])}, so its coefficient has no finite "
        f"estimate.",
        remedy="Merge its levels, leave it out, or use a penalised fit (penalty='firth').",
    )
