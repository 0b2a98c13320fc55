"""Rubin's rules: estimates of several imputed data sets made one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError

__all__ = ["Combined", "combine", "likelihood_statistic", "mean_statistic", "wald_statistic"]


@dataclass(frozen=True)
class Combined:
    """Estimates after Rubin's rules.

    Parameters
    ----------
    estimate
        ``(p,)`` means over the imputations.
    covariance
        ``(p, p)``: within + (1 + 1/m) between.
    within, between
        ``(p, p)`` mean covariance, and covariance of the estimates.
    df
        ``(p,)`` degrees of freedom (Barnard and Rubin 1999), never more than those of complete data.
    missing_information
        ``(p,)`` fraction of the information that is missing.
    """

    estimate: FloatArray
    covariance: FloatArray
    within: FloatArray
    between: FloatArray
    df: FloatArray
    missing_information: FloatArray


def combine(estimates: FloatArray, covariances: FloatArray, complete_df: FloatArray) -> Combined:
    """Apply Rubin's rules.

    Parameters
    ----------
    estimates
        ``(m, p)``.
    covariances
        ``(m, p, p)``.
    complete_df
        ``(p,)`` degrees of freedom that complete data would have; infinite for Rubin's (1987) own.

    References
    ----------
    Rubin (1987), *Multiple Imputation for Nonresponse in Surveys*, ch. 3; Barnard and Rubin (1999), *Biometrika* 86,
    948-955.
    """
    m = len(estimates)
    if m < 2:
        raise EstimationError(f"{m} imputation cannot show the uncertainty of imputing.", remedy="Make 5 or more.")
    within = covariances.mean(axis=0)
    centred = estimates - estimates.mean(axis=0)
    between = centred.T @ centred / (m - 1)
    added = (1 + 1 / m) * np.diagonal(between)
    own = np.diagonal(within)
    with np.errstate(divide="ignore", invalid="ignore"):
        increase = added / own
        old = (m - 1) * (1 + 1 / increase) ** 2
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * own / (own + added)
        capped = 1 / (1 / old + 1 / observed)
        df = np.where(np.isinf(complete_df), old, np.where(np.isinf(old), observed, capped))
        information = (increase + 2 / (df + 3)) / (increase + 1)
    return Combined(
        estimates.mean(axis=0),
        within + (1 + 1 / m) * between,
        within,
        between,
        df,
        np.where(added > 0, information, 0.0),
    )


def wald_statistic(combined: Combined, imputations: int, complete_df: float) -> tuple[float, int, float, float]:
    """D1: whether all estimates are zero (Li, Raghunathan and Rubin 1991; degrees of freedom of Reiter 2007).

    Returns
    -------
    statistic, df, ddf, p
        The F statistic with its degrees of freedom and p-value.
    """
    k, m = len(combined.estimate), imputations
    inverse = np.linalg.pinv(combined.within)
    increase = (1 + 1 / m) * float(np.trace(combined.between @ inverse)) / k
    statistic = float(combined.estimate @ inverse @ combined.estimate) / (k * (1 + increase))
    ddf = _denominator(k, m, increase)
    if np.isfinite(complete_df):
        ddf = min(ddf, complete_df)
    return statistic, k, ddf, float(special.fdtrc(k, ddf, statistic))


def _denominator(k: int, m: int, increase: float) -> float:
    """Degrees of freedom of the denominator of D1 and D3 (Li, Raghunathan and Rubin 1991)."""
    t = k * (m - 1)
    if increase == 0:
        return np.inf
    if t > 4:
        return 4 + (t - 4) * (1 + (1 - 2 / t) / increase) ** 2
    return t * (1 + 1 / k) * (1 + 1 / increase) ** 2 / 2


def mean_statistic(statistics: Sequence[float], k: float) -> tuple[float, float, float]:
    """D2: chi-squared statistics of several imputations made one (Li, Meng, Raghunathan and Rubin 1991).

    Returns
    -------
    statistic, ddf, p
        The F statistic with its denominator's degrees of freedom and p-value.
    """
    given = np.asarray(statistics, np.float64)
    m = len(given)
    increase = (1 + 1 / m) * float(np.var(np.sqrt(np.maximum(given, 0.0)), ddof=1))
    statistic = (float(given.mean()) / k - (m + 1) / (m - 1) * increase) / (1 + increase)
    ddf = k ** (-3 / m) * (m - 1) * (1 + 1 / increase) ** 2 if increase > 0 else np.inf
    p = special.fdtrc(k, ddf, max(statistic, 0.0)) if np.isfinite(ddf) else special.chdtrc(k, k * max(statistic, 0.0))
    return statistic, float(ddf), float(p)


def likelihood_statistic(own: Sequence[float], pooled: Sequence[float], k: int) -> tuple[float, float, float]:
    """D3: likelihood ratios at each imputation's coefficients and at the pooled ones (Meng and Rubin 1992).

    Parameters
    ----------
    own, pooled
        Twice the log likelihood ratio of each imputation, at its own coefficients and at their mean.
    k
        Coefficients tested.

    Returns
    -------
    statistic, ddf, p
        The F statistic with its denominator's degrees of freedom and p-value.
    """
    m = len(own)
    increase = max((m + 1) / (k * (m - 1)) * float(np.mean(own) - np.mean(pooled)), 0.0)
    statistic = float(np.mean(pooled)) / (k * (1 + increase))
    ddf = _denominator(k, m, increase)
    p = special.fdtrc(k, ddf, statistic) if np.isfinite(ddf) else special.chdtrc(k, k * statistic)
    return statistic, float(ddf), float(p)
