"""Correlation of two latent normal variables, with the influence of each row on it.

Two steps (Olsson 1979; Olsson, Drasgow and Dorans 1982): thresholds, or mean and spread of a number, from the weighted
margins; then the correlation that makes the pairs likeliest. The influence of a row has both: with s the score of the
correlation, D its mean derivative by what the first step gave and J the influence on that, it is
``(s + D J) / (- mean derivative of s)``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.structure.bivariate_normal import rectangles
from surveykit.estimation.structure.items import Item

__all__ = ["latent_correlation"]

_LIMIT = 0.9995
_STEP = 1e-5
_ROUNDS = 60


def latent_correlation(
    first: Item, second: Item, weight: FloatArray, near: float | None = None
) -> tuple[float, FloatArray]:
    """Correlation of two variables, and the influence ``(m,)`` of each row on it, of weighted mean zero.

    Parameters
    ----------
    near
        Where to look first, as with the weights of a replicate.

    Raises
    ------
    EstimationError
        If the correlation goes to 1 or -1, as where a table has an empty corner.
    """
    share = weight / weight.sum()
    if first.categories and second.categories:
        return _two_categories(first, second, share, near)
    if first.categories or second.categories:
        number, category = (second, first) if first.categories else (first, second)
        return _number_and_category(number, category, share, near)
    one, two = _standard(first.values, share)[0], _standard(second.values, share)[0]
    rho = float(share @ (one * two))
    return rho, one * two - rho / 2 * (one**2 + two**2)


def _standard(values: FloatArray, share: FloatArray) -> tuple[FloatArray, float, float]:
    mean = float(share @ values)
    deviation = float(np.sqrt(share @ (values - mean) ** 2))
    return (values - mean) / deviation, mean, deviation


def _thresholds(column: Item, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Thresholds ``(c - 1,)`` and the influence of each category on them ``(c, c - 1)``."""
    below = np.cumsum(np.bincount(column.codes, weights=share, minlength=column.categories))[:-1]
    if column.categories < 2 or not ((below > 0) & (below < 1)).all() or (np.diff(below) <= 0).any():
        raise EstimationError(f"A category of '{column.name}' has no weight.", remedy="Merge it with its neighbour.")
    cuts = special.ndtri(below)
    density = np.exp(-0.5 * cuts**2) / np.sqrt(2 * np.pi)
    inside = np.arange(column.categories)[:, None] <= np.arange(column.categories - 1)
    return cuts, (inside - below) / density


def _two_categories(first: Item, second: Item, share: FloatArray, near: float | None) -> tuple[float, FloatArray]:
    cells = first.codes * second.categories + second.codes
    table = np.bincount(cells, weights=share, minlength=first.categories * second.categories)
    table = table.reshape(first.categories, second.categories)
    (one, influence_one), (two, influence_two) = _thresholds(first, share), _thresholds(second, share)
    seen = table > 0

    def score(rho: float, cuts: FloatArray) -> FloatArray:
        probability, slope = rectangles(rho, cuts[: len(one)], cuts[len(one) :])
        return np.where(seen, slope / np.maximum(probability, 1e-300), 0.0)

    def loss(rho: float) -> float:
        probability = rectangles(rho, one, two)[0][seen]
        return -float(table[seen] @ np.log(np.maximum(probability, 1e-300)))

    cuts = np.concatenate([one, two])
    rho = _maximum(loss, lambda value: float((table * score(value, cuts)).sum()), (first.name, second.name), near)
    slopes = _slopes(lambda moved: float((table * score(rho, moved)).sum()), cuts)
    curve = _slopes(lambda moved: float((table * score(float(moved[0]), cuts)).sum()), np.array([rho]))[0]
    each = score(rho, cuts)
    each = each + (influence_one @ slopes[: len(one)])[:, None] + (influence_two @ slopes[len(one) :])[None, :]
    return rho, (each / -curve).reshape(-1)[cells]


def _number_and_category(
    number: Item, category: Item, share: FloatArray, near: float | None
) -> tuple[float, FloatArray]:
    z, mean, deviation = _standard(number.values, share)
    cuts, influence = _thresholds(category, share)
    code = category.codes

    def parts(rho: float, nuisance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Probability of each row's category given its number, and the derivative by the correlation."""
        ends = np.concatenate([[-np.inf], nuisance[2:], [np.inf]])
        at = (number.values - nuisance[0]) / nuisance[1]
        scale = np.sqrt(1 - rho**2)
        values, slopes = [], []
        for edge in (ends[code + 1], ends[code]):
            index = (edge - rho * at) / scale
            finite = np.isfinite(edge)
            density = np.exp(-0.5 * np.where(finite, index, 0.0) ** 2) / np.sqrt(2 * np.pi)
            slope = np.where(finite, density * (rho * np.where(finite, edge, 0.0) - at) / scale**3, 0.0)
            values.append(special.ndtr(index))
            slopes.append(slope)
        return np.maximum(values[0] - values[1], 1e-300), slopes[0] - slopes[1]

    def score(rho: float, nuisance: FloatArray) -> FloatArray:
        probability, slope = parts(rho, nuisance)
        return slope / probability

    nuisance = np.concatenate([[mean, deviation], cuts])
    rho = _maximum(
        lambda value: -float(share @ np.log(parts(value, nuisance)[0])),
        lambda value: float(share @ score(value, nuisance)),
        (number.name, category.name),
        near,
    )
    slopes = _slopes(lambda moved: float(share @ score(rho, moved)), nuisance)
    curve = _slopes(lambda moved: float(share @ score(float(moved[0]), nuisance)), np.array([rho]))[0]
    by_number = deviation * (z * slopes[0] + (z**2 - 1) / 2 * slopes[1])
    return rho, (score(rho, nuisance) + by_number + influence[code] @ slopes[2:]) / -curve


def _maximum(
    loss: Callable[[float], float], slope: Callable[[float], float], names: tuple[str, str], near: float | None
) -> float:
    """The correlation where the loss is least: a search, then the root of the score beside it."""
    at, width = near, 0.02
    if at is None:
        found = optimize.minimize_scalar(loss, bounds=(-_LIMIT, _LIMIT), method="bounded", options={"xatol": 1e-6})
        at, width = float(found.x), 1e-4
    for _ in range(_ROUNDS):
        low, high = max(at - width, -_LIMIT), min(at + width, _LIMIT)
        if slope(low) > 0 > slope(high):
            return float(optimize.brentq(slope, low, high, xtol=1e-14, rtol=1e-14))
        if width > 1:
            break
        width *= 2
    first, second = names
    raise EstimationError(
        f"The correlation behind '{first}' and '{second}' goes to {'1' if at > 0 else '-1'}: one decides the other, "
        "or cells of their table are empty.",
        remedy="Merge levels, or leave one of them out.",
    )


def _slopes(function: Callable[[FloatArray], float], at: FloatArray) -> FloatArray:
    """Central differences of fourth order ``(k,)``."""
    found = np.empty(len(at))
    for place in range(len(at)):
        step = _STEP * max(abs(at[place]), 1.0)
        moves = np.zeros((4, len(at)))
        moves[:, place] = np.array([2.0, 1.0, -1.0, -2.0]) * step
        values = [function(at + move) for move in moves]
        found[place] = (8 * (values[1] - values[2]) - (values[0] - values[3])) / (12 * step)
    return found
