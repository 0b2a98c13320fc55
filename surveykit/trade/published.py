"""Published trade in value added (OECD TiVA): readers for SDMX files, in the same frame that the room computes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from surveykit.classifications.groups import find_area
from surveykit.errors import ClassificationError, ReadError, TradeError, listing
from surveykit.trade.frames import NOT_APPLICABLE, SERVICES_COLUMNS, chosen, require_unique, services_frame
from surveykit.trade.panels import year_column
from surveykit.trade.sdmx import read_sdmx_observations

__all__ = ["PUBLISHED_KEYS", "read_tiva"]

PUBLISHED_KEYS: tuple[str, ...] = (
    "indicator",
    "reporter",
    "partner",
    "activity",
    "origin_area",
    "origin_activity",
    "year",
    "unit",
)

# Our name -> dimensions of the TiVA data flows: main indicators, origin of value added in exports (EXGRVA) and in final
# demand (FDVA), and the flows of editions before 2023.
_DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "indicator": ("MEASURE", "VAR", "INDICATOR"),
    "reporter": ("EXPORTING_AREA", "FINAL_DEMAND_AREA", "REF_AREA", "COU", "EXP_COU", "EXPCOU"),
    "activity": ("EXPORTING_ACTIVITY", "FINAL_DEMAND_ACTIVITY", "ACTIVITY", "IND", "EXP_IND", "EXPIND"),
    "partner": ("COUNTERPART_AREA", "PAR"),
    "origin_area": ("VALUE_ADDED_SOURCE_AREA", "SOURCE_AREA", "SRC_COU", "VACOU"),
    "origin_activity": ("VALUE_ADDED_SOURCE_ACTIVITY", "SOURCE_ACTIVITY", "SRC_IND", "VAIND"),
    "year": ("TIME_PERIOD", "TIME"),
    "value": ("OBS_VALUE",),
    "unit": ("UNIT_MEASURE", "UNIT"),
}
_OPTIONAL = ("partner", "origin_area", "origin_activity", "unit")
_MILLION = 6


def read_tiva(
    path: str | Path,
    *,
    indicators: str | Iterable[str] | None = None,
    reporters: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
    columns: Mapping[str, str] | None = None,
    edition: str | None = None,
    source: str = "OECD TiVA",
) -> pd.DataFrame:
    """Read published trade-in-value-added indicators.

    Parameters
    ----------
    path
        SDMX-CSV or SDMX-ML file of one of the TiVA data flows, also gzip or zip with one file.
    indicators, reporters, years
        What to keep; all when not given.
    columns
        Our name -> dimension of the file, where an edition names one in a way not known here
        (``{"origin_area": "SOURCE_COUNTRY"}``).
    edition
        Edition of the database; else the data flow named in the file, else the file name. Editions are not
        interchangeable: they revise all years.
    source
        Name of the source.

    Returns
    -------
    pandas.DataFrame
        The long frame of this room. Indicators and activities keep the OECD's codes; areas are ISO3 where they are
        countries and keep the OECD's code otherwise (``W`` world, ``EU27_2020``). Money values are brought to USD
        million (``USD_MN``) by the file's unit multiplier, shares are percent (``PCT``).

    Raises
    ------
    ReadError
        Not SDMX, or dimensions that are not found; name them in ``columns``.
    TradeError
        A unit that is not known, or a number that stands in the file twice.
    """
    place = Path(path).name
    raw = read_sdmx_observations(path)
    names = _match(list(raw.columns), columns or {}, place)
    frame = pd.DataFrame({ours: raw[theirs] for ours, theirs in names.items()})
    frame["year"] = year_column(frame["year"], place=place)
    value = pd.to_numeric(frame["value"], errors="coerce")
    wrong = sorted(set(frame["value"][value.isna()]) - {"", "NaN", "NA"})
    if wrong:
        raise ReadError(
            f"These values are no numbers: {listing(wrong)}.", where=place, remedy="Download the file again."
        )
    frame["value"], frame["unit"] = _in_millions(value, raw, names, place)
    frame["reason"] = np.where(frame["value"].isna(), _status(raw), "")
    for name in ("reporter", "partner", "origin_area"):
        if name in frame.columns:
            frame[name] = frame[name].map(_areas(frame[name]))
    for column, wanted in (("indicator", indicators), ("year", years)):
        frame = chosen(frame, column, wanted, place=f"'{place}'")
    if reporters is not None:
        labels = [reporters] if isinstance(reporters, str) else list(reporters)
        frame = chosen(frame, "reporter", [_area(label) for label in labels], place=f"'{place}'")
    flow = sorted(
        {text for text in raw.get("DATAFLOW", raw.get("STRUCTURE_ID", pd.Series(dtype="str"))).unique() if text}
    )
    stated = edition or (flow[0] if len(flow) == 1 else place)
    result = services_frame(frame, method="published", source=source, edition=stated)
    require_unique(result, PUBLISHED_KEYS, place=f"'{place}'")
    ordered: pd.DataFrame = result[list(SERVICES_COLUMNS)].sort_values(list(PUBLISHED_KEYS), ignore_index=True)
    return ordered


def _match(header: list[str], given: Mapping[str, str], place: str) -> dict[str, str]:
    unknown = [name for name in given if name not in _DIMENSIONS]
    absent = [theirs for theirs in given.values() if theirs not in header]
    if unknown or absent:
        raise ReadError(
            f"columns= names what is not there: {listing([*unknown, *absent])}.",
            where=place,
            remedy=f"Our names are {listing(_DIMENSIONS, limit=9)}; the file has {listing(header, limit=20)}.",
        )
    found = dict(given)
    for ours, candidates in _DIMENSIONS.items():
        match = next((name for name in candidates if name in header), None)
        if ours not in found and match is not None:
            found[ours] = match
    lacking = [
        f"{ours} ({' or '.join(_DIMENSIONS[ours][:3])})"
        for ours in _DIMENSIONS
        if ours not in found and ours not in _OPTIONAL
    ]
    if lacking:
        raise ReadError(
            f"These dimensions were not found: {', '.join(lacking)}. The file has {listing(header, limit=20)}.",
            where=place,
            remedy="Name them, for example columns={'reporter': 'REF_AREA'}.",
        )
    return found


def _in_millions(
    value: pd.Series, raw: pd.DataFrame, names: Mapping[str, str], place: str
) -> tuple[pd.Series, pd.Series]:
    unit = raw[names["unit"]] if "unit" in names else pd.Series("", index=raw.index)
    percent = unit.str.upper().str.startswith(("PT", "PC", "PERCENT"))
    money = unit.str.upper().str.startswith("USD")
    unknown = sorted(set(unit[~(percent | money)].unique()))
    if unknown:
        raise TradeError(
            f"Units {listing(unknown)} of '{place}' are not known.",
            remedy="TiVA publishes USD (with UNIT_MULT) and percent.",
        )
    if "UNIT_MULT" not in raw.columns and money.any():
        raise TradeError(
            f"'{place}' has money values but no column UNIT_MULT, so their size is not known.",
            remedy="Download the file with all attributes.",
        )
    power = (
        pd.to_numeric(raw["UNIT_MULT"].replace("", None))
        if "UNIT_MULT" in raw.columns
        else pd.Series(0.0, index=raw.index)
    )
    if power[money].isna().any():
        raise TradeError(
            f"'{place}' has money values without UNIT_MULT.", remedy="Download the file with all attributes."
        )
    scaled = value.where(~money, value * 10.0 ** (power.fillna(0.0) - _MILLION))
    return scaled, pd.Series(np.where(money, "USD_MN", "PCT"), index=raw.index)


def _status(raw: pd.DataFrame) -> pd.Series:
    status = raw["OBS_STATUS"] if "OBS_STATUS" in raw.columns else pd.Series("", index=raw.index)
    return "not published" + status.map(lambda code: f" (status {code})" if code else "")


def _area(label: str) -> str:
    """ISO3 for countries; other areas keep the code that the publisher gives them."""
    try:
        found = find_area(label)
    except ClassificationError:
        return label
    return found.code if found is not None and found.kind == "country" else (label or NOT_APPLICABLE)


def _areas(labels: pd.Series) -> dict[str, str]:
    return {str(label): _area(str(label)) for label in labels.unique()}
