"""Horizontal bars: one or several a category, or stacked on both sides of zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.figure.columns import ColumnPlot
from surveykit.publishing.figure.dot_rows import sorted_grid
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.rows import Rows, rows_of
from surveykit.publishing.figure.stacked_rows import HATCHES, segment_colours
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.publishing.words import words
from surveykit.results import Estimate, Table

__all__ = ["BarRows", "Orientation", "bars", "diverging", "grouped"]

Orientation = Literal["horizontal", "vertical"]
_THICK, _THIN = 0.2, 0.15


@dataclass(frozen=True, eq=False)
class BarRows:
    """Bars below each other; with `stack`, parts of either sign add up on their side of zero."""

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    hatches: tuple[str, ...]
    whiskers: bool = False
    stack: bool = False
    net: str = ""
    separate: tuple[str, ...] = ()
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

    def _panels(self) -> list[Grid]:
        """Categories on the common scale, then those on one of their own."""
        apart = [place for place, name in enumerate(self.grid.categories) if name in self.separate]
        rest = [place for place in range(len(self.grid.categories)) if place not in apart]
        return [self.grid.take(rest), *([self.grid.take(apart)] if apart else [])]

    def _rows(self, grid: Grid, ruler: Ruler, width: float) -> Rows:
        count = 1 if self.stack else len(self.grid.series)
        return rows_of(grid, ruler, width, mark=_THICK if count == 1 else _THIN * count, gap=0.1)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of all panels."""
        return sum(self._rows(grid, ruler, width).height + 0.24 for grid in self._panels()) + 0.08 * (
            len(self._panels()) - 1
        )

    def draw(self, page: Page, box: Box) -> None:
        """Draw panel by panel."""
        top = box.top
        label_width = max(self._rows(grid, page.ruler, box.width).label_width for grid in self._panels())
        for grid in self._panels():
            rows = replace(self._rows(grid, page.ruler, box.width), label_width=label_width)
            panel = Box(box.left, top, box.width, rows.height)
            self._draw_panel(page, panel, grid, rows)
            top = panel.bottom + 0.32

    def _draw_panel(self, page: Page, panel: Box, grid: Grid, rows: Rows) -> None:
        size = page.theme["small_size"]
        shown = self.theme["value_labels"] and not self.stack
        widest = max((page.ruler.width(grid.text(*at), size) for at in np.ndindex(grid.values.shape)), default=0.0)
        room = widest + 0.1 if shown else 0.05
        negative = bool(np.nanmin(grid.values, initial=0.0) < 0)
        inner = rows.inner(panel, left=max(0.12, room if negative else 0.12), right=max(room, 0.2))
        scale = self._scale(grid, inner)
        scale.draw_below(page, inner, grid=self.theme["grid_lines"])
        rows.draw_labels(page, panel, grid)
        for place, row in rows.each(panel):
            if self.stack:
                self._draw_stack(page, scale, grid, place, row)
            else:
                self._draw_group(page, scale, grid, place, row, shown=shown)

    def _scale(self, grid: Grid, inner: Box) -> Scale:
        if self.stack:
            above = np.nansum(np.where(grid.values > 0, grid.values, 0.0), axis=1)
            below = np.nansum(np.where(grid.values < 0, grid.values, 0.0), axis=1)
            values = [*above.tolist(), *below.tolist()]
        else:
            parts = [grid.values, *([grid.low, grid.high] if self.whiskers else [])]
            values = [float(value) for part in parts for value in part.ravel()]
        bounds = None if grid.categories and grid.categories[0] in self.separate else self.bounds
        return scale_over(values, inner.left, inner.right, suffix=grid.suffix, bounds=bounds)

    def _draw_group(self, page: Page, scale: Scale, grid: Grid, place: int, row: Box, *, shown: bool) -> None:
        count = len(grid.series)
        thick = _THICK if count == 1 else _THIN
        for column in range(count):
            y = row.top + row.height / 2 + (column - (count - 1) / 2) * thick
            value = float(grid.values[place, column])
            text, size = grid.text(place, column), page.theme["small_size"]
            if np.isnan(value):
                page.text(scale.at(max(scale.low, 0.0)) + 0.05, y, text, size=size, colour=page.theme["muted"])
                continue
            start, end = sorted((scale.at(0.0), scale.at(value)))
            bar = Box(start, y - thick / 2 + 0.01, end - start, thick - 0.02)
            page.rectangle(bar, self.colours[column], hatch=self.hatches[column])
            ends = [value]
            low, high = float(grid.low[place, column]), float(grid.high[place, column])
            if self.whiskers and np.isfinite([low, high]).all():
                ends_at = [(scale.at(low), y), (scale.at(high), y)]
                page.line(ends_at, colour=page.theme["background"], width=2.6, over=3)
                page.line(ends_at, width=1.1, over=4)
                ends += [low, high]
            if shown:
                edge = scale.at(max(ends)) + 0.05 if value >= 0 else scale.at(min(ends)) - 0.05
                page.text(edge, y, text, size=size, across="left" if value >= 0 else "right")

    def _draw_stack(self, page: Page, scale: Scale, grid: Grid, place: int, row: Box) -> None:
        y = row.top + row.height / 2
        ends = {True: 0.0, False: 0.0}
        values = grid.values[place]
        if np.isnan(values).all():
            page.text(scale.at(0.0) + 0.05, y, grid.text(place, 0), colour=page.theme["muted"])
            return
        for column, value in enumerate(np.nan_to_num(values).tolist()):
            before = ends[value >= 0]
            ends[value >= 0] += value
            start, end = sorted((scale.at(before), scale.at(before + value)))
            page.rectangle(
                Box(start, y - _THICK / 2, end - start, _THICK), self.colours[column], hatch=self.hatches[column]
            )
        if self.net:
            page.marker(scale.at(float(np.nansum(values))), y, page.theme["text"], shape="D", size=5, hollow=True)


