"""Parametric survival: accelerated failure times with Weibull, exponential, lognormal or loglogistic times."""

from __future__ import annotations

import numpy as np

from surveykit.engine.threads import one_thread
from surveykit.estimation.likelihoods.censored import CensoredLikelihood
from surveykit.estimation.likelihoods.likelihood_model import likelihood_model
from surveykit.estimation.likelihoods.maximise import maximise
from surveykit.estimation.likelihoods.standard_distributions import standard
from surveykit.estimation.models.model import Model
from surveykit.estimation.survival.times import timed_rows
from surveykit.formulas import compile_formula
from surveykit.survey import Survey

__all__ = ["survival_regression"]


def survival_regression(
    survey: Survey, formula: str, *, event: str, distribution: str = "weibull", level: float = 0.95
) -> Model:
    """Accelerated failure time regression, ``log(time) = x' b + sigma z``.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"time ~ terms"``.
    event
        Column of 0 and 1, or a condition: whether the event was seen at that time.
    distribution
        Of the time: ``"weibull"``, ``"exponential"``, ``"lognormal"`` or ``"loglogistic"``.
    level
        Confidence level.

    Returns
    -------
    Model
        Coefficients of log time and, last, ``log(sigma)`` (none for the exponential, whose sigma is 1).

    References
    ----------
    Kalbfleisch and Prentice (2002), *The Statistical Analysis of Failure Time Data*, ch. 3.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"years": [1.0, 2.0, 3.0, 4.0, 5.0], "closed": [1, 1, 0, 1, 1]})
    >>> survival_regression(sk.Survey(firms), "years ~ 1", event="closed", distribution="exponential").estimate.round(3)
    array([1.322])
    """
    spread, fixed = standard(distribution)
    matrix = compile_formula(formula, survey.engine)
    rows = timed_rows(survey, matrix, event, matrix.offset)
    with one_thread():
        weight = time = events = 0.0
        for batch, _, y, _ in rows.batches():
            weight += float(batch.weight.sum())
            time += float(batch.weight @ np.abs(y))
            events += float(batch.weight @ (y > 0))
        initial = np.array([np.log(time / events) if not column.parts else 0.0 for column in matrix.columns])
        extra: tuple[str, ...] = () if fixed else ("log(sigma)",)
        start = initial if fixed else np.append(initial, 0.0)
        likelihood = CensoredLikelihood(matrix.names, ("",), extra, start, spread, "time")
        found = maximise(rows, likelihood)
        slopes = len(matrix.columns) - int(matrix.has_intercept)
        return likelihood_model(
            rows, likelihood, found, family=distribution, link="log time", slopes=slopes, level=level
        )
