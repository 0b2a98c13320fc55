"""Negative binomial regression of counts, variance ``mu + alpha mu^2`` (Cameron and Trivedi 1986, NB2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.estimation.likelihoods.index_likelihood import Derivatives, IndexLikelihood
from surveykit.estimation.models.predictions import Slopes

__all__ = ["NegativeBinomialLikelihood"]


@dataclass(frozen=True)
class NegativeBinomialLikelihood(IndexLikelihood):
    """Mean ``exp(x' b)``; the further parameter is log(alpha)."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """One mean."""
        return ("",)

    def loglik_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> FloatArray:
        """Log-probability of the count, with ``r = 1 / alpha``."""
        r = np.exp(-extra[0])
        mu = np.exp(eta[:, 0])
        size: FloatArray = special.gammaln(y + r) - special.gammaln(r) - special.gammaln(y + 1)
        return np.asarray(size + special.xlogy(y, mu) - y * np.log(r + mu) - r * np.log1p(mu / r))

    def derivatives_at(self, eta: FloatArray, y: FloatArray, extra: FloatArray) -> Derivatives:
        """By eta and by ``t = log(alpha)``, where ``dr/dt = -r``."""
        r, mu = np.exp(-extra[0]), np.exp(eta[:, 0])
        by_r = special.digamma(y + r) - special.digamma(r) - np.log1p(mu / r) + (mu - y) / (r + mu)
        by_rr = special.polygamma(1, y + r) - special.polygamma(1, r) + mu / (r * (r + mu)) - (mu - y) / (r + mu) ** 2
        first = np.column_stack([r * (y - mu) / (r + mu), -r * by_r])
        second = np.empty((len(y), 2, 2))
        second[:, 0, 0] = -r * mu * (r + y) / (r + mu) ** 2
        second[:, 0, 1] = second[:, 1, 0] = -r * (y - mu) * mu / (r + mu) ** 2
        second[:, 1, 1] = r * by_r + r**2 * by_rr
        return Derivatives(first, second)

    def predict(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Means ``(m, 1)``."""
        return np.exp(self.eta(x, offset, theta))

    def slopes(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> Slopes:
        """The mean is its own slope."""
        mu = self.predict(x, offset, theta)
        return Slopes(mu[:, :, None], np.zeros((len(x), 1, 1)))
