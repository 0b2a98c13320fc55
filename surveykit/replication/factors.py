"""Replicate factors of first-stage units: one small function a method.

Each takes strata of n_h units and returns factors ``(U, R)`` on the weights with the scales of the variance. Where
units are drawn at random, a factor is ``1 - lambda + lambda (n / m) x (times drawn)``, with lambda chosen so that the
variance of a total is the usual one, finite population included (Rao, Wu and Yue 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from surveykit.design import Stage
from surveykit.engine import FloatArray, IntArray
from surveykit.errors import DesignError

__all__ = [
    "Factors",
    "balanced",
    "bayesian_bootstrap",
    "canty_davison",
    "delete_one",
    "generalised",
    "paired",
    "random_groups",
    "rao_wu",
    "successive_differences",
]


@dataclass(frozen=True)
class Factors:
    """Factors with their scales.

    Parameters
    ----------
    values
        ``(U, R)``.
    scale, rscales
        A number and ``(R,)``.
    """

    values: FloatArray
    scale: float
    rscales: FloatArray


def _members(stage: Stage) -> list[IntArray]:
    return [np.flatnonzero(stage.stratum == code) for code in range(len(stage.sampled))]


def _drawn(stage: Stage, lonely: str) -> list[tuple[int, IntArray]]:
    """Strata that vary between samples, with their units; a single unit is refused unless it is held fixed."""
    found = []
    for code, units in enumerate(_members(stage)):
        if stage.fraction[code] >= 1:
            continue
        if len(units) == 1:
            if lonely in ("certainty", "remove"):
                continue
            raise DesignError(
                f"Stratum '{stage.labels[code]}' has one sampling unit, so it cannot be replicated.",
                remedy='Merge strata, or declare lonely="certainty".',
            )
        found.append((code, units))
    return found


def delete_one(stage: Stage, lonely: str) -> Factors:
    """Delete one unit at a time: JK1 for one stratum, JKn for several (Wolter 2007, ch. 4)."""
    columns, scales = [], []
    size = len(stage.stratum)
    for code, units in _drawn(stage, lonely):
        count = len(units)
        for unit in units.tolist():
            column = np.ones(size)
            column[units] = count / (count - 1)
            column[unit] = 0.0
            columns.append(column)
            scales.append((count - 1) / count * (1 - stage.fraction[code]))
    return Factors(np.column_stack(columns), 1.0, np.array(scales))


def paired(stage: Stage, rng: np.random.Generator) -> Factors:
    """Paired jackknife JK2: in each stratum of two units one, chosen at random, is dropped and the other doubled."""
    columns = []
    for code, units in enumerate(_members(stage)):
        _refuse_other_than_two(stage, code, units, "JK2")
        column = np.ones(len(stage.stratum))
        dropped = int(rng.integers(2))
        column[units[dropped]], column[units[1 - dropped]] = 0.0, 2.0
        columns.append(column)
    return Factors(np.column_stack(columns), 1.0, 1 - stage.fraction)


def _refuse_other_than_two(stage: Stage, code: int, units: IntArray, kind: str) -> None:
    if len(units) != 2:
        raise DesignError(
            f"{kind} needs two sampling units in each stratum, and '{stage.labels[code]}' has {len(units)}.",
            remedy="Pair or merge units first, or use the jackknife JKn or a bootstrap.",
        )


def _hadamard(order: int) -> FloatArray:
    size = 4
    while size < order:
        size *= 2
    return np.asarray(linalg.hadamard(size), np.float64)


def balanced(stage: Stage, rho: float = 0.0) -> Factors:
    """Balanced half-samples (McCarthy 1969); with rho between 0 and 1 the variant of Fay: factors 2 - rho and rho."""
    if not 0 <= rho < 1:
        raise DesignError(f"rho={rho!r} must be at least 0 and less than 1.")
    members = _members(stage)
    signs = _hadamard(len(members) + 1)
    values = np.ones((len(stage.stratum), len(signs)))
    for code, units in enumerate(members):
        _refuse_other_than_two(stage, code, units, "BRR" if rho == 0 else "Fay")
        values[units[0]] = 1 + (1 - rho) * signs[code + 1]
        values[units[1]] = 1 - (1 - rho) * signs[code + 1]
    replicates = values.shape[1]
    return Factors(values, 1 / (replicates * (1 - rho) ** 2), np.ones(replicates))


def _stratified(stage: Stage, lonely: str, replicates: int) -> tuple[FloatArray, list[tuple[int, IntArray]]]:
    return np.ones((len(stage.stratum), replicates)), _drawn(stage, lonely)


def rao_wu(stage: Stage, lonely: str, replicates: int, rng: np.random.Generator) -> Factors:
    """Rescaled bootstrap of n - 1 draws with replacement in each stratum (Rao, Wu and Yue 1992)."""
    values, drawn = _stratified(stage, lonely, replicates)
    for code, units in drawn:
        count, draws = len(units), len(units) - 1
        spread = np.sqrt(1 - stage.fraction[code])
        values[units] = 1 - spread + spread * count / draws * _multiplicities(count, draws, replicates, rng)
    return Factors(values, 1 / replicates, np.ones(replicates))


def canty_davison(stage: Stage, lonely: str, replicates: int, rng: np.random.Generator) -> Factors:
    """Bootstrap of n draws with replacement in each stratum (Canty and Davison 1999), rescaled."""
    values, drawn = _stratified(stage, lonely, replicates)
    for code, units in drawn:
        count = len(units)
        spread = np.sqrt(count * (1 - stage.fraction[code]) / (count - 1))
        values[units] = 1 - spread + spread * _multiplicities(count, count, replicates, rng)
    return Factors(values, 1 / replicates, np.ones(replicates))


def _multiplicities(count: int, draws: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """How often each of `count` units is among `draws` draws, ``(count, R)``."""
    picks = rng.integers(count, size=(draws, replicates)) + np.arange(replicates) * count
    times = np.bincount(picks.ravel(), minlength=count * replicates)
    return times.reshape(replicates, count).T.astype(np.float64)


def bayesian_bootstrap(stage: Stage, lonely: str, replicates: int, rng: np.random.Generator) -> Factors:
    """Bayesian bootstrap (Rubin 1981): Dirichlet weights in each stratum, rescaled to the usual variance."""
    values, drawn = _stratified(stage, lonely, replicates)
    for code, units in drawn:
        count = len(units)
        gaps = rng.exponential(size=(count, replicates))
        spread = np.sqrt((count + 1) / (count - 1) * (1 - stage.fraction[code]))
        values[units] = 1 + spread * (count * gaps / gaps.sum(axis=0) - 1)
    return Factors(values, 1 / replicates, np.ones(replicates))


def successive_differences(stage: Stage, position: IntArray, replicates: int | None) -> Factors:
    """Successive-difference replicates of a systematic sample (Fay and Train 1995).

    Parameters
    ----------
    position
        ``(U,)`` place of each unit in the order of selection.
    replicates
        Order of the Hadamard matrix; the least that suffices by default, at most 256.
    """
    size = len(stage.stratum)
    signs = _hadamard(min(size + 2, 256) if replicates is None else replicates)
    order = len(signs)
    values = np.ones((size, order))
    sequence = np.argsort(position, kind="stable")
    first = 1 + np.arange(size) % (order - 1)
    second = 1 + (np.arange(size) + 1) % (order - 1)
    step = 2**-1.5
    finite = np.sqrt(1 - stage.fraction[stage.stratum[sequence]])[:, None]
    values[sequence] = 1 + finite * step * (signs[first] - signs[second])
    return Factors(values, 4 / order, np.ones(order))


def random_groups(stage: Stage, groups: int, rng: np.random.Generator) -> Factors:
    """Delete-a-group jackknife: units of each stratum are dealt to groups at random (Kott 2001)."""
    if groups < 2:
        raise DesignError(f"{groups} random group(s) give no variance.", remedy="Use at least 2, usually 15 or more.")
    group = np.empty(len(stage.stratum), np.int64)
    for code, units in enumerate(_members(stage)):
        if len(units) < groups:
            raise DesignError(
                f"Stratum '{stage.labels[code]}' has {len(units)} sampling units, fewer than {groups} groups.",
                remedy="Use fewer groups, or another method.",
            )
        group[rng.permutation(units)] = (np.arange(len(units)) + rng.integers(groups)) % groups
    values = np.ones((len(stage.stratum), groups))
    for units in _members(stage):
        own = group[units]
        for number in range(groups):
            kept = own != number
            values[units, number] = np.where(kept, len(units) / kept.sum(), 0.0)
    return Factors(values, (groups - 1) / groups, np.ones(groups))


def generalised(form: FloatArray, replicates: int, rng: np.random.Generator) -> Factors:
    """Generalised bootstrap of any quadratic form ``(U, U)`` (Beaumont and Patak 2012)."""
    values, vectors = np.linalg.eigh((form + form.T) / 2)
    if values.min() < -1e-8 * max(values.max(), 1.0):
        raise DesignError(
            "The variance is not a positive form, so it cannot be replicated.",
            remedy="Use the linearised variance of this design.",
        )
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    draws = root @ rng.standard_normal((len(form), replicates))
    return Factors(1 + draws, 1 / replicates, np.ones(replicates))
