"""Distances of calibration, as the function g of the linear predictor (Deville and Särndal 1992)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import WeightingError

__all__ = ["CalibrationMethod", "Distance", "distance"]

CalibrationMethod = Literal["linear", "raking", "logit", "entropy"]


@dataclass(frozen=True)
class Distance:
    """Factor g(u) that multiplies a weight, and its slope.

    Parameters
    ----------
    name
        Name of the method.
    factor, slope
        Functions of u = x' lambda, ``(n,)`` to ``(n,)``; g(0) = 1 and g'(0) = 1.
    """

    name: str
    factor: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]


def distance(method: CalibrationMethod, bounds: tuple[float, float] | None) -> Distance:
    """Look up a distance.

    Parameters
    ----------
    method
        ``"linear"`` (GREG), ``"raking"`` or ``"entropy"`` (exponential; entropy balancing is the same function),
        ``"logit"`` (needs bounds).
    bounds
        Smallest and largest factor, around 1. Linear and raking factors are cut off at them.

    Raises
    ------
    WeightingError
        If the method is unknown or the bounds do not hold 1 between them.
    """
    if bounds is not None and not (0 <= bounds[0] < 1 < bounds[1]):
        raise WeightingError(
            f"bounds={bounds!r} must hold 1 between them.", remedy="They bound the factor on the weights, as (0.2, 5)."
        )
    if method == "logit":
        if bounds is None:
            raise WeightingError(
                "method='logit' needs bounds on the factors.", remedy="Give for example bounds=(0.2, 5)."
            )
        return _logit(*bounds)
    if method == "linear":
        return _cut("linear", lambda u: 1 + u, np.ones_like, bounds)
    if method in ("raking", "entropy"):
        return _cut(method, _exponential, _exponential, bounds)
    raise WeightingError(f"method={method!r} is not known.", remedy="Choose 'linear', 'raking', 'logit' or 'entropy'.")


def _exponential(u: FloatArray) -> FloatArray:
    return np.exp(np.minimum(u, 300.0))


def _cut(
    name: str,
    factor: Callable[[FloatArray], FloatArray],
    slope: Callable[[FloatArray], FloatArray],
    bounds: tuple[float, float] | None,
) -> Distance:
    if bounds is None:
        return Distance(name, factor, slope)
    low, high = bounds

    def inside(u: FloatArray) -> FloatArray:
        value = factor(u)
        return np.where((value > low) & (value < high), slope(u), 0.0)

    return Distance(name, lambda u: np.clip(factor(u), low, high), inside)


def _logit(low: float, high: float) -> Distance:
    scale = (high - low) / ((1 - low) * (high - 1))

    def factor(u: FloatArray) -> FloatArray:
        grown = np.exp(np.clip(scale * u, -300, 300))
        return (low * (high - 1) + high * (1 - low) * grown) / (high - 1 + (1 - low) * grown)

    def slope(u: FloatArray) -> FloatArray:
        value = factor(u)
        return (value - low) * (high - value) * scale / (high - low)

    return Distance("logit", factor, slope)
