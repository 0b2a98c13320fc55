"""The edge where foreign frames become NumPy columns: pandas, Polars, Arrow and mappings of arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from surveykit.errors import ColumnError, DataError
from surveykit.expressions import Values

__all__ = ["Columns", "FileColumns", "values_from_arrow", "values_from_pandas"]


class Columns:
    """Columns of an eager frame, each converted when it is first asked for.

    Parameters
    ----------
    frame
        A pandas, Polars or Arrow frame, or a mapping of column name to array.

    Raises
    ------
    DataError
        If the object is no frame, two columns share a name, or columns are of unequal length.
    """

    def __init__(self, frame: Any) -> None:
        native = _of_one_length(frame) if isinstance(frame, Mapping) else frame
        try:
            # Shallow: pandas copies on write, so later changes to the caller's frame do not reach these rows.
            native = native.copy(deep=False) if isinstance(native, pd.DataFrame) else native
            self._frame = nw.from_native(native, eager_only=True)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"Data of type '{type(frame).__name__}' cannot be read: {error}.",
                remedy="Give a pandas, Polars or Arrow frame, a path to a Parquet or CSV file, or a DuckDB relation.",
            ) from None
        self.names: tuple[str, ...] = tuple(str(name) for name in self._frame.columns)
        self.rows = len(self._frame)
        self._coded: dict[str, Values] = {}

    @property
    def labels(self) -> pd.Index | None:
        """Row labels of a pandas frame; None for frames that have none."""
        native = self._frame.to_native()
        return native.index if isinstance(native, pd.DataFrame) else None

    @property
    def row_ids(self) -> str | None:
        """Hash of a pandas index; None for frames that have none."""
        labels = self.labels
        if labels is None:
            return None
        hashes = pd.util.hash_pandas_object(labels, index=False).to_numpy()
        return hashlib.sha256(hashes.tobytes()).hexdigest()

    def __getitem__(self, name: str) -> Values:
        if name in self._coded:
            return self._coded[name]
        if name not in self.names:
            raise ColumnError(name, self.names)
        series = self._frame[name]
        if series.implementation.is_polars() and series.dtype == nw.Categorical:
            # Its codes follow the order in which labels appeared, here or elsewhere in the process: levels must not.
            series = series.cast(nw.String)
        native = series.to_native()
        values = (
            values_from_pandas(native, name)
            if isinstance(native, pd.Series)
            else values_from_arrow(series.to_arrow(), name)
        )
        self._coded[name] = values
        return values


class FileColumns(Columns):
    """Columns of files, each read when it is first asked for.

    Parameters
    ----------
    names
        Names in order.
    rows
        Number of rows.
    read
        Reads one column.
    """

    labels = None
    row_ids = None

    def __init__(self, names: Sequence[str], rows: int, read: Callable[[str], pa.ChunkedArray]) -> None:
        self.names = tuple(names)
        self.rows = rows
        self._read = read
        self._coded = {}

    def __getitem__(self, name: str) -> Values:
        if name not in self._coded:
            if name not in self.names:
                raise ColumnError(name, self.names)
            self._coded[name] = values_from_arrow(self._read(name), name)
        return self._coded[name]


def _of_one_length(columns: Mapping[str, Any]) -> pd.DataFrame:
    lengths = {str(name): len(column) for name, column in columns.items() if np.ndim(column) > 0}
    counts = sorted(set(lengths.values()))
    if len(counts) > 1:
        shown = ", ".join(f"'{next(name for name, own in lengths.items() if own == one)}' {one}" for one in counts[:3])
        raise DataError(
            f"The columns are of unequal length: {shown} rows.",
            remedy="Give each column one value a row, in the same order.",
        )
    return pd.DataFrame(dict(columns))


def values_from_pandas(series: pd.Series, name: str) -> Values:
    """Convert one pandas column to :class:`Values`; the numbers are not copied where none is missing.

    Raises
    ------
    DataError
        If the column holds infinities, complex numbers, or a type that has no number or label.
    """
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _from_categorical(series, name)
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return _from_numbers(series.to_numpy(), name)
    if pd.api.types.is_extension_array_dtype(dtype) and (
        pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)
    ):
        missing = series.isna().to_numpy()
        plain: Any = np.bool_ if pd.api.types.is_bool_dtype(dtype) else np.float64
        data = series.to_numpy(dtype=plain, na_value=plain(0))
        return _from_numbers(data, name, ~missing if missing.any() else None)
    if pd.api.types.is_string_dtype(dtype) or dtype == np.dtype("object"):
        return _from_labels(series, name)
    if isinstance(dtype, pd.IntervalDtype):
        return _from_categorical(series.astype("category"), name)
    raise _unreadable(name, str(dtype))


def _unreadable(name: str, kind: str) -> DataError:
    return DataError(
        f"Column '{name}' has type {kind}, which is neither a number nor a label.",
        remedy="Convert it first, for example a date to its year.",
    )


def _from_numbers(data: np.ndarray[Any, Any], name: str, valid: np.ndarray[Any, Any] | None = None) -> Values:
    if data.dtype.kind != "f":
        return Values(data, valid, name=name)
    data = data.astype(np.float64, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        clean = np.isfinite(data.sum())
    if clean:
        return Values(data, valid, name=name)
    finite = np.isfinite(data)
    if np.isinf(data).any():
        first = int(np.flatnonzero(np.isinf(data))[0])
        raise DataError(
            f"Column '{name}' holds {int(np.isinf(data).sum())} infinite value(s), the first in row {first + 1}.",
            remedy="Replace them by missing values or by numbers.",
        )
    if finite.all():
        return Values(data, valid, name=name)
    return Values(np.where(finite, data, 0.0), finite if valid is None else finite & valid, name=name)


def _from_categorical(series: pd.Series, name: str) -> Values:
    codes = series.cat.codes.to_numpy()
    categories = series.cat.categories
    valid = codes >= 0
    edges = None
    ordered = bool(series.cat.ordered)
    if isinstance(categories, pd.IntervalIndex):
        edges = {
            side: np.asarray(getattr(categories, attribute), np.float64)
            for side, attribute in (("lo", "left"), ("hi", "right"), ("mid", "mid"))
        }
        return Values(
            codes, None if valid.all() else valid, tuple(str(label) for label in categories), True, edges, name
        )
    labels = tuple(_plain(label) for label in categories)
    return Values(codes, None if valid.all() else valid, labels, ordered, None, name)


def _plain(label: Any) -> object:
    return label.item() if isinstance(label, np.generic) else label


def _from_labels(series: pd.Series, name: str) -> Values:
    kinds = {type(value) for value in series.dropna().unique()} if series.dtype == np.dtype("object") else {str}
    if kinds <= {bool, np.bool_} and kinds:
        return values_from_pandas(series.astype("boolean"), name)
    if kinds <= {int, float, np.float64, np.int64} and kinds:
        return values_from_pandas(pd.to_numeric(series), name)
    if not kinds <= {str, np.str_}:
        odd = next(kind.__name__ for kind in kinds if kind not in (str, np.str_))
        raise DataError(
            f"Column '{name}' mixes text with values of type {odd}.",
            remedy="Convert it to text or to numbers first.",
        )
    codes, labels = pd.factorize(series, sort=True)
    valid = codes >= 0
    narrow = codes.astype(np.min_scalar_type(-max(len(labels), 1)))
    return Values(narrow, None if valid.all() else valid, tuple(str(label) for label in labels), name=name)


def values_from_arrow(column: pa.ChunkedArray | pa.Array, name: str) -> Values:
    """Convert one Arrow column to :class:`Values`; raises as :func:`values_from_pandas` does."""
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _from_categorical(column.to_pandas(), name)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _from_labels(column.to_pandas(), name)
    if not (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    ):
        raise _unreadable(name, str(kind))
    valid = None
    if column.null_count:
        valid = column.is_valid().to_numpy()
        column = column.fill_null(False if pa.types.is_boolean(kind) else 0)
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    return _from_numbers(column.to_numpy(), name, valid)
