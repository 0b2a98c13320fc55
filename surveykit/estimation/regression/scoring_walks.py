"""The walks over the rows that Fisher scoring makes: sums for a step, and scores at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from surveykit.engine import FloatArray, IntArray
from surveykit.estimation.models.rows import ModelRows, batch_deviance, harmless
from surveykit.estimation.regression.gram import Gram
from surveykit.estimation.regression.logistic_batch import LogisticBatch, LogisticTail
from surveykit.estimation.regression.outcomes_seen import Outcomes
from surveykit.estimation.regression.row_blocks import Block, blocks
from surveykit.estimation.row_scores import Part, ScoreSums, each_part

__all__ = ["Fit", "Tail", "Walk", "empty_tail", "last_walk", "linear_walk", "scoring_walk"]


@dataclass
class Walk:
    """Sums at given coefficients.

    `widest` is the largest log odds of a fitted probability, `steepest` the log odds' slope by the predictor there.
    """

    information: FloatArray
    gradient: FloatArray
    deviance: float = 0.0
    widest: float = 0.0
    steepest: float = 1.0


@dataclass(frozen=True)
class Fit:
    """A converged fit.

    Parameters
    ----------
    coefficients
        ``(q,)`` of the columns kept.
    kept
        ``(q,)`` positions of the columns that are not aliased.
    bread
        ``(q, q)`` inverse of the weighted information.
    scores
        Sums of the score contributions, for the variance.
    deviance
        Weighted deviance (weights as given).
    pearson
        Weighted sum of squares of the Pearson residuals around their weighted mean.
    rounds
        Rounds of scoring.
    """

    coefficients: FloatArray
    kept: IntArray
    bread: FloatArray
    scores: ScoreSums
    deviance: float
    pearson: float
    rounds: int


@dataclass
class Tail:
    """Sums of the last walk: scores, weighted deviance, and sums of the Pearson residuals and their squares."""

    scores: ScoreSums
    gradient: FloatArray
    deviance: float = 0.0
    squares: float = 0.0
    residuals: float = 0.0
    widest: float = 0.0

    @property
    def pearson(self) -> float:
        """Weighted sum of squares of the Pearson residuals around their weighted mean."""
        return self.squares - self.residuals**2 / self.scores.weight


def empty_tail(rows: ModelRows, size: int) -> Tail:
    """Sums of no rows, of `size` scores."""
    return Tail(ScoreSums(rows.survey, size), np.zeros(size))


def scoring_walk(
    rows: ModelRows,
    kept: IntArray,
    beta: FloatArray,
    *,
    seen: Outcomes | None = None,
    tail: Tail | None = None,
    brief: bool = False,
) -> Walk | LogisticBatch:
    """Information, gradient, deviance, and how near to 0 or 1 a probability comes, at `beta`.

    Parameters
    ----------
    seen
        Told of the outcomes.
    tail
        Told of scores, their working weights those of `beta`, and of Pearson residuals; its deviance and gradient are
        left to the walk.
    brief
        Whether information and gradient will do; for a logistic regression they are then not numbers where the
        predictor is beyond all reason.
    """
    wanted = _Wanted(seen, tail, brief)
    first, *rest = each_part(rows.survey, lambda part: _walk(rows, kept, beta, part, wanted))
    for found in rest:
        first.information += found.information
        first.gradient += found.gradient
        first.deviance += found.deviance
        if found.widest > first.widest:
            first.widest, first.steepest = found.widest, found.steepest
    return first


@dataclass(frozen=True)
class _Wanted:
    seen: Outcomes | None
    tail: Tail | None
    brief: bool


def _walk(rows: ModelRows, kept: IntArray, beta: FloatArray, part: Part, wanted: _Wanted) -> Walk | LogisticBatch:
    if rows.binary and rows.logistic:
        return _logistic_walk(rows, kept, beta, part, wanted)
    seen, tail = wanted.seen, wanted.tail
    sums = Gram(len(kept))
    found = Walk(sums.total, np.zeros(len(kept)))
    for block in blocks(rows, kept, part):
        weight, eta = block.batch.weight, block.predictor(beta)
        if seen is not None:
            seen.add(rows, block)
        mu, factor, working = _working(rows, eta, weight, whole=block.whole)
        sums.add(block.x, working)
        error = block.y - mu
        factor = factor * error
        found.gradient += block.x @ factor
        found.deviance += batch_deviance(rows, weight, block.y, mu)
        if tail is not None:
            tail.scores.add_products(block.batch, block.x, factor)
            _add_pearson(tail, rows, block, error, mu)
        if rows.family.name == "binomial":
            _note_widest(found, rows, eta, mu)
    return found


def _logistic_walk(rows: ModelRows, kept: IntArray, beta: FloatArray, part: Part, wanted: _Wanted) -> LogisticBatch:
    found, tail = LogisticBatch(beta, brief=wanted.brief), wanted.tail
    for block in blocks(rows, kept, part):
        if wanted.seen is not None:
            wanted.seen.add(rows, block)
        if tail is None:
            with np.errstate(over="ignore", invalid="ignore"):
                found.add(block)
        else:
            tail.scores.add_products(block.batch, block.x, found.add_with_scores(block))
    if tail is not None:
        tail.squares += found.squares
        tail.residuals += found.residuals
    return found


def _add_pearson(tail: Tail, rows: ModelRows, block: Block, error: FloatArray, mu: FloatArray) -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        pearson = error / np.sqrt(rows.family.variance(mu))
    if not block.whole:
        pearson = np.where(block.batch.weight != 0, pearson, 0.0)
    weighted = block.batch.weight * pearson
    tail.squares += float(weighted @ pearson)
    tail.residuals += float(weighted.sum())


def _note_widest(found: Walk, rows: ModelRows, eta: FloatArray, mu: FloatArray) -> None:
    odds = np.abs(eta if rows.link.name == "logit" else special.logit(mu))
    place = int(odds.argmax())
    if odds[place] > found.widest:
        found.widest = float(odds[place])
        at = mu[place]
        found.steepest = 1.0 if rows.link.name == "logit" else float(rows.link.slope(eta[place]) / (at * (1 - at)))


def _mean(rows: ModelRows, eta: FloatArray) -> FloatArray:
    mu = rows.link.inverse(eta)
    return np.clip(mu, 1e-15, 1 - 1e-15) if rows.family.name == "binomial" else mu


def _working(
    rows: ModelRows, eta: FloatArray, weight: FloatArray, *, whole: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, factor of the residual in the score, and working weight of each row."""
    mu = _mean(rows, eta)
    if rows.link.name == "logit":
        return mu, weight, weight * (mu * (1 - mu))
    if rows.family.name == "poisson" and rows.link.name == "log" and whole:
        return mu, weight, weight * mu
    slope = rows.link.slope(eta)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = weight * slope / rows.family.variance(mu)
        factor = factor if whole else np.where(weight != 0, factor, 0.0)
        working = factor * slope
        return mu, factor, working if whole else np.where(weight != 0, working, 0.0)