def _colours(theme: Theme, grid: Grid, kind: str = "nominal") -> tuple[tuple[str, ...], tuple[str, ...]]:
    count = len(grid.series)
    colours = (theme["single"],) if count == 1 else segment_colours(theme, kind, count)
    hatched = theme["hatches"] and count > 1
    return colours, tuple(HATCHES[place % len(HATCHES)] if hatched else "" for place in range(count))


def _separate(grid: Grid, wanted: Sequence[str], orientation: str) -> tuple[tuple[str, ...], list[str]]:
    """Categories with a scale of their own, and the note that says so."""
    for name in wanted:
        if clean(name) not in grid.categories:
            raise PublishingError(f"'{name}' is not a category.", remedy=did_you_mean(name, grid.categories))
    if wanted and orientation == "vertical":
        raise PublishingError("separate= works on horizontal bars only.", remedy='Choose orientation="horizontal".')
    return tuple(clean(name) for name in wanted), list(map(clean, wanted))


def bars(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | None = None,
    ci: bool = False,
    sort: bool = False,
    separate: Sequence[str] = (),
    orientation: Orientation = "horizontal",
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw one bar a category, from zero.

    Parameters
    ----------
    record
        Table or Estimate.
    bars
        Which side of a table gives the bars.
    series
        Which series is drawn, where the table has several.
    ci
        Whether intervals are drawn as whiskers.
    sort
        Whether bars are ordered, highest first; totals stay last.
    separate
        Categories drawn in a panel with a scale of their own, which the note says.
    orientation
        ``"horizontal"``, or ``"vertical"`` for years.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.
    """
    style = style_of(options)
    grid = chosen_series(grid_of(record, style, bars=bars), series, single=True)
    return _bar_figure(
        "bars", record, sorted_grid(grid) if sort else grid, options, ci=ci, separate=separate, orientation=orientation
    )


def grouped(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    ci: bool = False,
    sort: bool = False,
    separate: Sequence[str] = (),
    orientation: Orientation = "horizontal",
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw several bars a category, side by side, from zero.

    Parameters
    ----------
    record, bars, series, ci, sort, separate, orientation, **options
        As :func:`bars`; `series` names those drawn, `sort` orders by the first of them.
    """
    style = style_of(options)
    grid = chosen_series(grid_of(record, style, bars=bars), series)
    return _bar_figure(
        "grouped",
        record,
        sorted_grid(grid) if sort else grid,
        options,
        ci=ci,
        separate=separate,
        orientation=orientation,
    )


def _bar_figure(
    kind: str,
    record: Table | Estimate,
    grid: Grid,
    options: FigureOptions,
    *,
    ci: bool,
    separate: Sequence[str],
    orientation: Orientation,
    stack: bool = False,
    net: str = "",
) -> Figure:
    style = style_of(options)
    theme = theme_of(style.theme)
    if orientation not in ("horizontal", "vertical"):
        raise PublishingError(f"orientation={orientation!r} is not known.", remedy="Choose 'horizontal' or 'vertical'.")
    apart, named = _separate(grid, separate, orientation)
    colours, hatches = _colours(theme, grid)
    plot: BarRows | ColumnPlot
    if orientation == "vertical":
        plot = ColumnPlot(grid, theme, colours, hatches, whiskers=ci, stack=stack, net=net)
    else:
        plot = BarRows(grid, theme, colours, hatches, ci, stack, net, apart)
    notes = []
    if named:
        joined = words(style.lang)["comma"].join(named)
        notes.append(
            f"{joined}は別の目盛り。"
            if style.lang == "ja"
            else f"{joined}: drawn on a scale of its own, below the others."
        )
    return make_figure(kind, record, plot, style, grid, notes=notes, intervals=ci)


def diverging(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    net: bool = True,
    sort: bool = False,
    separate: Sequence[str] = (),
    orientation: Orientation = "horizontal",
    **options: Unpack[FigureOptions],
) -> Figure:
    """Stack parts of either sign on their side of zero, with a marker at their sum.

    Parameters
    ----------
    record
        Table or Estimate with amounts, as balances by category.
    net
        Whether the sum of the parts is marked.
    sort
        Whether categories are ordered by the sum, highest first.
    bars, series, separate, orientation, **options
        As :func:`bars`.
    """
    style = style_of(options)
    grid = chosen_series(grid_of(record, style, bars=bars), series)
    if sort:
        totals = np.nansum(grid.values, axis=1)
        grid = grid.take(sorted(range(len(totals)), key=lambda place: (grid.totals[place], -totals[place])))
    label = words(style.lang)["net"] if net and len(grid.series) > 1 else ""
    return _bar_figure(
        "diverging", record, grid, options, ci=False, separate=separate, orientation=orientation, stack=True, net=label
    )
