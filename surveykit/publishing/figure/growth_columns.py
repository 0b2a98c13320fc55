"""Columns with the growth between them: how much more, from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.figure.columns import CategoryLabels, category_labels
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import number
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["GrowthPlot", "growth"]

_PLOT = 2.3
_BRACKET = 0.27


@dataclass(frozen=True, eq=False)
class GrowthPlot:
    """Columns from zero, and brackets over pairs of them.

    Parameters
    ----------
    spans
        From, to and printed growth; drawn from the bottom up.
    """

    grid: Grid
    theme: Theme
    spans: tuple[tuple[int, int, str], ...]

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: one series."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *(text for _, _, text in self.spans)]

    def _scale(self, start: float, end: float) -> Scale:
        return scale_over(self.grid.values[:, 0].tolist(), start, end, suffix=self.grid.suffix)

    def _left(self, ruler: Ruler) -> float:
        scale = self._scale(0.0, 1.0)
        return max(ruler.width(scale.text(tick), ruler.theme["small_size"]) for tick in scale.ticks) + 0.1

    def _labels(self, ruler: Ruler, width: float) -> CategoryLabels:
        return category_labels(ruler, self.grid.categories, (width - self._left(ruler)) / len(self.grid.categories))

    def _levels(self) -> list[int]:
        """Line on which each bracket is drawn, counted from the bottom: brackets on one line do not touch."""
        taken: list[int] = []
        found = []
        for start, end, _ in self.spans:
            level = next((place for place, last in enumerate(taken) if last <= start), len(taken))
            taken[level : level + 1] = [end]
            found.append(level)
        return found

    def _head(self) -> float:
        return _BRACKET * (max(self._levels(), default=-1) + 1)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with brackets and labels."""
        return self._head() + _PLOT + 0.3 + self._labels(ruler, width).height

    def draw(self, page: Page, box: Box) -> None:
        """Draw columns, values, brackets with the growth."""
        labels, left = self._labels(page.ruler, box.width), self._left(page.ruler)
        head = self._head() + 0.2
        inner = Box(box.left + left, box.top + head, box.width - left, box.height - labels.height - head - 0.06)
        scale = self._scale(inner.bottom, inner.top)
        scale.draw_beside(page, inner, grid=self.theme["grid_lines"])
        size = page.theme["small_size"]
        slot = inner.width / len(self.grid.categories)
        centres = [inner.left + slot * (place + 0.5) for place in range(len(self.grid.categories))]
        for place, x in enumerate(centres):
            value, text = float(self.grid.values[place, 0]), self.grid.text(place, 0)
            top = scale.at(max(value, 0.0)) if np.isfinite(value) else scale.at(0.0)
            if np.isfinite(value):
                edges = sorted((scale.at(0.0), scale.at(value)))
                wide = min(slot * 0.68, 0.9)
                page.rectangle(Box(x - wide / 2, edges[0], wide, edges[1] - edges[0]), self.theme["single"])
            if page.ruler.width(text, size) <= slot:
                page.text(x, top - 0.08, text, size=size, across="center")
        for (start, end, text), level in zip(self.spans, self._levels(), strict=True):
            self._draw_bracket(page, (centres[start], centres[end]), inner.top - 0.2 - _BRACKET * level, text)
        labels.draw(page, centres, inner.bottom + 0.06)

    def _draw_bracket(self, page: Page, ends: tuple[float, float], y: float, text: str) -> None:
        """Draw an arrow from column to column, the growth over its middle."""
        size = page.theme["small_size"]
        start, end = ends[0] + 0.04, ends[1] - 0.04
        page.line([(start, y + 0.05), (start, y), (end, y)], colour=page.theme["muted"], width=0.9)
        page.polygon([(end, y + 0.07), (end - 0.035, y - 0.005), (end + 0.035, y - 0.005)], page.theme["muted"])
        page.text((start + end) / 2, y - 0.08, text, size=size, across="center")


def growth(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | None = None,
    spans: Sequence[tuple[object, object]] | None = None,
    show: Literal["percent", "times"] | Sequence[Literal["percent", "times"]] = "percent",
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw one column a category with the growth from one to another over them.

    Parameters
    ----------
    record
        Table or Estimate of amounts.
    bars, series
        As :func:`surveykit.publishing.figure.bars`.
    spans
        Pairs of categories, as ``[(2017, 2022)]``; each with the next when None.
    show
        ``"percent"`` (+25.4 %) or ``"times"`` (x 4.2), for all spans or one for each.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If a category is not there, or the growth from it is not defined.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> flows = pd.DataFrame({"year": [2017, 2022], "value": [292.0, 1229.0], "unit": "Tbit/s", "source": "ITU"})
    >>> print(sk.figure.growth(sk.published(flows, rows="year"), show="times", title="Data flows").alt)
    Columns with growth. Data flows. highest 2022 1,229, lowest 2017 292. 2017 to 2022: × 4.2.
    """
    style = style_of(options)
    grid = chosen_series(grid_of(record, style, bars=bars), series, single=True)
    count = len(grid.categories)
    pairs = [(grid.categories[place], grid.categories[place + 1]) for place in range(count - 1)]
    wanted = [(clean(one), clean(other)) for one, other in spans] if spans is not None else pairs
    shown = [show] * len(wanted) if isinstance(show, str) else list(show)
    if len(shown) != len(wanted) or not set(shown) <= {"percent", "times"}:
        raise PublishingError(
            f"show={show!r} does not fit {len(wanted)} spans.", remedy="Give 'percent' or 'times', once or for each."
        )
    found = [_span(grid, pair, how) for pair, how in zip(wanted, shown, strict=True)]
    found.sort(key=lambda span: (span[1] - span[0], span[0]))
    plot = GrowthPlot(grid, theme_of(style.theme), tuple(found))
    return make_figure("growth", record, plot, style, grid, said=_said(grid, found, style.lang))


def _span(grid: Grid, pair: tuple[str, str], how: str) -> tuple[int, int, str]:
    for name in pair:
        if name not in grid.categories:
            raise PublishingError(f"'{name}' is not a category.", remedy=did_you_mean(name, grid.categories))
    start, end = (grid.categories.index(name) for name in pair)
    before, after = float(grid.values[start, 0]), float(grid.values[end, 0])
    if start >= end or not (before > 0 and np.isfinite(after)):
        raise PublishingError(
            f"The growth from '{pair[0]}' to '{pair[1]}' is not defined.",
            remedy="Name the earlier category first; both need a number, and the first a positive one.",
        )
    if how == "times":
        return start, end, f"× {number(after / before, 1)}"
    change = 100 * (after / before - 1)
    return start, end, f"{'+' if change >= 0 else '−'}{number(abs(change), 1)} %"


def _said(grid: Grid, spans: Sequence[tuple[int, int, str]], lang: str) -> str:
    """Growth in words, for the alternative text."""
    parts = [
        f"{grid.categories[start]}→{grid.categories[end]}:{text}"
        if lang == "ja"
        else f"{grid.categories[start]} to {grid.categories[end]}: {text}"
        for start, end, text in spans
    ]
    return "、".join(parts) + "。" if lang == "ja" else "; ".join(parts) + "."
