"""Ordered regression in which some columns have a slope of their own at each cut point (Peterson and Harrell 1990)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.estimation.likelihoods.index_likelihood import Derivatives, IndexLikelihood
from surveykit.estimation.likelihoods.ordered import CumulativeLink
from surveykit.estimation.models.predictions import Slopes

__all__ = ["CumulativeLikelihood", "PartialProportional"]


@dataclass(frozen=True)
class CumulativeLikelihood(IndexLikelihood):
    """``P(y <= k) = F(x' a_k)``, one index a cut point, nothing shared.

    Parameters
    ----------
    levels
        K levels in order.
    link
        The distribution F.
    """

    levels: tuple[str, ...]
    link: CumulativeLink

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The levels."""
        return self.levels

    def _between(self, eta: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        ends = np.column_stack([np.full(len(eta), -np.inf), eta, np.full(len(eta), np.inf)])
        code, place = y.astype(np.intp), np.arange(len(y))
        upper, lower = ends[place, code + 1], ends[place, code]
        flip = lower > 0
        found = self.link.probability(np.where(flip, -lower, upper))
        found = found - self.link.probability(np.where(flip, -upper, lower))
        return upper, lower, found

    def loglik_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> FloatArray:
        """Log-probability of the observed level; -inf where the cut points of a row are out of order."""
        between = self._between(eta, y)[2]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(between > 0, np.log(between), -np.inf)

    def derivatives_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> Derivatives:
        """By the two indices next to the observed level."""
        upper, lower, between = self._between(eta, y)
        with np.errstate(divide="ignore", invalid="ignore"):
            up, down = self.link.density(upper) / between, -self.link.density(lower) / between
            bend_up, bend_down = self.link.slope(upper) / between, -self.link.slope(lower) / between
        size, code = eta.shape[1], y.astype(np.intp)
        first, second = np.zeros((len(y), size)), np.zeros((len(y), size, size))
        for cut in range(size):
            above, below = code == cut, code == cut + 1
            first[:, cut] = np.where(above, up, 0.0) + np.where(below, down, 0.0)
            second[:, cut, cut] = np.where(above, bend_up - up**2, 0.0) + np.where(below, bend_down - down**2, 0.0)
            if cut:
                # The level between two cut points ties them.
                second[:, cut, cut - 1] = second[:, cut - 1, cut] = np.where(above, -up * down, 0.0)
        return Derivatives(first, second)

    def predict(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Probability of each level ``(m, K)``."""
        below = self.link.probability(self.eta(x, offset, theta))
        return np.diff(below, axis=1, prepend=0.0, append=1.0)

    def slopes(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> Slopes:
        """Derivatives of the probabilities by the indices."""
        density = self.link.density(self.eta(x, offset, theta))
        index = np.zeros((len(x), len(self.levels), density.shape[1]))
        for cut in range(density.shape[1]):
            index[:, cut, cut] = density[:, cut]
            index[:, cut + 1, cut] = -density[:, cut]
        return Slopes(index, np.zeros((len(x), len(self.levels), 0)))


@dataclass(frozen=True)
class PartialProportional:
    """A cumulative likelihood whose parameters are ``C theta``: most slopes shared by all cut points.

    Parameters
    ----------
    whole
        The likelihood without anything shared.
    constraint
        ``(Q, q)`` C.
    parameters
        ``(q,)`` names of theta.
    initial
        ``(q,)`` values to start from.
    """

    whole: CumulativeLikelihood
    constraint: FloatArray
    parameters: tuple[str, ...]
    initial: FloatArray

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The levels."""
        return self.whole.outcomes

    def start(self) -> FloatArray:
        """Values to start from."""
        return self.initial

    def loglik(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Log-likelihood of each row."""
        return self.whole.loglik(x, y, -offset, self.constraint @ theta)

    def scores(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Derivatives ``(m, q)``."""
        found: FloatArray = self.whole.scores(x, y, -offset, self.constraint @ theta) @ self.constraint
        return found

    def information(
        self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray, weight: FloatArray
    ) -> FloatArray:
        """Minus the weighted second derivatives ``(q, q)``."""
        inner = self.whole.information(x, y, -offset, self.constraint @ theta, weight)
        found: FloatArray = self.constraint.T @ inner @ self.constraint
        return found

    def predict(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Probability of each level ``(m, K)``."""
        return self.whole.predict(x, -offset, self.constraint @ theta)

    def gradient(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Derivatives of the probabilities ``(m, K, q)``."""
        return np.asarray(self.whole.gradient(x, -offset, self.constraint @ theta) @ self.constraint)

    def gradient_sum(self, x: FloatArray, offset: FloatArray, theta: FloatArray, weight: FloatArray) -> FloatArray:
        """Weighted sum of the derivatives ``(K, q)``."""
        return np.asarray(self.whole.gradient_sum(x, -offset, self.constraint @ theta, weight) @ self.constraint)
