"""Stacked areas over time: parts of a whole or of amounts, labelled at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean, listing
from surveykit.publishing.figure.columns import CategoryLabels, category_labels
from surveykit.publishing.figure.end_labels import EndLabel, draw_end_labels, end_label_width
from surveykit.publishing.figure.grid import FloatArray, Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.line_plots import Band, draw_band, places_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.stacked_rows import Palette, segment_colours
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["REST", "AreaPlot", "area", "part_colours", "refuse_gaps"]

#: Grey of what is left over, as "other countries".
REST = "#D9D9D9"
_PLOT = 2.8
_LABEL = 0.3  # of the width, for labels at the right


def part_colours(theme: Theme, grid: Grid, rest: str | None, colours: Palette | None = None) -> tuple[str, ...]:
    """Colours of parts: nominal up to seven, steps of one hue beyond; grey for the rest.

    Raises
    ------
    PublishingError
        If the rest is not a series.
    """
    left_over = clean(rest) if rest else None
    if left_over is not None and left_over not in grid.series:
        raise PublishingError(f"'{rest}' is not a series.", remedy=did_you_mean(left_over, grid.series))
    bright = [name for name in grid.series if name != left_over]
    if len(bright) == 1 and colours is None:
        found: tuple[str, ...] = (theme["single"],)
    else:
        kind = colours or ("nominal" if len(bright) <= 7 else "sequential")
        found = segment_colours(theme, kind, len(bright))
        # Beyond seven, dark and light of the one hue take turns, so that neighbours are told apart.
        if colours is None and kind == "sequential":
            half = (len(found) + 1) // 2
            found = tuple(found[place // 2 if place % 2 else half + place // 2 - (len(found) % 2)]
                          for place in range(len(found)))  # fmt: skip
    named = dict(zip(bright, found, strict=True))
    return tuple(named.get(name, REST) for name in grid.series)


def refuse_gaps(grid: Grid, kind: str) -> None:
    """Refuse stacks of which only some parts are known: their height would be that of no total.

    Raises
    ------
    PublishingError
        Naming the first categories and series without a number.
    """
    known = np.isfinite(grid.values)
    broken = np.asarray(known.any(axis=1) & ~known.all(axis=1))
    if broken.any():
        gaps = [
            f"{grid.series[column]} in {grid.categories[row]}"
            for row, column in np.argwhere(~known & broken.reshape(-1, 1)).tolist()
        ]
        raise PublishingError(
            f"{kind} need every part, and these have no number: {listing(gaps[:6])}.",
            remedy="Leave those categories out, choose series=, or draw figure.lines().",
        )


@dataclass(frozen=True, eq=False)
class AreaPlot:
    """Areas on each other, the first series at the bottom."""

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    places: tuple[float, ...]
    band: Band | None = None

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: areas are labelled at their ends."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, self.band[2] if self.band else ""]

    def _tops(self) -> FloatArray:
        """Upper edge of each area ``(C, S)``."""
        return np.cumsum(self.grid.values, axis=1)

    def _scale(self, start: float, end: float) -> Scale:
        tops = self._tops()[:, -1]
        whole = self.grid.percent and bool(np.nanmax(tops) > 99.0) and bool(np.nanmax(tops) < 101.0)
        bounds = (0.0, 100.0) if whole else None
        return scale_over([0.0, *tops.tolist()], start, end, suffix=self.grid.suffix, bounds=bounds)

    def _ends(self, ruler: Ruler, width: float) -> list[EndLabel]:
        """Labels from the top area down, each with its last value."""
        last = int(np.flatnonzero(np.isfinite(self.grid.values).all(axis=1))[-1])
        found = []
        for column in reversed(range(len(self.grid.series))):
            text = f"{self.grid.series[column]} {self.grid.text(last, column)}".strip()
            found.append(EndLabel(tuple(ruler.wrap(text, _LABEL * width)), self.colours[column]))
        return found

    def _sides(self, ruler: Ruler, width: float) -> tuple[float, float]:
        scale = self._scale(0.0, 1.0)
        left = max(ruler.width(scale.text(tick), ruler.theme["small_size"]) for tick in scale.ticks) + 0.1
        right = end_label_width(ruler, self._ends(ruler, width))
        return left, max(right, ruler.width(self.grid.categories[-1]) / 2)

    def _ticks(self, ruler: Ruler, width: float) -> CategoryLabels:
        left, right = self._sides(ruler, width)
        return category_labels(ruler, self.grid.categories, width - left - right, places=self.places)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with labels; enough for those at the ends."""
        lines = sum(len(label.lines) for label in self._ends(ruler, width))
        needed = max(_PLOT, lines * ruler.line() + 0.02)
        return needed + 0.1 + (ruler.line() if self.band else 0.0) + self._ticks(ruler, width).height

    def draw(self, page: Page, box: Box) -> None:
        """Draw areas, grid over them, labels."""
        left, right = self._sides(page.ruler, box.width)
        ticks = self._ticks(page.ruler, box.width)
        top = box.top + 0.04 + (page.ruler.line() if self.band else 0.0)
        inner = Box(box.left + left, top, box.width - left - right, box.bottom - ticks.height - 0.06 - top)
        scale = self._scale(inner.bottom, inner.top)
        low, high = min(self.places), max(self.places)
        along = Scale(low, high if high > low else low + 1, inner.left, inner.right, (), 0)
        scale.draw_beside(page, inner, grid=self.theme["grid_lines"])
        self._draw_areas(page, scale, along)
        if self.band:
            draw_band(page, along, inner, self.band)
            for end in self.band[:2]:  # the areas hide what lies behind them
                x = along.at(min(max(end, low), high))
                page.line([(x, inner.top), (x, inner.bottom)], width=0.7, dash=(0, (2, 2)), over=4)
        ticks.draw(page, [along.at(place) for place in self.places], inner.bottom + 0.06)
        tops = self._tops()
        last = int(np.flatnonzero(np.isfinite(tops[:, -1]))[-1])
        middles = tops[last] - self.grid.values[last] / 2
        wanted = [scale.at(float(middles[column])) for column in reversed(range(len(self.grid.series)))]
        draw_end_labels(page, self._ends(page.ruler, box.width), wanted, inner)

    def _draw_areas(self, page: Page, scale: Scale, along: Scale) -> None:
        tops = self._tops()
        known = np.flatnonzero(np.isfinite(tops[:, -1])).tolist()
        x = [along.at(self.places[place]) for place in known]
        below = [scale.at(0.0)] * len(known)
        for column, colour in enumerate(self.colours):
            above = [scale.at(float(tops[place, column])) for place in known]
            upper = list(zip(x, above, strict=True))
            page.polygon([*upper, *reversed(list(zip(x, below, strict=True)))], colour)
            page.line(upper, colour=page.theme["background"], width=0.7, over=3)
            below = above
        page.line(list(zip(x, below, strict=True)), colour="#767676", width=0.6, over=3)


