"""Location-scale models of outcomes known exactly, or only between two ends: bands, limits, times not yet over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray
from surveykit.estimation.likelihoods.index_likelihood import Derivatives, IndexLikelihood
from surveykit.estimation.likelihoods.standard_distributions import Standard
from surveykit.estimation.models.predictions import Slopes

__all__ = ["CensoredLikelihood"]


@dataclass(frozen=True)
class CensoredLikelihood(IndexLikelihood):
    """``y* = x' b + sigma z``; a row tells y* itself or an interval that holds it.

    The further parameter is log(sigma); without one sigma is 1.

    Parameters
    ----------
    standard
        Distribution of z.
    form
        ``"bands"``: y is the code of a band whose ends are `low` and `high`; ``"limits"``: y is y* between `low` and
        `high`, and at or beyond them only that; ``"time"``: log(y) is y*, and where y is negative log(-y) is a lower
        bound of it.
    low, high
        ``(K,)`` ends of the bands, or ``(1,)`` the limits.
    """

    standard: Standard
    form: Literal["bands", "limits", "time"]
    low: FloatArray = field(default_factory=lambda: np.full(1, -np.inf))
    high: FloatArray = field(default_factory=lambda: np.full(1, np.inf))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """One expectation, of y* itself."""
        return ("",)

    def _ends(self, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Interval of each row; equal ends where y* is known."""
        if self.form == "bands":
            code = y.astype(np.intp)
            return self.low[code], self.high[code]
        if self.form == "time":
            known = np.log(np.where(y == 0, 1.0, np.abs(y)))
            return known, np.where(y > 0, known, np.inf)
        low = np.where(y <= self.low[0], -np.inf, np.minimum(y, self.high[0]))
        high = np.where(y >= self.high[0], np.inf, np.maximum(y, self.low[0]))
        return low, high

    def _scale(self, extra: FloatArray) -> float:
        return float(np.exp(extra[0])) if len(extra) else 1.0

    def loglik_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> FloatArray:
        """Log-density of y* where it is known, log-probability of the interval elsewhere."""
        scale = self._scale(extra)
        low, high = self._ends(y)
        lower, upper = (low - eta[:, 0]) / scale, (high - eta[:, 0]) / scale
        exact = low == high
        known = self.standard.log_density(np.where(exact, lower, 0.0)) - np.log(scale)
        between = np.where(exact, 1.0, self.standard.between(lower, upper))
        with np.errstate(divide="ignore"):
            return np.where(exact, known, np.log(between))

    def derivatives_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> Derivatives:
        """By eta and by log(sigma)."""
        scale = self._scale(extra)
        low, high = self._ends(y)
        lower, upper = (low - eta[:, 0]) / scale, (high - eta[:, 0]) / scale
        exact = low == high
        first, second = self._interval(np.where(exact, -1.0, lower), np.where(exact, 1.0, upper), scale)
        known_first, known_second = self._known(np.where(exact, lower, 0.0), scale)
        first = np.where(exact[:, None], known_first, first)
        second = np.where(exact[:, None, None], known_second, second)
        size = 1 + len(extra)
        return Derivatives(first[:, :size], second[:, :size, :size])

    def _known(self, z: FloatArray, scale: float) -> tuple[FloatArray, FloatArray]:
        by, twice = self.standard.log_slope(z)
        cross = (by + twice * z) / scale
        return np.column_stack([-by / scale, -by * z - 1]), _square(twice / scale**2, cross, by * z + twice * z**2)

    def _interval(self, lower: FloatArray, upper: FloatArray, scale: float) -> tuple[FloatArray, FloatArray]:
        probability = self.standard.between(lower, upper)
        u, v = (np.where(np.isfinite(end), end, 0.0) for end in (upper, lower))
        f, g = self.standard.density(upper), self.standard.density(lower)
        df, dg = self.standard.slope(upper), self.standard.slope(lower)
        eta = -(f - g) / scale / probability
        tau = -(u * f - v * g) / probability
        eta_eta = (df - dg) / scale**2 / probability - eta**2
        eta_tau = ((f + u * df) - (g + v * dg)) / scale / probability - eta * tau
        tau_tau = ((u * f + u**2 * df) - (v * g + v**2 * dg)) / probability - tau**2
        return np.column_stack([eta, tau]), _square(eta_eta, eta_tau, tau_tau)

    def predict(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Location of y* ``(m, 1)``."""
        return self.eta(x, offset, theta)

    def slopes(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> Slopes:
        """One."""
        return Slopes(np.ones((len(x), 1, 1)), np.zeros((len(x), 1, len(self.extra))))


def _square(one: FloatArray, cross: FloatArray, two: FloatArray) -> FloatArray:
    found = np.empty((len(one), 2, 2))
    found[:, 0, 0], found[:, 1, 1] = one, two
    found[:, 0, 1] = found[:, 1, 0] = cross
    return found
