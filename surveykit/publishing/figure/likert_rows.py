"""Answers on a scale, stacked around an explicit centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Unpack

import numpy as np

from surveykit.errors import PublishingError, did_you_mean, listing
from surveykit.publishing.colours import OUTSIDE
from surveykit.publishing.figure.grid import Grid, Side, chosen_series, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.rows import Rows, rows_of
from surveykit.publishing.figure.stacked_rows import HATCHES, draw_segments, segment_colours
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.scales import Scale, tick_text
from surveykit.publishing.themes import Theme, theme_of
from surveykit.publishing.words import words
from surveykit.results import Estimate, Table

__all__ = ["Centre", "LikertRows", "likert"]

Centre = Literal["split", "aside", "left"]
_BAR = 0.26
_NET = 0.42


@dataclass(frozen=True, eq=False)
class LikertRows:
    """Stacked answers: against on the left of the centre, for on the right, what is outside the scale beside it.

    Parameters
    ----------
    grid
        Series in the order of the scale, then those drawn beside it.
    inside
        Number of series in the stack.
    lead
        ``(C,)`` how far each stack begins left of the centre, in percent.
    net
        ``(C,)`` for minus against, in percentage points; empty without.
    """

    grid: Grid
    theme: Theme
    colours: tuple[str, ...]
    hatches: tuple[str, ...]
    inside: int
    lead: tuple[float, ...]
    net: tuple[float, ...]
    net_label: str

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """Entries of the legend."""
        return tuple(
            Key(name, colour, hatch=hatch)
            for name, colour, hatch in zip(self.grid.series, self.colours, self.hatches, strict=True)
        )

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.grid.categories, *self.grid.series, *self.grid.groups, self.net_label]

    def _rows(self, ruler: Ruler, width: float) -> Rows:
        head = ruler.line(ruler.theme["small_size"]) if self.net else 0.0
        return rows_of(self.grid, ruler, width, mark=_BAR, head=head)

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of the plot."""
        return self._rows(ruler, width).height + 0.06

    def _widths(self) -> tuple[float, float, list[float]]:
        """Longest parts left and right of the centre and of each column beside the stack, in percent."""
        inside = np.nan_to_num(self.grid.values[:, : self.inside]).sum(axis=1)
        lead = np.array(self.lead)
        beside = np.nan_to_num(self.grid.values[:, self.inside :]).max(axis=0, initial=0.0)
        return float(lead.max(initial=0.0)), float((inside - lead).max(initial=1.0)), [float(one) for one in beside]

    def draw(self, page: Page, box: Box) -> None:
        """Draw the stacks, the centre line, the columns beside, the net."""
        rows = self._rows(page.ruler, box.width)
        inner = rows.inner(box, right=(_NET if self.net else 0.0) + 0.02)
        left, right, beside = self._widths()
        gaps = 0.14 * len(beside)
        inch = (inner.width - gaps) / max(left + right + sum(max(one, 6.0) for one in beside), 1.0)
        scale = Scale(-left, right, inner.left, inner.left + inch * (left + right), (), 0)
        rows.draw_labels(page, box, self.grid)
        x = scale.at(0.0)
        for place, row in rows.each(box):
            bar = Box(inner.left, row.top + (row.height - _BAR) / 2, inner.width, _BAR)
            self._draw_stack(page, bar, scale, place)
            start = scale.end + 0.14
            for column, share in enumerate(beside, start=self.inside):
                self._draw_beside(page, bar, start, inch, (place, column))
                start += max(share, 6.0) * inch + 0.14
            if self.net and np.isfinite(self.net[place]):
                text = tick_text(self.net[place], self.grid.decimals, "")
                text = f"+{text}" if self.net[place] > 0 else text
                page.text(inner.right + _NET, row.top + row.height / 2, text, across="right")
        page.line([(x, inner.top), (x, inner.bottom)], colour=page.theme["text"], width=0.9, over=3)
        if self.net:
            size = page.theme["small_size"]
            page.text(
                inner.right + _NET, box.top + rows.head / 2, self.net_label, size=size, colour=page.theme["muted"],
                across="right",
            )  # fmt: skip

    def _draw_stack(self, page: Page, bar: Box, scale: Scale, place: int) -> None:
        values = self.grid.values[place, : self.inside]
        if np.isnan(values).all():
            y = bar.top + bar.height / 2
            page.text(scale.at(0.0) + 0.06, y, self.grid.text(place, 0), colour=page.theme["muted"])
            return
        at, parts = -self.lead[place], []
        for column, value in enumerate(np.nan_to_num(values).tolist()):
            text = self.grid.text(place, column)
            parts.append((at, at + value, self.colours[column], self.hatches[column], text))
            at += value
        draw_segments(page, bar, scale, parts, labels=self.theme["value_labels"])

    def _draw_beside(self, page: Page, bar: Box, start: float, inch: float, at: tuple[int, int]) -> None:
        value = float(self.grid.values[at])
        if np.isnan(value):
            return
        page.rectangle(Box(start, bar.top, value * inch, bar.height), self.colours[at[1]], hatch=self.hatches[at[1]])
        text, size = self.grid.text(*at), page.theme["small_size"]
        if self.theme["value_labels"]:
            plate = Box(start + 0.02, bar.top + 0.05, page.ruler.width(text, size) + 0.04, bar.height - 0.1)
            if plate.width < value * inch:
                page.rectangle(plate, self.colours[at[1]], edge=self.colours[at[1]], over=3)
                page.text(start + 0.04, bar.top + bar.height / 2, text, size=size)


