"""OECD Inter-Country Input-Output tables (ICIO), and any table in the same layout."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from surveykit.errors import ReadError
from surveykit.trade.readers.assemble import Layout, assemble
from surveykit.trade.readers.delimited import read_header, read_labelled_matrix
from surveykit.trade.readers.files import year_in_name
from surveykit.trade.tables import InterCountryTable

__all__ = ["ICIO_LAYOUT", "edition_in_name", "read_icio"]

_FINAL_DEMAND = {
    "HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR", "HC", "NONRES", "DIRP", "P33", "CONS_ABR", "CONS_NONRES", "FD",
    "INV"
}  # fmt: skip
_SOURCES = {
    "icio2023": "OECD ICIO",
    "icio2025": "OECD ICIO",
    "wiod13": "WIOD 2013",
    "wiod16": "WIOD 2016",
    "figaro": "FIGARO",
    "adb": "ADB MRIO",
}
_TAXES = frozenset({"TLS", "TAXSUB", "TXS_INT_FNL", "TXS_IMP_FNL", "TXS_INT", "TXS"})

ICIO_LAYOUT = Layout(
    name="OECD ICIO",
    value_added=frozenset({"VA", "VALU", "VALUE_ADDED", "GVA"}),
    taxes=_TAXES,
    output=frozenset({"OUT", "OUTPUT", "GO", "X"}),
    final_demand=frozenset(_FINAL_DEMAND),
    totals=frozenset({"OUT", "OUTPUT", "TOTAL", "GO", "X"}),
    parts={"CN1": "CHN", "CN2": "CHN", "CN3": "CHN", "CN4": "CHN", "MX1": "MEX", "MX2": "MEX", "MX3": "MEX"},
)


def read_icio(
    path: str | Path,
    check: bool = True,
    *,
    year: int | None = None,
    edition: str | None = None,
    merge_split: bool = False,
    tolerance: float = 1e-5,
    unit: str = "USD_MN",
    source: str | None = None,
    final_demand: Iterable[str] = (),
) -> InterCountryTable:
    """Read an inter-country table in the layout of the OECD ICIO.

    One row and one column for every industry of every country (``JPN_C26``), columns of final demand (``JPN_HFCE``),
    rows ``TLS`` (taxes less subsidies on products), ``VA`` and ``OUT``, a column ``OUT``. Rows and columns are found
    by their labels, in any order. Plain, gzip and zip files are read. Tables of other sources in this layout are
    recognised by their industries (WIOD 2013: ``C01`` to ``C35``).

    Parameters
    ----------
    path
        File.
    check
        Refuse a table that would give wrong numbers. With ``False`` it is handed over for inspection with
        :meth:`~surveykit.trade.tables.InterCountryTable.validate`; verbs still refuse to compute with it.
    year, edition
        Year of the data and edition; read from the file name when it says so.
    merge_split
        Add the parts of split countries (``CN1`` and ``CN2``, ``MX1`` and ``MX2``) before coefficients are taken.
        Either way they are one country: trade between them is not foreign trade; unmerged they keep their own
        technologies, as the OECD does.
    tolerance
        Accepted imbalance of a row or column as a share of its output.
    unit, source
        Unit of the values and name of the source, kept in every result.
    final_demand
        Further codes of final demand, for editions that have others than the known ones.

    Returns
    -------
    InterCountryTable

    Raises
    ------
    TradeError
        The table would give wrong numbers; lists every row concerned.
    ReadError
        The file is not such a table.
    """
    file = Path(path)
    _refuse_other_layouts(file, year)
    layout = ICIO_LAYOUT
    extra = frozenset(code.upper() for code in final_demand)
    if extra:
        layout = replace(layout, final_demand=layout.final_demand | extra)
    table = assemble(
        read_labelled_matrix(file, year=year),
        layout,
        check=check,
        merge_split=merge_split,
        tolerance=tolerance,
        year=year if year is not None else year_in_name(file),
        unit=unit,
        edition=edition if edition is not None else edition_in_name(file),
        source=source if source is not None else file.name,
    )
    return table if source is not None else replace(table, source=_SOURCES.get(table.scheme or "", file.name))


def edition_in_name(path: str | Path) -> str:
    """Edition that a file name states, or an empty text.

    Examples
    --------
    >>> edition_in_name("ICIO2023_2020.csv"), edition_in_name("wiod13_2011.csv"), edition_in_name("2020_SML.csv")
    ('ICIO2023', 'wiod13', '')
    """
    found = re.match(r"(?i)(icio\d{4}|wiod\d{2}|figaro[a-z0-9]*)", Path(path).name)
    return found[1] if found else ""


def _refuse_other_layouts(file: Path, year: int | None) -> None:
    if file.suffix.lower() in {".xlsx", ".xlsb", ".xls"}:
        raise ReadError(f"'{file.name}' is a workbook; the ICIO comes as CSV.", remedy="Use read_wiod or read_adb.")
    header, _ = read_header(file, year=year)
    first = header[0].lower()
    if first in {"industrycode", "year"} or "rnr" in {name.lower() for name in header}:
        raise ReadError(f"'{file.name}' is laid out like WIOD 2016.", remedy="Use read_wiod.")
    if first == "rowlabels" or {"refarea", "counterpartarea"} <= {name.lower() for name in header}:
        raise ReadError(f"'{file.name}' is laid out like FIGARO.", remedy="Use read_figaro.")
