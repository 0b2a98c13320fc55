"""Areas and cells: treemaps and heat tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError
from surveykit.publishing.colours import on_colour, steps
from surveykit.publishing.figure.columns import CategoryLabels, category_labels
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.rows import Rows, rows_of
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["HeatPlot", "TreemapPlot", "heat", "squarified", "treemap"]

_CELL = 0.28


def squarified(sizes: Sequence[float], box: Box) -> list[Box]:
    """Divide a box into tiles with areas as the sizes, as square as they go.

    Parameters
    ----------
    sizes
        Positive, largest first.

    References
    ----------
    Bruls, Huizing and van Wijk (2000), "Squarified treemaps", *Data Visualization 2000*, 33-42.
    """
    scale = box.width * box.height / sum(sizes)
    areas = [size * scale for size in sizes]
    found: list[Box] = []
    rest, at = box, 0
    while at < len(areas):
        side = min(rest.width, rest.height)
        end = at + 1
        while end < len(areas) and _worst(areas[at : end + 1], side) <= _worst(areas[at:end], side):
            end += 1
        row = areas[at:end]
        thick = sum(row) / side
        if rest.width >= rest.height:
            top = rest.top
            for area in row:
                found.append(Box(rest.left, top, thick, area / thick))
                top += area / thick
            rest = Box(rest.left + thick, rest.top, max(rest.width - thick, 1e-9), rest.height)
        else:
            left = rest.left
            for area in row:
                found.append(Box(left, rest.top, area / thick, thick))
                left += area / thick
            rest = Box(rest.left, rest.top + thick, rest.width, max(rest.height - thick, 1e-9))
        at = end
    return found


def _worst(row: Sequence[float], side: float) -> float:
    """Largest ratio of the sides of tiles laid along one side of the box."""
    total = sum(row)
    return max(max(side**2 * area / total**2, total**2 / (side**2 * area)) for area in row)


@dataclass(frozen=True, eq=False)
class TreemapPlot:
    """Tiles with areas as the values; what is too small to hold its label is listed below."""

    grid: Grid
    theme: Theme
    plot_height: float = 3.0

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: tiles are labelled."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return self.grid.categories

    def _tiles(self, width: float) -> list[tuple[int, Box]]:
        known = np.flatnonzero(self.grid.values[:, 0] > 0)
        order = sorted(known.tolist(), key=lambda place: -self.grid.values[place, 0])
        boxes = squarified([float(self.grid.values[place, 0]) for place in order], Box(0, 0, width, self.plot_height))
        return list(zip(order, boxes, strict=True))

    def _inside(self, ruler: Ruler, place: int, tile: Box) -> list[str]:
        """Lines of a tile's label, empty where they do not fit."""
        room = tile.width - 0.1
        value = self.grid.text(place, 0, suffix=True)
        label = self.grid.categories[place]
        if room <= 0.1 or any(ruler.width(word) > room for word in value.split(" ")):
            return []
        lines = [*ruler.wrap(label, room), *ruler.wrap(value, room)]
        whole = ruler.lang == "ja" or room > 1.0 or all(ruler.width(word) <= room for word in label.split())
        return lines if whole and len(lines) * ruler.line() + 0.06 <= tile.height else []

    def _below(self, ruler: Ruler, width: float) -> list[str]:
        small = [
            f"{self.grid.categories[place]} {self.grid.text(place, 0, suffix=True)}"
            for place, tile in self._tiles(width)
            if not self._inside(ruler, place, tile)
        ]
        return ruler.wrap("  ·  ".join(small), width, ruler.theme["small_size"]) if small else []

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with the list below."""
        return self.plot_height + 0.06 + len(self._below(ruler, width)) * ruler.line(ruler.theme["small_size"])

    def draw(self, page: Page, box: Box) -> None:
        """Draw tiles and labels."""
        tiles = self._tiles(box.width)
        colours = steps(tuple(reversed(self.theme["sequential"][1:])), max(len(tiles), 2))
        for (place, tile), colour in zip(tiles, colours, strict=False):
            moved = Box(box.left + tile.left, box.top + tile.top, tile.width, tile.height)
            page.rectangle(moved, colour, edge=page.theme["background"])
            lines = self._inside(page.ruler, place, tile)
            page.lines(moved.left + 0.05, moved.top + 0.04, lines, colour=on_colour(colour))
        page.lines(
            box.left, box.top + self.plot_height + 0.06, self._below(page.ruler, box.width),
            size=page.theme["small_size"], colour=page.theme["muted"],
        )  # fmt: skip


def treemap(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw parts of a whole as tiles, largest first.

    Parameters
    ----------
    record
        Table or Estimate of amounts or shares, none negative.
    bars, series, **options
        As :func:`surveykit.publishing.figure.bars`.

    Raises
    ------
    PublishingError
        If a value is negative, or none is positive.
    """
    style = style_of(options)
    grid = chosen_series(grid_of(record, style, bars=bars), series, single=True)
    grid = grid.take([place for place, total in enumerate(grid.totals) if not total])
    values = grid.values[:, 0]
    if np.nanmin(values, initial=0.0) < 0:
        raise PublishingError("A tile cannot have a negative area.", remedy="Draw figure.bars() instead.")
    if not (values > 0).any():
        raise PublishingError("No value is positive, so there is no area to draw.", remedy="Check the table.")
    return make_figure("treemap", record, TreemapPlot(grid, theme_of(style.theme)), style, grid)


