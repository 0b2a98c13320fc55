"""Stacked bars: parts of a whole, from the left or around a centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np

from surveykit.errors import PublishingError
from surveykit.publishing.colours import on_colour, palette
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.rows import Rows, rows_of
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["HATCHES", "Palette", "StackedRows", "draw_segments", "segment_colours", "stacked"]

Palette = Literal["nominal", "sequential", "diverging"]
HATCHES = ("", "////", "", "\\\\\\\\", "", "xxxx", "")
_BAR = 0.26


def segment_colours(theme: Theme, kind: str, count: int) -> tuple[str, ...]:
    """Colours of a theme for a number of parts."""
    return palette(kind, count, colours={name: theme[name] for name in ("nominal", "sequential", "diverging")})


def draw_segments(
    page: Page, box: Box, scale: Scale, parts: Sequence[tuple[float, float, str, str, str]], *, labels: bool = True
) -> None:
    """Draw parts of one bar: from, to, colour, hatch, printed value; a value that does not fit is left out."""
    for start, end, colour, hatch, text in parts:
        left, right = scale.at(start), scale.at(end)
        page.rectangle(Box(left, box.top, right - left, box.height), colour, hatch=hatch)
        size = page.theme["small_size"]
        if labels and text and page.ruler.width(text, size) + 0.06 <= right - left:
            middle = (left + right) / 2
            if hatch or start < 0 < end:  # a plate keeps hatching and the centre line off the number
                width = page.ruler.width(text, size) + 0.05
                height = page.ruler.line(size)
                plate = Box(middle - width / 2, box.top + (box.height - height) / 2, width, height)
                page.rectangle(plate, colour, edge=colour, over=4 if start < 0 < end else 3)
            page.text(middle, box.top + box.height / 2, text, size=size, colour=on_colour(colour), across="center")


@dataclass(frozen=True, eq=False)
class StackedRows:
    """Stacked bars below each other."""

    grid: Grid
    colours: tuple[str, ...]
    hatches: tuple[str, ...]
    theme: Theme
    whole: bool

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """Entries of the legend, unless the words stand over the first bar."""
        if self._words(ruler, self.theme["width"]):
            return ()
        return tuple(
            Key(name, colour, hatch=hatch)
            for name, colour, hatch in zip(self.grid.series, self.colours, self.hatches, strict=True)
        )

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups]

    def _rows(self, ruler: Ruler, width: float) -> Rows:
        head = ruler.line() + 0.04 if self.theme["legend"] == "words" and not any(self.grid.groups) else 0.0
        return rows_of(self.grid, ruler, width, mark=_BAR, head=head)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of the plot."""
        axis = 0.22 if self.theme["grid_lines"] or not self.whole else 0.0
        return self._rows(ruler, width).height + axis

    def _scale(self, inner: Box) -> Scale:
        totals = np.nansum(self.grid.values, axis=1)
        bounds = (0.0, 100.0) if self.whole else None
        return scale_over(list(totals), inner.left, inner.right, suffix=self.grid.suffix, bounds=bounds)

    def draw(self, page: Page, box: Box) -> None:
        """Draw the bars."""
        rows = self._rows(page.ruler, box.width)
        inner = rows.inner(box, right=0.18 if self.theme["grid_lines"] else 0.02)
        scale = self._scale(inner)
        if self.theme["grid_lines"] or not self.whole:
            scale.draw_below(page, inner, grid=self.theme["grid_lines"], zero=False)
        rows.draw_labels(page, box, self.grid)
        for place, row in rows.each(box):
            bar = Box(inner.left, row.top + (row.height - _BAR) / 2, inner.width, _BAR)
            self._draw_bar(page, bar, scale, place)
        for middle, text in self._words(page.ruler, page.width):
            page.text(inner.left + middle * inner.width, box.top + rows.head / 2, text, across="center")

    def _draw_bar(self, page: Page, bar: Box, scale: Scale, place: int) -> None:
        if np.isnan(self.grid.values[place]).all():
            page.text(bar.left + 0.05, bar.top + bar.height / 2, self.grid.text(place, 0), colour=page.theme["muted"])
            return
        at, parts = 0.0, []
        for column, value in enumerate(np.nan_to_num(self.grid.values[place]).tolist()):
            text = self.grid.text(place, column)
            parts.append((at, at + value, self.colours[column], self.hatches[column], text))
            at += value
        draw_segments(page, bar, scale, parts, labels=self.theme["value_labels"])

    def _words(self, ruler: Ruler, width: float) -> list[tuple[float, str]]:
        """Words over the first bar, where the theme wants them and each has room; places as shares of its length."""
        if self.theme["legend"] != "words" or not self.whole or any(self.grid.groups):
            return []
        first = np.nan_to_num(self.grid.values[0])
        rows = self._rows(ruler, width - 0.36)
        length = width - 0.36 - rows.label_width - rows.base_width - 0.1
        ends = np.cumsum(first) / 100
        found, last = [], 0.0
        for end, share, name in zip(ends.tolist(), (first / 100).tolist(), self.grid.series, strict=True):
            middle, half = end - share / 2, ruler.width(name) / 2 / length
            if middle - half < last - 1e-9 or middle + half > 1.0:
                return []
            found.append((middle, name))
            last = middle + half + 0.015
        return found


def stacked(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    colours: Palette | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw parts of a whole as stacked bars below each other.

    Parameters
    ----------
    record
        Table of shares (bars of 100 %) or of amounts, or an Estimate of proportions.
    bars
        Which side of a table gives the bars; the one that its percentages are of when None.
    series
        Which parts are drawn and in which order; all when None. Bars of shares then may end before 100 %.
    colours
        ``"nominal"``, ``"sequential"`` (bands) or ``"diverging"``; sequential above seven parts when None.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Returns
    -------
    Figure

    Raises
    ------
    PublishingError
        If a part is negative (draw :func:`diverging` instead) or parts cannot be told apart.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"size": ["small", "large"] * 90, "exporter": ["yes", "no", "no"] * 60})
    >>> table = sk.crosstab(sk.Survey(firms), "size ~ exporter", percent="column", margins=False)
    >>> print(sk.figure.stacked(table, title="Sizes of exporters").alt)
    Stacked bars. Sizes of exporters. large: no 50 %. small: no 50 %.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    grid = chosen_series(grid_of(record, style, bars=bars, whole=True), series)
    if np.nanmin(grid.values, initial=0.0) < 0:
        raise PublishingError("A part of a stacked bar is negative.", remedy="Draw figure.diverging() instead.")
    kind = colours or ("nominal" if len(grid.series) <= 7 else "sequential")
    chosen = segment_colours(theme, kind, len(grid.series))
    hatches = tuple(HATCHES[place % len(HATCHES)] if theme["hatches"] else "" for place in range(len(grid.series)))
    plot = StackedRows(grid, chosen, hatches, theme, whole=grid.percent)
    return make_figure("stacked", record, plot, style, grid)
