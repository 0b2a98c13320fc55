"""Shares of origin in the value added of an industry in exports or final demand (Figure 5 of the CSIS paper)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from surveykit.classifications.groups import group, groups
from surveykit.classifications.industries import tile_activity
from surveykit.errors import TradeError, listing
from surveykit.trade.frames import chosen, only, require_columns, services_frame

__all__ = ["DEFAULT_ACTIVITIES", "DEFAULT_PARTNERS", "origin_shares"]

_WORLD = ("W", "WLD")
DEFAULT_PARTNERS: tuple[str, ...] = ("USA", "EU27_2020", "CHN", "ASEAN")
DEFAULT_ACTIVITIES: Mapping[str, str] = {"manufacturing": "C", "services": "G-S"}


def origin_shares(
    frame: pd.DataFrame,
    *,
    origin_activity: str = "J",
    activities: Mapping[str, str] = DEFAULT_ACTIVITIES,
    reporters: Iterable[str] = ("JPN", "DEU", "KOR"),
    years: Sequence[int] | None = None,
    partners: Iterable[str] = DEFAULT_PARTNERS,
) -> pd.DataFrame:
    """Shares of domestic and foreign origin in the value added of an industry embodied in exports or final demand.

    Parameters
    ----------
    frame
        Levels of ``EXGR_BSCI`` (exports) or ``FDVA_BSCI`` (final demand), one of them, from
        :func:`surveykit.trade.read_tiva` or :func:`surveykit.trade.origin_of_value_added`.
    origin_activity
        Industry that the value added comes from; ``"J"`` is information and communication.
    activities
        Label -> exporting activity, or activity whose products are demanded.
    reporters, years
        Exporting or demanding economies, years; years all when not given.
    partners
        Countries and groups to show; a group does not count the reporter itself, everything else is ``_REST``.

    Returns
    -------
    pandas.DataFrame
        Long frame in percent with a column ``origin``: ``domestic``, the partners, ``_REST``; they add to 100 for each
        reporter, activity and year.

    Raises
    ------
    TradeError
        Two indicators at once, no total of origins, partners that overlap or are not in the data.
    ClassificationError
        Activities or origins that the data do not cover.
    """
    require_columns(
        frame, ("indicator", "reporter", "activity", "origin_area", "origin_activity", "year"), place="The data"
    )
    part = frame[~frame["unit"].str.startswith("PCT")]
    indicator = only(part, "indicator", place="The data", remedy="Keep EXGR_BSCI or FDVA_BSCI.")
    part = chosen(chosen(part, "reporter", list(reporters), place="The data"), "year", years, place="The data")
    shown = list(partners)
    rows: list[dict[str, object]] = []
    for label, activity in activities.items():
        inside = part[part["activity"].isin(tile_activity(part["activity"].unique(), activity))]
        sources = tile_activity([code for code in inside["origin_activity"].unique() if code != "_T"], origin_activity)
        inside = inside[inside["origin_activity"].isin(sources)]
        summed = inside.groupby(["reporter", "year", "origin_area"], as_index=False)[["value"]].sum(min_count=1)
        for reporter, year in summed[["reporter", "year"]].drop_duplicates().itertuples(index=False):
            areas = summed[(summed["reporter"] == reporter) & (summed["year"] == year)]
            shares = _shares(dict(zip(areas["origin_area"], areas["value"], strict=True)), reporter, int(year), shown)
            head = {"reporter": reporter, "year": year, "activity": label}
            rows += [{**head, "origin": origin, "value": share} for origin, share in shares.items()]
    result = pd.DataFrame(rows)
    result["origin_area"] = result["origin"].where(result["origin"] != "domestic", result["reporter"])
    return services_frame(
        result,
        indicator=indicator,
        origin_activity=origin_activity,
        unit="PCT",
        method="share of origin in value added of " + origin_activity,
        source="; ".join(sorted(part["source"].unique())),
        edition="; ".join(sorted(part["edition"].unique())),
    )


def _shares(values: Mapping[str, float], reporter: str, year: int, partners: Sequence[str]) -> dict[str, float]:
    if reporter not in values:
        raise TradeError(
            f"The data hold no origin '{reporter}' for {reporter} {year}.", remedy="Include the domestic origin."
        )
    total = _total(values, reporter, year)
    found = {"domestic": values[reporter]}
    taken = {reporter}
    for partner in partners:
        members, value = _partner(values, partner, reporter, year)
        both = members & taken - {reporter}
        if both:
            raise TradeError(
                f"Partner '{partner}' overlaps with another partner in {listing(sorted(both))}.",
                remedy="Leave one out.",
            )
        taken |= members
        found[partner] = value
    found["_REST"] = total - sum(found.values())
    return {origin: 100.0 * value / total for origin, value in found.items()}


def _total(values: Mapping[str, float], reporter: str, year: int) -> float:
    world = [values[code] for code in _WORLD if code in values]
    if world:
        return world[0]
    named = set(groups()) | {"WXD", "D", "WXOECD"}
    if "ROW" not in values:
        raise TradeError(
            f"The origins of {reporter} {year} hold neither the world ('W') nor the rest of the world ('ROW').",
            remedy="Download the origin 'W' too, so that shares have a total.",
        )
    return sum(value for code, value in values.items() if code not in named)


def _partner(values: Mapping[str, float], partner: str, reporter: str, year: int) -> tuple[set[str], float]:
    if partner not in groups():
        if partner not in values:
            raise TradeError(
                f"The data hold no origin '{partner}'.", remedy=f"They hold {listing(sorted(values), limit=20)}."
            )
        return {partner}, 0.0 if partner == reporter else values[partner]
    members = set(group(partner, year=year).members)
    if partner in values:
        return members, values[partner] - (values[reporter] if reporter in members else 0.0)
    lacking = sorted(members - set(values))
    if lacking:
        raise TradeError(
            f"The data hold neither origin '{partner}' nor all its members; {listing(lacking)} are missing.",
            remedy=f"Download the origin '{partner}', or leave it out of partners.",
        )
    return members, sum(values[code] for code in members if code != reporter)
