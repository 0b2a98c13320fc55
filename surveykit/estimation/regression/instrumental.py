"""Two-stage least squares with weights, design-based covariance and first-stage diagnostics."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, SurveykitWarning, listing
from surveykit.estimation.likelihoods.families import outcome_moments
from surveykit.estimation.likelihoods.likelihood_model import Fitted, fitted_model
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows, outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.normal_equations import independent, inverse_of, solve_normal
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_scores import ScoreSums
from surveykit.formulas import DesignMatrix, MatrixColumn, compile_formula, compile_terms
from surveykit.results import TestResult
from surveykit.results.quadratic_forms import f_tail
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["first_stage", "instrumental"]

#: Below this first-stage F instruments are called weak (Staiger and Stock 1997).
_WEAK = 10.0
_ASSUMPTION = "Consistent only if the instruments affect the outcome through the regressors alone."


def instrumental(survey: Survey, formula: str, instruments: str, *, level: float = 0.95) -> Model:
    """Regression whose regressors are projected on instruments: two-stage least squares.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"y ~ x + w"``.
    instruments
        ``"z + w"``: all exogenous variables, regressors that are their own instruments among them.
    level
        Confidence level.

    Returns
    -------
    Model
        Coefficients of the second stage. A warning names regressors whose instruments are weak; see
        :func:`first_stage`.

    Raises
    ------
    EstimationError
        If there are fewer instruments than regressors, or they do not identify the coefficients.

    References
    ----------
    Fuller (2009), *Sampling Statistics*, sec. 6.5; Binder (1983).

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"y": [1.0, 3, 2, 5, 4, 7], "x": [1.0, 2, 2, 4, 3, 5], "z": [0.0, 1, 1, 3, 2, 4]})
    >>> instrumental(sk.Survey(firms), "y ~ x", "z").estimate.round(2)
    array([-0.43,  1.45])
    """
    stages = _stages(survey, formula, instruments)
    with one_thread():
        outcome_moments(stages.rows)
        beta, projection = _solve(stages, stages.rows)
        sums, bread = _scores(stages, beta, projection)
        own = outcome_rows(survey, stages.matrix, stages.matrix.offset)
        found = Fitted(
            stages.matrix.names,
            beta,
            bread,
            sums,
            lambda one: _solve(stages, replace(stages.rows, survey=one))[0],
            len(beta) - 1,
        )
        model = fitted_model(
            own,
            found,
            family="instrumental variables",
            link="identity",
            level=level,
            notes=(f"Instruments: {instruments}.", _ASSUMPTION),
        )
        _warn_if_weak(first_stage(survey, formula, instruments))
    return model


def first_stage(survey: Survey, formula: str, instruments: str) -> dict[str, TestResult]:
    """Test, for each regressor that is no instrument, that the excluded instruments do not move it.

    The statistic is the design-based Wald F of the excluded instruments in the first-stage regression; below about 10
    the
    second stage is not to be trusted. It does not test that the instruments are valid.

    Parameters
    ----------
    survey, formula, instruments
        As in :func:`instrumental`.

    Returns
    -------
    dict
        Regressor to its test.

    References
    ----------
    Staiger and Stock (1997), *Econometrica* 65, 557-586; Andrews, Stock and Sun (2019), *Annual Review of Economics*
    11, 727-753.
    """
    stages = _stages(survey, formula, instruments)
    excluded = np.array([place for place in stages.z if stages.joint.names[place] not in stages.matrix.names], np.intp)
    endogenous = [place for place in stages.x if place not in set(stages.z.tolist())]
    found: dict[str, TestResult] = {}
    if not endogenous:
        return found
    tested = np.flatnonzero(np.isin(stages.z, excluded))
    with one_thread():
        gram = _gram(stages, stages.rows)[:, :-1]
        bread = inverse_of(gram[np.ix_(stages.z, stages.z)])
        slopes = _first_slopes(stages, gram, endogenous)
        again = None
        if survey.replicates is not None:
            again = each_replicate(survey, lambda one: _replicate_slopes(stages, one, endogenous))
        for number, place in enumerate(endogenous):
            own = slopes[number]
            sums = ScoreSums(survey, len(stages.z))
            for batch, table, _, _ in stages.rows.batches():
                z = table[:, stages.z]
                sums.add(batch, z * (batch.weight * (table[:, place] - z @ own))[:, None])
            if survey.replicates is None or again is None:
                middle, design_df = sums.covariance(bread), sums.degrees_of_freedom()
            else:
                part = again[:, number * len(own) : (number + 1) * len(own)]
                middle = replicate_covariance(part, own, survey.replicates)
                design_df = domain_degrees(survey, stages.rows.complete)
            name = stages.joint.names[place]
            freedom = design_df + 1 - len(own)
            found[name] = _wald(survey, name, own[tested], middle[np.ix_(tested, tested)], sums, freedom)
    return found


def _first_slopes(stages: _Stages, gram: FloatArray, endogenous: list[int]) -> FloatArray:
    """Coefficients of each endogenous regressor on all instruments ``(e, l)``."""
    own = gram[np.ix_(stages.z, stages.z)]
    return np.stack([solve_normal(own, gram[stages.z, place]) for place in endogenous])


def _replicate_slopes(stages: _Stages, survey: Survey, endogenous: list[int]) -> FloatArray:
    gram = _gram(stages, replace(stages.rows, survey=survey))[:, :-1]
    return _first_slopes(stages, gram, endogenous).reshape(-1)


@dataclass(frozen=True)
class _Stages:
    """Regressors and instruments as columns of one matrix.

    Parameters
    ----------
    matrix
        The regressors.
    joint
        All columns once.
    rows
        Rows with the joint matrix.
    x, z
        Places of regressors and instruments among the joint columns.
    """

    matrix: DesignMatrix
    joint: DesignMatrix
    rows: OutcomeRows
    x: IntArray
    z: IntArray


def _stages(survey: Survey, formula: str, instruments: str) -> _Stages:
    matrix = compile_formula(formula, survey.engine)
    other = compile_terms(instruments, survey.engine)
    factors = list(matrix.factors)
    columns = list(matrix.columns)
    places = []
    for column in other.columns:
        if column.name in matrix.names:
            places.append(matrix.names.index(column.name))
            continue
        parts = []
        for number, level in column.parts:
            factor = other.factors[number]
            if factor not in factors:
                factors.append(factor)
            parts.append((factors.index(factor), level))
        places.append(len(columns))
        columns.append(MatrixColumn(column.name, tuple(parts), column.term))
    if len(places) < len(matrix.columns):
        raise EstimationError(
            f"{len(places)} instrument(s) for {len(matrix.columns)} coefficient(s) of {formula!r}.",
            remedy="List all exogenous variables among the instruments, and at least one more for each endogenous one.",
        )
    joint = replace(matrix, factors=tuple(factors), columns=tuple(columns))
    rows = outcome_rows(survey, joint, matrix.offset)
    return _Stages(matrix, joint, rows, np.arange(len(matrix.columns)), np.array(places, np.intp))


def _gram(stages: _Stages, rows: OutcomeRows) -> FloatArray:
    """Sums of products of all columns with all columns and the outcome ``(k, k + 1)``."""
    size = len(stages.joint.columns)
    found = np.zeros((size, size + 1))
    for batch, table, y, offset in rows.batches():
        weighted = table * batch.weight[:, None]
        found[:, :size] += weighted.T @ table
        found[:, size] += weighted.T @ (y - offset)
    return found


def _solve(stages: _Stages, rows: OutcomeRows) -> tuple[FloatArray, FloatArray]:
    """Coefficients ``(p,)`` and projection of regressors on instruments ``(l, p)``."""
    gram = _gram(stages, rows)
    zz, zx, zy = gram[np.ix_(stages.z, stages.z)], gram[np.ix_(stages.z, stages.x)], gram[stages.z, -1]
    _refuse_dependent(stages, zz, stages.z, "instruments")
    projection = np.column_stack([solve_normal(zz, column) for column in zx.T])
    hat = zx.T @ projection
    _refuse_dependent(stages, (hat + hat.T) / 2, stages.x, "projected regressors")
    return solve_normal((hat + hat.T) / 2, projection.T @ zy), projection


def _refuse_dependent(stages: _Stages, gram: FloatArray, places: IntArray, what: str) -> None:
    kept = independent(gram)
    if len(kept) < len(gram):
        lost = [stages.joint.names[place] for number, place in enumerate(places.tolist()) if number not in kept]
        raise EstimationError(
            f"Among the {what}, {listing(lost)} depend(s) on the others.",
            remedy="Leave it out, or add instruments that move the regressor.",
        )


def _scores(stages: _Stages, beta: FloatArray, projection: FloatArray) -> tuple[ScoreSums, FloatArray]:
    sums = ScoreSums(stages.rows.survey, len(beta))
    hat = np.zeros((len(beta), len(beta)))
    for batch, table, y, offset in stages.rows.batches():
        projected = table[:, stages.z] @ projection
        residual = y - offset - table[:, stages.x] @ beta
        sums.add(batch, projected * (batch.weight * residual)[:, None])
        hat += (projected * batch.weight[:, None]).T @ projected
    return sums, inverse_of(hat)


def _wald(
    survey: Survey, name: str, slopes: FloatArray, covariance: FloatArray, sums: ScoreSums, freedom: float
) -> TestResult:
    size = len(slopes)
    value = float(slopes @ solve_normal(covariance, slopes)) / size
    return TestResult(
        hypothesis=f"the excluded instruments do not move '{name}'",
        method="Design-based Wald test of the first stage",
        statistic_name="F",
        statistic=value,
        df=size,
        ddf=freedom,
        p_value=f_tail(value, size, freedom) if freedom > 0 else float("nan"),
        n=sums.rows,
        weighted_n=sums.weight,
        weight=survey.weight_name,
        synthetic=survey.synthetic,
    )


def _warn_if_weak(tests: dict[str, TestResult]) -> None:
    weak = [f"'{name}' (F = {test.statistic:.1f})" for name, test in tests.items() if test.statistic < _WEAK]
    if weak:
        warnings.warn(
            f"The instruments are weak for {', '.join(weak)}: estimates are biased towards least squares and intervals "
            f"too short. Find stronger instruments; F should exceed about {_WEAK:g}.",
            SurveykitWarning,
            stacklevel=3,
        )
