"""Cells in which firms respond alike, grown as a tree of chi-squared tests (after Kass 1980)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from surveykit.engine import FloatArray, IntArray
from surveykit.expressions.values import BoolArray
from surveykit.weighting.features import Feature

__all__ = ["Leaf", "response_tree"]

_BINS = 8


@dataclass(frozen=True)
class Leaf:
    """One cell: its rows and how it was reached."""

    rows: IntArray
    path: str


@dataclass(frozen=True)
class _Split:
    p: float
    feature: Feature
    groups: tuple[tuple[int, ...], ...]


def response_tree(
    features: Sequence[Feature], responded: BoolArray, weights: FloatArray, *, smallest: int, alpha: float, depth: int
) -> list[Leaf]:
    """Split rows by the predictor that tells respondents best from others, as long as it tells them at all.

    Categories whose response does not differ are merged first; numbers are cut at eighths. Tests are of weighted counts
    scaled to the number of rows, with Bonferroni's correction for the ways in which categories can be merged.

    Parameters
    ----------
    features
        Predictors.
    responded, weights
        ``(n,)``.
    smallest
        Least number of rows, and half as many respondents, in a cell.
    alpha
        Level of the tests, for merging and for splitting.
    depth
        Most splits above one another.
    """
    coded = [_binned(one) for one in features]
    leaves: list[Leaf] = []
    waiting = [(np.arange(len(responded)), "all", 0)]
    while waiting:
        rows, path, level = waiting.pop(0)
        split = None if level == depth else _best(coded, rows, responded, weights, smallest, alpha)
        if split is None:
            leaves.append(Leaf(rows, path))
            continue
        for group in split.groups:
            inside = rows[np.isin(split.feature.values[rows], group)]
            step = f"{split.feature.name} in ({', '.join(_label(split.feature, code) for code in group)})"
            waiting.append((inside, step if path == "all" else f"{path} and {step}", level + 1))
    return leaves


def _label(feature: Feature, code: int) -> str:
    assert feature.levels is not None
    return str(feature.levels[code]) if code < len(feature.levels) else "missing"


def _binned(feature: Feature) -> Feature:
    if feature.levels is not None:
        return feature
    numbers = np.asarray(feature.values, np.float64)
    known = ~np.isnan(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, _BINS + 1)[1:-1]))
    levels = (f"up to {edges[0]:g}", *(f"over {edge:g}" for edge in edges.tolist()))
    codes = np.where(known, np.searchsorted(edges, numbers), len(levels))
    return Feature(feature.name, levels, codes)


def _best(
    features: Sequence[Feature], rows: IntArray, responded: BoolArray, weights: FloatArray, smallest: int, alpha: float
) -> _Split | None:
    found = [_split(one, rows, responded, weights, smallest, alpha) for one in features]
    splits = [one for one in found if one is not None and one.p < alpha]
    return min(splits, key=lambda one: one.p) if splits else None


def _split(
    feature: Feature, rows: IntArray, responded: BoolArray, weights: FloatArray, smallest: int, alpha: float
) -> _Split | None:
    """Merge the categories of one predictor until neighbours differ and groups are large enough."""
    assert feature.levels is not None
    codes, own = feature.values[rows], weights[rows] * len(rows) / weights[rows].sum()
    size = len(feature.levels) + 1
    table = np.stack([np.bincount(codes[mask], weights=own[mask], minlength=size) for mask in
                      (responded[rows], ~responded[rows])], axis=1)  # fmt: skip
    counts = np.stack([np.bincount(codes[mask], minlength=size) for mask in
                       (np.ones(len(rows), bool), responded[rows])], axis=1)  # fmt: skip
    present = np.flatnonzero(counts[:, 0])
    rate = table[present, 0] / table[present].sum(axis=1)
    groups = [(int(code),) for code in present[np.argsort(rate, kind="stable")]]
    least = np.array([smallest, (smallest + 1) // 2])
    while len(groups) > 1:
        sums = np.stack([table[list(group)].sum(axis=0) for group in groups])
        rows_of = np.stack([counts[list(group)].sum(axis=0) for group in groups])
        alike = np.array([_p_value(sums[place : place + 2]) for place in range(len(groups) - 1)])
        small = np.flatnonzero((rows_of < least).any(axis=1))
        if len(small):
            near = [at for at in (small[0] - 1, small[0]) if 0 <= at < len(groups) - 1]
            place = max(near, key=lambda at: alike[at])
        else:
            place = int(alike.argmax())
            if alike[place] < alpha:
                break
        groups[place : place + 2] = [tuple(sorted((*groups[place], *groups[place + 1])))]
    if len(groups) < 2:
        return None
    sums = np.stack([table[list(group)].sum(axis=0) for group in groups])
    ways = special.binom(len(present) - 1, len(groups) - 1)
    return _Split(min(_p_value(sums) * float(ways), 1.0), feature, tuple(groups))


def _p_value(table: FloatArray) -> float:
    """Pearson's test of independence."""
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(expected > 0, (table - expected) ** 2 / expected, 0.0).sum()
    return float(stats.chi2.sf(statistic, len(table) - 1))
