"""Stacked columns over years: parts on either side of zero, a line over them, a share of them in a strip above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean, listing
from surveykit.publishing.colours import on_colour
from surveykit.publishing.figure.areas import part_colours, refuse_gaps
from surveykit.publishing.figure.columns import CategoryLabels, category_labels
from surveykit.publishing.figure.end_labels import EndLabel, draw_end_labels, end_label_width
from surveykit.publishing.figure.grid import FloatArray, Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.stacked_rows import HATCHES, Palette
from surveykit.publishing.figure.style import FigureOptions, FigureStyle, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import decimals_for, number
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.results import Estimate, Table

__all__ = ["StackedColumns", "Strip", "stacked_columns"]

_PLOT = 2.6
_STRIP = 0.62
_LABEL = 0.28  # of the width, for labels at the right


@dataclass(frozen=True, eq=False)
class Strip:
    """One series on a scale of its own above the columns, so that no axis carries two units."""

    grid: Grid

    @property
    def name(self) -> str:
        """What it shows."""
        return self.grid.series[0] or self.grid.unit

    def text(self, place: int) -> str:
        """Value over a column."""
        return self.grid.text(place, 0, suffix=self.grid.percent)


@dataclass(frozen=True, eq=False)
class StackedColumns:
    """Columns of parts, each labelled beside the last column.

    Parameters
    ----------
    signs
        ``(S,)`` -1 for series drawn below zero, else 1.
    line
        One series drawn as a line over the columns.
    strip
        Series in a strip above.
    totals
        Whether the sum of the parts stands on each column.
    """

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    hatches: tuple[str, ...]
    signs: tuple[int, ...]
    line: Grid | None = None
    strip: Strip | None = None
    totals: bool = True

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """What the line is; parts are labelled beside the last column."""
        colour = self.theme["text"]
        return (Key(self.line.series[0], colour, "line", marker="D"),) if self.line is not None else ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        line = self.line.series if self.line is not None else ()
        strip = (self.strip.name,) if self.strip is not None else ()
        return [*self.grid.categories, *self.grid.series, *line, *strip]

    def _drawn(self) -> FloatArray:
        """Values with the sign in which they are drawn."""
        return self.grid.values * np.asarray(self.signs, np.float64)

    def _ends(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper end of every part ``(C, S)``."""
        drawn = np.nan_to_num(self._drawn())
        up, down = np.cumsum(np.maximum(drawn, 0.0), axis=1), np.cumsum(np.minimum(drawn, 0.0), axis=1)
        high = np.where(drawn >= 0, up, down - drawn)
        low = np.where(drawn >= 0, up - drawn, down)
        return low, high

    def _scale(self, start: float, end: float) -> Scale:
        low, high = self._ends()
        sums = np.nansum(self.grid.values, axis=1)
        whole = self.grid.percent and bool((np.abs(sums[sums > 0] - 100.0) < 1.0).all()) and min(self.signs) > 0
        line = self.line.values.ravel().tolist() if self.line is not None else []
        bounds = (0.0, 100.0) if whole else None
        values = [*low.ravel().tolist(), *high.ravel().tolist(), *line]
        return scale_over(values, start, end, suffix=self.grid.suffix, bounds=bounds)

    def _last(self) -> int:
        known = np.flatnonzero(np.isfinite(self.grid.values).any(axis=1))
        return int(known[-1]) if known.size else 0

    def _end_labels(self, ruler: Ruler, width: float) -> tuple[list[EndLabel], list[float]]:
        """Labels of the parts of the last column from its top down, and where they are."""
        low, high = self._ends()
        last = self._last()
        middles = ((low + high) / 2)[last]
        order = sorted(range(len(self.grid.series)), key=lambda column: (-middles[column], -column))
        found = [
            EndLabel(
                tuple(ruler.wrap(self.grid.series[column], _LABEL * width)), self.colours[column], self.hatches[column]
            )
            for column in order
        ]
        return found, [float(middles[column]) for column in order]

    def _sides(self, ruler: Ruler, width: float) -> tuple[float, float]:
        size = ruler.theme["small_size"]
        scale = self._scale(0.0, 1.0)
        ticks = [scale.text(tick) for tick in scale.ticks]
        left = max(ruler.width(text, size) for text in ticks) + 0.1
        single = len(self.grid.series) == 1 and not self.grid.series[0]
        return left, 0.02 if single else end_label_width(ruler, self._end_labels(ruler, width)[0])

    def _ticks(self, ruler: Ruler, width: float) -> CategoryLabels:
        left, right = self._sides(ruler, width)
        return category_labels(ruler, self.grid.categories, (width - left - right) / len(self.grid.categories))

    def _strip_height(self, ruler: Ruler, width: float) -> float:
        if self.strip is None:
            return 0.0
        return _STRIP + len(ruler.wrap(self.strip.name, width)) * ruler.line() + 0.08

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with strip and labels; enough for those at the right."""
        lines = sum(len(label.lines) for label in self._end_labels(ruler, width)[0])
        plot = max(_PLOT, lines * ruler.line() + 0.02)
        return self._strip_height(ruler, width) + plot + 0.24 + self._ticks(ruler, width).height

    def draw(self, page: Page, box: Box) -> None:
        """Draw strip, columns, line, labels."""
        left, right = self._sides(page.ruler, box.width)
        ticks = self._ticks(page.ruler, box.width)
        top = box.top + self._strip_height(page.ruler, box.width) + 0.18
        inner = Box(box.left + left, top, box.width - left - right, box.bottom - ticks.height - 0.06 - top)
        slot = inner.width / len(self.grid.categories)
        centres = [inner.left + slot * (place + 0.5) for place in range(len(self.grid.categories))]
        if self.strip is not None:
            self._draw_strip(page, box, self.strip, centres, slot)
        scale = self._scale(inner.bottom, inner.top)
        scale.draw_beside(page, inner, grid=self.theme["grid_lines"])
        for place, x in enumerate(centres):
            self._draw_column(page, scale, place, x, slot * 0.72)
        if self.totals:
            self._draw_totals(page, scale, centres, slot)
        if self.line is not None:
            self._draw_line(page, scale, centres)
        ticks.draw(page, centres, inner.bottom + 0.06)
        labels, wanted = self._end_labels(page.ruler, box.width)
        if any(self.grid.series):
            draw_end_labels(page, labels, [scale.at(value) for value in wanted], inner)

    def _draw_strip(self, page: Page, box: Box, strip: Strip, centres: Sequence[float], slot: float) -> None:
        size = page.theme["small_size"]
        lines = page.ruler.wrap(strip.name, box.width)
        top = page.lines(box.left, box.top, lines, colour=page.theme["muted"]) + page.ruler.line(size) + 0.02
        bottom = box.top + self._strip_height(page.ruler, box.width) - 0.06
        values = strip.grid.values[:, 0]
        scale = scale_over(values.tolist(), bottom, top, zero=True)
        points = [(x, scale.at(value)) for x, value in zip(centres, values.tolist(), strict=True)]
        page.line(points, colour=page.theme["text"], width=1.2)
        page.line([(centres[0] - slot / 2, bottom), (centres[-1] + slot / 2, bottom)], colour=page.theme["grid"])
        texts = _sparse(page.ruler, [strip.text(place) for place in range(len(values))], slot)
        for (x, y), text in zip(points, texts, strict=True):
            if np.isfinite(y):
                page.marker(x, y, page.theme["text"], size=3.5)
                page.text(x, y - 0.1, text, size=size, across="center")

    def _draw_column(self, page: Page, scale: Scale, place: int, x: float, width: float) -> None:
        size = page.theme["small_size"]
        low, high = self._ends()
        if not np.isfinite(self.grid.values[place]).any():
            page.text(x, scale.at(0.0) - 0.08, self.grid.text(place, 0), size=size, across="center")
            return
        for column, colour in enumerate(self.colours):
            top, bottom = scale.at(float(high[place, column])), scale.at(float(low[place, column]))
            if bottom - top <= 0:
                continue
            page.rectangle(Box(x - width / 2, top, width, bottom - top), colour, hatch=self.hatches[column])
            text = self.grid.text(place, column)
            fits = page.ruler.width(text, size) + 0.04 < width and page.ruler.line(size) < bottom - top
            if fits and self.theme["value_labels"] and self.line is None:
                if self.hatches[column]:
                    wide, tall = page.ruler.width(text, size) + 0.04, page.ruler.line(size)
                    plate = Box(x - wide / 2, (top + bottom - tall) / 2, wide, tall)
                    page.rectangle(plate, colour, edge=colour, over=3)
                page.text(x, (top + bottom) / 2, text, size=size, colour=on_colour(colour), across="center")

    def _draw_totals(self, page: Page, scale: Scale, centres: Sequence[float], slot: float) -> None:
        """Write the sum of the parts over each column."""
        size, (_, high) = page.theme["small_size"], self._ends()
        sums = np.where(np.isfinite(self.grid.values).any(axis=1), np.nansum(self.grid.values, axis=1), np.nan)
        decimals = decimals_for(sums, self.grid.unit)
        texts = _sparse(page.ruler, ["" if np.isnan(one) else number(one, decimals) for one in sums.tolist()], slot)
        for place, (x, text) in enumerate(zip(centres, texts, strict=True)):
            page.text(x, scale.at(float(high[place].max())) - 0.09, text, size=size, across="center")

    def _draw_line(self, page: Page, scale: Scale, centres: Sequence[float]) -> None:
        assert self.line is not None
        points = [(x, scale.at(v)) for x, v in zip(centres, self.line.values[:, 0].tolist(), strict=True)]
        page.line(points, colour=page.theme["background"], width=3.4, over=4)
        page.line(points, colour=page.theme["text"], width=1.4, over=4)
        for x, y in points:
            if np.isfinite(y):
                page.marker(x, y, page.theme["text"], shape="D", size=4, hollow=True)


def _sparse(ruler: Ruler, texts: Sequence[str], slot: float) -> list[str]:
    """Every so many of the texts over columns, the last among them, so that none lies on the next."""
    widest = max((ruler.width(text, ruler.theme["small_size"]) for text in texts), default=0.0)
    every = max(int(np.ceil((widest + 0.05) / slot)), 1)
    return [text if (len(texts) - 1 - place) % every == 0 else "" for place, text in enumerate(texts)]


def stacked_columns(
    record: Table | Estimate,
    *,
    bars: Side | None = None,
    series: str | Sequence[str] | None = None,
    line: str | None = None,
    below: Sequence[str] = (),
    share_of: Sequence[str] = (),
    share_name: str = "",
    strip: Table | Estimate | None = None,
    rest: str | None = None,
    totals: bool | None = None,
    colours: Palette | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw parts over years as columns, labelled beside the last one.

    Parameters
    ----------
    record
        Table or Estimate with amounts or shares.
    bars
        Which side of a table gives the columns.
    series
        Which parts are drawn, from the bottom up; all when None.
    line
        Series of the record drawn as a line over the columns instead of a part, as ``"Balance"``.
    below
        Series drawn below zero although their numbers are positive, as ``["Imports"]``; the note says so.
    share_of, share_name
        Parts whose share of each column stands in a strip above, as the share of eleven economies; and its name.
    strip
        Another record of one series with the same categories, drawn in a strip above.
    rest
        Part drawn grey, as ``"Other countries"``.
    totals
        Whether the sum of the parts stands on each column; where amounts stand on one side of zero when None.
    colours
        ``"nominal"``, ``"sequential"`` or ``"diverging"``; nominal up to seven parts when None.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If a part is missing where others are known, or a name is no series.
    """
    style = style_of(options)
    theme = theme_of(style.theme)
    full = grid_of(record, style, bars=bars)
    wanted = [series] if isinstance(series, str) else series
    over = chosen_series(full, line) if line is not None else None
    names = [
        name for name in (wanted if wanted is not None else full.series) if line is None or clean(name) != clean(line)
    ]
    grid = chosen_series(full, names)
    refuse_gaps(grid, "Stacked columns")
    lowered = _named(grid, below)
    signs = tuple(-1 if name in lowered else 1 for name in grid.series)
    if lowered and np.nanmin(grid.values, initial=0.0) < 0:
        raise PublishingError("below= turns positive numbers, and some are negative.", remedy="Leave it out.")
    above = _strip(grid, style, share_of, share_name, strip)
    hatched = theme["hatches"] and 1 < len(grid.series) <= 7
    hatches = tuple(HATCHES[place % len(HATCHES)] if hatched else "" for place in range(len(grid.series)))
    positive = bool(np.nanmin(grid.values, initial=0.0) >= 0)
    one_sided = positive and not lowered and not grid.percent and over is None
    plot = StackedColumns(
        grid, theme, part_colours(theme, grid, rest, colours), hatches, signs, over, above,
        one_sided if totals is None else totals,
    )  # fmt: skip
    notes = [_below_note(style.lang, lowered)] if lowered else []
    also = [one for one in (over, above.grid if above else None) if one is not None]
    return make_figure("stacked_columns", record, plot, style, grid, notes=notes, also=also)


