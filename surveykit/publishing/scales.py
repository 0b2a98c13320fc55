"""Numeric axes: from values to places on the page, with ticks that are printed whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from surveykit.publishing.layout import Box, Page
from surveykit.publishing.numbers import number

__all__ = ["Scale", "scale_over", "tick_text"]


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic axis from `low` to `high`, drawn from `start` to `end` inches.

    Parameters
    ----------
    ticks
        Values with a tick.
    decimals
        Decimals of the tick labels.
    suffix
        Unit after each tick label, as ``" %"``.
    log
        Whether the axis is logarithmic.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    decimals: int
    suffix: str = ""
    log: bool = False

    def at(self, value: float) -> float:
        """Place of a value on the page."""
        if self.log:
            share = (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def text(self, tick: float) -> str:
        """Label of a tick."""
        return tick_text(tick, self.decimals, self.suffix)

    def draw_below(self, page: Page, box: Box, *, grid: bool, zero: bool = True) -> None:
        """Draw tick labels under a box, grid lines in it, and a line at zero."""
        size = page.theme["small_size"]
        for tick in self.ticks:
            x = self.at(tick)
            if grid:
                page.line([(x, box.top), (x, box.bottom)], colour=page.theme["grid"], width=0.6, over=1)
            page.text(x, box.bottom + 0.11, self.text(tick), size=size, colour=page.theme["muted"], across="center")
        if zero and self.low <= 0 <= self.high and not self.log:
            x = self.at(0.0)
            page.line([(x, box.top), (x, box.bottom)], colour=page.theme["muted"], width=0.8, over=3)

    def draw_beside(self, page: Page, box: Box, *, grid: bool) -> None:
        """Draw tick labels left of a box, grid lines in it, and a line at zero."""
        size = page.theme["small_size"]
        for tick in self.ticks:
            y = self.at(tick)
            if grid:
                page.line([(box.left, y), (box.right, y)], colour=page.theme["grid"], width=0.6, over=1)
            page.text(box.left - 0.06, y, self.text(tick), size=size, colour=page.theme["muted"], across="right")
        if self.low <= 0 <= self.high and not self.log:
            y = self.at(0.0)
            page.line([(box.left, y), (box.right, y)], colour=page.theme["muted"], width=0.8, over=3)


def tick_text(value: float, decimals: int, suffix: str) -> str:
    """Print a tick; a true minus sign, no negative zero."""
    shown = number(0.0 if abs(value) < 1e-12 else value, decimals)
    return f"{shown}{suffix}".replace("-", "\u2212")


def scale_over(
    values: Sequence[float],
    start: float,
    end: float,
    *,
    zero: bool = True,
    suffix: str = "",
    bounds: tuple[float, float] | None = None,
    count: int = 5,
) -> Scale:
    """Make a linear axis over values with about `count` round ticks.

    Parameters
    ----------
    values
        NaN are ignored.
    start, end
        Where the axis lies, in inches.
    zero
        Whether the axis must hold zero.
    bounds
        Ends instead of those of the data.
    """
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = bounds or (min(finite), max(finite))
    if zero and bounds is None:
        low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        low, high = low - 0.5 * abs(low or 1), high + 0.5 * abs(high or 1)
    ticks = MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    if bounds is None:
        low, high = min(low, ticks[0]), max(high, ticks[-1])
    inside = tuple(float(tick) for tick in ticks if low - 1e-9 * abs(high) <= tick <= high + 1e-9 * abs(high))
    step = float(np.diff(ticks).min())
    decimals = next((d for d in range(7) if abs(round(step, d) - step) < 1e-9 * abs(step)), 7)
    return Scale(float(low), float(high), start, end, inside, decimals, suffix)
