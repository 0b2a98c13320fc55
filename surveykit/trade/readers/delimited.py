"""A delimited file with labels in its first row and first column, read into numbers without losing what was wrong."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveykit.errors import ReadError
from surveykit.trade.readers.files import open_table_file
from surveykit.trade.validation import Finding

__all__ = ["LabelledMatrix", "read_header", "read_labelled_matrix"]


@dataclass(frozen=True, eq=False)
class LabelledMatrix:
    """Numbers with a label for every row and column.

    Parameters
    ----------
    rows, columns
        Labels `(n,)` and `(m,)`.
    values
        Numbers `(n, m)`; what could not be read is not a number.
    findings
        Cells that held text.
    row_labels, label_names
        All label columns of each row and their headers, where there are several.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()
    row_labels: tuple[tuple[str, ...], ...] = ()
    label_names: tuple[str, ...] = ()


def read_header(path: str | Path, *, year: int | None = None) -> tuple[list[str], str]:
    """First line of a delimited file, split into fields, and its separator."""
    with open_table_file(path, year=year) as stream:
        line = stream.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    if not line.strip():
        raise ReadError(f"'{Path(path).name}' has no header line.", remedy="Check that it is the table itself.")
    separator = max(",;\t|", key=line.count)
    return [field.strip() for field in next(csv.reader(io.StringIO(line), delimiter=separator))], separator


def read_labelled_matrix(path: str | Path, *, year: int | None = None, labels: int = 1) -> LabelledMatrix:
    """Read a file whose first column labels the rows and whose first line labels the columns.

    Parameters
    ----------
    path
        Plain, gzip or zip file; comma, semicolon, tab or bar between cells.
    year
        In a zip archive: the year in the name of the member to read.
    labels
        Number of label columns before the numbers.

    Raises
    ------
    ReadError
        The file has no header, a line has more cells than the header, or it is not text.
    """
    header, separator = read_header(path, year=year)
    name = Path(path).name
    try:
        with open_table_file(path, year=year) as stream:
            frame = pd.read_csv(
                stream,
                sep=separator,
                header=None,
                skiprows=1,
                dtype=dict.fromkeys(range(labels), "str"),
                encoding="utf-8-sig",
                low_memory=False,
            )
    except pd.errors.EmptyDataError as error:
        raise ReadError(f"'{name}' has a header but no rows.", remedy="Download it again.") from error
    except pd.errors.ParserError as error:
        raise ReadError(f"'{name}' is not a rectangular table: {error}.", remedy="Download it again.") from error
    except UnicodeDecodeError as error:
        raise ReadError(f"'{name}' is not UTF-8 text: {error}.", remedy="Save it as CSV in UTF-8.") from error
    if frame.shape[1] != len(header):
        raise ReadError(
            f"'{name}' has {len(header)} cells in its header and {frame.shape[1]} in its rows.",
            remedy="Download it again.",
        )
    if frame[0].isna().any():
        frame = frame[frame[0].notna()]
    row_labels = tuple(zip(*(frame[at].fillna("").str.strip() for at in range(labels)), strict=True))
    rows = tuple(label[0] for label in row_labels)
    frame = frame.iloc[:, labels:]
    findings = []
    for column in [at for at in range(labels, len(header)) if not pd.api.types.is_numeric_dtype(frame[at].dtype)]:
        numbers = pd.to_numeric(frame[column], errors="coerce")
        for at in np.flatnonzero((numbers.isna() & frame[column].notna()).to_numpy()).tolist():
            cell = frame[column].iloc[at]
            message = f"Row '{rows[at]}', column '{header[column]}': '{cell}' is not a number."
            findings.append(Finding("error", "not a number", rows[at], message))
        frame[column] = numbers
    values = frame.to_numpy(dtype=np.float64)
    return LabelledMatrix(rows, tuple(header[labels:]), values, tuple(findings), row_labels, tuple(header[:labels]))
