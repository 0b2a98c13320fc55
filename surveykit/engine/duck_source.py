"""Where DuckDB finds the rows: files and frames on a connection of our own, or a relation on its owner's."""

from __future__ import annotations

import contextlib
import re
import tempfile
import uuid
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from surveykit.errors import DataError, ReadError

__all__ = ["OwnSource", "RelationSource", "Source", "SourceColumn", "column_aliases"]

_ADDED = "surveykit_added"
_ROWS = "surveykit_rows"
_RELATION = "DuckDB relation"
_LINE = re.compile(r"\bLine: (\d+)")


@dataclass(frozen=True)
class SourceColumn:
    """One column as DuckDB types it: name, kind (``"integer"``, ``"varchar"``, ``"enum"`` ...), labels of an ENUM."""

    name: str
    kind: str
    labels: tuple[str, ...] | None = None


class Source(Protocol):
    """Something that answers queries about its rows."""

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """Columns in order."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    @property
    def text(self) -> str:
        """Text after FROM; columns have the aliases ``c0, c1 ...``, so that no name of a file enters a query."""

    def fetch(self, query: str, added: pa.Table | None = None) -> pa.Table:
        """Answer a query as a table."""

    def stream(self, query: str, size: int, added: pa.Table | None = None) -> Iterator[pa.RecordBatch]:
        """Answer a query batch by batch, rows in the order of the source."""

    def pin(self) -> None:
        """Make sure that every later query meets the rows in the same order."""


def column_aliases(letter: str, count: int) -> str:
    """Aliases of columns, as in ``c0, c1, c2``."""
    return ", ".join(f"{letter}{place}" for place in range(count))


def _typed(names: Sequence[str], types: Sequence[Any]) -> tuple[SourceColumn, ...]:
    return tuple(
        SourceColumn(name, kind.id, tuple(kind.children[0][1]) if kind.id == "enum" else None)
        for name, kind in zip(names, types, strict=True)
    )


def _settled(error: duckdb.Error, label: str) -> DataError | ReadError:
    """Say what a failure means to the reader of a file."""
    text = str(error)
    line = _LINE.search(text)
    if line is not None:
        return ReadError(
            f"line {line.group(1)} cannot be read{_csv_reason(text)}.",
            where=label,
            remedy="Correct that line, its quotes and its separators, or save the file again as UTF-8.",
        )
    first = text.splitlines()[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        return DataError(f"DuckDB ran out of memory ({first}).", remedy="Ask for fewer groups at a time.")
    return ReadError(f"DuckDB could not read the rows ({first}).", where=label)


def _csv_reason(text: str) -> str:
    found = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if found:
        return f": it has {found.group(2)} fields, the header has {found.group(1)}"
    if "unterminated quote" in text:
        return ": a quote is not closed"
    return ": it is not UTF-8 text" if "unicode" in text else ""


class OwnSource:
    """Rows of files or of an Arrow table, on a connection of our own.

    Parameters
    ----------
    scan
        Text of a table function such as ``read_parquet([...])``, or of the table.
    label
        What to call the rows in messages.
    names
        Names of the columns as the file spells them; DuckDB's by default.
    table
        The table, for rows in memory.
    single_thread
        Whether sums must come in one order.
    """

    def __init__(
        self,
        scan: str | None,
        label: str,
        *,
        names: Sequence[str] | None = None,
        table: pa.Table | None = None,
        single_thread: bool = False,
    ) -> None:
        self._scan = _ROWS if scan is None else scan
        self._label = label
        self._table = table
        # Extensions would be fetched from the network; replacement scans would let a table name reach Python variables.
        settings: dict[str, Any] = {
            # Made by DuckDB when it spills and removed when it is done; a name that nobody can guess or share.
            "temp_directory": str(Path(tempfile.gettempdir()) / f"surveykit-duckdb-{uuid.uuid4().hex}"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
        if single_thread:
            settings["threads"] = 1
        self._connection = duckdb.connect(":memory:", config=settings)
        try:
            relation = self._cursor(None).sql(f"SELECT * FROM {self._scan}")
            found = relation.columns if names is None else names
            self.columns = _typed(found, relation.types)
            self.text = f"{self._scan} AS t({column_aliases('c', len(self.columns))})"
            self.rows = int(self.fetch(f"SELECT COUNT(*) FROM {self.text}").column(0)[0].as_py())
        except duckdb.Error as error:
            raise _settled(error, label) from None

    def _cursor(self, added: pa.Table | None) -> duckdb.DuckDBPyConnection:
        # A cursor a query: a stream that is half read must not block the next question.
        cursor = self._connection.cursor()
        if self._table is not None:
            cursor.register(_ROWS, self._table)
        if added is not None:
            cursor.register(_ADDED, added)
        return cursor

    def fetch(self, query: str, added: pa.Table | None = None) -> pa.Table:
        """Answer a query as a table."""
        try:
            return self._cursor(added).sql(query).to_arrow_table()
        except duckdb.Error as error:
            raise _settled(error, self._label) from None

    def stream(self, query: str, size: int, added: pa.Table | None = None) -> Iterator[pa.RecordBatch]:
        """Answer a query batch by batch, rows in the order of the source."""
        cursor = self._cursor(added)
        try:
            yield from cursor.sql(query).to_arrow_reader(size)
        except duckdb.Error as error:
            raise _settled(error, self._label) from None
        finally:
            cursor.close()

    def pin(self) -> None:
        """Files and tables keep their order."""


class RelationSource:
    """Rows of a DuckDB relation, on the connection that it belongs to."""

    def __init__(self, relation: duckdb.DuckDBPyRelation) -> None:
        self._relation = relation
        self.columns = _typed(relation.columns, relation.types)
        self.text = f"{_ROWS} AS t({column_aliases('c', len(self.columns))})"
        self.rows = int(self.fetch(f"SELECT COUNT(*) FROM {self.text}").column(0)[0].as_py())
        self._pinned = False

    def fetch(self, query: str, added: pa.Table | None = None) -> pa.Table:
        """Answer a query as a table."""
        surveykit_added = added  # noqa: F841 - DuckDB looks the name up among the variables of its caller
        try:
            answer: Any = self._relation.query(_ROWS, query)
            return answer.to_arrow_table()
        except duckdb.Error as error:
            raise _settled(error, _RELATION) from None

    def stream(self, query: str, size: int, added: pa.Table | None = None) -> Iterator[pa.RecordBatch]:
        """Answer a query batch by batch; until the walk ends, the connection answers nothing else."""
        surveykit_added = added  # noqa: F841 - DuckDB looks the name up among the variables of its caller
        try:
            answer: Any = self._relation.query(_ROWS, query)
            yield from answer.to_arrow_reader(size)
        except duckdb.Error as error:
            raise _settled(error, _RELATION) from None

    def pin(self) -> None:
        """Keep a copy of the rows in order, because a relation may answer in another order each time."""
        if self._pinned:
            return
        name = f"surveykit_copy_{uuid.uuid4().hex}"
        copied = f"CREATE TEMP TABLE {name} AS SELECT * FROM {_ROWS} AS t({column_aliases('c', len(self.columns))})"
        try:
            self._relation.query(_ROWS, copied)
        except duckdb.Error as error:
            raise _settled(error, _RELATION) from None
        self._pinned = True
        self.text = name
        weakref.finalize(self, _drop, self._relation, name)


def _drop(relation: duckdb.DuckDBPyRelation, name: str) -> None:
    # The owner may have closed the connection, and the table with it.
    with contextlib.suppress(duckdb.Error):
        relation.query(_ROWS, f"DROP TABLE IF EXISTS {name}")
