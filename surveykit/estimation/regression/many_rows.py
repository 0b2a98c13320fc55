"""Generalised linear models of many rows: begun on a sample of them, iterated to convergence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.regression.first_look import first_look
from surveykit.estimation.regression.logistic_batch import LogisticBatch
from surveykit.estimation.regression.normal_equations import independent, inverse_of, solve_normal
from surveykit.estimation.regression.outcomes_seen import Outcomes
from surveykit.estimation.regression.possible_means import bounded, possible_start, possible_step
from surveykit.estimation.regression.row_sample import sample_of
from surveykit.estimation.regression.scoring_walks import Fit, Tail, Walk, empty_tail, scoring_walk
from surveykit.estimation.regression.separation import refuse_if_separated

__all__ = ["MAX_ROUNDS", "fit_many", "not_converged"]

MAX_ROUNDS = 60

#: Rows of the sample that a coefficient needs, and the most rounds made there.
_ROWS_A_COLUMN = 20
_SAMPLE_ROUNDS = 12

#: Newton decrements (squared steps in standard errors, for weights of mean one) that end the rounds.
_NEAR = 1.0
_DONE = 1e-10


@dataclass
class _State:
    """Where the rounds are: coefficients, the walk made there, and what the scores were if it took them along."""

    beta: FloatArray
    here: Walk | LogisticBatch
    tail: Tail | None = None


@dataclass(frozen=True)
class _Start:
    """Coefficients ``(p,)`` of a sample, zero where it has none, and whether its outcomes are 0 or 1."""

    beta: FloatArray
    binary: bool


def fit_many(rows: ModelRows) -> Fit:
    """Fit a generalised linear model by Fisher scoring, to convergence.

    The rounds end when the next step is below a hundred-thousandth of a standard error; that step is taken, and
    information and scores are those before it. The start is the fit to every k-th row, which leaves two or three
    rounds to be made on all rows; where the sample has no estimate, or leads astray, it is that of few rows.

    Raises
    ------
    EstimationError
        As :func:`surveykit.estimation.regression.scoring.fit`.
    """
    start = _sampled(rows)
    if start is not None:
        outcomes = Outcomes()
        rows = replace(rows, binary=start.binary)
        here = scoring_walk(rows, np.arange(len(start.beta)), start.beta, seen=outcomes, brief=True)
        outcomes.refuse(rows)
        if outcomes.binary == start.binary:
            kept = independent(here.information)
            found = _rounds(rows, kept, _State(start.beta[kept], _only(here, kept)))
            if found is not None:
                return found
    look = first_look(rows)
    look.outcomes.refuse(rows)
    rows = replace(rows, binary=look.outcomes.binary)
    kept, _, beta = look.start()
    beta = possible_start(rows, kept, beta)
    found = _rounds(rows, kept, _State(beta, scoring_walk(rows, kept, beta)), refuse=True)
    if found is None:
        raise not_converged(rows)
    return found


def not_converged(rows: ModelRows) -> EstimationError:
    """The error for iterations that do not settle."""
    return EstimationError(
        f"'{rows.matrix.text}' did not converge in {MAX_ROUNDS} rounds.",
        remedy="Look for columns with few cases, rescale large numbers, or choose another link.",
    )


def _only(here: Walk | LogisticBatch, kept: IntArray) -> Walk | LogisticBatch:
    here.information = here.information[np.ix_(kept, kept)]
    here.gradient = here.gradient[kept]
    return here


def _rounds(rows: ModelRows, kept: IntArray, state: _State, *, refuse: bool = False) -> Fit | None:
    """Iterate; None where that leads nowhere, unless the data are to be refused for it."""
    before = np.inf
    for number in range(1, MAX_ROUNDS + 1):
        here = state.here
        step = solve_normal(here.information, here.gradient)
        decrement = float(here.gradient @ step) * rows.scale
        if not (refuse or abs(decrement) < before):
            return None
        if state.tail is not None and abs(decrement) < _DONE:
            refuse_if_separated(rows, kept, state.beta, here)
            return _fit(kept, state, step, number)
        # Near the end each round squares the distance that is left.
        promised = abs(decrement) if number == 1 else abs(decrement) * min(1.0, abs(decrement) / before) ** 2
        before = abs(decrement)
        beta, whole = possible_step(rows, kept, state.beta, step)
        tail = empty_tail(rows, len(kept)) if whole and promised < _DONE else None
        state = _State(beta, scoring_walk(rows, kept, beta, tail=tail, brief=tail is None and not refuse), tail)
    refuse_if_separated(rows, kept, state.beta, state.here)
    return None


def _fit(kept: IntArray, state: _State, step: FloatArray, rounds: int) -> Fit:
    here, tail = state.here, state.tail
    assert tail is not None
    deviance = here.deviance - float(here.gradient @ step)
    return Fit(state.beta + step, kept, inverse_of(here.information), tail.scores, deviance, tail.pearson, rounds)


def _sampled(rows: ModelRows) -> _Start | None:
    """Fit to every k-th row; None where that gives no start."""
    sample = None if bounded(rows) else sample_of(rows)
    if sample is None:
        return None
    look = first_look(sample)
    kept, _, beta = look.start()
    outcomes = look.outcomes
    if outcomes.rows < _ROWS_A_COLUMN * max(len(kept), 1) or not outcomes.vary:
        return None
    sample = replace(sample, binary=outcomes.binary)
    for _ in range(_SAMPLE_ROUNDS):
        here = scoring_walk(sample, kept, beta, brief=True)
        step = solve_normal(here.information, here.gradient)
        decrement = float(here.gradient @ step) * rows.scale
        if not np.isfinite(decrement):
            return None
        beta = beta + step
        if decrement < _NEAR:
            start = np.zeros(len(rows.matrix.columns))
            start[kept] = beta
            return _Start(start, outcomes.binary)
    return None
