"""Indicators of trade in value added, under the codes of the OECD."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveykit.errors import TradeError, did_you_mean
from surveykit.trade.activities import Activity, find_activities
from surveykit.trade.levels import LEVELS, Levels, measure_levels
from surveykit.trade.long_frames import ALL, WORLD, long_frame, repeated
from surveykit.trade.tables import InterCountryTable, region_index, require_sound

__all__ = ["INDICATORS", "Indicator", "indicators"]

_Cube = NDArray[np.float64]


@dataclass(frozen=True)
class Indicator:
    """How an indicator is made of levels.

    Parameters
    ----------
    code
        Name in results.
    name
        What it is, in words.
    numerator
        Level it is, or that it divides.
    denominator
        Level it is divided by; empty for a level.
    unit
        ``"level"`` (unit of the table), ``"PCT"``, ``"RATIO"`` or ``"STAGES"``.
    whole
        The denominator is the reporter's total over activities and partners.
    by_partner
        Level that takes the numerator's place when partners are asked for: where the partner is the country of origin
        and not the destination.
    """

    code: str
    name: str
    numerator: str
    denominator: str = ""
    unit: str = "level"
    whole: bool = False
    by_partner: str = ""


_LEVELS = {
    "EXGR": "gross exports, by exporting industry and destination",
    "EXGR_INT": "gross exports of intermediate products",
    "EXGR_FNL": "gross exports of final products",
    "IMGR": "gross imports, by the partner's exporting industry",
    "EXGR_DVA": "domestic value added in gross exports: v_c B_cc e_c",
    "EXGR_FVA": "rest of gross exports: EXGR - EXGR_DVA",
    "EXGR_DDC": "value added of the exporting industry itself: sum of v_i L_ii e_i",
    "EXGR_IDC": "value added of other domestic industries: v L e - EXGR_DDC",
    "EXGR_RIM": "domestic value added re-imported before it is exported: EXGR_DVA - v L e",
    "EXGR_SERV_DVA": "domestic value added of services in gross exports",
    "EXGR_SERV_FVA": "foreign value added of services in gross exports",
    "EXGR_GOODS": "gross exports of agriculture, mining and manufacturing",
    "MODE5_DOM": "Mode 5: domestic value added of services in exports of goods",
    "MODE5_TOT": "Mode 5: value added of services of any origin in exports of goods",
    "FEXDVA": "domestic value added in exports of others, by origin industry: sum of v_c B_cp e_p",
    "FFD_DVA": "domestic value added in foreign final demand, by origin industry",
    "DFD_FVA": "foreign value added in domestic final demand, by origin industry",
    "DFD_DVA": "domestic value added in domestic final demand",
    "FD_VA": "value added of any origin in domestic final demand",
    "BALVAFD": "balance of value added in final demand: FFD_DVA - DFD_FVA",
    "VALU": "value added",
    "PROD": "gross output",
}
_RATIOS = (
    Indicator("EXGR_DVASH", "domestic value added, share of gross exports", "EXGR_DVA", "EXGR", "PCT"),
    Indicator("EXGR_FVASH", "foreign content, share of gross exports", "EXGR_FVA", "EXGR", "PCT"),
    Indicator(
        "DEXFVAPSH",
        "backward participation: share of the reporter's exports",
        "EXGR_FVA",
        "EXGR",
        "PCT",
        True,
        "EXGR_FVA_ORIGIN",
    ),
    Indicator("FEXDVAPSH", "forward participation: share of the reporter's exports", "FEXDVA", "EXGR", "PCT", True),
    Indicator("VAX_RATIO", "value-added exports over gross exports", "FFD_DVA", "EXGR", "RATIO"),
    Indicator("MODE5_DOM_SH", "Mode 5, domestic, share of exports of goods", "MODE5_DOM", "EXGR_GOODS", "PCT"),
    Indicator("MODE5_TOT_SH", "Mode 5, share of exports of goods", "MODE5_TOT", "EXGR_GOODS", "PCT"),
    Indicator("EXGR_SERV_DVA_SH", "domestic services, share of gross exports", "EXGR_SERV_DVA", "EXGR", "PCT"),
    Indicator("EXGR_SERV_FVA_SH", "foreign services, share of gross exports", "EXGR_SERV_FVA", "EXGR", "PCT"),
    Indicator("UPSTREAMNESS", "stages to final use, weighted by output", "UPSTREAM_PROD", "PROD", "STAGES"),
    Indicator("UPSTREAMNESS_OUTPUT", "stages to final use, weighted by output", "UPSTREAM_PROD", "PROD", "STAGES"),
    Indicator("UPSTREAMNESS_EXPORTS", "stages to final use, weighted by exports", "UPSTREAM_EXGR", "EXGR", "STAGES"),
    Indicator("DOWNSTREAMNESS", "stages of production behind, weighted by output", "DOWNSTREAM_PROD", "PROD", "STAGES"),
    Indicator("DOWNSTREAMNESS_OUTPUT", "the same under its full name", "DOWNSTREAM_PROD", "PROD", "STAGES"),
)

INDICATORS: dict[str, Indicator] = {
    **{code: Indicator(code, name, code) for code, name in _LEVELS.items()},
    **{ratio.code: ratio for ratio in _RATIOS},
}


def indicators(
    table: InterCountryTable,
    names: str | Iterable[str] | None = None,
    *,
    country: str | Iterable[str] | None = None,
    industries: str | Iterable[str] | None = "each",
    partner: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Measure indicators of trade in value added.

    Parameters
    ----------
    table
        Inter-country table.
    names
        Codes of :data:`INDICATORS`; all when not given.
    country
        Reporting countries; all when not given.
    industries
        ``"each"`` for the country total (``_T``) and every industry; ``"_T"`` for the total only; otherwise an
        activity (``"C"``, ``"G-S"``, an industry) or a list of industries taken together. What the industry is - the
        exporting or the originating one - is said in :data:`INDICATORS`.
    partner
        ``None`` for the world (``W``); ``"each"`` for every partner; or countries. For exports the partner is the
        destination, for imports and value added in final demand the other country, for ``DEXFVAPSH`` the country the
        value added comes from, for ``FEXDVA`` and ``FEXDVAPSH`` the country that exports it.

    Returns
    -------
    pandas.DataFrame
        ``indicator, reporter, partner, activity, origin_area, origin_activity, year, value, unit, method, source,
        edition, reason``. A share whose base is zero is missing, and ``reason`` says why.

    Raises
    ------
    TradeError
        The table would give wrong numbers, or a name is unknown.

    Notes
    -----
    With value added per unit of output ``v``, Leontief inverse ``B``, the inverse ``L`` of the domestic block alone and
    gross exports ``e``, as in the OECD's Guide to TiVA Indicators. Exports exclude trade inside a region.
    """
    require_sound(table)
    chosen = _chosen(names)
    at = _regions(table, country)
    activities = _activities(table, industries)
    parts = [(item.numerator, item.denominator, item.by_partner) for item in chosen]
    levels = measure_levels(table, {name for names in parts for name in names if name})
    partners = _partners(table, partner)
    measured = [_measure(table, item, levels, at, activities, partners) for item in chosen]
    return _frame(table, [one for one in measured if one is not None], activities, chosen)


