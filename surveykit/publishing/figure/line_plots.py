"""Lines over time or along a scale: with index, end labels, intervals, a marked period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean, listing
from surveykit.publishing.colours import contrast
from surveykit.publishing.figure.columns import CategoryLabels, category_labels
from surveykit.publishing.figure.dot_rows import MARKERS
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.stacked_rows import segment_colours
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["DASHES", "Band", "LinePlot", "draw_band", "line_colours", "lines", "places_of", "spread_out"]

#: How lines are dashed, in order: told apart without colour.
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)), "-")
_PLOT = 2.7
_LABEL = 0.32  # of the width, for labels at the ends of lines
Band = tuple[float, float, str]


def spread_out(wanted: Sequence[float], step: float, low: float, high: float) -> list[float]:
    """Move places apart until neighbours are `step` from each other, within bounds and in their order.

    Examples
    --------
    >>> spread_out([1.0, 1.05, 3.0], 0.5, 0.0, 4.0)
    [0.775, 1.275, 3.0]
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    blocks: list[tuple[float, int]] = []  # middle of each run of labels that touch, and how many
    for place in order:
        blocks.append((wanted[place], 1))
        while len(blocks) > 1:
            (one, first), (other, second) = blocks[-2:]
            if other - one >= step * (first + second) / 2:
                break
            blocks[-2:] = [((one * first + other * second) / (first + second), first + second)]
        middle, count = blocks[-1]
        half = step * (count - 1) / 2
        blocks[-1] = (min(max(middle, low + half), max(high - half, low + half)), count)
    found = [0.0] * len(wanted)
    places = iter(order)
    for middle, count in blocks:
        for number in range(count):
            found[next(places)] = round(middle + step * (number - (count - 1) / 2), 6)
    return found


