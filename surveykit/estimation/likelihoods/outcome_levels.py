"""The levels of a categorical outcome, and how often each occurs."""

from __future__ import annotations

import numpy as np

from surveykit.engine import FloatArray, Key, Request
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.formulas import DesignMatrix

__all__ = ["outcome_levels", "outcome_shares"]


def outcome_levels(matrix: DesignMatrix, what: str) -> tuple[object, ...]:
    """Levels of the outcome.

    Parameters
    ----------
    what
        What needs them, for the message: ``"an ordered regression needs categories in order"``.

    Raises
    ------
    EstimationError
        If the outcome is a number, or has fewer than three levels.
    """
    response = matrix.response
    if response is None or response.levels is None:
        name = "The outcome" if response is None else f"The outcome '{response.name}'"
        raise EstimationError(
            f"{name} is a number, and {what}.",
            remedy="Write C(...) around a rating, or declare an ordered category.",
        )
    if len(response.levels) < 3:
        raise EstimationError(
            f"The outcome '{response.name}' has {len(response.levels)} level(s).",
            remedy='Use family="binomial" for two levels.',
        )
    return response.levels


def outcome_shares(rows: OutcomeRows, levels: tuple[object, ...], *, empty: bool = False) -> FloatArray:
    """Weighted shares of the levels ``(K,)`` among the rows that have all variables.

    Parameters
    ----------
    empty
        Whether levels without cases are allowed.

    Raises
    ------
    EstimationError
        If a level has no case; all such levels are named.
    """
    response = rows.matrix.response
    assert response is not None
    request = Request(
        (None,),
        (Key(response.expr, response.name, levels),),
        where=rows.survey.domain,
        complete=tuple(factor.expr for factor in rows.matrix.factors),
    )
    counts = rows.survey.engine.totals(rows.survey.index, request).sums[:, 0]
    absent = [level for level, count in zip(levels, counts.tolist(), strict=True) if count <= 0]
    if absent and not (empty and len(absent) < len(levels)):
        raise EstimationError(
            f"No row with all variables has {response.name} = {listing(absent)}.",
            remedy="Merge these levels with their neighbours.",
        )
    return np.asarray(counts / counts.sum())
