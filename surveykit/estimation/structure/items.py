"""Several questions at once: ratings, dichotomies, other categories and numbers as columns of rows that have all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.engine.grouping import key_codes
from surveykit.errors import EstimationError
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.row_scores import ScoreSums, scan
from surveykit.expressions import Expr
from surveykit.survey import Survey

__all__ = ["Item", "Items", "item_rows"]

_CATEGORY = re.compile(r"C\((.*)\)\Z", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Item:
    """One variable.

    Parameters
    ----------
    name
        As given.
    values
        ``(m,)`` numbers, or codes from zero of the categories that occur.
    levels
        Categories that occur; none for a number.
    """

    name: str
    values: FloatArray
    levels: tuple[object, ...] = ()

    @property
    def categories(self) -> int:
        """How many categories occur; 0 for a number."""
        return len(self.levels)

    @property
    def dichotomy(self) -> bool:
        """Whether it is a number of two values, as 0 and 1."""
        return len(self.levels) == 2 and all(isinstance(level, float) for level in self.levels)

    @property
    def codes(self) -> IntArray:
        """Codes of categories ``(m,)``."""
        return self.values.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Items:
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

    columns: tuple[Item, ...]
    exprs: tuple[Expr, ...]
    weight: FloatArray
    place: IntArray
    total: int

    def score_sums(self, survey: Survey, scores: FloatArray) -> ScoreSums:
        """Sums by sampling unit of scores ``(m, q)``, weights not yet included."""
        weighted = np.zeros((self.total, scores.shape[1]))
        weighted[self.place] = scores * self.weight[:, None]
        sums = ScoreSums(survey, scores.shape[1])
        for batch in scan(survey, self.exprs):
            sums.add(batch, weighted[batch.start : batch.start + len(batch.weight)])
        return sums


def item_rows(survey: Survey, variables: Sequence[str], *, ordered: bool = True) -> Items:
    """Collect rows with all variables.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variables
        Categories, numbers, ``C(number)``; a number of two values is a category.
    ordered
        Whether categories of more than two levels must have an order.

    Raises
    ------
    EstimationError
        If there are fewer than two variables, a category has no order, or one does not vary.
    """
    if isinstance(variables, str) or len(variables) < 2 or len(set(variables)) < len(variables):
        raise EstimationError(f"{variables!r} are no two different variables.", remedy="Name each once, two or more.")
    marked = [_CATEGORY.match(name) for name in variables]
    texts = [match.group(1) if match else name for match, name in zip(marked, variables, strict=True)]
    exprs = tuple(survey.expression(text) for text in texts)
    levels: list[tuple[object, ...] | None] = []
    for text, name, expr, match in zip(texts, variables, exprs, marked, strict=True):
        info = survey.engine.describe(expr)
        kept = survey.engine.levels(expr) if match or info.categories is not None else None
        if ordered and kept is not None and not match and len(kept) > 2 and not info.ordered:
            raise EstimationError(
                f"'{name}' is a category without an order.", remedy=f"Order it, or say that its order holds: C({text})."
            )
        levels.append(kept)
    data, weight, place, total = _rows(survey, texts, exprs, levels)
    if len(weight) <= len(variables):
        raise EstimationError(
            f"{len(weight)} row(s) have all {len(variables)} variables.", remedy="Check missing values."
        )
    columns = tuple(_column(name, column, kept) for name, column, kept in zip(variables, data, levels, strict=True))
    return Items(columns, exprs, weight, place, total)


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


def _column(name: str, values: FloatArray, levels: tuple[object, ...] | None) -> Item:
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        raise EstimationError(f"'{name}' is the same in every row.", remedy="Leave it out.")
    if levels is not None:
        return Item(name, codes.astype(np.float64), tuple(levels[place] for place in distinct.astype(int).tolist()))
    if len(distinct) == 2:
        return Item(name, codes.astype(np.float64), tuple(distinct.tolist()))
    return Item(name, values)
