"""Agreement of two codings and consistency of a scale: Cohen's kappa and Cronbach's alpha."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, Key, Request
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import assemble, cell_labels
from surveykit.estimation.linearise import Solution, Statistic, keys_for, solve, warn_if_empty
from surveykit.expressions import Arithmetic, Expr
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["cronbach_alpha", "kappa"]

_TWO = 2


@dataclass(frozen=True)
class _Kappa:
    """Cohen's kappa from the weights of the crossed levels, ``(..., L * L, 1)``."""

    levels: int

    def _parts(self, sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        table = sums[..., 0].reshape(*sums.shape[:-2], self.levels, self.levels)
        shares = table / table.sum(axis=(-1, -2), keepdims=True)
        rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
        return np.trace(shares, axis1=-2, axis2=-1), (rows * columns).sum(axis=-1), rows, columns

    def value(self, sums: FloatArray) -> FloatArray:
        """Kappa ``(..., 1)``: agreement beyond chance over what there could be."""
        agree, chance, _, _ = self._parts(sums)
        return np.asarray((agree - chance) / (1 - chance))[..., None]

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Derivative by each cell's weight, times the weights."""
        agree, chance, rows, columns = self._parts(at)
        kappa = (agree - chance) / (1 - chance)
        by_cell = (np.eye(self.levels) - (1 - kappa) * (columns[:, None] + rows[None, :])) / (1 - chance)
        shares = at[:, 0] / at[:, 0].sum()
        gradient = by_cell.reshape(-1) - by_cell.reshape(-1) @ shares
        return np.asarray(sums[..., 0] @ gradient / at[:, 0].sum())[..., None]


def kappa(survey: Survey, first: str, second: str, *, level: float = 0.95) -> Estimate:
    """Cohen's kappa: agreement of two categorical variables beyond chance.

    Parameters
    ----------
    survey
        Rows, design and weights.
    first, second
        Columns or expressions with the same levels.
    level
        Confidence level.

    Raises
    ------
    EstimationError
        If the levels differ.

    References
    ----------
    Cohen (1960), *Educational and Psychological Measurement* 20, 37-46.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"a": list("yynnyn"), "b": list("yynnny")})
    >>> kappa(Survey(firms), "a", "b").estimate.round(4)
    array([0.3333])
    """
    one, other = keys_for(survey, [first, second])
    if set(one.levels) != set(other.levels):
        raise EstimationError(
            f"'{first}' and '{second}' have different levels.", remedy="Code both with the same categories."
        )
    keys = (one, Key(other.expr, other.name, one.levels))
    statistic = _Kappa(len(one.levels))
    solution = solve(survey, Request((None,), keys), statistic)
    return _single(survey, solution, "kappa", f"{first}, {second}", level)


@dataclass(frozen=True)
class _Alpha:
    """Cronbach's alpha; terms are the constant, the k items, their squares, the sum and its square."""

    items: int

    def _variances(self, sums: FloatArray) -> FloatArray:
        """Variances ``(..., k + 1)`` of the items and of their sum."""
        weight, k = sums[..., 0, :1], self.items
        first = np.concatenate([sums[..., 0, 1 : k + 1], sums[..., 0, 2 * k + 1 : 2 * k + 2]], axis=-1) / weight
        second = np.concatenate([sums[..., 0, k + 1 : 2 * k + 1], sums[..., 0, 2 * k + 2 :]], axis=-1) / weight
        return second - first**2

    def value(self, sums: FloatArray) -> FloatArray:
        """Alpha ``(..., 1)``: ``k / (k - 1) (1 - sum of item variances / variance of the sum)``."""
        found = self._variances(sums)
        ratio = found[..., :-1].sum(axis=-1) / found[..., -1]
        return np.asarray(self.items / (self.items - 1) * (1 - ratio))[..., None]

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Linearised through the variances of the items and of their sum."""
        k, total = self.items, at[0, 0]
        variances = self._variances(at)
        first = np.concatenate([at[0, 1 : k + 1], at[0, 2 * k + 1 : 2 * k + 2]]) / total
        own = np.concatenate([sums[..., 0, 1 : k + 1], sums[..., 0, 2 * k + 1 : 2 * k + 2]], axis=-1)
        squares = np.concatenate([sums[..., 0, k + 1 : 2 * k + 1], sums[..., 0, 2 * k + 2 :]], axis=-1)
        weight = sums[..., 0, :1]
        moved = (squares - 2 * first * own + (first**2 - variances) * weight) / total
        by_items, by_sum = -1 / variances[-1], variances[:-1].sum() / variances[-1] ** 2
        found = by_items * moved[..., :-1].sum(axis=-1) + by_sum * moved[..., -1]
        return np.asarray(k / (k - 1) * found)[..., None]


def cronbach_alpha(survey: Survey, items: Sequence[str], *, level: float = 0.95) -> Estimate:
    """Cronbach's alpha of a scale, with a linearised standard error.

    Parameters
    ----------
    survey
        Rows, design and weights.
    items
        Columns or expressions of numbers that point the same way; rows with all of them count.
    level
        Confidence level.

    References
    ----------
    Cronbach (1951), *Psychometrika* 16, 297-334.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 3, 2, 4], "c": [2.0, 2, 3, 5]})
    >>> cronbach_alpha(Survey(firms), ["a", "b", "c"]).estimate.round(4)
    array([0.9286])
    """
    if isinstance(items, str) or len(items) < _TWO:
        raise EstimationError(
            "A scale has two items or more.", remedy='Pass for example ["trust1", "trust2", "trust3"].'
        )
    exprs = [survey.expression(item) for item in items]
    whole: Expr = exprs[0]
    for expr in exprs[1:]:
        whole = Arithmetic("+", whole, expr)
    terms = (None, *exprs, *(Arithmetic("*", expr, expr) for expr in exprs), whole, Arithmetic("*", whole, whole))
    statistic: Statistic = _Alpha(len(exprs))
    solution = solve(survey, Request(terms), statistic)
    return _single(survey, solution, "Cronbach's alpha", ", ".join(items), level)


def _single(survey: Survey, solution: Solution, statistic: str, name: str, level: float) -> Estimate:
    warn_if_empty(survey, solution, statistic)
    labels, _ = cell_labels((), (name,))
    return assemble(
        survey,
        solution,
        statistic=statistic,
        names=(name,),
        labels=labels,
        estimate=solution.value,
        cells=np.zeros(1, np.int64),
        level=level,
        groups=np.zeros(len(solution.total.rows), np.int64),
    )
