"""Equations of taking part: how weights against a reference sample move with both samples."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import special

from surveykit.design import Design, Structure, resolve
from surveykit.engine import FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import group_sums
from surveykit.weighting.estimated import Equations, Estimated, Outside
from surveykit.weighting.newton import Solved
from surveykit.weighting.propensity import Propensities
from surveykit.weighting.steps import Adjustment

__all__ = ["Classes", "Reference", "Stacked"]


@dataclass(frozen=True, eq=False)
class Reference:
    """The sampling units of a reference sample.

    Parameters
    ----------
    structure
        Its design.
    units
        ``(n,)`` unit of each row.
    weights
        ``(n,)``.
    """

    structure: Structure
    units: IntArray = field(repr=False)
    weights: FloatArray = field(repr=False)

    @classmethod
    def of(cls, engine: MemoryEngine, design: Design | None, weights: FloatArray) -> Reference:
        """Find the units in the rows; rows drawn independently without a design."""
        index, structure, _ = resolve(design or Design(), engine)
        return cls(structure, engine.unit_codes(index), weights)

    def outside(self, rows: FloatArray) -> Outside:
        """Sum what rows add ``(n, q)`` by unit."""
        size = len(self.structure.stages[-1].stratum)
        totals = group_sums(self.units, size, np.ones(len(rows)), list(np.ascontiguousarray(rows.T)))
        return Outside(totals, self.structure, self.units)


@dataclass(frozen=True, eq=False)
class Stacked:
    """Both samples under each other, the opt-in sample first, with their propensities of belonging to it.

    Parameters
    ----------
    found
        Propensities of the rows that weigh something.
    matrix
        ``(m, q)`` predictors of these rows.
    used
        ``(n,)`` which rows these are.
    own
        Number of rows of the opt-in sample.
    reference
        The reference sample.
    """

    found: Propensities
    matrix: FloatArray = field(repr=False)
    used: IntArray = field(repr=False)
    own: int
    reference: Reference

    @property
    def rows(self) -> int:
        """Rows of both samples."""
        return self.own + len(self.reference.weights)

    def shares(self, values: FloatArray, least: float) -> FloatArray:
        """Odds of belonging to the opt-in sample ``(n,)``: the share of such firms that takes part."""
        share = np.ones(self.rows)
        share[self.used] = values / np.maximum(1 - values, least)
        return share

    def estimated(self, before: FloatArray, after: FloatArray) -> Estimated:
        """Equations of the coefficients and of the scale; of the scale alone where the model has none.

        With propensities p of the stacked sample, the opt-in sample adds ``b (1 - p) x`` and the reference ``- d p x``;
        weights answer by ``d log((1 - p) / p) = - x``.
        """
        x = np.zeros((self.rows, 1 + self.matrix.shape[1]))
        x[self.used, 0], x[self.used, 1:] = 1.0, self.matrix
        mine, theirs = x[: self.own], x[self.own :]
        size, count = x.shape[1], len(self.found.coefficients)
        parts, others = [], []
        derivative = np.zeros((size * count + 1, size * count + 1))
        for number, beta in enumerate(self.found.coefficients):
            fitted, predicted = np.zeros(self.rows), np.zeros(self.rows)
            fitted[self.used[self.found.parts[number].fitted]] = 1.0
            predicted[self.used[self.found.parts[number].predicted]] = 1.0
            p = special.expit(x @ beta)
            weights = fitted * np.concatenate([before, self.reference.weights])
            parts.append(Equations(mine, (weights * (1 - p))[: self.own], -predicted[: self.own]))
            others.append(-theirs * (weights * p)[self.own :, None])
            block = slice(number * size, (number + 1) * size)
            derivative[block, block] = -(x * (weights * p * (1 - p))[:, None]).T @ x
            derivative[-1, block] = -(after * predicted[: self.own]) @ mine
        derivative[-1, -1] = after.sum()
        parts.append(_constant(after))
        outside = np.column_stack([*others, -self.reference.weights])
        return Estimated(tuple(parts), derivative, outside=self.reference.outside(outside))

    def adjustment(self, least: float) -> Adjustment:
        """Fit the model again with other weights of the opt-in sample; the reference sample stays as it is."""
        solve = _Again(self, least).solve
        if not self.found.coefficients:
            return Adjustment(self.own, None, solve)
        size = 1 + self.matrix.shape[1]
        x = np.zeros((self.rows, size * len(self.found.parts) + 1))
        for number, part in enumerate(self.found.parts):
            rows = self.used[part.predicted]
            x[rows, number * size] = -1.0
            x[rows, number * size + 1 : (number + 1) * size] = -self.matrix[part.predicted]
        x[:, -1] = 1.0
        return Adjustment(self.own, None, solve, x[: self.own], np.exp)


def _constant(after: FloatArray) -> Equations:
    """The scale on all weights."""
    return Equations(None, after, (after != 0).astype(np.float64), None, np.zeros(len(after), np.int8), 1)


@dataclass(frozen=True, eq=False)
class _Again:
    stacked: Stacked
    least: float

    def solve(self, weights: FloatArray) -> Solved:
        both = np.concatenate([weights, self.stacked.reference.weights])
        values, coefficients = self.stacked.found.again(both[self.stacked.used])
        share = self.stacked.shares(values, self.least)[: self.stacked.own]
        scale = self.stacked.reference.weights.sum() / (weights / share).sum()
        multipliers = np.concatenate([*coefficients, [np.log(scale)]]) if coefficients else None
        return Solved(scale / share, 0.0, np.zeros(0), 1, multipliers)


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes of the propensity, taken as fixed, with the weight that each sample has in them.

    Parameters
    ----------
    own, other
        Class of each row of the opt-in sample and of the reference.
    everyone
        ``(C,)`` weight of the reference sample.
    """

    own: IntArray = field(repr=False)
    other: IntArray = field(repr=False)
    everyone: FloatArray

    def solve(self, sums: FloatArray) -> Solved:
        """Factors of classes from their weights in the opt-in sample."""
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = np.where(sums > 0, self.everyone / sums, 0.0)
        return Solved(factors * self.everyone.sum() / (factors * sums).sum(), 0.0, np.zeros(0), 1)

    def adjustment(self) -> Adjustment:
        """Scale each class again to its weight in the reference sample."""
        return Adjustment(len(self.everyone), self.own, self.solve)

    def estimated(self, after: FloatArray, reference: Reference) -> Estimated:
        """Equations of the factors of classes and of the scale."""
        size = len(self.everyone)
        sums = np.bincount(self.own, weights=after, minlength=size)
        scale = self.everyone.sum() / self.everyone[sums != 0].sum()
        derivative = np.zeros((size + 1, size + 1))
        derivative[np.arange(size), np.arange(size)] = sums / scale
        derivative[-1, :size], derivative[-1, -1] = sums, sums.sum()
        inside = (after != 0).astype(np.float64)
        parts = (Equations(None, after / scale, inside, None, self.own, size), _constant(after))
        others = np.eye(size)[self.other] * (sums != 0)
        outside = -np.column_stack([others, np.ones(len(others))]) * reference.weights[:, None]
        return Estimated(parts, derivative, outside=reference.outside(outside))
