"""A file as a table of text with its first rows visible, whatever container it comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
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

__all__ = [
    "LARGE_FILE",
    "LeaveOut",
    "ReadOptions",
    "Source",
    "Table",
    "collect",
    "file_sha256",
    "open_text",
    "open_workbook",
]

LARGE_FILE = 64 << 20
LeaveOut = Callable[[Sequence[str]], bool]
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
    """The body of a table: a frame with columns 0, 1, 2 ... and what was odd about its rows.

    Attributes
    ----------
    frame
        The rows.
    notes
        What was odd about them.
    left
        Rows that were left out on request, as a frame of the same columns.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    left: pd.DataFrame = field(default_factory=pd.DataFrame)


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

    def body(self, header_rows: int, *, leave_out: LeaveOut | None = None) -> Table:
        """Everything after the header rows; rows that ``leave_out`` names are kept apart."""
        width = max((len(row) for row in self.head[:header_rows]), default=0)
        if self.kind == "workbook":
            rows = self.sheets[0].rows
            width = max(len(row) for row in rows)
            padded = ([*row, *[""] * (width - len(row))] for row in rows)
            return collect(padded, header_rows, width, leave_out=leave_out)
        if self.decoding is None or self.delimiter is None:
            raise ReadError(f"'{self.path.name}' has no text to read.")
        large = self.path.stat().st_size > LARGE_FILE
        text = records(self.path, self.decoding, self.delimiter, self.options.progress)
        return collect(text, header_rows, width, large=large, leave_out=leave_out)


def collect(
    rows: Iterable[Sequence[str]],
    header_rows: int,
    width: int,
    *,
    large: bool = False,
    leave_out: LeaveOut | None = None,
) -> Table:
    """Rows into a frame; ragged and empty rows are kept where they mean something, and always noted."""
    store = CellStore(width, large=large)
    apart = CellStore(width, large=large)
    ragged = _Ragged()
    waiting = skipped = 0
    for number, row in enumerate(rows, start=1):
        if not row:
            ragged.blank += 1
        elif skipped < header_rows:
            skipped += 1
        elif not any(row):
            # Rows of nothing matter between answers (an empty submission) but not at the end of a sheet.
            waiting += 1
        else:
            for _ in range(waiting):
                store.append([""] * width)
            waiting = 0
            cells = row if len(row) == width else ragged.fitted(row, number, width)
            (apart if leave_out is not None and leave_out(cells) else store).append(cells)
    return Table(store.finish(), tuple(ragged.notes(waiting)), apart.finish())


@dataclass
class _Ragged:
    """Records whose length is not the header's."""

    short: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)
    blank: int = 0

    def fitted(self, row: Sequence[str], number: int, width: int) -> Sequence[str]:
        if len(row) < width:
            self.short.append(number)
            return row
        if any(row[width:]):
            self.long.append(number)
            return row
        return row[:width]

    def notes(self, waiting: int) -> Iterator[str]:
        if self.short:
            yield (
                f"{len(self.short)} rows are shorter than the header (records {_places(self.short)}); "
                "their missing cells are empty. The file may be cut off."
            )
        if self.long:
            yield (
                f"{len(self.long)} rows are longer than the header (records {_places(self.long)}); "
                "the extra cells are kept in unnamed columns."
            )
        if self.blank:
            yield f"{self.blank} blank lines were skipped."
        if waiting:
            yield f"{waiting} rows without any value at the end were skipped."


def _places(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown


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
