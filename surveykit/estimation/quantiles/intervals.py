"""Intervals of a share of the weight, to be read back as values: Woodruff's method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.results.estimate import t_quantile

__all__ = ["QuantileInterval", "Shares", "check_interval", "share_interval"]

QuantileInterval = Literal["mean", "beta", "xlogit", "asin", "score", "quantile"]

_Ends = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Shares:
    """Estimated shares of the weight up to some values.

    Parameters
    ----------
    share, se
        ``(E,)`` estimates and standard errors.
    df, n
        ``(E,)`` degrees of freedom and rows.
    """

    share: FloatArray
    se: FloatArray
    df: FloatArray
    n: FloatArray


def _mean(found: Shares, t: FloatArray, _: float) -> _Ends:
    return found.share - t * found.se, found.share + t * found.se


def _xlogit(found: Shares, t: FloatArray, _: float) -> _Ends:
    centre = special.logit(found.share)
    half = t * found.se / (found.share * (1 - found.share))
    return special.expit(centre - half), special.expit(centre + half)


def _asin(found: Shares, t: FloatArray, _: float) -> _Ends:
    centre = np.arcsin(np.sqrt(found.share))
    half = t * found.se / (2 * np.sqrt(found.share * (1 - found.share)))
    return np.sin(np.maximum(centre - half, 0)) ** 2, np.sin(np.minimum(centre + half, np.pi / 2)) ** 2


def _beta(found: Shares, t: FloatArray, level: float) -> _Ends:
    """Clopper and Pearson's interval on the effective sample size (Korn and Graubard 1998)."""
    share = found.share
    size = share * (1 - share) / found.se**2 * (t_quantile((1 + level) / 2, found.n - 1) / t) ** 2
    alpha = 1 - level
    low = special.betaincinv(size * share, size * (1 - share) + 1, alpha / 2)
    return low, special.betaincinv(size * share + 1, size * (1 - share), 1 - alpha / 2)


_METHODS: Mapping[str, Callable[[Shares, FloatArray, float], _Ends]] = {
    "mean": _mean,
    "beta": _beta,
    "xlogit": _xlogit,
    "asin": _asin,
}


def check_interval(interval: str) -> None:
    """Refuse an unknown kind of interval.

    Raises
    ------
    EstimationError
    """
    known = (*_METHODS, "score", "quantile")
    if interval not in known:
        raise EstimationError(f"interval={interval!r} is not known.", remedy=f"Choose one of {listing(known)}.")


def share_interval(found: Shares, interval: str, level: float) -> _Ends:
    """Confidence intervals of shares.

    Parameters
    ----------
    interval
        ``"mean"`` for share -/+ t se; ``"xlogit"``, ``"asin"`` for the same on those scales; ``"beta"`` for Korn and
        Graubard's.
    level
        Confidence level.
    """
    t = t_quantile((1 + level) / 2, found.df)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _METHODS[interval](found, t, level)
    return low, high
