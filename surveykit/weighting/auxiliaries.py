"""Calibration variables of the rows, collapsed to cells where all are categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from surveykit.engine import Engine, FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import combine, dense_codes, group_sums, key_codes
from surveykit.errors import WeightingError, listing
from surveykit.expressions import Compare, Expr, Literal, Values
from surveykit.expressions.values import BoolArray

__all__ = ["Cells", "Margin", "collapse", "in_memory", "margin_of", "refuse_missing", "weighing"]

#: Cells of a cross-classification that are listed whole before those without a row are dropped.
_TABLE = 1_000_000


@dataclass(frozen=True)
class Margin:
    """One categorical variable (or several crossed) with the code of each row.

    Parameters
    ----------
    name
        Name of the variable, crossed ones joined by " x ".
    levels
        Its levels, in order.
    codes
        ``(n,)`` code of each row.
    conditions
        For each level, the expression that holds for its rows.
    missing
        ``(n,)`` rows that weigh something and have no value; None where there are none.
    columns
        Columns that the conditions name and the data lack.
    """

    name: str
    levels: tuple[object, ...]
    codes: IntArray
    conditions: tuple[Expr, ...]
    missing: BoolArray | None = None
    columns: Mapping[str, Values] = field(default_factory=dict)

    def sums(self, weights: FloatArray) -> FloatArray:
        """Weighted count of each level ``(L,)``."""
        return group_sums(self.codes, len(self.levels), weights, [None])[:, 0]

    def counts(self) -> IntArray:
        """Rows of each level ``(L,)``."""
        return np.bincount(self.codes, minlength=len(self.levels))


def in_memory(engine: Engine) -> MemoryEngine:
    """Refuse rows that are not in memory."""
    if not isinstance(engine, MemoryEngine):
        raise WeightingError(
            "Weights are made from rows in memory, and these are in a file.",
            remedy="Load the weighting variables as a frame, make the weights, and write them to the file as a column.",
        )
    return engine


def margin_of(engine: MemoryEngine, name: str, expr: Expr, used: BoolArray | None = None) -> Margin:
    """Code a variable of the rows.

    Parameters
    ----------
    used
        ``(n,)`` rows that weigh something, the only ones that need a value; None for all.
    """
    values = engine.evaluate(expr)
    levels = engine.levels(expr)
    codes, valid = key_codes(values, levels)
    missing = None if valid is None else ~valid if used is None else ~valid & used
    if missing is not None and not missing.any():
        missing = None
    return Margin(name, levels, codes, tuple(_condition(expr, level, values) for level in levels), missing)


def refuse_missing(
    label: str,
    valid: BoolArray | None,
    used: BoolArray | None,
    remedy: str = "Impute it, or give these rows weight zero.",
) -> None:
    """Refuse rows that weigh something and have no value."""
    if valid is None:
        return
    lost = ~valid if used is None else ~valid & used
    if lost.any():
        rows = np.flatnonzero(lost) + 1
        raise WeightingError(
            f"{label} is missing in {len(rows)} row(s): {listing(rows.tolist(), limit=5)}.",
            remedy=remedy,
        )


def weighing(weights: FloatArray) -> BoolArray | None:
    """Rows that weigh something; None where all do."""
    return None if weights.all() else weights != 0


def _condition(expr: Expr, level: object, values: Values) -> Expr:
    if values.categories is None and values.data.dtype == np.bool_:
        return Compare("==", expr, Literal(1 if level else 0))
    if not isinstance(level, int | float | str):
        raise WeightingError(f"The level {level!r} is neither a number nor text.")
    return Compare("==", expr, Literal(level))


@dataclass(frozen=True)
class Cells:
    """The cross-classification of some margins, without its empty cells.

    Parameters
    ----------
    cell
        ``(n,)`` cell of each row.
    rows
        ``(C,)`` rows of each cell that weigh something.
    codes
        For each margin, the code ``(C,)`` of each cell.
    sizes
        For each margin, its number of levels.
    """

    cell: IntArray
    rows: IntArray
    codes: tuple[IntArray, ...]
    sizes: tuple[int, ...]

    def sums(self, weights: FloatArray) -> FloatArray:
        """Sum weights ``(n,)`` to cells ``(C,)``."""
        return group_sums(self.cell, len(self.rows), weights, [None])[:, 0]

    def counts(self, margin: int) -> IntArray:
        """Rows of each level of one margin ``(L,)``."""
        return np.bincount(self.codes[margin], weights=self.rows, minlength=self.sizes[margin]).astype(np.int64)

    def indicators(self) -> FloatArray:
        """Indicators ``(C, q)`` of all levels of all margins, side by side."""
        return np.hstack([np.eye(size)[codes] for codes, size in zip(self.codes, self.sizes, strict=True)])


def collapse(margins: Sequence[Margin], used: BoolArray | None = None) -> Cells:
    """Cross some margins and drop the cells without a row.

    Parameters
    ----------
    used
        ``(n,)`` rows that weigh something; None for all.
    """
    cell, size = margins[0].codes, len(margins[0].levels)
    codes: list[IntArray] = [np.arange(size)]
    for margin in margins[1:]:
        levels = len(margin.levels)
        if size * levels > _TABLE:
            cell, present = dense_codes(cell)
            codes, size = [code[present] for code in codes], len(present)
        cell = combine(cell, margin.codes, levels)
        outer, inner = np.divmod(np.arange(size * levels), levels)
        codes, size = [*(code[outer] for code in codes), inner], size * levels
    rows = np.bincount(cell, minlength=size)
    present = np.flatnonzero(rows)
    if len(present) < size:
        lookup = np.zeros(size, np.int32)
        lookup[present] = np.arange(len(present))
        cell = lookup[cell]
    counted = rows[present] if used is None else np.bincount(cell[used], minlength=len(present))
    return Cells(cell, counted, tuple(code[present] for code in codes), tuple(len(m.levels) for m in margins))
