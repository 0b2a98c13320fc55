"""Oaxaca-Blinder decomposition of a gap in means with design-based standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, listing
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.likelihoods.families import outcome_moments
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.regression.normal_equations import independent, inverse_of
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.expressions import Compare
from surveykit.expressions import Literal as Constant
from surveykit.formulas import DesignMatrix, compile_formula
from surveykit.results import Estimate
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["oaxaca_blinder"]


def oaxaca_blinder(
    survey: Survey, formula: str, *, group: str, reference: Literal["first", "second"] = "second", level: float = 0.95
) -> Estimate:
    """Split the gap between two groups' means into a part that goes with characteristics and a rest.

    ``mean_1 - mean_2 = (x_1 - x_2)' b_r + [x_1' (b_1 - b_r) + x_2' (b_r - b_2)]`` with coefficients of the reference
    group r. It describes an association: the rest holds everything that the formula leaves out.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"y ~ terms"``, with an intercept.
    group
        Variable of two levels; the gap is the first less the second.
    reference
        Whose coefficients value the difference in characteristics.
    level
        Confidence level.

    Returns
    -------
    Estimate
        ``gap``, ``explained``, ``unexplained``, and the explained part of each term as ``explained: term``; the
        variance has the sampling of means and of coefficients, by linearisation or by replicates.

    Raises
    ------
    EstimationError
        If the group has not two levels, or a column depends on others within one of them.

    References
    ----------
    Blinder (1973), *Journal of Human Resources* 8, 436-455; Oaxaca (1973), *International Economic Review* 14, 693-709;
    Jann (2008), *Stata Journal* 8, 453-479.
    """
    (key,) = keys_for(survey, group)
    if len(key.levels) != 2 or reference not in ("first", "second"):
        raise EstimationError(
            f"'{group}' has {len(key.levels)} levels, and reference is {reference!r}.",
            remedy="Two levels are compared; the reference is 'first' or 'second'.",
        )
    matrix = compile_formula(formula, survey.engine)
    if not matrix.has_intercept:
        raise EstimationError(f"{formula!r} has no intercept.", remedy="A decomposition needs one.")
    whole = outcome_rows(survey, matrix, None)
    outcome_moments(whole)
    conditions = [Compare("==", key.expr, Constant(one)) for one in key.levels]  # type: ignore[arg-type]
    with one_thread():
        places = [f"'{group}' is {name!r}" for name in key.levels]
        own, fits = _fits(survey, matrix, conditions, places)
        size = len(matrix.columns)
        every = row_arrays(whole)
        scores = np.zeros((len(every.weight), 4 * size))
        for number, arrays in enumerate(own):
            place = np.searchsorted(every.place, arrays.place)
            start = 2 * size * number
            scores[place, start : start + 2 * size] = fits[number].scores
        sums = every.score_sums(scores)
        chosen = 0 if reference == "first" else 1
        terms = [place for place, column in enumerate(matrix.columns) if column.parts]
        value, mapping = _values(fits, chosen, terms)
        if survey.replicates is None:
            covariance, df = sums.covariance(mapping), sums.degrees_of_freedom()
        else:

            def again(one: Survey) -> FloatArray:
                return _values(_fits(one, matrix, conditions, places)[1], chosen, terms)[0]

            covariance = replicate_covariance(each_replicate(survey, again), value, survey.replicates)
            df = domain_degrees(survey, whole.complete)
    names = ("gap", "explained", "unexplained", *(f"explained: {matrix.names[place]}" for place in terms))
    count = len(names)
    gap = f"'{key.levels[0]}' less '{key.levels[1]}'"
    notes = (*selection_note(survey), f"Gap: {gap}; valued by the coefficients of '{key.levels[chosen]}'.",
             "The unexplained part holds all that the formula leaves out; it is an association.")  # fmt: skip
    return Estimate(
        statistic="decomposition",
        names=names,
        labels={"part": names},
        estimate=value,
        covariance=covariance,
        df=np.full(count, df),
        n=np.full(count, sums.rows),
        weighted_n=np.full(count, sums.weight),
        weight=survey.weight_name,
        level=level,
        notes=notes,
        synthetic=survey.synthetic,
    )


@dataclass(frozen=True)
class _Fit:
    """Coefficients and means of one group, and the linearisation of both ``(m, 2 p)`` without weights."""

    beta: FloatArray
    mean: FloatArray
    scores: FloatArray


def _fits(
    survey: Survey, matrix: DesignMatrix, conditions: list[Compare], places: list[str]
) -> tuple[list[RowArrays], list[_Fit]]:
    """Rows and fit of each group."""
    own = [row_arrays(outcome_rows(survey.where(one), matrix, None)) for one in conditions]
    return own, [_fit(arrays, where) for arrays, where in zip(own, places, strict=True)]


def _values(fits: list[_Fit], chosen: int, terms: list[int]) -> tuple[FloatArray, FloatArray]:
    return _parts([one.beta for one in fits], [one.mean for one in fits], chosen, terms)


def _fit(arrays: RowArrays, where: str) -> _Fit:
    x, weight = arrays.x, arrays.weight
    gram = (x * weight[:, None]).T @ x
    kept = independent(gram)
    if len(kept) < x.shape[1]:
        lost = [column for place, column in enumerate(arrays.rows.matrix.names) if place not in kept]
        raise EstimationError(
            f"Where {where}, {listing(lost)} cannot be told apart from other columns.",
            remedy="Leave it out, or merge levels.",
        )
    bread = inverse_of(gram)
    beta = bread @ (x.T @ (weight * arrays.y))
    mean = np.average(x, axis=0, weights=weight)
    residual = arrays.y - x @ beta
    return _Fit(beta, mean, np.column_stack([x * residual[:, None] @ bread, (x - mean) / weight.sum()]))


def _parts(
    betas: list[FloatArray], means: list[FloatArray], chosen: int, terms: list[int]
) -> tuple[FloatArray, FloatArray]:
    """Values ``(3 + t,)``, and their derivatives by (b_1, x_1, b_2, x_2) ``(4 p, 3 + t)``."""
    size = len(betas[0])
    gap = float(means[0] @ betas[0] - means[1] @ betas[1])
    difference = means[0] - means[1]
    each = difference * betas[chosen]
    gap_slope = np.concatenate([means[0], betas[0], -means[1], -betas[1]])
    slopes = np.zeros((size, 4 * size))
    for place in range(size):
        slopes[place, 2 * size * chosen + place] = difference[place]
        slopes[place, size + place] += betas[chosen][place]
        slopes[place, 3 * size + place] -= betas[chosen][place]
    explained = slopes.sum(axis=0)
    value = np.array([gap, each.sum(), gap - each.sum(), *each[terms]])
    return value, np.column_stack([gap_slope, explained, gap_slope - explained, slopes[terms].T])
