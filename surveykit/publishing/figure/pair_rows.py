"""Markers of several series in each row, joined by a line: gross against value added, before against after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np

from surveykit.errors import PublishingError, listing
from surveykit.publishing.figure.dot_rows import sorted_grid
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.rows import Rows, rows_of
from surveykit.publishing.figure.stacked_rows import segment_colours
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["Mark", "PairRows", "dumbbell"]

_ROW = 0.2


@dataclass(frozen=True)
class Mark:
    """Marker of one series."""

    shape: str
    colour: str
    fill: Literal["full", "none"] = "full"
    size: float = 6.0


@dataclass(frozen=True, eq=False)
class PairRows:
    """One row a category, one marker a series, a line from the least to the largest.

    Parameters
    ----------
    reference
        Value at which a dotted line stands, and what it says.
    printed
        Whether the outer values of each row are printed.
    """

    grid: Grid
    theme: Theme
    marks: tuple[Mark, ...]
    zero: bool = True
    reference: tuple[float, str] | None = None
    printed: bool = True
    joined: bool = True

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """Entries of the legend."""
        return tuple(
            Key(name, mark.colour, "dot", marker=mark.shape, fill=mark.fill, size=mark.size)
            for name, mark in zip(self.grid.series, self.marks, strict=True)
            if name
        )

    def labels(self) -> Sequence[str]:
        """Every text."""
        said = (self.reference[1],) if self.reference else ()
        return [*self.grid.categories, *self.grid.series, *self.grid.groups, *said]

    def _rows(self, ruler: Ruler, width: float) -> Rows:
        head = ruler.line(ruler.theme["small_size"]) + 0.02 if self.reference and self.reference[1] else 0.0
        return rows_of(self.grid, ruler, width, mark=_ROW, head=head, gap=0.05)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of the plot."""
        return self._rows(ruler, width).height + 0.24

    def draw(self, page: Page, box: Box) -> None:
        """Draw rows, the reference, markers, values."""
        rows = self._rows(page.ruler, box.width)
        size = page.theme["small_size"]
        texts = [self.grid.text(*at) for at in np.ndindex(self.grid.values.shape)] if self.printed else []
        room = max((page.ruler.width(text, size) for text in texts), default=0.0) + 0.14
        inner = rows.inner(box, left=room, right=max(room, 0.2))
        extra = [self.reference[0]] if self.reference else []
        values = [*self.grid.values.ravel().tolist(), *extra]
        scale = scale_over(values, inner.left, inner.right, zero=self.zero, suffix=self.grid.suffix, count=6)
        scale.draw_below(page, inner, grid=self.theme["grid_lines"])
        rows.draw_labels(page, box, self.grid)
        if self.reference:
            x = scale.at(self.reference[0])
            page.line([(x, inner.top), (x, inner.bottom)], colour=page.theme["accent"], width=0.9, dash=(0, (2, 2)))
            half = page.ruler.width(self.reference[1], size) / 2
            middle = min(max(x, inner.left + half), box.right - half)
            page.text(middle, box.top + page.ruler.line(size) / 2, self.reference[1], size=size,
                      colour=page.theme["accent"], across="center")  # fmt: skip
        for place, row in rows.each(box):
            self._draw_row(page, scale, place, row.top + row.height / 2)

    def _draw_row(self, page: Page, scale: Scale, place: int, y: float) -> None:
        values = self.grid.values[place]
        known = np.flatnonzero(np.isfinite(values)).tolist()
        size = page.theme["small_size"]
        if not known:
            page.text(scale.start + 0.05, y, self.grid.text(place, 0), size=size, colour=page.theme["muted"])
            return
        ends = sorted(known, key=lambda column: float(values[column]))
        least, most = ends[0], ends[-1]
        if self.joined and len(known) > 1:
            line = [(scale.at(float(values[least])), y), (scale.at(float(values[most])), y)]
            page.line(line, colour="#9A9A9A", width=1.6, over=2)
        for column in known:
            mark = self.marks[column]
            page.marker(scale.at(float(values[column])), y, mark.colour, shape=mark.shape, size=mark.size,
                        hollow=mark.fill == "none")  # fmt: skip
        if self.printed:
            page.text(scale.at(float(values[most])) + 0.09, y, self.grid.text(place, most), size=size)
            if least != most:
                left = scale.at(float(values[least])) - 0.09
                page.text(left, y, self.grid.text(place, least), size=size, across="right")


def dumbbell(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: Sequence[str] | None = None,
    sort: bool = False,
    zero: bool = True,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw two amounts of each category as markers joined by a line, as gross exports and value added in them.

    Parameters
    ----------
    record
        Table or Estimate.
    bars
        Which side of a table gives the rows of the figure.
    series
        The two that are drawn; the record's own two when None.
    sort
        Whether categories are ordered by the first series, highest first; totals stay last.
    zero
        Whether the axis begins at zero.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If there are not two series.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> frame = pd.DataFrame({"who": ["IRL", "IRL"], "what": ["gross", "value added"], "value": [10.0, 4.0]})
    >>> table = sk.published(frame, rows="who", columns="what", source="Invented")
    >>> print(sk.figure.dumbbell(table, title="Exports").alt)
    Pairs of dots. Exports. gross: IRL 10. value added: IRL 4.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    grid = chosen_series(grid_of(record, style, bars=bars), series)
    if len(grid.series) != 2:
        raise PublishingError(
            f"A dumbbell has two ends, and there are {len(grid.series)} series: {listing(grid.series)}.",
            remedy="Name two by series=, or draw figure.dots().",
        )
    grid = sorted_grid(grid) if sort else grid
    colours = segment_colours(theme, "nominal", 2)
    marks = (Mark("o", colours[0]), Mark("D", theme["accent"], "none", 5.5))
    plot = PairRows(grid, theme, marks, zero)
    low = float(np.nanmin(grid.values, initial=np.inf))
    note = "横軸はゼロから始まらない。" if style.lang == "ja" else "The axis does not begin at zero."
    return make_figure("dumbbell", record, plot, style, grid, notes=[] if zero or low <= 0 else [note])
