"""From measures of a whole distribution to estimates with a covariance: row scores, or replicate by replicate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from surveykit.engine import FloatArray, IntArray, Key, Request
from surveykit.engine.grouping import key_codes
from surveykit.errors import EstimationError
from surveykit.estimation.descriptive import Mean
from surveykit.estimation.inequality.measures import Distribution, Measure
from surveykit.estimation.linearise import Solution, solve
from surveykit.estimation.row_scores import ScoreSums, scan
from surveykit.expressions import Boolean, Compare, Expr, Values
from surveykit.expressions import Literal as Constant
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance
from surveykit.weighting.records import Replicates

__all__ = ["Make", "refuse_below_zero", "solve_measure"]

Make = Callable[[Distribution], Measure]


def solve_measure(survey: Survey, expr: Expr, keys: tuple[Key, ...], make: Make) -> Solution:
    """Estimate a measure of each group's distribution.

    Parameters
    ----------
    expr
        The variable.
    keys
        Grouping variables.
    make
        Makes the measure of one distribution.

    Returns
    -------
    Solution
        Estimates in order of the measure's own, then groups.
    """
    request = Request((None, expr), keys)
    base = solve(survey, request, Mean())
    rows = survey.engine.weighted_values(survey.index, Request((expr,), keys, survey.domain), None)
    measures = [make(Distribution.of(one)) for one in rows]
    value = np.stack([measure.value() for measure in measures], axis=1)
    if survey.replicates is not None:
        matrix = _by_replicates(survey, survey.replicates, request, make, value)
    else:
        matrix = _by_scores(survey, request, measures, value)
    return replace(base, value=value.reshape(-1), covariance=matrix)


def _by_scores(survey: Survey, request: Request, measures: Sequence[Measure], value: FloatArray) -> FloatArray:
    """Covariance from row scores, added up batch by batch."""
    each, cells = value.shape
    sums = ScoreSums(survey, each * cells)
    for batch in scan(survey, _exprs(request)):
        codes, weight = _cells_and_weights(batch.values, request.keys, batch.weight)
        data = np.asarray(batch.values[0].data, np.float64)
        scores = np.zeros((len(weight), each, cells))
        for cell, measure in enumerate(measures):
            inside = np.flatnonzero((codes == cell) & (weight != 0))
            if len(inside) and np.isfinite(value[:, cell]).all():
                own = weight[inside]
                scores[inside, :, cell] = measure.influence(data[inside], own) * own[:, None]
        sums.add(replace(batch, weight=weight), scores.reshape(len(weight), -1))
    return sums.covariance(np.eye(each * cells))


def _exprs(request: Request) -> list[Expr]:
    return [*(term for term in request.terms if term is not None), *(key.expr for key in request.keys)]


def _cells_and_weights(
    values: Sequence[Values], keys: tuple[Key, ...], weight: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Cell of each row of a batch; rows without one lose their weight."""
    cells: IntArray = np.zeros(len(weight), np.int64)
    for value, key in zip(values[1:], keys, strict=True):
        codes, valid = key_codes(value, key.levels)
        cells = cells * len(key.levels) + codes
        weight = weight if valid is None else np.where(valid, weight, 0.0)
    return cells, weight


def _by_replicates(
    survey: Survey, replicates: Replicates, request: Request, make: Make, value: FloatArray
) -> FloatArray:
    """Covariance from the measure under each replicate's weights."""
    data, cells, places = [], [], []
    for batch in scan(survey, _exprs(request)):
        codes, weight = _cells_and_weights(batch.values, request.keys, batch.weight)
        inside = np.flatnonzero(weight != 0)
        data.append(np.asarray(batch.values[0].data, np.float64)[inside])
        cells.append(codes[inside])
        places.append(inside + batch.start)
    values, cell, place = np.concatenate(data), np.concatenate(cells), np.concatenate(places)
    order = np.lexsort((values, cell))
    values, cell, place = values[order], cell[order], place[order]
    stops = np.searchsorted(cell, np.arange(value.shape[1] + 1))
    estimates = np.empty((replicates.replicates, *value.shape))
    for number in range(replicates.replicates):
        weights = replicates.weights(number)[place]
        for group in range(value.shape[1]):
            own = slice(stops[group], stops[group + 1])
            estimates[number, :, group] = make(Distribution.of_rows(values[own], weights[own])).value()
    flat = estimates.reshape(len(estimates), -1)
    return replicate_covariance(flat, value.reshape(-1), replicates)


def refuse_below_zero(survey: Survey, expr: Expr, name: str, measure: str, *, zero_too: bool = False) -> None:
    """Refuse a variable with negative values, or with zeros where the measure takes logarithms.

    Raises
    ------
    EstimationError
        With the number of rows.
    """
    below = Compare("<=" if zero_too else "<", expr, Constant(0.0))
    where: Expr = below if survey.domain is None else Boolean("and", (survey.domain, below))
    rows = int(survey.engine.totals(survey.index, Request((None,), where=where)).rows.sum())
    if rows:
        kind = "zero or negative" if zero_too else "negative"
        raise EstimationError(
            f"'{name}' is {kind} in {rows} row(s), where the {measure} is not defined.",
            remedy=f'Estimate among the others, as survey.where("{name} {">" if zero_too else ">="} 0").',
        )
