"""Probabilities of rectangles under a bivariate normal, and their derivative by the correlation."""

from __future__ import annotations

import numpy as np
from scipy import special

from surveykit.engine import FloatArray

__all__ = ["rectangles"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)


def rectangles(rho: float, first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Probabilities of the cells that thresholds cut, and their derivatives by the correlation.

    ``P(X <= h, Y <= k) = Phi(h) Phi(k) + integral from 0 to rho of phi2(h, k; r) dr``, with r = sin(angle).

    Parameters
    ----------
    rho
        Correlation, between -1 and 1.
    first, second
        ``(r - 1,)`` and ``(c - 1,)`` thresholds in rising order.

    Returns
    -------
    probabilities, slopes
        ``(r, c)``.

    References
    ----------
    Drezner and Wesolowsky (1990), *Journal of Statistical Computation and Simulation* 35, 101-107.
    """
    h, k = first[:, None], second[None, :]
    below = np.zeros((len(first) + 2, len(second) + 2))
    below[-1, 1:-1], below[1:-1, -1], below[-1, -1] = special.ndtr(second), special.ndtr(first), 1.0
    half = np.arcsin(rho) / 2
    sine = np.sin(half * (_NODES + 1))[:, None, None]
    inside = np.exp(-(h**2 + k**2 - 2 * h * k * sine) / (2 * (1 - sine**2)))
    below[1:-1, 1:-1] = special.ndtr(h) * special.ndtr(k) + half / (2 * np.pi) * np.tensordot(_WEIGHTS, inside, axes=1)
    density = np.zeros_like(below)
    rest = 1 - rho**2
    density[1:-1, 1:-1] = np.exp(-(h**2 + k**2 - 2 * h * k * rho) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    return _differences(below), _differences(density)


def _differences(values: FloatArray) -> FloatArray:
    found: FloatArray = np.diff(np.diff(values, axis=0), axis=1)
    return found
