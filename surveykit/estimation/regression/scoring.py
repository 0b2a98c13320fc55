"""Fisher scoring over batches of rows: the fit of a generalised linear model in a few passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.rows import ModelRows, batch_deviance
from surveykit.estimation.regression.first_look import first_look
from surveykit.estimation.regression.many_rows import MAX_ROUNDS, fit_many, not_converged
from surveykit.estimation.regression.normal_equations import independent, inverse_of, solve_normal
from surveykit.estimation.regression.possible_means import possible_start, possible_step
from surveykit.estimation.regression.row_sample import many
from surveykit.estimation.regression.scoring_walks import Fit, Tail, last_walk, linear_walk, scoring_walk
from surveykit.estimation.regression.separation import may_be_separated, refuse_if_separated
from surveykit.formulas import MatrixColumn, ModelTerm

__all__ = ["fit", "lost_column", "null_deviance", "refit"]


#: Share of the tolerance below which the fall of the deviance that a step promises need not be checked.
_SURE = 0.01


def fit(rows: ModelRows, tolerance: float = 1e-8) -> Fit:
    """Fit by iteratively reweighted least squares.

    With fewer than 131,072 rows the rounds end when the deviance changes by less than `tolerance` relative to itself
    (plus 0.1), the rule of the R function glm; the information in the variance is that of the last round, as there, so
    that standard errors agree with it digit by digit. Where a step promises so small a fall of the deviance that it
    must be the last, the walk that confirms it takes the scores along. With more rows see
    :func:`surveykit.estimation.regression.many_rows.fit_many`.

    Raises
    ------
    EstimationError
        If no row is left, the outcome is impossible under the family or constant, a column separates the outcomes, or
        the iterations do not settle.
    """
    if not rows.linear and many(rows):
        return fit_many(rows)
    look = first_look(rows)
    look.outcomes.refuse(rows)
    rows = replace(rows, binary=look.outcomes.binary)
    kept, information, beta = look.start()
    if rows.linear:
        # The gradient that rounding left gives one step of refinement.
        tail = linear_walk(rows, kept, beta)
        return _fit(kept, beta + solve_normal(information, tail.gradient), information, tail, 1)
    beta, whole = possible_start(rows, kept, beta), True
    deviance, before, promised = look.deviance, None, np.inf
    for number in range(1, MAX_ROUNDS + 1):
        if whole and promised < tolerance * (abs(deviance) + 0.1):
            tail = last_walk(rows, kept, beta, before)
            if _settled(tail.deviance, deviance, tolerance) and not may_be_separated(rows, tail.widest):
                return _fit(kept, beta, information, tail, number)
        here = scoring_walk(rows, kept, beta)
        if whole and _settled(here.deviance, deviance, tolerance):
            refuse_if_separated(rows, kept, beta, here)
            return _fit(kept, beta, information, last_walk(rows, kept, beta, before), number)
        step = solve_normal(here.information, here.gradient)
        promised = float(here.gradient @ step)
        deviance, before, information = here.deviance, beta, here.information
        beta, whole = possible_step(rows, kept, beta, step)
    refuse_if_separated(rows, kept, beta, here)
    raise not_converged(rows)


def lost_column(rows: ModelRows, place: int) -> EstimationError:
    """The error for a column that depends on the others in a replicate."""
    return EstimationError(
        f"'{rows.matrix.text}': in a replicate the column '{rows.matrix.columns[place].name}' has no rows of its own, "
        "so its coefficient is not defined there.",
        remedy="Merge categories with few cases, or take the linearised variance (no replicates).",
    )


def _settled(deviance: float, before: float, tolerance: float) -> bool:
    return abs(deviance - before) / (abs(deviance) + 0.1) < tolerance


def _fit(kept: IntArray, beta: FloatArray, information: FloatArray, tail: Tail, rounds: int) -> Fit:
    return Fit(beta, kept, inverse_of(information), tail.scores, tail.deviance, tail.pearson, rounds)


def refit(rows: ModelRows, kept: IntArray, beta: FloatArray, tolerance: float = 1e-8) -> FloatArray:
    """Coefficients ``(q,)`` with the weights of a replicate, starting from `beta`."""
    deviance, whole = np.inf, True
    for number in range(MAX_ROUNDS):
        here = scoring_walk(rows, kept, beta)
        left = kept if number else independent(here.information)
        if len(left) < len(kept):
            raise lost_column(rows, int(kept[np.setdiff1d(np.arange(len(kept)), left)[0]]))
        if whole and _settled(here.deviance, deviance, tolerance):
            return beta
        deviance, step = here.deviance, solve_normal(here.information, here.gradient)
        beta, whole = possible_step(rows, kept, beta, step)
        if whole and float(here.gradient @ step) < _SURE * tolerance * (abs(deviance) + 0.1):
            return beta
    raise EstimationError(
        f"'{rows.matrix.text}' did not converge in {MAX_ROUNDS} rounds for a replicate.",
        remedy="A replicate may leave out all cases of a category; merge categories or use fewer, larger replicates.",
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
    found = sum(batch_deviance(rows, batch.weight, y, np.full(len(y), centre)) for batch, _, y, _ in rows.batches())
    return found * rows.scale
