"""Tables as a spreadsheet: numbers as numbers, an index with links, bytes that depend on the tables alone."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from rich.cells import cell_len

from surveykit.publishing.inert import clean, escape_spreadsheet
from surveykit.publishing.presentation import Block, Cell, Line, Presentation, Span
from surveykit.publishing.tables_text import grouped_lines
from surveykit.publishing.words import words

__all__ = ["workbook"]

_DATE = datetime(2000, 1, 1)  # noqa: DTZ001 - the format holds no time zone; fixed, so that equal tables give equal bytes
_PRINTED = 16  # columns on a printed page
_TOP_ROWS = 4  # caption, subtitle, unit, link; then spanning headings, headings, names of the parts


def workbook(sheets: Sequence[tuple[str, Presentation]]) -> bytes:
    """Write tables into one workbook, one a sheet, with an index sheet first.

    Parameters
    ----------
    sheets
        Names and tables; a name is shortened and cleaned of what a sheet name cannot hold, and made unique.

    Returns
    -------
    bytes
        The file. No cell holds a formula: text that looks like one gets an apostrophe in front.
    """
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": _DATE, "author": "surveykit", "title": clean(sheets[0][1].title)[:200]})
        names = _sheet_names([name for name, _ in sheets])
        _write_index(book, names, [shown for _, shown in sheets])
        for name, (_, shown) in zip(names, sheets, strict=True):
            _Sheet(book, name, shown).write()
    return target.getvalue()


def _sheet_names(wanted: Sequence[str]) -> list[str]:
    taken = {"index", "history"}
    found = []
    for place, name in enumerate(wanted, start=1):
        plain = re.sub(r"[\[\]:*?/\\']", " ", clean(name)).strip()[:31].strip() or f"Table {place}"
        one, again = plain, 2
        while one.casefold() in taken:
            one, again = f"{plain[: 31 - len(str(again)) - 1]} {again}", again + 1
        taken.add(one.casefold())
        found.append(one)
    return found


def _write_index(book: Any, names: Sequence[str], tables: Sequence[Presentation]) -> None:
    sheet = book.add_worksheet("Index")
    bold, link = book.add_format({"bold": True}), book.add_format({"font_color": "#0000CC", "underline": 1})
    for column, text in enumerate(("Sheet", "Title", "Unit", "Mark")):
        sheet.write_string(0, column, text, bold)
    for row, (name, shown) in enumerate(zip(names, tables, strict=True), start=1):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", link, escape_spreadsheet(name))
        title = f"{shown.number}. {shown.title}" if shown.number else shown.title
        for column, text in enumerate((title, shown.unit, "; ".join(shown.marks)), start=1):
            sheet.write_string(row, column, escape_spreadsheet(text))
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for column, width in enumerate((24, 70, 24, 18)):
        sheet.set_column(column, column, width)


class _Exact(float):
    """A number that is written with all its digits: xlsxwriter would write 16 of the 17 that a float may need."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return repr(int(self) if self.is_integer() else float(self))