@dataclass(frozen=True, eq=False)
class HeatPlot:
    """A table whose cells are coloured by their values."""

    grid: Grid
    theme: Theme
    by_column: bool

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: cells hold their values."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups]

    def _rows(self, ruler: Ruler, width: float) -> Rows:
        head = self._heads(ruler, width, self._label_width(ruler, width)).height + 0.04
        return rows_of(self.grid, ruler, width, mark=_CELL, head=head, gap=0.0)

    def _label_width(self, ruler: Ruler, width: float) -> float:
        rows = rows_of(self.grid, ruler, width, mark=_CELL, gap=0.0)
        return rows.label_width + rows.base_width + 0.08

    def _heads(self, ruler: Ruler, width: float, used: float) -> CategoryLabels:
        return category_labels(ruler, self.grid.series, (width - used) / len(self.grid.series))

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with headings."""
        return self._rows(ruler, width).height + 0.04

    def _colour(self, place: int, column: int) -> str:
        values = self.grid.values[:, column] if self.by_column else self.grid.values
        value = float(self.grid.values[place, column])
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if np.isnan(value):
            return self.theme["background"]
        if low < 0:
            size = max(abs(low), abs(high))
            scale, share = self.theme["diverging"], (value / size + 1) / 2
        else:
            scale, share = self.theme["sequential"], (value - low) / (high - low) if high > low else 0.5
        return steps(scale, 101)[round(100 * share)]

    def draw(self, page: Page, box: Box) -> None:
        """Draw headings and cells."""
        rows = self._rows(page.ruler, box.width)
        inner = rows.inner(box)
        slot = inner.width / len(self.grid.series)
        centres = [inner.left + slot * (column + 0.5) for column in range(len(self.grid.series))]
        heads = self._heads(page.ruler, box.width, self._label_width(page.ruler, box.width))
        heads.draw_above(page, centres, inner.top - 0.04)
        rows.draw_labels(page, box, self.grid)
        size = page.theme["small_size"]
        for place, row in rows.each(box):
            for column, x in enumerate(centres):
                colour = self._colour(place, column)
                page.rectangle(Box(x - slot / 2, row.top, slot, row.height), colour, edge=page.theme["background"])
                text = self.grid.text(place, column)
                if page.ruler.width(text, size) > slot:
                    raise PublishingError(
                        f"The cells are too narrow for '{text}'.",
                        remedy="Give fewer columns, decimals=, or a larger width.",
                    )
                page.text(x, row.top + row.height / 2, text, size=size, colour=on_colour(colour), across="center")


def heat(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    by_column: bool = False,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw a table whose cells are coloured by their values; diverging colours where some are negative.

    Parameters
    ----------
    record
        Table or Estimate.
    by_column
        Whether each column has a colour scale of its own, which the note says.
    bars, series, **options
        As :func:`surveykit.publishing.figure.grouped`.
    """
    style = style_of(options)
    grid = chosen_series(grid_of(record, style, bars=bars or "rows" if isinstance(record, Table) else None), series)
    said = "色の濃さは列ごと。" if style.lang == "ja" else "Colours compare within a column."
    notes = [said] if by_column else []
    return make_figure("heat", record, HeatPlot(grid, theme_of(style.theme), by_column), style, grid, notes=notes)
