"""Rows of any number, summed by DuckDB where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from surveykit.engine.columns import Columns
from surveykit.engine.duck_columns import fetched_values
from surveykit.engine.duck_index import check_weights_of_rows, find_lines, row_units
from surveykit.engine.duck_rows import BATCH, DuckRows
from surveykit.engine.duck_sums import Handle, Question, ask, centre, floats, spread
from surveykit.engine.duck_values import ValueGroups, values_near
from surveykit.engine.grouping import distinct
from surveykit.engine.levels import MAX_LEVELS, refuse_too_many
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
    WeightedValues,
)
from surveykit.engine.replicate_factors import ReplicateFactors
from surveykit.engine.replicates import replicate_sums_of_batches
from surveykit.engine.sql import as_number
from surveykit.errors import DataError
from surveykit.expressions import Column, Expr, SqlColumn, Values, names

__all__ = ["MAX_GROUPS", "MAX_ROW_TABLE", "DuckEngine"]

#: A result of more groups than this would not fit beside the data; for more rows than this, none are held one by one.
MAX_GROUPS = 20_000_000
#: The strata of so many rows are listed row by row, for who asks about single rows; of more, only their numbers.
MAX_ROW_TABLE = 5_000_000


class DuckEngine:
    """Rows of files, relations or tables, asked through SQL.

    Parameters
    ----------
    rows
        Where the rows are and how queries about them are written.
    """

    name = "duckdb"
    row_ids: str | None = None

    def __init__(self, rows: DuckRows) -> None:
        self._rows = rows
        self.rows = rows.source.rows
        if self.rows == 0:
            raise DataError("The data have no rows.", remedy="Check the file, or the filter that made the frame.")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        own = self._rows.own.names
        return (*own, *(name for name in self._rows.added if name not in own))

    def with_columns(self, columns: Mapping[str, Values]) -> DuckEngine:
        """Return the same rows with columns added or replaced; they stand beside the rows, in their order."""
        for name, values in columns.items():
            if len(values.data) != self.rows:
                raise DataError(f"Column '{name}' has {len(values.data)} rows and the data {self.rows}.")
        self._rows.source.pin()
        return DuckEngine(replace(self._rows, added={**self._rows.added, **columns}))

    def describe(self, expr: Expr) -> Values:
        """Kind of an expression: categories, order and edges, with no rows."""
        written = self._rows.sql(expr)
        kind: npt.DTypeLike = {"truth": np.bool_, "category": np.int64}.get(written.kind, np.float64)
        return Values(np.zeros(0, kind), None, written.categories, written.ordered, written.edges, written.name)

    def levels(self, expr: Expr) -> tuple[object, ...]:
        """Levels of an expression as a grouping variable, in their order."""
        written = self._rows.sql(expr)
        if written.categories is not None:
            return written.categories
        if written.kind == "truth":
            return (False, True)
        if self.rows > 50 * MAX_LEVELS:
            about = int(self._rows.select([f"approx_count_distinct({written.sql})"]).column(0)[0].as_py())
            refuse_too_many(about if about > 2 * MAX_LEVELS else 0, expr, about=True)
        source, added = self._rows.text()
        found = self._rows.fetch(f"SELECT DISTINCT {written.sql} AS x FROM {source}", added).column(0).drop_null()
        refuse_too_many(len(found), expr)
        return distinct(Values(found.to_numpy()))

    def evaluate(self, expr: Expr) -> Values:
        """Compute an expression for all rows, in their order."""
        written = self._rows.sql(expr)
        self._refuse_rows("Values of all rows")
        self._rows.source.pin()
        return fetched_values(self._rows.select([written.sql]).column(0), written)

    def column(self, name: str) -> Values:
        """Return one column, all rows."""
        return self._rows.added[name] if name in self._rows.added else self.evaluate(Column(name))

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
        coder, found = find_lines(self._rows, design)
        if found.rows_are_units and design.clusters[-1] is not None:
            # Each cluster is one row: grouping by it would reduce nothing, so the rows are the units.
            return self.index(replace(design, clusters=(*design.clusters[:-1], None)))
        stages = found.stages
        if found.rows_are_units and self.rows <= MAX_ROW_TABLE:
            stages = (row_units(self._rows, coder, found),)
        return RowIndex(stages, found.rows_are_units, Handle(coder, found.unit, found.stratum))

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
        if not isinstance(index.handle, Handle):
            if isinstance(weight, np.ndarray):
                return self._loaded(()).weigh(index, weight, check=check)
            return self._loaded(names(weight)).weigh(index, weight, check=check)
        if isinstance(weight, np.ndarray):
            return replace(index, handle=self._weighed_by_array(index, weight))
        written = self._rows.sql(weight)
        label = f"column '{weight.name}'" if isinstance(weight, Column) else "the weights"
        if check:
            check_weights_of_rows(self._rows, written, label)
        weighed = replace(index.handle, weight=as_number(written), row_weight=None, factor=None)
        return replace(index, handle=weighed)

    def _weighed_by_array(self, index: RowIndex, weight: FloatArray) -> Handle:
        handle: Handle = index.handle
        table = index.stages[-1]
        plain = replace(handle, weight="1e0", row_weight=None, factor=None)
        if not index.rows_are_units and len(weight) == table.units and handle.unit is not None:
            return replace(plain, factor=weight[handle.unit].astype(np.float64))
        if index.rows_are_units and table.sampled is not None and len(weight) == table.strata != self.rows:
            return replace(plain, factor=weight[handle.stratum].astype(np.float64))
        if index.rows_are_units and table.sampled is None:
            by_stratum = np.zeros(table.strata)
            by_stratum[table.stratum] = weight
            if np.array_equal(by_stratum[table.stratum], weight):
                return replace(plain, factor=by_stratum[handle.stratum])
        self._rows.source.pin()
        return replace(plain, weight="aw", row_weight=np.ascontiguousarray(weight, np.float64))

    def weights(self, index: RowIndex) -> FloatArray:
        """Weights of all rows ``(n,)``, in row order."""
        self._refuse_rows("Weights of all rows")
        if not isinstance(index.handle, Handle):
            return self._loaded(()).weights(index)
        return np.concatenate([batch.full_weight for batch in self.scan(index, ())])

    def unit_codes(self, index: RowIndex) -> IntArray:
        """Deepest sampling unit of each row, ``(n,)``."""
        self._refuse_rows("Units of all rows")
        return np.concatenate([batch.unit for batch in self.scan(index, ())])

    def totals(self, index: RowIndex, request: Request) -> CellSums:
        """Sums by cell over all rows."""
        if not isinstance(index.handle, Handle):
            return self._for_request(request).totals(index, request)
        found = ask(self._rows, index.handle, request)
        cells = request.cells
        return CellSums(spread(found.cell, cells, found.sums), found.count(found.cell, cells), found.missing)

    def unit_sums(self, index: RowIndex, request: Request) -> UnitSums:
        """Sums by deepest unit and cell; units without a row in a cell have zeros."""
        handle = index.handle
        if not isinstance(handle, Handle):
            return self._for_request(request).unit_sums(index, request)
        units, cells = index.stages[-1].units, request.cells
        _refuse_groups(units, cells)
        found = ask(self._rows, handle, request, Question(by_line=True))
        assert handle.unit is not None
        place = handle.unit[found.line].astype(np.int64) * cells + found.cell
        sums = spread(place, units * cells, found.sums).reshape(units, cells, -1)
        return UnitSums(sums, CellSums(sums.sum(axis=0), found.count(found.cell, cells), found.missing))

    def stratum_moments(
        self, index: RowIndex, request: Request, shift: Sequence[float] | None = None
    ) -> StratumMoments:
        """Moments by stratum and cell of weight x (term - shift), in one pass; only where rows are the units."""
        handle: Handle = index.handle
        strata, cells, size = index.stages[-1].strata, request.cells, len(request.terms)
        _refuse_groups(strata, cells)
        given = centre(self._rows, request) if shift is None else tuple(shift)
        found = ask(self._rows, handle, request, Question(by_line=True, shift=given, second=True))
        place = handle.stratum[found.line].astype(np.int64) * cells + found.cell
        sums = spread(place, strata * cells, found.sums)
        pairs = np.array([(j, k) for j in range(size) for k in range(j + 1)])
        second = np.empty((strata * cells, size, size))
        second[:, pairs[:, 0], pairs[:, 1]] = second[:, pairs[:, 1], pairs[:, 0]] = sums[:, size:]
        return StratumMoments(
            found.count(place, strata * cells).reshape(strata, cells),
            sums[:, :size].reshape(strata, cells, size),
            second.reshape(strata, cells, size, size),
            given,
            found.missing,
        )

    def weight_moments(self, index: RowIndex, request: Request) -> tuple[FloatArray, FloatArray]:
        """Sums of the weights and of their squares by cell, ``(C,)`` each."""
        if not isinstance(index.handle, Handle):
            return self._for_request(request).weight_moments(index, request)
        terms = tuple(term for term in request.terms if term is not None)
        asked = replace(request, terms=(None,), complete=(*request.complete, *terms))
        found = ask(self._rows, index.handle, asked, Question(squares=True))
        sums = spread(found.cell, request.cells, found.sums)
        return sums[:, 0], sums[:, 1]

    def replicate_sums(
        self, index: RowIndex, request: Request, factors: FloatArray | ReplicateFactors, units: IntArray | None
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
        if not isinstance(handle, Handle) or near is None:
            engine = self._for_request(request)
            return engine.weighted_values(self._row_by_row(index, engine), request, near)
        asked = replace(request, terms=(None,), complete=(*request.complete, term))

        def answer(region: str, value: str, condition: str | None) -> ValueGroups:
            question = Question(further=(region, value), condition=condition)
            found = ask(self._rows, handle, asked, question)
            part, number = found.further
            return ValueGroups(found.cell, part, number, found.sums[:, 0], found.rows)

        return values_near(answer, self._rows.number(term), handle.weight, self.rows, near)

    def _row_by_row(self, index: RowIndex, engine: MemoryEngine) -> RowIndex:
        """The same weights for rows in memory, one by one."""
        if not isinstance(index.handle, Handle):
            return index
        rows = engine.index(DesignColumns((None,), (None,), (None,)))
        return engine.weigh(rows, self.weights(index), check=False)

    def scan(
        self, index: RowIndex, exprs: Sequence[Expr], *, where: Expr | None = None, size: int = BATCH
    ) -> Iterator[Batch]:
        """Walk over the rows in batches, in the order of the files."""
        handle = index.handle
        if not isinstance(handle, Handle):
            wanted = [name for expr in (*exprs, *([where] if where is not None else [])) for name in names(expr)]
            yield from self._loaded(wanted).scan(index, exprs, where=where, size=size)
            return
        kinds = [self._rows.sql(expr) for expr in exprs]
        texts = [*handle.coder.texts, handle.weight, *(kind.sql for kind in kinds)]
        if where is not None:
            texts.append(self._rows.truth(where))
        start = 0
        for table in self._rows.stream(texts, size, handle.row_weight):
            yield self._batch(handle, table, kinds, start, filtered=where is not None)
            start += table.num_rows

    @staticmethod
    def _batch(handle: Handle, table: pa.Table, kinds: Sequence[SqlColumn], start: int, *, filtered: bool) -> Batch:
        design, rows = len(handle.coder.kinds), table.num_rows
        line = handle.coder.lines(table.columns[:design], rows)
        full = floats(table.column(design))
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


def _refuse_groups(units: int, cells: int) -> None:
    if units * cells > MAX_GROUPS:
        raise DataError(
            f"{units} sampling units or strata by {cells} cells are {units * cells} sums, too many to hold.",
            remedy="Ask for fewer groups at a time.",
        )
