"""The levels that indicators are made of: arrays by reporter, partner and industry, measured only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import TradeError
from surveykit.trade.flows import Flows, block_columns, block_rows, blocks, gross_flows
from surveykit.trade.leontief import Factors, downstreamness, factorise, local_inverse, per_output, solve, solve_rows
from surveykit.trade.leontief import upstreamness as stages_to_final_use
from surveykit.trade.tables import InterCountryTable

__all__ = ["LEVELS", "Levels", "measure_levels"]

_Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels by reporter, partner and industry.

    Parameters
    ----------
    cubes
        Level -> values `(G, G, N)`, or `(G, 1, N)` where there is no partner, in the unit of the table.
    notes
        Level -> what the reader should know about how it was made.
    undefined
        Level -> why it cannot be measured on this table.
    """

    cubes: Mapping[str, _Matrix]
    notes: Mapping[str, str]
    undefined: Mapping[str, str]


def _cube(table: InterCountryTable, values: _Matrix) -> _Matrix:
    """Values by row and partner `(K, P)` to reporter, partner, industry `(G, P, N)`."""
    cube = np.zeros((len(table.regions), len(table.industries), values.shape[1]))
    np.add.at(cube, (table.region_of, table.industry_of), values)
    return np.ascontiguousarray(cube.transpose(0, 2, 1))


def _received(table: InterCountryTable, values: _Matrix) -> _Matrix:
    """Values by row of origin and receiving region `(K, G)` to receiver, origin, industry `(G, G, N)`."""
    return np.ascontiguousarray(_cube(table, values).transpose(1, 0, 2))


def _flow_levels(table: InterCountryTable, flows: Flows) -> dict[str, _Matrix]:
    foreign = np.ones_like(flows.exports_to)
    foreign[np.arange(len(foreign)), table.region_of] = 0.0
    exports = _cube(table, flows.exports_to)
    return {
        "EXGR": exports,
        "EXGR_INT": _cube(table, flows.intermediate_to * foreign),
        "EXGR_FNL": _cube(table, flows.final_to * foreign),
        "IMGR": np.ascontiguousarray(exports.transpose(1, 0, 2)),
        "VALU": _cube(table, table.value_added[:, None]),
        "PROD": _cube(table, table.output[:, None]),
    }


def _content_by_origin(table: InterCountryTable, factors: Factors, content: _Matrix) -> _Matrix:
    """Content of every region in a unit of each product of the world, ``v_p B_p.`` `(G, K)`."""
    return solve_rows(factors, block_rows(table, content))


def _own_content(table: InterCountryTable, by_origin: _Matrix) -> _Matrix:
    """Content of the exporting region in a unit of each of its products, ``v_c B_cc`` `(K,)`."""
    return by_origin[table.region_of, np.arange(by_origin.shape[1])]


def _export_levels(table: InterCountryTable, flows: Flows, factors: Factors) -> dict[str, _Matrix]:
    share = flows.value_added_share
    by_origin = _content_by_origin(table, factors, share)
    own = _own_content(table, by_origin)
    local, direct = np.zeros_like(share), np.zeros_like(share)
    for block in blocks(table):
        inverse = local_inverse(table.intermediate[block, block], table.output[block])
        local[block] = share[block] @ inverse
        direct[block] = share[block] * np.diagonal(inverse)
    content = {"EXGR_DVA": own, "EXGR_DDC": direct, "EXGR_IDC": local - direct, "EXGR_RIM": own - local}
    found = {name: _cube(table, unit[:, None] * flows.exports_to) for name, unit in content.items()}
    foreign = (by_origin * flows.exports).T
    foreign[np.arange(len(share)), table.region_of] = 0.0
    return {
        **found,
        "EXGR_FVA": _cube(table, flows.exports_to) - found["EXGR_DVA"],
        "EXGR_FVA_ORIGIN": _cube(table, foreign),
    }


def _absorption_levels(table: InterCountryTable, flows: Flows, factors: Factors) -> dict[str, _Matrix]:
    absorbed = flows.value_added_share[:, None] * solve(factors, flows.final_to)
    received = _received(table, absorbed)
    own = np.arange(len(table.regions))
    foreign = received.copy()
    foreign[own, own] = 0.0
    sent = np.ascontiguousarray(foreign.transpose(1, 0, 2))
    return {
        "FFD_DVA": sent,
        "DFD_FVA": foreign,
        "BALVAFD": sent - foreign,
        "DFD_DVA": received[own, own][:, None, :],
        "FD_VA": received.sum(axis=1, keepdims=True),
    }


