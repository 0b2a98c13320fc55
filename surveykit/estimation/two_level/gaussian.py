"""Linear random intercepts: the pseudo-likelihood in closed form.

With weights w of the rows of a group, ``N = sum w``, residuals r, variance s2 within, t2 between and ``D = s2 + N t2``,

    log L = -(N - 1)/2 log s2 - 1/2 log D - sum w r^2 / (2 s2) + t2 (sum w r)^2 / (2 s2 D) - N/2 log 2 pi

is the logarithm of the integral of ``prod f(y | u)^w`` over ``u ~ N(0, t2)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.estimation.two_level.climbing import Hill
from surveykit.estimation.two_level.groups import GroupedRows

__all__ = ["GaussianGroups"]


@dataclass(frozen=True)
class _Moments:
    """Weighted sums of each group: rows, residuals and columns with them."""

    count: FloatArray
    r: FloatArray
    rr: FloatArray
    x: FloatArray
    xr: FloatArray


@dataclass(frozen=True)
class GaussianGroups:
    """Pseudo-likelihood of theta = (coefficients, log sd between, log sd within).

    Parameters
    ----------
    rows
        The groups.
    """

    rows: GroupedRows

    def start(self) -> FloatArray:
        """Least squares, half of the variance left on each level."""
        rows = self.rows
        weight = rows.within * rows.between[rows.group]
        y = rows.y - rows.offset
        beta = np.linalg.lstsq(rows.x * np.sqrt(weight)[:, None], y * np.sqrt(weight), rcond=None)[0]
        left = float(np.average((y - rows.x @ beta) ** 2, weights=weight))
        return np.append(beta, [0.5 * np.log(max(left, 1e-300) / 2)] * 2)

    def _moments(self, beta: FloatArray) -> _Moments:
        rows = self.rows
        residual = rows.y - rows.offset - rows.x @ beta
        weighted = rows.within * residual
        return _Moments(
            rows.sums(rows.within),
            rows.sums(weighted),
            rows.sums(weighted * residual),
            rows.sums(rows.x * rows.within[:, None]),
            rows.sums(rows.x * weighted[:, None]),
        )

    def loglik(self, theta: FloatArray) -> float:
        """Weighted log-likelihood."""
        t2, s2 = np.exp(2 * theta[-2:])
        m = self._moments(theta[:-2])
        d = s2 + m.count * t2
        each = -0.5 * (m.count * np.log(2 * np.pi) + (m.count - 1) * np.log(s2) + np.log(d) + m.rr / s2)
        return float(self.rows.between @ (each + t2 * m.r**2 / (2 * s2 * d)))

    def scores(self, theta: FloatArray) -> FloatArray:
        """Derivatives of each group's log-likelihood ``(G, q)``."""
        t2, s2 = np.exp(2 * theta[-2:])
        m = self._moments(theta[:-2])
        by_t2, by_s2 = _by_variances(m, t2, s2)
        shrunk = t2 * m.r / (s2 + m.count * t2)
        beta = (m.xr - shrunk[:, None] * m.x) / s2
        return np.column_stack([beta, 2 * t2 * by_t2, 2 * s2 * by_s2])

    def hill(self, theta: FloatArray) -> Hill:
        """Value, gradient and minus the second derivatives."""
        rows, w = self.rows, self.rows.between
        t2, s2 = np.exp(2 * theta[-2:])
        m = self._moments(theta[:-2])
        d = s2 + m.count * t2
        by_t2, by_s2 = _by_variances(m, t2, s2)
        gram = (rows.x * (rows.within * w[rows.group])[:, None]).T @ rows.x
        size = len(theta)
        second = np.empty((size, size))
        second[:-2, :-2] = -(gram / s2 - (m.x * (w * t2 / (s2 * d))[:, None]).T @ m.x)
        by_beta_t = -2 * t2 * (w * m.r / d**2) @ m.x
        by_beta_s = 2 * s2 * (-(w @ m.xr) / s2**2 + (w * t2 * m.r * (1 / (s2**2 * d) + 1 / (s2 * d**2))) @ m.x)
        second[:-2, -2] = second[-2, :-2] = by_beta_t
        second[:-2, -1] = second[-1, :-2] = by_beta_s
        tt = m.count**2 / (2 * d**2) - m.count * m.r**2 / d**3
        st = m.count / (2 * d**2) - m.r**2 / d**3
        ss = (m.count - 1) / (2 * s2**2) + 1 / (2 * d**2) - m.rr / s2**3
        ss = ss + t2 * m.r**2 * (1 / (s2**3 * d) + 1 / (s2**2 * d**2) + 1 / (s2 * d**3))
        second[-2, -2] = w @ (4 * t2**2 * tt + 4 * t2 * by_t2)
        second[-1, -1] = w @ (4 * s2**2 * ss + 4 * s2 * by_s2)
        second[-2, -1] = second[-1, -2] = w @ (4 * s2 * t2 * st)
        return Hill(self.loglik(theta), w @ self.scores(theta), -second)


def _by_variances(m: _Moments, t2: float, s2: float) -> tuple[FloatArray, FloatArray]:
    """Derivatives of each group's log-likelihood by the variances between and within."""
    d = s2 + m.count * t2
    by_t2 = -m.count / (2 * d) + m.r**2 / (2 * d**2)
    within = -(m.count - 1) / (2 * s2) - 1 / (2 * d) + m.rr / (2 * s2**2)
    by_s2 = within - t2 * m.r**2 / 2 * (1 / (s2**2 * d) + 1 / (s2 * d**2))
    return by_t2, by_s2
