"""Quantiles of many replicates at once: a coarse histogram for all, then the rows of one bin for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from surveykit.engine import FloatArray, IntArray
from surveykit.engine.records import SHARE_TOLERANCE
from surveykit.weighting.records import Replicates

__all__ = ["STEPPING", "SortedRows", "step_quantiles"]

#: Rules that only need running sums of the weights.
STEPPING = ("math", "hf1", "school", "hf2")

#: Numbers of a block of replicate factors that is worked on at a time.
_BLOCK = 8_000_000
_BINS = 2048
_LEAST = 64
_AHEAD = 4096


@dataclass(frozen=True, eq=False)
class SortedRows:
    """Rows of one cell in increasing order of value.

    Parameters
    ----------
    values, weights
        ``(n,)``; full-sample weights other than zero.
    units
        ``(n,)`` line of the replicate factors.
    """

    values: FloatArray = field(repr=False)
    weights: FloatArray = field(repr=False)
    units: IntArray = field(repr=False)


def step_quantiles(
    cells: Sequence[SortedRows], replicates: Replicates, shares: FloatArray, rule: str
) -> FloatArray | None:
    """Values at shares of the weight in every replicate.

    The sorted rows are cut into bins. Sums of weights by bin and sampling unit times the replicates' factors say in
    which bin each replicate's quantile lies; only the rows of that bin are then weighted anew.

    Parameters
    ----------
    cells
        Rows of C cells.
    shares
        ``(P,)`` between 0 and 1.
    rule
        One of :data:`STEPPING`.

    Returns
    -------
    ndarray or None
        ``(R, P, C)``; NaN where no row of a cell has a weight. None where a factor is negative, so that running sums
        fall.
    """
    found = np.full((replicates.replicates, len(shares), len(cells)), np.nan)
    middle = rule in ("school", "hf2")
    binned = [_Binned.of(rows, len(replicates.factors)) for rows in cells]
    for some, factors in _blocks(replicates):
        if factors.min(initial=0.0) < 0:
            return None
        for cell, rows in enumerate(binned):
            if len(rows.sorted.values):
                found[some, :, cell] = rows.quantiles(factors, shares, middle=middle)
    return found


def _blocks(replicates: Replicates) -> Iterator[tuple[slice, FloatArray]]:
    """Factors ``(U, B)`` of some replicates at a time; all at once where they are kept as they are."""
    factors, count = replicates.factors, replicates.replicates
    if isinstance(factors, np.ndarray):
        yield slice(0, count), factors
        return
    step = max(_BLOCK // max(len(factors), 1), 1)
    for start in range(0, count, step):
        some = slice(start, min(start + step, count))
        yield some, factors.block(slice(None), some)


@dataclass(frozen=True, eq=False)
class _Binned:
    sorted: SortedRows
    size: int
    matrix: sparse.csr_array

    @classmethod
    def of(cls, rows: SortedRows, units: int) -> _Binned:
        count = len(rows.values)
        size = max(-(-count // _BINS), _LEAST)
        ends = np.append(np.arange(0, count, size), count)
        return cls(rows, size, sparse.csr_array((rows.weights, rows.units, ends), shape=(len(ends) - 1, units)))

    def quantiles(self, factors: FloatArray, shares: FloatArray, *, middle: bool) -> FloatArray:
        """Quantiles ``(B, P)`` of a block of replicates with factors ``(U, B)``."""
        cumulative = np.cumsum(self.matrix @ factors, axis=0)
        total = cumulative[-1]
        found = np.full((len(total), len(shares)), np.nan)
        for place, share in enumerate(shares.tolist()):
            target = (share - SHARE_TOLERANCE) * total
            # The first bin that reaches the target, and has a weight where the target is zero.
            reached = (cumulative >= target) & (cumulative > 0)
            hits = np.where(total > 0, reached.argmax(axis=0), -1)
            for hit in np.unique(hits[hits >= 0]).tolist():
                own = np.flatnonzero(hits == hit)
                before = cumulative[hit - 1, own] if hit else np.zeros(len(own))
                found[own, place] = self._inside(hit, before, factors[:, own], share, total[own], middle=middle)
        return found

    def _inside(
        self, hit: int, before: FloatArray, factors: FloatArray, share: float, total: FloatArray, *, middle: bool
    ) -> FloatArray:
        """Quantiles ``(b,)`` of replicates whose quantile lies in one bin; `before` is the weight below it."""
        start = hit * self.size
        rows = slice(start, start + self.size)
        weights = self.sorted.weights[rows, None] * factors[self.sorted.units[rows]]
        cumulative = np.cumsum(weights, axis=0) + before
        reached = (cumulative >= (share - SHARE_TOLERANCE) * total) & (weights != 0)
        last = len(weights) - 1 - (weights != 0)[::-1].argmax(axis=0)
        place = np.where(reached.any(axis=0), reached.argmax(axis=0), last)
        values: FloatArray = self.sorted.values[start + place]
        if middle:
            at = cumulative[place, np.arange(len(place))]
            for tied in np.flatnonzero(np.abs(at - share * total) <= SHARE_TOLERANCE * total).tolist():
                values[tied] = (values[tied] + self._following(start + int(place[tied]), factors[:, tied])) / 2
        return values

    def _following(self, place: int, factors: FloatArray) -> float:
        """Value of the next row that has a weight; of the row itself where it is the last."""
        units = self.sorted.units
        for start in range(place + 1, len(units), _AHEAD):
            weighing = np.flatnonzero(factors[units[start : start + _AHEAD]])
            if len(weighing):
                return float(self.sorted.values[start + weighing[0]])
        return float(self.sorted.values[place])
