"""Codes for labels, and sums by code: the two loops that everything in memory rests on.

A sum by code is one product of a sparse matrix (one entry a row: the weight, at the row's code) with a dense column. It
reads weight, code and value once, makes no temporary, and needs no sorting.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from surveykit.engine.records import FloatArray, IntArray
from surveykit.expressions import Values

__all__ = ["combine", "dense_codes", "factorise", "group_sums"]

_LOOKUP_LIMIT = 4


def dense_codes(codes: IntArray) -> tuple[IntArray, IntArray]:
    """Renumber integers as 0..G-1 in increasing order.

    Returns
    -------
    codes
        ``(n,)`` int32.
    values
        ``(G,)`` the integer behind each code.
    """
    if not len(codes):
        return codes.astype(np.int32), codes
    low, high = int(codes.min()), int(codes.max())
    if high - low < _LOOKUP_LIMIT * len(codes) + 1024:
        offsets = codes.astype(np.intp) - low if low else codes
        seen = np.zeros(high - low + 1, np.bool_)
        seen[offsets] = True
        if seen.all():
            return offsets.astype(np.int32, copy=False), np.arange(low, high + 1)
        lookup = np.cumsum(seen, dtype=np.int32) - 1
        return lookup[offsets].astype(np.int32, copy=False), np.flatnonzero(seen) + low
    found, values = pd.factorize(codes, sort=True)
    return found.astype(np.int32), np.asarray(values)


def factorise(values: Values) -> tuple[IntArray, tuple[object, ...]]:
    """Return codes 0..G-1 and the labels found, in increasing order (categories: in their own order).

    Missing values become a level of their own, the last, labelled None.
    """
    data = values.data
    if values.categories is not None:
        codes, present = dense_codes(
            data.astype(np.int64) if values.valid is None else np.where(values.valid, data, len(values.categories))
        )
        return codes, tuple(
            values.categories[code] if code < len(values.categories) else None for code in present.tolist()
        )
    if data.dtype.kind in "iu" and values.valid is None:
        codes, found = dense_codes(data)
        return codes, tuple(found.tolist())
    if data.dtype.kind == "f" and len(data) and np.all(data == np.floor(data)) and np.abs(data).max() < 2**31:
        whole = data.astype(np.int64)
        if values.valid is not None:
            whole = np.where(values.valid, whole, whole.max() + 1)
        codes, found = dense_codes(whole)
        labels: list[object] = list(found.tolist())
        if values.valid is not None and not values.valid.all():
            labels[-1] = None
        return codes, tuple(labels)
    raw, found_values = pd.factorize(data if values.valid is None else np.where(values.valid, data, np.nan), sort=True)
    labels = [value.item() for value in np.asarray(found_values)]
    if (raw < 0).any():
        raw = np.where(raw < 0, len(labels), raw)
        labels.append(None)
    return raw.astype(np.int32), tuple(labels)


def combine(outer: IntArray, inner: IntArray, inner_size: int) -> IntArray:
    """Cross two codes, the inner one fastest, in the narrowest integer that holds them."""
    size = (int(outer.max(initial=0)) + 1) * inner_size
    kind: npt.DTypeLike = np.int32 if size < 2**31 else np.int64
    crossed: IntArray = outer.astype(kind, copy=False) * kind(inner_size) + inner  # type: ignore[operator]
    return crossed.astype(kind, copy=False)


def group_sums(
    codes: IntArray | None, groups: int, weight: FloatArray, columns: Sequence[npt.NDArray[np.generic] | None]
) -> FloatArray:
    """Sum weight x column by code.

    Parameters
    ----------
    codes
        ``(n,)`` codes 0..groups-1, or None for one group.
    groups
        Number of groups G.
    weight
        ``(n,)``.
    columns
        K columns ``(n,)``; None stands for the constant 1.

    Returns
    -------
    ndarray
        ``(G, K)``, float64.
    """
    out = np.empty((groups, len(columns)))
    if codes is None:
        for k, column in enumerate(columns):
            out[:, k] = weight.sum() if column is None else weight @ column.astype(np.float64, copy=False)
        return out
    rows = len(weight)
    index_type = np.int32 if rows < 2**31 - 1 and groups < 2**31 else np.int64
    matrix = sparse.csc_array(
        (weight, codes.astype(index_type, copy=False), np.arange(rows + 1, dtype=index_type)), shape=(groups, rows)
    )
    ones = np.ones(rows) if any(column is None for column in columns) else None
    for k, column in enumerate(columns):
        out[:, k] = matrix @ (ones if column is None else column.astype(np.float64, copy=False))
    return out
