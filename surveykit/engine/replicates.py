"""Sums with replicate weights, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from surveykit.engine.grouping import group_rows, group_sums, key_codes
from surveykit.engine.records import Batch, FloatArray, IntArray, Request

__all__ = ["replicate_sums_of_batches"]


def replicate_sums_of_batches(
    batches: Iterable[Batch], request: Request, factors: FloatArray, units: IntArray | None
) -> FloatArray:
    """Sums ``(R, C, K)`` with the weights of each replicate.

    Parameters
    ----------
    batches
        Rows with the values of the terms that are no constants, then of the keys.
    request
        Terms and keys.
    factors
        ``(U, R)`` factors on the weight by unit, or ``(n, R)`` by row where `units` is None.
    units
        ``(n,)`` unit of each row.
    """
    cells, size, replicates = request.cells, len(request.terms), factors.shape[1]
    by_unit = np.zeros((0 if units is None else len(factors) * cells, size))
    by_row = np.zeros((size, cells, replicates))
    for batch in batches:
        rows = slice(batch.start, batch.start + len(batch.weight))
        values = iter(batch.values)
        columns = [None if term is None else next(values).data for term in request.terms]
        weight, codes = batch.weight, np.zeros(len(batch.weight), np.int64)
        for key in request.keys:
            own, valid = key_codes(next(values), key.levels)
            codes = codes * len(key.levels) + own
            weight = weight if valid is None else np.where(valid, weight, 0.0)
        if units is None:
            for k, column in enumerate(columns):
                weighted = weight if column is None else weight * column
                by_row[k] += group_rows(codes, cells, weighted, factors[rows])
        else:
            by_unit += group_sums(units[rows] * cells + codes, len(by_unit), weight, columns)
    if units is None:
        return np.ascontiguousarray(by_row.transpose(2, 1, 0))
    return (factors.T @ by_unit.reshape(len(factors), -1)).reshape(replicates, cells, size)
