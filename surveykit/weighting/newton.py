"""The equations of calibration, solved by Newton's method with step halving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.weighting.distances import Distance

__all__ = ["Solved", "calibrate_factors"]

_MAX_HALVINGS = 12


@dataclass(frozen=True)
class Solved:
    """Factors and how well the totals are met.

    Parameters
    ----------
    factors
        ``(m,)`` factor g of each line.
    error
        Largest difference from a total, relative to the larger of the total and 1.
    errors
        ``(q,)`` differences, achieved minus wanted.
    rounds
        Steps made.
    multipliers
        ``(q,)`` coefficients lambda of g(x' lambda); None where factors were found without them.
    scale
        Constant that multiplies g.
    """

    factors: FloatArray
    error: float
    errors: FloatArray
    rounds: int
    multipliers: FloatArray | None = None
    scale: float = 1.0


def calibrate_factors(
    matrix: FloatArray,
    weights: FloatArray,
    totals: FloatArray,
    distance: Distance,
    *,
    spread: FloatArray | None = None,
    tolerance: float = 1e-10,
    rounds: int = 100,
) -> Solved:
    """Find factors g such that ``sum of weights x g x matrix`` equals `totals`.

    Parameters
    ----------
    matrix
        ``(m, q)`` auxiliaries by line; linearly dependent columns are allowed.
    weights
        ``(m,)`` weights before.
    totals
        ``(q,)``.
    spread
        ``(m,)`` variance of the working model; factors are g(x' lambda / spread).
    """
    scale = np.maximum(np.abs(totals), 1.0)
    slack = matrix if spread is None else matrix / spread[:, None]
    multipliers = np.zeros(matrix.shape[1])
    factors = distance.factor(slack @ multipliers)
    errors = matrix.T @ (weights * factors) - totals
    error = float(np.max(np.abs(errors) / scale))
    made = 0
    while error > tolerance and made < rounds:
        made += 1
        slope = weights * distance.slope(slack @ multipliers)
        information = (matrix / scale).T @ (slack * slope[:, None])
        step = np.linalg.lstsq(information, errors / scale, rcond=1e-12)[0]
        best = (np.inf, multipliers, factors, errors)
        for halving in range(_MAX_HALVINGS):
            trial = multipliers - step * 0.5**halving
            tried = distance.factor(slack @ trial)
            off = matrix.T @ (weights * tried) - totals
            size = float(np.max(np.abs(off) / scale))
            if size < best[0]:
                best = (size, trial, tried, off)
            if size < error:
                break
        if not best[0] < error * (1 - 1e-6) and error < 1e-8:
            break
        if best[0] >= error and halving == _MAX_HALVINGS - 1:
            break
        error, multipliers, factors, errors = best
    return Solved(factors, error, errors, made, multipliers)
