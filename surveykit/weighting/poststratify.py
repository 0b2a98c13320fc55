"""Post-stratification: weights scaled to the population within cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import WeightingError
from surveykit.weighting.auxiliaries import in_memory, weighing
from surveykit.weighting.newton import Solved
from surveykit.weighting.population import PopulationLike, as_population
from surveykit.weighting.records import Weights
from surveykit.weighting.steps import Adjustment, Projection, Step
from surveykit.weighting.targets import complete, crossed_margin, margin_facts, margin_targets

__all__ = ["post_stratify"]


def post_stratify(
    weights: Weights, population: PopulationLike, *, by: str | Sequence[str], partial: bool = False
) -> Weights:
    """Scale weights so that each cell adds to its population count.

    Parameters
    ----------
    weights
        Weights before.
    population
        Counts by the variables of `by`, crossed.
    by
        Variables of the cells.
    partial
        Allow cells of the population without respondents.

    Raises
    ------
    WeightingError
        If a cell has respondents and no count, a count and no respondent, or respondents whose weights add to zero.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.weighting import base_weights
    >>> firms = pd.DataFrame({"size": ["s", "s", "l"]})
    >>> post_stratify(base_weights(firms), {"size": {"s": 90, "l": 10}}, by="size").values
    array([45., 45., 10.])
    """
    variables = [by] if isinstance(by, str) else list(by)
    counts = as_population(population)
    used = weighing(weights.values)
    margin = complete(crossed_margin(in_memory(weights.engine), variables, used), "fail")
    rows = np.bincount(margin.codes if used is None else margin.codes[used], minlength=len(margin.levels))
    targets = margin_targets(margin, variables, counts, rows=rows, partial=partial)

    def solve(sums: FloatArray) -> Solved:
        stuck = np.flatnonzero((sums <= 0) & (targets > 0) & (rows > 0))
        if len(stuck):
            raise WeightingError(
                f"The weights of '{margin.name}' = {margin.levels[int(stuck[0])]} add to {sums[stuck[0]]:g}, so they "
                "cannot be scaled.",
                remedy="Check the weights before this step, or merge that level with a neighbour.",
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = np.where(sums > 0, targets / sums, 0.0)
        return Solved(factors, 0.0, np.zeros(0), 1)

    factors = solve(margin.sums(weights.values)).factors
    step = Step(
        "post-stratify",
        f"to {margin.name} of {counts.name}",
        Projection(tuple(margin.conditions[code] for code in np.flatnonzero(rows).tolist()), weights.values),
        facts=margin_facts([margin], [variables], [targets]),
        adjustment=Adjustment(len(margin.levels), margin.codes, solve),
    )
    return weights.then(weights.values * factors[margin.codes], step, illustrative=counts.illustrative)
