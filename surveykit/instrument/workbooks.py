"""Sheets of a workbook as rows of text, within hard limits."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any, Final

import openpyxl

from surveykit.errors import ReadError

__all__ = ["read_sheets"]

_MAXIMUM_BYTES: Final = 30_000_000
_MAXIMUM_UNPACKED: Final = 300_000_000
_MAXIMUM_ROWS: Final = 50_000
_MAXIMUM_COLUMNS: Final = 500


def read_sheets(path: Path) -> dict[str, list[dict[str, str]]]:
    """Read every sheet of an ``.xlsx`` workbook as dictionaries by column head; formulas are never computed.

    Raises
    ------
    ReadError
        Not a workbook, or one that unpacks to more than a questionnaire can need.
    """
    _refuse_bombs(path)
    try:
        with warnings.catch_warnings():
            # About document properties and extensions that hold no answers.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise ReadError(
            f"'{path.name}' cannot be read as a workbook ({error}).", remedy="Save it as .xlsx again."
        ) from error
    try:
        return {sheet.title.strip().lower(): _rows(sheet) for sheet in book.worksheets}
    finally:
        book.close()


def _refuse_bombs(path: Path) -> None:
    if not path.is_file():
        raise ReadError(f"File '{path}' cannot be opened.", remedy="Check the path.")
    if path.stat().st_size > _MAXIMUM_BYTES:
        raise ReadError(f"Workbook '{path.name}' is larger than {_MAXIMUM_BYTES:,} bytes.", remedy="Is it a form?")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise ReadError(
            f"'{path.name}' is not an .xlsx workbook.", remedy="Open it in a spreadsheet and save it as .xlsx."
        ) from error
    if unpacked > _MAXIMUM_UNPACKED:
        raise ReadError(
            f"Workbook '{path.name}' would unpack to {unpacked:,} bytes.", remedy="It looks like a zip bomb."
        )


def _rows(sheet: Any) -> list[dict[str, str]]:
    heads: list[str] = []
    found: list[dict[str, str]] = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=_MAXIMUM_COLUMNS)):
        if number > _MAXIMUM_ROWS:
            raise ReadError(f"Sheet '{sheet.title}' has more than {_MAXIMUM_ROWS:,} rows.", remedy="Is it a form?")
        texts = [_text(cell) for cell in cells]
        if not heads:
            heads = [text.strip() for text in texts]
        elif any(texts):
            found.append({head: text for head, text in zip(heads, texts, strict=False) if head and text})
    return found


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    return str(cell).strip()
