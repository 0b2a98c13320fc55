"""Where the value added in exports or in final demand comes from: origin country by origin industry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveykit.errors import TradeError, did_you_mean
from surveykit.trade.activities import Activity, find_activities
from surveykit.trade.flows import Flows, gross_flows
from surveykit.trade.leontief import factorise, solve
from surveykit.trade.long_frames import long_frame, repeated
from surveykit.trade.tables import InterCountryTable, region_index, require_sound

__all__ = ["origin_of_value_added"]

_Matrix = NDArray[np.float64]
_CODES = {"exports": "EXGR_BSCI", "final_demand": "FDVA_BSCI"}


def origin_of_value_added(
    table: InterCountryTable,
    of: Literal["exports", "final_demand"] = "exports",
    *,
    country: str | Iterable[str] | None = None,
    industries: str | Iterable[str] | None = None,
    origin_industry: str | Iterable[str] | None = None,
    unit: str | None = None,
) -> pd.DataFrame:
    """Trace the value added in a country's exports or final demand to the country and industry it comes from.

    Parameters
    ----------
    table
        Inter-country table.
    of
        ``"exports"``: gross exports of ``industries`` of ``country`` (``EXGR_BSCI``). ``"final_demand"``: final demand
        in ``country`` for products of ``industries``, wherever they were made (``FDVA_BSCI``).
    country
        Exporting or demanding country, a list of them, or ``None`` for all.
    industries
        Exporting industries, or those whose products are demanded: an activity (``"C"``, ``"G-S"``), an industry, a
        list taken together, ``"each"`` for every one by itself, ``None`` for all together.
    origin_industry
        Industries that the value added comes from, in the same ways.
    unit
        ``"PCT"`` for the shares of the origin countries only, the unit of the table for the values only; both by
        default.

    Returns
    -------
    pandas.DataFrame
        Long frame with a row per origin country (``origin_area``) and unit. The share is of the value added of the same
        ``origin_activity`` from all countries, so shares of one question add to 100.

    Raises
    ------
    TradeError
        The table would give wrong numbers; a country or industry is unknown or cannot be told apart.

    Notes
    -----
    ``diag(v) B diag(e)`` and ``diag(v) B y`` with value added per unit of output ``v`` and the Leontief inverse
    ``B``, summed over the rows of the origin and the columns asked for; all five or six categories of final demand
    count, inventories included. One factorisation and one triangular solve per question; the inverse is not formed.
    """
    if of not in _CODES:
        raise TradeError(f"of='{of}' is not known.", remedy=did_you_mean(of, _CODES))
    if unit not in {None, "PCT", table.unit}:
        raise TradeError(
            f"unit='{unit}' is not known.", remedy=f"Use 'PCT' or '{table.unit}', or leave it out for both."
        )
    require_sound(table)
    asked = _countries(table, country)
    products = _find(table, industries)
    origins = _find(table, origin_industry)
    flows = gross_flows(table)
    demand = np.column_stack([_demand(table, flows, of, place, item) for place in asked for item in products])
    content = flows.value_added_share[:, None] * solve(factorise(table.intermediate, table.output), demand)
    values = _by_origin(table, content, origins)
    shape = (len(asked), len(products), len(origins), len(table.regions))
    values = values.reshape(len(origins), len(table.regions), len(asked), len(products)).transpose(2, 3, 0, 1)
    assert values.shape == shape
    return _frame(table, values, asked, products, origins, code=_CODES[of], unit=unit)


def _countries(table: InterCountryTable, country: str | Iterable[str] | None) -> list[int]:
    if country is None:
        return sorted({int(position) for position in table.region_of})
    return [region_index(table, name) for name in ([country] if isinstance(country, str) else list(country))]


def _find(table: InterCountryTable, asked: str | Iterable[str] | None) -> tuple[Activity, ...]:
    return find_activities(table.industries, asked, scheme=table.scheme, members=table.members)


def _inside(table: InterCountryTable, activity: Activity) -> NDArray[np.bool_]:
    return np.isin(np.array(table.industries)[table.industry_of], activity.industries)


def _demand(table: InterCountryTable, flows: Flows, of: str, place: int, activity: Activity) -> _Matrix:
    inside = _inside(table, activity)
    if of == "exports":
        return np.where(inside & (table.region_of == place), flows.exports, 0.0)
    return np.where(inside, flows.final_to[:, place], 0.0)


def _by_origin(table: InterCountryTable, content: _Matrix, origins: Sequence[Activity]) -> _Matrix:
    """Sum content over the rows of each origin activity and region `(O, G, questions)`."""
    found = np.zeros((len(origins), len(table.regions), content.shape[1]))
    for position, activity in enumerate(origins):
        inside = _inside(table, activity)
        np.add.at(found[position], table.region_of[inside], content[inside])
    return found


def _frame(
    table: InterCountryTable,
    values: _Matrix,
    asked: Sequence[int],
    products: Sequence[Activity],
    origins: Sequence[Activity],
    *,
    code: str,
    unit: str | None,
) -> pd.DataFrame:
    reporters, activities, sources, areas = (axis.ravel() for axis in np.indices(values.shape))
    totals = values.sum(axis=3, keepdims=True)
    shares = np.divide(100.0 * values, totals, out=np.full(values.shape, np.nan), where=totals != 0)
    notes = {item.note for item in (*products, *origins) if item.note}
    common = {
        "indicator": code,
        "reporter": repeated([table.regions[place] for place in asked], reporters),
        "activity": repeated([item.code for item in products], activities),
        "origin_area": repeated(table.regions, areas),
        "origin_activity": repeated([item.code for item in origins], sources),
        "method": "; ".join(["leontief", *sorted(notes)]),
    }
    frames = []
    if unit != "PCT":
        frames.append(long_frame(table, {**common, "value": values.ravel(), "unit": table.unit}))
    if unit != table.unit:
        words = ["", "no value added of this origin industry: the share is not defined"]
        reason = repeated(words, np.isnan(shares.ravel()).astype(np.intp))
        frames.append(long_frame(table, {**common, "value": shares.ravel(), "unit": "PCT", "reason": reason}))
    return pd.concat(frames, ignore_index=True)
