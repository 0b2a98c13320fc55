"""Slopes: how each series moves between two points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError, listing
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.line_plots import line_colours, spread_out
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["SlopePlot", "slope"]


@dataclass(frozen=True, eq=False)
class SlopePlot:
    """Lines between two points in time, labelled at both ends."""

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    faded: frozenset[str]

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: the ends are labelled."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups]

    def _texts(self, ruler: Ruler, width: float, side: int) -> list[list[str]]:
        found = []
        for column, name in enumerate(self.grid.series):
            value = self.grid.text(side, column)
            found.append(ruler.wrap(f"{name} {value}" if side == 0 else f"{value} {name}", 0.33 * width))
        return found

    def height(self, ruler: Ruler, width: float) -> float:
        """Height: enough for the labels of the fuller side."""
        tallest = max(sum(map(len, self._texts(ruler, width, side))) for side in (0, 1))
        longest = max(len(lines) for side in (0, 1) for lines in self._texts(ruler, width, side))
        needed = max(tallest, longest * len(self.grid.series)) * ruler.line() * 1.05
        return max(2.4, needed) + ruler.line() + 0.14

    def draw(self, page: Page, box: Box) -> None:
        """Draw the lines and their labels."""
        texts = [self._texts(page.ruler, box.width, side) for side in (0, 1)]
        rooms = [max(page.ruler.width(line) for lines in side for line in lines) + 0.14 for side in texts]
        top = box.top + page.ruler.line() + 0.1
        inner = Box(box.left + rooms[0], top, box.width - rooms[0] - rooms[1], box.bottom - top - 0.04)
        scale = scale_over(self.grid.values.ravel().tolist(), inner.bottom - 0.1, inner.top + 0.1, zero=False)
        ends = (inner.left, inner.right)
        for side, x in enumerate(ends):
            page.line([(x, inner.top), (x, inner.bottom)], colour=page.theme["grid"], width=1.0, over=1)
            page.text(
                x, box.top + 0.06, self.grid.categories[side], across="right" if side == 0 else "left",
                bold=page.ruler.lang != "ja",
            )  # fmt: skip
        for column, name in enumerate(self.grid.series):
            points = [(ends[side], scale.at(float(self.grid.values[side, column]))) for side in (0, 1)]
            width = 1.0 if name in self.faded else 1.8
            page.line(points, colour=self.colours[column], width=width, over=3)
            for point in points:
                if np.isfinite(point[1]):
                    page.marker(*point, self.colours[column], size=4.5)
        for side in (0, 1):
            self._draw_labels(page, scale, texts[side], ends[side], side, inner)

    def _draw_labels(
        self, page: Page, scale: Scale, texts: Sequence[Sequence[str]], x: float, side: int, inner: Box
    ) -> None:
        shown = [c for c in range(len(self.grid.series)) if np.isfinite(self.grid.values[side, c])]
        wanted = [scale.at(float(self.grid.values[side, column])) for column in shown]
        step = max((len(texts[column]) for column in shown), default=1) * page.ruler.line()
        placed = spread_out(wanted, step, inner.top + step / 2 - 0.06, inner.bottom - step / 2 + 0.06)
        sign, across = (-1, "right") if side == 0 else (1, "left")
        for column, y, from_y in zip(shown, placed, wanted, strict=True):
            if abs(y - from_y) > 0.04:
                page.line([(x + sign * 0.04, from_y), (x + sign * 0.1, y)], colour=page.theme["muted"], width=0.5)
            page.lines(x + sign * 0.12, y, texts[column], across=across, middle=True)  # type: ignore[arg-type]


def slope(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    highlight: Sequence[str] = (),
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw how each series moves between two categories, as 2015 and 2020.

    Parameters
    ----------
    record
        Table or Estimate with two categories.
    bars, series, highlight, **options
        As :func:`lines`.

    Raises
    ------
    PublishingError
        If there are not two categories.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    grid = chosen_series(grid_of(record, style, bars=bars), series)
    if len(grid.categories) != 2:
        raise PublishingError(
            f"A slope joins two categories, and there are {len(grid.categories)}: {listing(grid.categories)}.",
            remedy='Choose the side with bars="rows" or "columns", or draw figure.lines().',
        )
    colours, faded = line_colours(theme, grid, [clean(name) for name in highlight])
    return make_figure("slope", record, SlopePlot(grid, theme, colours, faded), style, grid)
