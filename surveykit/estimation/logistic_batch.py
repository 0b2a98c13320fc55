"""The inner loop of a logistic regression, on arrays that are used again for every batch."""

from __future__ import annotations

import numpy as np

from surveykit.engine import FloatArray

__all__ = ["LogisticBatch"]

_FEW = 12
_TINY = 1e-15


class LogisticBatch:
    """Sums of one walk over the rows at given coefficients.

    Each batch is worked on in place: its linear predictor, means, residuals and weights are read once while they are in
    the processor's cache.

    Parameters
    ----------
    beta
        ``(p,)`` coefficients.
    """

    def __init__(self, beta: FloatArray) -> None:
        size = len(beta)
        self._beta = beta
        self._work = np.empty((4, 0))
        self.information = np.zeros((size, size))
        self.gradient = np.zeros(size)
        self.deviance = 0.0
        self.widest = 0.0
        self.steepest = 1.0

    def add(self, x: FloatArray, y: FloatArray, offset: FloatArray, weight: FloatArray) -> None:
        """Add a batch: design matrix ``(m, p)``, outcome 0 or 1, offset and weight ``(m,)``."""
        rows = len(y)
        if self._work.shape[1] < rows:
            self._work = np.empty((4, rows))
        eta, mean, error, scratch = (line[:rows] for line in self._work)
        np.dot(x, self._beta, out=eta)
        eta += offset
        self.widest = max(self.widest, float(eta.max()), -float(eta.min()))
        np.maximum(eta, -700.0, out=mean)
        np.negative(mean, out=mean)
        np.exp(mean, out=mean)
        mean += 1.0
        np.divide(1.0, mean, out=mean)
        np.clip(mean, _TINY, 1 - _TINY, out=mean)
        np.subtract(y, mean, out=error)
        np.multiply(error, weight, out=scratch)
        self.gradient += x.T @ scratch
        # The fitted probability of what happened is 1 - |y - mean|.
        np.abs(error, out=error)
        np.subtract(1.0, error, out=error)
        np.log(error, out=error)
        self.deviance -= 2 * float(weight @ error)
        np.subtract(1.0, mean, out=error)
        error *= mean
        error *= weight
        self._add_information(x, error, scratch)

    def _add_information(self, x: FloatArray, working: FloatArray, scratch: FloatArray) -> None:
        size = x.shape[1]
        if size > _FEW:
            self.information += x.T @ (x * working[:, None])
            return
        for j in range(size):
            np.multiply(x[:, j], working, out=scratch)
            for k in range(j + 1):
                product = float(scratch @ x[:, k])
                self.information[j, k] += product
                if k != j:
                    self.information[k, j] += product
