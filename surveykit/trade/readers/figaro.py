"""FIGARO, the inter-country tables of Eurostat."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from surveykit.errors import ReadError
from surveykit.trade.readers.assemble import Layout, assemble
from surveykit.trade.readers.delimited import LabelledMatrix, read_header, read_labelled_matrix
from surveykit.trade.readers.files import open_table_file, year_in_name
from surveykit.trade.tables import InterCountryTable
from surveykit.trade.validation import Finding

__all__ = ["read_figaro"]

_FIGARO_LAYOUT = Layout(
    name="FIGARO",
    value_added=frozenset({"D1", "D29X39", "B2A3G"}),
    taxes=frozenset({"D21X31", "OP_RES", "OP_NRES"}),
    output=frozenset({"P1", "OUT"}),
    final_demand=frozenset({"P3_S13", "P3_S14", "P3_S15", "P51G", "P5M", "P52", "P53"}),
    totals=frozenset({"TOTAL", "OUT"}),
    output_required=False,
)
_FLAT = ("refarea", "counterpartarea", "obsvalue")


def read_figaro(
    path: str | Path,
    check: bool = True,
    *,
    year: int | None = None,
    edition: str | None = None,
    tolerance: float = 1e-3,
) -> InterCountryTable:
    """Read an industry-by-industry table of FIGARO, matrix or flat CSV.

    Parameters
    ----------
    path
        ``matrix_eu-ic-io_ind-by-ind_...csv`` (rows and columns ``DE_C29``), or the flat file with columns ``refArea,
        rowIi, counterpartArea, colIi, obsValue``.
    check
        Refuse a table that would give wrong numbers; otherwise hand it over for inspection.
    year, edition
        Year of the data and edition; from the file name when it says so.
    tolerance
        Accepted imbalance as a share of output; the published tables are rounded.

    Returns
    -------
    InterCountryTable
        In million euro (``EUR_MN``). Output is the sum of uses, as the file does not state it. Value added is the sum
        of its components; taxes less subsidies on products and direct purchases are in ``taxes``. Regions keep FIGARO's
        codes (``DE``, ``EL``, ``FIGW1``); a country is found under any of its names and codes.
    """
    header, _ = read_header(path, year=year)
    names = [name.lower() for name in header]
    matrix = _read_flat(path, year) if set(_FLAT) <= set(names) else read_labelled_matrix(path, year=year)
    found = re.search(r"(\d{2}ed)", Path(path).name)
    return assemble(
        matrix,
        _FIGARO_LAYOUT,
        check=check,
        tolerance=tolerance,
        scheme="figaro",
        year=year if year is not None else year_in_name(path),
        unit="EUR_MN",
        source="FIGARO",
        edition=edition if edition is not None else found[1] if found else "",
    )


def _read_flat(path: str | Path, year: int | None) -> LabelledMatrix:
    """Spread the flat file into a matrix; cells that it leaves out are zero."""
    with open_table_file(path, year=year) as stream:
        frame = pd.read_csv(stream, encoding="utf-8-sig", keep_default_na=False, na_values=[""])
    frame.columns = [str(name).lower() for name in frame.columns]
    row_name = next((name for name in ("rowii", "rowpi") if name in frame), None)
    column_name = next((name for name in ("colii", "colpi") if name in frame), None)
    if row_name is None or column_name is None:
        raise ReadError(f"'{Path(path).name}' has columns {list(frame.columns)}.", remedy="Expected rowIi and colIi.")
    rows = frame["refarea"].astype("str") + "_" + frame[row_name].astype("str")
    columns = frame["counterpartarea"].astype("str") + "_" + frame[column_name].astype("str")
    values = pd.to_numeric(frame["obsvalue"], errors="coerce").to_numpy(dtype=np.float64)
    at_row, row_labels = pd.factorize(rows)
    at_column, column_labels = pd.factorize(columns)
    findings = []
    for at in np.flatnonzero(pd.DataFrame({"r": at_row, "c": at_column}).duplicated().to_numpy()).tolist():
        message = f"Row '{rows.iloc[at]}', column '{columns.iloc[at]}' stands more than once."
        findings.append(Finding("error", "duplicate label", str(rows.iloc[at]), message))
    matrix = np.zeros((len(row_labels), len(column_labels)))
    matrix[at_row, at_column] = values
    return LabelledMatrix(tuple(map(str, row_labels)), tuple(map(str, column_labels)), matrix, tuple(findings))
