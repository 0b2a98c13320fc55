"""Points and arrows in the plane: bubbles and flow maps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
from matplotlib.patches import FancyArrowPatch

from surveykit.errors import PublishingError, did_you_mean, listing
from surveykit.publishing.figure.grid import Grid, chosen_series, grid_of, merged
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import number
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["BubblePlot", "FlowPlot", "bubble", "flows"]


class _Taken:
    """Places that are taken by labels and marks already."""

    def __init__(self) -> None:
        self.boxes: list[Box] = []

    def free(self, box: Box, within: Box) -> bool:
        """Whether a box lies within the plot and on nothing else."""
        inside = within.left <= box.left and box.right <= within.right and within.top <= box.top
        if not inside or box.bottom > within.bottom:
            return False
        return not any(
            box.left < other.right and other.left < box.right and box.top < other.bottom and other.top < box.bottom
            for other in self.boxes
        )


@dataclass(frozen=True, eq=False)
class BubblePlot:
    """Bubbles by two amounts, with areas as a third."""

    grid: Grid
    theme: Theme
    names: tuple[str, str]
    units: tuple[str, str]

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: bubbles are labelled."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.names]

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with axis names."""
        return 3.4 + 2 * ruler.line() + 0.3 + self._below(ruler, width) * ruler.line(ruler.theme["small_size"])

    def _below(self, ruler: Ruler, width: float) -> int:
        """Lines kept for names that find no room beside their bubble: as many as all names would need."""
        text = "  ·  ".join(self.grid.categories)
        return len(ruler.wrap(text, width, ruler.theme["small_size"])) if len(self.grid.categories) > 12 else 1

    def _scales(self, ruler: Ruler, box: Box) -> tuple[Scale, Scale, Box]:
        top = box.top + ruler.line() + 0.04
        foot = ruler.line() + 0.3 + self._below(ruler, box.width) * ruler.line(ruler.theme["small_size"])
        x, y = self.grid.values[:, 0].tolist(), self.grid.values[:, 1].tolist()
        rough = scale_over(y, 0.0, 1.0, zero=False, suffix=self.units[1])
        left = max(ruler.width(rough.text(tick), ruler.theme["small_size"]) for tick in rough.ticks) + 0.1
        inner = Box(box.left + left, top, box.width - left - 0.2, box.bottom - foot - top)
        along = scale_over(x, inner.left + 0.2, inner.right - 0.2, zero=False, suffix=self.units[0])
        up = scale_over(y, inner.bottom - 0.2, inner.top + 0.2, zero=False, suffix=self.units[1])
        return along, up, inner

    def draw(self, page: Page, box: Box) -> None:
        """Draw axes, bubbles from the largest on, labels where there is room."""
        along, up, inner = self._scales(page.ruler, box)
        muted = page.theme["muted"]
        up.draw_beside(page, inner, grid=self.theme["grid_lines"])
        along.draw_below(page, inner, grid=self.theme["grid_lines"])
        page.text(box.left, box.top + page.ruler.line() / 2, self.names[1], colour=muted)
        page.text(inner.right, inner.bottom + 0.26, self.names[0], colour=muted, across="right")
        known = [place for place in range(len(self.grid.categories)) if np.isfinite(self.grid.values[place]).all()]
        largest = max((float(self.grid.values[place, 2]) for place in known), default=1.0)
        taken, left_out, at = _Taken(), [], {}
        for place in sorted(known, key=lambda one: -self.grid.values[one, 2]):
            x, y, size = along.at(self.grid.values[place, 0]), up.at(self.grid.values[place, 1]), 0.0
            size = 2 * 0.3 * math.sqrt(max(float(self.grid.values[place, 2]), 0.0) / largest)
            page.marker(x, y, self.theme["single"], size=max(size * 72, 2.0), hollow=True)
            at[place] = (x, y, max(size, 0.03) / 2)
            half = max(0.75 * size / 2, 0.03)
            taken.boxes.append(Box(x - half, y - half, 2 * half, 2 * half))
        for place, (x, y, radius) in at.items():
            if not _label(page, taken, inner, self.grid.categories[place], (x, y, radius)):
                left_out.append(self.grid.categories[place])
        if left_out:
            said = "ラベルなし:" if page.ruler.lang == "ja" else "Not labelled: "
            text = page.ruler.wrap(said + "  ·  ".join(left_out), box.width, page.theme["small_size"])
            page.lines(box.left, inner.bottom + 0.34, text, size=page.theme["small_size"], colour=muted)


