"""Fisher scoring over batches of rows: the fit of a generalised linear model in a few passes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.first_look import first_look
from surveykit.estimation.gram import gram
from surveykit.estimation.logistic_batch import LogisticBatch
from surveykit.estimation.model_rows import ModelRows, batch_deviance, harmless, kept_columns
from surveykit.estimation.normal_equations import independent, inverse_of, solve_normal
from surveykit.estimation.possible_means import possible_start, possible_step
from surveykit.estimation.row_scores import Part, ScoreSums, each_part
from surveykit.estimation.separation import refuse_if_separated
from surveykit.formulas import MatrixColumn, ModelTerm

__all__ = ["Fit", "fit", "lost_column", "null_deviance", "refit"]

_MAX_ROUNDS = 60


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


def fit(rows: ModelRows, tolerance: float = 1e-8) -> Fit:
    """Fit by iteratively reweighted least squares.

    The rounds end when the deviance changes by less than `tolerance` relative to itself (plus 0.1), the rule of the R
    function glm; the information in the variance is that of the last round, as there, so that standard errors agree
    with it digit by digit.

    Raises
    ------
    EstimationError
        If no row is left, the outcome is impossible under the family or constant, a column separates the outcomes, or
        the iterations do not settle.
    """
    start = first_look(rows)
    rows = replace(rows, binary=start.binary)
    kept, information, beta = start.kept, start.information, solve_normal(start.information, start.gradient)
    if rows.family.name == "gaussian" and rows.link.name == "identity":
        return _finish_linear(rows, kept, beta, information)
    beta, whole = possible_start(rows, kept, beta), True
    deviance, before = start.deviance, None
    for number in range(1, _MAX_ROUNDS + 1):
        here = _pass(rows, kept, beta)
        if whole and abs(here.deviance - deviance) / (abs(here.deviance) + 0.1) < tolerance:
            refuse_if_separated(rows, kept, beta, here)
            return _finish(rows, kept, beta, before, information, number)
        step = solve_normal(here.information, here.gradient)
        deviance, before, information = here.deviance, beta, here.information
        beta, whole = possible_step(rows, kept, beta, step)
    refuse_if_separated(rows, kept, beta, here)
    raise EstimationError(
        f"'{rows.matrix.text}' did not converge in {_MAX_ROUNDS} rounds.",
        remedy="Look for columns with few cases, rescale large numbers, or choose another link.",
    )


def lost_column(rows: ModelRows, place: int) -> EstimationError:
    """The error for a column that depends on the others in a replicate."""
    return EstimationError(
        f"'{rows.matrix.text}': in a replicate the column '{rows.matrix.columns[place].name}' has no rows of its own, "
        "so its coefficient is not defined there.",
        remedy="Merge categories with few cases, or take the linearised variance (no replicates).",
    )


def refit(rows: ModelRows, kept: IntArray, beta: FloatArray, tolerance: float = 1e-8) -> FloatArray:
    """Coefficients ``(q,)`` with the weights of a replicate, starting from `beta`."""
    deviance, whole = np.inf, True
    for number in range(_MAX_ROUNDS):
        here = _pass(rows, kept, beta)
        left = kept if number else independent(here.information)
        if len(left) < len(kept):
            raise lost_column(rows, int(kept[np.setdiff1d(np.arange(len(kept)), left)[0]]))
        if whole and abs(here.deviance - deviance) / (abs(here.deviance) + 0.1) < tolerance:
            return beta
        deviance = here.deviance
        beta, whole = possible_step(rows, kept, beta, solve_normal(here.information, here.gradient))
    raise EstimationError(
        f"'{rows.matrix.text}' did not converge in {_MAX_ROUNDS} rounds for a replicate.",
        remedy="A replicate may leave out all cases of a category; merge categories or use fewer, larger replicates.",
    )


@dataclass
class _Pass:
    """Sums of one walk over the rows.

    `widest` is the largest log odds of a fitted probability, `steepest` the log odds' slope by the predictor there.
    """

    information: FloatArray
    gradient: FloatArray
    deviance: float = 0.0
    widest: float = 0.0
    steepest: float = 1.0


def _pass(rows: ModelRows, kept: IntArray, beta: FloatArray) -> _Pass | LogisticBatch:
    """One pass at `beta`: information, gradient, deviance, and how near to 0 or 1 a probability comes."""
    first, *rest = each_part(rows.survey, lambda part: _part_pass(rows, kept, beta, part))
    for found in rest:
        first.information += found.information
        first.gradient += found.gradient
        first.deviance += found.deviance
        if found.widest > first.widest:
            first.widest, first.steepest = found.widest, found.steepest
    return first


def _part_pass(rows: ModelRows, kept: IntArray, beta: FloatArray, part: Part) -> _Pass | LogisticBatch:
    if rows.binary and rows.link.name == "logit":
        sums = LogisticBatch(beta)
        for batch, x, y, offset in kept_columns(rows, kept, part):
            sums.add(x, y, offset, batch.weight)
        return sums
    found = _Pass(np.zeros((len(kept), len(kept))), np.zeros(len(kept)))
    for batch, x, y, offset in kept_columns(rows, kept, part):
        eta = x @ beta + offset
        mu, factor, working = _working(rows, eta, batch.weight)
        found.information += gram(x, working)
        found.gradient += x.T @ (factor * (y - mu))
        found.deviance += batch_deviance(rows, batch.weight, y, mu)
        if rows.family.name == "binomial":
            _note_widest(found, rows, eta, mu)
    return found


def _note_widest(found: _Pass, rows: ModelRows, eta: FloatArray, mu: FloatArray) -> None:
    odds = np.abs(eta if rows.link.name == "logit" else special.logit(mu))
    place = int(odds.argmax())
    if odds[place] > found.widest:
        found.widest = float(odds[place])
        at = mu[place]
        found.steepest = 1.0 if rows.link.name == "logit" else float(rows.link.slope(eta[place]) / (at * (1 - at)))


def _mean(rows: ModelRows, eta: FloatArray) -> FloatArray:
    mu = rows.link.inverse(eta)
    return np.clip(mu, 1e-15, 1 - 1e-15) if rows.family.name == "binomial" else mu


def _working(rows: ModelRows, eta: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, factor of the residual in the score, and working weight of each row."""
    mu = _mean(rows, eta)
    if rows.link.name == "logit":
        return mu, weight, weight * (mu * (1 - mu))
    slope = rows.link.slope(eta)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(weight != 0, weight * slope / rows.family.variance(mu), 0.0)
        return mu, factor, np.where(weight != 0, factor * slope, 0.0)


