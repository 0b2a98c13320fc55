"""Borin and Mancini, and Miroudot and Ye: value added and double counting for a stated perspective and approach."""

from __future__ import annotations

import numpy as np

from surveykit.trade.decomposition.parts import Matrix, Parts, Terms, coefficients, columns_of, others
from surveykit.trade.leontief import solve

__all__ = [
    "BM_TERMS",
    "bilateral_perspective",
    "miroudot_ye",
    "oecd",
    "sink",
    "source",
    "world_sink",
    "world_source",
]

BM_TERMS = {
    "EXGR": "gross exports",
    "DC": "domestic content, DVA + DDC",
    "DVA": "domestic value added, each unit counted once",
    "VAX": "domestic value added absorbed abroad",
    "DAVAX": "domestic value added absorbed by the direct importer without being exported again (source)",
    "VAXIM": "domestic value added absorbed by the direct importer (sink)",
    "REF": "domestic value added that is absorbed at home after all (reflection)",
    "DDC": "domestic content counted more than once",
    "FC": "foreign content, FVA + FDC (taxes on products included where a table keeps them apart)",
    "FVA": "foreign value added, each unit counted once",
    "FDC": "foreign content counted more than once",
    "GVC": "exports that cross more than one border, GVCB + GVCF",
    "GVCB": "backward: content imported or re-imported",
    "GVCF": "forward: domestic value added that the importer sends on",
}


def _empty(parts: Parts, position: int, names: str) -> Terms:
    span = parts.blocks[position]
    return {name: np.zeros((len(parts.blocks), span.stop - span.start)) for name in names.split()}


def _contents(parts: Parts, position: int, terms: Terms) -> None:
    """Gross exports, domestic and foreign content: the same in every method."""
    span = parts.blocks[position]
    sold = parts.flows.exports_to[span].T
    terms["EXGR"] = sold.copy()
    terms["DC"] = parts.own[span] * sold
    terms["FC"] = sold - terms["DC"]


def _once(parts: Parts, position: int) -> Matrix:
    """Foreign value added in a unit of exports, counted once: ``sum over t of V_t B^_ts`` with exports of s taken out.

    ``B^_.s = B_.s B_ss^-1 L_s``, because the extracted system differs from the whole one only in the rows of s.
    """
    span = parts.blocks[position]
    inverse = columns_of(parts, span)[span]
    foreign = parts.foreign[span] + parts.taxes[span]
    return np.asarray(np.linalg.solve(inverse.T, foreign) @ parts.local_inverses[position])


def source(parts: Parts, position: int) -> Terms:
    """Decompose exports, counting value added the first time it leaves the exporter (source approach).

    Parameters
    ----------
    parts
        Shared multipliers.
    position
        Exporter, as position in the regions of the table.

    Returns
    -------
    dict
        Term -> values by importer and exporting industry `(G, N_s)`.

    References
    ----------
    Borin and Mancini (2023), Measuring What Matters in Value-Added Trade, Economic Systems Research 35(4), 586-613;
    Borin and Mancini (2019), Measuring What Matters in Global Value Chains and Value-Added Trade, World Bank Policy
    Research Working Paper 8804, section 3.
    """
    span, flows = parts.blocks[position], parts.flows
    terms = _empty(parts, position, "VAX DAVAX")
    _contents(parts, position, terms)
    local = parts.local[span]
    abroad = parts.absorbed.sum(axis=1) - parts.absorbed[:, position]
    for other in others(parts, position):
        there = parts.blocks[other]
        block, final = coefficients(parts, span, there), flows.final_to[span, other]
        at_once = parts.local_inverses[other] @ flows.final_to[there, other]
        terms["DAVAX"][other] = local * (final + block @ at_once)
        terms["VAX"][other] = local * (final + block @ abroad[there])
    terms["DVA"] = local * terms["EXGR"]
    terms["REF"] = terms["DVA"] - terms["VAX"]
    terms["DDC"] = terms["DC"] - terms["DVA"]
    terms["FVA"] = _once(parts, position) * terms["EXGR"]
    terms["FDC"] = terms["FC"] - terms["FVA"]
    terms["GVC"] = terms["EXGR"] - terms["DAVAX"]
    terms["GVCF"] = terms["DVA"] - terms["DAVAX"]
    terms["GVCB"] = terms["GVC"] - terms["GVCF"]
    return {name: terms[name] for name in BM_TERMS if name in terms}


