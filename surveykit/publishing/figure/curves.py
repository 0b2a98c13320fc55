"""Curves over a number: dose and response, survival, Lorenz, each with the band of its intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError
from surveykit.publishing.figure.end_labels import EndLabel, draw_end_labels, end_label_width
from surveykit.publishing.figure.grid import FloatArray, Grid, chosen_series
from surveykit.publishing.figure.label_grids import grid_by_labels
from surveykit.publishing.figure.line_plots import DASHES, line_colours
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, FigureStyle, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate

__all__ = ["CurvePlot", "curve_figure", "log_ticks", "lorenz", "survival"]

_PLOT = 2.8
_LABEL = 0.3  # of the width, for labels at the right
_FEW = 8  # points of a grid that are ticks themselves


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Ticks 1, 2, 5, 10 ... of a logarithmic axis.

    Examples
    --------
    >>> log_ticks(3, 60)
    (5.0, 10.0, 20.0, 50.0)
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    inside = tuple(tick for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9))
    return inside if len(inside) <= 9 else tuple(tick for tick in inside if f"{tick:e}"[0] == "1")


@dataclass(frozen=True, eq=False)
class CurvePlot:
    """Curves over a numeric axis, labelled at their ends.

    Parameters
    ----------
    places
        ``(C,)`` numbers that the categories are.
    axis
        Name of the number along the axis.
    log
        Whether that axis is logarithmic.
    steps
        Whether a curve keeps its value until the next place, as a survival curve.
    diagonal
        Name of a line from corner to corner; none when empty.
    """

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    places: tuple[float, ...]
    axis: str
    log: bool = False
    steps: bool = False
    diagonal: str = ""
    zero: bool = False
    bounds: tuple[float, float] | None = None

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """The diagonal, and curves that end in one place; others are labelled at their ends."""
        if not self.diagonal:
            return ()
        named = [
            Key(name, self.colours[place], "line", marker="", dash=DASHES[place % len(DASHES)])
            for place, name in enumerate(self.grid.series)
            if name
        ]
        return (*named, Key(self.diagonal, "#767676", "line", marker="", dash=(0, (2, 2))))

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.series, self.axis, self.diagonal]

    def scale(self, start: float, end: float) -> Scale:
        """Vertical axis."""
        parts = (self.grid.values, self.grid.low, self.grid.high)
        values = [float(value) for part in parts for value in part.ravel()]
        return scale_over(values, start, end, zero=self.zero, suffix=self.grid.suffix, bounds=self.bounds)

    def _along(self, start: float, end: float) -> Scale:
        low, high = min(self.places), max(self.places)
        if self.log:
            ticks = self.places if len(self.places) <= _FEW else log_ticks(low, high)
            return Scale(low, high, start, end, ticks, _decimals(ticks), log=True)
        if len(self.places) <= _FEW:
            return Scale(low, high, start, end, self.places, _decimals(self.places))
        return scale_over(self.places, start, end, zero=low >= 0 and low < 0.2 * high, count=6)

    def _ends(self, ruler: Ruler, width: float) -> tuple[list[EndLabel], list[float]]:
        """Labels from the highest curve down, and the values at which they stand."""
        found = []
        for column, name in enumerate(self.grid.series):
            known = np.flatnonzero(np.isfinite(self.grid.values[:, column]))
            if known.size and name and not self.diagonal:
                label = EndLabel(tuple(ruler.wrap(name, _LABEL * width)), self.colours[column])
                found.append((float(self.grid.values[known[-1], column]), label))
        found.sort(key=lambda one: -one[0])
        return [label for _, label in found], [value for value, _ in found]

    def _sides(self, ruler: Ruler, width: float) -> tuple[float, float]:
        scale = self.scale(0.0, 1.0)
        left = max(ruler.width(scale.text(tick), ruler.theme["small_size"]) for tick in scale.ticks) + 0.1
        labels, _ = self._ends(ruler, width)
        return left, max(end_label_width(ruler, labels) if labels else 0.0, 0.25)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with axis."""
        lines = sum(len(label.lines) for label in self._ends(ruler, width)[0])
        left, right = self._sides(ruler, width)
        plot = min(width - left - right, 3.6) if self.diagonal else _PLOT
        return max(plot, lines * ruler.line() + 0.02) + 0.3 + 2 * ruler.line()

    def draw(self, page: Page, box: Box) -> None:
        """Draw grid, bands, curves, labels."""
        left, right = self._sides(page.ruler, box.width)
        small, muted = page.theme["small_size"], page.theme["muted"]
        height = box.height - 0.3 - 2 * page.ruler.line()
        width = min(box.width - left - right, height) if self.diagonal else box.width - left - right
        inner = Box(box.left + left, box.top + 0.08, width, height)
        scale, along = self.scale(inner.bottom, inner.top), self._along(inner.left, inner.right)
        scale.draw_beside(page, inner, grid=self.theme["grid_lines"])
        _draw_ticks(page, along, inner)
        middle = inner.left + inner.width / 2
        page.text(
            middle, inner.bottom + 0.2 + page.ruler.line() / 2, self.axis, size=small, colour=muted, across="center"
        )
        if self.diagonal:
            ends = [(inner.left, inner.bottom), (inner.right, inner.top)]
            page.line(ends, colour="#767676", width=0.9, dash=(0, (2, 2)))
        for column in range(len(self.grid.series)):
            self._draw_curve(page, scale, along, column)
        labels, values = self._ends(page.ruler, box.width)
        draw_end_labels(page, labels, [scale.at(value) for value in values], inner)

    def _draw_curve(self, page: Page, scale: Scale, along: Scale, column: int) -> None:
        known = np.isfinite(self.grid.values[:, column])
        x = np.asarray(self.places)[known]
        value, low, high = (part[known, column] for part in (self.grid.values, self.grid.low, self.grid.high))
        if self.steps:
            x, value, low, high = _stepped(x, value, low, high)
        colour = self.colours[column]
        across = [along.at(place) for place in x.tolist()]
        banded = np.isfinite(low) & np.isfinite(high)
        if banded.sum() > 1:
            inside = np.flatnonzero(banded).tolist()
            upper = [(across[place], scale.at(float(high[place]))) for place in inside]
            lower = [(across[place], scale.at(float(low[place]))) for place in inside]
            page.polygon([*upper, *reversed(lower)], colour, alpha=0.16, over=1)
        points = [(place, scale.at(one)) for place, one in zip(across, value.tolist(), strict=True)]
        page.line(points, colour=colour, width=1.8, dash=DASHES[column % len(DASHES)], over=3)


