"""From a likelihood fit to a :class:`Model`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from surveykit.engine import FloatArray, Request
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.likelihoods.maximise import LikelihoodFit, RowLikelihood, maximise
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.few_units import freedom_notes
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_scores import ScoreSums
from surveykit.results.estimate import two_sided_p
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["Fitted", "fitted_model", "likelihood_model"]


@dataclass(frozen=True)
class Fitted:
    """Solved estimating equations.

    Parameters
    ----------
    names
        ``(q,)`` names of the parameters.
    theta
        ``(q,)``.
    bread
        ``(q, q)`` inverse of minus the derivative of the estimating equations.
    scores
        Sums of the scores.
    refit
        The parameters with the weights of another survey of the same rows.
    lost
        Degrees of freedom that the model takes from the design.
    deviance
        Weights scaled to mean one; NaN where there is none.
    """

    names: tuple[str, ...]
    theta: FloatArray
    bread: FloatArray
    scores: ScoreSums
    refit: Callable[[Survey], FloatArray]
    lost: int
    deviance: float = float("nan")


def likelihood_model(
    rows: OutcomeRows,
    likelihood: RowLikelihood,
    found: LikelihoodFit,
    *,
    family: str,
    link: str,
    slopes: int,
    level: float,
) -> Model:
    """Attach the design-based covariance, degrees of freedom and bases to a fit.

    Parameters
    ----------
    slopes
        Number of slopes; residual degrees of freedom are the design's less these.
    """
    survey = rows.survey
    total = survey.engine.totals(survey.index, Request((None,), where=survey.domain))
    scale = float(total.rows[0] / total.sums[0, 0])

    def refit(one: Survey) -> FloatArray:
        return maximise(replace(rows, survey=one), likelihood, start=found.theta).theta

    fitted = Fitted(
        likelihood.parameters, found.theta, found.bread, found.scores, refit, slopes, -2 * found.loglik * scale
    )
    return fitted_model(rows, fitted, family=family, link=link, level=level, likelihood=likelihood)


def fitted_model(
    rows: OutcomeRows,
    found: Fitted,
    *,
    family: str,
    link: str,
    level: float,
    likelihood: RowLikelihood | None = None,
    notes: tuple[str, ...] = (),
) -> Model:
    """Make a model of solved estimating equations."""
    survey, names = rows.survey, found.names
    if survey.replicates is None:
        design_df = found.scores.degrees_of_freedom()
        covariance = found.scores.covariance(found.bread)
    else:
        design_df = domain_degrees(survey, rows.complete)
        covariance = replicate_covariance(each_replicate(survey, found.refit), found.theta, survey.replicates)
    residual_df = design_df - found.lost
    with np.errstate(divide="ignore", invalid="ignore"):
        t = found.theta / np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    size = len(names)
    notes = (*selection_note(survey), *notes)
    if survey.domain_text:
        notes = (*notes, f"Domain: {survey.domain_text}.")
    notes = (*notes, *freedom_notes(survey, design_df, size, residual_df))
    return Model(
        statistic="coefficient",
        names=names,
        labels={"term": names},
        estimate=found.theta,
        covariance=covariance,
        df=np.full(size, residual_df),
        n=np.full(size, found.scores.rows),
        weighted_n=np.full(size, found.scores.weight),
        weight=survey.weight_name,
        level=level,
        facts={"t": t, "p": two_sided_p(t, np.full(size, residual_df))},
        notes=notes,
        synthetic=survey.synthetic,
        formula=rows.matrix.text,
        family=family,
        link=link,
        matrix=rows.matrix,
        deviance=found.deviance,
        bread=found.bread,
        design_df=design_df,
        survey=survey,
        offset=rows.offset,
        likelihood=likelihood,
    )
