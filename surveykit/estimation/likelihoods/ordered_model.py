"""From a formula to an ordered regression."""

from __future__ import annotations

from dataclasses import replace

from surveykit.estimation.likelihoods.likelihood_model import likelihood_model
from surveykit.estimation.likelihoods.maximise import maximise
from surveykit.estimation.likelihoods.ordered import CumulativeLink, OrderedLikelihood
from surveykit.estimation.likelihoods.outcome_levels import outcome_levels, outcome_shares
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.models.model import Model
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
    levels = outcome_levels(matrix, "an ordered regression needs categories in order")
    shares = outcome_shares(rows, levels)
    likelihood = OrderedLikelihood(slopes.names, tuple(map(str, levels)), shares, CumulativeLink(link))
    found = maximise(rows, likelihood)
    return likelihood_model(
        rows, likelihood, found, family=f"ordered {link}", link=link, slopes=len(slopes.names), level=level
    )


def _without_intercept(matrix: DesignMatrix) -> DesignMatrix:
    """Drop the column of ones, whose part the cut points play."""
    columns = tuple(column for column in matrix.columns if column.parts)
    return replace(matrix, columns=columns)
