"""Logistic random intercepts: the pseudo-likelihood by adaptive Gauss-Hermite quadrature.

The integral of ``prod f(y | u)^w`` over ``u ~ N(0, t2)`` is taken at points around the mode of each group's integrand,
spread by its curvature (Rabe-Hesketh, Skrondal and Pickles 2005). Derivatives are those of the integral: averages over
the points with the posterior's weights (Louis 1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.estimation.two_level.climbing import Hill
from surveykit.estimation.two_level.groups import GroupedRows

__all__ = ["LogisticGroups"]


@dataclass(frozen=True)
class _Points:
    """Quadrature points of each group: effects u ``(G, K)``, posterior weights ``(G, K)``, means ``(m, K)``."""

    u: FloatArray
    posterior: FloatArray
    mean: FloatArray
    loglik: FloatArray


@dataclass(frozen=True)
class LogisticGroups:
    """Pseudo-likelihood of theta = (coefficients, log sd between).

    Parameters
    ----------
    rows
        The groups; y is 0 or 1.
    points
        Number of quadrature points K.
    """

    rows: GroupedRows
    points: int

    def start(self) -> FloatArray:
        """No slopes, the mean, and half a unit between groups."""
        rows = self.rows
        weight = rows.within * rows.between[rows.group]
        beta = np.zeros(rows.x.shape[1])
        for _ in range(5):
            mean = special.expit(rows.x @ beta + rows.offset)
            gram = (rows.x * (weight * mean * (1 - mean))[:, None]).T @ rows.x
            beta = beta + np.linalg.lstsq(gram, rows.x.T @ (weight * (rows.y - mean)), rcond=None)[0]
        return np.append(np.clip(beta, -20, 20), np.log(0.5))

    def _modes(self, eta: FloatArray, t2: float) -> tuple[FloatArray, FloatArray]:
        """Mode of each group's integrand and its spread ``(G,)``."""
        rows = self.rows
        u = np.zeros(len(rows.starts))
        group = rows.group
        for _ in range(200):
            mean = special.expit(eta + u[group])
            slope = rows.sums(rows.within * (rows.y - mean)) - u / t2
            curve = rows.sums(rows.within * mean * (1 - mean)) + 1 / t2
            # The step is at most one: beyond, the curvature here says little.
            step = np.clip(slope / curve, -1.0, 1.0)
            u = u + step
            if np.abs(step).max() < 1e-10:
                break
        mean = special.expit(eta + u[group])
        return u, 1 / np.sqrt(rows.sums(rows.within * mean * (1 - mean)) + 1 / t2)

    def _integrate(self, theta: FloatArray) -> _Points:
        rows, t2 = self.rows, float(np.exp(2 * theta[-1]))
        eta = rows.x @ theta[:-1] + rows.offset
        mode, spread = self._modes(eta, t2)
        z, weight = np.polynomial.hermite.hermgauss(self.points)
        u = mode[:, None] + np.sqrt(2.0) * spread[:, None] * z
        mean = np.empty((len(eta), self.points), order="F")
        logs = np.log(weight) + z**2 - u**2 / (2 * t2)
        group = rows.group
        for place in range(self.points):
            index = eta + u[group, place]
            mean[:, place] = special.expit(index)
            logs[:, place] += rows.sums(rows.within * (rows.y * index - np.logaddexp(0.0, index)))
        total = special.logsumexp(logs, axis=1)
        loglik = total + np.log(spread) - 0.5 * np.log(np.pi * t2)
        return _Points(u, np.exp(logs - total[:, None]), mean, loglik)

    def loglik(self, theta: FloatArray) -> float:
        """Weighted log-likelihood."""
        return float(self.rows.between @ self._integrate(theta).loglik)

    def scores(self, theta: FloatArray) -> FloatArray:
        """Derivatives of each group's log-likelihood ``(G, q)``."""
        points = self._integrate(theta)
        found: FloatArray = np.einsum("gk,gkq->gq", points.posterior, self._complete(theta, points))
        return found

    def _complete(self, theta: FloatArray, points: _Points) -> FloatArray:
        """Derivatives of the log-likelihood with the effect known, at each point ``(G, K, q)``."""
        rows = self.rows
        found = np.empty((*points.u.shape, len(theta)))
        for place in range(self.points):
            residual = rows.within * (rows.y - points.mean[:, place])
            found[:, place, :-1] = rows.sums(rows.x * residual[:, None])
        found[:, :, -1] = points.u**2 * np.exp(-2 * theta[-1]) - 1
        return found

    def hill(self, theta: FloatArray) -> Hill:
        """Value, gradient and minus the second derivatives."""
        rows, w = self.rows, self.rows.between
        points = self._integrate(theta)
        each = self._complete(theta, points)
        score = np.einsum("gk,gkq->gq", points.posterior, each)
        centred = each - score[:, None, :]
        share = (points.posterior * w[:, None])[:, :, None]
        size = len(theta)
        lost = (centred * share).reshape(-1, size).T @ centred.reshape(-1, size)
        spread = np.einsum("mk,mk->m", points.posterior[rows.group], points.mean * (1 - points.mean))
        known = np.zeros((size, size))
        known[:-1, :-1] = (rows.x * (rows.within * w[rows.group] * spread)[:, None]).T @ rows.x
        known[-1, -1] = 2 * float(w @ np.einsum("gk,gk->g", points.posterior, points.u**2)) * np.exp(-2 * theta[-1])
        return Hill(float(w @ points.loglik), w @ score, known - lost)
