"""Leontief price model: what a cost increase of foreign services does to the prices of everything that uses them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import TradeError
from surveykit.trade.flows import gross_flows
from surveykit.trade.leontief import factorise, per_output, solve_rows
from surveykit.trade.scenarios.result import ScenarioResult, as_draws, describe_shock, foreign_rows, scenario_rows
from surveykit.trade.tables import InterCountryTable, require_sound

__all__ = ["price_scenario"]

_Matrix = NDArray[np.float64]


def price_scenario(
    table: InterCountryTable,
    increase: ArrayLike,
    *,
    country: str,
    origin_industry: str | Iterable[str],
    origin: str | Sequence[str] = "foreign",
    pass_through: float = 1.0,
) -> ScenarioResult:
    """Follow a cost increase of foreign supplies through to export prices and value added.

    Parameters
    ----------
    table
        Inter-country table.
    increase
        Increase of the price that ``country`` pays, as a share (0.1 is 10 percent): a number, or draws `(D,)` from the
        distribution that a survey gives.
    country
        Country whose purchases become dearer.
    origin_industry
        What becomes dearer (``"J"``, an industry, a list).
    origin
        From whom: ``"foreign"`` for all other countries, or a list of countries.
    pass_through
        Share of its cost increase that every industry passes on in its price; the rest lowers its value added.

    Returns
    -------
    ScenarioResult
        ``EXPORT_PRICE`` (percent) by industry and for all exports, ``FINAL_DEMAND_PRICE`` (percent), ``INPUT_COST``
        (the cost increase at the first round) and ``VALU_CHANGE`` by industry and in total.

    Notes
    -----
    With ``d_j`` the input coefficients of industry `j` of the country on the supplies concerned, ``tau`` the increase
    and ``phi`` the pass-through: ``dp = phi (dp A + tau d)``, hence ``dp = phi tau d (I - phi A)^-1`` (Miller and
    Blair 2009, section 2.6). Value added absorbs ``(1 - phi)(dp A + tau d)``. The effects are linear in ``tau``, so
    draws cost nothing.
    """
    if not 0 <= pass_through <= 1:
        raise TradeError(f"pass_through={pass_through} is not between 0 and 1.", remedy="1 passes everything on.")
    draws = as_draws(increase, "increase", low=-1.0, high=100.0)
    require_sound(table)
    shock = foreign_rows(table, country, origin, origin_industry)
    at_home = table.region_of == shock.country
    direct = per_output((table.intermediate * shock.rows[:, None]).sum(axis=0), table.output) * at_home
    # (I - phi A)^-1: scaling the flows scales the coefficients.
    factors = factorise(pass_through * table.intermediate, table.output)
    total = solve_rows(factors, direct)
    price = pass_through * total
    squeeze = (1 - pass_through) * total * table.output
    rows, unit_effects = _effects(table, shock.country, shock.rows, price, direct * table.output, -squeeze)
    assumptions = (
        describe_shock(table, shock),
        "Fixed input coefficients: users neither substitute nor save, and quantities do not react to prices.",
        f"Every industry passes {pass_through:.0%} of its cost increase on; the rest lowers its value added.",
        "The price increase itself is income of the suppliers abroad and is not spent in the model.",
        f"{len(draws)} draw(s) of the increase; the effects are proportional to it.",
    )
    return ScenarioResult(rows, draws[:, None] * unit_effects, assumptions)


def _effects(
    table: InterCountryTable,
    country: int,
    supplied: NDArray[np.bool_],
    price: _Matrix,
    cost: _Matrix,
    value_added: _Matrix,
) -> tuple[pd.DataFrame, _Matrix]:
    """Effects of an increase by one: rows of the result and values `(R,)`."""
    flows = gross_flows(table)
    at_home = np.flatnonzero(table.region_of == country)
    codes = np.array(table.industries)[table.industry_of[at_home]]
    bought = flows.final_to[:, country]
    exports, spent = flows.exports[at_home], bought.sum()
    parts: list[tuple[str, str, _Matrix, list[str]]] = []
    everything = ["_T", *codes]
    export_price = _mean(price[at_home], exports)
    parts.append(("EXPORT_PRICE", "PCT", 100 * np.array([export_price, *price[at_home]]), everything))
    final_price = float(bought @ (price + supplied)) / spent if spent else np.nan
    parts.append(("FINAL_DEMAND_PRICE", "PCT", np.array([100 * final_price]), ["_T"]))
    for name, values in (("INPUT_COST", cost[at_home]), ("VALU_CHANGE", value_added[at_home])):
        parts.append((name, table.unit, np.array([values.sum(), *values]), everything))
    values = np.concatenate([part[2] for part in parts])
    columns: dict[str, object] = {
        "indicator": np.repeat([part[0] for part in parts], [len(part[2]) for part in parts]),
        "unit": np.repeat([part[1] for part in parts], [len(part[2]) for part in parts]),
        "activity": np.concatenate([part[3] for part in parts]),
        "reporter": table.regions[country],
        "method": "Leontief price model",
        "reason": np.where(np.isnan(values), "no exports or no final demand to weight prices with", ""),
    }
    return scenario_rows(table, columns, len(values)), values


def _mean(values: _Matrix, weights: _Matrix) -> float:
    total = weights.sum()
    return float(values @ weights / total) if total else np.nan
