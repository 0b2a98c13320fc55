"""Trade in commercial services by item (WTO Stats, annual bulk file)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from surveykit.classifications.groups import find_area
from surveykit.errors import TradeError, listing
from surveykit.trade.delimited import Keep, match_headers, read_filtered, read_header
from surveykit.trade.frames import SERVICES_KEYS, WORLD, area_filter, require_unique, services_frame
from surveykit.trade.panels import year_column

__all__ = ["read_wto_services"]

_HEADERS: Mapping[str, Sequence[str]] = {
    "series": ("IndicatorCode", "Indicator Code"),
    "reporter_code": ("ReporterCode", "Reporting Economy Code"),
    "reporter": ("ReporterISO3A", "Reporting Economy ISO3A Code"),
    "partner_code": ("PartnerCode", "Partner Economy Code"),
    "partner": ("PartnerISO3A", "Partner Economy ISO3A Code"),
    "activity": ("ProductCode", "Product/Sector Code"),
    "unit": ("UnitCode", "Unit Code"),
    "year": ("Year",),
    "value": ("Value",),
}
# BPM6 series only: those of the fifth edition end in 2013 and count other things.
_SERIES = {"ITS_CS_AX6": "EXPORTS", "ITS_CS_AM6": "IMPORTS"}
_WORLD = "000"
_MAX_ROWS = 5_000_000


def read_wto_services(
    path: str | Path,
    *,
    reporters: str | Iterable[str] | None = None,
    items: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
    edition: str | None = None,
) -> pd.DataFrame:
    """Read the WTO's annual trade in commercial services with the world, by item.

    Parameters
    ----------
    path
        ``services_annual_dataset.zip`` as downloaded, or its CSV.
    reporters
        Economies or ``"WLD"``, by any code or name; all with an ISO code when not given.
    items
        Items as the file codes them (``"SOX"`` commercial services, ``"SC"``, ``"SI"`` ...); all when not given.
    years
        One year or several.
    edition
        Edition of the file; its name when not given.

    Returns
    -------
    pandas.DataFrame
        Long frame: ``EXPORTS`` and ``IMPORTS`` by item against ``WLD``, USD million, BPM6.

    Raises
    ------
    TradeError
        Items that the file does not have, another unit than million dollars, or nothing that matches.
    """
    place = Path(path).name
    header, _ = read_header(path)
    columns = match_headers(header, _HEADERS, place=place)
    wanted = None if items is None else frozenset([items] if isinstance(items, str) else items)
    years_kept = None if years is None else {str(year) for year in ([years] if isinstance(years, int) else years)}
    keep: dict[str, Keep] = {
        "series": _SERIES.get,
        "partner_code": lambda code: WORLD if code.strip() == _WORLD else None,
        "activity": lambda code: code if wanted is None or code in wanted else None,
        "year": lambda year: year if years_kept is None or year in years_kept else None,
    }
    rows = read_filtered(path, columns, keep=keep, numbers=("value",), max_rows=_MAX_ROWS).to_pandas()
    units = sorted(set(rows["unit"].astype("str")) - {"USM"})
    if units:
        raise TradeError(
            f"Unit {listing(units)} of '{place}' is not known.", remedy="The file gives USM, million dollars."
        )
    world = rows["reporter_code"].astype("str").str.strip() == _WORLD
    rows["reporter"] = rows["reporter"].astype("str").str.strip().mask(world, WORLD)
    known = {code: find_area(code) for code in rows["reporter"].unique()}
    rows = rows[[known[code] is not None for code in rows["reporter"]]]
    chosen = area_filter(reporters)
    if chosen is not None:
        rows = rows[rows["reporter"].isin(chosen)]
    lacking = sorted((wanted or frozenset()) - set(rows["activity"]))
    if rows.empty or lacking:
        raise TradeError(
            f"'{place}' has no {listing(lacking)}." if lacking else f"Nothing in '{place}' matches the filters.",
            remedy="Check items, reporters and years.",
        )
    rows["year"] = year_column(rows["year"], place=place)
    frame = services_frame(
        pd.DataFrame({name: rows[name] for name in ("reporter", "activity", "year", "value")}).assign(
            indicator=rows["series"].astype("str")
        ),
        partner=WORLD,
        unit="USD_MN",
        method="published",
        source="WTO, Trade in Commercial Services",
        edition=edition if edition is not None else place,
    )
    require_unique(frame, SERVICES_KEYS, place=f"'{place}'")
    return frame.sort_values(list(SERVICES_KEYS), ignore_index=True)
