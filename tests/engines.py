"""The ways in which the same rows reach an estimate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

__all__ = ["ENGINES", "open_as"]

ENGINES = ("memory", "memory-polars", "memory-arrow", "duckdb-parquet", "duckdb-csv", "duckdb-relation", "duckdb-frame")


def open_as(kind: str, frame: pd.DataFrame, path: Path, connection: duckdb.DuckDBPyConnection) -> tuple[Any, str]:
    """Turn a pandas frame into ``(data, engine)`` for ``Survey(data, engine=engine)``.

    Files are written at `path` with the ending of their kind. A CSV file has no categories: there a categorical column
    comes back as text, with its labels sorted.
    """
    match kind:
        case "memory":
            return frame, "memory"
        case "memory-polars":
            return pl.from_pandas(frame), "memory"
        case "memory-arrow":
            return pa.Table.from_pandas(frame, preserve_index=False), "memory"
        case "duckdb-parquet":
            file = path.with_suffix(".parquet")
            frame.to_parquet(file, index=False, row_group_size=max(len(frame) // 3, 1))
            return file, "duckdb"
        case "duckdb-csv":
            file = path.with_suffix(".csv")
            frame.to_csv(file, index=False)
            return file, "duckdb"
        case "duckdb-relation":
            return connection.from_df(frame), "duckdb"
        case _:
            return frame, "duckdb"
