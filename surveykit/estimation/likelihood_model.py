"""From a likelihood fit to a :class:`Model`."""

from __future__ import annotations

import numpy as np

from surveykit.engine import Request
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.maximise import LikelihoodFit, RowLikelihood, maximise
from surveykit.estimation.model import Model
from surveykit.estimation.outcome_rows import OutcomeRows
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.replicated import each_replicate
from surveykit.results.estimate import two_sided_p
from surveykit.variance import replicate_covariance

__all__ = ["likelihood_model"]


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
    survey, names = rows.survey, likelihood.parameters
    if survey.replicates is None:
        design_df = found.scores.degrees_of_freedom()
        covariance = found.scores.covariance(found.bread)
    else:
        design_df = domain_degrees(survey)
        refitted = each_replicate(
            survey,
            lambda one: maximise(OutcomeRows(one, rows.matrix, rows.offset), likelihood, start=found.theta).theta,
        )
        covariance = replicate_covariance(refitted, found.theta, survey.replicates)
    residual_df = design_df - slopes
    n, weight = found.scores.rows, found.scores.weight
    total = survey.engine.totals(survey.index, Request((None,), where=survey.domain))
    scale = float(total.rows[0] / total.sums[0, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        t = found.theta / np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    size = len(names)
    notes = selection_note(survey)
    if survey.domain_text:
        notes = (*notes, f"Domain: {survey.domain_text}.")
    return Model(
        statistic="coefficient",
        names=names,
        labels={"term": names},
        estimate=found.theta,
        covariance=covariance,
        df=np.full(size, residual_df),
        n=np.full(size, n),
        weighted_n=np.full(size, weight),
        weight=survey.weight_name,
        level=level,
        facts={"t": t, "p": two_sided_p(t, np.full(size, residual_df))},
        notes=notes,
        synthetic=survey.synthetic,
        formula=rows.matrix.text,
        family=family,
        link=link,
        matrix=rows.matrix,
        deviance=-2 * found.loglik * scale,
        bread=found.bread,
        design_df=design_df,
        survey=survey,
        offset=rows.offset,
        likelihood=likelihood,
    )
