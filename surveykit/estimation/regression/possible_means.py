"""Links under which a step may reach means that the family does not have: such steps are shortened."""

from __future__ import annotations

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.regression.row_blocks import blocks

__all__ = ["bounded", "possible_start", "possible_step"]

_HALVINGS = 30

#: Lowest and highest mean of the families whose means have bounds, and their links that do not keep them.
_BOUNDS = {
    "binomial": (0.0, 1.0, ("log", "identity")),
    "poisson": (0.0, np.inf, ("identity",)),
    "gamma": (0.0, np.inf, ("identity", "inverse")),
}


def bounded(rows: ModelRows) -> bool:
    """Whether the link lets the predictor reach means that the family does not have."""
    return _bounds(rows) is not None


def possible_start(rows: ModelRows, kept: IntArray, beta: FloatArray) -> FloatArray:
    """Starting coefficients, drawn towards the weighted mean of all rows until every mean is possible.

    Raises
    ------
    EstimationError
        If the model has no intercept to begin from, or its offset rules the weighted mean out.
    """
    bounds = _bounds(rows)
    if bounds is None or _inside(rows, kept, beta, bounds):
        return beta
    names = [rows.matrix.names[place] for place in kept.tolist()]
    flat = np.zeros(len(kept))
    if "Intercept" in names:
        flat[names.index("Intercept")] = rows.link.forward(np.array(_weighted_mean(rows)))
    if "Intercept" not in names or not _inside(rows, kept, flat, bounds):
        raise EstimationError(
            f"'{rows.matrix.text}': under the link '{rows.link.name}' no coefficients to start from keep the means of "
            f"the family '{rows.family.name}'.",
            remedy="Add an intercept, leave the offset out, or choose another link.",
        )
    return possible_step(rows, kept, flat, beta - flat)[0]


def possible_step(rows: ModelRows, kept: IntArray, beta: FloatArray, step: FloatArray) -> tuple[FloatArray, bool]:
    """Take the step, or the longest of its halves under which every mean is possible.

    Returns
    -------
    beta
        ``(q,)`` new coefficients.
    whole
        Whether it is the whole step: a fit that stops at a shortened one has not converged.
    """
    bounds = _bounds(rows)
    if bounds is None:
        return beta + step, True
    for halving in range(_HALVINGS):
        trial = beta + step * 0.5**halving
        if _inside(rows, kept, trial, bounds):
            return trial, halving == 0
    return beta, False


def _bounds(rows: ModelRows) -> tuple[float, float] | None:
    low, high, links = _BOUNDS.get(rows.family.name, (0.0, 0.0, ()))
    return (low, high) if rows.link.name in links else None


def _inside(rows: ModelRows, kept: IntArray, beta: FloatArray, bounds: tuple[float, float]) -> bool:
    for block in blocks(rows, kept):
        eta = block.predictor(beta)
        eta = eta if block.whole else eta[block.batch.weight != 0]
        with np.errstate(divide="ignore", over="ignore"):
            means = rows.link.inverse(eta)
        if not ((means > bounds[0]) & (means < bounds[1])).all():
            return False
    return True


def _weighted_mean(rows: ModelRows) -> float:
    total = weight = 0.0
    for batch, _, y, _ in rows.batches():
        total += float(batch.weight @ y)
        weight += float(batch.weight.sum())
    return total / weight
