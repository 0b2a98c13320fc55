"""Rows in DuckDB's hands: expressions as SQL text, and questions to the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pyarrow as pa

from surveykit.engine.duck_columns import DuckColumns, added_table
from surveykit.engine.duck_source import Source
from surveykit.engine.levels import labels_for_numbers
from surveykit.engine.records import FloatArray
from surveykit.engine.sql import Dialect, as_number
from surveykit.expressions import Expr, SqlColumn, Values, to_sql

__all__ = ["BATCH", "DuckRows"]

#: Rows of a batch.
BATCH = 131_072


@dataclass(frozen=True)
class DuckRows:
    """Rows of a source, with columns that stand beside them.

    Parameters
    ----------
    source
        Where the rows are.
    own
        What its columns mean.
    dialect
        How queries are written.
    added
        Columns in memory, in the order of the rows.
    """

    source: Source
    own: DuckColumns
    dialect: Dialect
    added: Mapping[str, Values] = field(default_factory=dict)

    @cached_property
    def beside(self) -> tuple[pa.Table | None, Mapping[str, SqlColumn]]:
        """Added columns as a table, and how they are written."""
        if not self.added:
            return None, {}
        table, written = added_table([replace(values, name=name) for name, values in self.added.items()])
        return table, dict(zip(self.added, written, strict=True))

    def sql(self, expr: Expr) -> SqlColumn:
        """Write an expression."""
        beside = self.beside[1]
        return to_sql(expr, lambda name: beside[name] if name in beside else self.own[name])

    def number(self, expr: Expr) -> str:
        """Write an expression of numbers or truth values as a double."""
        written = self.sql(expr)
        if written.kind == "category":
            raise labels_for_numbers(written.name, banded=written.edges is not None)
        return as_number(written)

    def truth(self, expr: Expr) -> str:
        """Write a condition."""
        written = self.sql(expr)
        return written.sql if written.kind == "truth" else f"({self.number(expr)} <> 0e0)"

    def design_column(self, name: str) -> SqlColumn:
        """Column as a query groups by it."""
        beside = self.beside[1]
        return beside[name] if name in beside else self.own.design_column(name)

    def text(self, row_weight: FloatArray | None = None) -> tuple[str, pa.Table | None]:
        """Text after FROM, with the columns that stand beside the rows."""
        table = self.beside[0]
        if row_weight is not None:
            table = pa.table({"aw": row_weight}) if table is None else table.append_column("aw", pa.array(row_weight))
        if table is None:
            return self.source.text, None
        beside = f"surveykit_added AS a({', '.join(table.column_names)})"
        return f"{self.source.text} POSITIONAL JOIN {beside}", table

    def fetch(self, query: str, added: pa.Table | None = None) -> pa.Table:
        """Answer a query whose FROM is :meth:`text`."""
        return self.source.fetch(query, added)

    def select(self, texts: Sequence[str]) -> pa.Table:
        """Columns ``x0, x1 ...`` of all rows."""
        source, added = self.text()
        return self.source.fetch(f"SELECT {_listed(texts)} FROM {source}", added)

    def stream(self, texts: Sequence[str], size: int, row_weight: FloatArray | None = None) -> Iterator[pa.Table]:
        """Columns ``x0, x1 ...`` of all rows, batch by batch in their order."""
        source, added = self.text(row_weight)
        for batch in self.source.stream(f"SELECT {_listed(texts)} FROM {source}", size, added):
            if batch.num_rows:
                yield pa.Table.from_batches([batch])


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f"{text} AS x{place}" for place, text in enumerate(texts))
