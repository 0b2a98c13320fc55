"""Likelihoods of linear indices: scores and information from the derivatives by ``eta_e = x' b_e``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.estimation.models.predictions import IndexPrediction
from surveykit.estimation.regression.gram import gram

__all__ = ["Derivatives", "IndexLikelihood"]


@dataclass(frozen=True)
class Derivatives:
    """Of each row's log-likelihood by E indices and A further parameters, indices first.

    Parameters
    ----------
    first
        ``(m, E + A)``.
    second
        ``(m, E + A, E + A)``.
    """

    first: FloatArray
    second: FloatArray


@dataclass(frozen=True)
class IndexLikelihood(IndexPrediction):
    """A :class:`RowLikelihood` whose parameters are ``(b_1, ..., b_E, extra)``.

    Parameters
    ----------
    columns
        ``(p,)`` names of the columns.
    indices
        ``(E,)`` names of the indices, written before their columns; one empty name for a single index.
    extra
        ``(A,)`` names of the further parameters.
    initial
        ``(q,)`` values to start from.
    """

    columns: tuple[str, ...]
    indices: tuple[str, ...]
    extra: tuple[str, ...]
    initial: FloatArray

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names ``(q,)``."""
        named = tuple(f"{index}: {column}" if index else column for index in self.indices for column in self.columns)
        return (*named, *self.extra)

    def start(self) -> FloatArray:
        """Values ``(q,)`` to start from."""
        return self.initial

    def loglik_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> FloatArray:
        """Log-likelihood ``(m,)`` from the indices ``(m, E)`` and further parameters ``(A,)``."""
        raise NotImplementedError

    def derivatives_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> Derivatives:
        """Its derivatives."""
        raise NotImplementedError

    def eta(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Indices ``(m, E)``."""
        size, count = len(self.columns), len(self.indices)
        slopes = theta[: size * count].reshape(count, size)
        found: FloatArray = x @ slopes.T + offset[:, None]
        return found

    def beyond(self, theta: FloatArray) -> FloatArray:
        """Further parameters ``(A,)``."""
        return theta[len(self.columns) * len(self.indices) :]

    def loglik(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Log-likelihood of each row ``(m,)``."""
        return self.loglik_at(self.eta(x, offset, theta), y, self.beyond(theta))

    def _derivatives(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> Derivatives:
        return self.derivatives_at(self.eta(x, offset, theta), y, self.beyond(theta))

    def scores(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Derivatives ``(m, q)``."""
        first = self._derivatives(x, y, offset, theta).first
        count = len(self.indices)
        return np.column_stack([*(x * first[:, [place]] for place in range(count)), first[:, count:]])

    def information(
        self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray, weight: FloatArray
    ) -> FloatArray:
        """Minus the weighted second derivatives ``(q, q)``."""
        second = self._derivatives(x, y, offset, theta).second
        minus = np.where(weight[:, None, None] != 0, -second * weight[:, None, None], 0.0)
        size, count = len(self.columns), len(self.indices)
        own = np.asfortranarray(x)
        found = np.zeros((len(theta), len(theta)))
        blocks = [slice(place * size, (place + 1) * size) for place in range(count)]
        for e, rows in enumerate(blocks):
            for f in range(e + 1):
                if minus[:, e, f].any():
                    found[rows, blocks[f]] = gram(own, minus[:, e, f])
                    found[blocks[f], rows] = found[rows, blocks[f]].T
            for a in range(len(self.extra)):
                found[rows, size * count + a] = found[size * count + a, rows] = own.T @ minus[:, e, count + a]
        found[size * count :, size * count :] = minus[:, count:, count:].sum(axis=0)
        return found
