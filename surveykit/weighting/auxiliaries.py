"""Calibration variables of the rows, collapsed to cells where all are categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import Engine, FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import combine, dense_codes, key_codes
from surveykit.errors import WeightingError, listing
from surveykit.expressions import Compare, Expr, Literal, Values

__all__ = ["Auxiliaries", "Margin", "collapse", "in_memory", "margin_of"]


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
    """

    name: str
    levels: tuple[object, ...]
    codes: IntArray
    conditions: tuple[Expr, ...]

    def sums(self, weights: FloatArray) -> FloatArray:
        """Weighted count of each level ``(L,)``."""
        return np.bincount(self.codes, weights=weights, minlength=len(self.levels))

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


def margin_of(engine: MemoryEngine, name: str, expr: Expr) -> Margin:
    """Code a variable of the rows.

    Raises
    ------
    WeightingError
        If rows are missing in it.
    """
    values = engine.evaluate(expr)
    levels = engine.levels(expr)
    codes, valid = key_codes(values, levels)
    if valid is not None and not valid.all():
        rows = np.flatnonzero(~valid) + 1
        raise WeightingError(
            f"'{name}' is missing in {len(rows)} row(s): {listing(rows.tolist(), limit=5)}.",
            remedy="Impute it, give these rows a level of their own, or leave them out before weighting.",
        )
    return Margin(name, levels, codes, tuple(_condition(expr, level, values) for level in levels))


def _condition(expr: Expr, level: object, values: Values) -> Expr:
    if values.categories is None and values.data.dtype == np.bool_:
        return Compare("==", expr, Literal(1 if level else 0))
    if not isinstance(level, int | float | str):
        raise WeightingError(f"The level {level!r} is neither a number nor text.")
    return Compare("==", expr, Literal(level))


@dataclass(frozen=True)
class Auxiliaries:
    """Distinct rows of calibration variables.

    Parameters
    ----------
    matrix
        ``(m, q)``: one line a cell, or a row where a variable is continuous.
    cell
        ``(n,)`` line of each row; None where lines are rows.
    """

    matrix: FloatArray
    cell: IntArray | None

    def collapse(self, weights: FloatArray) -> FloatArray:
        """Sum weights ``(n,)`` to lines ``(m,)``."""
        return weights if self.cell is None else np.bincount(self.cell, weights=weights, minlength=len(self.matrix))

    def spread(self, factors: FloatArray) -> FloatArray:
        """Carry factors of lines ``(m,)`` to rows ``(n,)``."""
        return factors if self.cell is None else factors[self.cell]


def collapse(margins: list[Margin]) -> Auxiliaries:
    """Indicators of all levels of some margins, by cell of their cross-classification."""
    codes = margins[0].codes
    for margin in margins[1:]:
        codes, _ = dense_codes(combine(codes, margin.codes, len(margin.levels)))
    cell, _ = dense_codes(codes)
    size = int(cell.max()) + 1
    first = np.empty(size, np.intp)
    first[cell[::-1]] = np.arange(len(cell) - 1, -1, -1)
    blocks = [np.eye(len(margin.levels))[margin.codes[first]] for margin in margins]
    return Auxiliaries(np.hstack(blocks), cell)