def last_walk(rows: ModelRows, kept: IntArray, beta: FloatArray, before: FloatArray | None) -> Tail:
    """Scores at `beta`: residuals there, working weights at `before`, the coefficients of the round before."""
    return _joined(each_part(rows.survey, lambda part: _last(rows, kept, beta, before, part)))


def linear_walk(rows: ModelRows, kept: IntArray, beta: FloatArray) -> Tail:
    """Scores of least squares at `beta`; their sums are the gradient."""
    return _joined(each_part(rows.survey, lambda part: _linear(rows, kept, beta, part)))


def _joined(tails: list[Tail]) -> Tail:
    first, *rest = tails
    for tail in rest:
        first.scores.merge(tail.scores)
        first.gradient += tail.gradient
        first.deviance += tail.deviance
        first.squares += tail.squares
        first.residuals += tail.residuals
        first.widest = max(first.widest, tail.widest)
    return first


def _last(rows: ModelRows, kept: IntArray, beta: FloatArray, before: FloatArray | None, part: Part) -> Tail:
    tail = empty_tail(rows, len(kept))
    if rows.binary and rows.logistic and before is not None:
        logistic = LogisticTail(beta, before)
        for block in blocks(rows, kept, part):
            tail.scores.add_products(block.batch, block.x, logistic.add(block))
        tail.deviance, tail.widest = logistic.deviance, logistic.widest
        tail.squares, tail.residuals = logistic.squares, logistic.residuals
        return tail
    for block in blocks(rows, kept, part):
        tail.scores.add_products(block.batch, block.x, _residual(rows, block, beta, before, tail))
    return tail


def _residual(rows: ModelRows, block: Block, beta: FloatArray, before: FloatArray | None, tail: Tail) -> FloatArray:
    """Factor ``(m,)`` that turns the design matrix into scores; adds the rest to `tail`."""
    weight, eta = block.batch.weight, block.predictor(beta)
    mu = _mean(rows, eta)
    if before is None:
        working = _starting_weight(rows, block.y, weight)
    else:
        working = _working(rows, block.predictor(before), weight, whole=block.whole)[2]
    error = block.y - mu
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = rows.family.variance(mu) if rows.logistic else rows.link.slope(eta)
        residual = working * error / slope
    if not block.whole:
        residual = np.where(weight != 0, residual, 0.0)
    tail.deviance += batch_deviance(rows, weight, block.y, mu)
    _add_pearson(tail, rows, block, error, mu)
    if rows.family.name == "binomial":
        odds = eta if rows.link.name == "logit" else special.logit(mu)
        tail.widest = max(tail.widest, float(np.abs(odds).max()))
    return residual


def _starting_weight(rows: ModelRows, y: FloatArray, weight: FloatArray) -> FloatArray:
    mu = rows.family.start(np.where(weight != 0, y, harmless(rows)), weight * rows.scale)
    slope = rows.link.slope(rows.link.forward(mu))
    return weight * slope**2 / rows.family.variance(mu)


def _linear(rows: ModelRows, kept: IntArray, beta: FloatArray, part: Part) -> Tail:
    tail = empty_tail(rows, len(kept))
    for block in blocks(rows, kept, part):
        error = block.predictor(beta)
        np.subtract(block.y, error, out=error)
        weighted = block.batch.weight * error
        tail.scores.add_products(block.batch, block.x, weighted)
        tail.squares += float(weighted @ error)
        tail.residuals += float(weighted.sum())
    tail.deviance, tail.gradient = tail.squares, tail.scores.total()
    return tail
