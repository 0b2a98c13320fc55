"""A file as a table of text with its first rows visible, whatever container it comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from surveykit.errors import ReadError
from surveykit.responses.cells import CellStore
from surveykit.responses.text import (
    Decoding,
    Progress,
    detect_decoding,
    detect_delimiter,
    every_cell_quoted,
    records,
)
from surveykit.responses.workbook import Sheet, read_workbook

__all__ = ["LARGE_FILE", "ReadOptions", "Source", "Table", "collect", "file_sha256", "open_text", "open_workbook"]

LARGE_FILE = 64 << 20
_HEAD = 60


@dataclass(frozen=True)
class ReadOptions:
    """What the caller asked for."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    keep_preview: bool = False
    keep_test: bool = False
    progress: Progress | None = None


@dataclass(frozen=True)
class Table:
    """The body of a table: a frame with columns 0, 1, 2 ... and what was odd about its rows."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A readable table.

    Attributes
    ----------
    path
        The file.
    kind
        ``text`` or ``workbook``.
    head
        The first records, header rows included.
    options
        What the caller asked for.
    decoding, delimiter, quoted
        For text: how it is written; whether the header has every cell in quotes.
    sheets
        For a workbook: its sheets, the one being read first.
    notes
        What was odd so far.
    """

    path: Path
    kind: str
    head: tuple[tuple[str, ...], ...]
    options: ReadOptions
    decoding: Decoding | None = None
    delimiter: str | None = None
    quoted: bool = False
    sheets: tuple[Sheet, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """The first header row."""
        return self.head[0] if self.head else ()

    def body(self, header_rows: int) -> Table:
        """Everything after the header rows."""
        width = max((len(row) for row in self.head[:header_rows]), default=0)
        if self.kind == "workbook":
            rows = self.sheets[0].rows
            width = max(len(row) for row in rows)
            return collect(([*row, *[""] * (width - len(row))] for row in rows), header_rows, width)
        if self.decoding is None or self.delimiter is None:
            raise ReadError(f"'{self.path.name}' has no text to read.")
        large = self.path.stat().st_size > LARGE_FILE
        return collect(
            records(self.path, self.decoding, self.delimiter, self.options.progress), header_rows, width, large=large
        )


def collect(rows: Iterable[Sequence[str]], header_rows: int, width: int, *, large: bool = False) -> Table:
    """Rows into a frame; ragged and empty rows are kept where they mean something, and always noted."""
    store = CellStore(width, large=large)
    short: list[int] = []
    long: list[int] = []
    blank = waiting = 0
    skipped = 0
    for number, row in enumerate(rows, start=1):
        if not row:
            blank += 1
            continue
        if skipped < header_rows:
            skipped += 1
            continue
        if not any(row):
            # Rows of nothing matter between answers (an empty submission) but not at the end of a sheet.
            waiting += 1
            continue
        for _ in range(waiting):
            store.append([""] * width)
        waiting = 0
        if len(row) != width:
            if len(row) < width:
                short.append(number)
            elif any(row[width:]):
                long.append(number)
            else:
                row = row[:width]
        store.append(row)
    notes = _row_notes(short, long, blank, waiting)
    return Table(store.finish(), tuple(notes))


def _row_notes(short: list[int], long: list[int], blank: int, waiting: int) -> Iterator[str]:
    def places(numbers: list[int]) -> str:
        shown = ", ".join(str(number) for number in numbers[:5])
        return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown

    if short:
        yield f"{len(short)} rows are shorter than the header (records {places(short)}); their missing cells are empty. The file may be cut off."
    if long:
        yield f"{len(long)} rows are longer than the header (records {places(long)}); the extra cells are kept in unnamed columns."
    if blank:
        yield f"{blank} blank lines were skipped."
    if waiting:
        yield f"{waiting} rows without any value at the end were skipped."


def open_text(path: Path, options: ReadOptions) -> Source:
    """Open a delimited text file.

    Raises
    ------
    ReadError
        When it is empty, or its quotes do not close.
    """
    decoding = detect_decoding(path, options.encoding)
    delimiter = options.delimiter or detect_delimiter(path, decoding)
    head = tuple(tuple(record) for record in islice(records(path, decoding, delimiter), _HEAD) if record)
    if not head:
        raise ReadError(f"'{path.name}' holds no rows.", remedy="Export it again.")
    notes = decoding.notes
    if any("\x00" in cell for row in head for cell in row):
        raise ReadError(
            f"'{path.name}' holds NUL characters: it is not a text file.", remedy="Check what was exported."
        )
    return Source(
        path, "text", head, options, decoding, delimiter, every_cell_quoted(path, decoding, delimiter), notes=notes
    )


def open_workbook(path: Path, options: ReadOptions) -> Source:
    """Open an Excel workbook; the sheet asked for, or the first with rows, comes first.

    Raises
    ------
    ReadError
        When no sheet has rows, or the sheet asked for is not there.
    """
    sheets = read_workbook(path)
    names = [sheet.name for sheet in sheets]
    if options.sheet is not None and options.sheet not in names:
        raise ReadError(f"'{path.name}' has no sheet '{options.sheet}'.", remedy=f"Its sheets are: {', '.join(names)}.")
    chosen = next(
        (sheet for sheet in sheets if sheet.name == options.sheet or (options.sheet is None and sheet.rows)), None
    )
    if chosen is None or not chosen.rows:
        raise ReadError(f"'{path.name}' holds no rows.", remedy="Export it again.")
    formulas = sum(sheet.formulas for sheet in sheets)
    notes = (
        (f"{formulas} cells hold a formula; the value stored in the file was taken, or the formula as text.",)
        if formulas
        else ()
    )
    others = tuple(sheet for sheet in sheets if sheet is not chosen)
    first = next(number for number, row in enumerate(chosen.rows) if row)
    chosen = Sheet(chosen.name, chosen.rows[first:], chosen.formulas)
    return Source(path, "workbook", chosen.rows[:_HEAD], options, sheets=(chosen, *others), notes=notes)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()
