"""Tables whose rows and columns carry several lines of labels: WIOD workbooks, ADB workbooks."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveykit.errors import ReadError
from surveykit.trade.readers.delimited import LabelledMatrix
from surveykit.trade.readers.files import MAX_BYTES, open_table_file
from surveykit.trade.validation import Finding

__all__ = ["read_grid"]

_SEARCHED = 12  # lines and columns of labels come before the numbers
_CODE = re.compile(r"(?i)^[cr]\d+$")
_MARK = "|"


def read_grid(path: str | Path, *, sheet: str | int = 0, industry_codes_with: str = "") -> LabelledMatrix:
    """Read a grid in which a line and a column of codes (``c1``, ``r64``) stand beside the numbers.

    The line before the codes, and the column before them, hold the region. Positions are found by content, because
    editions differ in the number of lines above.

    Parameters
    ----------
    path
        Workbook (``.xlsx``, ``.xlsb``) or delimited file.
    sheet
        Sheet of a workbook, by name or position.
    industry_codes_with
        Where this code occurs among the columns (``"c61"``: WIOD 2016), label rows and columns by the industry code two
        lines above the region instead of ``c1``, ``r1``.

    Returns
    -------
    LabelledMatrix
        Labels are ``region|code``.
    """
    cells = _load(Path(path), sheet)
    line, column = _corner(cells, Path(path).name)
    across = _labels(cells[line - 1, column + 1 :], cells[line, column + 1 :])
    down = _labels(cells[line + 1 :, column - 1], cells[line + 1 :, column])
    if industry_codes_with and industry_codes_with in {_text(cell).lower() for cell in cells[line]}:
        across = _labels(cells[line - 1, column + 1 :], cells[line - 3, column + 1 :])
        down = _labels(cells[line + 1 :, column - 1], cells[line + 1 :, column - 3])
    body = cells[line + 1 :, column + 1 :]
    rows = [position for position, label in enumerate(down) if label != _MARK]
    columns = [position for position, label in enumerate(across) if label != _MARK]
    values, findings = _numbers(body[np.ix_(rows, columns)], [down[r] for r in rows], [across[c] for c in columns])
    return LabelledMatrix(tuple(down[r] for r in rows), tuple(across[c] for c in columns), values, tuple(findings))


def _load(file: Path, sheet: str | int) -> NDArray[np.object_]:
    if file.suffix.lower() in {".xlsx", ".xlsb", ".xls"}:
        if not file.is_file():
            raise ReadError(f"There is no file '{file}'.", remedy="Check the path.")
        if file.stat().st_size > MAX_BYTES // 8:
            raise ReadError(f"'{file.name}' is larger than any published table.", remedy="Check the file.")
        try:
            frame = pd.read_excel(file, sheet_name=sheet, header=None)
        except ImportError as error:
            raise ReadError(
                f"'{file.name}' needs a library to read it: {error}", remedy="Save it as .xlsx or .csv, or install it."
            ) from error
        except ValueError as error:
            raise ReadError(f"'{file.name}' cannot be read: {error}.", remedy="Check the file and sheet=.") from error
    else:
        try:
            with open_table_file(file) as stream:
                frame = pd.read_csv(stream, header=None, low_memory=False, encoding="utf-8-sig")
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise ReadError(f"'{file.name}' is not a table: {error}.", remedy="Save the sheet as CSV again.") from error
    return frame.to_numpy(dtype=object)


def _text(cell: object) -> str:
    return "" if cell is None or (isinstance(cell, float) and np.isnan(cell)) else str(cell).strip()


def _corner(cells: NDArray[np.object_], name: str) -> tuple[int, int]:
    """Position where the line of codes and the column of codes meet."""
    lines = [sum(bool(_CODE.match(_text(cell))) for cell in cells[line]) for line in range(min(_SEARCHED, len(cells)))]
    line = int(np.argmax(lines)) if lines else 0
    width = min(_SEARCHED, cells.shape[1])
    counts = [sum(bool(_CODE.match(_text(cell))) for cell in cells[line + 1 :, column]) for column in range(width)]
    column = int(np.argmax(counts)) if counts else 0
    if not lines or lines[line] < 2 or counts[column] < 2 or line < 1 or column < 1:
        raise ReadError(
            f"'{name}' has no line and column of codes such as 'c1' beside its numbers.",
            remedy="Give the sheet with the table (sheet=), or use read_icio for a file with labels like 'JPN_C01'.",
        )
    return line, column


def _labels(regions: NDArray[np.object_], codes: NDArray[np.object_]) -> list[str]:
    return [f"{_text(region)}{_MARK}{_text(code)}" for region, code in zip(regions, codes, strict=True)]


def _numbers(
    body: NDArray[np.object_], rows: list[str], columns: list[str]
) -> tuple[NDArray[np.float64], list[Finding]]:
    frame = pd.DataFrame(body)
    numbers = frame.apply(pd.to_numeric, errors="coerce")
    findings = []
    blank = int(frame.isna().to_numpy().sum())
    if blank:
        message = f"{blank} blank cells were read as zero; the accounts show whether that is right."
        findings.append(Finding("note", "blank cells", "", message))
    for at, column in np.argwhere((numbers.isna() & frame.notna()).to_numpy()).tolist():
        message = f"Row '{rows[at]}', column '{columns[column]}': '{body[at, column]}' is not a number."
        findings.append(Finding("error", "not a number", rows[at], message))
    return numbers.where(frame.notna(), 0.0).to_numpy(dtype=np.float64), findings
