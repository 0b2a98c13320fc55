"""Post-stratification: weights scaled to the population within cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.errors import WeightingError
from surveykit.weighting.auxiliaries import in_memory
from surveykit.weighting.population import PopulationLike, as_population
from surveykit.weighting.records import Projection, Step, Weights
from surveykit.weighting.targets import crossed_margin, margin_targets

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
    margin = crossed_margin(in_memory(weights.engine), variables)
    targets = margin_targets(margin, variables, counts, partial=partial)
    sums = margin.sums(weights.values)
    stuck = np.flatnonzero((sums <= 0) & (targets > 0) & (margin.counts() > 0))
    if len(stuck):
        raise WeightingError(
            f"The weights of '{margin.name}' = {margin.levels[int(stuck[0])]} add to {sums[stuck[0]]:g}, so they cannot be scaled.",
            remedy="Check the weights before this step.",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(sums > 0, targets / sums, 0.0)
    kept = np.flatnonzero(margin.counts())
    step = Step(
        "post-stratify",
        f"to {margin.name} of {counts.name}",
        Projection(tuple(margin.conditions[code] for code in kept.tolist()), weights.values),
        facts={"margins": {margin.name: dict(zip(map(str, margin.levels), targets.tolist(), strict=True))}},
    )
    return weights.then(weights.values * factors[margin.codes], step, illustrative=counts.illustrative)
