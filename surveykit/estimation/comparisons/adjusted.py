"""Adopters and non-adopters: propensity-weighted and doubly robust differences, with overlap diagnostics."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, SurveykitWarning
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.likelihoods.families import outcome_moments
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.regression.normal_equations import independent, inverse_of
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.expressions import Call, Not
from surveykit.formulas import Factor, MatrixColumn, compile_terms
from surveykit.results import Estimate
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["AdjustedComparison", "adjusted_comparison"]

#: Propensities beyond these are called poor overlap.
_OVERLAP = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class AdjustedComparison:
    """An adjusted difference and what it rests on.

    Parameters
    ----------
    estimate
        ``treated``, ``untreated`` (adjusted means over all rows) and ``difference``.
    balance
        One row a covariate column: standardised differences before and after weighting.
    overlap
        One row a group: smallest and largest propensity, share beyond 0.05 and 0.95, n, effective n of the weights.
    propensities
        One row a unit, for a figure of the overlap: its group, propensity and weight.
    """

    estimate: Estimate
    balance: pd.DataFrame
    overlap: pd.DataFrame
    propensities: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)


def adjusted_comparison(
    survey: Survey, outcome: str, treatment: str, covariates: str, *, level: float = 0.95
) -> AdjustedComparison:
    """Difference between two groups as if both had the covariates of all: augmented inverse propensity weighting.

    A logistic regression gives each row its propensity e, linear regressions within the groups its expected outcomes
    m_1 and m_0; the mean of ``m_1 + t (y - m_1) / e`` is right if either is. Everything is weighted by the design, and
    the variance holds the estimation of all three models: by linearisation, or by fitting them anew in each replicate.
    It is an association unless nothing else differs.

    Parameters
    ----------
    survey
        Rows, design and weights.
    outcome
        A number, or a condition for a share.
    treatment
        Column of 0 and 1, or a condition.
    covariates
        Terms as in a formula: ``"size + log(staff)"``.
    level
        Confidence level.

    Raises
    ------
    EstimationError
        If one group is empty, or a covariate separates the groups.

    References
    ----------
    Robins, Rotnitzky and Zhao (1994), *JASA* 89, 846-866; DuGoff, Schuler and Stuart (2014), *Health Services Research*
    49, 284-303.
    """
    arrays, t, names = _rows(survey, outcome, treatment, covariates)
    mapping = np.column_stack([np.eye(2), [1.0, -1.0]])
    with one_thread():
        alpha = _propensities(survey, outcome, treatment, covariates)
        value, scores, e = _stacked(arrays, t, alpha)
        sums = arrays.score_sums(scores)
        if survey.replicates is None:
            covariance, df = sums.covariance(mapping), sums.degrees_of_freedom()
        else:
            again = each_replicate(survey, lambda one: _values(one, outcome, treatment, covariates))
            covariance = mapping.T @ replicate_covariance(again, value, survey.replicates) @ mapping
            df = domain_degrees(survey, arrays.rows.complete)
    overlap, balance = _diagnostics(arrays, t, e, names)
    poor = float(overlap["beyond"].max())
    notes = (*selection_note(survey), "An association: it is causal only if nothing that is left out differs.")
    if poor > 0:
        notes = (*notes, f"Propensities beyond {_OVERLAP[0]} and {_OVERLAP[1]}: up to {poor:.1%} of a group.")
    if poor > 0.05:
        warnings.warn(
            f"{poor:.1%} of a group has a propensity beyond {_OVERLAP[0]} or {_OVERLAP[1]}: the groups overlap poorly "
            "and few rows decide. Mark a domain where both occur.",
            SurveykitWarning,
            stacklevel=2,
        )
    estimate = Estimate(
        statistic="adjusted mean",
        names=("treated", "untreated", "difference"),
        labels={"group": ("treated", "untreated", "difference")},
        estimate=np.append(value, value[0] - value[1]),
        covariance=covariance,
        df=np.full(3, df),
        n=np.full(3, sums.rows),
        weighted_n=np.full(3, sums.weight),
        weight=survey.weight_name,
        level=level,
        notes=notes,
        synthetic=survey.synthetic,
    )
    propensities = pd.DataFrame(
        {"group": np.where(t == 1, "treated", "untreated"), "propensity": e, "weight": arrays.weight}
    )
    return AdjustedComparison(estimate, balance, overlap, propensities)


def _values(survey: Survey, outcome: str, treatment: str, covariates: str) -> FloatArray:
    """Adjusted means ``(2,)`` alone, all three models fitted with the weights of the survey."""
    arrays, t, _ = _rows(survey, outcome, treatment, covariates)
    return _stacked(arrays, t, _propensities(survey, outcome, treatment, covariates))[0]


def _rows(
    survey: Survey, outcome: str, treatment: str, covariates: str
) -> tuple[RowArrays, FloatArray, tuple[str, ...]]:
    """Rows with the covariates' columns, the outcome and, apart, the treatment."""
    matrix = compile_terms(covariates, survey.engine)
    if not matrix.has_intercept:
        raise EstimationError(f"{covariates!r} has no intercept.", remedy="Leave 0 and -1 out.")
    factor = Factor(treatment, survey.expression(treatment))
    if survey.engine.describe(factor.expr).categories is not None:
        raise EstimationError(
            f"'{treatment}' is a category.", remedy=f"Write a condition, as \"{treatment} == 'yes'\"."
        )
    joint = replace(
        matrix,
        text=f"{outcome} ~ {covariates}",
        response=Factor(outcome, survey.expression(outcome)),
        factors=(*matrix.factors, factor),
        columns=(*matrix.columns, MatrixColumn(treatment, ((len(matrix.factors), None),), -1)),
    )
    rows = outcome_rows(survey, joint, None)
    outcome_moments(rows)
    arrays = row_arrays(rows)
    t = arrays.x[:, -1]
    if not np.isin(t, (0.0, 1.0)).all() or np.ptp(t) == 0:
        raise EstimationError(
            f"'{treatment}' must be 0 in some rows and 1 in others.",
            remedy="Write it as a condition that some rows meet.",
        )
    return replace(arrays, x=arrays.x[:, :-1]), t, matrix.names


