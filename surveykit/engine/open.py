"""From whatever holds the data to the engine that reads it."""

from __future__ import annotations

import os
from typing import Any, Literal, get_args

import duckdb
import numpy as np
import pyarrow as pa

from surveykit.engine.columns import Columns, FileColumns
from surveykit.engine.duck import DuckEngine
from surveykit.engine.duck_columns import DuckColumns, added_table
from surveykit.engine.duck_rows import DuckRows
from surveykit.engine.duck_source import OwnSource, RelationSource
from surveykit.engine.files import DataFiles, find_files
from surveykit.engine.memory import MemoryEngine
from surveykit.engine.records import Engine
from surveykit.engine.sql import Dialect
from surveykit.errors import DataError
from surveykit.expressions import Values

__all__ = ["EngineName", "open_engine"]

EngineName = Literal["auto", "memory", "duckdb"]


def open_engine(data: Any, engine: EngineName = "auto", *, deterministic: bool = False) -> Engine:
    """Choose the engine for some data.

    Parameters
    ----------
    data
        A pandas, Polars or Arrow frame, a mapping of arrays, a path to a Parquet or CSV file, to a folder of them or a
        pattern, a DuckDB relation, or an engine (returned as it is).
    engine
        ``"memory"`` loads the rows; ``"duckdb"`` sums them where they lie. By default frames, and files that fit in a
        third of the machine's memory, are in memory; larger files and relations are left to DuckDB.
    deterministic
        Let DuckDB add on one thread with compensation, so that the same data give the same bytes. Memory always does.

    Raises
    ------
    ReadError
        If a file is not there, is damaged, or is not what its name says.
    """
    if engine not in get_args(EngineName):
        raise DataError(f"engine={engine!r} is not known.", remedy="Choose 'auto', 'memory' or 'duckdb'.")
    if isinstance(data, MemoryEngine | DuckEngine):
        return data
    dialect = Dialect(deterministic)
    if isinstance(data, str | os.PathLike):
        files = find_files(data)
        in_memory = engine == "memory" or (engine == "auto" and 3 * files.size <= _memory())
        return _loaded(files) if in_memory else _left(files, dialect)
    if isinstance(data, duckdb.DuckDBPyRelation):
        if engine == "memory":
            return MemoryEngine(data.to_arrow_table())
        if deterministic:
            raise DataError(
                "A DuckDB relation adds in the order of its own connection, which differs from run to run.",
                remedy='Write it to a Parquet file, or pass engine="memory".',
            )
        source = RelationSource(data)
        return DuckEngine(DuckRows(source, DuckColumns(source, dialect), dialect))
    return _registered(Columns(data), dialect) if engine == "duckdb" else MemoryEngine(data)


def _memory() -> int:
    """Bytes of memory of this machine."""
    if not hasattr(os, "sysconf"):
        return 8 * 1024**3
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _loaded(files: DataFiles) -> MemoryEngine:
    if files.kind == "parquet":
        return MemoryEngine(FileColumns(files.schema.names, files.rows, files.column))
    source = files.source()
    table = source.fetch(f"SELECT * FROM {source.text}")
    return MemoryEngine(table.rename_columns([column.name for column in source.columns]))


def _left(files: DataFiles, dialect: Dialect) -> DuckEngine:
    source = files.source(single_thread=dialect.deterministic)
    return DuckEngine(DuckRows(source, DuckColumns(source, dialect, files), dialect))


def _registered(columns: Columns, dialect: Dialect) -> DuckEngine:
    """A frame, column by column as this package understands it, in DuckDB's hands."""
    values: dict[str, Values] = {}
    known: dict[str, Values | DataError] = {}
    for name in columns.names:
        try:
            values[name] = columns[name]
        except DataError as error:
            values[name], known[name] = Values(np.zeros(columns.rows, np.int8)), error
    table, _ = added_table(list(values.values()))
    table = pa.table(table.columns, names=[f"c{place}" for place in range(len(values))])
    source = OwnSource(None, "the data", names=columns.names, table=table, single_thread=dialect.deterministic)
    known |= {name: value for name, value in values.items() if value.categories is not None}
    return DuckEngine(DuckRows(source, DuckColumns(source, dialect, None, known), dialect))
