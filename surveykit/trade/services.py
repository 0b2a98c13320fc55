"""Balances, shares, composition and indices of services-trade series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from surveykit.classifications.services import express
from surveykit.errors import TradeError, did_you_mean, listing
from surveykit.trade.frames import SERVICES_KEYS, WORLD, chosen, only, require_columns, require_unique, services_frame

__all__ = [
    "balance",
    "composition",
    "gross_against_value_added",
    "index_series",
    "percent_of_gdp",
    "sum_items",
    "world_shares",
]

_SERIES: tuple[str, ...] = ("reporter", "partner", "activity", "year", "unit", "source", "edition")


def _require_services(frame: pd.DataFrame, place: str) -> None:
    require_columns(frame, (*SERVICES_KEYS, "value", "unit", "method", "source", "edition"), place=place)
    require_unique(frame, (*SERVICES_KEYS, "unit", "method", "source", "edition"), place=place)


def sum_items(frame: pd.DataFrame, items: Mapping[str, float] | Iterable[str], *, label: str) -> pd.DataFrame:
    """Add up service items into one series.

    Parameters
    ----------
    frame
        Services-trade series of one source and edition.
    items
        Items to add (``["SH", "SI", "SJ2"]``), written in terms of the codes that the data hold (an item is the sum of
        its parts, a part its parent less its siblings), or code -> +1 or -1.
    label
        ``activity`` of the sum.

    Returns
    -------
    pandas.DataFrame
        One row per indicator, reporter, partner and year. Where an item is missing the sum is missing too, and
        ``reason`` names it.

    Raises
    ------
    TradeError
        The data do not hold what the items need, or hold a number twice.
    """
    _require_services(frame, "The data")
    terms = _terms(items, frozenset(frame["activity"]))
    keys = ["indicator", "reporter", "partner", "year", "unit", "method", "source", "edition"]
    part = frame[frame["activity"].isin(terms)]
    wide = part.pivot(index=keys, columns="activity", values="value").reindex(columns=list(terms))
    values = wide.to_numpy(dtype=np.float64) @ np.array(list(terms.values()))
    result = wide.index.to_frame(index=False)
    missing = wide.isna().to_numpy()
    names = np.array(list(terms))
    result["value"] = values
    result["reason"] = ["missing: " + ", ".join(names[row]) if row.any() else "" for row in missing]
    return services_frame(result, activity=label)


def _terms(items: Mapping[str, float] | Iterable[str], held: frozenset[str]) -> dict[str, float]:
    if isinstance(items, Mapping):
        terms, missing = dict(items), sorted(set(items) - held)
    else:
        terms, missing = express(items, held)
    if missing:
        raise TradeError(
            f"The data do not resolve {listing(missing)}; they hold {listing(sorted(held), limit=20)}.",
            remedy="Read the items that are needed, or name others.",
        )
    return terms


def balance(
    frame: pd.DataFrame,
    *,
    items: str | Iterable[str] | None = None,
    reporters: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
) -> pd.DataFrame:
    """Exports less imports.

    Parameters
    ----------
    frame
        Services-trade series with indicators ``EXPORTS`` and ``IMPORTS`` (a published ``BALANCE`` is kept as it is).
    items, reporters, years
        Selection by code; all when not given.

    Returns
    -------
    pandas.DataFrame
        Long frame, indicator ``BALANCE``, in the unit of the input: a surplus is positive. Where one side is missing
        the balance is missing and ``reason`` says which.

    Examples
    --------
    >>> rows = [{"indicator": i, "reporter": "JPN", "partner": "WLD", "activity": "SI", "year": 2023, "value": v,
    ...          "unit": "USD_BN", "method": "printed", "source": "CSIS", "edition": "2025"}
    ...         for i, v in (("EXPORTS", 11.7), ("IMPORTS", 23.6))]
    >>> balance(pd.DataFrame(rows))[["indicator", "value", "unit"]].round(1).to_dict("records")
    [{'indicator': 'BALANCE', 'value': -11.9, 'unit': 'USD_BN'}]
    """
    _require_services(frame, "The data")
    part = frame
    for column, wanted in (("activity", items), ("reporter", reporters), ("year", years)):
        part = chosen(part, column, wanted, place="The data")
    keys = [*_SERIES, "method"]
    wide = part.pivot(index=keys, columns="indicator", values="value")
    wide = wide.reindex(columns=["EXPORTS", "IMPORTS", "BALANCE"])
    result = wide.index.to_frame(index=False)
    computed = (wide["EXPORTS"] - wide["IMPORTS"]).to_numpy()
    stated = wide["BALANCE"].to_numpy()
    result["value"] = np.where(np.isnan(stated), computed, stated)
    lacking = [
        ""
        if not np.isnan(value)
        else "missing: " + " and ".join(name.lower() for name in wide.columns[:2] if pd.isna(row[name]))
        for value, row in zip(result["value"], wide.to_dict("records"), strict=True)
    ]
    result["reason"] = lacking
    return services_frame(result, indicator="BALANCE")


def world_shares(frame: pd.DataFrame, *, world: str = WORLD) -> pd.DataFrame:
    """Share of each reporter in the world's exports or imports of the same item, partner and year, in percent.

    Parameters
    ----------
    frame
        Services-trade series that hold the world among the reporters; a sum over some economies is not the world.
    world
        Code of the world among the reporters.
    """
    _require_services(frame, "The data")
    keys = ["indicator", "partner", "activity", "year", "unit", "method", "source", "edition"]
    total = frame[frame["reporter"] == world][[*keys, "value"]].rename(columns={"value": "total"})
    if total.empty:
        raise TradeError(
            f"The data hold no reporter '{world}', so shares of the world are not defined.",
            remedy="Read the world too (reporters=[..., 'WLD']), or name the code it has.",
        )
    merged = frame.merge(total, on=keys, how="left")
    defined = merged["total"].notna() & (merged["total"] != 0)
    merged["value"] = (100.0 * merged["value"] / merged["total"]).where(defined)
    merged["reason"] = np.where(defined, "", "no world total")
    return services_frame(merged.drop(columns="total"), unit="PCT", method="share of world")


def composition(frame: pd.DataFrame, items: Sequence[str], *, total: str = "S") -> pd.DataFrame:
    """Shares of items in a total, in percent, with what the items leave out as ``_REST``.

    Parameters
    ----------
    frame
        Services-trade series.
    items
        Items that do not overlap, in the order of the figure; written in terms of the data as in :func:`sum_items`.
    total
        Item that the shares refer to.

    Returns
    -------
    pandas.DataFrame
        Shares that add to 100 for every indicator, reporter, partner and year.
    """
    _require_services(frame, "The data")
    parts = pd.concat([sum_items(frame, [item], label=item) for item in items], ignore_index=True)
    whole = sum_items(frame, [total], label=total)
    keys = ["indicator", "reporter", "partner", "year", "unit", "method", "source", "edition"]
    merged = parts.merge(whole[[*keys, "value"]].rename(columns={"value": "total"}), on=keys, how="left")
    covered = merged.groupby(keys, dropna=False)["value"].transform(lambda group: group.sum(skipna=False))
    rest = merged.drop_duplicates(keys).assign(activity="_REST")
    left = rest["total"] - covered[rest.index]
    rest["value"] = left.mask(left.abs() < 1e-9 * rest["total"].abs(), 0.0)  # parts that add up leave nothing
    both = pd.concat([merged, rest], ignore_index=True)
    over = rest[rest["value"] < -1e-6 * rest["total"].abs()]
    if len(over):
        first = over.iloc[0]
        raise TradeError(
            f"Items {listing(items)} of {first['reporter']} {first['year']} add to more than '{total}'.",
            remedy="Give items that do not overlap.",
        )
    defined = both["total"].notna() & (both["total"] != 0) & both["value"].notna()
    both["value"] = (100.0 * both["value"] / both["total"]).where(defined)
    both["reason"] = both["reason"].mask(~defined & (both["reason"] == ""), f"an item or '{total}' is missing")
    return services_frame(both.drop(columns="total"), unit="PCT", method=f"share of {total}")


def index_series(frame: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """Each series divided by its value in a base year (2005 = 1)."""
    _require_services(frame, "The data")
    keys = ["indicator", "reporter", "partner", "activity", "unit", "method", "source", "edition"]
    base = frame[frame["year"] == base_year][[*keys, "value"]].rename(columns={"value": "base"})
    if base.empty:
        raise TradeError(
            f"The data have no year {base_year}.", remedy=f"They have {frame['year'].min()} to {frame['year'].max()}."
        )
    merged = frame.merge(base, on=keys, how="left")
    defined = merged["base"].notna() & (merged["base"] != 0)
    merged["value"] = (merged["value"] / merged["base"]).where(defined)
    merged["reason"] = np.where(defined, merged["reason"], f"no value in {base_year}")
    return services_frame(merged.drop(columns="base"), unit=f"{base_year}=1")


def percent_of_gdp(frame: pd.DataFrame, gdp: pd.DataFrame) -> pd.DataFrame:
    """Express values as percent of the reporter's gross domestic product of the same year.

    Parameters
    ----------
    frame
        Series in one money unit, for example from :func:`balance`.
    gdp
        From :func:`surveykit.trade.read_gdp`, in the same unit.

    Returns
    -------
    pandas.DataFrame
        Percent (``PCT_GDP``); missing with a reason where the GDP is not in the data. Both sources are named.
    """
    require_columns(frame, ("reporter", "year", "value", "unit"), place="The data")
    require_columns(gdp, ("reporter", "year", "value", "unit"), place="The GDP data")
    require_unique(gdp, ("reporter", "year"), place="The GDP data")
    remedy = "Bring both into one unit."
    unit, other = (
        only(frame, "unit", place="The data", remedy=remedy),
        only(gdp, "unit", place="The GDP data", remedy=remedy),
    )
    if unit != other:
        raise TradeError(f"The data are in {unit}, GDP in {other}.", remedy=remedy)
    source = only(gdp, "source", place="The GDP data", remedy="Keep one source.")
    right = gdp[["reporter", "year", "value"]].rename(columns={"value": "gdp"})
    merged = frame.merge(right, on=["reporter", "year"], how="left")
    defined = merged["gdp"].notna() & merged["value"].notna()
    merged["value"] = (100.0 * merged["value"] / merged["gdp"]).where(defined)
    merged["reason"] = merged["reason"].mask(merged["gdp"].isna(), "no GDP of this economy and year")
    merged["source"] = merged["source"] + f"; GDP: {source}"
    return services_frame(merged.drop(columns="gdp"), unit="PCT_GDP")


_VALUE_ADDED = {
    "EXGR_DVA": "domestic value added in the gross exports of the industry",
    "FFD_DVA": "domestic value added of the industry in final demand abroad",
}


def gross_against_value_added(
    frame: pd.DataFrame, *, value_added: str, activity: str, years: int | Iterable[int] | None = None
) -> pd.DataFrame:
    """Set gross exports of an industry beside its value-added exports.

    Parameters
    ----------
    frame
        Value-added indicators (computed or published) with ``EXGR`` and the value-added measure, all partners together.
    value_added
        ``"EXGR_DVA"`` (domestic value added in the gross exports *of* the industry) or ``"FFD_DVA"`` (value added *by*
        the industry that foreign final demand absorbs). They answer different questions, so one must be chosen.
    activity
        Industry, for example ``"J"``.
    years
        Years; all when not given.

    Returns
    -------
    pandas.DataFrame
        Columns `reporter, activity, year, gross_exports, value_added_exports, ratio, unit, measure, source, edition`;
        ratio is value added per gross exports.
    """
    if value_added not in _VALUE_ADDED:
        raise TradeError(f"value_added='{value_added}' is unknown.", remedy=did_you_mean(value_added, _VALUE_ADDED))
    part = chosen(frame, "activity", activity, place="The data")
    part = chosen(part, "year", years, place="The data")
    part = chosen(part, "indicator", ["EXGR", value_added], place="The data")
    part = part[part["partner"].isin(["W", WORLD, "_Z"])]
    keys = ["reporter", "activity", "year", "unit", "source", "edition"]
    require_unique(part, [*keys, "indicator"], place="The data")
    wide = part.pivot(index=keys, columns="indicator", values="value").reset_index()
    wide = wide.rename(columns={"EXGR": "gross_exports", value_added: "value_added_exports"})
    wide["ratio"] = (wide["value_added_exports"] / wide["gross_exports"]).where(wide["gross_exports"] > 0)
    wide["measure"] = f"{value_added}: {_VALUE_ADDED[value_added]}"
    order = ["reporter", "activity", "year", "gross_exports", "value_added_exports", "ratio", "unit", "measure"]
    result: pd.DataFrame = wide[[*order, "source", "edition"]].rename_axis(columns=None)
    return result
