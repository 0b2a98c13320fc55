"""From a formula to an ordered regression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveykit.engine import FloatArray, Key, Request
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihood_model import likelihood_model
from surveykit.estimation.maximise import maximise
from surveykit.estimation.model import Model
from surveykit.estimation.ordered import CumulativeLink, OrderedLikelihood
from surveykit.estimation.outcome_rows import OutcomeRows, outcome_rows
from surveykit.expressions import Expr
from surveykit.formulas import DesignMatrix
from surveykit.survey import Survey

__all__ = ["fit_ordered"]


def fit_ordered(survey: Survey, matrix: DesignMatrix, link: str, offset: Expr | None, level: float) -> Model:
    """Fit a cumulative logit or probit.

    Raises
    ------
    EstimationError
        If the outcome is no ordered category, or a level of it has no case.
    """
    slopes = _without_intercept(matrix)
    rows = outcome_rows(survey, slopes, offset)
    levels = _levels(matrix)
    shares = _shares(rows, levels)
    likelihood = OrderedLikelihood(slopes.names, tuple(map(str, levels)), shares, CumulativeLink(link))
    found = maximise(rows, likelihood)
    return likelihood_model(
        rows, likelihood, found, family=f"ordered {link}", link=link, slopes=len(slopes.names), level=level
    )


def _without_intercept(matrix: DesignMatrix) -> DesignMatrix:
    """Drop the column of ones, whose part the cut points play."""
    columns = tuple(column for column in matrix.columns if column.parts)
    return replace(matrix, columns=columns)


def _levels(matrix: DesignMatrix) -> tuple[object, ...]:
    response = matrix.response
    if response is None or response.levels is None:
        name = "The outcome" if response is None else f"The outcome '{response.name}'"
        raise EstimationError(
            f"{name} is a number, and an ordered regression needs categories in order.",
            remedy="Write C(...) around a rating, or declare an ordered category.",
        )
    if len(response.levels) < 3:
        raise EstimationError(
            f"The outcome '{response.name}' has {len(response.levels)} level(s).",
            remedy='Use family="binomial" for two levels.',
        )
    return response.levels


def _shares(rows: OutcomeRows, levels: tuple[object, ...]) -> FloatArray:
    response = rows.matrix.response
    assert response is not None
    request = Request(
        (None,),
        (Key(response.expr, response.name, levels),),
        where=rows.survey.domain,
        complete=tuple(factor.expr for factor in rows.matrix.factors),
    )
    counts = rows.survey.engine.totals(rows.survey.index, request).sums[:, 0]
    empty = [level for level, count in zip(levels, counts.tolist(), strict=True) if count <= 0]
    if empty:
        raise EstimationError(
            f"No row with all variables has {response.name} = {listing(empty)}.",
            remedy="Merge these levels with their neighbours.",
        )
    return np.asarray(counts / counts.sum())
