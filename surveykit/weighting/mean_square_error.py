"""The bound on weights with the least mean squared error (Potter 1988)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.engine import FloatArray, MemoryEngine
from surveykit.errors import WeightingError, listing
from surveykit.expressions import Column, parse

__all__ = ["best_bound"]

_CANDIDATES = 50
_FROM = 0.5


def best_bound(engine: MemoryEngine, weights: FloatArray, variables: Sequence[str]) -> float:
    """Try bounds between the median weight and the largest, and return the one with the least error.

    The error of a bound, summed over the variables relative to the variance without trimming, is
    ``(t - u)^2 - V(u) + 2 cov(t, u)``: t and u are the means with and without trimming, u has no bias, and variances
    are those of rows drawn with replacement. No trimming is among the candidates.

    Parameters
    ----------
    engine
        The rows.
    weights
        ``(n,)``.
    variables
        Columns or expressions of numbers.
    """
    if not variables:
        raise WeightingError("upper='mse' needs variables.", remedy='Pass variables=["sales"], those to be estimated.')
    used = weights != 0
    own = weights[used]
    columns = [_numbers(engine, name)[used] for name in variables]
    bounds = np.append(np.quantile(own, np.linspace(_FROM, 1, _CANDIDATES, endpoint=False)), own.max())
    bounds = np.unique(bounds[bounds >= own.mean()])
    errors = [sum(_error(column, own, _cut(own, bound)) for column in columns) for bound in bounds.tolist()]
    return float(bounds[int(np.argmin(errors))])


def _numbers(engine: MemoryEngine, name: str) -> FloatArray:
    values = engine.evaluate(Column(name) if name in engine.columns else parse(name))
    if values.categories is not None:
        raise WeightingError(
            f"'{name}' holds categories.", remedy="upper='mse' needs numbers, as a turnover or a share."
        )
    if values.valid is not None and not values.valid.all():
        rows = np.flatnonzero(~values.valid) + 1
        raise WeightingError(
            f"'{name}' is missing in {len(rows)} row(s): {listing(rows.tolist(), limit=5)}.",
            remedy="Choose variables that every row has.",
        )
    return np.asarray(values.data, np.float64)


def _cut(weights: FloatArray, bound: float) -> FloatArray:
    while weights.max() > bound * (1 + 1e-12):
        held = np.minimum(weights, bound)
        free = weights < bound
        weights = np.where(free, held + (weights.sum() - held.sum()) / max(np.count_nonzero(free), 1), held)
        if not free.any():
            break
    return weights


def _error(values: FloatArray, full: FloatArray, cut: FloatArray) -> float:
    size = len(values)
    scores, means = [], []
    for weights in (full, cut):
        mean = float(weights @ values) / float(weights.sum())
        means.append(mean)
        scores.append(weights * (values - mean) / weights.sum())
    covariance = size / (size - 1) * np.array([[a @ b for a in scores] for b in scores])
    variance = covariance[0, 0]
    return float(((means[1] - means[0]) ** 2 - variance + 2 * covariance[0, 1]) / variance) if variance else 0.0
