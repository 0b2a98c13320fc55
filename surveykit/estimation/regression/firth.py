"""Logistic regression with Firth's penalty: finite estimates where a column separates the outcomes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihoods.likelihood_model import Fitted, fitted_model
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.regression.normal_equations import independent, inverse_of, solve_normal
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.survey import Survey

__all__ = ["fit_firth", "refit_firth"]

_MAX_ROUNDS = 200


def fit_firth(rows: ModelRows, level: float) -> Model:
    """Maximise ``sum w_i l_i + log|X'WX| / 2`` with weights of mean one.

    Parameters
    ----------
    rows
        Rows of a logistic regression.
    level
        Confidence level.

    Returns
    -------
    Model
        The covariance is the design's sandwich at the penalised estimates; with few cases it is too small, and the
        model says so.

    Raises
    ------
    EstimationError
        If columns depend on others, or the iterations do not settle.

    References
    ----------
    Firth (1993), *Biometrika* 80, 27-38; Heinze and Schemper (2002), *Statistics in Medicine* 21, 2409-2419.
    """
    if rows.link.name != "logit":
        raise EstimationError(
            f"The penalty is made for the logit link, not '{rows.link.name}'.", remedy="Leave link= out."
        )
    plain = OutcomeRows(rows.survey, rows.matrix, rows.offset)
    arrays = row_arrays(plain)
    if np.ptp(arrays.y) == 0:
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' is {arrays.y[0]:g} in every row, so there is nothing to explain.",
            remedy="Check the coding of the outcome, or the domain.",
        )
    if ((arrays.y != 0) & (arrays.y != 1)).any():
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' is not always 0 or 1.", remedy="Recode it, or leave penalty= out."
        )
    beta = _solve(arrays)
    _, scores, information = _penalised(arrays, beta)
    found = Fitted(
        rows.matrix.names,
        beta,
        inverse_of(information) * arrays.weight.mean() ** -1,
        arrays.score_sums(scores),
        lambda one: refit_firth(plain, one, beta),
        len(beta) - 1,
    )
    note = "Firth's penalty: finite also under separation; profile intervals are to be preferred where cases are few."
    return fitted_model(plain, found, family="binomial, Firth", link="logit", level=level, notes=(note,))


def refit_firth(rows: OutcomeRows, survey: Survey, start: FloatArray) -> FloatArray:
    """Penalised coefficients ``(q,)`` with the weights of another survey of the same rows."""
    return _solve(row_arrays(replace(rows, survey=survey)), start)


def _solve(arrays: RowArrays, start: FloatArray | None = None) -> FloatArray:
    beta = np.zeros(arrays.x.shape[1]) if start is None else start
    here, scores, information = _penalised(arrays, beta)
    kept = independent(information)
    if len(kept) < len(beta):
        lost = [name for place, name in enumerate(arrays.rows.matrix.names) if place not in kept]
        raise EstimationError(
            f"'{arrays.rows.matrix.text}': {listing(lost)} cannot be told apart from the others.",
            remedy="Leave out columns that depend on others, and levels without cases.",
        )
    relative = arrays.weight / arrays.weight.mean()
    for _ in range(_MAX_ROUNDS):
        step = solve_normal(information, scores.T @ relative)
        # Long steps overshoot where fitted probabilities are near 0 and 1.
        step = step * min(1.0, 5 / max(float(np.abs(arrays.x @ step).max()), 1e-300))
        for halving in range(25):
            trial = beta + step * 0.5**halving
            value, scores, information = _penalised(arrays, trial)
            if value >= here - 1e-12 * abs(here):
                break
        beta, here = trial, value
        if float(np.abs(arrays.x @ step).max()) < 1e-9:
            return beta
    raise EstimationError(
        f"'{arrays.rows.matrix.text}' did not converge in {_MAX_ROUNDS} rounds.", remedy="Rescale large numbers."
    )


def _penalised(arrays: RowArrays, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Penalised log-likelihood, scores ``(m, p)`` without weights, and information."""
    x, y, relative = arrays.x, arrays.y, arrays.weight / arrays.weight.mean()
    eta = x @ beta + arrays.offset
    mu = 1 / (1 + np.exp(-np.clip(eta, -700, 700)))
    working = relative * mu * (1 - mu)
    information = (x * working[:, None]).T @ x
    inverse = inverse_of(information)
    leverage = working * np.einsum("ij,jk,ik->i", x, inverse, x)
    scores = x * (y - mu + leverage / relative * (0.5 - mu))[:, None]
    loglik = relative @ (y * eta - np.logaddexp(0.0, eta))
    sign, determinant = np.linalg.slogdet(information)
    value = float(loglik + 0.5 * determinant) if sign > 0 else -np.inf
    return value, scores, information