@dataclass
class _Tail:
    """Sums of the last walk over some rows."""

    scores: ScoreSums
    deviance: float = 0.0
    squares: float = 0.0
    residuals: float = 0.0


def _joined(tails: list[_Tail]) -> _Tail:
    first, *rest = tails
    for tail in rest:
        first.scores.merge(tail.scores)
        first.deviance += tail.deviance
        first.squares += tail.squares
        first.residuals += tail.residuals
    return first


def _finish(
    rows: ModelRows, kept: IntArray, beta: FloatArray, before: FloatArray | None, information: FloatArray, rounds: int
) -> Fit:
    """Scores at `beta`: residuals there, working weights of the round before."""
    tail = _joined(each_part(rows.survey, lambda part: _part_finish(rows, kept, beta, before, part)))
    pearson = tail.squares - tail.residuals**2 / tail.scores.weight
    return Fit(beta, kept, inverse_of(information), tail.scores, tail.deviance, pearson, rounds)


def _part_finish(rows: ModelRows, kept: IntArray, beta: FloatArray, before: FloatArray | None, part: Part) -> _Tail:
    tail = _Tail(ScoreSums(rows.survey, len(kept)))
    for batch, x, y, offset in kept_columns(rows, kept, part):
        eta = x @ beta + offset
        mu = _mean(rows, eta)
        if before is None:
            working = _starting_weight(rows, y, batch.weight)
        else:
            working = _working(rows, x @ before + offset, batch.weight)[2]
        error, variance = y - mu, rows.family.variance(mu)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = variance if rows.link.name == "logit" else rows.link.slope(eta)
            residual = working * error / slope
            pearson = error / np.sqrt(variance)
        if not batch.weight.all():
            residual, pearson = (np.where(batch.weight != 0, values, 0.0) for values in (residual, pearson))
        tail.scores.add(batch, x * residual[:, None])
        tail.deviance += batch_deviance(rows, batch.weight, y, mu)
        weighted = batch.weight * pearson
        tail.squares += float(weighted @ pearson)
        tail.residuals += float(weighted.sum())
    return tail


def _starting_weight(rows: ModelRows, y: FloatArray, weight: FloatArray) -> FloatArray:
    mu = rows.family.start(np.where(weight != 0, y, harmless(rows)), weight * rows.scale)
    slope = rows.link.slope(rows.link.forward(mu))
    return weight * slope**2 / rows.family.variance(mu)


def _finish_linear(rows: ModelRows, kept: IntArray, beta: FloatArray, information: FloatArray) -> Fit:
    """One more pass gives the scores, and its gradient one step of refinement against rounding."""
    found = each_part(rows.survey, lambda part: _part_linear(rows, kept, beta, part))
    gradient = sum(gradient for _, gradient in found[1:]) + found[0][1]
    tail = _joined([tail for tail, _ in found])
    pearson = tail.squares - tail.residuals**2 / tail.scores.weight
    return Fit(
        beta + solve_normal(information, gradient), kept, inverse_of(information), tail.scores, tail.squares, pearson, 1
    )


def _part_linear(rows: ModelRows, kept: IntArray, beta: FloatArray, part: Part) -> tuple[_Tail, FloatArray]:
    tail, gradient = _Tail(ScoreSums(rows.survey, len(kept))), np.zeros(len(kept))
    for batch, x, y, offset in kept_columns(rows, kept, part):
        error = y - (x @ beta + offset)
        weighted = batch.weight * error
        gradient += x.T @ weighted
        tail.scores.add(batch, x * weighted[:, None])
        tail.squares += float(weighted @ error)
        tail.residuals += float(weighted.sum())
    return tail, gradient


def null_deviance(rows: ModelRows) -> float:
    """Deviance of the intercept alone on the same rows, weights scaled to mean one."""
    if rows.offset is not None:
        alone = replace(rows.matrix, terms=(ModelTerm(()),), columns=(MatrixColumn("Intercept", (), 0),))
        return fit(replace(rows, matrix=alone)).deviance * rows.scale
    total = weight = 0.0
    for batch, _, y, _ in rows.batches():
        total += float(batch.weight @ y)
        weight += float(batch.weight.sum())
    # Without an offset the intercept alone fits the weighted mean, whatever the link.
    centre = total / weight if rows.matrix.has_intercept else float(rows.link.inverse(np.zeros(1))[0])
    found = sum(batch_deviance(rows, batch.weight, y, np.full(len(y), centre)) for batch, _, y, _ in rows.batches())
    return found * rows.scale
