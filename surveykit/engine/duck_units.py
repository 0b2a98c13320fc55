"""From the design columns of an answer back to the sampling units: each combination that occurs has one line number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from surveykit.engine.duck_columns import fetched_values
from surveykit.engine.records import IntArray
from surveykit.expressions import SqlColumn, Values

__all__ = ["LineCoder", "design_values"]

_SMALL_RANGE = 4_000_000


def design_values(column: pa.ChunkedArray, kind: SqlColumn) -> Values:
    """Values of a design column as a query answered it."""
    return fetched_values(column, kind)


@dataclass(frozen=True)
class _ColumnCoder:
    """Codes of one design column's values: positions among those that occur."""

    kind: SqlColumn
    numbers: npt.NDArray[np.generic]
    texts: pd.Index | None
    lookup: IntArray | None

    @property
    def size(self) -> int:
        return len(self.numbers) if self.texts is None else len(self.texts)

    def codes(self, column: pa.ChunkedArray) -> IntArray:
        if self.texts is not None:
            joined = column.combine_chunks()
            coded = joined if isinstance(joined, pa.DictionaryArray) else joined.dictionary_encode()
            place = self.texts.get_indexer(coded.dictionary.to_pandas()).astype(np.int64)
            found: IntArray = place[coded.indices.to_numpy(zero_copy_only=False)]
            return found
        data: npt.NDArray[Any] = column.to_numpy()
        if data.dtype == np.bool_:
            data = data.astype(np.int8)
        if self.lookup is not None:
            return self.lookup[data.astype(np.int64) - int(self.numbers[0])]
        return np.searchsorted(self.numbers, data)


def _column_coder(column: pa.ChunkedArray, kind: SqlColumn) -> _ColumnCoder:
    nothing = np.zeros(0, np.int64)
    if kind.kind == "text":
        return _ColumnCoder(kind, nothing, pd.Index(column.unique().to_pandas().sort_values()), None)
    data: npt.NDArray[Any] = column.to_numpy()
    numbers = np.unique(data.astype(np.int8) if data.dtype == np.bool_ else data)
    if numbers.dtype.kind in "iu" and int(numbers[-1]) - int(numbers[0]) < _SMALL_RANGE:
        lookup = np.zeros(int(numbers[-1]) - int(numbers[0]) + 1, np.int64)
        lookup[numbers.astype(np.int64) - int(numbers[0])] = np.arange(len(numbers))
        return _ColumnCoder(kind, numbers, None, lookup)
    return _ColumnCoder(kind, numbers, None, None)


class LineCoder:
    """Line numbers of combinations of design columns.

    Parameters
    ----------
    columns
        Design columns of the query that listed the combinations, one line each; nothing is missing in them.
    kinds
        How each is written.
    count
        Number of lines.
    """

    def __init__(self, columns: Sequence[pa.ChunkedArray], kinds: Sequence[SqlColumn], count: int) -> None:
        self.kinds = tuple(kinds)
        self.count = count
        self._coders = [_column_coder(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        keys = self._keys(columns, count)
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]
        size = int(self._sorted[-1]) + 1 if count else 0
        self._table: IntArray | None = None
        if size <= max(_SMALL_RANGE, 8 * count):
            self._table = np.zeros(size, np.int64)
            self._table[keys] = np.arange(count)

    @property
    def texts(self) -> tuple[str, ...]:
        """Texts of the design columns, for a query."""
        return tuple(kind.sql for kind in self.kinds)

    def lines(self, columns: Sequence[pa.ChunkedArray], rows: int) -> IntArray:
        """Line number of each row of an answer."""
        if not self._coders:
            return np.zeros(rows, np.int64)
        keys = self._keys(columns, rows)
        return self._table[keys] if self._table is not None else self._order[np.searchsorted(self._sorted, keys)]

    def _keys(self, columns: Sequence[pa.ChunkedArray], rows: int) -> IntArray:
        keys = np.zeros(rows, np.int64)
        for column, coder in zip(columns, self._coders, strict=True):
            keys = keys * coder.size + coder.codes(column)
        return keys
