"""Distinct values with their weights near wanted shares: a sample finds windows, grouped sums fill them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surveykit.engine.records import FloatArray, IntArray, WeightedValues
from surveykit.expressions.sql import number

__all__ = ["Ask", "ValueGroups", "Windows", "values_near"]

#: So few rows are listed by value without a first look.
_FEW_ROWS = 2_000_000
_SAMPLE = 200_000
_LARGEST = float(np.finfo(np.float64).max)

Windows = list[tuple[float, float]]


@dataclass(frozen=True)
class ValueGroups:
    """Groups of rows: cell, part of the line of numbers, value (in windows only), weight and number of rows."""

    cell: IntArray
    region: FloatArray
    value: FloatArray
    weight: FloatArray
    rows: IntArray


#: Asks for groups by the texts of region and value, of the rows that fulfil a condition.
Ask = Callable[[str, str, str | None], ValueGroups]


def values_near(ask: Ask, value: str, weight: str, rows: int, near: FloatArray) -> list[WeightedValues]:
    """Values at shares of the weight and their neighbours, cell by cell.

    Parameters
    ----------
    ask
        Answers the queries.
    value, weight
        Their texts.
    rows
        Rows of the data.
    near
        ``(C, P)`` shares.
    """
    if rows > _FEW_ROWS:
        sample = _cells(ask("1e0", value, f"hash({value}, {weight}) % {max(rows // _SAMPLE, 1)} = 0"), len(near))
        for wider in (1, 6):
            windows = _windows(sample, near, wider)
            if windows is None:
                break
            found = _cells(ask(_region(value, windows), _inside(value, windows), None), len(near))
            if all(one.covers(shares) for one, shares in zip(found, near, strict=True)):
                return found
    return _cells(ask("1e0", value, None), len(near))


def _region(value: str, windows: Windows) -> str:
    """Odd numbers are windows, even ones what lies between them."""
    cases = [
        f"WHEN {value} < {number(low)} THEN {2 * place}e0 WHEN {value} <= {number(high)} THEN {2 * place + 1}e0"
        for place, (low, high) in enumerate(windows)
    ]
    return f"CASE {' '.join(cases)} ELSE {2 * len(windows)}e0 END"


def _inside(value: str, windows: Windows) -> str:
    held = " OR ".join(f"{value} BETWEEN {number(low)} AND {number(high)}" for low, high in windows)
    return f"CASE WHEN {held} THEN {value} END"


def _cells(groups: ValueGroups, cells: int) -> list[WeightedValues]:
    order = np.lexsort((groups.value, groups.region, groups.cell))
    used = order[groups.rows[order] > 0]
    edges = np.searchsorted(groups.cell[used], np.arange(cells + 1))
    return [_ordered(groups, used[first:last]) for first, last in itertools.pairwise(edges.tolist())]


def _ordered(groups: ValueGroups, order: IntArray) -> WeightedValues:
    """One cell: equal values joined, weights added up, and only the windows kept."""
    region, value = groups.region[order], np.nan_to_num(groups.value[order])
    cumulative, rows = np.cumsum(groups.weight[order]), np.cumsum(groups.rows[order])
    if not len(order):
        return WeightedValues(value, cumulative, rows, cumulative, rows, 0.0, 0)
    differs = (region[1:] != region[:-1]) | (value[1:] != value[:-1])
    ends = np.append(np.flatnonzero(differs), len(order) - 1)
    weights, counts = np.diff(cumulative[ends], prepend=0.0), np.diff(rows[ends], prepend=0)
    held = region[ends] % 2 == 1
    kept = ends[held]
    total, total_rows = float(cumulative[-1]), int(rows[-1])
    return WeightedValues(value[kept], weights[held], counts[held], cumulative[kept], rows[kept], total, total_rows)


def _windows(sample: list[WeightedValues], near: FloatArray, wider: int) -> Windows | None:
    """Windows that hold the shares of every cell almost surely; None where a cell has too few rows to tell."""
    found: Windows = []
    for one, shares in zip(sample, near, strict=True):
        if one.total_rows < 100:
            return None
        half = wider * 4 * np.sqrt(0.25 / one.total_rows)
        for share in shares[(shares >= 0) & (shares <= 1)].tolist():
            first = float(one.values[one.place(share - half)]) if share > half else -_LARGEST
            last = float(one.values[one.place(share + half)]) if share + half < 1 else _LARGEST
            found.append((first, last))
    merged: Windows = []
    for low, high in sorted(found):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged or None