def _label(page: Page, taken: _Taken, inner: Box, text: str, bubble: tuple[float, float, float]) -> bool:
    """Write a label beside its bubble, right, left, above or below, wherever nothing else is."""
    x, y, radius = bubble
    size = page.theme["small_size"]
    width, height = page.ruler.width(text, size), page.ruler.line(size)
    places = [
        (x + radius + 0.04, y - height / 2),
        (x - radius - 0.04 - width, y - height / 2),
        (x - width / 2, y - radius - height - 0.02),
        (x - width / 2, y + radius + 0.02),
    ]
    for left, top in places:
        box = Box(left, top, width, height)
        if taken.free(box, inner):
            taken.boxes.append(box)
            page.text(left, top + height / 2, text, size=size)
            return True
    return False


def bubble(
    x: Table | Estimate,
    y: Table | Estimate,
    *,
    size: Table | Estimate,
    series: Sequence[str | None] = (None, None, None),
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw one bubble a category: two records give its place, a third its area.

    Parameters
    ----------
    x, y, size
        Tables or estimates of one series each, matched by the labels of their categories; `x` gives base and source.
    series
        Which series of each is drawn, where they have several.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If no category is in all three, or a size is negative.
    """
    style = style_of(options)
    records, names = (x, y, size), ("x", "y", "size")
    grids = {
        name: chosen_series(grid_of(record, style), one, single=True)
        for name, record, one in zip(names, records, series, strict=True)
    }
    titles = [grid.series[0] or grid.unit for grid in grids.values()]
    units = (grids["x"].suffix, grids["y"].suffix)
    joined = merged(grids)
    complete = [bool(np.isfinite(line).all()) for line in joined.values]
    if not any(complete):
        raise PublishingError("No category has a number in all three records.", remedy="Check their labels.")
    if np.nanmin(joined.values[:, 2]) < 0:
        raise PublishingError("A bubble cannot have a negative area.", remedy="Choose another record for size=.")
    without = [name for name, one in zip(joined.categories, complete, strict=True) if not one]
    notes = [_areas(style.lang, titles[2])]
    if without:
        notes.append(("数値なし:" if style.lang == "ja" else "Without a number: ") + ", ".join(without) + ".")
    plot = BubblePlot(joined, theme_of(style.theme), (titles[0], titles[1]), units)
    return make_figure("bubble", x, plot, style, joined, notes=notes)


def _areas(lang: str, title: str) -> str:
    return f"円の面積は{title}を表す。" if lang == "ja" else f"Area of a bubble: {title}."


@dataclass(frozen=True, eq=False)
class FlowPlot:
    """Arrows between places on a fixed layout."""

    grid: Grid
    theme: Theme
    nodes: tuple[tuple[str, float, float], ...]
    plot_height: float = 4.2

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """What solid and dotted lines say."""
        japanese = ruler.lang == "ja"
        return (
            Key("送り手の輸出超過" if japanese else "sender is net exporter", self.theme["single"], "line", marker=""),
            Key(
                "送り手の輸入超過" if japanese else "sender is net importer", self.theme["single"], "line", marker="",
                dash=(0, (1, 1)),
            ),
        )  # fmt: skip

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*(name for name, _, _ in self.nodes)]

    def height(self, ruler: Ruler, width: float) -> float:
        """Fixed height."""
        return self.plot_height

    def _value(self, sender: str, receiver: str) -> float:
        if sender not in self.grid.categories or receiver not in self.grid.series:
            return math.nan
        return float(self.grid.values[self.grid.categories.index(sender), self.grid.series.index(receiver)])

    def draw(self, page: Page, box: Box) -> None:
        """Draw arrows, then names, then the values that find room."""
        ruler = page.ruler
        widest = max(ruler.width(name) for name, _, _ in self.nodes)
        side = min(widest / 2 + 0.1, box.width / 4)
        inner = Box(box.left + side, box.top + 0.25, box.width - 2 * side, box.height - 0.5)
        at = {
            name: (inner.left + inner.width * (x + 1) / 2, inner.top + inner.height * (1 - y) / 2)
            for name, x, y in self.nodes
        }
        largest = np.nanmax(self.grid.values)
        taken = _Taken()
        for name, (x, y) in at.items():
            lines = ruler.wrap(name, 2 * side)
            width = max(ruler.width(line) for line in lines) + 0.1
            height = len(lines) * ruler.line() + 0.06
            plate = Box(x - width / 2, y - height / 2, width, height)
            taken.boxes.append(plate)
            page.rectangle(plate, page.theme["background"], edge=page.theme["muted"], outline=False, over=5)
            page.lines(x, y, lines, across="center", middle=True)
        pairs = [(a, b) for a in at for b in at if a != b and self._value(a, b) > 0]
        for sender, receiver in sorted(pairs, key=lambda pair: -self._value(*pair)):
            value, back = self._value(sender, receiver), self._value(receiver, sender)
            importer = bool(np.isfinite(back)) and value < back
            middle = self._draw_arrow(page, at[sender], at[receiver], value / largest, dotted=importer)
            self._draw_value(page, box, taken, middle, (at[sender], at[receiver]), number(value, self.grid.decimals))

    def _draw_arrow(
        self, page: Page, start: tuple[float, float], end: tuple[float, float], share: float, *, dotted: bool
    ) -> tuple[float, float]:
        """Draw one arrow, its width a share of the widest; return the middle of its curve."""
        (x0, y0), (x1, y1) = start, end
        bend = 0.12
        width = max(0.6, 7.0 * share)
        page.patch(
            FancyArrowPatch(
                (x0, y0), (x1, y1), connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=8 + width,
                linewidth=width, linestyle=(0, (1, 1)) if dotted else "-", color=self.theme["single"], alpha=0.75,
                shrinkA=14, shrinkB=16, zorder=2,
            )
        )  # fmt: skip
        # The control point of matplotlib's arc lies beside the middle of the chord; half of that is on the curve.
        return (x0 + x1) / 2 + bend / 2 * (y1 - y0), (y0 + y1) / 2 - bend / 2 * (x1 - x0)

    @staticmethod
    def _draw_value(
        page: Page, box: Box, taken: _Taken, middle: tuple[float, float], ends: Sequence[tuple[float, float]], text: str
    ) -> None:
        """Write a value on its arrow, where nothing else is."""
        (x0, y0), (x1, y1) = ends
        size = page.theme["small_size"]
        wide, high = page.ruler.width(text, size) + 0.04, page.ruler.line(size)
        for share in (0.0, 0.15, -0.15, 0.28, -0.28):
            x, y = middle[0] + share * (x1 - x0), middle[1] + share * (y1 - y0)
            plate = Box(x - wide / 2, y - high / 2, wide, high)
            if taken.free(plate, box):
                taken.boxes.append(plate)
                page.rectangle(plate, page.theme["background"], outline=False, over=4)
                page.text(x, y, text, size=size, across="center")
                return


def flows(
    record: Table,
    *,
    positions: Mapping[str, tuple[float, float]] | None = None,
    least: float = 0.0,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw flows between places as arrows: their width is the value; those of the net importer of a pair are dotted.

    Parameters
    ----------
    record
        Table with senders as rows and receivers as columns.
    positions
        Place to ``(x, y)``, each from -1 to 1; a circle in the order of the table when None.
    least
        Flows below are not drawn, which the note says.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If a flow is negative or a position is missing.
    """
    style = style_of(options)
    grid = grid_of(record, style, bars="rows")
    if np.nanmin(grid.values, initial=0.0) < 0:
        raise PublishingError("A flow is negative.", remedy="Give gross flows, in either direction.")
    names = list(dict.fromkeys([*grid.categories, *grid.series]))
    nodes = _positions(names, positions)
    notes = [_flow_note(style.lang)]
    if least > 0:
        below = int((grid.values < least).sum())
        grid = replace(grid, values=np.where(grid.values < least, np.nan, grid.values))
        shown = number(least, grid.decimals)
        notes.append(
            f"{shown} 未満の {below} 件は省略。" if style.lang == "ja" else f"{below} flows below {shown} not drawn."
        )
    return make_figure("flows", record, FlowPlot(grid, theme_of(style.theme), nodes), style, grid, notes=notes)


def _flow_note(lang: str) -> str:
    return "線の太さは金額を表す。" if lang == "ja" else "Width of a line: its value; labels where there is room."


def _positions(
    names: Sequence[str], positions: Mapping[str, tuple[float, float]] | None
) -> tuple[tuple[str, float, float], ...]:
    if positions is None:
        turn = 2 * math.pi / len(names)
        return tuple((name, math.sin(turn * place), math.cos(turn * place)) for place, name in enumerate(names))
    named = {clean(name): place for name, place in positions.items()}
    missing = [name for name in names if name not in named]
    if missing:
        raise PublishingError(
            f"Places without a position: {listing(missing)}.", remedy=did_you_mean(missing[0], named) or None
        )
    for name, (x, y) in named.items():
        if not (-1 <= x <= 1 and -1 <= y <= 1):
            raise PublishingError(f"The position of '{name}' is ({x}, {y}).", remedy="Give numbers from -1 to 1.")
    return tuple((name, *named[name]) for name in names)
