"""Variances, covariances and correlations of a population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import assemble, cell_labels
from surveykit.estimation.descriptive import refuse_missing
from surveykit.estimation.linearise import Solution, keys_for, solve, warn_if_empty
from surveykit.expressions import Arithmetic, Boolean, Expr
from surveykit.expressions import Literal as Constant
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["Covariance", "correlation", "covariance", "variance"]

_Missing = Literal["drop", "fail"]


@dataclass(frozen=True)
class Covariance:
    """Weighted covariances of pairs of variables, pair by pair, cell by cell; the divisor is the sum of weights.

    Terms are the constant, the V variables, then the product of each pair.

    Parameters
    ----------
    pairs
        Positions of the two variables of each pair, the first not above the second.
    """

    pairs: tuple[tuple[int, int], ...]

    def _parts(self, sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Sums of weights, of both variables of each pair, and of their products, ``(..., C, pairs)``."""
        first, second = np.array(self.pairs).T + 1
        products = sums[..., sums.shape[-1] - len(self.pairs) :]
        return sums[..., :1], sums[..., first], sums[..., second], products

    @staticmethod
    def _flat(values: FloatArray) -> FloatArray:
        moved = np.swapaxes(values, -1, -2)
        return moved.reshape(*moved.shape[:-2], -1)

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., pairs * C)``."""
        weight, first, second, products = self._parts(sums)
        return self._flat(products / weight - first / weight * (second / weight))

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Contribution ``w ((x - mean x)(y - mean y) - covariance) / sum of w``."""
        total, first_total, second_total, product_total = self._parts(at)
        first_mean, second_mean = first_total / total, second_total / total
        centre = product_total / total - first_mean * second_mean
        weight, first, second, products = self._parts(sums)
        crossed = products - first_mean * second - second_mean * first + first_mean * second_mean * weight
        return self._flat((crossed - centre * weight) / total)


def variance(
    survey: Survey,
    variables: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    missing: _Missing = "drop",
    level: float = 0.95,
) -> Estimate:
    """Population variances, ``n / (n - 1)`` times the weighted mean square around the weighted mean.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variables
        Columns or expressions of numbers.
    by
        Columns or expressions whose levels define groups.
    missing
        ``"drop"`` leaves rows with any variable missing out as outside the domain, and says how many; ``"fail"``
        refuses.
    level
        Confidence level.

    Returns
    -------
    Estimate
        Variable by variable, group by group, with the covariance of the variances.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "w": [10.0, 10.0, 20.0]})
    >>> variance(Survey(firms, weights="w"), "sales").estimate
    array([10.125])
    """
    names = _names(variables)
    pairs = tuple((place, place) for place in range(len(names)))
    return _spread(survey, names, pairs, "variance", by=by, missing=missing, level=level)


def covariance(
    survey: Survey,
    variables: Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    missing: _Missing = "drop",
    level: float = 0.95,
) -> Estimate:
    """Population covariance matrix, with the covariance of its own entries.

    Parameters are those of :func:`variance`.

    Returns
    -------
    Estimate
        Column by column of the matrix (labels ``variable`` and ``with``), group by group.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "staff": [1.0, 2.0, 6.0], "w": [10.0, 10.0, 20.0]})
    >>> covariance(Survey(firms, weights="w"), ["sales", "staff"]).estimate
    array([10.125  ,  8.8125 ,  8.8125 ,  7.78125])
    """
    names = _names(variables)
    pairs = tuple((row, column) for column in range(len(names)) for row in range(len(names)))
    return _spread(survey, names, pairs, "covariance", by=by, missing=missing, level=level)


def correlation(
    survey: Survey,
    variables: Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    missing: _Missing = "drop",
    level: float = 0.95,
) -> Estimate:
    """Population correlation matrix, with linearised standard errors.

    Parameters are those of :func:`variance`.

    Returns
    -------
    Estimate
        Column by column of the matrix (labels ``variable`` and ``with``), group by group; the diagonal is 1 with no
        error. A variable that is constant in a group has no correlation there.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "staff": [1.0, 2.0, 6.0], "w": [10.0, 10.0, 20.0]})
    >>> correlation(Survey(firms, weights="w"), ["sales", "staff"]).estimate.round(4)
    array([1.    , 0.9928, 0.9928, 1.    ])
    """
    names = _names(variables)
    pairs = tuple((row, column) for column in range(len(names)) for row in range(len(names)))
    return _spread(survey, names, pairs, "correlation", by=by, missing=missing, level=level)


def _names(variables: str | Sequence[str]) -> tuple[str, ...]:
    names = (variables,) if isinstance(variables, str) else tuple(variables)
    if not names:
        raise EstimationError("No variable is named.", remedy="Name a column.")
    return names


