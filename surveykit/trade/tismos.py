"""Trade in services by mode of supply (TiSMoS, WTO)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from surveykit.classifications.services import service_item
from surveykit.errors import ReadError, TradeError, listing
from surveykit.trade.delimited import read_header
from surveykit.trade.frames import area_filter, require_unique, services_frame
from surveykit.trade.panels import area_column, flow_column, read_panel, scaled_values
from surveykit.trade.units import to_usd_million

__all__ = ["TISMOS_KEYS", "read_tismos"]

TISMOS_KEYS: tuple[str, ...] = ("indicator", "reporter", "activity", "mode", "year")

_SYNONYMS = {
    "reporter": ("reporter", "Reporter_code", "REF_AREA", "economy", "country", "iso3"),
    "flow": ("flow", "Trade flow", "direction"),
    "activity": ("indicator", "tismos_code", "Sector_code", "Item_code", "Sector", "service_code"),
    "mode": ("mode", "Mode_of_supply", "Supply mode"),
    "year": ("year", "TIME_PERIOD"),
    "value": ("value_musd", "value_usd_mn", "value", "OBS_VALUE"),
    "unit": ("unit",),
}
_MODE = re.compile(r"^(?:mode|m)?[ _-]?([1-4])$", re.IGNORECASE)


def read_tismos(
    path: str | Path,
    *,
    reporters: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
    unit: str | None = None,
    reporter: str | None = None,
    flow: str | None = None,
    year: int | None = None,
    edition: str | None = None,
) -> pd.DataFrame:
    """Read services trade by mode of supply, long (one row per mode) or wide (columns ``mode1`` to ``mode4``).

    Parameters
    ----------
    path
        CSV, also in gzip or zip.
    reporters, years
        Economies and years to keep; all when not given.
    unit
        ``"USD_MN"`` or ``"USD_BN"`` where the file does not say it.
    reporter, flow, year
        What a printed table says in its title instead of its columns: economy, ``"exports"`` or ``"imports"``, year.
    edition
        Edition of the file; its name when not given.

    Returns
    -------
    pandas.DataFrame
        Long frame with two more columns: ``mode`` (``"Mode 1"`` ... ``"Mode 4"``) and ``basis`` (``"gross sales"``).
        Mode 3 is sales of affiliates abroad, not exports of the balance of payments. Values in USD million.
    """
    place = Path(path).name
    rows = _rows(path, unit=unit, year=year)
    for name, given in (("reporter", reporter), ("flow", flow)):
        if name not in rows.columns:
            if given is None:
                raise TradeError(
                    f"'{place}' does not say the {name}.", remedy=f"Pass {name}=... as the title of the table says."
                )
            rows[name] = given
    rows["reporter"] = area_column(rows["reporter"], place=place)
    rows["indicator"] = flow_column(rows["flow"], place=place)
    rows["mode"] = _mode_column(rows["mode"], place)
    for code in rows["activity"].unique():
        service_item(code)
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
        unit="USD_MN",
        method="published",
        source="WTO TiSMoS",
        edition=edition if edition is not None else place,
    ).assign(basis="gross sales")
    require_unique(frame, TISMOS_KEYS, place=f"'{place}'")
    return frame.sort_values(list(TISMOS_KEYS), ignore_index=True)


def _rows(path: str | Path, *, unit: str | None, year: int | None) -> pd.DataFrame:
    header, _ = read_header(path)
    wide = [name for name in header if re.fullmatch(r"mode[ _]?[1-4]", name, re.IGNORECASE)]
    if wide:
        return _wide(path, header, wide, unit=unit, year=year)
    said = {name.casefold() for name in header}
    titled = [name for name in ("reporter", "flow") if not said & {spelling.casefold() for spelling in _SYNONYMS[name]}]
    rows, columns = read_panel(path, _SYNONYMS, optional=("unit", *titled))
    rows["value"] = scaled_values(rows, columns["value"], unit=unit, place=Path(path).name)
    return rows


def _wide(path: str | Path, header: list[str], wide: list[str], *, unit: str | None, year: int | None) -> pd.DataFrame:
    place = Path(path).name
    if unit is None:
        raise TradeError(
            f"The columns of '{place}' do not say their unit.", remedy="Pass unit='USD_BN' or unit='USD_MN'."
        )
    codes = [name for name in header if name.casefold() in ("tismos_code", "indicator", "code", "activity")]
    if not codes:
        raise ReadError(
            f"'{place}' has no column with service codes; it has {listing(header)}.", remedy="Name it tismos_code."
        )
    table = pd.read_csv(path, dtype={codes[0]: "str"}, keep_default_na=False)
    rows = table.melt(id_vars=[name for name in header if name not in wide], value_vars=wide, var_name="mode")
    rows = rows.rename(columns={codes[0]: "activity"})
    if "year" not in rows.columns:
        if year is None:
            raise TradeError(
                f"'{place}' does not say the year.", remedy="Pass year=... as the title of the table says."
            )
        rows["year"] = year
    rows["value"] = pd.to_numeric(rows["value"]) * to_usd_million(unit)
    return rows[[name for name in rows.columns if name in ("reporter", "flow", "activity", "mode", "year", "value")]]


def _mode_column(labels: pd.Series, place: str) -> pd.Series:
    found = {label: _MODE.match(str(label).strip()) for label in labels.unique()}
    unknown = sorted(str(label) for label, match in found.items() if match is None)
    if unknown:
        raise ReadError(f"Mode {listing(unknown)} is unknown.", where=place, remedy="Modes are 1, 2, 3 and 4.")
    return labels.map({label: f"Mode {match[1]}" for label, match in found.items() if match is not None})
