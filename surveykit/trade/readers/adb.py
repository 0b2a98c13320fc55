"""Multi-regional input-output tables of the Asian Development Bank (ADB MRIO)."""

from __future__ import annotations

from pathlib import Path

from surveykit.trade.readers.assemble import Layout, assemble, split_bar
from surveykit.trade.readers.files import year_in_name
from surveykit.trade.readers.grid import read_grid
from surveykit.trade.tables import InterCountryTable

__all__ = ["read_adb"]

# Economies that the ADB writes differently from ISO 3166; all others are ISO codes already.
_ADB_CODES = {
    "BAN": "BGD", "BHU": "BTN", "BRU": "BRN", "CAM": "KHM", "DEN": "DNK", "FIJ": "FJI", "GER": "DEU",
    "INO": "IDN", "IRE": "IRL", "MAL": "MYS", "MLD": "MDV", "MON": "MNG", "NEP": "NPL", "NET": "NLD", "PHI": "PHL",
    "POR": "PRT", "PRC": "CHN", "ROM": "ROU", "SIN": "SGP", "SPA": "ESP", "SRI": "LKA", "SWI": "CHE", "TAP": "TWN",
    "UKG": "GBR", "VIE": "VNM",
}  # fmt: skip

_ADB_LAYOUT = Layout(
    name="ADB MRIO",
    value_added=frozenset({"R64"}),
    taxes=frozenset({"R99", "R61", "R62", "R63", "R65", "TRS"}),
    output=frozenset({"R69"}),
    final_demand=frozenset({"F1", "F2", "F3", "F4", "F5"}),
    totals=frozenset({"TOT", "TOTAL", ""}),
    ignored=frozenset({"R60"}),
    parts=_ADB_CODES,
    split=split_bar,
)


def read_adb(
    path: str | Path,
    check: bool = True,
    *,
    year: int | None = None,
    edition: str = "",
    tolerance: float = 1e-3,
    sheet: str | int = 0,
) -> InterCountryTable:
    """Read a multi-regional table of the ADB (62, 72 or 74 economies and the rest of the world, 35 industries).

    Parameters
    ----------
    path
        Workbook as published, or the sheet saved as CSV.
    check
        Refuse a table that would give wrong numbers; otherwise hand it over for inspection.
    year, edition
        Year of the data (from the file name when it says so) and edition.
    tolerance
        Accepted imbalance as a share of output; the published tables are rounded.
    sheet
        Sheet of the workbook.

    Returns
    -------
    InterCountryTable
        Countries under their ISO codes (the ADB writes ``GER``, ``PRC``); row labels keep the ADB's. Taxes,
        adjustments and transport margins are in ``taxes``.
    """
    return assemble(
        read_grid(path, sheet=sheet),
        _ADB_LAYOUT,
        check=check,
        tolerance=tolerance,
        scheme="adb",
        year=year if year is not None else year_in_name(path),
        source="ADB MRIO",
        edition=edition,
    )
