"""Dots with their intervals: estimates, coefficients."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of, merged
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.rows import Rows, rows_of
from surveykit.publishing.figure.stacked_rows import segment_colours
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["MARKERS", "DotRows", "coefficients", "dots", "sorted_grid"]

MARKERS = ("o", "s", "D", "^", "v", "P", "X")
_STEP = 0.19


@dataclass(frozen=True, eq=False)
class DotRows:
    """Dots with whiskers below each other, several series side by side in each row."""

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    whiskers: bool
    zero: bool
    bases: bool = True

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """Entries of the legend; none for one series."""
        if len(self.grid.series) < 2:
            return ()
        return tuple(
            Key(name, colour, "dot", marker=MARKERS[place % len(MARKERS)])
            for place, (name, colour) in enumerate(zip(self.grid.series, self.colours, strict=True))
        )

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups]

    def _rows(self, ruler: Ruler, width: float) -> Rows:
        mark = max(_STEP * len(self.grid.series), 0.2)
        return rows_of(self.grid, ruler, width, mark=mark, bases=self.bases, gap=0.07)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of the plot."""
        return self._rows(ruler, width).height + 0.24

    def _scale(self, inner: Box) -> Scale:
        ends = [self.grid.values, *([self.grid.low, self.grid.high] if self.whiskers else [])]
        values = np.concatenate([array.ravel() for array in ends])
        return scale_over(list(values), inner.left, inner.right, zero=self.zero, suffix=self.grid.suffix, count=6)

    def draw(self, page: Page, box: Box) -> None:
        """Draw whiskers, dots and values."""
        rows = self._rows(page.ruler, box.width)
        size = page.theme["small_size"]
        widest = max(
            (page.ruler.width(self.grid.text(row, column), size) for row, column in np.ndindex(self.grid.values.shape)),
            default=0.0,
        )
        inner = rows.inner(box, left=0.15, right=widest + 0.2)
        scale = self._scale(inner)
        scale.draw_below(page, inner, grid=self.theme["grid_lines"])
        rows.draw_labels(page, box, self.grid)
        for place, row in rows.each(box):
            count = len(self.grid.series)
            for column in range(count):
                y = row.top + row.height / 2 + (column - (count - 1) / 2) * _STEP
                self._draw_dot(page, scale, place, column, y, inner.right + 0.12)

    def _draw_dot(self, page: Page, scale: Scale, place: int, column: int, y: float, right: float) -> None:
        value, size = float(self.grid.values[place, column]), page.theme["small_size"]
        page.text(right, y, self.grid.text(place, column), size=size)
        if np.isnan(value):
            return
        colour = self.colours[column]
        low, high = float(self.grid.low[place, column]), float(self.grid.high[place, column])
        if self.whiskers and np.isfinite([low, high]).all():
            page.line([(scale.at(low), y), (scale.at(high), y)], colour=colour, width=1.4, over=3)
            for end in (low, high):
                page.line([(scale.at(end), y - 0.035), (scale.at(end), y + 0.035)], colour=colour, width=1.0, over=3)
        page.marker(scale.at(value), y, colour, shape=MARKERS[column % len(MARKERS)])


def _dot_colours(theme: Theme, count: int) -> tuple[str, ...]:
    return (theme["single"],) if count == 1 else segment_colours(theme, "nominal", count)


def dots(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    ci: bool = True,
    sort: bool = False,
    zero: bool = False,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw estimates as dots with their confidence intervals.

    Parameters
    ----------
    record
        Table or Estimate.
    bars
        Which side of a table gives the rows of the figure.
    series
        Which series are drawn; all when None.
    ci
        Whether intervals are drawn.
    sort
        Whether categories are ordered by the first series, highest first; totals stay last.
    zero
        Whether the axis begins at zero.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    grid = chosen_series(grid_of(record, style, bars=bars), series)
    if style.decimals is None and grid.percent:
        grid = replace(grid, decimals=1)
    grid = sorted_grid(grid) if sort else grid
    plot = DotRows(grid, theme, _dot_colours(theme, len(grid.series)), ci, zero)
    return make_figure("dots", record, plot, style, grid, intervals=ci)


def sorted_grid(grid: Grid) -> Grid:
    """Order categories within their group by the first series, highest first; totals last, missing before them."""
    order = sorted(
        range(len(grid.categories)),
        key=lambda place: (
            grid.groups.index(grid.groups[place]),
            grid.totals[place],
            -np.nan_to_num(grid.values[place, 0], nan=-np.inf),
        ),
    )
    return grid.take(order)


def coefficients(
    models: Estimate | Mapping[str, Estimate],
    *,
    terms: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    intercept: bool = False,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw the coefficients of one or several models with their confidence intervals.

    Parameters
    ----------
    models
        A model (or any estimate), or names to models drawn side by side.
    terms
        Coefficients to draw, in order; all when None.
    labels
        Coefficient to its printed label.
    intercept
        Whether the intercept is drawn.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If a term is in none of the models.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    named = dict(models) if isinstance(models, Mapping) else {"": models}
    if not named:
        raise PublishingError("There is no model to draw.", remedy="Give at least one.")
    grid = merged({name: grid_of(_by_name(model), style) for name, model in named.items()})
    wanted = [clean(term) for term in terms] if terms is not None else list(grid.categories)
    for term in (*wanted, *(clean(name) for name in labels or {})):
        if term not in grid.categories:
            raise PublishingError(f"'{term}' is not a coefficient.", remedy=did_you_mean(term, grid.categories))
    shown = [term for term in wanted if intercept or terms is not None or term != "Intercept"]
    grid = grid.take([grid.categories.index(term) for term in shown])
    printed = {clean(name): clean(text) for name, text in (labels or {}).items()}
    decimals = 2 if style.decimals is None else style.decimals
    grid = replace(
        grid, categories=tuple(printed.get(name, _term_label(name)) for name in grid.categories), decimals=decimals
    )
    first = next(iter(named.values()))
    plot = DotRows(grid, theme, _dot_colours(theme, len(grid.series)), True, True, bases=False)
    return make_figure("coefficients", first, plot, style, grid, intervals=True)


def _term_label(name: str) -> str:
    """Label of a coefficient of a level: ``size[large]`` is printed ``size: large``."""
    return re.sub(r"\[([^\[\]]+)\]", r": \1", name)


def _by_name(model: Estimate) -> Estimate:
    """Every estimate as a category of its own, by name."""
    return replace(model, labels={"coefficient": model.names})
