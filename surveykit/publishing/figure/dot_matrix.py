"""Dot matrices: a symbol in each cell of a table, for what holds where; or dots as large as its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np

from surveykit.errors import PublishingError, listing
from surveykit.publishing.figure.columns import CategoryLabels, category_labels
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.rows import Rows, rows_of
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import number
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["DotMatrix", "Symbol", "dot_matrix"]

_ROW = 0.24
_LARGEST = 0.3  # inches across
#: Shape and filling of a marker.
Symbol = tuple[str, Literal["full", "none", "left"]]
# Shape and filling by the number of symbols: they differ in print without colour.
_SYMBOLS: Mapping[int, tuple[Symbol, ...]] = {
    1: (("o", "full"),),
    2: (("o", "full"), ("o", "none")),
    3: (("o", "full"), ("o", "left"), ("o", "none")),
    4: (("o", "full"), ("o", "left"), ("o", "none"), ("x", "full")),
    5: (("o", "full"), ("o", "left"), ("o", "none"), ("^", "none"), ("x", "full")),
}


@dataclass(frozen=True, eq=False)
class DotMatrix:
    """Cells with a symbol each, or with a dot as large as its number.

    Parameters
    ----------
    meanings
        Number in a cell to what its symbol says; empty where dots show sizes.
    """

    grid: Grid
    theme: Theme
    meanings: Mapping[float, str]

    def _symbol(self, value: float) -> Symbol:
        return _SYMBOLS[len(self.meanings)][list(self.meanings).index(value)]

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """What each symbol says."""
        found = []
        for value, text in self.meanings.items():
            shape, fill = self._symbol(value)
            found.append(Key(text, self.theme["single"], "dot", marker=shape, fill=fill, size=6.5))
        return tuple(found)

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups, *self.meanings.values()]

    def _rows(self, ruler: Ruler, width: float) -> Rows:
        head = self._heads(ruler, width).height + 0.06
        return rows_of(self.grid, ruler, width, mark=self._mark(ruler), head=head, gap=0.04, bases=not self.meanings)

    def _mark(self, ruler: Ruler) -> float:
        return _ROW if self.meanings else _LARGEST + ruler.line(ruler.theme["small_size"])

    def _heads(self, ruler: Ruler, width: float) -> CategoryLabels:
        rows = rows_of(self.grid, ruler, width, mark=_ROW, gap=0.0, bases=not self.meanings)
        used = rows.label_width + rows.base_width + 0.08
        return category_labels(ruler, self.grid.series, (width - used) / len(self.grid.series))

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with headings."""
        return self._rows(ruler, width).height + 0.04

    def draw(self, page: Page, box: Box) -> None:
        """Draw headings, lines between the rows, symbols."""
        rows = self._rows(page.ruler, box.width)
        inner = rows.inner(box)
        slot = inner.width / len(self.grid.series)
        centres = [inner.left + slot * (column + 0.5) for column in range(len(self.grid.series))]
        self._heads(page.ruler, box.width).draw_above(page, centres, inner.top - 0.05)
        rows.draw_labels(page, box, self.grid)
        largest = float(np.nanmax(np.abs(self.grid.values), initial=0.0)) or 1.0
        for place, row in rows.each(box):
            page.line([(box.left, row.top), (box.right, row.top)], colour=page.theme["grid"], width=0.6, over=1)
            for column, x in enumerate(centres):
                if self.meanings:
                    self._draw_symbol(page, x, row.top + row.height / 2, float(self.grid.values[place, column]))
                else:
                    self._draw_dot(page, x, row, (place, column), largest)
        page.line([(box.left, inner.bottom), (box.right, inner.bottom)], colour=page.theme["grid"], width=0.6, over=1)

    def _draw_symbol(self, page: Page, x: float, y: float, value: float) -> None:
        if np.isfinite(value):
            shape, fill = self._symbol(value)
            page.marker(x, y, self.theme["single"], shape=shape, size=8.0, fill=fill)

    def _draw_dot(self, page: Page, x: float, row: Box, place: tuple[int, int], largest: float) -> None:
        """Draw a dot whose area is the number, the number under it."""
        value, size = float(self.grid.values[place]), page.theme["small_size"]
        middle = row.top + (row.height - page.ruler.line(size)) / 2
        if np.isfinite(value) and value > 0:
            page.marker(x, middle, self.theme["single"], size=72 * _LARGEST * math.sqrt(value / largest))
        page.text(x, row.bottom - page.ruler.line(size) / 2 - 0.02, self.grid.text(*place), size=size, across="center")


def dot_matrix(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    symbols: Mapping[float, str] | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw a table as a matrix of symbols, or of dots whose area is the number.

    Parameters
    ----------
    record
        Table or Estimate. With `symbols` its numbers are codes, and a cell without a number stays empty.
    bars
        Which side of a table gives the rows of the figure; its rows when None.
    series
        Which columns are drawn; all when None.
    symbols
        Code to what it means, at most five, as ``{1: "in the definition", 0: "not in it"}``: a full, a half and an open
        circle, in the order given. Without it dots show sizes.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If a number has no symbol, or a size is negative.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> cells = pd.DataFrame({"item": ["Computer", "Travel"], "in_it": "METI", "value": [1, 0], "source": "Invented"})
    >>> table = sk.published(cells, rows="item", columns="in_it")
    >>> print(sk.figure.dot_matrix(table, symbols={1: "yes", 0: "no"}, title="What is digital").alt)
    Dot matrix. What is digital. METI: yes: Computer; no: Travel.
    """
    style = style_of(options)
    side: Side | None = (bars or "rows") if isinstance(record, Table) else bars
    grid = chosen_series(grid_of(record, style, bars=side), series)
    meanings = {float(code): clean(text) for code, text in (symbols or {}).items()}
    if len(meanings) > max(_SYMBOLS):
        raise PublishingError(
            f"{len(meanings)} symbols are given, and {max(_SYMBOLS)} can be told apart.", remedy="Merge meanings."
        )
    values = grid.values[np.isfinite(grid.values)]
    if meanings:
        strange = sorted({float(value) for value in values} - set(meanings))
        if strange:
            raise PublishingError(
                f"No symbol is given for {listing([number(value, 2) for value in strange])}.",
                remedy="Name every code in symbols=.",
            )
    elif (values < 0).any():
        raise PublishingError("A dot cannot have a negative area.", remedy="Draw figure.heat() instead.")
    plot = DotMatrix(grid, theme_of(style.theme), meanings)
    if not meanings:
        note = "円の面積は値を表す。" if style.lang == "ja" else "Area of a dot: its number."
        return make_figure("dot_matrix", record, plot, style, grid, notes=[note])
    return make_figure("dot_matrix", record, plot, style, grid, told=_told(grid, meanings, style.lang))


def _told(grid: Grid, meanings: Mapping[float, str], lang: str) -> str:
    """Which rows have which symbol, column by column."""
    japanese, parts = lang == "ja", []
    for column, series in enumerate(grid.series):
        said = []
        for code, text in meanings.items():
            rows = [name for name, value in zip(grid.categories, grid.values[:, column], strict=True) if value == code]
            if rows:
                said.append(f"{text}:{'、'.join(rows)}" if japanese else f"{text}: {', '.join(rows)}")
        lead = (f"{series}:" if japanese else f"{series}: ") if series else ""
        parts.append(lead + ("；".join(said) + "。" if japanese else "; ".join(said) + "."))
    return ("" if japanese else " ").join(parts)
