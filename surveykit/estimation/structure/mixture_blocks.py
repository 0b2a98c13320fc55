"""What the classes of a mixture differ in: means and spreads of numbers, chances of categories.

A block is one set of variables that is independent of the others within a class. Its parameters are a vector theta; the
score of a row is its posterior average of the derivatives of the class's log-density (Louis 1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from scipy import linalg

from surveykit.engine import FloatArray, IntArray
from surveykit.expressions.values import BoolArray

__all__ = ["Block", "CategoryBlock", "Covariance", "GaussianBlock"]

#: Covariances of numbers within a class: ``"diagonal"``, ``"full"``, or ``"tied"``: one full matrix for all classes.
Covariance = Literal["diagonal", "tied", "full"]

#: Added to variances (of variables with variance one), as scikit-learn does, so that no class shrinks to a point.
_REGULARISATION = 1e-6

#: Chances below this stay as they are when errors are computed.
_FIXED = 1e-7


class Block(Protocol):
    """Variables that are independent of the other blocks within a class."""

    def update(self, share: FloatArray) -> FloatArray:
        """Parameters ``(q,)`` that fit best, given weighted memberships ``(m, K)``."""

    def logs(self, theta: FloatArray, classes: int) -> FloatArray:
        """Log-density of each row in each class ``(m, K)``."""

    def free(self, theta: FloatArray, classes: int) -> FloatArray:
        """Parameters without bounds ``(f,)``; those at a bound are left out."""

    def bound(self, free: FloatArray, theta: FloatArray, classes: int) -> FloatArray:
        """Undo :meth:`free` near theta."""

    def scores(self, theta: FloatArray, membership: FloatArray) -> FloatArray:
        """Derivatives of each row's log-likelihood by the free parameters ``(m, f)``, given memberships ``(m, K)``."""

    def count(self, classes: int) -> int:
        """Free parameters."""

    def degenerate(self, theta: FloatArray, classes: int) -> bool:
        """Whether a class has shrunk to nothing."""

    def reorder(self, theta: FloatArray, order: IntArray) -> FloatArray:
        """Parameters with the classes in another order."""

    def distances(self, rows: IntArray) -> FloatArray:
        """Squared distances of all rows from some ``(m, K)``, for starts."""


@dataclass(frozen=True, eq=False)
class GaussianBlock:
    """Numbers with normal distributions.

    Theta is the means, then logs of standard deviations, or the lower triangle of a covariance, class by class.

    Parameters
    ----------
    values
        ``(m, p)``.
    covariance
        A :data:`Covariance`.
    """

    values: FloatArray
    covariance: Covariance

    def _split(self, theta: FloatArray, classes: int) -> tuple[FloatArray, FloatArray]:
        """Means ``(K, p)`` and covariances ``(K, p, p)``."""
        size = self.values.shape[1]
        means = theta[: classes * size].reshape(classes, size)
        rest = theta[classes * size :]
        found = np.zeros((classes, size, size))
        if self.covariance == "diagonal":
            found[:, np.arange(size), np.arange(size)] = np.exp(2 * rest.reshape(classes, size))
            return means, found
        row, column = np.tril_indices(size)
        given = rest.reshape(-1, len(row)) if self.covariance == "full" else np.tile(rest, (classes, 1))
        found[:, row, column] = found[:, column, row] = given
        return means, found

    def count(self, classes: int) -> int:
        """Free parameters."""
        size = self.values.shape[1]
        triangle = size * (size + 1) // 2
        spread = {"diagonal": classes * size, "tied": triangle, "full": classes * triangle}[self.covariance]
        return int(classes * size + spread)

    def update(self, share: FloatArray) -> FloatArray:
        """Weighted means and covariances of the classes."""
        total = share.sum(axis=0) + 10 * np.finfo(np.float64).eps
        means = share.T @ self.values / total[:, None]
        size = self.values.shape[1]
        if self.covariance == "diagonal":
            # Values have mean zero and variance one, so that little cancels.
            variance = np.maximum(share.T @ self.values**2 / total[:, None] - means**2, 0.0) + _REGULARISATION
            return np.concatenate([means.ravel(), 0.5 * np.log(variance).ravel()])
        each = np.empty((len(total), size, size))
        for place, own in enumerate(share.T):
            centred = self.values - means[place]
            each[place] = (centred * own[:, None]).T @ centred / total[place]
        if self.covariance == "tied":
            each = np.average(each, axis=0, weights=total)[None]
        each = each + _REGULARISATION * np.eye(size)
        row, column = np.tril_indices(size)
        return np.concatenate([means.ravel(), each[:, row, column].ravel()])

    def logs(self, theta: FloatArray, classes: int) -> FloatArray:
        """Log-densities ``(m, K)``; -inf where a covariance is none."""
        if self.covariance == "diagonal":
            return self._independent(theta, classes)
        means, spreads = self._split(theta, classes)
        found = np.empty((len(self.values), classes))
        for place, (mean, spread) in enumerate(zip(means, spreads, strict=True)):
            try:
                factor = linalg.cholesky(spread, lower=True)
            except linalg.LinAlgError:
                found[:, place] = -np.inf
                continue
            standard = linalg.solve_triangular(factor, (self.values - mean).T, lower=True)
            log_det = np.log(np.diagonal(factor)).sum()
            found[:, place] = -0.5 * (standard**2).sum(axis=0) - log_det - 0.5 * len(mean) * np.log(2 * np.pi)
        return found

    def _independent(self, theta: FloatArray, classes: int) -> FloatArray:
        """Log-densities ``(m, K)`` of a diagonal covariance, by products of matrices."""
        means, deviations = theta.reshape(2, classes, -1)
        precision = np.exp(-2 * deviations)
        squares = self.values**2 @ precision.T - 2 * self.values @ (means * precision).T
        constant = (means**2 * precision).sum(axis=1) + 2 * deviations.sum(axis=1)
        found: FloatArray = -0.5 * (squares + constant + means.shape[1] * np.log(2 * np.pi))
        return found

    def scores(self, theta: FloatArray, membership: FloatArray) -> FloatArray:
        """Derivatives ``(m, f)``."""
        classes, size = membership.shape[1], self.values.shape[1]
        means, spreads = self._split(theta, classes)
        first, second = [], []
        row, column = np.tril_indices(size)
        for place in range(classes):
            inverse = np.linalg.inv(spreads[place])
            pulled = (self.values - means[place]) @ inverse
            own = membership[:, place, None]
            first.append(own * pulled)
            if self.covariance == "diagonal":
                second.append(own * (pulled * (self.values - means[place]) - 1))
                continue
            by_entry = 0.5 * (pulled[:, row] * pulled[:, column] - inverse[row, column])
            second.append(own * by_entry * np.where(row == column, 1.0, 2.0))
        spread = [sum(second[1:], second[0])] if self.covariance == "tied" else second
        return np.hstack([*first, *spread])

    def degenerate(self, theta: FloatArray, classes: int) -> bool:
        """Whether a class has a direction without spread."""
        spreads = self._split(theta, classes)[1]
        return bool(np.linalg.eigvalsh(spreads).min() < 5 * _REGULARISATION)

    def reorder(self, theta: FloatArray, order: IntArray) -> FloatArray:
        """Parameters with the classes in another order."""
        count = len(order) * self.values.shape[1]
        means, rest = theta[:count].reshape(len(order), -1)[order], theta[count:]
        spread = rest if self.covariance == "tied" else rest.reshape(len(order), -1)[order]
        return np.concatenate([means.ravel(), spread.ravel()])

    def distances(self, rows: IntArray) -> FloatArray:
        """Squared distances ``(m, K)``."""
        found: FloatArray = ((self.values[:, None, :] - self.values[rows]) ** 2).sum(axis=2)
        return found

    def free(self, theta: FloatArray, classes: int) -> FloatArray:
        """Theta itself."""
        return theta

    def bound(self, free: FloatArray, theta: FloatArray, classes: int) -> FloatArray:
        """Theta itself."""
        return free

    def means(self, theta: FloatArray, classes: int) -> FloatArray:
        """Means of the classes ``(K, p)``."""
        return self._split(theta, classes)[0]


