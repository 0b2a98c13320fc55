"""From a table to its :class:`~surveykit.publishing.presentation.Presentation`: where cells become text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from surveykit.publishing.footers import (
    base_line,
    marks_of,
    record_notes,
    source_line,
    topic_of,
    unit_text,
    weight_name,
)
from surveykit.publishing.numbers import bounded, decimals_for, number, round_to_total, whole
from surveykit.publishing.presentation import Block, Cell, CellKind, Column, Line, Presentation
from surveykit.publishing.reliability import is_published, standing
from surveykit.publishing.statistics_below import with_statistics
from surveykit.publishing.style import TableStyle
from surveykit.publishing.words import phrase, words
from surveykit.results import Heading, Table
from surveykit.results.headings import heading_letters

__all__ = ["FloatArray", "heading_text", "present_table", "rounded_shares"]

FloatArray = npt.NDArray[np.float64]


def heading_text(heading: Heading, lang: str) -> str:
    """Text of a heading, its total in the language of the table."""
    if heading.label:
        return heading.label
    if heading.kind == "total":
        return words(lang)["total"]
    if heading.kind in ("net", "mean", "median", "response") or heading.level == "answered":
        return words(lang).get(f"{heading.kind} {heading.level}", heading.text)
    return heading.text


def rounded_shares(table: Table, decimals: int) -> FloatArray:
    """Shares in percent, rounded by largest remainder along the side on which they add to one; NaN elsewhere."""
    found = np.full(table.shape, np.nan)
    rows = [place for place, one in enumerate(table.rows) if one.kind == "level"]
    columns = [place for place, one in enumerate(table.columns) if one.kind == "level"] or [0]
    if table.statistic == "share of row":
        groups = [[(row, column) for column in columns] for row in range(len(table.rows))]
    elif table.statistic == "share of table" and len(table.columns) > 1:
        groups = [[(row, column) for row in rows for column in columns]]
    else:
        groups = [[(row, column) for row in rows] for column in range(len(table.columns))]
    for layer in range(len(table.layers)):
        for group in groups:
            values = [100 * float(table.estimate[layer, row, column]) for row, column in group]
            if len(values) > 1 and abs(math.fsum(values) - 100) < 1e-6:
                for (row, column), value in zip(group, round_to_total(values, decimals), strict=True):
                    found[layer, row, column] = value
    return found


def present_table(table: Table, style: TableStyle) -> Presentation:
    """Turn a table into printed text, cell by cell.

    Parameters
    ----------
    table
        The record.
    style
        What was chosen.
    """
    cells = _Cells(table, style)
    columns = _columns(table, style)
    blocks = []
    for place, layer in enumerate(table.layers):
        lines = [
            Line(heading_text(one, style.lang), cells.line(place, row), _line_group(table, one, style.lang), one.kind)
            for row, one in enumerate(table.rows)
        ]
        lines = with_statistics(table, style, place, lines, cells.standing[place])
        text = f"{layer.variable}: {heading_text(layer, style.lang)}" if table.layered else ""
        blocks.append(Block(text, tuple(lines)))
    extra, blocks = _with_bases(table, style, blocks)
    return Presentation(
        number=style.number,
        title=style.title or topic_of(table, style.lang),
        subtitle=style.subtitle or ("" if _question(table) == style.title else _question(table)),
        marks=marks_of(table, style.lang, illustrative=style.illustrative),
        unit=unit_text(table, style.lang),
        stub=_stub(table.rows),
        columns=(*columns, *extra),
        blocks=tuple(blocks),
        footer=_footer(table, style, cells),
        lang=style.lang,
    )


def _stub(rows: Sequence[Heading]) -> str:
    names = {one.variable for one in rows}
    return next(iter(names)) if len(names) == 1 else ""


def _question(table: Table) -> str:
    asked = {one.question for one in table.rows if one.question != one.variable and one.question}
    return next(iter(asked)) if len(asked) == 1 else ""


def _columns(table: Table, style: TableStyle) -> tuple[Column, ...]:
    lettered = style.letters and "letters" in table.facts
    letters = heading_letters(table.columns) if lettered else [""] * len(table.columns)
    one_way = len(table.columns) == 1 and not table.columns[0].variable
    found = []
    for heading, name in zip(table.columns, letters, strict=True):
        text = unit_text(table, style.lang) if one_way else heading_text(heading, style.lang)
        found.append(Column(text, heading.variable_label or heading.variable, name, above=_above(heading, style.lang)))
    return tuple(found)


def _above(heading: Heading, lang: str) -> tuple[str, ...]:
    """Texts above a column: of each heading above it its variable and its level."""
    parts = [(one.variable_label or one.variable, heading_text(one, lang)) for one in heading.above]
    return tuple(text for pair in parts for text in pair if text)


def _line_group(table: Table, row: Heading, lang: str) -> str:
    """What a line stands under: its variable; where boxes are shown both ways, what it is a percent of."""
    if not any(one.kind == "response" for one in table.rows):
        return row.variable
    said = words(lang)
    if row.kind in ("level", "net"):
        return said["statistic share of respondents"]
    return said["statistic share of responses"] if row.kind == "response" else " "


class _Cells:
    """Printed cells of a table, and which rules were used on the way."""

    def __init__(self, table: Table, style: TableStyle) -> None:
        self.table = table
        self.style = style
        self.standing = standing(table, style.minimum_base, style.flag_base)
        self.se = np.where(table.flags == "fixed", np.nan, table.se)
        self.kinds = [[_kind(table, row, column) for column in table.columns] for row in table.rows]
        self.decimals = {kind: self._decimals(kind) for kind in {kind for line in self.kinds for kind in line}}
        shares = table.unit == "share" and style.rounding == "total"
        self.rounded = rounded_shares(table, self.decimals.get("share", 1)) if shares else None
        self.spread_shown = False
        self.uncertain_shown = False

    def _decimals(self, kind: CellKind) -> int:
        if self.style.decimals is not None:
            return self.style.decimals
        chosen = np.array([[one == kind for one in line] for line in self.kinds])
        return decimals_for(self.table.estimate[:, chosen], kind)

    def line(self, layer: int, row: int) -> tuple[Cell, ...]:
        return tuple(self.cell(layer, row, column) for column in range(len(self.table.columns)))

    def cell(self, layer: int, row: int, column: int) -> Cell:
        place, lang = (layer, row, column), self.style.lang
        kind, status = self.kinds[row][column], str(self.standing[place])
        base = _hover_base(self.table, place, lang)
        if status == "suppressed":
            return Cell("..", kind=kind, hover=phrase(lang, "suppressed", limit=self.style.minimum_base))
        if status == "empty":
            return Cell("-", kind=kind, hover=self._reason(place))
        decimals = self.decimals[kind]
        factor = 100.0 if kind == "share" else 1.0
        value = float(self.table.estimate[place])
        if self.rounded is not None and not math.isnan(self.rounded[place]):
            value = float(self.rounded[place]) / 100
        se, low, high = (float(array[place]) for array in (self.se, self.table.low, self.table.high))
        known = not math.isnan(se)
        printed = bounded if kind == "share" else number
        spread = self._spread(*(printed(one * factor, decimals) for one in (se, low, high))) if known else ""
        self.spread_shown |= bool(spread)
        ends = f"{printed(low * factor, decimals)}–{printed(high * factor, decimals)}"
        hover = base if not known else f"{_interval_name(self.table, lang)} {ends}; {base}"
        return Cell(
            text=printed(value * factor, decimals),
            value=value,
            spread=spread,
            se=se if known else None,
            low=low if known else None,
            high=high if known else None,
            letters=self._letters(place),
            mark=("*" if status == "flagged" else "") + (self._uncertain(value, se) if known else ""),
            kind=kind,
            decimals=decimals,
            hover=hover,
        )

    def _uncertain(self, value: float, se: float) -> str:
        """Mark of a standard error that is large beside its estimate."""
        limit = self.style.maximum_cv
        if limit is None or value == 0 or self.table.statistic == "coefficient" or se <= limit * abs(value):
            return ""
        self.uncertain_shown = True
        return "†"

    def _reason(self, place: tuple[int, int, int]) -> str:
        reason = self.table.facts.get("reason")
        return str(reason[place]) if reason is not None and str(reason[place]) else words(self.style.lang)["empty"]

    def _spread(self, se: str, low: str, high: str) -> str:
        if self.style.show == "se":
            return f"({se})"
        if self.style.show == "interval":
            return f"[{low}, {high}]"
        return ""

    def _letters(self, place: tuple[int, int, int]) -> str:
        letters = self.table.facts.get("letters")
        return "" if letters is None or not self.style.letters else str(letters[place])


def _interval_name(table: Table, lang: str) -> str:
    return phrase(lang, "confidence interval", level=table.level)


def _kind(table: Table, row: Heading, column: Heading) -> CellKind:
    if table.unit not in ("share", "count") or {"mean", "median"} & {row.kind, column.kind}:
        return "number"
    return "share" if table.unit == "share" else "count"


def _hover_base(table: Table, place: tuple[int, int, int], lang: str) -> str:
    if is_published(table) or _outside(table)[place]:
        return table.source
    said = words(lang)
    parts = [f"n = {whole(float(table.base_n[place]))}"]
    if weight_name(table):
        parts.append(f"{said['weighted n']} = {whole(float(table.base_weighted_n[place]))}")
        own, layer = table.facts.get("weight"), table.layers[place[0]]
        shared = layer.text if layer.kind == "model" else table.weight
        parts.append(phrase(lang, "weighted by", weight=shared if own is None else own[place]).rstrip(".。"))
    asked = table.rows[place[1]].question
    return "; ".join([*parts, asked] if asked else parts)


def _with_bases(table: Table, style: TableStyle, blocks: Sequence[Block]) -> tuple[tuple[Column, ...], list[Block]]:
    """Add the bases: under the columns, or beside rows that have one each; ranges where they differ within both."""
    if is_published(table) or table.unit == "count":
        return (), list(blocks)
    said = words(style.lang)
    bases = {said["n"]: np.where(_outside(table), np.nan, table.base_n)}
    if weight_name(table):
        bases[said["weighted n"]] = np.where(_outside(table), np.nan, table.base_weighted_n)
        if any(one.letter or one.above or one.variable_label for one in table.columns):
            # Sizes of equal weights are whole numbers but for their last digits.
            bases[said["effective n"]] = np.where(_outside(table), np.nan, np.round(table.effective_n, 6))
    shown = [one.kind in ("level", "total", "net", "response") for one in table.rows]
    counted = np.array(shown) if any(shown) else np.ones(len(shown), np.bool_)
    same_rows = bool((table.base_n == table.base_n[:, :1]).all())
    same_columns = bool((table.base_n == table.base_n[:, :, :1]).all())
    if same_columns and not same_rows:
        extra = tuple(Column(name, kind="base") for name in bases)
        beside = [
            replace(
                block,
                lines=tuple(
                    replace(line, cells=(*line.cells, *(_base_cell(array[layer, row, :1]) for array in bases.values())))
                    for row, line in enumerate(block.lines)
                ),
            )
            for layer, block in enumerate(blocks)
        ]
        return extra, beside
    below = []
    for layer, block in enumerate(blocks):
        lines = tuple(
            Line(name, tuple(_base_cell(array[layer, counted, one]) for one in range(table.shape[2])), kind="base")
            for name, array in bases.items()
        )
        below.append(replace(block, lines=(*block.lines, *lines)))
    return (), below


def _outside(table: Table) -> npt.NDArray[np.bool_]:
    """Cells ``(L, R, C)`` that others published, among those of a sample."""
    found = table.facts.get("published")
    return np.zeros(table.shape, np.bool_) if found is None else found.astype(np.bool_)


def _base_cell(sizes: FloatArray) -> Cell:
    """One base, or the range of several; none for numbers that others published."""
    known = sizes[np.isfinite(sizes)]
    if not len(known):
        return Cell("-", kind="base")
    low, high = float(np.min(known)), float(np.max(known))
    if whole(low) == whole(high):
        return Cell(whole(low), value=low, kind="base", decimals=0)
    return Cell(f"{whole(low)}–{whole(high)}", kind="text")


def _footer(table: Table, style: TableStyle, cells: _Cells) -> tuple[tuple[str, str], ...]:
    said = words(style.lang)
    lines = [(said["base"], base_line(table, style.lang))]
    lines.append((said["definition"], table.definition))
    lines += [(said["note"], note) for note in _notes(table, style, cells)]
    lines.append((said["year"], style.year if not source_line(table, style.source, "") else ""))
    lines.append((said["source"], source_line(table, style.source, style.year)))
    return tuple((label, text) for label, text in lines if text)


def _notes(table: Table, style: TableStyle, cells: _Cells) -> list[str]:
    said, lang = words(style.lang), style.lang
    notes = list(record_notes(table, lang, illustrative=style.illustrative))
    if cells.spread_shown and style.show == "se":
        notes.append(said["se share"] if table.unit == "share" else said["se note"])
    if cells.spread_shown and style.show == "interval":
        notes.append(phrase(lang, "intervals", level=table.level))
    if (cells.standing == "flagged").any():
        notes.append(phrase(lang, "flagged", limit=style.flag_base))
    if (cells.standing == "suppressed").any():
        notes.append(phrase(lang, "suppressed", limit=style.minimum_base))
    if cells.uncertain_shown:
        notes.append(phrase(lang, "uncertain", limit=style.maximum_cv))
    if cells.rounded is not None and np.isfinite(cells.rounded).any():
        notes.append(said["rounded"])
    elif _off_by_rounding(table, cells):
        notes.append(said["rounding"])
    return notes


def _off_by_rounding(table: Table, cells: _Cells) -> bool:
    """Whether shares of one base add to one, and their printed values do not add to 100."""
    if table.unit != "share":
        return False
    decimals = cells.decimals.get("share", 1)
    groups = rounded_shares(table, decimals)
    with np.errstate(invalid="ignore"):
        printed = np.round(100 * table.estimate, decimals)
    return bool((np.isfinite(groups) & (np.abs(groups - printed) > 10.0**-decimals / 2)).any())