def sink(parts: Parts, position: int) -> Terms:
    """Decompose exports, counting value added the last time it leaves the exporter (sink approach).

    Demand for exports of `s` is followed through the world without the exports of `s`: ``B^ Y = B Y - C (B Y)_s`` with
    ``C = B_.s B_ss^-1``; what comes back to `s` as an intermediate is either absorbed there or leaves again.

    Parameters, Returns, References
        As in :func:`source`.
    """
    span, flows = parts.blocks[position], parts.flows
    terms = _empty(parts, position, "DVA VAX VAXIM FVA")
    _contents(parts, position, terms)
    own, foreign = parts.own[span], parts.foreign[span] + parts.taxes[span]
    columns = columns_of(parts, span)
    through = np.linalg.solve(columns[span].T, columns.T).T
    outside = parts.absorbed - through @ parts.absorbed[span]
    home = through @ (parts.local_inverses[position] @ flows.final_to[span, position])
    for other in others(parts, position):
        there = parts.blocks[other]
        block, final = coefficients(parts, span, there), flows.final_to[span, other]
        reached = outside[there]
        abroad = final + block @ (reached.sum(axis=1) - reached[:, position])
        back = block @ (reached[:, position] + home[there])
        terms["VAXIM"][other] = own * (final + block @ reached[:, other])
        terms["VAX"][other] = own * abroad
        terms["DVA"][other] = own * (abroad + back)
        terms["FVA"][other] = foreign * (abroad + back)
    terms["REF"] = terms["DVA"] - terms["VAX"]
    terms["DDC"] = terms["DC"] - terms["DVA"]
    terms["FDC"] = terms["FC"] - terms["FVA"]
    return {name: terms[name] for name in BM_TERMS if name in terms}


def world_source(parts: Parts, position: int) -> Terms:
    """Count value added once in world exports, when it first leaves its country of origin.

    Foreign value added has then always been counted before, in the exports of its own country.
    """
    terms: Terms = {}
    _contents(parts, position, terms)
    terms["DVA"] = parts.local[parts.blocks[position]] * terms["EXGR"]
    terms["DDC"] = terms["DC"] - terms["DVA"]
    terms["FVA"] = np.zeros_like(terms["EXGR"])
    terms["FDC"] = terms["FC"].copy()
    return {name: terms[name] for name in BM_TERMS if name in terms}


def world_sink(parts: Parts, position: int) -> Terms:
    """Count value added once in world exports, at its last border: in final sales and in inputs absorbed next door."""
    span, flows = parts.blocks[position], parts.flows
    terms = _empty(parts, position, "DVA FVA")
    _contents(parts, position, terms)
    for other in others(parts, position):
        there = parts.blocks[other]
        at_once = parts.local_inverses[other] @ flows.final_to[there, other]
        last = flows.final_to[span, other] + coefficients(parts, span, there) @ at_once
        terms["DVA"][other] = parts.own[span] * last
        terms["FVA"][other] = (parts.foreign[span] + parts.taxes[span]) * last
    terms["DDC"] = terms["DC"] - terms["DVA"]
    terms["FDC"] = terms["FC"] - terms["FVA"]
    return {name: terms[name] for name in BM_TERMS if name in terms}


def bilateral_perspective(parts: Parts, position: int) -> Terms:
    """Count value added once in each bilateral flow: only what crosses the same border again is counted twice.

    With ``M = A_sr B_rs``, taking the flow from `s` to `r` out of the system gives ``B^_.s = B_.s (I + M)^-1``.
    """
    span = parts.blocks[position]
    terms = _empty(parts, position, "DVA FVA")
    _contents(parts, position, terms)
    columns = columns_of(parts, span)
    both = np.vstack([parts.own[span], parts.foreign[span] + parts.taxes[span]])
    for other in others(parts, position):
        there = parts.blocks[other]
        again = coefficients(parts, span, there) @ columns[there]
        once = np.linalg.solve((np.eye(len(again)) + again).T, both.T).T
        terms["DVA"][other], terms["FVA"][other] = once * terms["EXGR"][other]
    terms["DDC"] = terms["DC"] - terms["DVA"]
    terms["FDC"] = terms["FC"] - terms["FVA"]
    return {name: terms[name] for name in BM_TERMS if name in terms}


def miroudot_ye(parts: Parts, position: int) -> Terms:
    """Decompose exports into value added and double counting, domestic and foreign.

    References
    ----------
    Miroudot and Ye (2021), Decomposing Value Added in Gross Exports, Economic Systems Research 33(1), 67-87.
    """
    whole = source(parts, position)
    return {name: whole[name] for name in ("EXGR", "DC", "DVA", "DDC", "FC", "FVA", "FDC")}


def oecd(parts: Parts, position: int) -> Terms:
    """Contents of a country's exports as the OECD's TiVA indicators define them, each `(1, 1)`.

    Backward participation is all foreign content, forward participation the domestic value added in exports of others.
    Both belong to the country: one is by exporting, the other by originating industry.
    """
    span, flows = parts.blocks[position], parts.flows
    contents: Terms = {}
    _contents(parts, position, contents)
    total = {name: float(values.sum()) for name, values in contents.items()}
    share = flows.value_added_share[span]
    absorbed = parts.absorbed[span].sum(axis=1) - parts.absorbed[span, position]
    others_exports = np.where(parts.table.region_of == position, 0.0, flows.exports)
    total["DVA"] = float(parts.local[span] @ flows.exports[span])
    total["VAX"] = float(share @ absorbed)
    total["REF"] = total["DVA"] - total["VAX"]
    total["DDC"] = total["DC"] - total["DVA"]
    total["GVCB"] = total["FC"]
    total["GVCF"] = float(share @ solve(parts.factors, others_exports)[span])
    total["GVC"] = total["GVCB"] + total["GVCF"]
    return {name: np.array([[total[name]]]) for name in BM_TERMS if name in total}