def likert(
    record: Table | Estimate,
    *,
    centre: Centre,
    neutral: str | None = None,
    outside: str | Sequence[str] = (),
    bars: Side | None = None,
    net: bool = True,
    sort: bool = True,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw answers on a scale as stacked bars around a centre.

    Parameters
    ----------
    record
        Table or Estimate of shares; the series are the points of the scale, from against to for.
    centre
        ``"split"`` puts half of the neutral answers on either side of the centre; ``"aside"`` draws them in a column
        of their own; ``"left"`` stacks all from the left edge.
    neutral
        Neutral point of the scale; its middle when None and the number of points is odd.
    outside
        Answers that are not on the scale, as don't know: drawn beside the stack, never in it.
    bars
        Which side of a table gives the bars.
    net
        Whether a column shows the shares for minus those against, in percentage points.
    sort
        Whether bars are ordered by that difference, highest first; totals stay last.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If the record holds no shares, or a named answer is not in it.
    """
    style = style_of(options)
    if centre not in ("split", "aside", "left"):
        raise PublishingError(f"centre={centre!r} is not known.", remedy="Choose 'split', 'aside' or 'left'.")
    grid = grid_of(record, style, bars=bars, whole=True)
    if not grid.percent:
        raise PublishingError(f"Answers on a scale are drawn as shares, not as '{grid.unit}'.", remedy="Give percent=.")
    beside = [clean(name) for name in ([outside] if isinstance(outside, str) else outside)]
    for name in (*beside, *([clean(neutral)] if neutral else [])):
        if name not in grid.series:
            raise PublishingError(f"'{name}' is not an answer in the table.", remedy=did_you_mean(name, grid.series))
    scale = [name for name in grid.series if name not in beside]
    middle = _middle(scale, clean(neutral) if neutral else None)
    if centre == "aside" and middle is not None:
        inside = [name for name in scale if name != scale[middle]]
        ordered = [*inside, scale[middle], *beside]
    else:
        inside, ordered = scale, [*scale, *beside]
    grid = chosen_series(grid, ordered)
    half = len(inside) // 2
    lead = _lead(grid, inside, half, split=centre == "split" and middle is not None, left=centre == "left")
    difference = _net(grid, inside, half, odd=len(inside) % 2 == 1)
    if sort:
        keyed = [(grid.totals[place], -np.nan_to_num(difference[place], nan=-1e9)) for place in range(len(lead))]
        order = sorted(range(len(lead)), key=lambda place: (grid.groups.index(grid.groups[place]), *keyed[place]))
        grid, lead = grid.take(order), [lead[place] for place in order]
        difference = [difference[place] for place in order]
    theme = theme_of(style.theme)
    colours, hatches = _colours(theme, scale, ordered, inside)
    shown_net = tuple(difference) if net else ()
    plot = LikertRows(
        grid, theme, colours, hatches, len(inside), tuple(lead), shown_net, words(style.lang)["net"]
    )  # fmt: skip
    return make_figure("likert", record, plot, style, grid, notes=_notes(centre, middle, scale, style.lang, net=net))


def _middle(scale: Sequence[str], neutral: str | None) -> int | None:
    if neutral is not None:
        place = list(scale).index(neutral)
        if place != len(scale) // 2 or len(scale) % 2 == 0:
            raise PublishingError(
                f"'{neutral}' is not in the middle of the scale {listing(scale)}.",
                remedy="Order the levels, or name answers that are not on the scale in outside=.",
            )
        return place
    return len(scale) // 2 if len(scale) % 2 else None


def _lead(grid: Grid, inside: Sequence[str], half: int, *, split: bool, left: bool) -> list[float]:
    """How far each stack begins left of the centre."""
    values = np.nan_to_num(grid.values[:, : len(inside)])
    if left:
        return [0.0] * len(values)
    before = values[:, :half].sum(axis=1)
    return [float(one) for one in (before + values[:, half] / 2 if split else before)]


def _net(grid: Grid, inside: Sequence[str], half: int, *, odd: bool) -> list[float]:
    values = grid.values[:, : len(inside)]
    return [float(one) for one in values[:, half + odd :].sum(axis=1) - values[:, :half].sum(axis=1)]


def _colours(
    theme: Theme, scale: Sequence[str], ordered: Sequence[str], inside: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Colours of the scale by name; grey with light hatching for what is outside it."""
    named = dict(zip(scale, segment_colours(theme, "diverging", len(scale)), strict=True))
    colours = tuple(named.get(name, OUTSIDE) for name in ordered)
    hatched = {name: HATCHES[place % len(HATCHES)] for place, name in enumerate(inside)} if theme["hatches"] else {}
    return colours, tuple(hatched.get(name, "" if name in named else "....") for name in ordered)


def _notes(centre: Centre, middle: int | None, scale: Sequence[str], lang: str, *, net: bool) -> list[str]:
    against, favour = scale[: len(scale) // 2], scale[-(len(scale) // 2) :]
    notes = []
    if lang == "ja":
        if middle is not None and centre == "split":
            notes.append(f"「{scale[middle]}」は中央線の両側に半分ずつ。")
        if net:
            notes.append(f"差引は「{'・'.join(favour)}」から「{'・'.join(against)}」を引いたポイント。")
        return notes
    if middle is not None and centre == "split":
        notes.append(f"Half of '{scale[middle]}' on either side of the centre line.")
    if net:
        notes.append(f"Net: {' + '.join(favour)} minus {' + '.join(against)}, in percentage points.")
    return notes
