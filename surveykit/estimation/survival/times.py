"""Times and events of a formula: one signed number a row, negative where the event was not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveykit.errors import EstimationError
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows, outcome_rows
from surveykit.estimation.row_scores import scan
from surveykit.expressions import Choose, Compare, Expr, Literal, Negate
from surveykit.formulas import DesignMatrix
from surveykit.survey import Survey

__all__ = ["timed_rows", "without_intercept"]


def timed_rows(survey: Survey, matrix: DesignMatrix, event: str, offset: Expr | None = None) -> OutcomeRows:
    """Rows whose outcome is the time, negative where it was only a lower bound.

    Parameters
    ----------
    event
        Column of 0 and 1, or a condition: whether the event was seen at that time.

    Raises
    ------
    EstimationError
        If a time is not positive, the event is not 0 or 1, or no event was seen.
    """
    rows = outcome_rows(survey, matrix, offset)
    response = rows.matrix.response
    assert response is not None
    if response.levels is not None:
        raise EstimationError(f"'{response.name}' is a category, not a time.", remedy="Give a number as the outcome.")
    seen = survey.expression(event)
    if survey.engine.describe(seen).categories is not None:
        raise EstimationError(
            f"The event '{event}' is a category.", remedy=f"Write a condition, as event=\"{event} == 'closed'\"."
        )
    _check(survey, response.expr, seen, response.name, event)
    signed = Choose(Compare("==", seen, Literal(1)), response.expr, Negate(response.expr))
    return outcome_rows(survey, replace(matrix, response=replace(response, expr=signed)), offset)


def _check(survey: Survey, time: Expr, seen: Expr, name: str, event: str) -> None:
    events = 0
    for batch in scan(survey, [time, seen]):
        inside = batch.weight != 0
        times = np.asarray(batch.values[0].data, np.float64)[inside]
        flags = np.asarray(batch.values[1].data, np.float64)[inside]
        if (times <= 0).any():
            raise EstimationError(
                f"'{name}' has the value {times[times <= 0][0]:g}, and a time is above zero.",
                remedy="Mend it, or mark a domain without such rows.",
            )
        other = ~np.isin(flags, (0.0, 1.0))
        if other.any():
            raise EstimationError(
                f"The event '{event}' has the value {flags[other][0]:g}; it must be 0 or 1.",
                remedy=f'Write a condition, as event="{event} == 2".',
            )
        events += int(flags.sum())
    if events == 0:
        raise EstimationError(f"No event of '{event}' was seen in the domain.", remedy="Check its coding.")


def without_intercept(matrix: DesignMatrix) -> DesignMatrix:
    """Drop the column of ones, which a baseline hazard replaces."""
    columns = tuple(column for column in matrix.columns if column.parts)
    return replace(matrix, columns=columns)
