"""Codes for labels, and sums by code: the two loops that everything in memory rests on.

A sum by code is one product of a sparse matrix (one entry a row: the weight, at the row's code) with a dense column. It
reads weight, code and value once, makes no temporary, and needs no sorting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from surveykit.engine.records import FloatArray, IntArray
from surveykit.expressions import Values

__all__ = [
    "CodeSums",
    "Coded",
    "Coder",
    "combine",
    "dense_codes",
    "distinct",
    "factorise",
    "group_rows",
    "group_sums",
    "key_coder",
    "key_codes",
    "level_coder",
]

_LOOKUP_LIMIT = 4
_SMALL_RANGE = 65_536
_SAMPLE = 4_096
#: Groups a row from which on it costs less to add row by row than to make new sums of all groups.
_MANY_GROUPS = 8

Coder = Callable[[npt.NDArray[np.generic]], IntArray]
Coded = tuple[IntArray, npt.NDArray[np.bool_] | None]


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
    if data.dtype.kind == "f" and _is_whole(data):
        whole = data.astype(np.int64)
        if values.valid is not None:
            whole = np.where(values.valid, whole, whole.max() + 1)
        codes, found = dense_codes(whole)
        labels: list[object] = list(found.tolist())
        if values.valid is not None and not values.valid.all():
            labels[-1] = None
        return codes, tuple(labels)
    raw, found_values = pd.factorize(data if values.valid is None else np.where(values.valid, data, np.nan), sort=True)
    labels = [_plain(value) for value in np.asarray(found_values)]
    if (raw < 0).any():
        raw = np.where(raw < 0, len(labels), raw)
        labels.append(None)
    return raw.astype(np.int32), tuple(labels)


def _plain(value: np.generic) -> object:
    item = value.item()
    return int(item) if isinstance(item, float) and item.is_integer() and abs(item) < 2**31 else item


def _is_whole(data: npt.NDArray[np.generic]) -> bool:
    """Whether floats are whole numbers of moderate size; a short look at the start settles most columns."""
    head = data[:_SAMPLE].astype(np.float64, copy=False)
    if not len(data) or not np.array_equal(head, np.floor(head)):
        return False
    all_of_it = data.astype(np.float64, copy=False)
    return bool(np.abs(all_of_it).max() < 2**31 and np.array_equal(all_of_it, np.floor(all_of_it)))


def distinct(values: Values) -> tuple[object, ...]:
    """Return the distinct numbers of a column, in increasing order, as :func:`factorise` labels them.

    Where whole numbers lie close together it is enough to know the smallest, the largest, and that a sample holds all
    between them.
    """
    data = values.data if values.valid is None else values.data[values.valid]
    if data.dtype.kind == "f":
        if not _is_whole(data):
            return tuple(_plain(value) for value in np.sort(pd.unique(data)))
        data = data.astype(np.int64)
    if not len(data):
        return ()
    low, high = int(data.min()), int(data.max())
    if high - low < _SMALL_RANGE:
        for part in (data[:_SAMPLE], data):
            seen = np.zeros(high - low + 1, np.bool_)
            seen[part.astype(np.int64) - low] = True
            if seen.all():
                break
        return tuple((np.flatnonzero(seen) + low).tolist())
    return tuple(np.sort(pd.unique(data)).tolist())


def level_coder(levels: Sequence[object]) -> Coder:
    """Make a function that gives the position of numbers among levels, -1 for those that are none of them.

    Parameters
    ----------
    levels
        Increasing numbers.
    """
    numbers = np.asarray(levels, np.float64)
    low, high = (float(numbers[0]), float(numbers[-1])) if len(numbers) else (0.0, -1.0)
    if not len(numbers) or high - low >= _SMALL_RANGE or not np.array_equal(numbers, np.floor(numbers)):
        return lambda data: _search(numbers, data)
    lookup = np.full(int(high - low) + 1, -1, np.int32)
    lookup[(numbers - low).astype(np.intp)] = np.arange(len(numbers))
    gapless = len(lookup) == len(numbers)
    first = int(low)

    def code(data: npt.NDArray[np.generic]) -> IntArray:
        whole = data if data.dtype.kind in "iu" else data.astype(np.int64)
        if not len(data) or int(whole.min()) < low or int(whole.max()) > high or whole.dtype.kind == "u":
            return _search(numbers, data)
        if whole is not data and not np.array_equal(whole, data):
            return _search(numbers, data)
        if not gapless:
            return lookup[whole.astype(np.intp) - first]
        return (whole if first == 0 else whole.astype(np.int64) - first).astype(np.int32, copy=False)

    return code


def _search(levels: FloatArray, data: npt.NDArray[np.generic]) -> IntArray:
    if not len(levels):
        return np.full(len(data), -1, np.int32)
    numbers = data.astype(np.float64, copy=False)
    codes = np.minimum(np.searchsorted(levels, numbers), len(levels) - 1).astype(np.int32)
    codes[levels[codes] != numbers] = -1
    return codes


def combine(outer: IntArray, inner: IntArray, inner_size: int) -> IntArray:
    """Cross two codes, the inner one fastest, in the narrowest integer that holds them."""
    size = (int(outer.max(initial=0)) + 1) * inner_size
    kind: npt.DTypeLike = np.int32 if size < 2**31 else np.int64
    crossed: IntArray = outer.astype(kind, copy=False) * np.asarray(inner_size, kind)
    crossed += inner.astype(kind, copy=False)
    return crossed


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
    rows = len(weight)
    out = np.empty((len(columns), groups))
    if codes is None:
        for k, column in enumerate(columns):
            # A BLAS dot product of two columns would wake its threads, which costs more than the sum itself.
            out[k] = (
                weight.sum() if column is None else np.einsum("i,i->", weight, column.astype(np.float64, copy=False))
            )
        return out.T
    matrix = _one_entry_a_row(groups, rows)
    # Assigned, not passed, because the constructor would look through codes that are known to be in range.
    matrix.indices = codes.astype(matrix.indptr.dtype, copy=False)
    matrix.data = weight
    ones = np.ones(rows) if any(column is None for column in columns) else None
    for k, column in enumerate(columns):
        out[k] = matrix @ (ones if column is None else column.astype(np.float64, copy=False))
    return out.T


def _one_entry_a_row(groups: int, rows: int) -> sparse.csc_array:
    """Sparse matrix whose indices (codes) and data (weights) are still to be set."""
    kind = np.int32 if rows < 2**31 - 1 and groups < 2**31 else np.int64
    matrix = sparse.csc_array((groups, rows), dtype=np.float64)
    matrix.indptr = np.arange(rows + 1, dtype=kind)
    return matrix


class CodeSums:
    """Sums of weight x line by code, added to batch by batch.

    Parameters
    ----------
    lines
        Number of lines K.
    groups
        Number of codes G.
    """

    def __init__(self, lines: int, groups: int) -> None:
        self.sums = np.zeros((lines, groups))
        self._matrix = _one_entry_a_row(groups, 0)

    @classmethod
    def of(cls, sums: FloatArray) -> CodeSums:
        """Begin with sums ``(K, G)`` made elsewhere."""
        found = cls(*sums.shape)
        found.sums = sums
        return found

    def add(self, codes: IntArray, weight: FloatArray, lines: FloatArray) -> None:
        """Add a batch: codes and weights ``(n,)``, lines ``(K, n)``, float64."""
        groups, rows = self.sums.shape[1], len(weight)
        if groups > _MANY_GROUPS * rows:
            places = codes.astype(np.intp, copy=False)
            for sums, line in zip(self.sums, lines, strict=True):
                np.add.at(sums, places, line * weight)
            return
        if self._matrix.shape[1] != rows:
            self._matrix = _one_entry_a_row(groups, rows)
        self._matrix.indices = codes.astype(self._matrix.indptr.dtype, copy=False)
        self._matrix.data = weight
        for place, line in enumerate(lines):
            self.sums[place] += self._matrix @ line


def group_rows(codes: IntArray, groups: int, weight: FloatArray, matrix: FloatArray) -> FloatArray:
    """Sum weight x matrix row by code: ``(n, R)`` rows to ``(G, R)``."""
    rows = len(weight)
    grouping = sparse.csc_array((weight, codes.astype(np.int64), np.arange(rows + 1)), shape=(groups, rows))
    return np.asarray(grouping @ matrix)


def key_codes(values: Values, levels: tuple[object, ...]) -> tuple[IntArray, npt.NDArray[np.bool_] | None]:
    """Codes of values among fixed levels.

    Returns
    -------
    codes
        ``(n,)`` position among the levels; 0 where not valid.
    valid
        ``(n,)`` False where the value is missing or not among the levels; None where all are.
    """
    return key_coder(values, levels)(values)


def key_coder(kind: Values, levels: tuple[object, ...]) -> Callable[[Values], Coded]:
    """Make the function that :func:`key_codes` applies, once for many batches of values of one kind."""
    if kind.categories is not None:
        return _category_coder(kind.categories, levels)
    if kind.data.dtype == np.bool_:
        return lambda values: (values.data.view(np.int8), values.valid)
    place = level_coder(levels)

    def code(values: Values) -> Coded:
        codes, valid = place(values.data), values.valid
        if codes.min(initial=0) < 0:
            known = codes >= 0
            valid = known if valid is None else known & valid
            codes = np.where(known, codes, 0)
        return codes, valid

    return code


def _category_coder(categories: tuple[object, ...], levels: tuple[object, ...]) -> Callable[[Values], Coded]:
    place = {label: code for code, label in enumerate(levels)}
    # The last entry answers code -1, which stands for missing.
    lookup = np.array([*(place.get(label, -1) for label in categories), -1], np.int32)
    same = categories == levels

    def code(values: Values) -> Coded:
        if same and values.valid is None:
            return values.data, None
        codes: IntArray = values.data if same else lookup[values.data]
        valid = values.valid
        if not same:
            known = codes >= 0
            valid = known if valid is None else known & valid
        return (codes if valid is None else np.where(valid, codes, 0)), valid

    return code
