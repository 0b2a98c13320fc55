"""Rows of any number, summed by DuckDB where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from surveykit.engine.columns import Columns
from surveykit.engine.duck_columns import DuckColumns, added_table, fetched_values
from surveykit.engine.duck_source import Source
from surveykit.engine.duck_units import LineCoder
from surveykit.engine.duck_values import ValueGroups, values_near
from surveykit.engine.grouping import distinct, group_sums, key_codes
from surveykit.engine.levels import MAX_LEVELS, labels_for_numbers, refuse_too_many
from surveykit.engine.memory import MemoryEngine
from surveykit.engine.records import (
    Batch,
    CellSums,
    DesignColumns,
    FloatArray,
    IntArray,
    Request,
    RowIndex,
    StratumMoments,
    UnitSums,
    UnitTable,
    WeightedValues,
)
from surveykit.engine.replicates import replicate_sums_of_batches
from surveykit.engine.sql import Dialect, RowTerms, as_number, grouped
from surveykit.engine.units import FoundUnits, Lines, find_units
from surveykit.engine.weights import SHOWN, all_zero, bad_weights, text_weights
from surveykit.errors import DataError, DesignError
from surveykit.expressions import Column, Expr, SqlColumn, Values, names, to_sql

__all__ = ["DuckEngine"]

#: A result of more groups than this would not fit beside the data; for more rows than this, none are held one by one.
MAX_GROUPS = 20_000_000
#: The strata of so many rows are listed row by row, for who asks about single rows; of more, only their numbers.
MAX_ROW_TABLE = 5_000_000
#: Rows of a batch.
BATCH = 131_072
_SAMPLE = 10_000


@dataclass(frozen=True)
class _Handle:
    """Units by line (combination of design columns), and the weight: a text, times a factor by line."""

    coder: LineCoder
    unit: IntArray | None
    stratum: IntArray
    weight: SqlColumn
    row_weight: FloatArray | None = None
    factor: FloatArray | None = None


@dataclass(frozen=True)
class _Groups:
    """A grouped answer: line and cell of each group (cell -1: key missing), counts, and sums of the measures."""

    line: IntArray
    cell: IntArray
    rows: IntArray
    missing: int
    sums: FloatArray
    extra: tuple[FloatArray, ...]


class DuckEngine:
    """Rows of files, relations or tables, asked through SQL.

    Parameters
    ----------
    source
        Where the rows are.
    columns
        What its columns mean.
    dialect
        How queries are written.
    """

    name = "duckdb"
    row_ids: str | None = None

    def __init__(self, source: Source, columns: DuckColumns, dialect: Dialect) -> None:
        self._source, self._columns, self._dialect = source, columns, dialect
        self._added: Mapping[str, Values] = {}
        self.rows = source.rows
        if self.rows == 0:
            raise DataError("The data have no rows.", remedy="Check the file, or the filter that made the frame.")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        own = self._columns.names
        return (*own, *(name for name in self._added if name not in own))

    def with_columns(self, columns: Mapping[str, Values]) -> DuckEngine:
        """Return the same rows with columns added or replaced; they stand beside the rows, in their order."""
        for name, values in columns.items():
            if len(values.data) != self.rows:
                raise DataError(f"Column '{name}' has {len(values.data)} rows and the data {self.rows}.")
        self._source.pin()
        other = DuckEngine(self._source, self._columns, self._dialect)
        other._added = {**self._added, **columns}
        return other

    @cached_property
    def _beside(self) -> tuple[pa.Table | None, Mapping[str, SqlColumn]]:
        """Added columns as a table, and how they are written."""
        if not self._added:
            return None, {}
        table, written = added_table([replace(values, name=name) for name, values in self._added.items()])
        return table, dict(zip(self._added, written, strict=True))

    def _sql(self, expr: Expr) -> SqlColumn:
        beside = self._beside[1]
        return to_sql(expr, lambda name: beside[name] if name in beside else self._columns[name])

    def _number(self, expr: Expr) -> str:
        written = self._sql(expr)
        if written.kind == "category":
            raise labels_for_numbers(written.name, banded=written.edges is not None)
        return as_number(written)

    def _from(self, row_weight: FloatArray | None = None) -> tuple[str, pa.Table | None]:
        """Text after FROM, with the columns that stand beside the rows."""
        table = self._beside[0]
        if row_weight is not None:
            table = pa.table({"aw": row_weight}) if table is None else table.append_column("aw", pa.array(row_weight))
        if table is None:
            return self._source.text, None
        beside = f"surveykit_added AS a({', '.join(table.column_names)})"
        return f"{self._source.text} POSITIONAL JOIN {beside}", table

    def _select(self, texts: Sequence[str], tail: str = "") -> pa.Table:
        source, added = self._from()
        listed = ", ".join(f"{text} AS x{place}" for place, text in enumerate(texts))
        return self._source.fetch(f"SELECT {listed} FROM {source}{tail}", added)

    def describe(self, expr: Expr) -> Values:
        """Kind of an expression: categories, order and edges, with no rows."""
        written = self._sql(expr)
        kind: npt.DTypeLike = {"truth": np.bool_, "category": np.int64}.get(written.kind, np.float64)
        return Values(np.zeros(0, kind), None, written.categories, written.ordered, written.edges, written.name)

    def levels(self, expr: Expr) -> tuple[object, ...]:
        """Levels of an expression as a grouping variable, in their order."""
        written = self._sql(expr)
        if written.categories is not None:
            return written.categories
        if written.kind == "truth":
            return (False, True)
        if self.rows > 50 * MAX_LEVELS:
            about = int(self._select([f"approx_count_distinct({written.sql})"]).column(0)[0].as_py())
            refuse_too_many(about if about > 2 * MAX_LEVELS else 0, expr, about=True)
        source, added = self._from()
        found = self._source.fetch(f"SELECT DISTINCT {written.sql} AS x FROM {source}", added).column(0).drop_null()
        refuse_too_many(len(found), expr)
        return distinct(Values(found.to_numpy()))

    def evaluate(self, expr: Expr) -> Values:
        """Compute an expression for all rows, in their order."""
        written = self._sql(expr)
        self._refuse_rows("Values of all rows")
        self._source.pin()
        return fetched_values(self._select([written.sql]).column(0), written)

    def column(self, name: str) -> Values:
        """Return one column, all rows."""
        return self._added[name] if name in self._added else self.evaluate(Column(name))

    def _refuse_rows(self, what: str) -> None:
        if self.rows > MAX_GROUPS:
            raise DataError(
                f"{what} are asked for, and the data have {self.rows} rows: too many to hold one by one.",
                remedy="Use clusters, or take a part of the rows.",
            )

    def index(self, design: DesignColumns) -> RowIndex:
        """Find the sampling units of each stage, from the combinations of design columns that occur."""
        if len(design.clusters) > 1 and design.clusters[-1] is None:
            return self._row_index(design)
        coder, found = self._lines(design)
        if found.rows_are_units and design.clusters[-1] is not None:
            # Each cluster is one row: grouping by it would reduce nothing, so the rows are the units.
            return self.index(replace(design, clusters=(*design.clusters[:-1], None)))
        stages = found.stages
        if found.rows_are_units and self.rows <= MAX_ROW_TABLE:
            stages = (self._row_units(coder, found),)
        one = SqlColumn("1e0")
        return RowIndex(stages, found.rows_are_units, _Handle(coder, found.unit, found.stratum, one))

    def _lines(self, design: DesignColumns) -> tuple[LineCoder, FoundUnits]:
        used = [name for pair in zip(design.strata, design.clusters, strict=True) for name in pair if name is not None]
        kinds = [self._design_column(name) for name in dict.fromkeys(used)]
        fpc = list(dict.fromkeys(name for name in design.fpc if name is not None))
        numbers = [self._number_or_refuse(name) for name in fpc]
        outer = ["COUNT(*)", *(f"{way}(f{place})" for place in range(len(fpc)) for way in ("MIN", "MAX", "COUNT"))]
        groups = [f"g{place}" for place in range(len(kinds))]
        inner = [f"{kind.sql} AS g{place}" for place, kind in enumerate(kinds)]
        inner += [f"{text} AS f{place}" for place, text in enumerate(numbers)] or ["1 AS one"]
        source, added = self._from()
        by = f" GROUP BY {', '.join(groups)}" if groups else ""
        listed = ", ".join(f"{text} AS o{place}" for place, text in enumerate([*groups, *outer]))
        query = f"SELECT {listed} FROM (SELECT {', '.join(inner)} FROM {source}){by} ORDER BY ALL"
        table = self._source.fetch(query, added)
        rows = table.column(len(groups)).to_numpy().astype(np.int64)
        columns = {kind.name: fetched_values(table.column(place), kind) for place, kind in enumerate(kinds)}
        lowest: dict[str, Values] = {}
        highest: dict[str, FloatArray] = {}
        for place, name in enumerate(fpc):
            low, high, count = (table.column(len(groups) + 1 + 3 * place + way) for way in range(3))
            known = count.to_numpy() == rows
            lowest[name] = Values(low.fill_null(0).to_numpy(), None if known.all() else known, name=name)
            highest[name] = high.fill_null(0).to_numpy()
        found = find_units(design, Lines(columns.__getitem__, len(rows), rows, lowest, highest))
        coder = LineCoder([table.column(place) for place in range(len(kinds))], kinds, len(rows))
        return coder, found

    def _number_or_refuse(self, name: str) -> str:
        written = self._sql(Column(name))
        if written.kind == "category":
            raise DesignError(f"Column '{name}' (fpc) must hold numbers in every row.")
        return as_number(written)

    def _design_column(self, name: str) -> SqlColumn:
        beside = self._beside[1]
        return beside[name] if name in beside else self._columns.design_column(name)

    def _row_units(self, coder: LineCoder, found: FoundUnits) -> UnitTable:
        """Stratum of each row, for data small enough to hold it."""
        table = found.stages[0]
        if not coder.kinds:
            return replace(table, stratum=np.zeros(self.rows, np.int8), sampled=None)
        self._source.pin()
        by_line = found.stratum.astype(np.min_scalar_type(-max(table.strata, 1)))
        stratum = np.empty(self.rows, by_line.dtype)
        source, added = self._from()
        listed = ", ".join(f"{text} AS x{place}" for place, text in enumerate(coder.texts))
        start = 0
        for batch in self._source.stream(f"SELECT {listed} FROM {source}", BATCH, added):
            line = coder.lines(pa.Table.from_batches([batch]).columns, batch.num_rows)
            stratum[start : start + batch.num_rows] = by_line[line]
            start += batch.num_rows
        return replace(table, stratum=stratum, sampled=None)

    def _row_index(self, design: DesignColumns) -> RowIndex:
        """Several stages of which the rows are the last: units are held row by row, as in memory."""
        self._refuse_rows("Rows that are the units of a later stage")
        used = (*design.strata, *design.clusters, *design.fpc)
        return self._loaded(tuple(name for name in used if name is not None)).index(design)

    def _loaded(self, wanted: Sequence[str]) -> MemoryEngine:
        """Some columns in memory."""
        self._refuse_rows("Rows one by one")
        place = Columns({"row": np.arange(self.rows)})
        return MemoryEngine(place).with_columns({name: self.column(name) for name in dict.fromkeys(wanted)})

    def _for_request(self, request: Request) -> MemoryEngine:
        asked = (*request.terms, *request.complete, *(key.expr for key in request.keys), request.where)
        return self._loaded([name for expr in asked if expr is not None for name in names(expr)])

    def weigh(self, index: RowIndex, weight: Expr | FloatArray, *, check: bool = True) -> RowIndex:
        """Attach weights: an expression, an array by deepest unit, or one by row."""
        if not isinstance(index.handle, _Handle):
            if isinstance(weight, np.ndarray):
                return self._loaded(()).weigh(index, weight, check=check)
            return self._loaded(names(weight)).weigh(index, weight, check=check)
        if isinstance(weight, np.ndarray):
            return replace(index, handle=self._weighed_by_array(index, weight))
        written = self._sql(weight)
        label = f"column '{weight.name}'" if isinstance(weight, Column) else "the weights"
        if check:
            self._check_weights(written, label)
        return replace(
            index,
            handle=replace(index.handle, weight=SqlColumn(as_number(written)), row_weight=None, factor=None),
        )

    def _weighed_by_array(self, index: RowIndex, weight: FloatArray) -> _Handle:
        handle: _Handle = index.handle
        table = index.stages[-1]
        plain = replace(handle, weight=SqlColumn("1e0"), row_weight=None, factor=None)
        if not index.rows_are_units and len(weight) == table.units and handle.unit is not None:
            return replace(plain, factor=weight[handle.unit].astype(np.float64))
        if index.rows_are_units and table.sampled is not None and len(weight) == table.strata != self.rows:
            return replace(plain, factor=weight[handle.stratum].astype(np.float64))
        if table.sampled is None:
            by_stratum = np.zeros(table.strata)
            by_stratum[table.stratum] = weight
            if np.array_equal(by_stratum[table.stratum], weight):
                return replace(plain, factor=by_stratum[handle.stratum])
        self._source.pin()
        return replace(plain, weight=SqlColumn("aw"), row_weight=np.ascontiguousarray(weight, np.float64))

    def _check_weights(self, written: SqlColumn, label: str) -> None:
        if written.kind == "category":
            raise text_weights(label)
        text = as_number(written)
        source, added = self._from()
        asked = "COUNT(*) - COUNT(x) AS missing, COUNT(*) FILTER (WHERE x < 0e0) AS negative, MAX(x) AS highest"
        inner = f"(SELECT {text} AS x FROM {source})"
        found = self._source.fetch(f"SELECT {asked} FROM {inner}", added).to_pylist()[0]
        for kind, condition in (("missing", "x IS NULL"), ("negative", "x < 0e0")):
            if found[kind]:
                numbered = f"SELECT row_number() OVER () AS r, {text} AS x FROM {source}"
                query = f"SELECT r FROM ({numbered}) WHERE {condition} ORDER BY r LIMIT {SHOWN}"
                first = self._source.fetch(query, added).column(0).to_pylist()
                raise bad_weights(label, kind, found[kind], first)
        if found["highest"] == 0:
            raise all_zero(label)

    def weights(self, index: RowIndex) -> FloatArray:
        """Weights of all rows ``(n,)``, in row order."""
        self._refuse_rows("Weights of all rows")
        if not isinstance(index.handle, _Handle):
            return self._loaded(()).weights(index)
        return np.concatenate([batch.full_weight for batch in self.scan(index, ())])

    def unit_codes(self, index: RowIndex) -> IntArray:
        """Deepest sampling unit of each row, ``(n,)``."""
        self._refuse_rows("Units of all rows")
        return np.concatenate([batch.unit for batch in self.scan(index, ())])

    def _ask(
        self,
        handle: _Handle,
        request: Request,
        *,
        by_line: bool,
        shift: tuple[float, ...] | None = None,
        second: bool = False,
        squares: bool = False,
        extra: tuple[str, ...] = (),
        condition: str | None = None,
    ) -> _Groups:
        """Ask for grouped sums, and give the groups their lines and cells."""
        by_line = by_line or handle.factor is not None
        design = handle.coder.kinds if by_line else ()
        keys = [self._sql(key.expr) for key in request.keys]
        terms = tuple(None if term is None else self._number(term) for term in request.terms)
        known = [text for text in terms if text is not None] + [self._sql(expr).sql for expr in request.complete]
        known += [key.sql for key in keys]
        source, added = self._from(handle.row_weight)
        conditions = [] if request.where is None else [self._truth(request.where)]
        conditions += [] if condition is None else [condition]
        where = " AND ".join(conditions) or None
        groups = (*(kind.sql for kind in design), *(key.sql for key in keys), *extra)
        rows = RowTerms(source, groups, handle.weight.sql, terms, tuple(known), where, shift)
        table = self._source.fetch(grouped(rows, self._dialect, second=second, squares=squares), added)
        count = table.num_rows
        line = handle.coder.lines(table.columns[: len(design)], count) if by_line else np.zeros(count, np.int64)
        cell, inside = np.zeros(count, np.int64), np.ones(count, np.bool_)
        for place, (key, kind) in enumerate(zip(request.keys, keys, strict=True)):
            codes, valid = key_codes(fetched_values(table.column(len(design) + place), kind), key.levels)
            cell = cell * len(key.levels) + codes
            inside = inside if valid is None else inside & valid
        further = tuple(
            column.to_numpy().astype(np.float64)[inside]
            for column in table.columns[len(groups) - len(extra) : len(groups)]
        )
        numbers = [_floats(column) for column in table.columns[len(groups) :]]
        all_rows, known_rows, used_rows = (numbers[place].astype(np.int64) for place in range(3))
        sums = np.stack(numbers[3:], axis=1) if len(numbers) > 3 else np.zeros((count, 0))
        missing = int((all_rows - np.where(inside, known_rows, 0)).sum())
        if handle.factor is not None:
            factor = handle.factor[line]
            used_rows = used_rows * (factor != 0)
            powers = [1] * len(terms) + [2] * (sums.shape[1] - len(terms))
            sums = sums * factor[:, None] ** np.array(powers)
        return _Groups(line[inside], cell[inside], used_rows[inside], missing, sums[inside], further)

    def _truth(self, expr: Expr) -> str:
        written = self._sql(expr)
        return written.sql if written.kind == "truth" else f"({self._number(expr)} <> 0e0)"

    def totals(self, index: RowIndex, request: Request) -> CellSums:
        """Sums by cell over all rows."""
        if not isinstance(index.handle, _Handle):
            return self._for_request(request).totals(index, request)
        found = self._ask(index.handle, request, by_line=False)
        return CellSums(
            _spread(found.cell, request.cells, found.sums), _counts(found, found.cell, request.cells), found.missing
        )

    def unit_sums(self, index: RowIndex, request: Request) -> UnitSums:
        """Sums by deepest unit and cell; units without a row in a cell have zeros."""
        handle = index.handle
        if not isinstance(handle, _Handle):
            return self._for_request(request).unit_sums(index, request)
        units, cells = index.stages[-1].units, request.cells
        _refuse_groups(units, cells)
        found = self._ask(handle, request, by_line=True)
        assert handle.unit is not None
        place = handle.unit[found.line].astype(np.int64) * cells + found.cell
        sums = _spread(place, units * cells, found.sums).reshape(units, cells, -1)
        return UnitSums(sums, CellSums(sums.sum(axis=0), _counts(found, found.cell, cells), found.missing))

    def stratum_moments(
        self, index: RowIndex, request: Request, shift: Sequence[float] | None = None
    ) -> StratumMoments:
        """Moments by stratum and cell of weight x (term - shift), in one pass; only where rows are the units."""
        handle: _Handle = index.handle
        strata, cells, size = index.stages[-1].strata, request.cells, len(request.terms)
        _refuse_groups(strata, cells)
        given = self._centre(request) if shift is None else tuple(shift)
        found = self._ask(handle, request, by_line=True, shift=given, second=True)
        place = handle.stratum[found.line].astype(np.int64) * cells + found.cell
        sums = _spread(place, strata * cells, found.sums)
        pairs = np.array([(j, k) for j in range(size) for k in range(j + 1)])
        second = np.empty((strata * cells, size, size))
        second[:, pairs[:, 0], pairs[:, 1]] = second[:, pairs[:, 1], pairs[:, 0]] = sums[:, size:]
        return StratumMoments(
            _counts(found, place, strata * cells).reshape(strata, cells),
            sums[:, :size].reshape(strata, cells, size),
            second.reshape(strata, cells, size, size),
            given,
            found.missing,
        )

    def _centre(self, request: Request) -> tuple[float, ...]:
        """Means of the terms in the first rows: near enough to keep the digits of sums of squares."""
        asked = [self._number(term) for term in request.terms if term is not None]
        if not asked:
            return (0.0,) * len(request.terms)
        source, added = self._from()
        inner = ", ".join(f"{text} AS x{place}" for place, text in enumerate(asked))
        outer = ", ".join(f"AVG(x{place}) AS m{place}" for place in range(len(asked)))
        query = f"SELECT {outer} FROM (SELECT {inner} FROM {source} LIMIT {_SAMPLE})"
        means = iter(self._source.fetch(query, added).to_pylist()[0].values())
        return tuple(0.0 if term is None else float(next(means) or 0.0) for term in request.terms)

    def weight_moments(self, index: RowIndex, request: Request) -> tuple[FloatArray, FloatArray]:
        """Sums of the weights and of their squares by cell, ``(C,)`` each."""
        if not isinstance(index.handle, _Handle):
            return self._for_request(request).weight_moments(index, request)
        terms = tuple(term for term in request.terms if term is not None)
        asked = replace(request, terms=(None,), complete=(*request.complete, *terms))
        found = self._ask(index.handle, asked, by_line=False, squares=True)
        sums = _spread(found.cell, request.cells, found.sums)
        return sums[:, 0], sums[:, 1]

    def replicate_sums(
        self, index: RowIndex, request: Request, factors: FloatArray, units: IntArray | None
    ) -> FloatArray:
        """Sums ``(R, C, K)`` with the weights of each replicate, from a walk over the rows."""
        terms = [term for term in request.terms if term is not None]
        exprs = [*terms, *(key.expr for key in request.keys), *request.complete]
        batches = self.scan(index, exprs, where=request.where)
        return replicate_sums_of_batches(batches, request, factors, units)

    def weighted_values(self, index: RowIndex, request: Request, near: FloatArray | None) -> Sequence[WeightedValues]:
        """Sorted values of the request's one term with their weights, one answer a cell."""
        handle = index.handle
        (term,) = request.terms
        assert term is not None
        if not isinstance(handle, _Handle) or near is None:
            engine = self._for_request(request)
            return engine.weighted_values(self._row_by_row(index, engine), request, near)
        asked = replace(request, terms=(None,), complete=(*request.complete, term))

        def ask(region: str, value: str, condition: str | None) -> ValueGroups:
            found = self._ask(handle, asked, by_line=False, extra=(region, value), condition=condition)
            return ValueGroups(found.cell, found.extra[0], found.extra[1], found.sums[:, 0], found.rows)

        return values_near(ask, self._number(term), handle.weight.sql, self.rows, near)

    def _row_by_row(self, index: RowIndex, engine: MemoryEngine) -> RowIndex:
        """The same weights for rows in memory, one by one."""
        if not isinstance(index.handle, _Handle):
            return index
        rows = engine.index(DesignColumns((None,), (None,), (None,)))
        return engine.weigh(rows, self.weights(index), check=False)

    def scan(
        self, index: RowIndex, exprs: Sequence[Expr], *, where: Expr | None = None, size: int = BATCH
    ) -> Iterator[Batch]:
        """Walk over the rows in batches, in the order of the files."""
        handle = index.handle
        if not isinstance(handle, _Handle):
            wanted = [name for expr in (*exprs, *([where] if where is not None else [])) for name in names(expr)]
            yield from self._loaded(wanted).scan(index, exprs, where=where, size=size)
            return
        kinds = [self._sql(expr) for expr in exprs]
        texts = [*handle.coder.texts, handle.weight.sql, *(kind.sql for kind in kinds)]
        if where is not None:
            texts.append(self._truth(where))
        source, added = self._from(handle.row_weight)
        listed = ", ".join(f"{text} AS x{place}" for place, text in enumerate(texts))
        start = 0
        for answer in self._source.stream(f"SELECT {listed} FROM {source}", size, added):
            batch = self._batch(handle, pa.Table.from_batches([answer]), kinds, start, filtered=where is not None)
            if len(batch.weight):
                yield batch
            start += len(batch.weight)

    @staticmethod
    def _batch(handle: _Handle, table: pa.Table, kinds: Sequence[SqlColumn], start: int, *, filtered: bool) -> Batch:
        design, rows = len(handle.coder.kinds), table.num_rows
        line = handle.coder.lines(table.columns[:design], rows)
        full = _floats(table.column(design))
        if handle.factor is not None:
            full = full * handle.factor[line]
        columns = table.columns[design + 1 :]
        values = tuple(fetched_values(column, kind) for column, kind in zip(columns, kinds, strict=False))
        masks = [value.valid for value in values if value.valid is not None]
        if filtered:
            masks.append(columns[-1].fill_null(False).to_numpy())
        weight = full
        for mask in masks:
            weight = np.where(mask, weight, 0.0)
        unit = np.arange(start, start + rows) if handle.unit is None else handle.unit[line]
        return Batch(values, weight, unit, handle.stratum[line], start, full)


def _floats(column: Any) -> FloatArray:
    """Numbers of an answer; sums over nothing are NULL and count zero."""
    filled: FloatArray = column.fill_null(0).to_numpy().astype(np.float64, copy=False)
    return filled


def _spread(place: IntArray, groups: int, sums: FloatArray) -> FloatArray:
    """Put the sums of the groups that occur where they belong among all groups."""
    return group_sums(place, groups, np.ones(len(place)), list(np.ascontiguousarray(sums.T)))


def _counts(found: _Groups, place: IntArray, groups: int) -> IntArray:
    return np.bincount(place, weights=found.rows, minlength=groups).astype(np.int64)


def _refuse_groups(units: int, cells: int) -> None:
    if units * cells > MAX_GROUPS:
        raise DataError(
            f"{units} sampling units or strata by {cells} cells are {units * cells} sums, too many to hold.",
            remedy="Ask for fewer groups at a time.",
        )
