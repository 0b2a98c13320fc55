"""What the decompositions share: multipliers of every region and solves of the Leontief system.

In the notation of the papers, with `s` the exporter, `r` the importer, `t` and `u` third countries: ``V`` value added
per unit of output, ``B`` the global Leontief inverse, ``L_s`` the inverse of the domestic block of `s` alone,
``A_sr`` the block of input coefficients, ``Y_sr`` final and ``E_sr`` all sales from `s` to `r`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.trade.flows import Flows, block_rows, blocks, gross_flows
from surveykit.trade.leontief import Factors, factorise, local_inverse, per_output, solve, solve_rows
from surveykit.trade.tables import InterCountryTable

__all__ = ["Matrix", "Parts", "Terms", "coefficients", "columns_of", "make_parts", "others"]

Matrix = NDArray[np.float64]
Terms = dict[str, Matrix]  # term -> values by importer and exporting industry (G, N_s)


@dataclass(frozen=True, eq=False)
class Parts:
    """Everything the decompositions of one table share.

    Parameters
    ----------
    table
        The table.
    flows
        Its gross flows.
    blocks
        Rows of each region.
    factors
        Factors of the Leontief system.
    own
        ``V_s B_ss`` in the columns of every region `(K,)`.
    local
        ``V_s L_s`` `(K,)`.
    foreign
        ``sum over t != s of V_t B_ts`` `(K,)`.
    taxes
        What is neither: taxes on products inside a unit of product, ``1 - V B`` `(K,)`; zero where a table has none.
    local_inverses
        ``L_s`` of every region.
    absorbed
        ``B Y``: output of each row for final demand of each region `(K, G)`.
    """

    table: InterCountryTable
    flows: Flows
    blocks: list[slice]
    factors: Factors
    own: Matrix
    local: Matrix
    foreign: Matrix
    taxes: Matrix
    local_inverses: list[Matrix]
    absorbed: Matrix


def make_parts(table: InterCountryTable) -> Parts:
    """Factor the system and measure the multipliers that every decomposition needs."""
    flows = gross_flows(table)
    factors = factorise(table.intermediate, table.output)
    share = flows.value_added_share
    by_origin = solve_rows(factors, block_rows(table, share))
    own = by_origin[table.region_of, np.arange(len(share))]
    total = by_origin.sum(axis=0)
    spans = blocks(table)
    inverses = [local_inverse(table.intermediate[span, span], table.output[span]) for span in spans]
    local = np.concatenate([share[span] @ inverse for span, inverse in zip(spans, inverses, strict=True)])
    taxed = np.where(table.output > 0, solve_rows(factors, per_output(table.taxes, table.output)), 0.0)
    absorbed = solve(factors, flows.final_to)
    return Parts(table, flows, spans, factors, own, local, total - own, taxed, inverses, absorbed)


def coefficients(parts: Parts, seller: slice, buyer: slice) -> Matrix:
    """Input coefficients ``A_sr`` of one block."""
    return per_output(parts.table.intermediate[seller, buyer], parts.table.output[buyer])


def columns_of(parts: Parts, span: slice) -> Matrix:
    """Columns of the Leontief inverse that belong to one region, ``B_.s`` `(K, N_s)`."""
    unit = np.zeros((len(parts.table.output), span.stop - span.start))
    unit[np.arange(span.start, span.stop), np.arange(span.stop - span.start)] = 1.0
    return solve(parts.factors, unit)


def others(parts: Parts, position: int) -> Sequence[int]:
    """Positions of all regions but one."""
    return [other for other in range(len(parts.blocks)) if other != position]