def _chosen(names: str | Iterable[str] | None) -> list[Indicator]:
    asked = list(INDICATORS) if names is None else [names] if isinstance(names, str) else list(names)
    for name in asked:
        if name in {"EXGR_BSCI", "FDVA_BSCI"}:
            raise TradeError(
                f"'{name}' has an origin.", remedy="Use origin_of_value_added(of='exports' or 'final_demand')."
            )
        if name not in INDICATORS:
            raise TradeError(f"Indicator '{name}' is unknown.", remedy=did_you_mean(name, INDICATORS))
    return [INDICATORS[name] for name in asked]


def _regions(table: InterCountryTable, country: str | Iterable[str] | None) -> list[int]:
    if country is None:
        return sorted({int(position) for position in table.region_of})
    asked = [country] if isinstance(country, str) else list(country)
    return [region_index(table, name) for name in asked]


def _activities(table: InterCountryTable, asked: str | Iterable[str] | None) -> list[Activity]:
    found = list(find_activities(table.industries, asked, scheme=table.scheme, members=table.members))
    return [Activity(ALL, table.industries), *found] if asked == "each" else found


def _partners(table: InterCountryTable, asked: str | Iterable[str] | None) -> list[int] | None:
    if asked is None or asked == WORLD:
        return None
    return list(range(len(table.regions))) if asked == "each" else _regions(table, asked)


def _pick(
    table: InterCountryTable,
    cube: _Cube,
    at: Sequence[int],
    activities: Sequence[Activity],
    partners: Sequence[int] | None,
) -> _Cube:
    """Sum a level over the industries of each activity `(reporters, partners, activities)`."""
    member = np.array([[code in set(activity.industries) for code in table.industries] for activity in activities])
    by_partner = cube[at] if partners is not None else cube[at].sum(axis=1, keepdims=True)
    if partners is not None and cube.shape[1] > 1:
        by_partner = by_partner[:, list(partners)]
    return np.asarray(by_partner @ member.T.astype(float))


