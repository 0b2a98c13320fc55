"""Chained equations: each variable is predicted from the others in turn, with the uncertainty of that drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression

from surveykit.engine import FloatArray
from surveykit.expressions.values import BoolArray

__all__ = ["Target", "chain"]


@dataclass(frozen=True)
class Target:
    """One variable to impute.

    Parameters
    ----------
    values
        ``(n,)`` numbers, or positions of categories; any value where missing.
    missing
        ``(n,)`` cells to impute.
    usable
        ``(n,)`` cells with an answer.
    nominal
        Whether the values are categories without an order.
    levels
        Number of categories; 0 for numbers.
    """

    values: FloatArray
    missing: BoolArray
    usable: BoolArray
    nominal: bool
    levels: int

    def columns(self, values: FloatArray) -> FloatArray:
        """Columns with which it predicts others ``(n, q)``."""
        if not self.nominal:
            return values[:, None]
        return np.asarray(values[:, None] == np.arange(1, self.levels), np.float64)


def chain(
    targets: Mapping[str, Target], fixed: FloatArray, *, rounds: int, donors: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Impute all variables once.

    Each model is fitted to a bootstrap sample of the rows that have an answer, so that its coefficients vary too.
    Numbers and ordered categories take the value of one of the `donors` rows with the nearest prediction (predictive
    mean matching; Little 1988), so that only values occur that somebody gave; categories without an order are drawn
    from their predicted probabilities.

    Parameters
    ----------
    targets
        Variables to impute, in order.
    fixed
        ``(n, q)`` complete predictors.
    rounds
        Times that the chain goes through the variables.

    Returns
    -------
    dict
        Variable to values ``(n,)``, complete.

    References
    ----------
    van Buuren (2018), *Flexible Imputation of Missing Data*, ch. 4.
    """
    current = {}
    for name, target in targets.items():
        values = target.values.copy()
        answers = values[target.usable]
        values[~target.usable] = rng.choice(answers, int((~target.usable).sum()))
        current[name] = values
    order = sorted(targets, key=lambda name: int(targets[name].missing.sum()))
    for _ in range(rounds):
        for name in order:
            target = targets[name]
            others = [targets[other].columns(current[other]) for other in targets if other != name]
            matrix = _standardised(np.hstack([fixed, *others]))
            drawn = _category(matrix, target, rng) if target.nominal else _matched(matrix, target, donors, rng)
            current[name][target.missing] = drawn
    return current


def _standardised(matrix: FloatArray) -> FloatArray:
    spread = matrix.std(axis=0)
    kept = matrix[:, spread > 0]
    scaled: FloatArray = (kept - kept.mean(axis=0)) / spread[spread > 0]
    return scaled


def _matched(matrix: FloatArray, target: Target, donors: int, rng: np.random.Generator) -> FloatArray:
    rows = np.flatnonzero(target.usable)
    sample = rng.choice(rows, len(rows))
    if not matrix.shape[1]:
        return np.asarray(rng.choice(target.values[rows], int(target.missing.sum())), np.float64)
    drawn = LinearRegression().fit(matrix[sample], target.values[sample])
    fitted = LinearRegression().fit(matrix[rows], target.values[rows])
    known, wanted = fitted.predict(matrix[rows]), drawn.predict(matrix[target.missing])
    order = np.argsort(known, kind="stable")
    size = min(donors, len(rows))
    place = np.searchsorted(known[order], wanted)
    start = np.clip(place - size, 0, len(rows) - min(2 * size, len(rows)))
    window = order[start[:, None] + np.arange(min(2 * size, len(rows)))]
    distance = np.abs(known[window] - wanted[:, None])
    near = np.take_along_axis(window, np.argsort(distance, axis=1, kind="stable")[:, :size], axis=1)
    pick = near[np.arange(len(near)), rng.integers(size, size=len(near))]
    taken: FloatArray = target.values[rows[pick]]
    return taken


def _category(matrix: FloatArray, target: Target, rng: np.random.Generator) -> FloatArray:
    rows = np.flatnonzero(target.usable)
    sample = rng.choice(rows, len(rows))
    outcome = target.values[sample]
    if len(np.unique(outcome)) == 1 or not matrix.shape[1]:
        return np.asarray(rng.choice(outcome, int(target.missing.sum())), np.float64)
    model = LogisticRegression(C=1.0, max_iter=500).fit(matrix[sample], outcome)
    shares = model.predict_proba(matrix[target.missing]).cumsum(axis=1)
    picks = (rng.random(len(shares))[:, None] > shares).sum(axis=1)
    found: FloatArray = model.classes_[np.minimum(picks, len(model.classes_) - 1)]
    return found