@dataclass(frozen=True, eq=False)
class LinePlot:
    """Lines through the values of each series, labelled at their ends.

    Parameters
    ----------
    places
        ``(C,)`` where the categories lie: years as such, else 0, 1, 2 ...
    band
        Marked period: from, to, name.
    faded
        Series drawn grey.
    """

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    places: tuple[float, ...]
    zero: bool
    intervals: bool = False
    band: Band | None = None
    faded: frozenset[str] = frozenset()
    ends: bool = True
    values: bool = True
    bounds: tuple[float, float] | None = None
    plot_height: float = _PLOT

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """Entries of the legend where ends are not labelled."""
        if self.ends or len(self.grid.series) < 2:
            return ()
        return tuple(
            Key(name, self.colours[place], "line", marker=MARKERS[place % 7], dash=DASHES[place % 7])
            for place, name in enumerate(self.grid.series)
        )

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups, self.band[2] if self.band else ""]

    def _end_lines(self, ruler: Ruler, width: float) -> list[list[str]]:
        """Label at the end of each line: its name, and its last value."""
        found = []
        for column, name in enumerate(self.grid.series):
            known = np.flatnonzero(np.isfinite(self.grid.values[:, column]))
            value = self.grid.text(int(known[-1]), column) if known.size and self.values else ""
            found.append(ruler.wrap(f"{name} {value}".strip(), _LABEL * width, ruler.theme["text_size"]))
        return found

    def _scale(self, start: float, end: float) -> Scale:
        parts = [self.grid.values, *([self.grid.low, self.grid.high] if self.intervals else [])]
        values = [float(value) for part in parts for value in part.ravel()]
        return scale_over(values, start, end, zero=self.zero, suffix=self.grid.suffix, bounds=self.bounds)

    def _sides(self, ruler: Ruler, width: float) -> tuple[float, float]:
        scale = self._scale(0.0, 1.0)
        left = max(ruler.width(scale.text(tick), ruler.theme["small_size"]) for tick in scale.ticks) + 0.1
        if not self.ends:
            return left, max(0.05, ruler.width(self.grid.categories[-1], ruler.theme["text_size"]) / 2)
        right = max((ruler.width(line) for lines in self._end_lines(ruler, width) for line in lines), default=0.0)
        return left, max(right + 0.14, ruler.width(self.grid.categories[-1]) / 2)

    def _ticks(self, ruler: Ruler, width: float) -> CategoryLabels:
        left, right = self._sides(ruler, width)
        return category_labels(ruler, self.grid.categories, width - left - right, places=self.places)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with labels; enough for the labels at the ends."""
        lines = sum(map(len, self._end_lines(ruler, width))) if self.ends else 0
        needed = max(self.plot_height, lines * ruler.line() * 1.02)
        return needed + 0.1 + (ruler.line() if self.band else 0.0) + self._ticks(ruler, width).height

    def draw(self, page: Page, box: Box) -> None:
        """Draw band, grid, lines, labels."""
        left, right = self._sides(page.ruler, box.width)
        ticks = self._ticks(page.ruler, box.width)
        top = box.top + 0.04 + (page.ruler.line() if self.band else 0.0)
        inner = Box(box.left + left, top, box.width - left - right, box.bottom - ticks.height - 0.06 - top)
        scale = self._scale(inner.bottom, inner.top)
        low, high = min(self.places), max(self.places)
        along = Scale(low, high if high > low else low + 1, inner.left, inner.right, (), 0)
        if self.band:
            draw_band(page, along, inner, self.band)
        scale.draw_beside(page, inner, grid=self.theme["grid_lines"])
        for column in range(len(self.grid.series)):
            self._draw_line(page, scale, along, column)
        ticks.draw(page, [along.at(place) for place in self.places], inner.bottom + 0.06)
        if self.ends:
            self._draw_ends(page, scale, along, box)

    def _draw_line(self, page: Page, scale: Scale, along: Scale, column: int) -> None:
        values = self.grid.values[:, column]
        faded = self.grid.series[column] in self.faded
        colour = "#B0B0B0" if faded else self.colours[column]
        if self.intervals and not faded:
            known = np.isfinite(self.grid.low[:, column]) & np.isfinite(self.grid.high[:, column])
            ups = [(along.at(self.places[p]), scale.at(self.grid.high[p, column])) for p in np.flatnonzero(known)]
            downs = [(along.at(self.places[p]), scale.at(self.grid.low[p, column])) for p in np.flatnonzero(known)]
            if len(ups) > 1:
                page.polygon([*ups, *reversed(downs)], colour, alpha=0.16, over=1)
        points = [(along.at(place), scale.at(value)) for place, value in zip(self.places, values.tolist(), strict=True)]
        dash = "-" if faded else DASHES[column % 7]
        page.line(points, colour=colour, width=1.0 if faded else 1.8, dash=dash, over=2 if faded else 3)
        if not faded:
            # A marker at both ends and where a value stands alone between gaps, which no line would show.
            shown = np.flatnonzero(np.isfinite(values)).tolist()
            alone = [place for place in shown if not {place - 1, place + 1} & set(shown)]
            for place in sorted({*shown[:1], *shown[-1:], *alone}):
                page.marker(points[place][0], points[place][1], colour, shape=MARKERS[column % 7], size=4)

    def _draw_ends(self, page: Page, scale: Scale, along: Scale, box: Box) -> None:
        lines = self._end_lines(page.ruler, box.width)
        wanted, shown = [], []
        for column in range(len(self.grid.series)):
            known = np.flatnonzero(np.isfinite(self.grid.values[:, column]))
            if known.size:
                wanted.append(scale.at(float(self.grid.values[known[-1], column])))
                shown.append(column)
        step = max((len(lines[column]) for column in shown), default=1) * page.ruler.line()
        placed = spread_out(wanted, step, scale.end + step / 2 - 0.04, max(scale.start, scale.end + step * len(shown)))
        for column, y, from_y in zip(shown, placed, wanted, strict=True):
            faded = self.grid.series[column] in self.faded
            colour = page.theme["muted"] if faded else self.colours[column]
            readable = colour if _reads(colour, page.theme["background"]) else page.theme["text"]
            if abs(y - from_y) > 0.04:
                page.line(
                    [(along.end + 0.02, from_y), (along.end + 0.1, y)], colour=page.theme["muted"], width=0.5, over=2
                )
            page.lines(along.end + 0.13, y, lines[column], colour=readable, middle=True)


def draw_band(page: Page, along: Scale, inner: Box, band: Band) -> None:
    """Mark a period behind a plot, its name above."""
    start, end, name = band
    left, right = along.at(max(start, along.low)), along.at(min(end, along.high))
    page.rectangle(Box(left, inner.top, right - left, inner.height), "#EEEEEE", edge="#EEEEEE", over=0)
    half = page.ruler.width(name, page.theme["small_size"]) / 2
    x = min(max((left + right) / 2, inner.left + half), page.width - 0.18 - half)
    page.text(x, inner.top - 0.08, name, size=page.theme["small_size"], colour=page.theme["muted"], across="center")


def _reads(colour: str, background: str) -> bool:
    return contrast(colour, background) >= 4.5


def places_of(grid: Grid) -> tuple[float, ...]:
    """Categories that are numbers in rising order lie where they say; others one after another."""
    try:
        found = [float(label) for label in grid.categories]
    except ValueError:
        return tuple(float(place) for place in range(len(grid.categories)))
    rising = all(one < other for one, other in pairwise(found))
    return tuple(found) if rising else tuple(float(place) for place in range(len(found)))


def _indexed(grid: Grid, base: object) -> Grid:
    """Values relative to those of one category, which is 100."""
    label = clean(base)
    if label not in grid.categories:
        raise PublishingError(f"index={base!r} is not a category.", remedy=did_you_mean(label, grid.categories))
    at = grid.values[grid.categories.index(label)]
    if not (np.isfinite(at) & (at > 0)).all():
        wrong = [name for name, value in zip(grid.series, at.tolist(), strict=True) if not value > 0]
        raise PublishingError(
            f"Series without a positive value in {label}: {listing(wrong)}.", remedy="Choose another."
        )
    scaled = {name: 100 * getattr(grid, name) / at for name in ("values", "low", "high")}
    return replace(grid, percent=False, decimals=0, unit=f"{label} = 100", **scaled)


def lines(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    index: object = None,
    zero: bool = True,
    ci: bool = False,
    band: Band | None = None,
    highlight: Sequence[str] = (),
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw one line a series along the categories, labelled at its end.

    Parameters
    ----------
    record
        Table or Estimate; years lie as far apart as they are.
    bars
        Which side of a table lies along the horizontal axis.
    series
        Which lines are drawn.
    index
        Category whose values are 100, as ``2005``.
    zero
        Whether the vertical axis begins at zero; where it does not, the note says so.
    ci
        Whether intervals are drawn as a band around each line.
    band
        Marked period: from, to and name, as ``(2020, 2021, "COVID-19")``.
    highlight
        Lines in colour; the others are grey. Needed above seven lines.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    grid = chosen_series(grid_of(record, style, bars=bars), series)
    for name in highlight:
        if clean(name) not in grid.series:
            raise PublishingError(f"'{name}' is not a line.", remedy=did_you_mean(name, grid.series))
    if index is not None:
        grid = _indexed(grid, index)
    colours, faded = line_colours(theme, grid, [clean(name) for name in highlight])
    plot = LinePlot(grid, theme, colours, places_of(grid), zero and index is None, ci, band, faded)
    low = plot._scale(0.0, 1.0).low
    notes = [] if low <= 0 else [_axis_note(style.lang)]
    if index is not None and not style.subtitle:
        style = replace(style, subtitle=grid.unit)
    return make_figure("lines", record, plot, style, grid, notes=notes, intervals=ci)


def _axis_note(lang: str) -> str:
    return "縦軸はゼロから始まらない。" if lang == "ja" else "The vertical axis does not begin at zero."


def line_colours(theme: Theme, grid: Grid, highlight: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Colours of lines, and which of them are grey."""
    bright = [name for name in grid.series if name in highlight] if highlight else list(grid.series)
    found = (theme["single"],) if len(bright) == 1 else segment_colours(theme, "nominal", len(bright))
    named = dict(zip(bright, found, strict=True))
    return tuple(named.get(name, "#B0B0B0") for name in grid.series), frozenset(set(grid.series) - set(bright))