def _spread(
    survey: Survey,
    names: tuple[str, ...],
    pairs: tuple[tuple[int, int], ...],
    statistic: Literal["variance", "covariance", "correlation"],
    *,
    by: str | Sequence[str] | None,
    missing: _Missing,
    level: float,
) -> Estimate:
    exprs = tuple(survey.expression(name) for name in names)
    keys = keys_for(survey, by)
    distinct = tuple(dict.fromkeys((min(pair), max(pair)) for pair in pairs))
    request = _centred_request(survey, Request((None, *exprs), keys), exprs, distinct)
    solution = solve(survey, request, Covariance(distinct))
    refuse_missing(solution.total.missing, names, missing)
    warn_if_empty(survey, solution, statistic)
    cells = request.cells
    solution = _unbiased(_without_noise(solution, distinct), len(distinct), cells)
    if statistic == "correlation":
        solution = _correlations(solution, distinct, cells)
    place = np.array([distinct.index((min(pair), max(pair))) for pair in pairs])
    chosen = (place[:, None] * cells + np.arange(cells)).reshape(-1)
    solution = replace(solution, value=solution.value[chosen], covariance=solution.covariance[np.ix_(chosen, chosen)])
    texts = tuple(names[row] if statistic == "variance" else f"{names[row]}:{names[column]}" for row, column in pairs)
    labels, full_names = cell_labels(keys, texts)
    named: dict[str, tuple[object, ...]] = {"variable": _repeated([names[row] for row, _ in pairs], cells)}
    if statistic != "variance":
        named["with"] = _repeated([names[column] for _, column in pairs], cells)
    return assemble(
        survey,
        solution,
        statistic=statistic,
        names=full_names,
        labels=named | {name: column for name, column in labels.items() if name != "variable"},
        estimate=solution.value,
        cells=np.tile(np.arange(cells), len(pairs)),
        level=level,
    )


def _repeated(labels: list[str], times: int) -> tuple[object, ...]:
    return tuple(label for label in labels for _ in range(times))


def _centred_request(
    survey: Survey, request: Request, exprs: tuple[Expr, ...], pairs: tuple[tuple[int, int], ...]
) -> Request:
    """Measure variables from their means, so that products of large values do not cancel."""
    domain = survey.domain if request.where is None else Boolean("and", (survey.domain, request.where))  # type: ignore[arg-type]
    sums = survey.engine.totals(survey.index, replace(request, where=domain)).sums.sum(axis=0)
    means = sums[1:] / sums[0] if sums[0] else np.zeros(len(exprs))
    off = [Arithmetic("-", expr, Constant(mean)) for expr, mean in zip(exprs, means.tolist(), strict=True)]
    products = [Arithmetic("*", off[row], off[column]) for row, column in pairs]
    return replace(request, terms=(None, *off, *products), complete=exprs)


def _without_noise(solution: Solution, pairs: tuple[tuple[int, int], ...]) -> Solution:
    """Set variances that are rounding noise to zero: a ratio of such remainders would look like a correlation."""
    sums = solution.total.sums
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = (sums[:, sums.shape[1] - len(pairs) :] / sums[:, :1]).T
    value = solution.value.reshape(squares.shape).copy()
    for number, (row, column) in enumerate(pairs):
        if row == column:
            value[number, value[number] <= 1e-13 * squares[number]] = 0.0
    return replace(solution, value=value.reshape(-1))


def _unbiased(solution: Solution, pairs: int, cells: int) -> Solution:
    """Multiply by ``n / (n - 1)``; one row has no variance."""
    rows = solution.total.rows.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.tile(np.where(rows > 1, rows / (rows - 1), np.nan), pairs)
    assert len(factor) == pairs * cells
    return replace(solution, value=solution.value * factor, covariance=solution.covariance * np.outer(factor, factor))


def _correlations(solution: Solution, pairs: tuple[tuple[int, int], ...], cells: int) -> Solution:
    """``r = c_xy / sqrt(c_xx c_yy)`` by the delta method."""
    place = {pair: number for number, pair in enumerate(pairs)}
    own = solution.value.reshape(len(pairs), cells)
    scale = np.array([own[place[row, row]] * own[place[column, column]] for row, column in pairs])
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(scale > 0, own / np.sqrt(scale), np.nan)
        gradient = np.zeros((len(pairs) * cells, len(pairs) * cells))
        for (row, column), number in place.items():
            for cell in range(cells):
                line = number * cells + cell
                if row == column:
                    value[number, cell] = 1.0 if scale[number, cell] > 0 else np.nan
                    continue
                gradient[line, line] += 1 / np.sqrt(scale[number, cell])
                for side in (row, column):
                    diagonal = place[side, side]
                    gradient[line, diagonal * cells + cell] -= value[number, cell] / (2 * own[diagonal, cell])
    gradient = np.where(np.isfinite(gradient), gradient, 0.0)
    known = np.nan_to_num(solution.covariance)
    return replace(solution, value=value.reshape(-1), covariance=gradient @ known @ gradient.T)
