"""Rows in memory, as NumPy columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.engine.columns import Columns
from surveykit.engine.grouping import combine, dense_codes, factorise, group_sums
from surveykit.engine.records import (
    Batch,
    CellSums,
    DesignColumns,
    FloatArray,
    IntArray,
    Key,
    Request,
    RowIndex,
    StratumMoments,
    UnitSums,
    UnitTable,
)
from surveykit.engine.weights import check_weights
from surveykit.errors import DataError, DesignError
from surveykit.expressions import Column, Expr, Values, evaluate, names
from surveykit.expressions.values import BoolArray

__all__ = ["MAX_LEVELS", "MemoryEngine"]

#: More distinct values than this are taken for a measurement, not for groups.
MAX_LEVELS = 10_000


@dataclass(frozen=True)
class _Handle:
    unit: IntArray | None
    stratum: IntArray
    weight: FloatArray
    has_zeros: bool


@dataclass(frozen=True)
class _Selection:
    weight: FloatArray
    mask: BoolArray | None
    cells: IntArray | None
    columns: list[npt.NDArray[Any] | None]
    missing: int


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

    def column(self, name: str) -> Values:
        """Return one column."""
        return self._added[name] if name in self._added else self._columns[name]

    def with_columns(self, columns: Mapping[str, Values]) -> MemoryEngine:
        """Return the same rows with columns added or replaced."""
        other = object.__new__(MemoryEngine)
        other._columns, other.rows = self._columns, self.rows
        other._added = {**self._added, **columns}
        return other

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
        _, labels = factorise(values)
        found = tuple(label for label in labels if label is not None)
        if len(found) > MAX_LEVELS:
            shown = expr.name if isinstance(expr, Column) else "The expression"
            raise DataError(
                f"'{shown}' has {len(found)} distinct values, too many for groups.", remedy="Cut it into bands first."
            )
        return found

    def index(self, design: DesignColumns) -> RowIndex:
        """Find the sampling units of each stage."""
        stages: list[UnitTable] = []
        unit: IntArray | None = None
        stratum: IntArray = np.zeros(0, np.int32)
        for depth, (strata, cluster, fpc) in enumerate(zip(design.strata, design.clusters, design.fpc, strict=True)):
            stratum, labels = self._strata(unit, strata, depth)
            per_stratum = self._fpc(fpc, stratum, labels)
            row_units, first = self._units(
                cluster, stratum, labels, must_nest=depth == 0 and strata is not None and not design.nest
            )
            parent = None if unit is None else unit[first]
            stages.append(UnitTable(stratum[first], parent, labels, per_stratum))
            unit = row_units
        assert unit is not None
        rows_are_units = stages[-1].units == self.rows
        handle = _Handle(None if rows_are_units else unit, stratum, np.ones(self.rows), False)
        return RowIndex(tuple(stages), rows_are_units, handle)

    def _strata(self, parent: IntArray | None, name: str | None, depth: int) -> tuple[IntArray, tuple[str, ...]]:
        if name is None:
            if parent is None:
                return np.zeros(self.rows, np.int32), ("all",)
            return parent, tuple(f"unit {code + 1} of stage {depth}" for code in range(int(parent.max()) + 1))
        codes, labels = self._design_codes(name, "strata")
        if parent is None:
            return codes, tuple(str(label) for label in labels)
        crossed, present = dense_codes(combine(parent, codes, len(labels)))
        return crossed, tuple(str(labels[code % len(labels)]) for code in present.tolist())

    def _design_codes(self, name: str, role: str) -> tuple[IntArray, tuple[object, ...]]:
        codes, labels = factorise(self.column(name))
        if labels and labels[-1] is None:
            count = int((codes == len(labels) - 1).sum())
            raise DesignError(
                f"Column '{name}' ({role}) is missing in {count} row(s).",
                remedy="Every row needs its place in the design.",
            )
        return codes, labels

    def _fpc(self, name: str | None, stratum: IntArray, labels: tuple[str, ...]) -> FloatArray:
        if name is None:
            return np.full(len(labels), np.nan)
        values = self.column(name)
        if values.valid is not None or values.categories is not None:
            raise DesignError(f"Column '{name}' (fpc) must hold numbers in every row.")
        data = values.data.astype(np.float64, copy=False)
        per_stratum = np.empty(len(labels))
        per_stratum[stratum] = data
        differs = np.flatnonzero(per_stratum[stratum] != data)
        if len(differs):
            row = int(differs[0])
            raise DesignError(
                f"Column '{name}' (fpc) takes both {data[row]:g} and {per_stratum[stratum[row]]:g} in stratum '{labels[stratum[row]]}'.",
                remedy="A stratum has one population size.",
            )
        return per_stratum

    def _units(
        self, cluster: str | None, stratum: IntArray, labels: tuple[str, ...], *, must_nest: bool
    ) -> tuple[IntArray, IntArray]:
        if cluster is None:
            return self._row_numbers(), self._row_numbers()
        codes, names_found = self._design_codes(cluster, "clusters")
        crossed, present = dense_codes(combine(stratum, codes, len(names_found)))
        if must_nest and len(present) > len(names_found):
            self._refuse_crossing(cluster, present, names_found, labels)
        if len(present) == self.rows:
            return self._row_numbers(), self._row_numbers()
        first = np.empty(len(present), np.intp)
        first[crossed[::-1]] = np.arange(self.rows - 1, -1, -1)
        return crossed, first

    def _row_numbers(self) -> IntArray:
        return np.arange(self.rows, dtype=np.int32 if self.rows < 2**31 else np.int64)

    @staticmethod
    def _refuse_crossing(cluster: str, present: IntArray, found: tuple[object, ...], labels: tuple[str, ...]) -> None:
        strata, clusters = np.divmod(present, len(found))
        order = np.argsort(clusters, kind="stable")
        twice = order[1:][clusters[order][1:] == clusters[order][:-1]]
        code = int(clusters[twice[0]])
        among = [labels[stratum] for stratum in strata[clusters == code][:2].tolist()]
        raise DesignError(
            f"Cluster '{found[code]}' of column '{cluster}' lies in two strata, '{among[0]}' and '{among[1]}'.",
            remedy="If cluster labels start anew in each stratum, pass nest=True; otherwise correct the columns.",
        )

    def weigh(self, index: RowIndex, weight: Expr | FloatArray) -> RowIndex:
        """Attach weights: an expression, or an array by deepest unit, or (any length n) by row."""
        handle: _Handle = index.handle
        if isinstance(weight, np.ndarray):
            data = weight if handle.unit is None else weight[handle.unit]
            label = "the weights"
        else:
            values = self.evaluate(weight)
            label = f"column '{weight.name}'" if isinstance(weight, Column) else "the weights"
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
        chosen = self._select(index.handle, request)
        sums = group_sums(chosen.cells, request.cells, chosen.weight, chosen.columns)
        return CellSums(sums, self._counts(index.handle, chosen, request.cells), chosen.missing)

    def unit_sums(self, index: RowIndex, request: Request) -> UnitSums:
        """Sums by deepest unit and cell."""
        handle: _Handle = index.handle
        chosen = self._select(handle, request)
        cells, units = request.cells, index.stages[-1].units
        codes = self.unit_codes(index)
        if chosen.cells is not None:
            codes = combine(codes, chosen.cells, cells)
        sums = group_sums(codes, units * cells, chosen.weight, chosen.columns).reshape(units, cells, -1)
        total = CellSums(sums.sum(axis=0), self._counts(handle, chosen, cells), chosen.missing)
        return UnitSums(sums, total)

    def stratum_moments(self, index: RowIndex, request: Request, shift: Sequence[float]) -> StratumMoments:
        """Moments by stratum and cell of weight x (term - shift); only where rows are the units."""
        handle: _Handle = index.handle
        chosen = self._select(handle, request)
        cells, strata = request.cells, index.stages[-1].strata
        codes = handle.stratum if chosen.cells is None else combine(handle.stratum, chosen.cells, cells)
        columns = [_shifted(column, by) for column, by in zip(chosen.columns, shift, strict=True)]
        size = len(columns)
        sums = group_sums(codes, strata * cells, chosen.weight, columns).reshape(strata, cells, size)
        second = np.empty((strata, cells, size, size))
        squared = chosen.weight * chosen.weight
        for j in range(size):
            for k in range(j + 1):
                product = _product(columns[j], columns[k])
                second[:, :, j, k] = group_sums(codes, strata * cells, squared, [product]).reshape(strata, cells)
                second[:, :, k, j] = second[:, :, j, k]
        rows = _count(codes, chosen.mask, handle, strata * cells).reshape(strata, cells)
        return StratumMoments(rows, sums, second)

    def scan(
        self, index: RowIndex, exprs: Sequence[Expr], *, where: Expr | None = None, size: int = 32_768
    ) -> Iterator[Batch]:
        """Walk over the rows in batches of about `size`."""
        handle: _Handle = index.handle
        wanted = dict.fromkeys(
            name for expr in (*exprs, *([where] if where is not None else [])) for name in names(expr)
        )
        whole = {name: self.column(name) for name in wanted}
        for start in range(0, self.rows, size):
            stop = min(start + size, self.rows)
            here = {name: _slice(values, start, stop) for name, values in whole.items()}
            values = tuple(evaluate(expr, here.__getitem__).rows(stop - start) for expr in exprs)
            weight = handle.weight[start:stop]
            masks = [value.valid for value in values if value.valid is not None]
            if where is not None:
                masks.append(evaluate(where, here.__getitem__).rows(stop - start).true())
            for mask in masks:
                weight = np.where(mask, weight, 0.0)
            unit = np.arange(start, stop) if handle.unit is None else handle.unit[start:stop]
            yield Batch(values, weight, unit, handle.stratum[start:stop], start)

    def _select(self, handle: _Handle, request: Request) -> _Selection:
        columns = [None if term is None else self.evaluate(term) for term in request.terms]
        masks = [values.valid for values in columns if values is not None and values.valid is not None]
        masks += [values.valid for values in map(self.evaluate, request.complete) if values.valid is not None]
        cells: IntArray | None = None
        for key in request.keys:
            codes, valid = self._key_codes(key)
            if valid is not None:
                masks.append(valid)
            cells = codes if cells is None else combine(cells, codes, len(key.levels))
        domain = None if request.where is None else self.evaluate(request.where).true()
        mask = domain
        for one in masks:
            mask = one if mask is None else mask & one
        in_domain = self.rows if domain is None else int(domain.sum())
        missing = 0 if not masks or mask is None else in_domain - int(mask.sum())
        weight = handle.weight if mask is None else np.where(mask, handle.weight, 0.0)
        return _Selection(
            weight, mask, cells, [None if values is None else _numbers(values) for values in columns], missing
        )

    def _key_codes(self, key: Key) -> tuple[IntArray, BoolArray | None]:
        values = self.evaluate(key.expr)
        if values.categories is not None:
            codes: IntArray = values.data
            if values.categories != key.levels:
                place = {label: code for code, label in enumerate(key.levels)}
                lookup = np.array([place.get(label, -1) for label in values.categories] + [-1], np.int32)
                codes = lookup[codes]
            valid = values.valid if codes.min(initial=0) >= 0 else codes >= 0
            return (codes if valid is None else np.where(valid, codes, 0)), valid
        if values.data.dtype == np.bool_:
            return values.data.astype(np.int8), values.valid
        levels = np.asarray(key.levels, np.float64)
        codes = np.minimum(np.searchsorted(levels, values.data), len(levels) - 1).astype(np.int32)
        valid = levels[codes] == values.data
        if values.valid is not None:
            valid &= values.valid
        return codes, None if valid.all() else valid

    @staticmethod
    def _counts(handle: _Handle, chosen: _Selection, cells: int) -> IntArray:
        if chosen.cells is None:
            used = chosen.weight if chosen.mask is not None or handle.has_zeros else None
            return np.array([len(chosen.weight) if used is None else np.count_nonzero(used)])
        return _count(chosen.cells, chosen.mask, handle, cells)


def _count(codes: IntArray, mask: BoolArray | None, handle: _Handle, groups: int) -> IntArray:
    counted = mask
    if handle.has_zeros:
        counted = handle.weight != 0 if mask is None else mask & (handle.weight != 0)
    return np.bincount(codes if counted is None else codes[counted], minlength=groups)


def _numbers(values: Values) -> npt.NDArray[Any]:
    if values.categories is not None:
        thing = f"Column '{values.name}'" if values.name else "An expression"
        remedy = (
            f"Use mid({values.name})"
            if values.edges is not None
            else "Use proportion() or crosstab(), or compare it with a label"
        )
        raise DataError(f"{thing} holds categories, and this verb needs numbers.", remedy=f"{remedy}.")
    return values.data if values.valid is None else np.where(values.valid, values.data, 0)


def _shifted(column: npt.NDArray[Any] | None, by: float) -> npt.NDArray[Any] | None:
    return column if column is None or by == 0 else column - by


def _product(first: npt.NDArray[Any] | None, second: npt.NDArray[Any] | None) -> npt.NDArray[Any] | None:
    if first is None or second is None:
        return second if first is None else first
    product: npt.NDArray[Any] = first.astype(np.float64, copy=False) * second
    return product


def _head(values: Values) -> Values:
    return replace(values, data=values.data[:1], valid=None if values.valid is None else values.valid[:1])


def _slice(values: Values, start: int, stop: int) -> Values:
    return replace(
        values, data=values.data[start:stop], valid=None if values.valid is None else values.valid[start:stop]
    )
