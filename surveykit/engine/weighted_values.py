"""Sorted values with their weights, near wanted shares of the weight: what quantiles are read from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.engine.records import FloatArray, IntArray, WeightedValues

__all__ = ["by_cell", "select_values"]

#: So few rows are sorted whole.
_SMALL = 65_536
_SAMPLE = 16_384
_HALF_WINDOW = 0.015
_CHUNK = 131_072


def select_values(values: npt.NDArray[np.generic], weights: FloatArray, near: FloatArray | None) -> WeightedValues:
    """Sort values, or only windows of them that hold the wanted shares of the weight.

    Parameters
    ----------
    values, weights
        ``(n,)``; weights positive.
    near
        Shares of the weight. None keeps every row, rows of equal value in their order.
    """
    if near is None:
        return _sorted(values, weights)
    half = _HALF_WINDOW
    while len(values) > _SMALL and half < 0.5:
        found = _windows(values, weights, near, half)
        if found.covers(near):
            return found
        half *= 6
    return _distinct(_sorted(values, weights))


def _sorted(values: npt.NDArray[np.generic], weights: FloatArray) -> WeightedValues:
    order = np.argsort(values, kind="stable")
    own = weights[order]
    cumulative = np.cumsum(own)
    rows = np.arange(1, len(order) + 1)
    total = float(cumulative[-1]) if len(order) else 0.0
    ordered = values[order].astype(np.float64, copy=False)
    return WeightedValues(ordered, own, np.ones_like(rows), cumulative, rows, total, len(order))


def _distinct(found: WeightedValues, before: float = 0.0, rows_before: int = 0) -> WeightedValues:
    """Join the rows of equal value; `before` is the weight below the first."""
    if not len(found.values):
        return found
    ends = np.append(np.flatnonzero(found.values[1:] != found.values[:-1]), len(found.values) - 1)
    cumulative, rows = found.cumulative[ends] + before, found.rows[ends] + rows_before
    weights = np.diff(cumulative, prepend=before)
    counts = np.diff(rows, prepend=rows_before)
    return WeightedValues(found.values[ends], weights, counts, cumulative, rows, found.total, found.total_rows)


def _windows(values: npt.NDArray[Any], weights: FloatArray, near: FloatArray, half: float) -> WeightedValues:
    """Rows between the quantiles of a sample that lie `half` below and above each share."""
    step = max(len(values) // _SAMPLE, 1)
    sample = _sorted(values[::step], weights[::step])
    parts = [_window(values, weights, low, high) for low, high in _bounds(sample, near, half)]
    return WeightedValues(
        values=np.concatenate([part.values for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
        cumulative=np.concatenate([part.cumulative for part in parts]),
        rows=np.concatenate([part.rows for part in parts]),
        total=float(weights.sum()),
        total_rows=len(values),
    )


def _window(values: npt.NDArray[Any], weights: FloatArray, low: float | None, high: float | None) -> WeightedValues:
    """Distinct values between two bounds, and the weight and rows below them; a cache at a time."""
    before, rows_before = 0.0, 0
    found, own = [], []
    for start in range(0, len(values), _CHUNK):
        here, weight = values[start : start + _CHUNK], weights[start : start + _CHUNK]
        inside = np.ones(len(here), np.bool_) if high is None else here <= high
        if low is not None:
            below = here < low
            # Not a BLAS product: its threads wait for each other longer than the sum takes.
            before += float(np.einsum("i,i->", weight, below))
            rows_before += int(np.count_nonzero(below))
            inside &= ~below
        place = np.flatnonzero(inside)
        found.append(here[place])
        own.append(weight[place])
    return _distinct(_sorted(np.concatenate(found), np.concatenate(own)), before, rows_before)


def _bounds(sample: WeightedValues, near: FloatArray, half: float) -> list[tuple[float | None, float | None]]:
    """Windows of values around the shares, without overlap; None stands for no bound."""
    wanted = np.sort(near[(near >= 0) & (near <= 1)])
    spans: list[list[float]] = []
    for share in wanted.tolist():
        if spans and share - half <= spans[-1][1]:
            spans[-1][1] = share + half
        else:
            spans.append([share - half, share + half])
    found: list[tuple[float | None, float | None]] = []
    for low, high in spans:
        first = float(sample.values[sample.place(low)]) if low > 0 else None
        last = float(sample.values[sample.place(high)]) if high < 1 else None
        if found and first is not None and found[-1][1] is not None and first <= found[-1][1]:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def by_cell(
    values: npt.NDArray[np.generic], weights: FloatArray, cells: IntArray | None, size: int
) -> Sequence[tuple[npt.NDArray[np.generic], FloatArray]]:
    """Split rows by cell, in their order."""
    if cells is None:
        return [(values, weights)]
    narrow = cells.astype(np.int16) if size < 2**15 else cells
    order = np.argsort(narrow, kind="stable")
    stops = np.cumsum(np.bincount(cells, minlength=size))[:-1]
    return list(zip(np.split(values[order], stops), np.split(weights[order], stops), strict=True))