@dataclass(frozen=True, eq=False)
class CategoryBlock:
    """One category; theta is the chances ``(K, c)`` of its levels by class, row after row.

    Parameters
    ----------
    codes
        ``(m,)`` from zero.
    levels
        Number of levels c.
    """

    codes: IntArray
    levels: int

    def update(self, share: FloatArray) -> FloatArray:
        """Weighted shares of the levels within the classes."""
        table = np.stack([np.bincount(self.codes, weights=own, minlength=self.levels) for own in share.T])
        found: FloatArray = (table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)).ravel()
        return found

    def count(self, classes: int) -> int:
        """Free parameters."""
        return classes * (self.levels - 1)

    def logs(self, theta: FloatArray, classes: int) -> FloatArray:
        """Logs of the chances ``(m, K)``."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(theta.reshape(classes, -1), 0.0)).T[self.codes])

    def _active(self, chances: FloatArray) -> BoolArray:
        """Levels whose log-odds are free ``(K, c)``: not the likeliest of a class, not those that never occur in it."""
        found = chances > _FIXED
        found[np.arange(len(chances)), chances.argmax(axis=1)] = False
        return found

    def free(self, theta: FloatArray, classes: int) -> FloatArray:
        """Log-odds against the likeliest level of each class."""
        chances = theta.reshape(classes, -1)
        odds = np.log(np.maximum(chances, _FIXED) / chances.max(axis=1, keepdims=True))
        found: FloatArray = odds[self._active(chances)]
        return found

    def bound(self, free: FloatArray, theta: FloatArray, classes: int) -> FloatArray:
        """Chances again."""
        chances = theta.reshape(classes, -1)
        odds = chances / chances.max(axis=1, keepdims=True)
        odds[self._active(chances)] = np.exp(free)
        found: FloatArray = (odds / odds.sum(axis=1, keepdims=True)).ravel()
        return found

    def scores(self, theta: FloatArray, membership: FloatArray) -> FloatArray:
        """Derivatives ``(m, f)``."""
        chances = theta.reshape(membership.shape[1], -1)
        seen = self.codes[:, None] == np.arange(self.levels)
        each = membership[:, :, None] * (seen[:, None, :] - chances)
        found: FloatArray = each[:, self._active(chances)]
        return found

    def degenerate(self, theta: FloatArray, classes: int) -> bool:
        """Never: a chance of zero is a chance."""
        return False

    def reorder(self, theta: FloatArray, order: IntArray) -> FloatArray:
        """Parameters with the classes in another order."""
        found: FloatArray = theta.reshape(len(order), -1)[order].ravel()
        return found

    def distances(self, rows: IntArray) -> FloatArray:
        """Two where the level is another ``(m, K)``, zero where it is the same."""
        found: FloatArray = 2.0 * (self.codes[:, None] != self.codes[rows])
        return found
