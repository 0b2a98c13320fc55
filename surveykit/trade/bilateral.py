"""Bilateral services flows for flow figures, and how far the two ends of a flow disagree."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from surveykit.classifications.groups import area
from surveykit.errors import TradeError, listing
from surveykit.trade.frames import chosen, only, require_columns, require_unique

__all__ = ["mirror_gap", "services_flows"]

_UNITS = {"USD_MN": 1.0, "USD_100MN": 100.0, "USD_BN": 1000.0}


def services_flows(
    frame: pd.DataFrame,
    *,
    item: str,
    year: int,
    economies: Iterable[str],
    unit: str = "USD_100MN",
    at_least: float = 0.0,
) -> pd.DataFrame:
    """Flows of a service among economies: who exports how much to whom.

    Parameters
    ----------
    frame
        Bilateral series of one method, in USD million, with the exports of every economy to every other.
    item, year
        EBOPS item and year.
    economies
        Economies of the figure, by any code or name.
    unit
        Unit of the result: ``"USD_MN"``, ``"USD_100MN"`` (as METI prints) or ``"USD_BN"``.
    at_least
        Leave out smaller flows, in the unit of the result.

    Returns
    -------
    pandas.DataFrame
        Columns `origin, destination, value, net, unit`, the largest first; ``net`` is the flow less the flow back.

    Raises
    ------
    TradeError
        Flows that the data do not hold (all listed), more than one method or edition.
    """
    require_columns(frame, ("indicator", "reporter", "partner", "activity", "year", "value", "unit"), place="The data")
    if unit not in _UNITS:
        raise TradeError(f"Unit '{unit}' is unknown.", remedy=f"Use one of {listing(_UNITS)}.")
    codes = [area(label).code for label in economies]
    part = frame
    for column, wanted in (("indicator", "EXPORTS"), ("activity", item), ("year", year)):
        part = chosen(part, column, wanted, place="The data")
    part = part[part["reporter"].isin(codes) & part["partner"].isin(codes) & (part["reporter"] != part["partner"])]
    for column in ("method", "source", "edition"):
        if len(part):
            only(part, column, place="The flows", remedy=f"Keep one {column}.")
    require_unique(part, ("reporter", "partner"), place="The flows")
    values = part.set_index(["reporter", "partner"])["value"].dropna()
    pairs = [(one, other) for one in codes for other in codes if one != other]
    lacking = [f"{one} to {other}" for one, other in pairs if (one, other) not in values.index]
    if lacking:
        raise TradeError(
            f"{len(lacking)} flows of '{item}' in {year} are not in the data: {listing(lacking)}.",
            remedy="Read all economies as reporters and as partners.",
        )
    if only(part, "unit", place="The flows", remedy="Bring them into USD_MN.") != "USD_MN":
        raise TradeError("The flows are not in USD_MN.", remedy="Bring them into USD_MN.")
    scaled = {pair: float(values[pair]) / _UNITS[unit] for pair in pairs}
    rows = [
        {"origin": one, "destination": other, "value": value, "net": value - scaled[other, one], "unit": unit}
        for (one, other), value in scaled.items()
        if value >= at_least
    ]
    table = pd.DataFrame(rows, columns=["origin", "destination", "value", "net", "unit"])
    return table.sort_values(["value", "origin", "destination"], ascending=[False, True, True], ignore_index=True)


def mirror_gap(frame: pd.DataFrame) -> pd.DataFrame:
    """Exports reported by one economy less imports reported by its partner.

    In balanced data the gap is zero; in final or reported data it is the asymmetry that balancing removes.

    Returns
    -------
    pandas.DataFrame
        Columns `origin, destination, activity, year, exports, imports, gap, gap_pct`; ``gap_pct`` relates the gap to
        the mean of both ends, and is missing where both are zero.
    """
    keys = ["activity", "year", "unit", "method", "source", "edition"]
    require_unique(frame, ("indicator", "reporter", "partner", *keys), place="The data")
    columns = ["reporter", "partner", *keys, "value"]
    out = frame[frame["indicator"] == "EXPORTS"][columns]
    out = out.rename(columns={"reporter": "origin", "partner": "destination", "value": "exports"})
    into = frame[frame["indicator"] == "IMPORTS"][columns]
    into = into.rename(columns={"partner": "origin", "reporter": "destination", "value": "imports"})
    both = out.merge(into, on=["origin", "destination", *keys], how="inner")
    if both.empty:
        raise TradeError(
            "No flow is in the data from both ends.",
            remedy="Read exports and imports of both economies with each other.",
        )
    both["gap"] = both["exports"] - both["imports"]
    mean = (both["exports"] + both["imports"]) / 2
    both["gap_pct"] = (100.0 * both["gap"] / mean).where(mean != 0)
    order = ["origin", "destination", "activity", "year", "exports", "imports", "gap", "gap_pct", "unit", "method"]
    result: pd.DataFrame = both[order].sort_values(order[:4], ignore_index=True)
    return result
