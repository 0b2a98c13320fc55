"""Models of response as steps of weights: their factors, their equations, and how replicates take them again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import special

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import WeightingError
from surveykit.expressions.values import BoolArray
from surveykit.weighting.estimated import Equations, Estimated
from surveykit.weighting.newton import Solved
from surveykit.weighting.propensity import Propensities
from surveykit.weighting.steps import Adjustment

__all__ = [
    "Sampled",
    "cell_adjustment",
    "cell_equations",
    "propensity_adjustment",
    "propensity_equations",
]

_KINDS = 4
_LEAST = 1e-3


@dataclass(frozen=True)
class Sampled:
    """What is known of each sampled case, ``(n,)``."""

    answered: BoolArray
    eligible: BoolArray
    unknown: BoolArray

    @property
    def kind(self) -> IntArray:
        """0 for respondents, 1 for eligible nonrespondents, 2 for unknown eligibility, 3 for the ineligible."""
        kind: IntArray = np.select([self.answered, self.eligible, self.unknown], [0, 1, 2], 3)
        return kind


@dataclass(frozen=True)
class _Ratios:
    """Factors by cell and kind of case, from their weights."""

    cells: int

    def solve(self, sums: FloatArray) -> Solved:
        shared, factor = self.parts(sums)
        factors = np.zeros((self.cells, _KINDS))
        factors[:, 0] = shared * factor
        return Solved(factors.reshape(-1), 0.0, np.zeros(0), 1)

    def parts(self, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Factors ``(C,)`` for unknown eligibility and for eligible cases that did not answer."""
        respondents, others, unknown, ineligible = sums.reshape(self.cells, _KINDS).T
        known = respondents + others + ineligible
        with np.errstate(divide="ignore", invalid="ignore"):
            shared = 1 + np.where(known > 0, unknown / known, 0.0)
            factor = np.where(respondents > 0, (respondents + others) / respondents, 0.0)
        return shared, factor


def cell_adjustment(cell: IntArray, cells: int, cases: Sampled) -> Adjustment:
    """Give respondents the weight of all eligible cases of their cell, as a step."""
    return Adjustment(_KINDS * cells, _KINDS * cell + cases.kind, _Ratios(cells).solve)


def cell_equations(cell: IntArray, cells: int, cases: Sampled, before: FloatArray) -> Estimated:
    """Equations of the factors of cells: the weight of respondents times the factor is that of all eligible cases.

    Where eligibility is unknown for some, a second factor shares their weight among the cases of known eligibility.

    Parameters
    ----------
    cell
        ``(n,)`` cell of each case.
    before
        ``(n,)`` weights before.
    """
    sums = np.bincount(_KINDS * cell + cases.kind, weights=before, minlength=_KINDS * cells).astype(np.float64)
    shared, factor = _Ratios(cells).parts(sums)
    answered = cases.answered.astype(np.float64)
    respondents, others, unknown, ineligible = sums.reshape(cells, _KINDS).T
    parts = [
        Equations(
            None,
            before * (answered * factor[cell] - cases.eligible),
            answered,
            before * answered * factor[cell],
            cell,
            cells,
        )
    ]
    derivative = [respondents * factor]
    if cases.unknown.any():
        known = ~cases.unknown
        parts.append(Equations(None, before * (known * shared[cell] - 1.0), answered, None, cell, cells))
        derivative.append(respondents + others + ineligible + unknown)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = before * shared[cell]
        risk = np.where(cases.answered & (weight != 0), (1 - 1 / factor[cell]) / weight, 0.0)
    return Estimated(tuple(parts), np.diag(np.concatenate(derivative)), risk)


