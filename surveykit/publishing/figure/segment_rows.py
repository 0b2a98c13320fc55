"""Ranked bars with segments: how large each is, and what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.figure.areas import part_colours
from surveykit.publishing.figure.grid import FloatArray, Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.rows import Rows, rows_of
from surveykit.publishing.figure.stacked_rows import HATCHES, Palette, draw_segments
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import number
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["SegmentRows", "segments"]

_BAR = 0.24


@dataclass(frozen=True, eq=False)
class SegmentRows:
    """Bars of several segments, their sum at the end.

    Parameters
    ----------
    sums
        ``(C,)`` number printed at the end of each bar.
    """

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    hatches: tuple[str, ...]
    sums: tuple[str, ...]

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """Entries of the legend."""
        return tuple(
            Key(name, colour, hatch=hatch)
            for name, colour, hatch in zip(self.grid.series, self.colours, self.hatches, strict=True)
        )

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups]

    def _rows(self, ruler: Ruler, width: float) -> Rows:
        return rows_of(self.grid, ruler, width, mark=_BAR)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of the plot."""
        return self._rows(ruler, width).height + (0.22 if self.theme["grid_lines"] else 0.0)

    def _scale(self, inner: Box) -> Scale:
        return scale_over(
            np.nansum(self.grid.values, axis=1).tolist(), inner.left, inner.right, suffix=self.grid.suffix
        )

    def draw(self, page: Page, box: Box) -> None:
        """Draw the bars and their sums."""
        rows = self._rows(page.ruler, box.width)
        size = page.theme["text_size"]
        widest = max((page.ruler.width(text, size) for text in self.sums), default=0.0)
        inner = rows.inner(box, right=max(widest + 0.12, 0.2))
        scale = self._scale(inner)
        if self.theme["grid_lines"]:
            scale.draw_below(page, inner, grid=True, zero=False)
        rows.draw_labels(page, box, self.grid)
        for place, row in rows.each(box):
            bar = Box(inner.left, row.top + (row.height - _BAR) / 2, inner.width, _BAR)
            at, parts = 0.0, []
            for column, value in enumerate(np.nan_to_num(self.grid.values[place]).tolist()):
                text = self.grid.text(place, column)
                parts.append((at, at + value, self.colours[column], self.hatches[column], text))
                at += value
            draw_segments(page, bar, scale, parts, labels=self.theme["value_labels"])
            page.text(scale.at(at) + 0.06, bar.top + _BAR / 2, self.sums[place], size=size)


def segments(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    overall: str | None = None,
    sort: bool = True,
    rest: str | None = None,
    colours: Palette | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw bars of several segments each, the longest first, their sum at the end.

    Parameters
    ----------
    record
        Table or Estimate with amounts, or with shares that exclude each other.
    bars
        Which side of a table gives the bars.
    series
        Which segments are drawn, from the left; all when None.
    overall
        Series that the segments add up to: printed at the end of the bar and not drawn as a segment.
    sort
        Whether bars are ordered by their sum, longest first within each group; totals stay last.
    rest
        Segment drawn grey.
    colours
        ``"nominal"``, ``"sequential"`` or ``"diverging"``.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If a segment is negative, segments are shares that add to more than 100, or do not add to `overall`.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    full = grid_of(record, style, bars=bars)
    wanted = [series] if isinstance(series, str) else series
    names = [name for name in (wanted if wanted is not None else full.series) if clean(name) != clean(overall or "")]
    grid = chosen_series(full, names)
    if np.nanmin(grid.values, initial=0.0) < 0:
        raise PublishingError("A segment is negative.", remedy="Draw figure.diverging() instead.")
    sums: FloatArray = np.nansum(grid.values, axis=1)
    if grid.percent and bool((sums > 100.5).any()):
        worst = grid.categories[int(np.argmax(sums))]
        raise PublishingError(
            f"The segments of '{worst}' add to {number(float(sums.max()), 1)} %, so they overlap.",
            remedy="Draw figure.grouped(), or segments that exclude each other.",
        )
    also = []
    if overall is not None:
        whole = _overall(full, grid, overall, sums)
        sums, also = whole.values[:, 0], [whole]
    empty = [all(np.isnan(line)) for line in grid.values]
    order = sorted(
        range(len(sums)),
        key=lambda place: (grid.groups.index(grid.groups[place]), grid.totals[place], -sums[place] if sort else place),
    )
    shown = replace(grid, values=sums[:, None], standing=grid.standing[:, :1])
    texts = [grid.text(place, 0) if empty[place] else shown.text(place, 0, suffix=True) for place in range(len(sums))]
    hatches = tuple(HATCHES[place % len(HATCHES)] if theme["hatches"] else "" for place in range(len(grid.series)))
    plot = SegmentRows(
        grid.take(order), theme, part_colours(theme, grid, rest, colours), hatches, tuple(texts[p] for p in order)
    )
    return make_figure("segments", record, plot, style, grid.take(order), also=[one.take(order) for one in also])


def _overall(full: Grid, grid: Grid, overall: str, sums: FloatArray) -> Grid:
    """The series of the wholes, which the segments must add up to within rounding."""
    if clean(overall) not in full.series:
        raise PublishingError(f"'{overall}' is not a series.", remedy=did_you_mean(clean(overall), full.series))
    whole = chosen_series(full, overall)
    slack = 0.5 * 10.0**-grid.decimals * (len(grid.series) + 1)
    off = np.abs(whole.values[:, 0] - sums)
    if bool((off > slack).any()):
        place = int(np.nanargmax(off))
        raise PublishingError(
            f"The segments of '{grid.categories[place]}' add to {number(float(sums[place]), 1)}, and '{overall}' is "
            f"{number(float(whole.values[place, 0]), 1)}.",
            remedy="Check the parts, or leave overall= out.",
        )
    return whole
