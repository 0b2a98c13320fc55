"""Cox regression with weights and design-based covariance, and the log-rank test that belongs to it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihoods.likelihood_model import Fitted, fitted_model
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.test_parts import quadratic
from surveykit.estimation.regression.normal_equations import independent, inverse_of, solve_normal
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_arrays import row_arrays
from surveykit.estimation.survival.risk_sets import RiskSets, risk_sets
from surveykit.estimation.survival.times import timed_rows, without_intercept
from surveykit.formulas import compile_formula
from surveykit.results import TestResult
from surveykit.results.quadratic_forms import chi_square_tail, f_tail
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["cox", "log_rank"]

_Ties = Literal["efron", "breslow"]
_MAX_ROUNDS = 40


def cox(survey: Survey, formula: str, *, event: str, ties: _Ties = "efron", level: float = 0.95) -> Model:
    """Proportional hazards regression (Cox 1972) with weights in the partial likelihood.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"time ~ terms"``; ``offset(...)`` enters the log hazard as it is.
    event
        Column of 0 and 1, or a condition such as ``"status == 2"``: whether the event was seen at that time.
    ties
        ``"efron"`` or ``"breslow"``.
    level
        Confidence level.

    Returns
    -------
    Model
        Log hazard ratios; residual degrees of freedom are design degrees of freedom + 1 - p.

    Raises
    ------
    EstimationError
        If no event was seen, a time is not positive, a column depends on others, or a coefficient has no finite
        estimate.

    References
    ----------
    Binder (1992), *Biometrika* 79, 139-147; Lin (2000), *Biometrika* 87, 37-47.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"years": range(1, 7), "closed": [1, 1, 0, 1, 0, 1], "exporter": [0, 1, 1, 0, 1, 0]})
    >>> cox(sk.Survey(firms), "years ~ exporter", event="closed").estimate.round(2)
    array([-0.63])
    """
    if ties not in ("efron", "breslow"):
        raise EstimationError(f"ties={ties!r} is not known.", remedy="Choose 'efron' or 'breslow'.")
    matrix = without_intercept(compile_formula(formula, survey.engine))
    rows = timed_rows(survey, matrix, event, matrix.offset)
    with one_thread():
        arrays = row_arrays(rows)
        beta, sets = _solve(rows, ties)
        bread = inverse_of(sets.partial(beta).information)
        found = Fitted(
            matrix.names,
            beta,
            bread,
            arrays.score_sums(sets.scores(beta)),
            lambda one: _solve(OutcomeRows(one, rows.matrix, rows.offset), ties, beta)[0],
            len(beta) - 1,
        )
        return fitted_model(rows, found, family="cox", link="log hazard", level=level)


def log_rank(survey: Survey, formula: str, *, event: str, df: float | None = None) -> TestResult:
    """Test that times to an event are the same in all groups: the score test of a Cox regression on them.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"time ~ group"``; the group is a category, 0/1 or a condition.
    event
        As in :func:`cox`.
    df
        Denominator degrees of freedom; the design's by default, infinite for a chi-square.

    Returns
    -------
    TestResult
        The score of each group against the first and its standard error are among the facts.

    References
    ----------
    Rader, Lipsitz, Fitzmaurice, Harrington, Parzen and Sinha (2017), *Statistics in Medicine* 36, 1979-1992.
    """
    matrix = without_intercept(compile_formula(formula, survey.engine))
    rows = timed_rows(survey, matrix, event)
    with one_thread():
        arrays = row_arrays(rows)
        sets = risk_sets(arrays.y, arrays.x, arrays.weight, arrays.offset, efron=False)
        zero = np.zeros(len(matrix.names))
        score = sets.partial(zero).gradient
        sums = arrays.score_sums(sets.scores(zero))
        if survey.replicates is None:
            covariance, design_df = sums.covariance(np.eye(len(zero))), sums.degrees_of_freedom()
        else:
            again = each_replicate(survey, lambda one: _null_score(replace(rows, survey=one)))
            covariance = replicate_covariance(again, score, survey.replicates)
            design_df = domain_degrees(survey, rows.complete)
    size, freedom = len(zero), design_df if df is None else float(df)
    value = quadratic(score, covariance)
    infinite = math.isinf(freedom)
    return TestResult(
        hypothesis=f"the time to '{event}' is the same in all groups of {formula}",
        method="Design-based log-rank test",
        statistic_name="chi-square" if infinite else "F",
        statistic=value if infinite else value / size,
        df=size,
        ddf=freedom,
        p_value=chi_square_tail(value, size) if infinite else f_tail(value / size, size, freedom),
        n=sums.rows,
        weighted_n=sums.weight,
        weight=survey.weight_name,
        facts={"score": score, "se": np.sqrt(np.diagonal(covariance))},
        notes=(f"Domain: {survey.domain_text}.",) if survey.domain_text else (),
        synthetic=survey.synthetic,
    )


def _null_score(rows: OutcomeRows) -> FloatArray:
    """Score ``(p,)`` of the partial likelihood where all hazards are equal."""
    arrays = row_arrays(rows)
    zero = np.zeros(arrays.x.shape[1])
    return risk_sets(arrays.y, arrays.x, arrays.weight, arrays.offset, efron=False).partial(zero).gradient


def _solve(rows: OutcomeRows, ties: _Ties, start: FloatArray | None = None) -> tuple[FloatArray, RiskSets]:
    arrays = row_arrays(rows)
    # Columns about their means: the partial likelihood does not change and its sums keep their digits.
    centre = np.average(arrays.x, axis=0, weights=arrays.weight)
    sets = risk_sets(arrays.y, arrays.x - centre, arrays.weight, arrays.offset, efron=ties == "efron")
    beta = np.zeros(arrays.x.shape[1]) if start is None else start
    here = sets.partial(beta)
    kept = independent(here.information)
    if len(kept) < len(beta):
        lost = [name for place, name in enumerate(rows.matrix.names) if place not in kept]
        raise EstimationError(
            f"'{rows.matrix.text}': {listing(lost)} cannot be told apart from the others.",
            remedy="Leave out columns that depend on others, and levels without cases.",
        )
    spans = np.ptp(arrays.x, axis=0)
    for _ in range(_MAX_ROUNDS):
        step = solve_normal(here.information, here.gradient)
        if float(here.gradient @ step) < 1e-13 * max(abs(here.loglik), 1.0):
            _refuse_runaway(rows, step * spans)
            return beta + step, sets
        for halving in range(12):
            trial = beta + step * 0.5**halving
            found = sets.partial(trial)
            if np.isfinite(found.loglik) and found.loglik >= here.loglik - 1e-12 * abs(here.loglik):
                break
        beta, here = trial, found
    _refuse_runaway(rows, step * spans)
    raise EstimationError(
        f"'{rows.matrix.text}' did not converge in {_MAX_ROUNDS} rounds.",
        remedy="Look for columns with few events, and rescale large numbers.",
    )


def _refuse_runaway(rows: OutcomeRows, reach: FloatArray) -> None:
    moving = np.abs(reach) > 0.05
    if moving.any():
        names = [name for name, one in zip(rows.matrix.names, moving.tolist(), strict=True) if one]
        raise EstimationError(
            f"'{rows.matrix.text}': {listing(names)} has no finite estimate: no event on one side of it.",
            remedy="Merge its levels, or leave it out.",
        )
