"""Balance-of-payments and GDP series of the World Bank (World Development Indicators)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from surveykit.errors import TradeError, listing
from surveykit.trade.frames import SERVICES_KEYS, area_filter, require_unique, services_frame
from surveykit.trade.panels import area_column, read_panel, scaled_values

__all__ = ["read_balance_of_payments", "read_gdp"]

# Indicator -> indicator and item of the long frame, and the total that a percentage refers to.
_SERIES: Mapping[str, tuple[str, str, str]] = {
    "BX.GSR.CCIS.CD": ("EXPORTS", "SI", ""),
    "BM.GSR.CCIS.CD": ("IMPORTS", "SI", ""),
    "BX.GSR.NFSV.CD": ("EXPORTS", "S", ""),
    "BM.GSR.NFSV.CD": ("IMPORTS", "S", ""),
    "BX.GSR.ROYL.CD": ("EXPORTS", "SH", ""),
    "BM.GSR.ROYL.CD": ("IMPORTS", "SH", ""),
    "BX.GSR.MRCH.CD": ("EXPORTS", "G", ""),
    "BM.GSR.MRCH.CD": ("IMPORTS", "G", ""),
    "BN.GSR.MRCH.CD": ("BALANCE", "G", ""),
    "TX.VAL.MRCH.CD.WT": ("EXPORTS", "G", ""),
    "TM.VAL.MRCH.CD.WT": ("IMPORTS", "G", ""),
    "TX.VAL.SERV.CD.WT": ("EXPORTS", "SOX", ""),
    "TM.VAL.SERV.CD.WT": ("IMPORTS", "SOX", ""),
    "BX.GSR.TRVL.ZS": ("EXPORTS", "SD", "BX.GSR.NFSV.CD"),
    "BM.GSR.TRVL.ZS": ("IMPORTS", "SD", "BM.GSR.NFSV.CD"),
    "BX.GSR.TRAN.ZS": ("EXPORTS", "SC", "BX.GSR.NFSV.CD"),
    "BM.GSR.TRAN.ZS": ("IMPORTS", "SC", "BM.GSR.NFSV.CD"),
    "BX.GSR.INSF.ZS": ("EXPORTS", "SFSG", "BX.GSR.NFSV.CD"),
    "BM.GSR.INSF.ZS": ("IMPORTS", "SFSG", "BM.GSR.NFSV.CD"),
}
_GDP = "NY.GDP.MKTP.CD"
_SYNONYMS = {
    "reporter": ("iso3", "Country Code", "REF_AREA", "country"),
    "series": ("indicator", "Indicator Code", "series"),
    "year": ("year", "TIME_PERIOD"),
    "value": ("value", "OBS_VALUE"),
    "unit": ("unit",),
}


def read_balance_of_payments(
    path: str | Path,
    *,
    reporters: str | Iterable[str] | None = None,
    unknown: str = "refuse",
    edition: str | None = None,
) -> pd.DataFrame:
    """Read balance-of-payments series of the World Development Indicators as services-trade series.

    Parameters
    ----------
    path
        CSV with one row per economy, indicator and year; codes as the World Bank writes them (``BX.GSR.NFSV.CD``).
    reporters
        Economies to keep; all when not given.
    unknown
        What to do with indicators that are no trade series: ``"refuse"`` or ``"skip"``.
    edition
        Edition of the file; its name when not given.

    Returns
    -------
    pandas.DataFrame
        Long frame: ``EXPORTS``, ``IMPORTS`` or ``BALANCE`` by item (``S``, ``G``, ``SI`` ...; ``SFSG`` is insurance and
        financial services together) against ``WLD``, in USD million. Items published as percent of total services are
        multiplied out; the column ``derivation`` says ``share x total`` for them.

    Raises
    ------
    TradeError
        Unknown indicators, or a percentage whose total is not in the file.
    """
    place = Path(path).name
    rows, columns = read_panel(path, _SYNONYMS, optional=("unit",))
    known = rows["series"].isin(_SERIES)
    if not known.all() and unknown != "skip":
        raise TradeError(
            f"'{place}' holds indicators that are no known trade series: "
            f"{listing(sorted(rows.loc[~known, 'series'].unique()))}.",
            remedy="Pass unknown='skip' to leave them out.",
        )
    rows = rows[known].copy()
    rows["reporter"] = area_column(rows["reporter"], place=place)
    wanted = area_filter(reporters)
    if wanted is not None:
        rows = rows[rows["reporter"].isin(wanted)]
    percent = rows["series"].str.endswith(".ZS")
    levels = rows[~percent].copy()
    levels["value"] = scaled_values(levels, columns["value"], unit=None if "unit" in columns else "USD", place=place)
    shares = _multiplied(rows[percent], levels, place)
    frame = pd.concat(
        [levels.assign(derivation="published"), shares.assign(derivation="share x total")], ignore_index=True
    )
    frame["indicator"] = frame["series"].map({series: entry[0] for series, entry in _SERIES.items()})
    frame["activity"] = frame["series"].map({series: entry[1] for series, entry in _SERIES.items()})
    result = services_frame(
        frame.drop(columns=[name for name in ("series", "unit") if name in frame.columns]),
        partner="WLD",
        unit="USD_MN",
        method="published",
        source="World Bank, World Development Indicators",
        edition=edition if edition is not None else place,
    )
    require_unique(result, SERVICES_KEYS, place=f"'{place}'")
    return result.sort_values(list(SERVICES_KEYS), ignore_index=True)


def _multiplied(shares: pd.DataFrame, levels: pd.DataFrame, place: str) -> pd.DataFrame:
    totals = shares["series"].map({series: entry[2] for series, entry in _SERIES.items()})
    keyed = shares.assign(total_series=totals).merge(
        levels[["reporter", "series", "year", "value"]].rename(columns={"series": "total_series", "value": "total"}),
        on=["reporter", "total_series", "year"],
        how="left",
    )
    lacking = keyed[keyed["total"].isna() & keyed["value"].notna()]
    if len(lacking):
        first = lacking.iloc[0]
        raise TradeError(
            f"'{first['series']}' of {first['reporter']} {first['year']} is a percentage, but its total "
            f"'{first['total_series']}' is not in '{place}' ({len(lacking)} such rows).",
            remedy="Add the total to the file.",
        )
    return keyed.assign(value=keyed["value"] / 100.0 * keyed["total"]).drop(columns=["total", "total_series"])


def read_gdp(
    path: str | Path,
    *,
    reporters: str | Iterable[str] | None = None,
    unit: str | None = None,
    edition: str | None = None,
) -> pd.DataFrame:
    """Read gross domestic product at current prices.

    Parameters
    ----------
    path
        CSV with one row per economy and year; other indicators in the file are left out.
    reporters
        Economies to keep; all when not given.
    unit
        Unit of the values where the file does not say it (the World Bank publishes ``"USD"``).
    edition
        Edition of the file; its name when not given.

    Returns
    -------
    pandas.DataFrame
        Long frame: indicator ``GDP``, activity ``_T``, USD million.
    """
    place = Path(path).name
    rows, columns = read_panel(path, _SYNONYMS, optional=("unit", "series"))
    if "series" in rows.columns:
        rows = rows[rows["series"] == _GDP].drop(columns="series")
    rows["reporter"] = area_column(rows["reporter"], place=place)
    rows["value"] = scaled_values(rows, columns["value"], unit=unit, place=place)
    wanted = area_filter(reporters)
    if wanted is not None:
        rows = rows[rows["reporter"].isin(wanted)]
    frame = services_frame(
        rows.drop(columns=[name for name in ("unit",) if name in rows.columns]),
        indicator="GDP",
        partner="_Z",
        activity="_T",
        unit="USD_MN",
        method="published",
        source="World Bank, World Development Indicators",
        edition=edition if edition is not None else place,
    )
    require_unique(frame, ("reporter", "year"), place=f"'{place}'")
    return frame.sort_values(["reporter", "year"], ignore_index=True)
