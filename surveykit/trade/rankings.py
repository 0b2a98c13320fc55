"""Top traders: rank, share of the world and growth, with subtotal and world (METI White Paper 2025, Table II-1-2-2)."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from surveykit.classifications.countries import countries
from surveykit.errors import TradeError
from surveykit.trade.frames import WORLD, chosen, is_country, only, require_columns, require_unique
from surveykit.trade.growth_rates import GrowthMethod, growth

__all__ = ["top_traders"]


def top_traders(
    frame: pd.DataFrame,
    *,
    flow: str = "EXPORTS",
    item: str = "S",
    year: int,
    n: int = 20,
    since: int | None = None,
    growth_method: GrowthMethod = "cagr",
    partner: str = WORLD,
    always: Iterable[str] = (),
) -> pd.DataFrame:
    """Rank the economies by exports or imports of an item.

    Parameters
    ----------
    frame
        Services-trade series with the world among the reporters, of one source, edition and method.
    flow
        ``"EXPORTS"`` or ``"IMPORTS"`` (or another indicator of the frame).
    item
        EBOPS item, ``"DDS"`` or the name of a definition.
    year
        Year of the ranking.
    n
        Number of economies.
    since
        First year of the growth rate; no growth when not given.
    growth_method
        Formula of :func:`surveykit.trade.growth`.
    partner
        Partner of the flows.
    always
        Economies to list with their rank even if they are not among the first ``n``.

    Returns
    -------
    pandas.DataFrame
        Columns `rank, reporter, name, value, share_pct, growth_pct, unit`, then the rows ``_SUBTOTAL`` (of the first
        ``n``) and ``WLD``. Groups are not ranked. Growth of the subtotal is that of the sum over the same economies.

    Raises
    ------
    TradeError
        No world in the data, fewer than ``n`` economies, mixed methods or editions, a year that is not there.
    """
    part = _part(frame, flow, item, partner)
    now = chosen(part, "year", year, place="The data").set_index("reporter")["value"]
    ranked = _ranked(now, year, n)
    ranks = pd.Series(range(1, len(ranked) + 1), index=ranked.index)
    first = list(ranked.index[:n])
    extra = [
        code
        for code in chosen(part, "reporter", list(always), place="The data")["reporter"].unique()
        if code not in first
    ]
    values = {**ranked[[*first, *extra]].to_dict(), "_SUBTOTAL": ranked[first].sum(), WORLD: now[WORLD]}
    table = pd.DataFrame({"reporter": list(values), "value": list(values.values())})
    table.insert(0, "rank", table["reporter"].map(ranks).astype("Int64"))
    table.insert(2, "name", [_name(code) for code in table["reporter"]])
    table["share_pct"] = 100.0 * table["value"] / now[WORLD]
    if since is not None:
        before = chosen(part, "year", since, place="The data").set_index("reporter")["value"]
        table["growth_pct"] = _growth(table, before, first, year - since, growth_method)
    return table.assign(unit=str(part["unit"].iloc[0]))


def _part(frame: pd.DataFrame, flow: str, item: str, partner: str) -> pd.DataFrame:
    require_columns(frame, ("indicator", "reporter", "partner", "activity", "year", "value", "unit"), place="The data")
    part = frame
    for column, wanted in (("indicator", flow), ("activity", item), ("partner", partner)):
        part = chosen(part, column, wanted, place="The data")
    for column in ("unit", "method", "source", "edition"):
        only(part, column, place="The ranking", remedy=f"Keep one {column}; they are not comparable.")
    require_unique(part, ("reporter", "year"), place="The ranking")
    return part


def _ranked(now: pd.Series, year: int, n: int) -> pd.Series:
    if WORLD not in now.index:
        raise TradeError(
            "The data hold no reporter 'WLD', so shares of the world are not defined.",
            remedy="Read the world too (reporters=None, or with 'WLD').",
        )
    economies = now[[is_country(code) for code in now.index]].dropna()
    if len(economies) < n:
        raise TradeError(
            f"The data hold {len(economies)} economies in {year}, fewer than n={n}.", remedy="Lower n, or read more."
        )
    return economies.sort_index().sort_values(ascending=False, kind="stable")


def _growth(
    table: pd.DataFrame, before: pd.Series, first: list[str], periods: int, method: GrowthMethod
) -> list[float]:
    starts = {**before.to_dict(), "_SUBTOTAL": before.reindex(first).sum(skipna=False)}
    rates = []
    for code, value in zip(table["reporter"], table["value"], strict=True):
        start = starts.get(code)
        known = start is not None and pd.notna(start) and start > 0
        rates.append(growth(float(start), float(value), periods, method).percent if known else float("nan"))  # type: ignore[arg-type]
    return rates


def _name(code: str) -> str:
    if code in countries():
        return countries()[code].name
    return {"_SUBTOTAL": "Subtotal", WORLD: "World"}.get(code, code)
