"""Raking: weights scaled to several margins in turn until all are met (Deming and Stephan 1940)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import WeightingError
from surveykit.expressions import Values
from surveykit.expressions.values import BoolArray
from surveykit.weighting.auxiliaries import Cells, Margin, collapse, in_memory, weighing
from surveykit.weighting.distances import distance
from surveykit.weighting.newton import Solved, calibrate_factors
from surveykit.weighting.population import PopulationLike, as_population
from surveykit.weighting.records import Weights
from surveykit.weighting.steps import Adjustment, Projection, Step
from surveykit.weighting.targets import Missing, complete, crossed_margin, margin_facts, margin_targets

__all__ = ["rake"]

_ALLOWED = 1e-6
_NEWTON_ROUNDS = 500


def rake(
    weights: Weights,
    population: PopulationLike,
    *,
    margins: Sequence[str | Sequence[str]] | None = None,
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    rounds: int = 1000,
    missing: Missing | None = None,
) -> Weights:
    """Scale weights to several population margins.

    The rows are first collapsed to the cells of the margins, so that the cost does not grow with the number of rounds.
    Linearised standard errors take residuals from the margins, fitted with the weights before, as R survey does; where
    every row began with weight 1 (opt-in samples, whose factors may be very large) with the raked weights, which is the
    exact linearisation of raking (Demnati and Rao 2004).

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
    missing
        Rows without a value in a margin: ``"fail"`` refuses them; ``"share"`` lets them keep their share of the
        weight in that margin, and the others share the rest as the population does. By default answers whose reason
        is known (refused, don't know: rows of a :class:`surveykit.Responses`) keep their share, and the step says so;
        blanks of a plain frame are refused.

    Raises
    ------
    WeightingError
        If a level has no count or no respondent, the bounds cannot be met, or the rounds do not suffice; the margin,
        the level, the difference, the number of respondents and a level to merge with are named.

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
    used = weighing(weights.values)
    chosen: Missing = missing or ("share" if weights.reasons else "fail")
    coded = [complete(crossed_margin(engine, variables, used), chosen) for variables in named]
    cells = collapse(coded, used)
    targets = [
        margin_targets(
            margin, variables, counts, rows=cells.counts(place), unknown_share=_unknown_share(margin, weights.values)
        )
        for place, (margin, variables) in enumerate(zip(coded, named, strict=True))
    ]
    problem = _Problem(coded, targets, cells, tolerance, rounds)
    solve = problem.iterate if bounds is None else partial(problem.bounded, bounds)
    solved = solve(cells.sums(weights.values))
    conditions = [
        margin.conditions[code]
        for place, margin in enumerate(coded)
        for code in np.flatnonzero(cells.counts(place)).tolist()
    ]
    values = solved.factors[cells.cell]
    values *= weights.values
    working = weights.values
    if not weights.from_design:
        working = values if solved.multipliers is None else values * _free(solved, bounds)[cells.cell]
    step = Step(
        "rake",
        f"to {', '.join(margin.name for margin in coded)} of {counts.name}"
        + (f", factors {bounds}" if bounds else "")
        + _kept(coded, used),
        Projection(tuple(conditions), working, columns=_columns(coded)),
        facts={"rounds": solved.rounds, **margin_facts(coded, named, targets)},
        adjustment=Adjustment(len(cells.rows), cells.cell, solve),
    )
    return weights.then(values, step, illustrative=counts.illustrative)


def _unknown(margin: Margin) -> BoolArray:
    unknown: BoolArray = margin.codes == len(margin.levels) - 1
    return unknown


def _kept(coded: Sequence[Margin], used: BoolArray | None) -> str:
    """Say how many rows keep their share because a margin is unknown for them."""
    counts = {
        margin.name: int(np.count_nonzero(_unknown(margin) if used is None else _unknown(margin) & used))
        for margin in coded
        if margin.levels[-1] is None
    }
    return "".join(f"; {count} without {name} keep their share" for name, count in counts.items() if count)


def _free(solved: Solved, bounds: tuple[float, float] | None) -> FloatArray:
    """Cells whose factor is not at a bound: 1, else 0."""
    assert bounds is not None
    factors = solved.factors / solved.scale
    return ((factors > bounds[0]) & (factors < bounds[1])).astype(np.float64)


def _unknown_share(margin: Margin, weights: FloatArray) -> float:
    if margin.levels[-1] is not None:
        return 0.0
    return float(weights[margin.codes == len(margin.levels) - 1].sum() / weights.sum())


def _columns(margins: Sequence[Margin]) -> dict[str, Values]:
    return {name: values for margin in margins for name, values in margin.columns.items()}


@dataclass(frozen=True)
class _Problem:
    """Margins to meet, on cells."""

    margins: Sequence[Margin]
    targets: Sequence[FloatArray]
    cells: Cells
    tolerance: float
    rounds: int

    def iterate(self, start: FloatArray) -> Solved:
        """Scale to the margins in turn, from weights by cell ``(C,)``."""
        mass = start.copy()
        worst, made = np.inf, 0
        while made < self.rounds:
            made += 1
            for code, wanted in zip(self.cells.codes, self.targets, strict=True):
                sums = np.bincount(code, weights=mass, minlength=len(wanted))
                with np.errstate(divide="ignore", invalid="ignore"):
                    mass *= np.where(sums > 0, wanted / sums, 0.0)[code]
            worst = max(float(off.max(initial=0)) for off in self._off(mass))
            if worst <= self.tolerance:
                break
        if worst > max(self.tolerance, _ALLOWED):
            raise self._not_met(mass, made)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Solved(np.where(start > 0, mass / start, 0.0), worst, np.zeros(0), made)

    def bounded(self, bounds: tuple[float, float], start: FloatArray) -> Solved:
        """Raking with factors cut off at bounds, around the factor that scales to the population's size."""
        scale = self.targets[0].sum() / start.sum()
        found = calibrate_factors(
            self.cells.indicators(),
            start * scale,
            np.concatenate(self.targets),
            distance("raking", bounds),
            tolerance=self.tolerance,
            rounds=_NEWTON_ROUNDS,
        )
        if found.error > _ALLOWED:
            raise self._not_met(start * scale * found.factors, found.rounds)
        return Solved(scale * found.factors, found.error, found.errors, found.rounds, found.multipliers, float(scale))

    def _off(self, mass: FloatArray) -> list[FloatArray]:
        """Relative difference of each level of each margin, ``(L,)``."""
        found = []
        for code, wanted in zip(self.cells.codes, self.targets, strict=True):
            sums = np.bincount(code, weights=mass, minlength=len(wanted))
            with np.errstate(divide="ignore", invalid="ignore"):
                found.append(np.where(wanted > 0, np.abs(sums / wanted - 1), 0.0))
        return found

    def _not_met(self, mass: FloatArray, rounds: int) -> WeightingError:
        off = self._off(mass)
        worst = int(np.argmax([one.max(initial=0) for one in off]))
        margin, place = self.margins[worst], int(off[worst].argmax())
        firms = int(self.cells.counts(worst)[place])
        return WeightingError(
            f"Raking stopped after {rounds} rounds: margin '{margin.name}' is {off[worst][place]:.1%} off at "
            f"'{margin.levels[place]}' ({firms} respondent{'s' if firms != 1 else ''}).",
            remedy=f"Merge that level with {self._neighbour(worst, place)}, widen the bounds, or check that the "
            "margins can hold together.",
        )

    def _neighbour(self, margin: int, place: int) -> str:
        """Level next to one, the one with more respondents of the two."""
        counts, levels = self.cells.counts(margin), self.margins[margin].levels
        near = [at for at in (place - 1, place + 1) if 0 <= at < len(levels)]
        return f"'{levels[max(near, key=lambda at: counts[at])]}'" if near else "another"
