"""Multinomial logit: unordered categories against a reference (McFadden 1974)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.estimation.likelihoods.index_likelihood import Derivatives, IndexLikelihood
from surveykit.estimation.models.predictions import Slopes

__all__ = ["MultinomialLikelihood"]


@dataclass(frozen=True)
class MultinomialLikelihood(IndexLikelihood):
    """``P(y = k) = exp(x' b_k) / sum_j exp(x' b_j)``, b zero at the first level.

    Parameters
    ----------
    levels
        K levels, the reference first.
    """

    levels: tuple[str, ...]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The levels."""
        return self.levels

    def _logits(self, eta: FloatArray) -> FloatArray:
        return np.column_stack([np.zeros(len(eta)), eta])

    def loglik_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> FloatArray:
        """Log-probability of the observed level."""
        logits = self._logits(eta)
        chosen: FloatArray = logits[np.arange(len(y)), y.astype(np.intp)]
        return np.asarray(chosen - special.logsumexp(logits, axis=1))

    def derivatives_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> Derivatives:
        """Residuals, and minus the covariance of the indicators."""
        p = special.softmax(self._logits(eta), axis=1)[:, 1:]
        observed = (y[:, None] == np.arange(1, len(self.levels))).astype(np.float64)
        second = p[:, :, None] * p[:, None, :]
        place = np.arange(p.shape[1])
        second[:, place, place] -= p
        return Derivatives(observed - p, second)

    def predict(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Probability of each level ``(m, K)``."""
        return np.asarray(special.softmax(self._logits(self.eta(x, offset, theta)), axis=1))

    def slopes(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> Slopes:
        """Derivatives of the probabilities by the indices."""
        p = self.predict(x, offset, theta)
        index = -p[:, :, None] * p[:, None, 1:]
        for place in range(1, p.shape[1]):
            index[:, place, place - 1] += p[:, place]
        return Slopes(index, np.zeros((len(x), p.shape[1], 0)))
