"""How many levels a grouping variable may have."""

from __future__ import annotations

from surveykit.errors import DataError
from surveykit.expressions import Column, Expr

__all__ = ["MAX_LEVELS", "labels_for_numbers", "refuse_too_many"]

#: More distinct values than this are taken for a measurement, not for groups.
MAX_LEVELS = 10_000


def refuse_too_many(count: int, expr: Expr, *, about: bool = False) -> None:
    """Refuse a grouping variable with more levels than a table can hold.

    Raises
    ------
    DataError
        If `count` exceeds :data:`MAX_LEVELS`.
    """
    if count > MAX_LEVELS:
        shown = expr.name if isinstance(expr, Column) else "The expression"
        raise DataError(
            f"'{shown}' has {'about ' if about else ''}{count} distinct values, too many for groups.",
            remedy="Cut it into bands first.",
        )


def labels_for_numbers(name: str, *, banded: bool) -> DataError:
    """Make the error for categories where a verb needs numbers."""
    thing = f"Column '{name}'" if name else "An expression"
    remedy = f"Use mid({name})" if banded else "Use proportion() or crosstab(), or compare it with a label"
    return DataError(f"{thing} holds categories, and this verb needs numbers.", remedy=f"{remedy}.")
