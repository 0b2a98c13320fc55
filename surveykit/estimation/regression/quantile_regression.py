"""Quantile regression with weights and design-based covariance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import optimize, sparse, special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihoods.families import outcome_moments
from surveykit.estimation.likelihoods.likelihood_model import Fitted, fitted_model
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.quantiles.replicates import DELETE_ONE
from surveykit.estimation.regression.normal_equations import independent, inverse_of
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.formulas import compile_formula
from surveykit.survey import Survey

__all__ = ["quantile_regression"]

_MAX_ROWS = 200_000


def quantile_regression(survey: Survey, formula: str, *, probability: float = 0.5, level: float = 0.95) -> Model:
    """Regression of a quantile: ``min sum w_i rho(y_i - x_i' b)`` with the check function rho.

    The minimum is that of a linear programme, exact. The covariance is ``A V A`` with V that of the weighted signs
    under the design and A the inverse of ``sum w_i f_i x_i x_i'`` (Powell's sandwich). The density f at zero is a
    Gaussian kernel estimate; its kernel has the variance of the uniform one on ``[-c, c]`` that Hall and Sheather's
    bandwidth c is made for.

    Bootstrap and half-sample replicates are fitted anew, without a density. Delete-one jackknives have no consistent
    variance of a refitted quantile (Shao and Wu 1989): their replicates give V, and A stays.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"y ~ terms"``.
    probability
        Which quantile.
    level
        Confidence level.

    Raises
    ------
    EstimationError
        If the probability is outside (0, 1), columns depend on others, or there are more than 200,000 rows.

    References
    ----------
    Koenker (2005), *Quantile Regression*, sec. 3.4; Geraci (2016), *Statistical Methods in Medical Research* 25,
    1393-1421.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"y": [1.0, 2, 3, 10, 5, 7, 8], "x": [0, 0, 0, 1, 1, 1, 1]})
    >>> quantile_regression(sk.Survey(firms), "y ~ x", probability=0.6).estimate
    array([2., 6.])
    """
    if not 0 < probability < 1:
        raise EstimationError(f"probability={probability!r} is not between 0 and 1.", remedy="Give 0.5 for the median.")
    matrix = compile_formula(formula, survey.engine)
    rows = outcome_rows(survey, matrix, matrix.offset)
    outcome_moments(rows)
    arrays = row_arrays(rows)
    if len(arrays.weight) > _MAX_ROWS:
        raise EstimationError(
            f"{len(arrays.weight)} rows are more than the {_MAX_ROWS} that the linear programme takes.",
            remedy="Use a sample of the rows with their weights.",
        )
    beta = _solve(arrays, probability)
    residual = arrays.y - arrays.offset - arrays.x @ beta
    density = _density(residual, arrays.weight, probability)
    bread = inverse_of((arrays.x * (arrays.weight * density)[:, None]).T @ arrays.x)
    replicates = survey.replicates
    by_density = replicates is None or replicates.kind in DELETE_ONE

    def again(one: Survey) -> FloatArray:
        own = row_arrays(replace(rows, survey=one))
        if not by_density:
            return _solve(own, probability)
        return beta + bread @ (_signs(own, beta, probability).T @ own.weight - here)

    scores = _signs(arrays, beta, probability)
    here = scores.T @ arrays.weight  # not quite zero: the plane goes through some of the rows
    found = Fitted(matrix.names, beta, bread, arrays.score_sums(scores), again, len(beta) - 1)
    note = "Standard errors rest on a kernel estimate of the density of the outcome at the quantile."
    return fitted_model(
        rows,
        found,
        family=f"quantile {probability:g}",
        link="identity",
        level=level,
        notes=(note,) if by_density else (),
    )


def _signs(arrays: RowArrays, beta: FloatArray, probability: float) -> FloatArray:
    """Scores ``(m, p)`` without weights: x times p, less one below the plane."""
    residual = arrays.y - arrays.offset - arrays.x @ beta
    found: FloatArray = arrays.x * (probability - (residual < -1e-9 * np.abs(residual).max()))[:, None]
    return found


def _solve(arrays: RowArrays, probability: float) -> FloatArray:
    """Solve the dual, ``max y'a`` with ``X'a = 0`` and ``w (p - 1) <= a <= w p``; its multipliers are b."""
    kept = independent((arrays.x * arrays.weight[:, None]).T @ arrays.x)
    if len(kept) < arrays.x.shape[1]:
        lost = [name for place, name in enumerate(arrays.rows.matrix.names) if place not in kept]
        raise EstimationError(f"{listing(lost)} depend(s) on other columns.", remedy="Leave them out.")
    y = arrays.y - arrays.offset
    relative = arrays.weight / arrays.weight.mean()
    scale = np.sqrt((arrays.x**2).mean(axis=0))
    bounds = np.column_stack([(probability - 1) * relative, probability * relative])
    found = optimize.linprog(
        -y, A_eq=sparse.csr_array((arrays.x / scale).T), b_eq=np.zeros(len(scale)), bounds=bounds, method="highs"
    )
    if found.status != 0:
        raise EstimationError(f"The linear programme did not end: {found.message}", remedy="Rescale large numbers.")
    return np.asarray(-found.eqlin.marginals / scale)


def _density(residual: FloatArray, weight: FloatArray, probability: float) -> FloatArray:
    """Kernel weights ``(m,)`` whose weighted mean is the density of the residuals at zero."""
    size = weight.sum() ** 2 / (weight @ weight)
    z = special.ndtri(probability)
    normal = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    width = size ** (-1 / 3) * special.ndtri(0.975) ** (2 / 3) * (1.5 * normal**2 / (2 * z * z + 1)) ** (1 / 3)
    width = min(width, 0.99 * min(probability, 1 - probability))
    order = np.argsort(residual)
    cumulative = np.cumsum(weight[order]) / weight.sum()
    quartiles = residual[order][np.minimum(np.searchsorted(cumulative, [0.25, 0.75]), len(order) - 1)]
    mean = np.average(residual, weights=weight)
    deviation = float(np.sqrt(np.average((residual - mean) ** 2, weights=weight)))
    robust = min(deviation, float(quartiles[1] - quartiles[0]) / 1.349) or deviation
    # The bandwidth is the half-width of a uniform kernel. As the standard deviation of a Gaussian one it would smooth
    # three times the variance, and standard errors at 500 rows would be about a sixth too wide.
    half_width = (special.ndtri(probability + width) - special.ndtri(probability - width)) * robust
    bandwidth = half_width / np.sqrt(3)
    found: FloatArray = np.exp(-0.5 * (residual / bandwidth) ** 2) / (bandwidth * np.sqrt(2 * np.pi))
    return found