def _decimals(values: Sequence[float]) -> int:
    return next((d for d in range(4) if all(abs(round(one, d) - one) < 1e-9 * max(abs(one), 1) for one in values)), 4)


def _draw_ticks(page: Page, along: Scale, inner: Box) -> None:
    """Draw ticks below; those that would lie on the one before are left out."""
    last = -math.inf
    small = page.theme["small_size"]
    for tick in along.ticks:
        x, text = along.at(tick), along.text(tick)
        page.line([(x, inner.bottom), (x, inner.bottom + 0.04)], colour=page.theme["muted"], width=0.6)
        half = page.ruler.width(text, small) / 2
        if x - half > last + 0.06:
            page.text(x, inner.bottom + 0.12, text, size=small, colour=page.theme["muted"], across="center")
            last = x + half


def _stepped(x: FloatArray, *parts: FloatArray) -> tuple[FloatArray, ...]:
    """Corners of step functions: each value holds until the next place."""
    return np.repeat(x, 2)[1:], *(np.repeat(part, 2)[:-1] for part in parts)


def curve_figure(
    kind: str,
    record: Estimate,
    style: FigureStyle,
    grid: Grid,
    axis: str,
    *,
    notes: Sequence[str] = (),
    **shape: object,
) -> Figure:
    """Make a figure of curves over the numbers that a grid's categories are.

    Raises
    ------
    PublishingError
        If the categories are no numbers in rising order.
    """
    places = tuple(float(name) for name in grid.categories)
    theme = theme_of(style.theme)
    colours, _ = line_colours(theme, grid, ())
    plot = CurvePlot(grid, theme, colours, places, clean(axis), **shape)  # type: ignore[arg-type]
    low = plot.scale(0.0, 1.0).low
    said = [*notes, _band_note(style.lang, grid.level)] if np.isfinite(grid.low).any() else list(notes)
    if low > 0:
        said.append("縦軸はゼロから始まらない。" if style.lang == "ja" else "The vertical axis does not begin at zero.")
    return make_figure(kind, record, plot, style, grid, notes=said)


