"""Averages over the rows of what a model predicts under scenarios, with their unconditional covariance.

An average ``g = sum_i w_i g_i(theta) / sum_i w_i`` moves with the rows drawn in two ways: they are averaged over, and
they
gave theta. Its linearisation has both parts, ``(g_i - g) / W + G A s_i``, with G the derivative of the average by
theta,
A the
inverse information and s_i the scores; so the variance is unconditional on the covariates (Graubard and Korn 1999;
Binder
1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from surveykit.engine import FloatArray, Key
from surveykit.engine.grouping import key_codes
from surveykit.errors import EstimationError, listing
from surveykit.estimation.effects.scenarios import Scenario, ScenarioRows
from surveykit.estimation.effects.variables import Target
from surveykit.estimation.models.row_model import RowModel
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_scores import Part, ScoreSums, each_part
from surveykit.expressions import Values
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["Averages", "Combination", "Variance", "averages"]

#: ``"linearised"``: coefficients and rows averaged over, with what they share. ``"additive"``: the two variances added
#: as if they shared nothing, as R survey's svypredmeans does. ``"conditional"``: the coefficients alone, the rows as
#: given.
Variance = Literal["linearised", "additive", "conditional"]


@dataclass(frozen=True)
class Combination:
    """A linear combination of predictions under scenarios.

    Parameters
    ----------
    terms
        Factors and their scenarios.
    per
        Variable by whose numerical step the combination is divided: a derivative. None for a difference or a level.
    """

    terms: tuple[tuple[float, Scenario], ...]
    per: Target | None = None


@dataclass(frozen=True)
class Averages:
    """Averages in the order (cell, combination, outcome), fastest last.

    Parameters
    ----------
    value, covariance
        ``(p,)`` and ``(p, p)``.
    n, weight
        ``(C,)`` rows and weight of each cell.
    """

    value: FloatArray
    covariance: FloatArray
    n: FloatArray
    weight: FloatArray


@dataclass
class _Sums:
    """What one walk over the rows collects."""

    scores: ScoreSums | None
    gradient: FloatArray
    value: FloatArray
    weight: FloatArray
    rows: FloatArray

    def merge(self, other: _Sums) -> _Sums:
        if self.scores is not None and other.scores is not None:
            self.scores.merge(other.scores)
        self.gradient += other.gradient
        self.value += other.value
        self.weight += other.weight
        self.rows += other.rows
        return self


def averages(
    model: RowModel, combinations: Sequence[Combination], keys: tuple[Key, ...] = (), *, variance: str = "linearised"
) -> Averages:
    """Average combinations of predictions over the rows of a model, within the cells of `keys`.

    Parameters
    ----------
    variance
        A :data:`Variance`.

    Raises
    ------
    EstimationError
        If a scenario leaves the range of an expression, as the logarithm of a negative number.
    """
    _check(model, variance)
    found = _walk(model, combinations, keys, model.theta, with_scores=True)
    value = found.value / found.weight[:, None]
    gradient = found.gradient / found.weight[:, None, None]
    survey = model.rows.survey
    if survey.replicates is not None and variance != "conditional":

        def again(one: Survey) -> FloatArray:
            sums = _walk(_on(model, one), combinations, keys, model.refit(one), with_scores=False)
            return (sums.value / sums.weight[:, None]).reshape(-1)

        covariance = replicate_covariance(each_replicate(survey, again), value.reshape(-1), survey.replicates)
        return Averages(value.reshape(-1), covariance, found.rows, found.weight)
    flat = gradient.reshape(-1, len(model.theta))
    covariance = flat @ model.covariance @ flat.T
    if variance == "conditional":
        return Averages(value.reshape(-1), covariance, found.rows, found.weight)
    assert found.scores is not None
    fitted, averaged = _mappings(model, found, value, gradient)
    if variance == "additive":
        covariance = covariance + found.scores.covariance(averaged)
    else:
        # The part of the coefficients is that of the model, whose information may be a round older than theta.
        covariance = covariance + found.scores.covariance(fitted + averaged) - found.scores.covariance(fitted)
    return Averages(value.reshape(-1), covariance, found.rows, found.weight)


def _check(model: RowModel, variance: str) -> None:
    if variance not in get_args(Variance):
        raise EstimationError(f"variance={variance!r} is not known.", remedy=f"Choose {listing(get_args(Variance))}.")
    if variance == "additive" and model.rows.survey.replicates is not None:
        raise EstimationError(
            "variance='additive' takes a variance apart, which replicates do not.",
            remedy="Leave it out: each replicate fits and averages anew.",
        )


def _mappings(model: RowModel, found: _Sums, value: FloatArray, gradient: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Maps from the scores collected: the part of the coefficients, and that of the rows averaged over."""
    cells, size = value.shape
    q = len(model.theta)
    fitted, averaged = np.zeros((2, q + cells * (size + 1), cells * size))
    for cell in range(cells):
        own = slice(cell * size, (cell + 1) * size)
        start = q + cell * (size + 1)
        fitted[:q, own] = model.bread @ gradient[cell].T
        averaged[start : start + size, own] = np.eye(size) / found.weight[cell]
        averaged[start + size, own] = -value[cell] / found.weight[cell]
    return fitted, averaged


