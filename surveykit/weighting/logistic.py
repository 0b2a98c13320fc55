"""Logistic regression by Newton's method: the propensities that a linearisation can follow."""

from __future__ import annotations

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.expressions.values import BoolArray

__all__ = ["fit_logistic"]

_ROUNDS = 50
_HALVINGS = 12
_SETTLED = 1e-11


def fit_logistic(
    matrix: FloatArray, outcome: BoolArray, weights: FloatArray, start: FloatArray | None = None
) -> FloatArray:
    """Maximise the weighted likelihood.

    Where all rows of a level have the same outcome the maximum is at infinity; the rounds then end when the likelihood
    no longer changes, with propensities near 0 or 1 there.

    Parameters
    ----------
    matrix
        ``(n, q)`` predictors, the constant among them; dependent columns are allowed.
    outcome, weights
        ``(n,)``.
    start
        ``(q,)`` coefficients to begin from.

    Returns
    -------
    ndarray
        ``(q,)`` coefficients.
    """
    observed = outcome.astype(np.float64)
    beta = np.zeros(matrix.shape[1]) if start is None else start
    here = _deviance(matrix @ beta, observed, weights)
    for _ in range(_ROUNDS):
        before, step = here, _newton(matrix, observed, weights, beta)
        for halving in range(_HALVINGS):
            trial = beta + step * 0.5**halving
            found = _deviance(matrix @ trial, observed, weights)
            if found <= before:
                beta, here = trial, found
                break
        if before - here <= _SETTLED * (abs(here) + 0.1):
            break
    # The likelihood is flat here: two steps more give the coefficients all their digits.
    for _ in range(2):
        beta = beta + _newton(matrix, observed, weights, beta)
    return beta


def _newton(matrix: FloatArray, observed: FloatArray, weights: FloatArray, beta: FloatArray) -> FloatArray:
    chance = special.expit(matrix @ beta)
    gradient = matrix.T @ (weights * (observed - chance))
    information = (matrix * (weights * chance * (1 - chance))[:, None]).T @ matrix
    step: FloatArray = np.linalg.lstsq(information, gradient, rcond=1e-12)[0]
    return step


def _deviance(eta: FloatArray, observed: FloatArray, weights: FloatArray) -> float:
    """Minus twice the log likelihood."""
    return 2 * float(weights @ (np.logaddexp(0, eta) - observed * eta))
