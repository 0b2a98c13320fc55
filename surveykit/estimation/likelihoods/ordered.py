"""Ordered outcomes: cumulative logit and probit (McCullagh 1980)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.estimation.models.predictions import IndexPrediction, Slopes
from surveykit.estimation.regression.gram import gram

__all__ = ["CumulativeLink", "OrderedLikelihood"]


class CumulativeLink:
    """A distribution function with its density and the density's slope."""

    def __init__(self, name: str) -> None:
        self.name = name

    def probability(self, u: FloatArray) -> FloatArray:
        """Distribution function."""
        return np.asarray(special.expit(u) if self.name == "logit" else special.ndtr(u))

    def density(self, u: FloatArray) -> FloatArray:
        """Derivative of the distribution function; zero at infinity."""
        if self.name == "logit":
            p: FloatArray = special.expit(u)
            return p * (1 - p)
        return np.asarray(np.exp(-0.5 * u * u) / np.sqrt(2 * np.pi))

    def slope(self, u: FloatArray) -> FloatArray:
        """Derivative of the density; zero at infinity."""
        if self.name == "logit":
            p: FloatArray = special.expit(u)
            return p * (1 - p) * (1 - 2 * p)
        finite = np.where(np.isfinite(u), u, 0.0)
        return -finite * self.density(u)

    def quantile(self, p: FloatArray) -> FloatArray:
        """Inverse of the distribution function."""
        return np.asarray(special.logit(p) if self.name == "logit" else special.ndtri(p))


@dataclass(frozen=True)
class OrderedLikelihood(IndexPrediction):
    """``P(y <= k) = F(cut_k - x' beta)``.

    Parameters
    ----------
    columns
        ``(p,)`` names of the columns, without intercept.
    levels
        K levels of the outcome, in order.
    shares
        ``(K,)`` weighted shares of the levels, to start from.
    link
        The distribution F.
    """

    columns: tuple[str, ...]
    levels: tuple[str, ...]
    shares: FloatArray
    link: CumulativeLink

    @property
    def parameters(self) -> tuple[str, ...]:
        """Slopes, then cut points named ``low|high``."""
        return (*self.columns, *(f"{low}|{high}" for low, high in zip(self.levels, self.levels[1:], strict=False)))

    def start(self) -> FloatArray:
        """No slopes, and the cut points of the marginal distribution."""
        return np.concatenate([np.zeros(len(self.columns)), self.link.quantile(np.cumsum(self.shares)[:-1])])

    def _ends(
        self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Upper and lower argument of F for each row, and the probability between them."""
        size = len(self.columns)
        cuts = np.concatenate([[-np.inf], theta[size:], [np.inf]])
        eta = x @ theta[:size] + offset
        code = y.astype(np.intp)
        upper, lower = cuts[code + 1] - eta, cuts[code] - eta
        # In the upper tail the difference is taken from the other side, where digits are kept.
        flip = lower > 0
        between = self.link.probability(np.where(flip, -lower, upper)) - self.link.probability(
            np.where(flip, -upper, lower)
        )
        return upper, lower, between

    def loglik(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Log-probability of the observed level ``(m,)``; -inf where cut points are out of order."""
        if np.any(np.diff(theta[len(self.columns) :]) <= 0):
            return np.full(len(y), -np.inf)
        return np.log(self._ends(x, y, offset, theta)[2])

    def scores(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Derivatives ``(m, q)``."""
        upper, lower, between = self._ends(x, y, offset, theta)
        up, down = self.link.density(upper) / between, -self.link.density(lower) / between
        size, code = len(self.columns), y.astype(np.intp)
        scores = np.zeros((len(y), len(theta)))
        scores[:, :size] = -x * (up + down)[:, None]
        for cut in range(len(theta) - size):
            scores[:, size + cut] = np.where(code == cut, up, 0.0) + np.where(code == cut + 1, down, 0.0)
        return scores

    def information(
        self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray, weight: FloatArray
    ) -> FloatArray:
        """Minus the weighted second derivatives ``(q, q)``."""
        upper, lower, between = self._ends(x, y, offset, theta)
        up, down = self.link.density(upper) / between, self.link.density(lower) / between
        inside = weight != 0
        uu = np.where(inside, weight * (up**2 - self.link.slope(upper) / between), 0.0)
        ll = np.where(inside, weight * (down**2 + self.link.slope(lower) / between), 0.0)
        ul = np.where(inside, -weight * up * down, 0.0)
        size, cuts, code = len(self.columns), len(theta) - len(self.columns), y.astype(np.intp)
        found = np.zeros((len(theta), len(theta)))
        found[:size, :size] = gram(x, uu + 2 * ul + ll)
        for cut in range(cuts):
            above, below = code == cut, code == cut + 1
            cross = -x.T @ (np.where(above, uu + ul, 0.0) + np.where(below, ll + ul, 0.0))
            found[:size, size + cut] = found[size + cut, :size] = cross
            found[size + cut, size + cut] = uu[above].sum() + ll[below].sum()
            if cut:
                found[size + cut - 1, size + cut] = found[size + cut, size + cut - 1] = ul[above].sum()
        return found

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The levels."""
        return self.levels

    def predict(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Probability of each level ``(m, K)``."""
        size = len(self.columns)
        eta = x @ theta[:size] + offset
        below = self.link.probability(theta[size:] - eta[:, None])
        return np.diff(below, axis=1, prepend=0.0, append=1.0)

    def slopes(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> Slopes:
        """Derivatives of the probabilities by ``x' beta`` and by the cut points."""
        size = len(self.columns)
        density = self.link.density(theta[size:] - (x @ theta[:size] + offset)[:, None])
        index = -np.diff(density, axis=1, prepend=0.0, append=0.0)
        extra = np.zeros((len(x), len(self.levels), density.shape[1]))
        for cut in range(density.shape[1]):
            extra[:, cut, cut] = density[:, cut]
            extra[:, cut + 1, cut] = -density[:, cut]
        return Slopes(index[:, :, None], extra)
