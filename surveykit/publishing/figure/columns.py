"""Vertical bars: columns over years or short categories, grouped or stacked, and waterfalls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.colours import on_colour
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import number
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["CategoryLabels", "ColumnPlot", "WaterfallPlot", "category_labels", "waterfall"]

_PLOT = 2.6


@dataclass(frozen=True)
class CategoryLabels:
    """Labels under columns: upright in lines, or turned where a word is wider than its column."""

    lines: tuple[tuple[str, ...], ...]
    turned: bool
    height: float

    def draw(self, page: Page, centres: Sequence[float], top: float) -> None:
        """Write the labels from `top` down."""
        for lines, x in zip(self.lines, centres, strict=True):
            if self.turned and lines:
                step = page.ruler.line()
                for place, text in enumerate(lines):
                    shift = (place - (len(lines) - 1) / 2) * step
                    page.text(x + shift, top, text, across="center", along="top", turned=True)
            else:
                page.lines(x, top, lines, across="center")

    def draw_above(self, page: Page, centres: Sequence[float], bottom: float) -> None:
        """Write the labels so that they end at `bottom`, as headings of columns."""
        step = page.ruler.line()
        for lines, x in zip(self.lines, centres, strict=True):
            if not self.turned:
                page.lines(x, bottom - step * len(lines), lines, across="center")
                continue
            for place, text in enumerate(lines):
                shift = (place - (len(lines) - 1) / 2) * step
                page.text(x + shift, bottom, text, across="center", along="bottom", turned=True)


def category_labels(
    ruler: Ruler, labels: Sequence[str], width: float, *, places: Sequence[float] | None = None
) -> CategoryLabels:
    """Fit labels under columns; years that do not fit are thinned out, other labels turned.

    Parameters
    ----------
    width
        Width of one column; with `places` the width from the first to the last of them.
    places
        Where the labels lie along an axis, in rising order.
    """
    slot = width
    if places is not None and len(places) > 1:
        slot = width * min(other - one for one, other in pairwise(places)) / (places[-1] - places[0])
    room = slot - 0.06
    numeric = all(label.replace(".", "").isdigit() for label in labels)
    words_fit = all(ruler.width(word) <= room for label in labels for word in label.split())
    japanese_fits = all(ruler.width(label[:3]) <= room for label in labels)
    if words_fit or (ruler.lang == "ja" and japanese_fits and not numeric):
        lines = tuple(tuple(ruler.wrap(label, room)) for label in labels)
        return CategoryLabels(lines, False, max(map(len, lines), default=1) * ruler.line() + 0.05)
    if numeric:
        shown = _thinned(ruler, labels, width, places)
        lines = tuple((label,) if place in shown else () for place, label in enumerate(labels))
        return CategoryLabels(lines, False, ruler.line() + 0.05)
    wrapped = tuple(tuple(ruler.wrap(label, 1.5)[: max(1, int(slot / ruler.line()))]) for label in labels)
    if any(
        "".join(lines).replace(" ", "") != label.replace(" ", "") for lines, label in zip(wrapped, labels, strict=True)
    ):
        raise PublishingError(
            f"{len(labels)} labels do not fit under the columns, the longest '{max(labels, key=len)}'.",
            remedy='Choose orientation="horizontal", a wider figure, or shorter labels.',
        )
    longest = max(ruler.width(text) for lines in wrapped for text in lines)
    return CategoryLabels(wrapped, True, longest + 0.08)


def _thinned(ruler: Ruler, labels: Sequence[str], width: float, places: Sequence[float] | None) -> set[int]:
    """Which labels are written: every so many; on an uneven axis those that find room, the last before others."""
    needed = max(ruler.width(label) for label in labels) + 0.1
    if places is None or len(places) < 2:
        every = int(np.ceil(needed / width))
        return set(range(0, len(labels), every))
    step = width / (places[-1] - places[0])
    even = {round(other - one, 9) for one, other in pairwise(places)}
    if len(even) == 1:
        every = int(np.ceil(needed / (step * even.pop())))
        return set(range(0, len(labels), every))
    shown = [len(labels) - 1]
    for place in reversed(range(len(labels) - 1)):
        if (places[shown[-1]] - places[place]) * step >= needed:
            shown.append(place)
    return set(shown)


@dataclass(frozen=True, eq=False)
class ColumnPlot:
    """Columns side by side, grouped or stacked, from zero."""

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    hatches: tuple[str, ...]
    whiskers: bool = False
    stack: bool = False
    net: str = ""
    bounds: tuple[float, float] | None = None

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """Entries of the legend; none for one series."""
        if len(self.grid.series) < 2:
            return ()
        found = [
            Key(name, colour, hatch=hatch)
            for name, colour, hatch in zip(self.grid.series, self.colours, self.hatches, strict=True)
        ]
        return tuple(found) + ((Key(self.net, self.theme["text"], "dot", marker="D"),) if self.net else ())

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups, self.net]

    def _scale(self, start: float, end: float) -> Scale:
        values = self.grid.values
        if self.stack:
            above = np.nansum(np.where(values > 0, values, 0.0), axis=1)
            below = np.nansum(np.where(values < 0, values, 0.0), axis=1)
            found = [*above.tolist(), *below.tolist()]
        else:
            parts = [values, *([self.grid.low, self.grid.high] if self.whiskers else [])]
            found = [float(value) for part in parts for value in part.ravel()]
        return scale_over(found, start, end, suffix=self.grid.suffix, bounds=self.bounds)

    def _left(self, ruler: Ruler) -> float:
        scale = self._scale(0.0, 1.0)
        return max(ruler.width(scale.text(tick), ruler.theme["small_size"]) for tick in scale.ticks) + 0.1

    def _labels(self, ruler: Ruler, width: float) -> CategoryLabels:
        slot = (width - self._left(ruler)) / len(self.grid.categories)
        names = [
            f"{group} {name}" if group else name
            for group, name in zip(self.grid.groups, self.grid.categories, strict=True)
        ]
        return category_labels(ruler, names, slot)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with labels."""
        return _PLOT + 0.12 + self._labels(ruler, width).height

    def draw(self, page: Page, box: Box) -> None:
        """Draw columns, whiskers, values, labels."""
        labels = self._labels(page.ruler, box.width)
        left = self._left(page.ruler)
        inner = Box(box.left + left, box.top + 0.08, box.width - left, box.height - labels.height - 0.12)
        scale = self._scale(inner.bottom, inner.top)
        scale.draw_beside(page, inner, grid=self.theme["grid_lines"])
        slot = inner.width / len(self.grid.categories)
        centres = [inner.left + slot * (place + 0.5) for place in range(len(self.grid.categories))]
        for place, x in enumerate(centres):
            if self.stack:
                self._draw_stack(page, scale, place, x, slot * 0.68)
            else:
                self._draw_group(page, scale, place, x, slot * 0.78)
        labels.draw(page, centres, inner.bottom + 0.06)

    def _draw_group(self, page: Page, scale: Scale, place: int, x: float, width: float) -> None:
        count = len(self.grid.series)
        thick, size = width / count, page.theme["small_size"]
        for column in range(count):
            left = x - width / 2 + column * thick
            value, text = float(self.grid.values[place, column]), self.grid.text(place, column)
            fits = page.ruler.width(text, size) <= (width / 0.78 if count == 1 else thick)
            if np.isnan(value):
                page.text(left + thick / 2, scale.at(0.0) - 0.08, text, size=size, across="center")
                continue
            top, bottom = sorted((scale.at(0.0), scale.at(value)))
            page.rectangle(
                Box(left + 0.01, top, thick - 0.02, bottom - top), self.colours[column], hatch=self.hatches[column]
            )
            low, high = float(self.grid.low[place, column]), float(self.grid.high[place, column])
            whisker = self.whiskers and bool(np.isfinite([low, high]).all())
            if whisker:
                middle = left + thick / 2
                ends_at = [(middle, scale.at(low)), (middle, scale.at(high))]
                page.line(ends_at, colour=page.theme["background"], width=2.6, over=3)
                page.line(ends_at, width=1.1, over=4)
            if fits and self.theme["value_labels"]:
                edge = scale.at(max(value, high) if whisker and value >= 0 else value)
                y = edge - 0.07 if value >= 0 else scale.at(min(value, low) if whisker else value) + 0.08
                page.text(left + thick / 2, y, text, size=size, across="center")

    def _draw_stack(self, page: Page, scale: Scale, place: int, x: float, width: float) -> None:
        ends = {True: 0.0, False: 0.0}
        size = page.theme["small_size"]
        values = self.grid.values[place]
        if np.isnan(values).all():
            page.text(x, scale.at(0.0) - 0.08, self.grid.text(place, 0), size=size, across="center")
            return
        for column, value in enumerate(np.nan_to_num(values).tolist()):
            before = ends[value >= 0]
            ends[value >= 0] += value
            top, bottom = sorted((scale.at(before), scale.at(before + value)))
            page.rectangle(
                Box(x - width / 2, top, width, bottom - top), self.colours[column], hatch=self.hatches[column]
            )
            text, hatched = self.grid.text(place, column), bool(self.hatches[column])
            fits = page.ruler.width(text, size) < width and page.ruler.line(size) < bottom - top
            if fits and self.theme["value_labels"] and not hatched:
                page.text(
                    x, (top + bottom) / 2, text, size=size, colour=on_colour(self.colours[column]), across="center"
                )
        if self.net:
            page.marker(x, scale.at(float(np.nansum(values))), page.theme["text"], shape="D", size=5, hollow=True)


