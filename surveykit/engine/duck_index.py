"""How rows in DuckDB belong to sampling units, and what their weights may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveykit.engine.duck_columns import fetched_values
from surveykit.engine.duck_rows import BATCH, DuckRows
from surveykit.engine.duck_units import LineCoder
from surveykit.engine.records import DesignColumns, FloatArray, UnitTable
from surveykit.engine.sql import as_number
from surveykit.engine.units import FoundUnits, Lines, find_units
from surveykit.engine.weights import SHOWN, all_zero, bad_weights, text_weights
from surveykit.errors import DesignError
from surveykit.expressions import Column, SqlColumn, Values

__all__ = ["check_weights_of_rows", "find_lines", "row_units"]


def find_lines(rows: DuckRows, design: DesignColumns) -> tuple[LineCoder, FoundUnits]:
    """List the combinations of design columns (lines), and find the sampling units among them."""
    used = [name for pair in zip(design.strata, design.clusters, strict=True) for name in pair if name is not None]
    kinds = [rows.design_column(name) for name in dict.fromkeys(used)]
    fpc = list(dict.fromkeys(name for name in design.fpc if name is not None))
    numbers = [_fpc_number(rows, name) for name in fpc]
    outer = ["COUNT(*)", *(f"{way}(f{place})" for place in range(len(fpc)) for way in ("MIN", "MAX", "COUNT"))]
    groups = [f"g{place}" for place in range(len(kinds))]
    inner = [f"{kind.sql} AS g{place}" for place, kind in enumerate(kinds)]
    inner += [f"{text} AS f{place}" for place, text in enumerate(numbers)] or ["1 AS one"]
    source, added = rows.text()
    by = f" GROUP BY {', '.join(groups)}" if groups else ""
    listed = ", ".join(f"{text} AS o{place}" for place, text in enumerate([*groups, *outer]))
    query = f"SELECT {listed} FROM (SELECT {', '.join(inner)} FROM {source}){by} ORDER BY ALL"
    table = rows.fetch(query, added)
    counts = table.column(len(groups)).to_numpy().astype(np.int64)
    columns = {kind.name: fetched_values(table.column(place), kind) for place, kind in enumerate(kinds)}
    lowest: dict[str, Values] = {}
    highest: dict[str, FloatArray] = {}
    for place, name in enumerate(fpc):
        low, high, known_rows = (table.column(len(groups) + 1 + 3 * place + way) for way in range(3))
        known = known_rows.to_numpy() == counts
        lowest[name] = Values(low.fill_null(0).to_numpy(), None if known.all() else known, name=name)
        highest[name] = high.fill_null(0).to_numpy()
    found = find_units(design, Lines(columns.__getitem__, len(counts), counts, lowest, highest))
    coder = LineCoder([table.column(place) for place in range(len(kinds))], kinds, len(counts))
    return coder, found


def _fpc_number(rows: DuckRows, name: str) -> str:
    written = rows.sql(Column(name))
    if written.kind == "category":
        raise DesignError(f"Column '{name}' (fpc) must hold numbers in every row.")
    return as_number(written)


def row_units(rows: DuckRows, coder: LineCoder, found: FoundUnits) -> UnitTable:
    """Unit table of rows that are units, with the stratum of each row."""
    table = found.stages[0]
    if not coder.kinds:
        return replace(table, stratum=np.zeros(rows.source.rows, np.int8), sampled=None)
    rows.source.pin()
    by_line = found.stratum.astype(np.min_scalar_type(-max(table.strata, 1)))
    stratum = np.empty(rows.source.rows, by_line.dtype)
    start = 0
    for batch in rows.stream(coder.texts, BATCH):
        stop = start + batch.num_rows
        stratum[start:stop] = by_line[coder.lines(batch.columns, batch.num_rows)]
        start = stop
    return replace(table, stratum=stratum, sampled=None)


def check_weights_of_rows(rows: DuckRows, written: SqlColumn, label: str) -> None:
    """Refuse weights that are missing, negative or all zero, as :func:`surveykit.engine.weights.check_weights` does."""
    if written.kind == "category":
        raise text_weights(label)
    text = as_number(written)
    source, added = rows.text()
    asked = "COUNT(*) - COUNT(x) AS missing, COUNT(*) FILTER (WHERE x < 0e0) AS negative, MAX(x) AS highest"
    inner = f"(SELECT {text} AS x FROM {source})"
    found = rows.fetch(f"SELECT {asked} FROM {inner}", added).to_pylist()[0]
    for kind, condition in (("missing", "x IS NULL"), ("negative", "x < 0e0")):
        if found[kind]:
            numbered = f"SELECT row_number() OVER () AS r, {text} AS x FROM {source}"
            query = f"SELECT r FROM ({numbered}) WHERE {condition} ORDER BY r LIMIT {SHOWN}"
            first = rows.fetch(query, added).column(0).to_pylist()
            raise bad_weights(label, kind, found[kind], first)
    if found["highest"] == 0:
        raise all_zero(label)
