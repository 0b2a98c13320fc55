"""Newton's method on a pseudo-likelihood of groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.estimation.likelihoods.runaway import refuse_runaway
from surveykit.estimation.regression.normal_equations import independent, uphill

__all__ = ["GroupLikelihood", "Hill", "climb"]

_MAX_ROUNDS = 100
_MAX_HALVINGS = 15
_TOLERANCE = 1e-13


@dataclass(frozen=True)
class Hill:
    """A log-likelihood at a point: value, gradient ``(q,)`` and information ``(q, q)``."""

    value: float
    gradient: FloatArray
    information: FloatArray


class GroupLikelihood(Protocol):
    """A pseudo-likelihood that is a weighted sum over groups."""

    def start(self) -> FloatArray:
        """Values ``(q,)`` to start from."""

    def loglik(self, theta: FloatArray) -> float:
        """Weighted log-likelihood."""

    def scores(self, theta: FloatArray) -> FloatArray:
        """Derivatives of each group's log-likelihood ``(G, q)``."""

    def hill(self, theta: FloatArray) -> Hill:
        """Value, gradient and information."""


def climb(
    rows: OutcomeRows, names: tuple[str, ...], likelihood: GroupLikelihood, start: FloatArray | None = None
) -> tuple[FloatArray, Hill]:
    """Find the maximum.

    Raises
    ------
    EstimationError
        If it is not reached: a fit that did not converge is never returned.
    """
    theta = likelihood.start() if start is None else start
    here = likelihood.hill(theta)
    text, slopes = rows.matrix.text, len(rows.matrix.columns)
    for _ in range(_MAX_ROUNDS):
        step = uphill(here.information, here.gradient)
        if float(here.gradient @ step) < _TOLERANCE * max(abs(here.value), 1.0):
            refuse_runaway(rows, names[:slopes], theta[:slopes], step[:slopes])
            here = likelihood.hill(theta + step)
            if len(independent(here.information)) < len(theta):
                break
            return theta + step, here
        # A logarithm of a standard deviation that moves by more than two in a step has left what Newton can see.
        step = step / max(1.0, float(np.abs(step[slopes:]).max(initial=0.0)) / 2)
        for halving in range(_MAX_HALVINGS):
            trial = theta + step * 0.5**halving
            value = likelihood.loglik(trial)
            if np.isfinite(value) and value >= here.value - 1e-11 * abs(here.value):
                break
        else:
            break
        theta, here = trial, likelihood.hill(trial)
    raise EstimationError(
        f"'{text}': the two-level likelihood has no maximum in reach.",
        remedy="Look for groups of one row and columns with few cases, and rescale large numbers.",
    )
