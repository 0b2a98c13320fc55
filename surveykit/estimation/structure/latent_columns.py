"""Ratings, dichotomies and numbers as columns that a latent normal variable stands behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.engine.grouping import key_codes
from surveykit.errors import EstimationError
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.row_scores import scan
from surveykit.expressions import Expr
from surveykit.survey import Survey

__all__ = ["LatentColumn", "LatentRows", "latent_rows"]

_CATEGORY = re.compile(r"C\((.*)\)\Z", re.DOTALL)


@dataclass(frozen=True, eq=False)
class LatentColumn:
    """One variable.

    Parameters
    ----------
    name
        As given.
    values
        ``(m,)`` numbers, or codes from zero of the categories that occur.
    categories
        How many occur; 0 for a number.
    """

    name: str
    values: FloatArray
    categories: int

    @property
    def codes(self) -> IntArray:
        """Codes of categories ``(m,)``."""
        return self.values.astype(np.int64)


@dataclass(frozen=True, eq=False)
class LatentRows:
    """Rows that have all variables.

    Parameters
    ----------
    columns
        The variables.
    exprs
        What they are made of.
    weight
        ``(m,)``.
    place
        ``(m,)`` numbers of the rows in the data.
    total
        Rows of the data.
    """

    columns: tuple[LatentColumn, ...]
    exprs: tuple[Expr, ...]
    weight: FloatArray
    place: IntArray
    total: int


def latent_rows(survey: Survey, variables: Sequence[str]) -> LatentRows:
    """Collect rows with all variables.

    Raises
    ------
    EstimationError
        If there are fewer than two variables, a category has no order, or one does not vary.
    """
    if len(variables) < 2 or len(set(variables)) < len(variables):
        raise EstimationError(
            f"{list(variables)} are no two different variables.", remedy="Name each once, two or more."
        )
    marked = [_CATEGORY.match(name) for name in variables]
    texts = [match.group(1) if match else name for match, name in zip(marked, variables, strict=True)]
    exprs = tuple(survey.expression(text) for text in texts)
    levels: list[tuple[object, ...] | None] = []
    for text, name, expr, match in zip(texts, variables, exprs, marked, strict=True):
        info = survey.engine.describe(expr)
        kept = survey.engine.levels(expr) if match or info.categories is not None else None
        if kept is not None and not match and len(kept) > 2 and not info.ordered:
            raise EstimationError(
                f"'{name}' is a category without an order.", remedy=f"Order it, or say that its order holds: C({text})."
            )
        levels.append(kept)
    data, weight, place, total = _rows(survey, texts, exprs, levels)
    if len(weight) <= len(variables):
        raise EstimationError(
            f"{len(weight)} row(s) have all {len(variables)} variables.", remedy="Check missing values."
        )
    columns = tuple(
        _column(name, column, kept is not None) for name, column, kept in zip(variables, data, levels, strict=True)
    )
    return LatentRows(columns, exprs, weight, place, total)


def _rows(
    survey: Survey, texts: Sequence[str], exprs: Sequence[Expr], levels: Sequence[tuple[object, ...] | None]
) -> tuple[list[FloatArray], FloatArray, IntArray, int]:
    keys = [keys_for(survey, text)[0] if kept is not None else None for text, kept in zip(texts, levels, strict=True)]
    parts: list[list[FloatArray]] = [[] for _ in exprs]
    weights, places, total = [], [], 0
    for batch in scan(survey, exprs):
        inside = np.flatnonzero(batch.weight != 0)
        for part, values, key in zip(parts, batch.values, keys, strict=True):
            found = values.data if key is None else key_codes(values, key.levels)[0]
            part.append(np.asarray(found, np.float64)[inside])
        weights.append(batch.weight[inside])
        places.append(inside + batch.start)
        total = max(total, batch.start + len(batch.weight))
    data = [np.concatenate(part) for part in parts]
    return data, np.concatenate(weights), np.concatenate(places), total


def _column(name: str, values: FloatArray, category: bool) -> LatentColumn:
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        raise EstimationError(f"'{name}' is the same in every row.", remedy="Leave it out.")
    if category or len(distinct) == 2:
        return LatentColumn(name, codes.astype(np.float64), len(distinct))
    return LatentColumn(name, values, 0)
