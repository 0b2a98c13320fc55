"""Rescaled bootstrap for several stages (Preston 2009, Survey Methodology 35)."""

from __future__ import annotations

import numpy as np

from surveykit.design import Stage, Structure
from surveykit.engine import FloatArray, IntArray
from surveykit.errors import DesignError
from surveykit.replication.factors import Factors

__all__ = ["preston"]


def preston(structure: Structure, replicates: int, rng: np.random.Generator) -> Factors:
    """Draw half of the units of each stratum without replacement, at every stage.

    With ``n* = floor(n / 2)`` and delta 1 for drawn units, a stage adds to the factor of its units
    ``lambda x (product over outer stages of sqrt(n / n*) delta) x (n / n* delta - 1)`` where
    ``lambda^2 = n* x (product of outer sampling fractions) (1 - f) / (n - n*)``.

    Returns
    -------
    Factors
        By unit of the deepest stage.
    """
    factor: FloatArray | None = None
    carried: FloatArray | None = None
    reach: FloatArray | None = None
    for stage in structure.stages:
        size = len(stage.stratum)
        if stage.parent is not None and factor is not None and carried is not None and reach is not None:
            factor, carried, reach = factor[stage.parent], carried[stage.parent], reach[stage.parent]
        else:
            factor, carried, reach = np.ones((size, replicates)), np.ones((size, replicates)), np.ones(size)
        drawn, taken = _halves(stage, structure, replicates, rng)
        n = stage.sampled[stage.stratum]
        fraction = stage.fraction[stage.stratum]
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt(taken * reach * (1 - fraction) / (n - taken))
            grown = n / taken
        fixed = n == taken
        spread, grown = np.where(fixed, 0.0, spread), np.where(fixed, 1.0, grown)
        factor = factor + spread[:, None] * carried * (grown[:, None] * drawn - 1)
        carried = carried * np.sqrt(grown)[:, None] * drawn
        reach = reach * fraction
    assert factor is not None
    return Factors(factor, 1 / replicates, np.ones(replicates))


def _halves(
    stage: Stage, structure: Structure, replicates: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Units drawn ``(U, R)`` and the number drawn in each unit's stratum ``(U,)``; strata without variance stay."""
    size = len(stage.stratum)
    order = np.argsort(stage.stratum, kind="stable")
    edges = np.searchsorted(stage.stratum[order], np.arange(len(stage.sampled) + 1))
    drawn, taken = np.ones((size, replicates)), stage.sampled[stage.stratum].copy()
    for code in range(len(stage.sampled)):
        units: IntArray = order[edges[code] : edges[code + 1]]
        if stage.fraction[code] >= 1:
            continue
        if len(units) == 1:
            if structure.lonely in ("certainty", "remove") or stage.parent is not None:
                continue
            raise DesignError(
                f"Stratum '{stage.labels[code]}' has one sampling unit, so it cannot be replicated.",
                remedy='Merge strata, or declare lonely="certainty".',
            )
        half = len(units) // 2
        rank = rng.random((len(units), replicates)).argsort(axis=0).argsort(axis=0)
        drawn[units] = rank < half
        taken[units] = half
    return drawn, taken
