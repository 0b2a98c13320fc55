"""Rows in memory, as NumPy columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.engine.columns import Columns
from surveykit.engine.grouping import Coded, combine, distinct, group_sums, key_coder
from surveykit.engine.levels import labels_for_numbers, refuse_too_many
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
from surveykit.engine.replicates import add_rows, replicate_totals
from surveykit.engine.units import Lines, find_units
from surveykit.engine.weighted_values import by_cell, select_values
from surveykit.engine.weights import check_weights
from surveykit.errors import DataError
from surveykit.expressions import Column, Expr, Values, evaluate, names
from surveykit.expressions.values import BoolArray

__all__ = ["CHUNK", "MemoryEngine"]

#: Rows that are worked on at a time: a megabyte a column, which the second-level cache holds.
CHUNK = 131_072


@dataclass(frozen=True)
class _Handle:
    unit: IntArray | None
    stratum: IntArray
    weight: FloatArray
    has_zeros: bool


@dataclass(frozen=True)
class _Part:
    """Some rows, ready to be summed: weights are zero outside the domain and where something is missing."""

    rows: slice
    weight: FloatArray
    cells: IntArray | None
    columns: list[npt.NDArray[Any] | None]
    missing: int
    counted: BoolArray | None

    def count(self, codes: IntArray | None, groups: int) -> IntArray:
        """Rows of positive weight by code."""
        if codes is None:
            return np.array([len(self.weight) if self.counted is None else np.count_nonzero(self.counted)])
        return np.bincount(codes if self.counted is None else codes[self.counted], minlength=groups)


class MemoryEngine:
    """Rows held as NumPy columns.

    Parameters
    ----------
    frame
        A pandas, Polars or Arrow frame, or a mapping of arrays.
    """

    name = "memory"

    def __init__(self, frame: Any) -> None:
        self._columns = frame if isinstance(frame, Columns) else Columns(frame)
        self._added: Mapping[str, Values] = {}
        self.rows = self._columns.rows
        if self.rows == 0:
            raise DataError("The data have no rows.", remedy="Check the file, or the filter that made the frame.")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return (*self._columns.names, *(name for name in self._added if name not in self._columns.names))

    @property
    def row_ids(self) -> str | None:
        """Fingerprint of the rows' labels; None for frames without an index."""
        return self._columns.row_ids

    def column(self, name: str) -> Values:
        """Return one column."""
        return self._added[name] if name in self._added else self._columns[name]

    def with_columns(self, columns: Mapping[str, Values]) -> MemoryEngine:
        """Return the same rows with columns added or replaced."""
        other = object.__new__(MemoryEngine)
        other._columns, other.rows = self._columns, self.rows
        other._added = {**self._added, **columns}
        return other

    def take(self, chosen: BoolArray) -> MemoryEngine:
        """Return an engine of the chosen rows alone; a survey marks domains instead."""
        whole = {name: self.column(name) for name in self.columns}
        labels = self._columns.labels
        index = None if labels is None else labels[chosen]
        other = MemoryEngine(pd.DataFrame({"row": np.flatnonzero(chosen)}, index=index))
        return other.with_columns({name: _slice(values, chosen) for name, values in whole.items()})

    def every(self, index: RowIndex, step: int, columns: Sequence[str]) -> tuple[MemoryEngine, RowIndex]:
        """Return each `step`-th row with some columns; its sampling units are those of the whole."""
        rows = slice(None, None, step)
        whole = {name: self.column(name) for name in columns}
        other = MemoryEngine({"row": np.arange(0, self.rows, step)})
        handle: _Handle = index.handle
        thinned = _Handle(
            None if handle.unit is None else handle.unit[rows],
            handle.stratum[rows],
            np.ascontiguousarray(handle.weight[rows]),
            handle.has_zeros,
        )
        kept = {name: _slice(values, rows) for name, values in whole.items()}
        return other.with_columns(
            {name: replace(values, data=np.ascontiguousarray(values.data)) for name, values in kept.items()}
        ), replace(index, handle=thinned)

    def evaluate(self, expr: Expr) -> Values:
        """Compute an expression for all rows."""
        values = evaluate(expr, self.column)
        return values if values.data.ndim else values.rows(self.rows)

    def describe(self, expr: Expr) -> Values:
        """Kind of an expression: categories, order and edges, with no rows."""
        values = evaluate(expr, lambda name: _head(self.column(name)))
        return replace(values, data=values.data[:0] if values.data.ndim else values.data, valid=None)

    def levels(self, expr: Expr) -> tuple[object, ...]:
        """Levels of an expression as a grouping variable, in their order."""
        values = self.evaluate(expr)
        if values.categories is not None:
            return values.categories
        if values.data.dtype == np.bool_:
            return (False, True)
        found = distinct(values)
        refuse_too_many(len(found), expr)
        return found

    def index(self, design: DesignColumns) -> RowIndex:
        """Find the sampling units of each stage."""
        found = find_units(design, Lines(self.column, self.rows))
        assert found.unit is not None
        unit = None if found.rows_are_units else found.unit
        handle = _Handle(unit, found.stratum, np.ones(self.rows), has_zeros=False)
        return RowIndex(found.stages, found.rows_are_units, handle)

    def weigh(self, index: RowIndex, weight: Expr | FloatArray, *, check: bool = True) -> RowIndex:
        """Attach weights: an expression, or an array by deepest unit, or (any length n) by row."""
        handle: _Handle = index.handle
        if isinstance(weight, np.ndarray):
            data = weight if handle.unit is None else weight[handle.unit]
            label = "the weights"
        else:
            values = self.evaluate(weight)
            label = f"column '{weight.name}'" if isinstance(weight, Column) else "the weights"
            if check:
                check_weights(values, label)
            data = values.data
        row_weight = np.ascontiguousarray(data, np.float64)
        return replace(index, handle=replace(handle, weight=row_weight, has_zeros=not row_weight.all()))

    def weights(self, index: RowIndex) -> FloatArray:
        """Weights of all rows ``(n,)``, in row order."""
        weight: FloatArray = index.handle.weight
        return weight

    def unit_codes(self, index: RowIndex) -> IntArray:
        """Deepest sampling unit of each row, ``(n,)``."""
        handle: _Handle = index.handle
        return np.arange(self.rows) if handle.unit is None else handle.unit

    def totals(self, index: RowIndex, request: Request) -> CellSums:
        """Sums by cell over all rows."""
        cells = request.cells
        sums, rows, missing = np.zeros((cells, len(request.terms))), np.zeros(cells, np.int64), 0
        for part in self._parts(index.handle, request):
            sums += group_sums(part.cells, cells, part.weight, part.columns)
            rows += part.count(part.cells, cells)
            missing += part.missing
        return CellSums(sums, rows, missing)

    def unit_sums(self, index: RowIndex, request: Request) -> UnitSums:
        """Sums by deepest unit and cell."""
        handle: _Handle = index.handle
        cells, units = request.cells, index.stages[-1].units
        sums = np.zeros((len(request.terms), units * cells))
        rows, missing = np.zeros(cells, np.int64), 0
        for part in self._parts(handle, request, units * cells):
            codes = np.arange(self.rows)[part.rows] if handle.unit is None else handle.unit[part.rows]
            if part.cells is not None:
                codes = combine(codes, part.cells, cells)
            sums += group_sums(codes, units * cells, part.weight, part.columns).T
            rows += part.count(part.cells, cells)
            missing += part.missing
        by_unit = np.ascontiguousarray(sums.T).reshape(units, cells, -1)
        return UnitSums(by_unit, CellSums(by_unit.sum(axis=0), rows, missing))

    def stratum_moments(
        self, index: RowIndex, request: Request, shift: Sequence[float] | None = None
    ) -> StratumMoments:
        """Moments by stratum and cell of weight x (term - shift); only where rows are the units."""
        handle: _Handle = index.handle
        cells, strata, size = request.cells, index.stages[-1].strata, len(request.terms)
        pairs = np.array([(j, k) for j in range(size) for k in range(j + 1)])
        groups, missing = strata * cells, 0
        sums, second = np.zeros((groups, size)), np.zeros((groups, len(pairs)))
        rows = np.zeros(groups, np.int64)
        for part in self._parts(handle, request, groups):
            shift = _centre(part) if shift is None else shift
            codes = handle.stratum[part.rows]
            if part.cells is not None:
                codes = combine(codes, part.cells, cells)
            columns = [_shifted(column, by) for column, by in zip(part.columns, shift, strict=True)]
            sums += group_sums(codes, groups, part.weight, columns)
            products = [_product(columns[j], columns[k]) for j, k in pairs.tolist()]
            second += group_sums(codes, groups, part.weight * part.weight, products)
            rows += part.count(codes, groups)
            missing += part.missing
        full = np.empty((groups, size, size))
        full[:, pairs[:, 0], pairs[:, 1]] = full[:, pairs[:, 1], pairs[:, 0]] = second
        return StratumMoments(
            rows.reshape(strata, cells),
            sums.reshape(strata, cells, size),
            full.reshape(strata, cells, size, size),
            () if shift is None else tuple(shift),
            missing,
        )

    def replicate_sums(
        self, index: RowIndex, request: Request, factors: FloatArray | ReplicateFactors, units: IntArray | None
    ) -> FloatArray:
        """Sums ``(R, C, K)`` with the weights of each replicate.

        Parameters
        ----------
        factors
            ``(U, R)`` factors on the weight by unit, or ``(n, R)`` by row where `units` is None.
        units
            ``(n,)`` unit of each row.
        """
        cells, size = request.cells, len(request.terms)
        groups = 0 if units is None else len(factors) * cells
        by_unit = np.zeros((groups, size))
        by_row = np.zeros((size, cells, factors.shape[1]))
        for part in self._parts(index.handle, request, groups):
            if units is None:
                codes = np.zeros(len(part.weight), np.int32) if part.cells is None else part.cells
                add_rows(by_row, codes, part.weight, part.columns, factors, part.rows)
                continue
            codes = units[part.rows]
            codes = codes if part.cells is None else combine(codes, part.cells, cells)
            by_unit += group_sums(codes, groups, part.weight, part.columns)
        if units is None:
            return np.ascontiguousarray(by_row.transpose(2, 1, 0))
        return replicate_totals(factors, by_unit.reshape(len(factors), -1)).reshape(factors.shape[1], cells, size)

    def weight_moments(self, index: RowIndex, request: Request) -> tuple[FloatArray, FloatArray]:
        """Sums of the weights and of their squares by cell, ``(C,)`` each."""
        cells = request.cells
        found = np.zeros((cells, 2))
        for part in self._parts(index.handle, _without_terms(request)):
            found += group_sums(part.cells, cells, part.weight, [None, part.weight])
        return found[:, 0], found[:, 1]

    def weighted_values(self, index: RowIndex, request: Request, near: FloatArray | None) -> Sequence[WeightedValues]:
        """Sorted values of the request's one term with their weights, one answer a cell."""
        (part,) = self._parts(index.handle, request, self.rows)
        (column,) = part.columns
        assert column is not None
        values, weights, cells = column, part.weight, part.cells
        if part.counted is not None:
            values, weights = values[part.counted], weights[part.counted]
            cells = None if cells is None else cells[part.counted]
        split = by_cell(values, weights, cells, request.cells)
        return [select_values(*rows, None if near is None else near[cell]) for cell, rows in enumerate(split)]

    def scan(
        self,
        index: RowIndex,
        exprs: Sequence[Expr],
        *,
        where: Expr | None = None,
        size: int = 32_768,
        part: tuple[int, int] = (0, 1),
    ) -> Iterator[Batch]:
        """Walk over the rows in batches of about `size`; `part` (k, m) walks over the k-th of m runs of batches."""
        handle: _Handle = index.handle
        whole = self._whole((*exprs, *([where] if where is not None else [])))
        starts = range(0, self.rows, size)
        for start in starts[part[0] * len(starts) // part[1] : (part[0] + 1) * len(starts) // part[1]]:
            stop = min(start + size, self.rows)
            here = {name: _slice(values, slice(start, stop)) for name, values in whole.items()}
            # Most expressions are columns, and there are many batches.
            values = tuple(
                here[expr.name] if isinstance(expr, Column) else evaluate(expr, here.__getitem__).rows(stop - start)
                for expr in exprs
            )
            full = weight = handle.weight[start:stop]
            masks = [value.valid for value in values if value.valid is not None]
            if where is not None:
                masks.append(evaluate(where, here.__getitem__).rows(stop - start).true())
            for mask in masks:
                weight = np.where(mask, weight, 0.0)
            unit = np.arange(start, stop) if handle.unit is None else handle.unit[start:stop]
            every = not masks and not handle.has_zeros
            yield Batch(values, weight, unit, handle.stratum[start:stop], start, full, whole=every)

    def _parts(self, handle: _Handle, request: Request, groups: int = 0) -> Iterator[_Part]:
        """Walk over the rows; the larger the sums that each step adds to, the longer the steps."""
        asked = (*request.terms, *request.complete, *(key.expr for key in request.keys), request.where)
        whole = self._whole(expr for expr in asked if expr is not None)
        coders = [key_coder(self.describe(key.expr), key.levels) for key in request.keys]
        size = max(CHUNK, 4 * groups)
        for start in range(0, self.rows, size):
            rows = slice(start, min(start + size, self.rows))
            here = whole if size >= self.rows else {name: _slice(values, rows) for name, values in whole.items()}
            yield self._part(handle, request, coders, here, rows)

    def _whole(self, exprs: Iterable[Expr]) -> dict[str, Values]:
        return {name: self.column(name) for name in dict.fromkeys(name for expr in exprs for name in names(expr))}

    @staticmethod
    def _part(
        handle: _Handle,
        request: Request,
        coders: Sequence[Callable[[Values], Coded]],
        here: Mapping[str, Values],
        rows: slice,
    ) -> _Part:
        size = rows.stop - rows.start
        masks: list[BoolArray] = []

        def rows_of(expr: Expr) -> Values:
            values = evaluate(expr, here.__getitem__).rows(size)
            if values.valid is not None:
                masks.append(values.valid)
            return values

        columns = [None if term is None else _numbers(rows_of(term)) for term in request.terms]
        for expr in request.complete:
            rows_of(expr)
        cells: IntArray | None = None
        for key, coder in zip(request.keys, coders, strict=True):
            codes, valid = coder(evaluate(key.expr, here.__getitem__).rows(size))
            if valid is not None:
                masks.append(valid)
            cells = codes if cells is None else combine(cells, codes, len(key.levels))
        domain = None if request.where is None else evaluate(request.where, here.__getitem__).rows(size).true()
        mask = domain
        for one in masks:
            mask = one if mask is None else mask & one
        weight = handle.weight[rows]
        missing = 0
        if masks and mask is not None:
            missing = (size if domain is None else int(np.count_nonzero(domain))) - int(np.count_nonzero(mask))
        if mask is not None:
            weight = np.where(mask, weight, 0.0)
        counted = (weight != 0) if handle.has_zeros else mask
        return _Part(rows, weight, cells, columns, missing, counted)


def _numbers(values: Values) -> npt.NDArray[Any]:
    if values.categories is not None:
        raise labels_for_numbers(values.name, banded=values.edges is not None)
    return values.data if values.valid is None else np.where(values.valid, values.data, 0)


def _without_terms(request: Request) -> Request:
    terms = tuple(term for term in request.terms if term is not None)
    return replace(request, terms=(), complete=(*request.complete, *terms))


def _shifted(column: npt.NDArray[Any] | None, by: float) -> npt.NDArray[Any] | None:
    return column if column is None or by == 0 else column - by


def _centre(part: _Part) -> tuple[float, ...]:
    """Weighted means of the terms in the first rows: near enough to keep the digits of sums of squares."""
    weight = part.weight if part.weight.any() else np.ones_like(part.weight)
    total = float(weight.sum())
    return tuple(
        0.0 if column is None else float(np.einsum("i,i->", weight, column)) / total for column in part.columns
    )


def _product(first: npt.NDArray[Any] | None, second: npt.NDArray[Any] | None) -> npt.NDArray[Any] | None:
    if first is None or second is None:
        return second if first is None else first
    product: npt.NDArray[Any] = first.astype(np.float64, copy=False) * second
    return product


def _head(values: Values) -> Values:
    return replace(values, data=values.data[:1], valid=None if values.valid is None else values.valid[:1])


def _slice(values: Values, rows: slice | BoolArray) -> Values:
    valid = None if values.valid is None else values.valid[rows]
    return Values(values.data[rows], valid, values.categories, values.ordered, values.edges, values.name)
