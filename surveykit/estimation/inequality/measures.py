"""Measures of inequality of one distribution, each with its linearisation.

A measure is made from the rows of one group in increasing order of value. It gives its estimates, and the linearised
value of a row: the derivative of the estimates with respect to that row's weight (Deville 1999).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from surveykit.engine import FloatArray, WeightedValues

__all__ = ["Convention", "Distribution", "Gini", "KernelShareRatio", "Lorenz", "Measure", "ShareRatio", "TopShare"]

Convention = Literal["langel-tille", "osier"]


class Measure(Protocol):
    """Estimates of one group and their linearisation."""

    def value(self) -> FloatArray:
        """Estimates ``(m,)``."""

    def influence(self, values: FloatArray, weights: FloatArray, /) -> FloatArray:
        """Derivative of the estimates with respect to the weights of rows, ``(rows, m)``."""


@dataclass(frozen=True)
class Distribution:
    """Distinct values of one group with their running sums.

    Parameters
    ----------
    values
        ``(m,)`` in increasing order.
    weights, counts
        ``(m,)`` weight and rows of each value.
    cumulative, totals
        ``(m,)`` weight of all rows up to a value, and the total of the variable over them.
    squares
        Sum over rows of squared weight x value.
    """

    values: FloatArray
    weights: FloatArray
    counts: FloatArray
    cumulative: FloatArray
    totals: FloatArray
    squares: float

    @classmethod
    def of(cls, rows: WeightedValues) -> Distribution:
        """Join the rows of equal value."""
        return cls.of_rows(rows.values, rows.weights)

    @classmethod
    def of_rows(cls, values: FloatArray, weights: FloatArray) -> Distribution:
        """Join rows ``(n,)`` in increasing order of value; weights may be zero."""
        squares = float(weights**2 @ values)
        if not len(values):
            empty = np.zeros(0)
            return cls(empty, empty, empty, empty, empty, 0.0)
        starts = np.append(0, np.flatnonzero(values[1:] != values[:-1]) + 1)
        own = np.add.reduceat(weights, starts)
        distinct = values[starts]
        counts = np.diff(np.append(starts, len(values))).astype(np.float64)
        return cls(distinct, own, counts, np.cumsum(own), np.cumsum(own * distinct), squares)

    @property
    def weight(self) -> float:
        """Sum of weights N."""
        return float(self.cumulative[-1]) if len(self.cumulative) else 0.0

    @property
    def total(self) -> float:
        """Total of the variable Y."""
        return float(self.totals[-1]) if len(self.totals) else float("nan")

    def place(self, values: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
        """Positions of values among the distinct ones."""
        return np.minimum(np.searchsorted(self.values, values), len(self.values) - 1)

    def step_quantile(self, share: float) -> float:
        """Smallest value up to which at least `share` of the weight lies."""
        found = np.searchsorted(self.cumulative, (share - 1e-11) * self.weight)
        return float(self.values[min(int(found), len(self.values) - 1)])

    def smooth_quantile(self, share: float) -> float:
        """Quantile that rises along the first row of a value, as the Lorenz curve bends there."""
        below = np.append(0.0, self.cumulative[:-1])
        first = below + self.weights / self.counts
        at = np.column_stack([first, np.maximum(self.cumulative, first)]).reshape(-1) / self.weight
        return float(np.interp(share, at, np.repeat(self.values, 2)))


@dataclass(frozen=True)
class Gini:
    """Gini coefficient ``(sum over pairs of w_i w_j max(x_i, x_j)) / (N Y) - 1``.

    Under the convention ``"osier"`` the pairs of a row with itself enter with weight w_i (2 w_i - 1) in the place of
    w_i squared.
    """

    rows: Distribution
    convention: Convention

    def value(self) -> FloatArray:
        """Estimate ``(1,)``."""
        rows = self.rows
        pairs = float(((rows.cumulative**2 - np.append(0.0, rows.cumulative[:-1]) ** 2) * rows.values).sum())
        if self.convention == "osier":
            pairs += rows.squares - rows.total
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.array([np.divide(pairs, rows.weight * rows.total) - 1])

    def influence(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Derivative ``(rows, 1)``."""
        rows = self.rows
        place = rows.place(values)
        pairs = 2 * (values * rows.cumulative[place] + rows.total - rows.totals[place])
        if self.convention == "osier":
            pairs = pairs + 2 * values * weights - values
        scale = (self.value()[0] + 1) * (rows.total + rows.weight * values)
        found: FloatArray = (pairs - scale) / (rows.weight * rows.total)
        return found[:, None]