@dataclass(frozen=True, eq=False)
class _Refitted:
    """The propensity model fitted again with other weights."""

    found: Propensities = field(repr=False)
    cases: Sampled = field(repr=False)

    def solve(self, weights: FloatArray) -> Solved:
        """Factors of all cases ``(n,)`` and, for a logistic model, the coefficients of all its parts."""
        values, coefficients = self.found.again(weights[self.cases.eligible])
        carrying = self.cases.answered[self.cases.eligible] & (weights[self.cases.eligible] != 0)
        if values[carrying].min() < _LEAST:
            raise WeightingError(
                f"A respondent has a propensity of {values[carrying].min():.2g}, by which its weight would be divided.",
                remedy="Use classes=5, which averages propensities that are alike.",
            )
        factors = np.zeros(len(weights))
        factors[self.cases.eligible] = 1 / values
        factors[~self.cases.answered] = 0.0
        multipliers = np.concatenate(coefficients) if coefficients else None
        return Solved(factors, 0.0, np.zeros(0), 1, multipliers)


def propensity_adjustment(found: Propensities, matrix: FloatArray, cases: Sampled) -> Adjustment:
    """Divide by the propensity, as a step that replicates take again with a model fitted to their own weights.

    Parameters
    ----------
    matrix
        ``(m, q)`` predictors of the eligible cases.
    """
    rows = len(cases.eligible)
    solve = _Refitted(found, cases).solve
    if not found.coefficients:
        return Adjustment(rows, None, solve)
    return Adjustment(rows, None, solve, _predictor(found, matrix, cases.eligible), _inverse)


def _inverse(eta: FloatArray) -> FloatArray:
    """One over the logistic propensity."""
    return 1 + np.exp(-eta)


def _predictor(found: Propensities, matrix: FloatArray, eligible: BoolArray) -> FloatArray:
    """Predictors of each row beside the coefficients of the part that predicts it; zero beside the others."""
    x = _with_constant(matrix, eligible)
    if len(found.parts) == 1:
        return x
    wide, places = np.zeros((len(x), len(found.parts) * x.shape[1])), np.flatnonzero(eligible)
    for number, part in enumerate(found.parts):
        rows = places[part.predicted]
        wide[rows, number * x.shape[1] : (number + 1) * x.shape[1]] = x[rows]
    return wide


def _with_constant(matrix: FloatArray, rows: BoolArray) -> FloatArray:
    """Predictors ``(n, 1 + q)`` with a constant, for all rows; zero where they are not modelled."""
    x = np.zeros((len(rows), 1 + matrix.shape[1]))
    x[rows, 0] = 1.0
    x[rows, 1:] = matrix
    return x


def propensity_equations(
    found: Propensities, matrix: FloatArray, cases: Sampled, before: FloatArray
) -> Estimated | None:
    """Likelihood equations of logistic propensities; None for models without such.

    Respondents and nonrespondents add ``d (r - p) x``; weights answer by ``d log(1 / p) = - (1 - p) x``. Where models
    are cross-fitted, each part has equations of its own, to which the rows it predicts do not add.
    """
    if not found.coefficients:
        return None
    x = _with_constant(matrix, cases.eligible)
    places, size = np.flatnonzero(cases.eligible), x.shape[1]
    parts, derivative = [], np.zeros((size * len(found.parts),) * 2)
    chance = np.zeros(len(before))
    for number, (part, beta) in enumerate(zip(found.parts, found.coefficients, strict=True)):
        p = special.expit(x @ beta)
        fitted, predicted = np.zeros(len(before)), np.zeros(len(before))
        fitted[places[part.fitted]] = before[places[part.fitted]]
        predicted[places[part.predicted]] = 1.0
        parts.append(
            Equations(
                x,
                fitted * (cases.answered - p),
                -predicted * cases.answered * (1 - p),
                fitted * cases.answered,
            )
        )
        block = slice(number * size, (number + 1) * size)
        derivative[block, block] = -(x * (fitted * p * (1 - p))[:, None]).T @ x
        chance[places[part.predicted]] = p[places[part.predicted]]
    with np.errstate(divide="ignore", invalid="ignore"):
        risk = np.where(cases.answered, (1 - chance) / before, 0.0)
    return Estimated(tuple(parts), derivative, risk)
