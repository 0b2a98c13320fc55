"""Small multiples: the same plot for each group, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Unpack

import numpy as np

from surveykit.errors import PublishingError
from surveykit.publishing.figure.bar_rows import BarRows
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.line_plots import LinePlot, line_colours, places_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["PanelPlot", "small_multiples"]

_GAP = 0.22


@dataclass(frozen=True, eq=False)
class PanelPlot:
    """Panels in rows, each with its heading."""

    panels: tuple[tuple[str, BarRows | LinePlot], ...]
    across: int

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """One legend for all panels."""
        return self.panels[0][1].keys(ruler)

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [text for name, plot in self.panels for text in (name, *plot.labels())]

    def _width(self, width: float) -> float:
        return (width - _GAP * (self.across - 1)) / self.across

    def _rows(self, ruler: Ruler, width: float) -> list[tuple[float, float]]:
        """Heights of heading and plot of each row of panels."""
        one, found = self._width(width), []
        for start in range(0, len(self.panels), self.across):
            row = self.panels[start : start + self.across]
            heading = max(len(ruler.wrap(name, one)) for name, _ in row) * ruler.line() + 0.05
            found.append((heading, max(plot.height(ruler, one) for _, plot in row)))
        return found

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of all rows of panels."""
        rows = self._rows(ruler, width)
        return sum(map(sum, rows)) + 0.1 * (len(rows) - 1)

    def draw(self, page: Page, box: Box) -> None:
        """Draw panel by panel."""
        one, top = self._width(box.width), box.top
        for row, (heading, height) in enumerate(self._rows(page.ruler, box.width)):
            for place, (name, plot) in enumerate(self.panels[row * self.across : (row + 1) * self.across]):
                left = box.left + place * (one + _GAP)
                page.lines(left, top, page.ruler.wrap(name, one), bold=page.ruler.lang != "ja")
                plot.draw(page, Box(left, top + heading, one, plot.height(page.ruler, one)))
            top += heading + height + 0.1


def small_multiples(
    record: Table | Estimate,
    *,
    kind: Literal["lines", "bars"] = "lines",
    across: int = 3,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    shared: bool = True,
    zero: bool = True,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw the same plot for each layer of a table, or for each series where it has no layers.

    Parameters
    ----------
    record
        Table or Estimate.
    kind
        ``"lines"`` or ``"bars"``.
    across
        Panels side by side.
    shared
        Whether all panels have one scale; where not, the note says so.
    zero
        Whether the scale begins at zero.
    bars, series, **options
        As :func:`surveykit.publishing.figure.grouped`.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    if kind not in ("lines", "bars"):
        raise PublishingError(f"kind={kind!r} is not known.", remedy="Choose 'lines' or 'bars'.")
    if not 1 <= across <= 6:
        raise PublishingError(f"across={across!r} is not possible.", remedy="Give 1 to 6.")
    grid = chosen_series(grid_of(record, style, bars=bars), series)
    parts = _parts(grid)
    scale = scale_over([float(value) for value in grid.values.ravel()], 0.0, 1.0, zero=zero or kind == "bars")
    bounds = (scale.low, scale.high) if shared else None
    panels = tuple((name, _panel(part, theme, kind, bounds, zero=zero)) for name, part in parts)
    notes = [] if shared else [_own_scales(style.lang)]
    if kind == "lines" and shared and scale.low > 0:
        notes.append("縦軸はゼロから始まらない。" if style.lang == "ja" else "Vertical axes do not begin at zero.")
    plot = PanelPlot(panels, min(across, len(panels)))
    return make_figure("small_multiples", record, plot, style, grid, notes=notes)


def _own_scales(lang: str) -> str:
    return "目盛りはグラフごとに異なる。" if lang == "ja" else "Each panel has a scale of its own."


def _parts(grid: Grid) -> list[tuple[str, Grid]]:
    groups = list(dict.fromkeys(grid.groups))
    if len(groups) > 1:
        found = []
        for group in groups:
            part = grid.take([place for place, one in enumerate(grid.groups) if one == group])
            found.append((group, replace(part, groups=("",) * len(part.categories))))
        return found
    return [
        (name, replace(grid.take(None, [column]), series=("",))) for column, name in enumerate(grid.series)
    ]  # fmt: skip


def _panel(
    grid: Grid, theme: Theme, kind: str, bounds: tuple[float, float] | None, *, zero: bool
) -> BarRows | LinePlot:
    colours, faded = line_colours(theme, grid, ())
    if kind == "bars":
        return BarRows(grid, theme, colours, ("",) * len(grid.series), bounds=bounds)
    if not np.isfinite(grid.values).any():
        raise PublishingError("A panel has no value to draw.", remedy="Leave it out of the table.")
    return LinePlot(
        grid, theme, colours, places_of(grid), zero, faded=faded, ends=False, bounds=bounds, plot_height=1.2
    )