def _propensities(survey: Survey, outcome: str, treatment: str, covariates: str) -> FloatArray:
    """Coefficients of the logistic regression of the treatment, on the rows that have an outcome."""
    there = survey.where(Not(Call("missing", (survey.expression(outcome),))))
    formula = f"I({treatment}) ~ {covariates}"
    model = regress(there, formula, family="binomial")
    if model.aliased:
        raise EstimationError(f"'{model.aliased[0]}' depends on other covariates.", remedy="Leave it out.")
    return model.estimate


def _stacked(arrays: RowArrays, t: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Adjusted means ``(2,)``, their linearisation ``(m, 2)`` without weights, and propensities ``(m,)``."""
    x, y, weight = arrays.x, arrays.y, arrays.weight
    total = weight.sum()
    e = 1 / (1 + np.exp(-(x @ alpha)))
    bread = inverse_of((x * (weight * e * (1 - e))[:, None]).T @ x)
    propensity = x * (t - e)[:, None] @ bread
    values, columns = [], []
    for own, chance, sign in ((t, e, 1.0), (1 - t, 1 - e, -1.0)):
        gram = (x * (weight * own)[:, None]).T @ x
        if len(independent(gram)) < x.shape[1]:
            raise EstimationError("Within a group the covariates depend on each other.", remedy="Merge their levels.")
        inverse = inverse_of(gram)
        beta = inverse @ (x.T @ (weight * own * y))
        residual = y - x @ beta
        each = x @ beta + own * residual / chance
        value = float(weight @ each / total)
        # Derivatives of the mean by the coefficients of the outcome and of the propensity.
        by_beta = (weight * (1 - own / chance)) @ x / total
        by_alpha = -sign * (weight * own * residual * e * (1 - e) / chance**2) @ x / total
        column = (each - value) / total + (x * (own * residual)[:, None] @ inverse) @ by_beta + propensity @ by_alpha
        values.append(value)
        columns.append(column)
    return np.array(values), np.column_stack(columns), e


def _diagnostics(
    arrays: RowArrays, t: FloatArray, e: FloatArray, names: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, adjusted = [], {}
    for label, own, chance in (("treated", t == 1, e), ("untreated", t == 0, 1 - e)):
        used = arrays.weight[own] / chance[own]
        beyond = (e[own] < _OVERLAP[0]) | (e[own] > _OVERLAP[1])
        share = float(arrays.weight[own][beyond].sum() / arrays.weight[own].sum())
        rows.append((label, e[own].min(), e[own].max(), share, int(own.sum()), used.sum() ** 2 / (used @ used)))
        adjusted[label] = (
            np.average(arrays.x[own], axis=0, weights=arrays.weight[own]),
            np.average(arrays.x[own], axis=0, weights=used),
        )
    centred = arrays.x - np.average(arrays.x, axis=0, weights=arrays.weight)
    spread = np.sqrt(np.average(centred**2, axis=0, weights=arrays.weight))
    scale = np.where(np.ptp(arrays.x, axis=0) > 0, spread, np.nan)
    balance = pd.DataFrame(
        {
            "covariate": names,
            "before": (adjusted["treated"][0] - adjusted["untreated"][0]) / scale,
            "after": (adjusted["treated"][1] - adjusted["untreated"][1]) / scale,
        }
    )
    overlap = pd.DataFrame(rows, columns=["group", "lowest", "highest", "beyond", "n", "effective_n"])
    return overlap, balance[np.isfinite(scale)].reset_index(drop=True)
