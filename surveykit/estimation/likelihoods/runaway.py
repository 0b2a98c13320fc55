"""Parameters without a finite maximum: the likelihood is flat long before they stop, and that is no convergence."""

from __future__ import annotations

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows

__all__ = ["refuse_runaway"]


def refuse_runaway(rows: OutcomeRows, parameters: tuple[str, ...], theta: FloatArray, step: FloatArray) -> None:
    """Refuse a fit whose last step still moved a parameter although the likelihood did not change any more.

    At a maximum Newton's last step is a millionth of a standard error. Where categories are separated by a column, each
    step moves its coefficient by about one over the column's range, for ever.

    Raises
    ------
    EstimationError
        Naming the parameters.
    """
    moving = np.abs(step) > 1e-3 * np.abs(theta)
    if not moving.any():
        return
    spans = _spans(rows)
    by_name = dict(zip(rows.matrix.names, spans.tolist(), strict=True))
    reach = np.array([by_name.get(name.rsplit(": ", 1)[-1], 1.0) for name in parameters])
    guilty = moving & (np.abs(step) * reach > 0.05)
    if not guilty.any():
        return
    # The farthest parameters first: the intercepts and cut points only follow them.
    order = np.argsort(-np.abs(theta) * reach * guilty, kind="stable")
    names = [parameters[place] for place in order.tolist() if guilty[place]]
    raise EstimationError(
        f"'{rows.matrix.text}': {listing(names[:3])} {'has' if len(names) == 1 else 'have'} no finite estimate: "
        "a column separates the outcomes, or a scale shrinks to nothing.",
        remedy="Merge levels, leave the column out, or choose a simpler family.",
    )


def _spans(rows: OutcomeRows) -> FloatArray:
    size = len(rows.matrix.columns)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    for batch, x, _, _ in rows.batches():
        inside = batch.weight != 0
        if inside.any():
            low, high = np.minimum(low, x[inside].min(axis=0)), np.maximum(high, x[inside].max(axis=0))
    spans: FloatArray = np.where(high > low, high - low, 1.0)
    return spans