def _named(grid: Grid, wanted: Sequence[str]) -> list[str]:
    """Names of series, cleaned, each of which must be there."""
    found = [clean(name) for name in wanted]
    for name in found:
        if name not in grid.series:
            raise PublishingError(f"'{name}' is not a series.", remedy=did_you_mean(name, grid.series))
    return found


def _below_note(lang: str, names: Sequence[str]) -> str:
    if lang == "ja":
        return f"{'、'.join(names)}はゼロの下に描いている。"
    return f"{', '.join(names)}: drawn below zero."


def _strip(
    grid: Grid, style: FigureStyle, share_of: Sequence[str], share_name: str, record: Table | Estimate | None
) -> Strip | None:
    """Strip above the columns: another record, or the share that some parts have of each column."""
    if record is not None and share_of:
        raise PublishingError("There is one strip, and strip= and share_of= each fill it.", remedy="Leave one out.")
    if record is not None:
        other = chosen_series(grid_of(record, replace(style, decimals=None)), None, single=True)
        missing = [name for name in grid.categories if name not in other.categories]
        if missing:
            raise PublishingError(
                f"The strip has no {listing(missing[:6])}.", remedy="Give a record with the categories of the columns."
            )
        return Strip(other.take([other.categories.index(name) for name in grid.categories]))
    if not share_of:
        return None
    if np.nanmin(grid.values, initial=0.0) < 0:
        raise PublishingError("A share of columns with negative parts has no meaning.", remedy="Leave share_of= out.")
    named = [grid.series.index(name) for name in _named(grid, share_of)]
    sums = grid.values.sum(axis=1)
    shares = 100 * np.divide(grid.values[:, named].sum(axis=1), sums, out=np.full(len(sums), np.nan), where=sums > 0)
    said = share_name or (
        f"合計に占める割合:{'、'.join(share_of)}"
        if style.lang == "ja"
        else f"Share of the total: {', '.join(share_of)}"
    )
    first = grid.take(None, named[:1])
    return Strip(
        replace(
            first, series=(clean(said),), values=shares[:, None], percent=True, decimals=0,
            low=np.full((len(sums), 1), np.nan), high=np.full((len(sums), 1), np.nan),
        )
    )  # fmt: skip
