"""Sums with replicate weights, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from surveykit.engine.grouping import group_rows, group_sums, key_codes
from surveykit.engine.records import Batch, FloatArray, IntArray, Request
from surveykit.engine.replicate_factors import ReplicateFactors

__all__ = ["add_rows", "replicate_sums_of_batches", "replicate_totals"]

#: Numbers of a block of factors that is worked out at a time: 32 megabytes.
_BLOCK = 4_000_000


def _spans(size: int, rows: int) -> Iterator[slice]:
    """Cut a range so that a block of `rows` lines stays small."""
    step = max(_BLOCK // max(rows, 1), 1)
    for start in range(0, size, step):
        yield slice(start, min(start + step, size))


def replicate_totals(factors: FloatArray | ReplicateFactors, by_unit: FloatArray) -> FloatArray:
    """Sum over units of factor x sum: ``(U, M)`` to ``(R, M)``."""
    if isinstance(factors, np.ndarray):
        plain: FloatArray = factors.T @ by_unit
        return plain
    units, replicates = factors.shape
    found = np.zeros((replicates, by_unit.shape[1]))
    for rows in _spans(units, min(replicates, 64)):
        for some in _spans(replicates, rows.stop - rows.start):
            found[some] += factors.block(rows, some).T @ by_unit[rows]
    return found


def add_rows(
    found: FloatArray,
    codes: IntArray,
    weight: FloatArray,
    columns: Sequence[npt.NDArray[np.generic] | None],
    factors: FloatArray | ReplicateFactors,
    rows: slice,
) -> None:
    """Add the sums of some rows to `found` ``(K, C, R)``, where each row has factors of its own.

    Parameters
    ----------
    codes, weight, columns
        ``(m,)`` each.
    factors
        ``(n, R)``.
    rows
        Which rows of the factors these are.
    """
    cells, replicates = found.shape[1:]
    weighted = [weight if column is None else weight * column.astype(np.float64, copy=False) for column in columns]
    for part in _spans(len(weight), min(replicates, 64)):
        own = slice(rows.start + part.start, rows.start + part.stop)
        for some in _spans(replicates, part.stop - part.start):
            block = factors[own, some] if isinstance(factors, np.ndarray) else factors.block(own, some)
            for k, values in enumerate(weighted):
                found[k, :, some] += group_rows(codes[part], cells, values[part], block)


def replicate_sums_of_batches(
    batches: Iterable[Batch], request: Request, factors: FloatArray | ReplicateFactors, units: IntArray | None
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
            add_rows(by_row, codes, weight, columns, factors, rows)
        else:
            by_unit += group_sums(units[rows] * cells + codes, len(by_unit), weight, columns)
    if units is None:
        return np.ascontiguousarray(by_row.transpose(2, 1, 0))
    return replicate_totals(factors, by_unit.reshape(len(factors), -1)).reshape(replicates, cells, size)
