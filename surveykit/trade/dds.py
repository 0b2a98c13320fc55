"""Digitally deliverable services (UNCTAD)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from surveykit.errors import TradeError
from surveykit.trade.frames import SERVICES_KEYS, area_filter, require_unique, services_frame
from surveykit.trade.panels import area_column, flow_column, read_panel, scaled_values

__all__ = ["read_dds"]

_SYNONYMS = {
    "reporter": ("iso3", "REF_AREA", "Economy Label", "Economy", "Reporter", "Country"),
    "flow": ("flow", "Flow Label", "direction", "UNCTAD_DE_FLOW"),
    "year": ("year", "TIME_PERIOD"),
    "value": (
        "value_usd_mn",
        "value",
        "OBS_VALUE",
        "US dollars at current prices in millions",
        "US$ at current prices in millions",
    ),
    "unit": ("unit",),
    "status": ("obs_status", "OBS_STATUS"),
}


def read_dds(
    path: str | Path,
    *,
    reporters: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
    unit: str | None = None,
    edition: str | None = None,
) -> pd.DataFrame:
    """Read UNCTAD's international trade in digitally deliverable services.

    Parameters
    ----------
    path
        CSV (also gzip or zip) with one row per economy, flow and year.
    reporters, years
        Economies (any code or name) and years to keep; all when not given.
    unit
        Unit of the values where neither a column ``unit`` nor the column's name says it.
    edition
        Edition of the file; its name when not given.

    Returns
    -------
    pandas.DataFrame
        Long frame: indicator ``EXPORTS`` or ``IMPORTS``, partner ``WLD``, activity ``DDS``, USD million, and a column
        ``status`` with the publisher's mark of each value (``A`` normal, ``E`` estimated) where the file has it.
    """
    place = Path(path).name
    rows, columns = read_panel(path, _SYNONYMS, optional=("unit", "status"))
    rows["value"] = scaled_values(rows, columns["value"], unit=unit, place=place)
    rows["reporter"] = area_column(rows["reporter"], place=place)
    rows["indicator"] = flow_column(rows["flow"], place=place)
    wanted = area_filter(reporters)
    if wanted is not None:
        rows = rows[rows["reporter"].isin(wanted)]
    if years is not None:
        rows = rows[rows["year"].isin([years] if isinstance(years, int) else list(years))]
    if rows.empty:
        raise TradeError(f"Nothing in '{place}' matches the filters.", remedy="Check reporters and years.")
    frame = services_frame(
        rows.drop(columns=[name for name in ("flow", "unit") if name in rows.columns]),
        partner="WLD",
        activity="DDS",
        unit="USD_MN",
        method="published",
        source="UNCTAD digitally deliverable services",
        edition=edition if edition is not None else place,
    )
    require_unique(frame, SERVICES_KEYS, place=f"'{place}'")
    return frame.sort_values(list(SERVICES_KEYS), ignore_index=True)
