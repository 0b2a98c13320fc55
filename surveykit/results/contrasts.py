"""Functions of estimates: linear combinations, and smooth functions by the delta method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, did_you_mean, listing
from surveykit.expressions import Values, evaluate, names, parse

__all__ = ["Contrast", "contrast_matrix", "delta"]

#: One contrast: coefficients by name or in order, or an expression of the names.
Contrast = str | Mapping[str, float] | Sequence[float]


def contrast_matrix(contrast: Mapping[str, float] | Sequence[float], parameters: tuple[str, ...]) -> FloatArray:
    """Coefficients ``(p,)`` of a linear contrast, from a mapping by name or a sequence in order.

    Raises
    ------
    EstimationError
        If a name is unknown or the length differs.
    """
    if isinstance(contrast, Mapping):
        row = np.zeros(len(parameters))
        for name, coefficient in contrast.items():
            if name not in parameters:
                raise EstimationError(
                    f"'{name}' is not one of the estimates.", remedy=did_you_mean(str(name), parameters)
                )
            row[parameters.index(name)] = coefficient
        return row
    row = np.asarray(contrast, np.float64)
    if row.shape != (len(parameters),):
        raise EstimationError(
            f"The contrast has {row.size} coefficient(s) and there are {len(parameters)} estimates.",
            remedy=f"In order they are {listing(parameters)}.",
        )
    return row


def delta(text: str, parameters: tuple[str, ...], point: FloatArray) -> tuple[float, FloatArray]:
    """Value and gradient of an expression of the estimates, for the delta method.

    The gradient is a central difference of sixth order in each parameter, scaled to it; its
    relative error is near 1e-11 for smooth functions.

    Parameters
    ----------
    text
        For example ``"log(exports / sales)"``; a name that is no plain word stands between backticks.
    parameters
        Names of the estimates.
    point
        ``(p,)`` the estimates.

    Returns
    -------
    value, gradient
        A number and ``(p,)``.
    """
    expr = parse(text)
    for name in names(expr):
        if name not in parameters:
            raise EstimationError(f"'{name}' is not one of the estimates.", remedy=did_you_mean(name, parameters))

    def at(values: FloatArray) -> float:
        found = evaluate(expr, lambda name: Values(np.asarray(values[parameters.index(name)])))
        return float(found.data) if found.valid is None or bool(found.valid) else float("nan")

    value = at(point)
    if not np.isfinite(value):
        raise EstimationError(
            f"{text!r} is not a finite number at the estimates.", remedy="Check for zeros under / or log()."
        )
    used = [parameters.index(name) for name in names(expr)]
    gradient = np.zeros(len(parameters))
    for place in used:
        gradient[place] = _slope(at, point, place)
    return value, gradient


def _slope(function: Callable[[FloatArray], float], point: FloatArray, place: int) -> float:
    step = 1e-3 * max(abs(point[place]), 1e-6)
    total = 0.0
    for shift, factor in ((1, 45.0), (2, -9.0), (3, 1.0)):
        up, down = point.copy(), point.copy()
        up[place] += shift * step
        down[place] -= shift * step
        total += factor * (function(up) - function(down))
    return float(total / (60.0 * step))