def area(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    rest: str | None = None,
    colours: Palette | None = None,
    band: Band | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw parts over time as areas on each other, labelled at their right end.

    Parameters
    ----------
    record
        Table or Estimate of amounts or shares; years lie as far apart as they are.
    bars
        Which side of a table lies along the horizontal axis.
    series
        Which parts are drawn, from the bottom up; all when None.
    rest
        Part drawn grey, as ``"Other countries"``.
    colours
        ``"nominal"``, ``"sequential"`` or ``"diverging"``; nominal up to seven parts when None.
    band
        Marked period: from, to and name.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If a part is negative, or missing where others are known.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> items = ["Travel", "Travel", "Other", "Other"]
    >>> frame = pd.DataFrame({"year": [2010, 2020] * 2, "item": items, "value": [1.0, 2.0, 3.0, 5.0]})
    >>> print(sk.figure.area(sk.published(frame, rows="year", columns="item", source="Invented"), title="Exports").alt)
    Stacked areas. Exports. Travel: highest 2020 2, lowest 2010 1. Other: highest 2020 5, lowest 2010 3.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    grid = chosen_series(grid_of(record, style, bars=bars), series)
    if np.nanmin(grid.values, initial=0.0) < 0:
        raise PublishingError("A part of a stacked area is negative.", remedy="Draw figure.stacked_columns() instead.")
    refuse_gaps(grid, "Stacked areas")
    if not np.isfinite(grid.values).any() or len(grid.categories) < 2:
        raise PublishingError("An area needs two categories with numbers.", remedy="Draw figure.stacked() instead.")
    plot = AreaPlot(grid, theme, part_colours(theme, grid, rest, colours), places_of(grid), band)
    return make_figure("area", record, plot, style, grid)
