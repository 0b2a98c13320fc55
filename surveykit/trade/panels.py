"""Small published panels (economy, year, flow, value) whose files differ in spelling: what their readers share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from surveykit.classifications.groups import find_area
from surveykit.errors import ClassificationError, ReadError, TradeError, listing
from surveykit.trade.delimited import match_headers, read_filtered, read_header
from surveykit.trade.units import to_usd_million, unit_from_name

__all__ = ["area_column", "flow_column", "read_panel", "scaled_values", "year_column"]

_FLOWS: Mapping[str, str] = {
    "x": "EXPORTS",
    "exp": "EXPORTS",
    "export": "EXPORTS",
    "exports": "EXPORTS",
    "m": "IMPORTS",
    "imp": "IMPORTS",
    "import": "IMPORTS",
    "imports": "IMPORTS",
}
_MAX_ROWS = 5_000_000


def read_panel(
    path: str | Path, synonyms: Mapping[str, Sequence[str]], *, optional: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read the columns that a panel needs, as text but for ``value``, and tell under which names the file has them."""
    header, _ = read_header(path)
    columns = match_headers(header, synonyms, optional=optional, place=Path(path).name)
    table = read_filtered(path, columns, keep={}, numbers=("value",), max_rows=_MAX_ROWS)
    frame = table.to_pandas()
    frame["year"] = year_column(frame["year"], place=Path(path).name)
    return frame, columns


def year_column(labels: pd.Series, *, place: str) -> pd.Series:
    """Years of a column of text (``2023``, ``2023.0``); one error lists all that are no year."""
    found = {label: re.fullmatch(r"\s*(\d{4})(?:\.0+)?\s*", str(label)) for label in labels.unique()}
    wrong = sorted(str(label) for label, match in found.items() if match is None)
    if wrong:
        raise ReadError(
            f"These are no years: {listing(wrong)}.", where=place, remedy="Keep annual data, years as 2023."
        )
    return labels.map({label: int(match[1]) for label, match in found.items() if match is not None}).astype("int64")


def area_column(labels: pd.Series, *, place: str) -> pd.Series:
    """Codes of a column of economies; one error lists all that are unknown."""
    found = {label: find_area(label) for label in labels.unique()}
    unknown = sorted(label for label, entry in found.items() if entry is None)
    if unknown:
        raise ClassificationError(
            f"{len(unknown)} economies are unknown: {listing(unknown)}.", where=place, remedy="Give ISO codes or names."
        )
    return labels.map({label: entry.code for label, entry in found.items() if entry is not None})


def flow_column(labels: pd.Series, *, place: str) -> pd.Series:
    """``EXPORTS`` or ``IMPORTS`` for a column of flows as files write them."""
    unknown = sorted({label for label in labels.unique() if label.strip().casefold() not in _FLOWS})
    if unknown:
        raise ReadError(f"Flow {listing(unknown)} is unknown.", where=place, remedy="Known are X, M, export, import.")
    return labels.map(lambda label: _FLOWS[label.strip().casefold()])


def scaled_values(frame: pd.DataFrame, column: str, *, unit: str | None, place: str) -> pd.Series:
    """Values in USD million, by the unit given, the file's column ``unit``, or its column name; never by assumption."""
    if unit is not None:
        return frame["value"] * to_usd_million(unit)
    if "unit" in frame.columns:
        return frame["value"] * frame["unit"].map(to_usd_million)
    stated = unit_from_name(column)
    if stated is None:
        raise TradeError(
            f"Column '{column}' of '{place}' does not say its unit.", remedy="Pass unit='USD_MN' or unit='USD_BN'."
        )
    return frame["value"] * to_usd_million(stated)
