"""What the columns of a DuckDB source mean: numbers, truth values or categories, with one code book for all queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from surveykit.engine.columns import values_from_arrow
from surveykit.engine.duck_source import Source
from surveykit.engine.files import DataFiles
from surveykit.engine.sql import Dialect
from surveykit.errors import ColumnError, DataError
from surveykit.expressions import SqlColumn, Values

__all__ = ["DuckColumns", "added_table", "fetched_values"]

_INTEGERS = frozenset(
    ("tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint")
)
#: More distinct texts than this are identifiers: a query that lists them all would not end well.
_MAX_LABELS = 100_000


class DuckColumns:
    """Columns of a source, each looked at when it is first used.

    Parameters
    ----------
    source
        Where the rows are.
    dialect
        How to write.
    files
        The files behind the source, which may declare categories.
    known
        By name: categories of columns that hold codes, and errors of columns that cannot be used.
    """

    def __init__(
        self,
        source: Source,
        dialect: Dialect,
        files: DataFiles | None = None,
        known: Mapping[str, Values | DataError] | None = None,
    ) -> None:
        self._source = source
        self._dialect = dialect
        self._files = files
        self._known: Mapping[str, Values | DataError] = known or {}
        self._place = {column.name: place for place, column in enumerate(source.columns)}
        self._found: dict[str, SqlColumn] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(column.name for column in self._source.columns)

    def __getitem__(self, name: str) -> SqlColumn:
        if name not in self._place:
            raise ColumnError(name, self.names)
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def design_column(self, name: str) -> SqlColumn:
        """Column as a query groups by it: text stays text, integers stay integers."""
        if name not in self._place:
            raise ColumnError(name, self.names)
        place = self._place[name]
        kind = self._source.columns[place].kind
        if name not in self._known and (kind in _INTEGERS or (kind == "varchar" and self._declared(name) is None)):
            return SqlColumn(f"c{place}", "text" if kind == "varchar" else "integer", name=name)
        return self[name]

    def _declared(self, name: str) -> tuple[tuple[str, ...], bool] | None:
        return None if self._files is None else self._files.categories(name)

    def _look(self, name: str) -> SqlColumn:
        place = self._place[name]
        column, text = self._source.columns[place], f"c{place}"
        if name in self._known:
            known = self._known[name]
            if isinstance(known, DataError):
                raise known
            return SqlColumn(text, "category", known.categories, known.ordered, known.edges, name)
        if column.kind == "boolean":
            return SqlColumn(text, "truth", name=name)
        if column.kind in _INTEGERS or column.kind == "decimal":
            return SqlColumn(f"CAST({text} AS DOUBLE)", name=name)
        if column.kind in ("float", "double"):
            return SqlColumn(self._real(name, f"CAST({text} AS DOUBLE)"), name=name)
        if column.kind == "enum":
            labels = column.labels or ()
            return SqlColumn(f"CAST(enum_code({text}) AS INTEGER)", "category", labels, name=name)
        if column.kind == "varchar":
            labels, ordered = self._labels(name, text)
            return SqlColumn(self._dialect.label_code(text, labels), "category", labels, ordered, name=name)
        raise DataError(
            f"Column '{name}' has type {column.kind}, which is neither a number nor a label.",
            remedy="Convert it first, for example a date to its year.",
        )

    def _real(self, name: str, text: str) -> str:
        """Refuse infinities, and write NaN as missing where there is any."""
        counts = f"COUNT(*) FILTER (WHERE isinf({text})) AS i, COUNT(*) FILTER (WHERE isnan({text})) AS n"
        found = self._source.fetch(f"SELECT {counts} FROM {self._source.text}").to_pylist()[0]
        if found["i"]:
            inner = f"SELECT row_number() OVER () AS r, {text} AS x FROM {self._source.text}"
            first = self._source.fetch(f"SELECT MIN(r) AS r FROM ({inner}) WHERE isinf(x)").column(0)[0].as_py()
            raise DataError(
                f"Column '{name}' holds {found['i']} infinite value(s), the first in row {first}.",
                remedy="Replace them by missing values or by numbers.",
            )
        return f"({self._dialect.not_nan(text)})" if found["n"] else text

    def _labels(self, name: str, text: str) -> tuple[tuple[str, ...], bool]:
        """Labels in the order that the file declares, or sorted; never in the order of a database's collation."""
        query = f"SELECT DISTINCT {text} AS x FROM {self._source.text} WHERE {text} IS NOT NULL LIMIT {_MAX_LABELS + 1}"
        found = set(self._source.fetch(query).column(0).to_pylist())
        if len(found) > _MAX_LABELS:
            raise DataError(
                f"Column '{name}' holds more than {_MAX_LABELS} different texts.",
                remedy="Use it for strata or clusters, or number its values; it is too long for groups and conditions.",
            )
        declared = self._declared(name)
        if declared is not None and not found <= set(declared[0]) and self._files is not None:
            declared = self._files.categories(name, everywhere=True)
        return (tuple(sorted(found)), False) if declared is None else declared


def added_table(columns: Sequence[Values]) -> tuple[pa.Table, list[SqlColumn]]:
    """Columns in memory as an Arrow table ``a0, a1 ...`` that stands beside the rows, and how queries write them."""
    arrays: list[pa.Array] = []
    written: list[SqlColumn] = []
    for place, values in enumerate(columns):
        data: npt.NDArray[np.generic] = values.data
        mask = None if values.valid is None else ~values.valid
        text = f"a{place}"
        if values.categories is not None:
            arrays.append(pa.array(data.astype(np.int32), mask=mask))
            category = SqlColumn(text, "category", values.categories, values.ordered, values.edges, values.name)
            written.append(category)
        elif data.dtype == np.bool_:
            arrays.append(pa.array(data, mask=mask))
            written.append(SqlColumn(text, "truth", name=values.name))
        else:
            arrays.append(pa.array(data.astype(np.float64, copy=False), mask=mask))
            written.append(SqlColumn(text, name=values.name))
    return pa.table(dict(zip((f"a{place}" for place in range(len(arrays))), arrays, strict=True))), written


def fetched_values(column: pa.ChunkedArray, kind: SqlColumn) -> Values:
    """Values of an answer's column: codes with the categories of `kind`, truth values, numbers or text."""
    values = values_from_arrow(column, kind.name)
    if kind.kind != "category":
        return values
    data = values.data.astype(np.int64, copy=False)
    return Values(data, values.valid, kind.categories, kind.ordered, kind.edges, kind.name)
