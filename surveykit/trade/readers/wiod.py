"""World Input-Output Database: releases 2013 and 2016."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import numpy as np

from surveykit.errors import ReadError
from surveykit.trade.readers.assemble import Layout, assemble, split_bar
from surveykit.trade.readers.delimited import LabelledMatrix, read_header, read_labelled_matrix
from surveykit.trade.readers.files import year_in_name
from surveykit.trade.readers.grid import read_grid
from surveykit.trade.readers.icio import read_icio
from surveykit.trade.tables import InterCountryTable

__all__ = ["read_wiod"]

_WORKBOOKS = {".xlsx", ".xlsb", ".xls"}

_WIOD13_LAYOUT = Layout(
    name="WIOD 2013",
    value_added=frozenset({"R64"}),
    taxes=frozenset({"R61", "R62", "R63", "R65", "R99"}),
    output=frozenset({"R69"}),
    final_demand=frozenset({"C36", "C37", "C38", "C39", "C40", "C41", "C42"}),
    totals=frozenset({"TOT", "TOTAL", "", "C43"}),
    ignored=frozenset({"R60"}),
    split=split_bar,
)
_WIOD16_LAYOUT = Layout(
    name="WIOD 2016",
    value_added=frozenset({"VA"}),
    taxes=frozenset({"TXSP", "EXP_ADJ", "PURR", "PURNR", "INTTTM"}),
    output=frozenset({"GO"}),
    final_demand=frozenset({"CONS_H", "CONS_NP", "CONS_G", "GFCF", "INVEN", "C57", "C58", "C59", "C60", "C61"}),
    totals=frozenset({"TOT", "TOTAL", "GO", ""}),
    ignored=frozenset({"II_FOB"}),
    split=split_bar,
)


def read_wiod(
    path: str | Path,
    check: bool = True,
    *,
    release: Literal[2013, 2016] | None = None,
    year: int | None = None,
    tolerance: float = 1e-3,
    sheet: str | int = 0,
) -> InterCountryTable:
    """Read a world input-output table of the WIOD.

    Release 2013 (40 countries and the rest of the world, 35 industries ``C01`` to ``C35``): workbook. Release 2016 (43
    countries, 56 industries): workbook, or the CSV with columns ``IndustryCode, IndustryDescription, Country, RNr,
    Year, AUS1 ...``. A table of either in the layout of the ICIO (``JPN_C01``) is read as such.

    Parameters
    ----------
    path
        File; a 2016 CSV may hold several years.
    check
        Refuse a table that would give wrong numbers; otherwise hand it over for inspection.
    release
        Release that the file is expected to be of; found from its labels when not given.
    year
        Year of the data; from the file name when it says so.
    tolerance
        Accepted imbalance as a share of output. The published tables are rounded, hence more than for the ICIO.
    sheet
        Sheet of the workbook.

    Returns
    -------
    InterCountryTable
        Value added is at basic prices. Taxes less subsidies on products, direct purchases, adjustments and
        international transport margins are in ``taxes``.
    """
    file = Path(path)
    if release not in {None, 2013, 2016}:
        raise ReadError(f"WIOD has no release {release}.", remedy="Releases are 2013 and 2016.")
    described = year if year is not None else _year(file)
    header = [] if file.suffix.lower() in _WORKBOOKS else read_header(file, year=year)[0]
    if header and header[0].lower() == "industrycode":
        matrix, described = _read_2016_csv(file, described)
    elif any("_" in label for label in header[1:4]):
        return read_icio(file, check, year=described, tolerance=tolerance)
    else:
        matrix = read_grid(file, sheet=sheet, industry_codes_with="c61")
    newer = any(label.upper() == "TOT|VA" for label in matrix.rows)
    if release is not None and newer != (release == 2016):
        raise ReadError(
            f"'{file.name}' is laid out like release {2016 if newer else 2013}, not {release}.",
            remedy="Leave out release=.",
        )
    return assemble(
        matrix,
        _WIOD16_LAYOUT if newer else _WIOD13_LAYOUT,
        check=check,
        tolerance=tolerance,
        scheme="wiod16" if newer else "wiod13",
        year=described,
        source="WIOD 2016" if newer else "WIOD 2013",
        edition="2016" if newer else "2013",
    )


def _year(file: Path) -> int | None:
    """Year in a name such as ``WIOT2014_Nov16_ROW.xlsb`` or ``wiot05_row_apr12.xlsx``."""
    full = re.match(r"(?i)wiot(\d{4})", file.name)
    if full:
        return int(full[1])
    short = re.match(r"(?i)wiot(\d{2})_", file.name)
    if short:
        return 1900 + int(short[1]) if int(short[1]) >= 90 else 2000 + int(short[1])
    return year_in_name(file)


def _read_2016_csv(file: Path, year: int | None) -> tuple[LabelledMatrix, int | None]:
    """Read the layout of the release's R files: five columns of labels, columns ``AUS1`` to ``ROW61`` and a total."""
    raw = read_labelled_matrix(file, labels=5)
    names = [name.lower() for name in raw.label_names]
    if names != ["industrycode", "industrydescription", "country", "rnr", "year"]:
        raise ReadError(f"'{file.name}' begins with columns {raw.label_names}.", remedy="Expected those of WIOD 2016.")
    years = sorted({int(float(labels[4])) for labels in raw.row_labels})
    if year is None and len(years) > 1:
        raise ReadError(f"'{file.name}' holds the years {years[0]} to {years[-1]}.", remedy="Pass year=.")
    chosen = years[0] if year is None else year
    at = [k for k, labels in enumerate(raw.row_labels) if int(float(labels[4])) == chosen]
    if not at:
        raise ReadError(f"'{file.name}' does not hold {chosen}.", remedy=f"It holds {years[0]} to {years[-1]}.")
    rows = [f"{raw.row_labels[k][2]}|{raw.row_labels[k][0]}" for k in at]
    code_of = {int(float(raw.row_labels[k][3])): raw.row_labels[k][0] for k in at}
    columns = [_column(label, code_of) for label in raw.columns]
    return LabelledMatrix(tuple(rows), tuple(columns), np.asarray(raw.values[at]), raw.findings), chosen


def _column(label: str, code_of: dict[int, str]) -> str:
    found = re.match(r"^([A-Za-z]{3})(\d{1,2})$", label)
    if not found:
        return f"TOT|{label}"
    number = int(found[2])
    return f"{found[1]}|{code_of[number] if number <= 56 and number in code_of else f'c{number}'}"
