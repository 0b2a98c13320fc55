"""Linear regression with many fixed effects swept out instead of estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihoods.likelihood_model import Fitted, fitted_model
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows, outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.normal_equations import independent, inverse_of, solve_normal
from surveykit.estimation.regression.small_sample import first_stage_units
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.expressions import Expr
from surveykit.formulas import DesignMatrix, Factor, MatrixColumn
from surveykit.survey import Survey

__all__ = ["fit_absorbed"]

_MAX_SWEEPS = 10_000
_TOLERANCE = 1e-11


def fit_absorbed(
    survey: Survey, matrix: DesignMatrix, offset: Expr | None, level: float, absorb: str | Sequence[str]
) -> Model:
    """Fit a linear model on what is left after the weighted means of the groups (Frisch-Waugh-Lovell).

    Coefficients and covariance are those of the regression with an indicator for each level. Degrees of freedom: levels
    that lie within one first-stage unit cost none.

    Parameters
    ----------
    absorb
        Columns or expressions whose levels have fixed effects.

    Raises
    ------
    EstimationError
        If a column does not vary within the groups.

    References
    ----------
    Guimaraes and Portugal (2010), *Stata Journal* 10, 628-649.
    """
    names = [absorb] if isinstance(absorb, str) else list(absorb)
    slopes = tuple(column for column in matrix.columns if column.parts)
    plain = replace(matrix, columns=slopes)
    if not slopes:
        raise EstimationError(f"'{matrix.text}' has no terms beside the fixed effects.", remedy="Name a variable.")
    joint, places = _with_groups(survey, plain, names)
    rows = outcome_rows(survey, joint, offset)
    arrays = row_arrays(rows)
    beta, x, residual = _solve(arrays, len(slopes), plain.names, names)
    bread = inverse_of((x * arrays.weight[:, None]).T @ x)
    codes: list[IntArray] = [arrays.x[:, place].astype(np.intp) for place in places]
    lost = len(beta) - 1 + _levels_lost(survey, arrays, codes)
    found = Fitted(
        plain.names,
        beta,
        bread,
        arrays.score_sums(x * residual[:, None]),
        lambda one: _solve(row_arrays(replace(rows, survey=one)), len(slopes), plain.names, names)[0],
        lost,
    )
    count = sum(len(np.unique(one)) for one in codes)
    note = f"Fixed effects of {', '.join(names)} ({count} levels) are swept out."
    own = OutcomeRows(survey, plain, offset)
    return fitted_model(own, found, family="gaussian, absorbed", link="identity", level=level, notes=(note,))


def _with_groups(survey: Survey, matrix: DesignMatrix, names: Sequence[str]) -> tuple[DesignMatrix, list[int]]:
    """Codes of the groups as further columns."""
    factors, columns, places = list(matrix.factors), list(matrix.columns), []
    for name in names:
        expr = survey.expression(name)
        # Without levels in the matrix column the code of a category enters as a number.
        factors.append(Factor(name, expr, survey.engine.levels(expr)))
        places.append(len(columns))
        columns.append(MatrixColumn(name, ((len(factors) - 1, None),), -1))
    return replace(matrix, factors=tuple(factors), columns=tuple(columns)), places


def _solve(
    arrays: RowArrays, size: int, names: tuple[str, ...], groups: Sequence[str]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients, regressors within the groups, and residuals."""
    codes: list[IntArray] = [
        np.unique(arrays.x[:, size + place], return_inverse=True)[1] for place in range(len(groups))
    ]
    table = np.column_stack([arrays.x[:, :size], arrays.y - arrays.offset])
    centred = table - np.average(table, axis=0, weights=arrays.weight)
    spread = np.sqrt(np.average(centred**2, axis=0, weights=arrays.weight))
    swept = _swept(table, arrays.weight, codes, spread)
    x, y = swept[:, :size], swept[:, size]
    left = np.sqrt(np.average(x**2, axis=0, weights=arrays.weight))
    still = [name for name, own, whole in zip(names, left, spread, strict=False) if own <= 1e-9 * max(whole, 1e-300)]
    if still:
        raise EstimationError(
            f"{listing(still)} does not vary within the levels of {', '.join(groups)}.",
            remedy="Leave it out: the fixed effects already hold it.",
        )
    gram = (x * arrays.weight[:, None]).T @ x
    kept = independent(gram)
    if len(kept) < size:
        lost = [name for place, name in enumerate(names[:size]) if place not in kept]
        raise EstimationError(
            f"{listing(lost)} depend(s) on other columns within the levels of {', '.join(groups)}.",
            remedy="Leave it out.",
        )
    beta = solve_normal(gram, (x * arrays.weight[:, None]).T @ y)
    return beta, x, y - x @ beta


def _swept(table: FloatArray, weight: FloatArray, codes: list[IntArray], spread: FloatArray) -> FloatArray:
    """Residuals of the columns on indicators of all levels, by alternating projections."""
    table = table.copy()
    sums = [np.bincount(one, weights=weight) for one in codes]
    for _ in range(_MAX_SWEEPS):
        moved = 0.0
        for one, total in zip(codes, sums, strict=True):
            for place in range(table.shape[1]):
                means = np.bincount(one, weights=weight * table[:, place]) / total
                table[:, place] -= means[one]
                moved = max(moved, float(np.abs(means).max()) / max(float(spread[place]), 1e-300))
        if len(codes) == 1 or moved < _TOLERANCE:
            return table
    raise EstimationError(
        f"Sweeping out the fixed effects did not settle in {_MAX_SWEEPS} rounds.",
        remedy="The groups overlap too little: combine them, or absorb one and write the other as C(...).",
    )


def _levels_lost(survey: Survey, arrays: RowArrays, codes: list[IntArray]) -> int:
    """Levels that are estimated across first-stage units."""
    unit = np.empty(len(arrays.weight), np.intp)
    for number, own in enumerate(first_stage_units(survey, arrays)):
        unit[own] = number
    lost = 0
    for one in codes:
        pairs = len(np.unique(np.column_stack([one, unit]), axis=0))
        levels = len(np.unique(one))
        if pairs > levels:
            lost += levels
    return max(lost - (len(codes) - 1), 0) if lost else 0
