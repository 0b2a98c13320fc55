"""Who exports what to whom: gross flows of a table, with trade inside a region left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.trade.leontief import per_output
from surveykit.trade.tables import InterCountryTable

__all__ = ["Flows", "block_columns", "block_rows", "blocks", "gross_flows"]

_Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Flows:
    """Gross flows, by selling row and buying region.

    Parameters
    ----------
    intermediate_to, final_to
        Sales of intermediate and final products to each region, domestic sales included `(K, G)`.
    exports_to
        Both together, domestic sales zero `(K, G)`.
    exports
        Total over destinations `(K,)`.
    value_added_share
        Value added per unit of output `(K,)`.
    """

    intermediate_to: _Matrix
    final_to: _Matrix
    exports_to: _Matrix
    exports: _Matrix
    value_added_share: _Matrix


def blocks(table: InterCountryTable) -> list[slice]:
    """Rows of every region, in the order of ``table.regions``; empty for a region without industries."""
    starts = np.searchsorted(table.region_of, np.arange(len(table.regions) + 1))
    return [slice(int(starts[g]), int(starts[g + 1])) for g in range(len(table.regions))]


def gross_flows(table: InterCountryTable) -> Flows:
    """Sum sales by destination. Exports are sales to other regions, of intermediates and to final demand."""
    rows = len(table.labels)
    intermediate_to = np.zeros((rows, len(table.regions)))
    for position, block in enumerate(blocks(table)):
        intermediate_to[:, position] = table.intermediate[:, block].sum(axis=1)
    final_to = table.demand_by_region()
    exports_to = intermediate_to + final_to
    exports_to[np.arange(rows), table.region_of] = 0.0
    share = per_output(table.value_added, table.output)
    return Flows(intermediate_to, final_to, exports_to, exports_to.sum(axis=1), share)


def block_rows(table: InterCountryTable, values: _Matrix) -> _Matrix:
    """Put a vector `(K,)` into one row per region, zero outside the region `(G, K)`."""
    spread = np.zeros((len(table.regions), len(values)))
    spread[table.region_of, np.arange(len(values))] = values
    return spread


def block_columns(table: InterCountryTable, values: _Matrix) -> _Matrix:
    """Put a vector `(K,)` into one column per region, zero outside the region `(K, G)`."""
    return block_rows(table, values).T
