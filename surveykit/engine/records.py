"""What an engine is asked and what it answers: grouped sums of weighted products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from surveykit.engine.replicate_factors import ReplicateFactors
from surveykit.expressions import Expr, Values

__all__ = [
    "SHARE_TOLERANCE",
    "Batch",
    "CellSums",
    "DesignColumns",
    "Engine",
    "FloatArray",
    "IntArray",
    "Key",
    "Request",
    "RowIndex",
    "StratumMoments",
    "UnitSums",
    "UnitTable",
    "WeightedValues",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]

#: Sums of weights are equal if they differ by less than this share of the total: their last digits depend on the order
#: of summing.
SHARE_TOLERANCE = 1e-11


@dataclass(frozen=True)
class Key:
    """One grouping variable: an expression whose values are among fixed levels, in a fixed order."""

    expr: Expr
    name: str
    levels: tuple[object, ...]


@dataclass(frozen=True)
class Request:
    """The sums that an estimator needs.

    Every answer is a sum of (weight x term) over the rows of the domain, by cell. A row counts if `where` holds and no
    term and no key is missing; the others add zero, they are never dropped from the design.

    Parameters
    ----------
    terms
        K expressions; None stands for the constant 1.
    keys
        Grouping variables; the C cells are their levels crossed, the last key fastest.
    where
        Condition of the domain, or None for all rows.
    complete
        Further expressions that must not be missing.
    """

    terms: tuple[Expr | None, ...]
    keys: tuple[Key, ...] = ()
    where: Expr | None = None
    complete: tuple[Expr, ...] = ()

    @property
    def cells(self) -> int:
        """Number of cells C."""
        return int(np.prod([len(key.levels) for key in self.keys], dtype=np.int64)) if self.keys else 1


@dataclass(frozen=True)
class CellSums:
    """Totals over all rows of the domain.

    Parameters
    ----------
    sums
        ``(C, K)`` sums of weight x term.
    rows
        ``(C,)`` unweighted counts of the rows that add to a cell (rows of weight zero are not counted).
    missing
        Rows of the domain left out because a term or a key is missing.
    """

    sums: FloatArray
    rows: IntArray
    missing: int


@dataclass(frozen=True)
class UnitSums:
    """Sums by sampling unit of the deepest stage that counts: ``(U, C, K)``, beside the totals."""

    sums: FloatArray
    total: CellSums


@dataclass(frozen=True)
class StratumMoments:
    """Where the rows are the units: first and second moments of (weight x term) by stratum and cell.

    Parameters
    ----------
    rows
        ``(H, C)`` rows that add to a cell.
    sums
        ``(H, C, K)``.
    second
        ``(H, C, K, K)`` sums of squares and products of weight x (term - shift), not centred.
    shift
        ``(K,)`` what was subtracted from each term.
    missing
        Rows of the domain left out because a term or a key is missing.
    """

    rows: IntArray
    sums: FloatArray
    second: FloatArray
    shift: tuple[float, ...] = ()
    missing: int = 0

    @property
    def total(self) -> CellSums:
        """Totals over all strata, of the terms themselves: what was subtracted is added again."""
        sums = self.sums.sum(axis=0)
        return CellSums(sums + sums[:, :1] * np.asarray(self.shift), self.rows.sum(axis=0), self.missing)


@dataclass(frozen=True)
class Batch:
    """Some rows of a scan, all expressions evaluated.

    Parameters
    ----------
    values
        One :class:`Values` an expression, ``(m,)`` each.
    weight
        ``(m,)``; zero outside the domain and where a value is missing.
    unit
        ``(m,)`` code of the row's deepest sampling unit; the row's own number where rows are the units.
    stratum
        ``(m,)`` code of its stratum at that stage.
    start
        Number of the first row.
    full_weight
        ``(m,)`` weights whatever the domain.
    whole
        Whether no weight is zero, where the engine knows that.
    """

    values: tuple[Values, ...]
    weight: FloatArray
    unit: IntArray
    stratum: IntArray
    start: int
    full_weight: FloatArray
    whole: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class DesignColumns:
    """Columns of a design, stage by stage; None where a stage has none.

    Parameters
    ----------
    strata, clusters, fpc
        One entry a stage. ``clusters[s]`` is None only at the last stage, whose units are the rows.
    nest
        Whether cluster labels may repeat in different strata.
    """

    strata: tuple[str | None, ...]
    clusters: tuple[str | None, ...]
    fpc: tuple[str | None, ...]
    nest: bool = False


@dataclass(frozen=True)
class UnitTable:
    """The sampling units of one stage, as found in the data.

    Parameters
    ----------
    stratum
        ``(U,)`` stratum code of each unit.
    parent
        ``(U,)`` code of the unit of the stage before; None at the first stage.
    strata_labels
        ``(H,)`` names of the strata, for messages.
    fpc
        ``(H,)`` the stratum's value of the fpc column, NaN without one.
    sampled
        ``(H,)`` units of each stratum, where rows of very large data were counted as units and `stratum` is empty; None
        where `stratum` tells.
    """

    stratum: IntArray
    parent: IntArray | None
    strata_labels: tuple[str, ...]
    fpc: FloatArray
    sampled: FloatArray | None = None

    @property
    def units(self) -> int:
        """Number of units U."""
        return len(self.stratum) if self.sampled is None else int(self.sampled.sum())

    @property
    def strata(self) -> int:
        """Number of strata H."""
        return len(self.strata_labels)


@dataclass(frozen=True)
class RowIndex:
    """How the rows of an engine belong to sampling units; made once by :meth:`Engine.index`.

    Parameters
    ----------
    stages
        Unit tables, outermost stage first, as deep as the variance needs.
    rows_are_units
        Whether the units of the last stage are the rows themselves.
    handle
        What the engine itself needs to find the units again.
    """

    stages: tuple[UnitTable, ...]
    rows_are_units: bool
    handle: Any = field(repr=False)


@dataclass(frozen=True)
class WeightedValues:
    """Values in increasing order with their weights, perhaps only some windows of them.

    Parameters
    ----------
    values, weights
        ``(m,)``; rows of weight zero and rows outside the domain are left out.
    counts
        ``(m,)`` rows of each value.
    cumulative, rows
        ``(m,)`` weight and number of all rows up to each value, those outside the windows included.
    total, total_rows
        Weight and number of all rows.
    """

    values: FloatArray
    weights: FloatArray
    counts: IntArray
    cumulative: FloatArray
    rows: IntArray
    total: float
    total_rows: int

    def place(self, shares: npt.ArrayLike) -> IntArray:
        """Position of the first value up to which at least each share of the weight lies."""
        target = (np.asarray(shares, np.float64) - SHARE_TOLERANCE) * self.total
        found: IntArray = np.minimum(np.searchsorted(self.cumulative, target), len(self.values) - 1)
        return found

    def covers(self, shares: npt.ArrayLike) -> bool:
        """Whether the value at each share, and its neighbours, are among the values held."""
        wanted = np.asarray(shares, np.float64)
        wanted = wanted[(wanted >= 0) & (wanted <= 1)]
        if not self.total_rows or not len(wanted):
            return True
        first = np.concatenate([[0], self.rows[:-1]])
        follows = self.rows - self.counts == first
        last = np.append(follows[1:], self.rows[-1] == self.total_rows)
        hit = self.place(wanted)
        reached = self.cumulative[hit] >= (wanted - SHARE_TOLERANCE) * self.total
        return bool((follows[hit] & last[hit] & reached).all())


class Engine(Protocol):
    """Where rows live. Everything above asks for grouped sums and never sees a row, unless it scans."""

    @property
    def name(self) -> str:
        """Name of the engine, for messages."""

    @property
    def rows(self) -> int:
        """Number of rows n."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""

    @property
    def row_ids(self) -> str | None:
        """Fingerprint of the rows' labels, to tell whether two engines hold the same rows; None without labels."""

    def describe(self, expr: Expr) -> Values:
        """Kind of an expression: categories, order and edges, with no rows."""

    def levels(self, expr: Expr) -> tuple[object, ...]:
        """Levels of an expression as a grouping variable, in their order."""

    def index(self, design: DesignColumns) -> RowIndex:
        """Find the sampling units."""

    def weigh(self, index: RowIndex, weight: Expr | FloatArray, *, check: bool = True) -> RowIndex:
        """Attach weights: an expression of the rows, or an array by deepest unit; `check` refuses bad ones."""

    def weights(self, index: RowIndex) -> FloatArray:
        """Weights of all rows ``(n,)``, in row order; local engines only."""

    def totals(self, index: RowIndex, request: Request) -> CellSums:
        """Sums by cell over all rows."""

    def unit_sums(self, index: RowIndex, request: Request) -> UnitSums:
        """Sums by deepest unit and cell."""

    def stratum_moments(
        self, index: RowIndex, request: Request, shift: Sequence[float] | None = None
    ) -> StratumMoments:
        """Moments by stratum and cell of weight x (term - shift); only where rows are the units.

        Without `shift` the engine takes the means of some rows; the first term must then be the constant.
        """

    def replicate_sums(
        self, index: RowIndex, request: Request, factors: FloatArray | ReplicateFactors, units: IntArray | None
    ) -> FloatArray:
        """Sums ``(R, C, K)`` with the weights of each replicate."""

    def weight_moments(self, index: RowIndex, request: Request) -> tuple[FloatArray, FloatArray]:
        """Sums of the weights and of their squares by cell, ``(C,)`` each."""

    def weighted_values(self, index: RowIndex, request: Request, near: FloatArray | None) -> Sequence[WeightedValues]:
        """Sorted values of the request's one term with their weights, one answer a cell.

        `near` ``(C, P)`` asks only for the distinct values at these shares of each cell's weight and their neighbours
        on either side (other values may come too); None asks for every row, rows of equal value in their order.
        """

    def scan(self, index: RowIndex, exprs: Sequence[Expr], *, where: Expr | None, size: int) -> Iterator[Batch]:
        """Walk over the rows in batches of about `size`."""

    def with_columns(self, columns: Mapping[str, Values]) -> Engine:
        """Return the same rows with columns added."""
