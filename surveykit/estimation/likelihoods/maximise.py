"""Pseudo-maximum likelihood: any row likelihood, weights in the estimating equations, covariance through the kernel.

A :class:`RowLikelihood` gives, for a batch of rows, the log-likelihood, the scores and the information. The fit is
Newton's method
with step halving, a few passes over the rows; the scores of the last pass go to the variance (Binder 1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.estimation.likelihoods.runaway import refuse_runaway
from surveykit.estimation.regression.normal_equations import independent, independent_anywhere, inverse_of, uphill
from surveykit.estimation.regression.row_sample import sample_of
from surveykit.estimation.row_scores import Part, ScoreSums, each_part

__all__ = ["LikelihoodFit", "RowLikelihood", "maximise"]

_MAX_ROUNDS = 60
_MAX_HALVINGS = 12
_TOLERANCE = 1e-10


class RowLikelihood(Protocol):
    """A model of an outcome, row by row.

    Parameters are the q numbers theta; x ``(m, p)`` is the design matrix and y ``(m,)`` the outcome, a code where it is
    a category.
    """

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters ``(q,)``."""

    def start(self) -> FloatArray:
        """Values ``(q,)`` to start from."""

    def loglik(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Log-likelihood of each row ``(m,)``; -inf where theta is not allowed."""

    def scores(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Derivatives of each row's log-likelihood ``(m, q)``."""

    def information(
        self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray, weight: FloatArray
    ) -> FloatArray:
        """Weighted sum of minus the second derivatives ``(q, q)``."""


@dataclass(frozen=True)
class LikelihoodFit:
    """A converged fit.

    Parameters
    ----------
    theta
        ``(q,)``.
    bread
        ``(q, q)`` inverse information.
    scores
        Sums of the scores, for the variance.
    loglik
        Weighted log-likelihood (weights as given).
    rounds
        Newton steps made.
    """

    theta: FloatArray
    bread: FloatArray
    scores: ScoreSums
    loglik: float
    rounds: int


@dataclass
class _Round:
    loglik: float
    gradient: FloatArray
    information: FloatArray


def maximise(rows: OutcomeRows, likelihood: RowLikelihood, *, start: FloatArray | None = None) -> LikelihoodFit:
    """Fit a likelihood.

    Raises
    ------
    EstimationError
        If parameters are not identified, or the iterations do not settle; a fit that did not converge is never
        returned.
    """
    sample = sample_of(rows) if start is None else None
    start = likelihood.start() if start is None else start
    if sample is not None:
        try:
            return _finish(rows, likelihood, *_climb(rows, likelihood, _climb(sample, likelihood, start)[0]))
        except EstimationError:
            # The sample has no maximum, or one that leads astray; or all rows say what is wrong.
            pass
    return _finish(rows, likelihood, *_climb(rows, likelihood, start))


def _climb(rows: OutcomeRows, likelihood: RowLikelihood, theta: FloatArray) -> tuple[FloatArray, int]:
    """Newton's method with step halving; the maximum, and the number of steps."""
    here = _round(rows, likelihood, theta)
    _refuse_unidentified(rows, likelihood, here)
    for number in range(1, _MAX_ROUNDS + 1):
        step = uphill(here.information, here.gradient)
        decrement = float(here.gradient @ step)
        if decrement < _TOLERANCE * max(abs(here.loglik), 1.0) * 1e-2:
            refuse_runaway(rows, likelihood.parameters, theta, step)
            return theta + step, number
        theta, here = _ascend(rows, likelihood, theta, step, here)
    raise EstimationError(
        f"'{rows.matrix.text}' did not converge in {_MAX_ROUNDS} rounds.",
        remedy="Look for categories or columns with few cases, and rescale large numbers.",
    )


def _ascend(
    rows: OutcomeRows, likelihood: RowLikelihood, theta: FloatArray, step: FloatArray, here: _Round
) -> tuple[FloatArray, _Round]:
    for halving in range(_MAX_HALVINGS):
        trial = theta + step * 0.5**halving
        found = _round(rows, likelihood, trial)
        if np.isfinite(found.loglik) and found.loglik >= here.loglik - 1e-12 * abs(here.loglik):
            return trial, found
    # Near an end that is not reached, rounding hides the last rises of the likelihood.
    refuse_runaway(rows, likelihood.parameters, theta, step)
    raise EstimationError(
        f"'{rows.matrix.text}': the likelihood has no maximum in reach.",
        remedy="Look for categories without cases, for separated outcomes, and rescale large numbers.",
    )


def _round(rows: OutcomeRows, likelihood: RowLikelihood, theta: FloatArray) -> _Round:
    size = len(theta)

    def work(part: Part) -> _Round:
        found = _Round(0.0, np.zeros(size), np.zeros((size, size)))
        for batch, x, y, offset in rows.batches(part):
            weight = batch.weight
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                each = likelihood.loglik(x, y, offset, theta)
                found.loglik += float(np.sum(np.where(weight != 0, weight * each, 0.0)))
                if np.isfinite(found.loglik):
                    found.gradient += weight @ likelihood.scores(x, y, offset, theta)
                    found.information += likelihood.information(x, y, offset, theta, weight)
        return found

    first, *rest = each_part(rows.survey, work)
    for other in rest:
        first.loglik += other.loglik
        first.gradient += other.gradient
        first.information += other.information
    return first


def _refuse_unidentified(rows: OutcomeRows, likelihood: RowLikelihood, here: _Round) -> None:
    if not np.isfinite(here.loglik):
        raise EstimationError(f"'{rows.matrix.text}': no starting values were found.", remedy="Rescale large numbers.")
    kept = independent_anywhere(here.information)
    if len(kept) < len(likelihood.parameters):
        lost = [name for place, name in enumerate(likelihood.parameters) if place not in kept]
        raise EstimationError(
            f"'{rows.matrix.text}': {listing(lost)} cannot be told apart from the others.",
            remedy="Leave out columns that depend on others, and levels without cases.",
        )


def _finish(rows: OutcomeRows, likelihood: RowLikelihood, theta: FloatArray, rounds: int) -> LikelihoodFit:
    size = len(theta)

    def work(part: Part) -> tuple[ScoreSums, float, FloatArray]:
        sums, loglik, information = ScoreSums(rows.survey, size), 0.0, np.zeros((size, size))
        for batch, x, y, offset in rows.batches(part):
            inside = batch.weight != 0
            each = likelihood.loglik(x, y, offset, theta)
            loglik += float(np.sum(np.where(inside, batch.weight * each, 0.0)))
            scores = likelihood.scores(x, y, offset, theta)
            sums.add(batch, np.where(inside[:, None], scores * batch.weight[:, None], 0.0))
            information += likelihood.information(x, y, offset, theta, batch.weight)
        return sums, loglik, information

    (sums, loglik, information), *rest = each_part(rows.survey, work)
    for other, more, block in rest:
        sums.merge(other)
        loglik += more
        information += block
    if len(independent(information)) < size:
        raise EstimationError(
            f"'{rows.matrix.text}': the likelihood has no maximum where the iterations ended.",
            remedy="Look for categories or columns with few cases, and rescale large numbers.",
        )
    return LikelihoodFit(theta, inverse_of(information), sums, loglik, rounds)
