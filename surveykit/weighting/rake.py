"""Raking: weights scaled to several margins in turn until all are met (Deming and Stephan 1940)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import WeightingError
from surveykit.weighting.auxiliaries import Auxiliaries, Margin, collapse, in_memory
from surveykit.weighting.distances import distance
from surveykit.weighting.newton import calibrate_factors
from surveykit.weighting.population import PopulationLike, as_population
from surveykit.weighting.records import Projection, Step, Weights
from surveykit.weighting.targets import crossed_margin, margin_targets

__all__ = ["rake"]

_ALLOWED = 1e-6


def rake(
    weights: Weights,
    population: PopulationLike,
    *,
    margins: Sequence[str | Sequence[str]] | None = None,
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    rounds: int = 1000,
) -> Weights:
    """Scale weights to several population margins.

    The rows are first collapsed to the cells of the margins, so that the cost does not grow with the number of rounds.

    Parameters
    ----------
    weights
        Weights before.
    population
        Counts by each margin.
    margins
        Variables, or lists of variables to cross; all tables of the population by default.
    bounds
        Smallest and largest factor on the weights, after they are scaled to the population's size.
    tolerance
        Largest difference from a count, relative to it.
    rounds
        Most rounds over the margins.

    Raises
    ------
    WeightingError
        If a level has no count or no respondent, the bounds cannot be met, or the rounds do not suffice; the margin, the
        level, the difference and the number of respondents are named.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.weighting import base_weights
    >>> firms = pd.DataFrame({"size": ["s", "s", "l", "l"], "exporter": ["y", "n", "y", "n"]})
    >>> population = {"size": {"s": 80, "l": 20}, "exporter": {"y": 30, "n": 70}}
    >>> rake(base_weights(firms), population).values.round(2)
    array([24., 56.,  6., 14.])
    """
    counts = as_population(population)
    named = [[name] if isinstance(name, str) else list(name) for name in (margins or list(counts.tables))]
    engine = in_memory(weights.engine)
    coded = [crossed_margin(engine, variables) for variables in named]
    targets = [margin_targets(margin, variables, counts) for margin, variables in zip(coded, named, strict=True)]
    cells = collapse(coded)
    start = cells.collapse(weights.values)
    if bounds is None:
        factors, made = _iterate(coded, targets, cells, start, tolerance, rounds)
    else:
        factors, made = _bounded(coded, targets, cells, start, bounds, tolerance)
    kept = [(margin, code) for margin in coded for code in np.flatnonzero(margin.counts()).tolist()]
    step = Step(
        "rake",
        f"to {', '.join(margin.name for margin in coded)} of {counts.name}" + (f", factors {bounds}" if bounds else ""),
        Projection(tuple(margin.conditions[code] for margin, code in kept), weights.values),
        facts={
            "rounds": made,
            "margins": {
                margin.name: dict(zip(map(str, margin.levels), wanted.tolist(), strict=True))
                for margin, wanted in zip(coded, targets, strict=True)
            },
        },
    )
    return weights.then(weights.values * cells.spread(factors), step, illustrative=counts.illustrative)


def _iterate(
    coded: list[Margin],
    targets: list[FloatArray],
    cells: Auxiliaries,
    start: FloatArray,
    tolerance: float,
    rounds: int,
) -> tuple[FloatArray, int]:
    sizes = [len(margin.levels) for margin in coded]
    edges = np.cumsum([0, *sizes])
    codes = [cells.matrix[:, edges[k] : edges[k + 1]].argmax(axis=1) for k in range(len(coded))]
    mass = start.copy()
    worst = np.inf
    for number in range(1, rounds + 1):
        for code, wanted in zip(codes, targets, strict=True):
            sums = np.bincount(code, weights=mass, minlength=len(wanted))
            with np.errstate(divide="ignore", invalid="ignore"):
                mass = mass * np.where(sums > 0, wanted / sums, 0.0)[code]
        worst = max(_error(code, mass, wanted) for code, wanted in zip(codes, targets, strict=True))
        if worst <= tolerance:
            break
    if worst > max(tolerance, _ALLOWED):
        raise _not_met(coded, targets, codes, mass, number)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(start > 0, mass / start, 0.0), number


def _error(code: FloatArray, mass: FloatArray, wanted: FloatArray) -> float:
    sums = np.bincount(code, weights=mass, minlength=len(wanted))
    return float(np.max(np.abs(sums - wanted) / np.maximum(wanted, 1e-300) * (wanted > 0)))


def _not_met(
    coded: list[Margin], targets: list[FloatArray], codes: list[FloatArray], mass: FloatArray, rounds: int
) -> WeightingError:
    worst = (0.0, coded[0], 0)
    for margin, code, wanted in zip(coded, codes, targets, strict=True):
        sums = np.bincount(code, weights=mass, minlength=len(wanted))
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.where(wanted > 0, np.abs(sums / wanted - 1), 0.0)
        place = int(off.argmax())
        if off[place] > worst[0]:
            worst = (float(off[place]), margin, place)
    off_by, margin, place = worst
    firms = int(margin.counts()[place])
    return WeightingError(
        f"Raking stopped after {rounds} rounds: margin '{margin.name}' is {off_by:.1%} off at "
        f"'{margin.levels[place]}' ({firms} respondent{'s' if firms != 1 else ''}).",
        remedy="Merge that level with a neighbour, widen the bounds, or check that the margins can hold together.",
    )


def _bounded(
    coded: list[Margin],
    targets: list[FloatArray],
    cells: Auxiliaries,
    start: FloatArray,
    bounds: tuple[float, float],
    tolerance: float,
) -> tuple[FloatArray, int]:
    scale = targets[0].sum() / start.sum()
    wanted = np.concatenate(targets)
    found = calibrate_factors(
        cells.matrix, start * scale, wanted, distance("raking", bounds), tolerance=tolerance, rounds=500
    )
    if found.error > _ALLOWED:
        edges = np.cumsum([0, *(len(margin.levels) for margin in coded)])
        codes = [cells.matrix[:, edges[k] : edges[k + 1]].argmax(axis=1) for k in range(len(coded))]
        raise _not_met(coded, targets, codes, start * scale * found.factors, found.rounds)
    return scale * found.factors, found.rounds
