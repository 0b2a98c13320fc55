"""Leontief quantity model: what production loses when foreign supplies are withdrawn and only partly replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import TradeError
from surveykit.trade.flows import blocks, gross_flows
from surveykit.trade.leontief import factorise, per_output, solve
from surveykit.trade.scenarios.result import (
    ScenarioResult,
    Shock,
    as_draws,
    describe_shock,
    foreign_rows,
    scenario_rows,
)
from surveykit.trade.tables import InterCountryTable, require_sound

__all__ = ["withdrawal_scenario"]

_Matrix = NDArray[np.float64]


def withdrawal_scenario(
    table: InterCountryTable,
    withdrawn: ArrayLike,
    *,
    country: str,
    origin_industry: str | Iterable[str],
    origin: str | Sequence[str] = "foreign",
    substitution: ArrayLike = 0.0,
) -> ScenarioResult:
    """Withdraw foreign supplies, replace a part of them at home, and measure what value added changes.

    Parameters
    ----------
    table
        Inter-country table.
    withdrawn
        Share of the purchases that falls away: a number or draws `(D,)`.
    country
        Country whose purchases fall away.
    origin_industry
        What is withdrawn (``"J"``, an industry, a list).
    origin
        Who withdraws: ``"foreign"`` for all other countries, or a list of countries.
    substitution
        Share of what is withdrawn that the same industries of ``country`` supply instead: a number or draws `(D,)`.

    Returns
    -------
    ScenarioResult
        For ``country`` by industry and in total, for every other country in total: ``VALU_CHANGE`` in the unit of the
        table, ``VALU_CHANGE_PCT`` in percent of value added.

    Notes
    -----
    Partial hypothetical extraction (Dietzenbacher and Lahr 2013, Economic Systems Research 25(3), 341-360): the
    coefficients of the country's industries and its final demand on the supplies concerned shrink by ``withdrawn``;
    the replaced part is added to the coefficients on its own industries. ``x* = (I - A*)^-1 y*``. Only the country's
    columns of ``A`` change, so each draw is a small system (Woodbury identity) and the table is factored once.
    """
    lost = as_draws(withdrawn, "withdrawn", low=0.0, high=1.0)
    replaced = as_draws(substitution, "substitution", low=0.0, high=1.0)
    if len({len(lost), len(replaced)} - {1}) > 1:
        raise TradeError(
            f"withdrawn has {len(lost)} draws, substitution {len(replaced)}.", remedy="Give as many draws of both."
        )
    lost, replaced = np.broadcast_arrays(lost, replaced)
    require_sound(table)
    shock = foreign_rows(table, country, origin, origin_industry)
    change = _outputs(table, shock, lost, replaced) - table.output
    effects = gross_flows(table).value_added_share * change
    assumptions = (
        describe_shock(table, shock),
        "Input coefficients are fixed but for the supplies withdrawn; final demand is fixed but for them.",
        "What is replaced is supplied by the same industries at home, at the same price and without limit of capacity.",
        "What is not replaced is done without: production goes on, and the money saved is not spent otherwise.",
        f"{len(lost)} draw(s) of the parameters.",
    )
    return _result(table, shock, effects, assumptions)


def _outputs(table: InterCountryTable, shock: Shock, lost: _Matrix, replaced: _Matrix) -> _Matrix:
    """Output of every industry for every draw `(D, K)`."""
    span = blocks(table)[shock.country]
    coefficients = per_output(table.intermediate[:, span], table.output[span])
    demand = table.demand_by_region()
    bought = np.column_stack([coefficients, demand[:, shock.country]])
    fall = -bought * shock.rows[:, None]
    rise = _at_home(table, shock, bought) * -fall.sum(axis=0)
    solved = solve(factorise(table.intermediate, table.output), np.column_stack([fall, rise, demand.sum(axis=1)]))
    size = span.stop - span.start
    fallen, risen, start = solved[:, : size + 1], solved[:, size + 1 : -1], solved[:, -1]
    # Rounding in the table makes B y differ from the stated output by as much as the accounts do: keep the stated one.
    outputs = np.empty((len(lost), len(start)))
    for draw, (share, home) in enumerate(zip(lost, replaced, strict=True)):
        moved = share * fallen + share * home * risen
        reached = start + moved[:, -1]
        feedback = np.linalg.solve(np.eye(size) - moved[span, :-1], reached[span])
        outputs[draw] = reached + moved[:, :-1] @ feedback - start + table.output
    return outputs


def _at_home(table: InterCountryTable, shock: Shock, bought: _Matrix) -> _Matrix:
    """Distribution of what is replaced over the own industries, by user `(K, users)`; columns add to one.

    In proportion to what the user buys from them now; by their output where it buys nothing.
    """
    inside = np.isin(np.array(table.industries)[table.industry_of], shock.activity.industries)
    own = inside & (table.region_of == shock.country)
    output = np.where(own, table.output, 0.0)
    if output.sum() <= 0:
        raise TradeError(
            f"'{table.regions[shock.country]}' has no output in {shock.activity.code} to replace supplies with.",
            remedy="Use substitution=0 with another country, or a wider origin_industry.",
        )
    present = np.where(own[:, None], bought, 0.0)
    totals = present.sum(axis=0)
    by_output = np.broadcast_to((output / output.sum())[:, None], present.shape)
    return np.where(totals > 0, np.divide(present, totals, out=by_output.copy(), where=totals > 0), by_output)


def _result(table: InterCountryTable, shock: Shock, effects: _Matrix, assumptions: tuple[str, ...]) -> ScenarioResult:
    regions = [position for position in range(len(table.regions)) if (table.region_of == position).any()]
    member = (table.region_of[:, None] == np.array(regions)).astype(np.float64)
    own = np.flatnonzero(table.region_of == shock.country)
    values = np.column_stack([effects @ member, effects[:, own]])
    base = np.concatenate([table.value_added @ member, table.value_added[own]])
    percent = np.divide(100.0 * values, base, out=np.full(values.shape, np.nan), where=base != 0)
    reporters = [*(table.regions[position] for position in regions), *([table.regions[shock.country]] * len(own))]
    activities = ["_T"] * len(regions) + [table.industries[position] for position in table.industry_of[own]]
    undefined = np.where(base == 0, "no value added: the change in percent is not defined", "")
    columns: dict[str, object] = {
        "indicator": np.repeat(["VALU_CHANGE", "VALU_CHANGE_PCT"], len(reporters)),
        "reporter": np.tile(reporters, 2),
        "activity": np.tile(activities, 2),
        "unit": np.repeat([table.unit, "PCT"], len(reporters)),
        "method": "Leontief quantity model, partial extraction",
        "reason": np.concatenate([np.full(len(reporters), ""), undefined]),
    }
    rows = scenario_rows(table, columns, 2 * len(reporters))
    return ScenarioResult(rows, np.column_stack([values, percent]), assumptions)