@dataclass(frozen=True, eq=False)
class WaterfallPlot:
    """Steps from one amount to another."""

    grid: Grid
    theme: Theme
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    totals: tuple[bool, ...]

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: labels say what each step is."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return self.grid.categories

    def _scale(self, start: float, end: float) -> Scale:
        return scale_over([*self.starts, *self.ends], start, end, suffix=self.grid.suffix)

    def _left(self, ruler: Ruler) -> float:
        scale = self._scale(0.0, 1.0)
        return max(ruler.width(scale.text(tick), ruler.theme["small_size"]) for tick in scale.ticks) + 0.1

    def _labels(self, ruler: Ruler, width: float) -> CategoryLabels:
        return category_labels(ruler, self.grid.categories, (width - self._left(ruler)) / len(self.grid.categories))

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with labels."""
        return _PLOT + 0.2 + self._labels(ruler, width).height

    def draw(self, page: Page, box: Box) -> None:
        """Draw steps, joined by thin lines."""
        labels, left = self._labels(page.ruler, box.width), self._left(page.ruler)
        inner = Box(box.left + left, box.top + 0.16, box.width - left, box.height - labels.height - 0.2)
        scale = self._scale(inner.bottom, inner.top)
        scale.draw_beside(page, inner, grid=self.theme["grid_lines"])
        slot = inner.width / len(self.grid.categories)
        centres = [inner.left + slot * (place + 0.5) for place in range(len(self.grid.categories))]
        rise, fall = self.theme["diverging"][5], self.theme["diverging"][1]
        for place, x in enumerate(centres):
            start, end = self.starts[place], self.ends[place]
            colour = self.theme["single"] if self.totals[place] else rise if end >= start else fall
            top, bottom = sorted((scale.at(start), scale.at(end)))
            page.rectangle(Box(x - slot * 0.34, top, slot * 0.68, bottom - top), colour)
            shown = self.grid.text(place, 0)
            if not self.totals[place] and end >= start:
                shown = f"+{shown}"
            page.text(x, top - 0.08, shown, size=page.theme["small_size"], across="center")
            if place + 1 < len(centres):
                y = scale.at(end)
                page.line([(x + slot * 0.34, y), (x + slot * 0.66, y)], colour=page.theme["muted"], width=0.7)
        labels.draw(page, centres, inner.bottom + 0.06)


def waterfall(
    record: Table | Estimate,
    *,
    totals: Sequence[str],
    bars: Side | None = None,
    series: str | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw steps that lead from one amount to another, as from gross exports to domestic value added.

    Parameters
    ----------
    record
        Table or Estimate whose categories are amounts and steps, in order.
    totals
        Categories that are amounts, drawn from zero; the others are steps of either sign.
    bars, series, **options
        As :func:`surveykit.publishing.figure.bars`.

    Raises
    ------
    PublishingError
        If an amount is not what the steps before it add up to, to one part in a thousand.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    grid = chosen_series(grid_of(record, style, bars=bars), series, single=True)
    named = [clean(name) for name in totals]
    for name in named:
        if name not in grid.categories:
            raise PublishingError(f"'{name}' is not a category.", remedy=did_you_mean(name, grid.categories))
    values = grid.values[:, 0].tolist()
    if np.isnan(values).any():
        raise PublishingError("A step of the waterfall is missing.", remedy="Leave it out of the table, or fill it in.")
    starts, ends, at = [], [], 0.0
    for place, value in enumerate(values):
        if grid.categories[place] in named:
            if place and abs(at - value) > 1e-3 * max(abs(value), abs(at)):
                raise PublishingError(
                    f"'{grid.categories[place]}' is {number(value, 4)}; the steps before it add up to {number(at, 4)}.",
                    remedy="Check the steps, or do not name it in totals=.",
                )
            starts.append(0.0)
            at = value
        else:
            starts.append(at)
            at += value
        ends.append(at)
    flags = tuple(name in named for name in grid.categories)
    plot = WaterfallPlot(grid, theme, tuple(starts), tuple(ends), flags)
    return make_figure("waterfall", record, plot, style, grid)