def _on(model: RowModel, survey: Survey) -> RowModel:
    return replace(model, rows=replace(model.rows, survey=survey))


def _walk(
    model: RowModel,
    combinations: Sequence[Combination],
    keys: tuple[Key, ...],
    theta: FloatArray,
    *,
    with_scores: bool,
) -> _Sums:
    targets = {setting.target for one in combinations for _, scenario in one.terms for setting in scenario}
    source = ScenarioRows(model, tuple(targets), keys)
    cells = int(np.prod([len(key.levels) for key in keys], dtype=np.int64)) if keys else 1
    outcomes = len(model.prediction.outcomes)
    size, q = len(combinations) * outcomes, len(theta)
    survey = model.rows.survey

    def work(part: Part) -> _Sums:
        scores = ScoreSums(survey, q + cells * (size + 1)) if with_scores else None
        found = _Sums(scores, np.zeros((cells, size, q)), np.zeros((cells, size)), np.zeros(cells), np.zeros(cells))
        for batch, values, y, groups in source.batches(part):
            cell = _cells(groups, keys, len(batch.weight))
            inside = batch.weight != 0
            each = np.empty((len(y), size))
            for place, one in enumerate(combinations):
                own = slice(place * outcomes, (place + 1) * outcomes)
                each[:, own] = _combine(
                    source, values, one, theta, weight=batch.weight, cell=cell, gradient=found.gradient[:, own]
                )
            weighted = np.where(inside, batch.weight, 0.0)
            table = np.zeros((len(y), cells * (size + 1)))
            for number in range(cells):
                weight = np.where(cell == number, weighted, 0.0)
                start = number * (size + 1)
                table[:, start : start + size] = np.where(inside[:, None], each, 0.0) * weight[:, None]
                table[:, start + size] = weight
                found.value[number] += table[:, start : start + size].sum(axis=0)
                found.weight[number] += weight.sum()
                found.rows[number] += np.count_nonzero(weight)
            if scores is not None:
                x, offset = source.matrix(values, batch.weight)
                own_scores = model.scores(x, y, offset)
                scores.add(
                    batch, np.column_stack([np.where(inside[:, None], own_scores * weighted[:, None], 0.0), table])
                )
        return found

    first, *rest = each_part(survey, work)
    for other in rest:
        first.merge(other)
    return first


def _combine(
    source: ScenarioRows,
    values: tuple[Values, ...],
    one: Combination,
    theta: FloatArray,
    *,
    weight: FloatArray,
    cell: FloatArray,
    gradient: FloatArray,
) -> FloatArray:
    """Combination for each row ``(m, K)``; adds its weighted derivatives to `gradient` ``(C, K, q)``."""
    prediction = source.model.prediction
    scale = np.ones(len(weight))
    if one.per is not None:
        scale = 1 / one.per.step(source.given(values, one.per))
    total = np.zeros((len(weight), len(prediction.outcomes)))
    with np.errstate(all="ignore"):
        for factor, scenario in one.terms:
            x, offset = source.matrix(values, weight, scenario)
            total += (factor * scale)[:, None] * prediction.predict(x, offset, theta)
            for number in range(len(gradient)):
                weights = np.where((cell == number) & (weight != 0), weight * factor * scale, 0.0)
                if weights.any():
                    gradient[number] += prediction.gradient_sum(x, offset, theta, weights)
    return total


def _cells(groups: tuple[Values, ...], keys: tuple[Key, ...], rows: int) -> FloatArray:
    """Cell of each row; -1 for none."""
    cell = np.zeros(rows)
    known = np.ones(rows, np.bool_)
    for values, key in zip(groups, keys, strict=True):
        codes, valid = key_codes(values, key.levels)
        cell = cell * len(key.levels) + codes
        if valid is not None:
            known &= valid
    return np.where(known, cell, -1.0)
