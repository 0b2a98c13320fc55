"""A fitted model row by row: its scores, its predictions, and how it is fitted again with other weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.likelihoods.maximise import RowLikelihood, maximise
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows, outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.predictions import MeanPrediction, Prediction
from surveykit.estimation.models.rows import model_rows
from surveykit.estimation.regression.families import LINKS, family_and_link
from surveykit.estimation.regression.firth import refit_firth
from surveykit.estimation.regression.scoring import refit
from surveykit.survey import Survey

__all__ = ["RowModel", "row_model"]


@dataclass(frozen=True)
class RowModel:
    """What averages over the rows of a model need.

    Parameters
    ----------
    rows
        Its rows, with the columns that are not aliased.
    prediction
        What it predicts.
    theta, covariance
        ``(q,)`` parameters and their covariance.
    bread
        ``(q, q)`` inverse information: parameters move by bread times the sum of the scores.
    scores
        From x, y and offset of a batch to the scores ``(m, q)``, without weights.
    refit
        Parameters with the weights of another survey of the same rows.
    """

    rows: OutcomeRows
    prediction: Prediction
    theta: FloatArray
    covariance: FloatArray
    bread: FloatArray
    scores: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    refit: Callable[[Survey], FloatArray]


def row_model(model: Model) -> RowModel:
    """Open a fitted model.

    Raises
    ------
    EstimationError
        If this kind of model predicts nothing row by row.
    """
    kept = tuple(column for column in model.matrix.columns if column.name not in model.aliased)
    rows = outcome_rows(model.survey, replace(model.matrix, columns=kept), model.offset)
    likelihood = model.likelihood
    if model.family == "binomial, Firth":
        linear = _linear_model(replace(model, family="binomial"), rows)
        return replace(linear, refit=lambda survey: refit_firth(rows, survey, model.estimate))
    if likelihood is None and model.family in ("gaussian", "binomial", "poisson", "gamma"):
        return _linear_model(model, rows)
    prediction: object = likelihood
    if likelihood is None or not isinstance(prediction, Prediction):
        raise EstimationError(
            f"Effects of a model of the family '{model.family}' are not defined row by row.",
            remedy="Its coefficients are what it reports.",
        )

    fitted: RowLikelihood = likelihood

    def again(survey: Survey) -> FloatArray:
        return maximise(replace(rows, survey=survey), fitted, start=model.estimate).theta

    return RowModel(
        rows,
        prediction,
        model.estimate,
        model.covariance,
        model.bread,
        lambda x, y, offset: np.asarray(fitted.scores(x, y, offset, model.estimate)),
        again,
    )


def _linear_model(model: Model, rows: OutcomeRows) -> RowModel:
    family, link = family_and_link(model.family, model.link)
    beta, every = model.estimate, np.arange(len(rows.matrix.columns))

    def scores(x: FloatArray, y: FloatArray, offset: FloatArray) -> FloatArray:
        eta = x @ beta + offset
        mu = link.inverse(eta)
        if family.name == "binomial":
            mu = np.clip(mu, 1e-15, 1 - 1e-15)
        found: FloatArray = x * ((y - mu) * link.slope(eta) / family.variance(mu))[:, None]
        return found

    def again(survey: Survey) -> FloatArray:
        return refit(model_rows(survey, rows.matrix, family, link, rows.offset), every, beta)

    return RowModel(rows, MeanPrediction(LINKS[model.link]), beta, model.covariance, model.bread, scores, again)