def _band_note(lang: str, level: float) -> str:
    return f"帯は {level:.0%} 信頼区間。" if lang == "ja" else f"Bands: {level:.0%} intervals."


def survival(
    record: Estimate,
    *,
    series: str | Sequence[str] | None = None,
    time: str = "",
    labels: Mapping[str, str] | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw survival curves as steps with the bands of their intervals.

    Parameters
    ----------
    record
        From :func:`surveykit.kaplan_meier`.
    series
        Groups that are drawn; all when None.
    time
        Name of the time axis, with its unit.
    labels
        Group to what is printed for it.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If the record is no survival curve.
    """
    style = style_of(options)
    _needs(record, "survival", "sk.kaplan_meier()")
    groups = [name for name in record.labels if name != "time"]
    grid = grid_by_labels(record, style, along="time", series=groups, factor=100.0, labels=labels)
    grid = _from_the_start(chosen_series(grid, series))
    words = ("生存率", "時間") if style.lang == "ja" else ("Share without the event", "Time")
    style = replace(style, subtitle=style.subtitle or words[0])
    return curve_figure("survival", record, style, grid, time or words[1], steps=True, bounds=(0.0, 100.0))


def _needs(record: Estimate, statistic: str, verb: str) -> None:
    if record.statistic != statistic:
        raise PublishingError(
            f"This figure draws a {statistic}, and the record is a {record.statistic}.", remedy=f"Give {verb}."
        )


def _from_the_start(grid: Grid) -> Grid:
    """Begin curves at time zero, where nothing has happened to anybody."""
    if float(grid.categories[0]) <= 0:
        return grid
    first = grid.take([0])
    whole = np.full_like(first.values, 100.0)
    known = np.isfinite(grid.values).any(axis=0)
    start = np.where(known, whole, np.nan)
    arrays = {
        name: np.concatenate([start, getattr(grid, name)]) for name in ("values", "low", "high")
    } | {name: np.concatenate([getattr(first, name), getattr(grid, name)]) for name in ("n", "standing")}  # fmt: skip
    return replace(grid, categories=("0", *grid.categories), groups=("", *grid.groups), totals=(False, *grid.totals),
                   **arrays)  # type: ignore[arg-type] # fmt: skip


def lorenz(
    record: Estimate,
    *,
    series: str | Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw Lorenz curves against the line of equality.

    Parameters
    ----------
    record
        From :func:`surveykit.lorenz`.
    series
        Groups that are drawn; all when None.
    labels
        Group to what is printed for it.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If the record holds no Lorenz ordinates.
    """
    style = style_of(options)
    _needs(record, "Lorenz ordinate", "sk.lorenz()")
    groups = [name for name in record.labels if name != "point"]
    grid = grid_by_labels(record, style, along="point", series=groups, factor=100.0, labels=labels, axis_factor=100.0)
    japanese = style.lang == "ja"
    style = replace(
        style, subtitle=style.subtitle or ("総額に占める累積割合" if japanese else "Cumulative share of the total")
    )
    axis = "小さい順の累積割合、%" if japanese else "Cumulative share of the population, smallest first, %"
    name = "均等分布線" if japanese else "Equality"
    return curve_figure("lorenz", record, style, chosen_series(grid, series), axis, diagonal=name, bounds=(0.0, 100.0))