@dataclass(frozen=True, eq=False)
class _Measured:
    """Values of one indicator, with positions of reporter, partner (-1 for the world) and activity, all `(n,)`.

    ``missing`` marks the values that ``reason`` says are not defined.
    """

    item: Indicator
    method: str
    reason: str
    reporter: NDArray[np.intp]
    partner: NDArray[np.intp]
    activity: NDArray[np.intp]
    value: NDArray[np.float64]
    missing: NDArray[np.bool_]


def _measure(
    table: InterCountryTable,
    item: Indicator,
    levels: Levels,
    at: Sequence[int],
    activities: Sequence[Activity],
    partners: Sequence[int] | None,
) -> _Measured | None:
    """Measure one indicator; ``None`` when it has no partners and some were asked for."""
    top = levels.cubes[item.by_partner if partners is not None and item.by_partner else item.numerator]
    if partners is not None and (top.shape[1] == 1 or item.code.startswith("UPSTREAM")):
        return None  # a level without partners has no partner rows
    values = _pick(table, top, at, activities, partners)
    missing, reason = np.zeros(values.shape, dtype=bool), ""
    if item.denominator:
        base = _pick(table, levels.cubes[item.denominator], at, activities, partners)
        if item.whole:
            base = np.broadcast_to(levels.cubes[item.denominator][at].sum(axis=(1, 2))[:, None, None], values.shape)
        values, missing, reason = _divide(item, values, base)
    undefined = levels.undefined.get(item.numerator) or levels.undefined.get(item.denominator)
    if undefined:
        values, missing, reason = np.full(values.shape, np.nan), np.ones(values.shape, dtype=bool), undefined
    reporters = np.array(at, dtype=np.intp)
    named = np.array([-1] if partners is None else partners, dtype=np.intp)
    keep = np.broadcast_to((reporters[:, None] != named[None, :])[:, :, None], values.shape)
    index = np.nonzero(keep)
    method = _method(item, levels, activities)
    return _Measured(item, method, reason, reporters[index[0]], named[index[1]], index[2], values[keep], missing[keep])


def _divide(item: Indicator, top: _Cube, base: _Cube) -> tuple[_Cube, NDArray[np.bool_], str]:
    scale = 100.0 if item.unit == "PCT" else 1.0
    values = np.divide(scale * top, base, out=np.full(top.shape, np.nan), where=base != 0)
    if item.code in {"UPSTREAMNESS", "DOWNSTREAMNESS"}:
        # Without output there are no coefficients: the row of the inverse is that of the identity, one stage.
        return np.where(base == 0, 1.0, values), np.zeros(top.shape, dtype=bool), ""
    words = {"EXGR": "no exports", "EXGR_GOODS": "no exports of goods", "PROD": "no output"}
    return values, base == 0, f"{words[item.denominator]}: the ratio is not defined"


def _frame(
    table: InterCountryTable, measured: Sequence[_Measured], activities: Sequence[Activity], chosen: Sequence[Indicator]
) -> pd.DataFrame:
    """One frame for all indicators; text columns are taken from short lists, which is faster than making them."""
    if not measured:
        codes = ", ".join(item.code for item in chosen)
        raise TradeError(f"{codes} cannot be told by partner.", remedy="Leave partner= out.")
    of = np.repeat(np.arange(len(measured)), [len(one.value) for one in measured])
    missing = np.concatenate([one.missing for one in measured])
    units = [table.unit if one.item.unit == "level" else one.item.unit for one in measured]
    return long_frame(
        table,
        {
            "indicator": repeated([one.item.code for one in measured], of),
            "reporter": repeated(table.regions, np.concatenate([one.reporter for one in measured])),
            "partner": repeated([*table.regions, WORLD], np.concatenate([one.partner for one in measured])),
            "activity": repeated(
                [found.code for found in activities], np.concatenate([one.activity for one in measured])
            ),
            "value": np.concatenate([one.value for one in measured]),
            "unit": repeated(units, of),
            "method": repeated([one.method for one in measured], of),
            "reason": repeated(["", *(one.reason for one in measured)], np.where(missing, of + 1, 0)),
        },
    )


def _method(item: Indicator, levels: Levels, activities: Sequence[Activity]) -> str:
    notes = [levels.notes.get(item.numerator, "")]
    if len(activities) == 1:
        notes.append(activities[0].note)
    return "; ".join(["leontief", *dict.fromkeys(note for note in notes if note)])


assert set(_LEVELS) <= set(LEVELS)