class _Sheet:
    """One table on its sheet."""

    def __init__(self, book: Any, name: str, shown: Presentation) -> None:
        self.book = book
        self.shown = shown
        self.said = words(shown.lang)
        self.sheet = book.add_worksheet(name)
        self.formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self.parts = [self._parts(place) for place in range(len(shown.columns))]
        self.head = _TOP_ROWS + max(shown.depth, 1) + 1

    def _parts(self, place: int) -> list[str]:
        """Sub-columns of a printed column: its number, then the facts that any of its cells shows."""
        cells = [line.cells[place] for block in self.shown.blocks for line in block.lines]
        shows = {"se": False, "low": False, "high": False, "letters": False}
        for cell in cells:
            shows["se"] |= cell.spread.startswith("(")
            shows["low"] |= cell.spread.startswith("[")
            shows["high"] |= cell.spread.startswith("[")
            shows["letters"] |= bool(cell.letters)
        return ["value", *(name for name, shown in shows.items() if shown)]

    def style(self, **wanted: object) -> Any:
        key = tuple(sorted(wanted.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(wanted)
        return self.formats[key]

    def text(self, row: int, column: int, text: str, **wanted: object) -> None:
        self.sheet.write_string(row, column, escape_spreadsheet(text), self.style(**wanted))

    def write(self) -> None:
        shown = self.shown
        self.text(0, 0, shown.caption, bold=True, font_size=12)
        self.text(1, 0, shown.subtitle, italic=True)
        self.text(2, 0, shown.unit)
        self.sheet.write_url(3, 0, "internal:'Index'!A1", self.style(font_color="#0000CC", underline=1), "Index")
        self._head()
        row = self.head + 1
        for block in shown.blocks:
            row = self._block(block, row)
        beside = (self.said["se note"], self.said["se share"])  # here they have columns of their own
        for label, text in shown.footer:
            if text in beside:
                continue
            row += 1
            self.text(row, 0, f"{label}: {text}", font_size=9)
        self.sheet.freeze_panes(self.head + 1, 1)
        longest = max((len(line.text) for block in shown.blocks for line in block.lines), default=10)
        self.sheet.set_column(0, 0, min(max(longest + 2, 14), 60))
        self.sheet.set_landscape()
        # A wide table goes over several pages, each with its labels, rather than into print that nobody can read.
        self.sheet.fit_to_pages(-(-sum(map(len, self.parts)) // _PRINTED), 0)
        self.sheet.repeat_columns(0, 0)
        self.sheet.repeat_rows(_TOP_ROWS, self.head)

    def _head(self) -> None:
        names = {"se": self.said["se"], "low": self.said["low"], "high": self.said["high"]}
        self.text(self.head, 0, self.shown.stub, bold=True, bottom=1)
        for depth, spans in enumerate(self.shown.spans()):
            self._spans(_TOP_ROWS + depth, spans)
        column = 1
        for one, parts in zip(self.shown.columns, self.parts, strict=True):
            for part in parts:
                heading = one.heading if part == "value" else ""
                self.text(self.head - 1, column, heading, bold=True, align="right", text_wrap=True, valign="top")
                self.text(self.head, column, names.get(part, ""), bottom=1, align="right")
                widths = {"value": _heading_width(one.heading), "letters": 6}
                self.sheet.set_column(column, column, widths.get(part, 8))
                column += 1
        lines = [-(-cell_len(one.heading) // (_heading_width(one.heading) - 2)) for one in self.shown.columns]
        self.sheet.set_row(self.head - 1, 15 * min(max(lines, default=1), 8))

    def _spans(self, row: int, spans: Sequence[Span]) -> None:
        """One line of spanning headings, merged over the cells of their columns."""
        column, place = 1, 0
        for text, count in spans:
            width = sum(len(parts) for parts in self.parts[place : place + count])
            if text and width > 1:
                form = self.style(bold=True, align="left", bottom=1, text_wrap=True, valign="top")
                self.sheet.merge_range(row, column, row, column + width - 1, "", form)
                self.text(row, column, text, bold=True, align="left", bottom=1, text_wrap=True, valign="top")
            elif text:
                self.text(row, column, text, bold=True, bottom=1)
            column, place = column + width, place + count

    def _block(self, block: Block, row: int) -> int:
        if block.text:
            self.text(row, 0, block.text, bold=True)
            row += 1
        for group, lines in grouped_lines(block):
            if group.strip():
                self.text(row, 0, group, italic=True)
                row += 1
            for line in lines:
                self._line(line, row)
                row += 1
        return row

    def _line(self, line: Line, row: int) -> None:
        bold = line.kind in ("total", "net")
        self.text(row, 0, line.text, bold=bold, italic=line.kind == "base", indent=int(line.kind == "statistic"))
        column = 1
        for cell, parts in zip(line.cells, self.parts, strict=True):
            numbers = {"value": cell.value, "se": cell.se, "low": cell.low, "high": cell.high}
            for part in parts:
                number = numbers.get(part)
                if part == "letters":
                    self.text(row, column, cell.letters)
                elif number is not None:
                    mark = cell.mark if part == "value" else ""
                    self.sheet.write_number(
                        row,
                        column,
                        _Exact(number),
                        self.style(num_format=_format(cell, mark), bold=bold, align="right"),
                    )
                elif part == "value":
                    self.text(row, column, cell.text, align="right")
                column += 1


def _heading_width(heading: str) -> int:
    """Width of a column of numbers, in which the longest usual word of its heading fits."""
    longest = max(map(cell_len, clean(heading).split()), default=0)
    return max(12, min(longest, 18) + 2)


def _format(cell: Cell, mark: str) -> str:
    """Number format of a cell; the mark of a small base is part of the format, so that the cell stays a number."""
    decimals = f".{'0' * cell.decimals}" if cell.decimals else ""
    small = cell.value is not None and cell.value != 0 and float(f"{abs(cell.value):.{cell.decimals}f}") == 0
    if cell.kind == "base":
        plain = "#,##0" if float(cell.value or 0).is_integer() or abs(cell.value or 0) >= 100 else "#,##0.0"
    elif cell.kind == "share":
        plain = f"0{decimals}%"
    else:
        plain = "0.0E+00" if small and cell.kind == "number" else f"#,##0{decimals}"
    return f'{plain}"{mark}"' if mark else plain
