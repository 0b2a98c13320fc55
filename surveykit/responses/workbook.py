"""Excel workbooks (.xlsx) as text: every sheet's rows, with formulas shown and never computed.

A workbook is a zip archive from someone else's hand: its size is checked before it is opened, and a
cell that holds a formula gives the value that Excel stored, or the formula as text where there is none.
"""

from __future__ import annotations

import datetime as dt
import warnings
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from surveykit.errors import ReadError

__all__ = ["Sheet", "cell_text", "check_archive", "read_workbook"]

_LARGEST = 2 << 30
_SUSPICIOUS = 64 << 20
_LARGEST_RATIO = 150
_MOST_ENTRIES = 20_000


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and its rows of text, without the empty rows and columns at the end.

    Attributes
    ----------
    name
        Name of the sheet.
    rows
        Cells as text, row by row; an empty cell is the empty string.
    formulas
        Number of cells that hold a formula.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    formulas: int = 0


def check_archive(path: Path) -> tuple[str, ...]:
    """Refuse a zip archive that is damaged or would unpack to an unreasonable size; return its entries.

    Raises
    ------
    ReadError
        For a damaged archive or a zip bomb.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise ReadError(
            f"'{path.name}' is a damaged or cut-off archive ({error}).", remedy="Export or download it again."
        ) from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    too_dense = unpacked > _SUSPICIOUS and unpacked / packed > _LARGEST_RATIO
    if unpacked > _LARGEST or too_dense or len(entries) > _MOST_ENTRIES:
        raise ReadError(
            f"'{path.name}' would unpack from {packed:,} to {unpacked:,} bytes "
            f"in {len(entries):,} parts; that is no survey export.",
            remedy="If it is genuine, save it as CSV and read that.",
        )
    return tuple(entry.filename for entry in entries)


def cell_text(value: object) -> str:
    """One cell as the text a CSV export would hold.

    Examples
    --------
    >>> cell_text(3.0), cell_text(True), cell_text(None)
    ('3', 'TRUE', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time(0):
        return value.date().isoformat()
    return str(value)


def read_workbook(path: Path) -> tuple[Sheet, ...]:
    """Read every sheet of an .xlsx file.

    Raises
    ------
    ReadError
        When the archive is damaged, a bomb, or no workbook.
    """
    check_archive(path)
    sheets = _read(path, values=False)
    if any(sheet.formulas for sheet in sheets):
        stored = _read(path, values=True)
        sheets = tuple(_prefer_stored(written, value) for written, value in zip(sheets, stored, strict=True))
    return sheets


def _read(path: Path, *, values: bool) -> tuple[Sheet, ...]:
    try:
        with warnings.catch_warnings():
            # openpyxl warns about styles and document properties, which hold no answers.
            warnings.simplefilter("ignore", UserWarning)
            # An open file, because openpyxl judges a path by its ending.
            with path.open("rb") as file:
                book = openpyxl.load_workbook(file, read_only=True, data_only=values)
                return tuple(_sheet(sheet) for sheet in book.worksheets)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ET.ParseError, EOFError, OSError) as error:
        raise ReadError(
            f"'{path.name}' is not a workbook that can be read ({type(error).__name__}: {error}).",
            remedy="Open it in a spreadsheet program and save it again as .xlsx, or export CSV.",
        ) from error


def _sheet(sheet: Any) -> Sheet:
    # Some platforms write a wrong extent into the file; without this rows would be lost.
    sheet.reset_dimensions()
    formulas = 0
    rows: list[tuple[str, ...]] = []
    for cells in sheet.iter_rows():
        row = []
        for cell in cells:
            if getattr(cell, "data_type", None) == "f":
                formulas += 1
            row.append(cell_text(cell.value))
        while row and not row[-1]:
            row.pop()
        rows.append(tuple(row))
    while rows and not rows[-1]:
        rows.pop()
    return Sheet(str(sheet.title), tuple(rows), formulas)


def _prefer_stored(written: Sheet, stored: Sheet) -> Sheet:
    """The stored result of each formula, or the formula as text where the file stores none."""
    rows = tuple(
        _merge(row, stored.rows[number] if number < len(stored.rows) else ()) for number, row in enumerate(written.rows)
    )
    return Sheet(written.name, rows, written.formulas)


def _merge(written: tuple[str, ...], stored: tuple[str, ...]) -> tuple[str, ...]:
    def pick() -> Iterator[str]:
        for position, cell in enumerate(written):
            value = stored[position] if position < len(stored) else ""
            yield value or cell

    return tuple(pick())