def _forward_levels(table: InterCountryTable, flows: Flows, factors: Factors) -> dict[str, _Matrix]:
    used = flows.value_added_share[:, None] * solve(factors, block_columns(table, flows.exports))
    used[np.arange(len(used)), table.region_of] = 0.0
    return {"FEXDVA": _cube(table, used)}


def _position_levels(table: InterCountryTable, flows: Flows, factors: Factors) -> dict[str, _Matrix]:
    up = stages_to_final_use(factors, table.output)
    down = downstreamness(factors, len(table.output))
    return {
        "UPSTREAM_PROD": _cube(table, (up * table.output)[:, None]),
        "UPSTREAM_EXGR": _cube(table, up[:, None] * flows.exports_to),
        "DOWNSTREAM_PROD": _cube(table, (down * table.output)[:, None]),
    }


_GROUPS: tuple[tuple[tuple[str, ...], Callable[[InterCountryTable, Flows, Factors], dict[str, _Matrix]]], ...] = (
    (("EXGR_DVA", "EXGR_FVA", "EXGR_DDC", "EXGR_IDC", "EXGR_RIM", "EXGR_FVA_ORIGIN"), _export_levels),
    (("FFD_DVA", "DFD_FVA", "BALVAFD", "DFD_DVA", "FD_VA"), _absorption_levels),
    (("FEXDVA",), _forward_levels),
    (("UPSTREAM_PROD", "UPSTREAM_EXGR", "DOWNSTREAM_PROD"), _position_levels),
)
_SERVICES = ("EXGR_SERV_DVA", "EXGR_SERV_FVA", "MODE5_DOM", "MODE5_TOT", "EXGR_GOODS")
LEVELS = (
    *("EXGR", "EXGR_INT", "EXGR_FNL", "IMGR", "VALU", "PROD"),
    *(name for names, _ in _GROUPS for name in names),
    *_SERVICES,
)


def _service_levels(
    table: InterCountryTable, flows: Flows, factors: Factors
) -> tuple[dict[str, _Matrix], dict[str, str], dict[str, str]]:
    """Services (sections G to U) inside exports; goods are sections A to C, utilities and construction neither."""
    try:
        goods, services = table.activity("GOODS"), table.activity("SERV")
    except TradeError as error:
        empty = np.zeros((len(table.regions), len(table.regions), len(table.industries)))
        reason = f"goods and services cannot be told apart: {error.what}"
        return dict.fromkeys(_SERVICES, empty), {}, dict.fromkeys(_SERVICES, reason)
    is_service = np.isin(np.array(table.industries)[table.industry_of], services.industries).astype(np.float64)
    is_good = np.isin(np.array(table.industries)[table.industry_of], goods.industries).astype(np.float64)[:, None]
    content = flows.value_added_share * is_service
    by_origin = _content_by_origin(table, factors, content)
    own, whole = _own_content(table, by_origin), by_origin.sum(axis=0)
    unit = {
        "EXGR_SERV_DVA": own[:, None],
        "EXGR_SERV_FVA": (whole - own)[:, None],
        "MODE5_DOM": own[:, None] * is_good,
        "MODE5_TOT": whole[:, None] * is_good,
        "EXGR_GOODS": is_good,
    }
    note = "; ".join(dict.fromkeys(note for note in (goods.note, services.note) if note))
    return {name: _cube(table, value * flows.exports_to) for name, value in unit.items()}, dict.fromkeys(unit, note), {}


def measure_levels(table: InterCountryTable, wanted: AbstractSet[str]) -> Levels:
    """Measure the levels asked for; one factorisation serves them all.

    Parameters
    ----------
    table
        A table without errors.
    wanted
        Names of levels; groups of levels that none of them needs are not measured.
    """
    flows = gross_flows(table)
    cubes = _flow_levels(table, flows)
    notes: dict[str, str] = {}
    undefined: dict[str, str] = {}
    if wanted <= set(cubes):
        return Levels(cubes, notes, undefined)
    factors = factorise(table.intermediate, table.output)
    for names, measure in _GROUPS:
        if wanted & set(names):
            cubes |= measure(table, flows, factors)
    if wanted & set(_SERVICES):
        found, notes, undefined = _service_levels(table, flows, factors)
        cubes |= found
    if per_output(table.taxes, table.output).any():
        notes["EXGR_FVA"] = "EXGR_FVA includes taxes less subsidies on products, as EXGR - EXGR_DVA"
    return Levels(cubes, notes, undefined)
