"""Standardised distributions of a location-scale model: distribution function, density and their slopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing

__all__ = ["STANDARD", "Standard", "standard"]


@dataclass(frozen=True)
class Standard:
    """A distribution of mean or mode zero and scale one.

    Parameters
    ----------
    name
        ``"normal"``, ``"logistic"`` or ``"extreme"`` (smallest extreme value: log of a Weibull time).
    """

    name: str

    def log_density(self, z: FloatArray) -> FloatArray:
        """Logarithm of the density."""
        if self.name == "normal":
            return np.asarray(-0.5 * z * z - 0.5 * np.log(2 * np.pi))
        if self.name == "logistic":
            found: FloatArray = special.log_expit(z) + special.log_expit(-z)
            return found
        return z - np.exp(z)

    def log_slope(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """First and second derivative of the log-density."""
        if self.name == "normal":
            return -z, -np.ones_like(z)
        if self.name == "logistic":
            p = special.expit(z)
            return 1 - 2 * p, -2 * p * (1 - p)
        return 1 - np.exp(z), -np.exp(z)

    def between(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Probability of an interval; infinite ends allowed, digits kept in both tails."""
        if self.name == "extreme":
            # exp(-a) - exp(-b), written so that neither small nor large a and b lose digits.
            a, b = np.exp(low), np.exp(high)
            return np.where(np.isinf(a), 0.0, -np.exp(-a) * np.expm1(np.where(np.isinf(a), 0.0, a) - b))
        flip = low > 0
        lower, upper = np.where(flip, -high, low), np.where(flip, -low, high)
        below = special.ndtr if self.name == "normal" else special.expit
        found: FloatArray = below(upper) - below(lower)
        return found

    def density(self, z: FloatArray) -> FloatArray:
        """Density; zero at infinity."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.where(np.isfinite(z), np.exp(self.log_density(np.where(np.isfinite(z), z, 0.0))), 0.0)

    def slope(self, z: FloatArray) -> FloatArray:
        """Derivative of the density; zero at infinity."""
        finite = np.where(np.isfinite(z), z, 0.0)
        return self.density(z) * self.log_slope(finite)[0]


#: Distributions of survival times, by name: the standardised distribution of their logarithm, and whether the scale is
#: one.
STANDARD: Mapping[str, tuple[Standard, bool]] = {
    "weibull": (Standard("extreme"), False),
    "exponential": (Standard("extreme"), True),
    "lognormal": (Standard("normal"), False),
    "loglogistic": (Standard("logistic"), False),
}


def standard(distribution: str) -> tuple[Standard, bool]:
    """Look up a distribution of survival times."""
    if distribution not in STANDARD:
        raise EstimationError(
            f"distribution={distribution!r} is not known.", remedy=f"Choose one of {listing(STANDARD)}."
        )
    return STANDARD[distribution]
