"""Distribution of weighted sums of chi-squares: that of a quadratic form scaled by a variance other than its own.

Rao and Scott's statistics, working likelihood ratios and score tests all end here: ``Q = sum of w_j X_j`` with X_j
chi-square, one degree of freedom each, in the simplest case over an independent ``chi-square_d / d``.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError

__all__ = ["chi_square_tail", "f_tail", "saddlepoint_tail", "weighted_chi_square_tail"]


#: Weights below this share of the largest are pooled into one chi-square of the same mean; the tail moves by less than
#: 1e-6.
_POOLED = 3e-4
_MAX_TERMS = 500_000
#: Standard deviations from the mean within which the saddlepoint formula is interpolated.
_NEAR_MEAN = 1e-3


def chi_square_tail(x: float, df: float) -> float:
    """Probability that a chi-square with `df` degrees of freedom exceeds `x`."""
    return float(special.chdtrc(df, max(x, 0.0)))


def f_tail(x: float, df: float, ddf: float) -> float:
    """Probability that F with `df` and `ddf` degrees of freedom exceeds `x`; chi-square / df if `ddf` is infinite."""
    if math.isinf(ddf):
        return chi_square_tail(x * df, df)
    return float(special.fdtrc(df, ddf, max(x, 0.0)))


def weighted_chi_square_tail(x: float, weights: npt.ArrayLike, *, denominator: float = math.inf) -> float:
    """Probability that ``sum w_j X_j / (chi-square_d / d)`` exceeds `x`; exact.

    The sum of weighted chi-squares with positive weights is a mixture of central chi-squares ``b X_(m + 2k)``, b the
    smallest weight (Ruben 1962). All terms of the mixture are positive, so small tails keep their digits, and over an
    independent chi-square each term is an incomplete beta function.

    Parameters
    ----------
    x
        Point.
    weights
        ``(m,)`` positive weights w_j of chi-squares with one degree of freedom.
    denominator
        Degrees of freedom d of the denominator; infinite for none.

    References
    ----------
    Ruben (1962), *Annals of Mathematical Statistics* 33, 542-570; Farebrother (1984), *Applied Statistics* 33, 332-339
    (AS 204).

    Examples
    --------
    >>> round(weighted_chi_square_tail(3.841459, [1.0]), 6)
    0.05
    >>> round(weighted_chi_square_tail(7.0, [6.0, 3.0, 1.0]), 4)
    0.5064
    """
    scale, orders = _pooled(_checked(weights))
    if x <= 0:
        return 1.0
    rough = saddlepoint_tail(x, np.asarray(weights, np.float64), denominator=denominator)
    mixture = _mixture(scale, orders, 1e-11 * max(rough, 1e-280))
    df = orders.sum() + 2.0 * np.arange(len(mixture))
    base = scale.min()
    if math.isinf(denominator):
        tails = special.chdtrc(df, x / base)
    else:
        tails = special.betainc(denominator / 2, df / 2, 1 / (1 + x / (base * denominator)))
    return float(min(mixture @ tails, 1.0))


def _checked(weights: npt.ArrayLike) -> FloatArray:
    found = np.atleast_1d(np.asarray(weights, np.float64))
    if not len(found) or not np.all(np.isfinite(found)) or not np.all(found > 0):
        raise EstimationError(
            "A weighted sum of chi-squares needs weights that are positive and finite.",
            remedy="Weights of zero stand for combinations without sampling variance; leave them out.",
        )
    return found


def _pooled(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Distinct scales and degrees of freedom, the smallest weights pooled."""
    limit = _POOLED * weights.max()
    small = weights < limit
    if not small.any():
        return weights, np.ones(len(weights))
    scale = np.append(weights[~small], limit)
    return scale, np.append(np.ones(int((~small).sum())), weights[small].sum() / limit)


def _mixture(scale: FloatArray, orders: FloatArray, remainder: float) -> FloatArray:
    """Weights of the mixture, until those left out add to less than `remainder`."""
    shrink = 1 - scale.min() / scale
    slowest = shrink.max()
    half = orders / 2
    terms = [float(np.exp(half @ np.log(scale.min() / scale)))]
    running = np.zeros(len(scale))
    for k in range(1, _MAX_TERMS):
        running = shrink * (running + terms[-1])
        terms.append(float(half @ running) / k)
        if terms[-1] * slowest < remainder * (1 - slowest) and terms[-1] <= terms[-2]:
            break
    return np.array(terms)


def saddlepoint_tail(x: float, weights: npt.ArrayLike, *, denominator: float = math.inf) -> float:
    """Saddlepoint approximation to :func:`weighted_chi_square_tail`.

    The formula of Lugannani and Rice with the exact cumulant function ``K(s) = -1/2 sum log(1 - 2 s w_j)``.

    References
    ----------
    Kuonen (1999), *Biometrika* 86, 929-935.

    Examples
    --------
    >>> round(saddlepoint_tail(7.0, [6.0, 3.0, 1.0]), 3)
    0.5
    """
    found = _checked(weights)
    if x <= 0:
        return 1.0
    mean, near = float(found.sum()), _NEAR_MEAN * math.sqrt(2 * float((found**2).sum()))
    if abs(x - mean) >= near:
        return _lugannani_rice(x, found, denominator)
    # At the mean the formula is 0 / 0 and next to it digits cancel; the tail is straight over so short a way.
    low, high = (_lugannani_rice(mean + side * near, found, denominator) for side in (-1, 1))
    return low + (high - low) * (x - mean + near) / (2 * near)


def _lugannani_rice(x: float, weights: FloatArray, denominator: float) -> float:
    orders, point = np.ones(len(weights)), x
    if not math.isinf(denominator):
        weights, orders, point = np.append(weights, -x / denominator), np.append(orders, denominator), 0.0
    saddle = _saddle(point, weights, orders)
    curve = 2 * float((orders * weights**2 / (1 - 2 * saddle * weights) ** 2).sum())
    exponent = 2 * (saddle * point + 0.5 * float((orders * np.log1p(-2 * saddle * weights)).sum()))
    root = math.copysign(math.sqrt(max(exponent, 0.0)), saddle)
    scaled = saddle * math.sqrt(curve)
    return float(special.ndtr(-(root + math.log(scaled / root) / root)))


def _saddle(point: float, weights: FloatArray, orders: FloatArray) -> float:
    """Solve ``K'(s) = point`` between the poles of K."""

    def slope(s: float) -> float:
        return float((orders * weights / (1 - 2 * s * weights)).sum()) - point

    near = 1 - 1e-13
    high = near / (2 * weights.max())
    if weights.min() < 0:
        low = near / (2 * weights.min())
    else:
        low = -1 / weights.max()
        while slope(low) > 0:
            low *= 2
    if slope(high) <= 0:
        return float(high)
    return float(optimize.brentq(slope, low, high, xtol=1e-15 * high, rtol=1e-14, maxiter=500))