@dataclass(frozen=True)
class Lorenz:
    """Shares of the total that the smallest hold, at given shares of the population (Langel and Tillé 2011).

    The curve is linear between rows.
    """

    rows: Distribution
    points: tuple[float, ...]

    def value(self) -> FloatArray:
        """Ordinates ``(m,)``."""
        rows = self.rows
        if not rows.weight > 0 or not rows.total > 0:
            return np.full(len(self.points), np.nan)
        at = np.append(0.0, rows.cumulative / rows.weight)
        ordinates: FloatArray = np.interp(self.points, at, np.append(0.0, rows.totals / rows.total))
        return ordinates

    def influence(self, values: FloatArray, _: FloatArray) -> FloatArray:
        """Derivative ``((x - Q) 1(x <= Q) + p Q - L x) / Y``, ``(rows, m)``; zero at both ends of the curve."""
        found = np.zeros((len(values), len(self.points)))
        for place, (point, ordinate) in enumerate(zip(self.points, self.value().tolist(), strict=True)):
            if 0 < point < 1:
                limit = self.rows.smooth_quantile(point)
                below = np.where(values <= limit, values - limit, 0.0)
                found[:, place] = (below + point * limit - ordinate * values) / self.rows.total
        return found


@dataclass(frozen=True)
class TopShare:
    """Share of the total that belongs to the largest, ``1 - L(1 - share)``."""

    rows: Distribution
    share: float

    def value(self) -> FloatArray:
        """Estimate ``(1,)``."""
        return 1 - Lorenz(self.rows, (1 - self.share,)).value()

    def influence(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Derivative ``(rows, 1)``."""
        return -Lorenz(self.rows, (1 - self.share,)).influence(values, weights)


@dataclass(frozen=True)
class ShareRatio:
    """Total of the largest over that of the smallest, ``(1 - L(1 - share)) / L(share)`` (Langel and Tillé 2011)."""

    rows: Distribution
    share: float

    def _curve(self) -> Lorenz:
        return Lorenz(self.rows, (self.share, 1 - self.share))

    def value(self) -> FloatArray:
        """Estimate ``(1,)``; NaN where the smallest hold nothing."""
        low, high = self._curve().value().tolist()
        return np.array([(1 - high) / low if low > 0 else np.nan])

    def influence(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Derivative ``(rows, 1)``."""
        low, high = self._curve().value().tolist()
        slopes = self._curve().influence(values, weights)
        found: FloatArray = -(slopes[:, 1] * low + (1 - high) * slopes[:, 0]) / low**2
        return found[:, None]


@dataclass(frozen=True)
class KernelShareRatio:
    """Total above the upper quantile over the total up to the lower one, densities estimated by kernels (Osier 2009).

    The kernel is normal with bandwidth (standard deviation) x N^(-1/5), N being the sum of weights.
    """

    rows: Distribution
    share: float

    def _limits(self) -> tuple[float, float, float, float]:
        rows = self.rows
        low, high = rows.step_quantile(self.share), rows.step_quantile(1 - self.share)
        own = rows.weights * rows.values
        return low, high, float(own[rows.values <= low].sum()), float(own[rows.values > high].sum())

    def value(self) -> FloatArray:
        """Estimate ``(1,)``; NaN where the smallest hold nothing."""
        if not len(self.rows.values):
            return np.array([np.nan])
        _, _, bottom, top = self._limits()
        return np.array([top / bottom if bottom > 0 else np.nan])

    def _mean_near(self) -> Callable[[float], float]:
        rows = self.rows
        mean = rows.total / rows.weight
        spread = float(np.sqrt(rows.weights @ (rows.values - mean) ** 2 / rows.weight))
        bandwidth = spread / rows.weight**0.2

        def near(limit: float) -> float:
            if bandwidth == 0:
                return limit
            kernel = rows.weights * np.exp(-(((rows.values - limit) / bandwidth) ** 2) / 2)
            return float(kernel @ rows.values / kernel.sum())

        return near

    def influence(self, values: FloatArray, _: FloatArray) -> FloatArray:
        """Derivative ``(rows, 1)``."""
        low, high, bottom, top = self._limits()
        near = self._mean_near()
        below = np.where(values <= low, values, 0.0) - ((values <= low) - self.share) * near(low)
        up_to = np.where(values <= high, values, 0.0) - ((values <= high) - (1 - self.share)) * near(high)
        found: FloatArray = (values - up_to - top / bottom * below) / bottom
        return found[:, None]
