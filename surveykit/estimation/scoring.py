"""Fisher scoring over batches of rows: the fit of a generalised linear model in a few passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg

from surveykit.engine import FloatArray, IntArray, Request
from surveykit.errors import EstimationError, listing
from surveykit.estimation.families import Family, Link
from surveykit.estimation.gram import gram
from surveykit.estimation.row_scores import Rows, ScoreSums, scan
from surveykit.expressions import Expr
from surveykit.formulas import DesignMatrix, MatrixColumn, ModelTerm
from surveykit.survey import Survey

__all__ = ["Fit", "ModelRows", "fit", "model_rows", "null_deviance", "refit"]

_MAX_ROUNDS = 60
_SEPARATED = 15.0
_ALIASED = 1e-13


@dataclass(frozen=True)
class ModelRows:
    """The rows of a model, walked over as often as needed.

    Parameters
    ----------
    survey, matrix, family, link, offset
        What the model is made of.
    scale
        Factor that scales the weights of the domain to mean one.
    """

    survey: Survey
    matrix: DesignMatrix
    family: Family
    link: Link
    offset: Expr | None
    scale: float

    def batches(self) -> Iterator[tuple[Rows, FloatArray, FloatArray, FloatArray]]:
        """Yield each batch with its design matrix ``(m, p)``, outcome ``(m,)`` and offset ``(m,)``."""
        assert self.matrix.response is not None
        exprs = [self.matrix.response.expr, *(factor.expr for factor in self.matrix.factors)]
        if self.offset is not None:
            exprs.append(self.offset)
        for batch in scan(self.survey, exprs):
            outcome, *rest = batch.values
            offset = np.zeros(len(batch.weight))
            if self.offset is not None:
                shift = rest.pop()
                offset = np.where(batch.weight != 0, shift.data, 0.0)
            rows = self.matrix.fill(rest, len(batch.weight))
            y = np.where(batch.weight != 0, np.asarray(outcome.data, np.float64), 0.0)
            yield batch, rows, y, offset


def model_rows(survey: Survey, matrix: DesignMatrix, family: Family, link: Link, offset: Expr | None) -> ModelRows:
    """Check the outcome's kind and bundle the parts of a model."""
    response = matrix.response
    if response is None:
        raise EstimationError(f"'{matrix.text}' has no outcome.", remedy="Write it left of '~'.")
    if response.levels is not None and (family.name != "binomial" or len(response.levels) != 2):
        raise EstimationError(
            f"The outcome '{response.name}' is a category with {len(response.levels)} level(s), and the family '{family.name}' needs numbers.",
            remedy='Use mid() for bands, a condition such as  size == "large", or family="ordered_logit".',
        )
    total = survey.engine.totals(survey.index, Request((None,), where=survey.domain))
    scale = float(total.rows[0] / total.sums[0, 0]) if total.rows[0] else 1.0
    return ModelRows(survey, matrix, family, link, offset, scale)


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

    The rounds end when the deviance changes by less than `tolerance` relative to itself (plus 0.1), the rule of the R function glm; the
    information in the variance is that of the last round, as there, so that standard errors agree with it digit by digit.

    Raises
    ------
    EstimationError
        If no row is left, the outcome is impossible under the family or constant, a column separates the outcomes, or the
        iterations do not settle.
    """
    start = _first_pass(rows)
    kept, information, beta = start.kept, start.information, _solve(start.information, start.gradient)
    if rows.family.name == "gaussian" and rows.link.name == "identity":
        return _finish_linear(rows, kept, beta, information)
    deviance, before = start.deviance, None
    for number in range(1, _MAX_ROUNDS + 1):
        here = _pass(rows, kept, beta)
        if abs(here.deviance - deviance) / (abs(here.deviance) + 0.1) < tolerance:
            _refuse_if_separated(rows, kept, beta, here)
            return _finish(rows, kept, beta, before, information, number)
        step = _solve(here.information, here.gradient)
        deviance, before, information, beta = here.deviance, beta, here.information, beta + step
    _refuse_if_separated(rows, kept, beta, here)
    raise EstimationError(
        f"'{rows.matrix.text}' did not converge in {_MAX_ROUNDS} rounds.",
        remedy="Look for columns with few cases, rescale large numbers, or choose another link.",
    )


def refit(rows: ModelRows, kept: IntArray, beta: FloatArray, tolerance: float = 1e-8) -> FloatArray:
    """Coefficients ``(q,)`` with other weights, starting from `beta`."""
    deviance = np.inf
    for _ in range(_MAX_ROUNDS):
        here = _pass(rows, kept, beta)
        if abs(here.deviance - deviance) / (abs(here.deviance) + 0.1) < tolerance:
            return beta
        deviance = here.deviance
        beta = beta + _solve(here.information, here.gradient)
    raise EstimationError(
        f"'{rows.matrix.text}' did not converge in {_MAX_ROUNDS} rounds for a replicate.",
        remedy="A replicate may leave out all cases of a category; merge categories or use fewer, larger replicates.",
    )


@dataclass
class _Pass:
    """Sums of one walk over the rows."""

    information: FloatArray
    gradient: FloatArray
    deviance: float = 0.0
    widest: float = 0.0


@dataclass(frozen=True)
class _Start:
    information: FloatArray
    gradient: FloatArray
    kept: IntArray
    deviance: float


def _first_pass(rows: ModelRows) -> _Start:
    """Information and working response at the starting means, and the columns that are not aliased."""
    size = len(rows.matrix.columns)
    information, right = np.zeros((size, size)), np.zeros(size)
    lowest, highest, counted, deviance = np.inf, -np.inf, 0.0, 0.0
    for batch, x, y, offset in rows.batches():
        inside = batch.weight != 0
        if not inside.any():
            continue
        used = y if inside.all() else y[inside]
        _refuse_impossible(rows, used)
        lowest, highest = min(lowest, float(used.min())), max(highest, float(used.max()))
        counted += float(batch.weight.sum())
        outcome = y if used is y else np.where(inside, y, _harmless(rows))
        mu = rows.family.start(outcome, batch.weight * rows.scale)
        eta = rows.link.forward(mu)
        slope = rows.link.slope(eta)
        working = batch.weight * slope**2 / rows.family.variance(mu)
        information += gram(x, working)
        right += x.T @ (working * (eta - offset + (outcome - mu) / slope))
        deviance += float(batch.weight @ rows.family.deviance(outcome, mu))
    if counted == 0:
        domain = f" in the domain {rows.survey.domain_text!r}" if rows.survey.domain_text else ""
        raise EstimationError(
            f"'{rows.matrix.text}': no row{domain} has all variables.",
            remedy="Check for missing values and the domain.",
        )
    if lowest == highest:
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' is {lowest:g} in every row, so there is nothing to explain.",
            remedy="Check the coding of the outcome, or the domain.",
        )
    kept = _independent(information)
    return _Start(information[np.ix_(kept, kept)], right[kept], kept, deviance)


def _harmless(rows: ModelRows) -> float:
    return {"binomial": 0.5, "gaussian": 0.0}.get(rows.family.name, 1.0)


def _refuse_impossible(rows: ModelRows, y: FloatArray) -> None:
    bad = ~rows.family.valid(y).astype(np.bool_)
    if bad.any():
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' takes the value {float(y[bad][0]):g}; the family '{rows.family.name}' allows {rows.family.support}.",
            remedy="Recode the outcome, or choose another family.",
        )


def _independent(information: FloatArray) -> IntArray:
    """Positions of the columns that do not depend on the columns before them (sequential Cholesky, scaled)."""
    scale = np.sqrt(np.diagonal(information))
    kept: list[int] = []
    factor = np.zeros((0, 0))
    for place in range(len(scale)):
        if scale[place] == 0:
            continue
        column = information[kept, place] / (scale[kept] * scale[place])
        along = linalg.solve_triangular(factor, column, lower=True) if kept else column
        rest = 1.0 - along @ along
        if rest < _ALIASED * max(len(kept), 1):
            continue
        grown = np.zeros((len(kept) + 1, len(kept) + 1))
        grown[:-1, :-1], grown[-1, :-1], grown[-1, -1] = factor, along, np.sqrt(rest)
        factor = grown
        kept.append(place)
    return np.array(kept, np.intp)


def _solve(information: FloatArray, right: FloatArray) -> FloatArray:
    scale = 1 / np.sqrt(np.maximum(np.diagonal(information), 1e-300))
    scaled = information * np.outer(scale, scale)
    try:
        solution = linalg.cho_solve(linalg.cho_factor(scaled), right * scale)
    except linalg.LinAlgError:
        solution = np.linalg.lstsq(scaled, right * scale, rcond=None)[0]
    solved: FloatArray = solution * scale
    return solved


def _kept_columns(rows: ModelRows, kept: IntArray) -> Iterator[tuple[Rows, FloatArray, FloatArray, FloatArray]]:
    every = len(kept) == len(rows.matrix.columns)
    for batch, matrix, y, offset in rows.batches():
        yield batch, matrix if every else matrix[:, kept], y, offset


def _pass(rows: ModelRows, kept: IntArray, beta: FloatArray) -> _Pass:
    """One pass at `beta`: information, gradient, deviance, and the widest linear predictor."""
    found = _Pass(np.zeros((len(kept), len(kept))), np.zeros(len(kept)))
    for batch, x, y, offset in _kept_columns(rows, kept):
        eta = x @ beta + offset
        mu, factor, working = _working(rows, eta, batch.weight)
        found.information += gram(x, working)
        found.gradient += x.T @ (factor * (y - mu))
        found.deviance += _deviance(rows, batch.weight, y, mu)
        found.widest = max(found.widest, float(np.abs(eta).max()))
    return found


def _deviance(rows: ModelRows, weight: FloatArray, y: FloatArray, mu: FloatArray) -> float:
    if not weight.all():
        inside = weight != 0
        weight, y, mu = weight[inside], y[inside], mu[inside]
    return float(weight @ rows.family.deviance(y, mu))


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


def _finish(
    rows: ModelRows, kept: IntArray, beta: FloatArray, before: FloatArray | None, information: FloatArray, rounds: int
) -> Fit:
    """Scores at `beta`: residuals there, working weights of the round before."""
    sums = ScoreSums(rows.survey, len(kept))
    deviance = squares = residuals = 0.0
    for batch, x, y, offset in _kept_columns(rows, kept):
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
        sums.add(batch, x * residual[:, None])
        deviance += _deviance(rows, batch.weight, y, mu)
        weighted = batch.weight * pearson
        squares += float(weighted @ pearson)
        residuals += float(weighted.sum())
    return Fit(beta, kept, _inverse(information), sums, deviance, squares - residuals**2 / sums.weight, rounds)


def _starting_weight(rows: ModelRows, y: FloatArray, weight: FloatArray) -> FloatArray:
    mu = rows.family.start(np.where(weight != 0, y, _harmless(rows)), weight * rows.scale)
    slope = rows.link.slope(rows.link.forward(mu))
    return weight * slope**2 / rows.family.variance(mu)


def _finish_linear(rows: ModelRows, kept: IntArray, beta: FloatArray, information: FloatArray) -> Fit:
    """One more pass gives the scores, and its gradient one step of refinement against rounding."""
    sums = ScoreSums(rows.survey, len(kept))
    gradient = np.zeros(len(kept))
    squares = residuals = 0.0
    for batch, x, y, offset in _kept_columns(rows, kept):
        error = y - (x @ beta + offset)
        weighted = batch.weight * error
        gradient += x.T @ weighted
        sums.add(batch, x * weighted[:, None])
        squares += float(weighted @ error)
        residuals += float(weighted.sum())
    beta = beta + _solve(information, gradient)
    return Fit(beta, kept, _inverse(information), sums, squares, squares - residuals**2 / sums.weight, 1)


def _inverse(information: FloatArray) -> FloatArray:
    return np.column_stack([_solve(information, unit) for unit in np.eye(len(information))])


def _refuse_if_separated(rows: ModelRows, kept: IntArray, beta: FloatArray, last: _Pass) -> None:
    """Refuse a fit in which a column drives fitted probabilities to 0 or 1.

    Where a coefficient has no finite maximum, its information vanishes with the fitted probabilities while its effect over
    the range of the column grows with every round.
    """
    if rows.family.name != "binomial" or last.widest < _SEPARATED:
        return
    span = np.zeros(len(kept))
    low, high = np.full(len(kept), np.inf), np.full(len(kept), -np.inf)
    for batch, x, _, _ in _kept_columns(rows, kept):
        inside = batch.weight != 0
        if inside.any():
            low, high = np.minimum(low, x[inside].min(axis=0)), np.maximum(high, x[inside].max(axis=0))
    span = high - low
    step = _solve(last.information, last.gradient)
    moving = np.abs(step) * span > 0.3
    effect = np.abs(beta) * span
    guilty = [rows.matrix.names[kept[place]] for place in np.argsort(-effect).tolist() if moving[place]]
    if not guilty:
        return
    raise EstimationError(
        f"'{rows.matrix.text}': the outcome is separated by {listing(guilty[:2])}, so its coefficient has no finite estimate.",
        remedy="Merge its levels, leave it out, or use a penalised fit (penalty='firth').",
    )


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
    found = sum(_deviance(rows, batch.weight, y, np.full(len(y), centre)) for batch, _, y, _ in rows.batches())
    return found * rows.scale
