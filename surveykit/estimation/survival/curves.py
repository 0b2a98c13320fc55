"""Survival curves: the weighted product-limit estimator with design-based standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.estimation.survival.times import timed_rows
from surveykit.formulas import DesignMatrix, compile_formula
from surveykit.results import Estimate
from surveykit.results.estimate import t_quantile
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["kaplan_meier"]

#: Times of a curve that names none: at most this many of its event times.
_POINTS = 50


def kaplan_meier(
    survey: Survey,
    formula: str,
    *,
    event: str,
    times: Sequence[float] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Share of the population without the event up to each time, ``S(t) = prod over t_j <= t of (1 - N_j / Y_j)``.

    N_j and Y_j are the weighted numbers of events and of units at risk. Intervals are made for log S.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"time ~ 1"`` for one curve, ``"time ~ group"`` or ``"time ~ size + sector"`` for one a group.
    event
        Column of 0 and 1, or a condition: whether the event was seen at that time.
    times
        Times at which to report; up to 50 event times by default.
    level
        Confidence level.

    Returns
    -------
    Estimate
        With labels of the groups and ``time``.

    References
    ----------
    Kaplan and Meier (1958), *JASA* 53, 457-481; linearisation: Lin (2000), *Biometrika* 87, 37-47.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"years": [1.0, 2.0, 3.0, 4.0], "closed": [1, 1, 0, 1]})
    >>> kaplan_meier(sk.Survey(firms), "years ~ 1", event="closed", times=[1, 2, 3]).estimate
    array([0.75, 0.5 , 0.5 ])
    """
    matrix = compile_formula(formula, survey.engine)
    numbers = [factor.name for factor in matrix.factors if factor.levels is None]
    if numbers:
        raise EstimationError(
            f"'{numbers[0]}' is a number, and curves are drawn for groups.", remedy=f"Write C({numbers[0]})."
        )
    rows = timed_rows(survey, _cells(matrix), event)
    with one_thread():
        arrays = row_arrays(rows)
        points = _points(arrays, times)
        cells = arrays.x.shape[1]
        value, scores = _curves(arrays, points)
        sums = arrays.score_sums(scores)
        if survey.replicates is None:
            logs = sums.covariance(np.eye(len(value)))
            covariance = logs * np.outer(value, value)
        else:
            replicated = each_replicate(
                survey, lambda one: _curves(row_arrays(type(rows)(one, rows.matrix, rows.offset)), points)[0]
            )
            covariance = replicate_covariance(replicated, value, survey.replicates)
    labels = list(product(*(factor.levels or () for factor in matrix.factors)))
    shown: dict[str, tuple[object, ...]] = {
        factor.name: tuple(cell[place] for cell in labels for _ in points)
        for place, factor in enumerate(matrix.factors)
    }
    shown["time"] = tuple(float(point) for _ in range(cells) for point in points)
    count = np.array([np.count_nonzero(column) for column in arrays.x.T])
    weight = arrays.x.T @ arrays.weight
    df = np.full(len(value), sums.degrees_of_freedom())
    se = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = t_quantile((1 + level) / 2, df) * se / value
    return Estimate(
        statistic="survival",
        names=tuple(":".join(str(values[place]) for values in shown.values()) for place in range(len(value))),
        labels=shown,
        estimate=value,
        covariance=covariance,
        df=df,
        n=np.repeat(count, len(points)),
        weighted_n=np.repeat(weight, len(points)),
        weight=survey.weight_name,
        level=level,
        interval=(value * np.exp(-half), np.minimum(value * np.exp(half), 1.0)),
        method="t on log survival",
        notes=(*selection_note(survey), *((f"Domain: {survey.domain_text}.",) if survey.domain_text else ())),
        synthetic=survey.synthetic,
    )


def _cells(matrix: DesignMatrix) -> DesignMatrix:
    """One indicator column for each combination of the groups."""
    sizes = [range(len(factor.levels or ())) for factor in matrix.factors]
    column = type(matrix.columns[0])
    columns = tuple(column(str(cell), tuple(enumerate(cell)), 0) for cell in product(*sizes))
    return DesignMatrix(matrix.text, matrix.response, matrix.terms, matrix.factors, columns)


def _points(arrays: RowArrays, times: Sequence[float] | None) -> FloatArray:
    if times is not None:
        points = np.asarray(times, np.float64)
        if points.ndim != 1 or not len(points) or not np.isfinite(points).all():
            raise EstimationError("times= needs numbers.", remedy="Give a list of times.")
        return points
    seen = np.unique(arrays.y[arrays.y > 0])
    if len(seen) > _POINTS:
        seen = seen[np.unique(np.linspace(0, len(seen) - 1, _POINTS).round().astype(int))]
    return seen


def _curves(arrays: RowArrays, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Survival ``(C * T,)`` and the derivatives of its logarithm by each row's weight ``(m, C * T)``."""
    values, scores = [], []
    for column in arrays.x.T:
        value, score = _curve(np.where(column != 0, arrays.weight, 0.0), arrays.y, points)
        values.append(value)
        scores.append(score * (column != 0)[:, None])
    return np.concatenate(values), np.column_stack(scores)


def _curve(weight: FloatArray, signed: FloatArray, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    time, event = np.abs(signed), signed > 0
    jumps, place = np.unique(time[event & (weight > 0)]), None
    order = np.argsort(time, kind="stable")
    from_here = np.concatenate([np.cumsum(weight[order][::-1])[::-1], [0.0]])
    at_risk = from_here[np.searchsorted(time[order], jumps, side="left")]
    place = np.searchsorted(jumps, time, side="left")
    own = event & (weight > 0)
    events = np.bincount(place[own], weights=weight[own], minlength=len(jumps))
    left = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        # After the last unit at risk had the event nothing is left: log S is -inf and its slope is not defined.
        ended = left <= 1e-12 * at_risk
        log_step = np.where(ended, -np.inf, np.log(np.where(ended, 1.0, left / at_risk)))
        pull = np.where(ended, 0.0, events / at_risk / np.where(ended, 1.0, left))
        push = np.where(ended, 0.0, 1 / np.where(ended, 1.0, left))
    logs = np.concatenate([[0.0], np.cumsum(log_step)])
    pulls = np.concatenate([[0.0], np.cumsum(pull)])
    until = np.searchsorted(jumps, points, side="right")
    value = np.exp(logs[until])
    own_until = np.searchsorted(jumps, time, side="right")
    scores = pulls[np.minimum(own_until[:, None], until[None, :])]
    hit = own[:, None] & (time[:, None] <= points[None, :])
    scores = scores - np.where(hit, np.append(push, 0.0)[place][:, None], 0.0)
    return value, np.where(value > 0, scores, 0.0)
