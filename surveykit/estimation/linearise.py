"""From a statistic of weighted sums to its estimate and covariance, on any engine and any design.

A :class:`Statistic` is two small functions of the sums ``(..., C, K)`` that it asks for: its value, and the linear map
to its
scores. Everything else (which pass the engine makes, which form of the variance applies) is decided here, once.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from surveykit.design import Structure
from surveykit.engine import CellSums, FloatArray, IntArray, Key, Request, StratumMoments
from surveykit.engine.grouping import key_codes
from surveykit.errors import EstimationError, SurveykitWarning
from surveykit.estimation.replicate_degrees import DomainDegrees
from surveykit.estimation.row_scores import Rows, ScoreSums, scan
from surveykit.expressions import Boolean, Expr, Values
from surveykit.expressions.values import BoolArray
from surveykit.survey import Survey
from surveykit.variance import (
    Presence,
    covariance,
    covariance_from_moments,
    replicate_covariance,
    unit_presence,
)
from surveykit.weighting.records import Replicates

__all__ = ["Solution", "Statistic", "keys_for", "solve", "warn_if_empty"]


class Statistic(Protocol):
    """A vector of estimates that is a smooth function of weighted sums."""

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., p)`` from sums ``(..., C, K)``."""

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Linearised contribution ``(..., p)`` of partial sums ``(..., C, K)`` at the totals `at` ``(C, K)``.

        It is linear in `sums`.
        """


@dataclass(frozen=True)
class Solution:
    """Estimates, their covariance and what they rest on.

    Parameters
    ----------
    value, covariance
        ``(p,)`` and ``(p, p)``.
    total
        The sums themselves; the first term is the constant, so ``total.sums[:, 0]`` are weighted counts.
    presence
        Where the cells have rows.
    """

    value: FloatArray
    covariance: FloatArray
    total: CellSums
    presence: Presence | DomainDegrees

    def degrees_of_freedom(self, groups: IntArray | None = None) -> FloatArray:
        """Return ``(G,)`` degrees of freedom of groups of cells ``(C,)``; of each cell without groups."""
        cells = len(self.total.sums)
        groups = np.arange(cells) if groups is None else groups
        return self.presence.degrees_of_freedom(groups, int(groups.max(initial=-1)) + 1)


def solve(survey: Survey, request: Request, statistic: Statistic) -> Solution:
    """Estimate a statistic with its design-based covariance.

    Parameters
    ----------
    survey
        Rows, design, weights and domain.
    request
        Sums to ask for; its first term must be the constant 1 (None). Its `where` is joined with the survey's domain.
    statistic
        What to make of the sums.
    """
    if not request.terms or request.terms[0] is not None:
        raise EstimationError("A request must begin with the constant term.")
    request = replace(request, where=_joined(survey.domain, request.where))
    with np.errstate(divide="ignore", invalid="ignore"):
        if survey.replicates is not None:
            return _by_replicates(survey, survey.replicates, request, statistic)
        if survey.calibration:
            return _by_rows(survey, request, statistic)
        if survey.structure.by_moments:
            return _by_moments(survey, request, statistic)
        sums = survey.engine.unit_sums(survey.index, request)
        at = sums.total.sums
        scores = statistic.scores(sums.sums, at)
        present = sums.sums[:, :, 0] != 0
        matrix = covariance(scores, survey.structure, present.any(axis=1))
        return Solution(statistic.value(at), matrix, sums.total, unit_presence(present, survey.structure))


def _joined(first: Expr | None, second: Expr | None) -> Expr | None:
    parts = [expr for expr in (first, second) if expr is not None]
    if len(parts) < 2:
        return parts[0] if parts else None
    return Boolean("and", tuple(parts))


def _by_moments(survey: Survey, request: Request, statistic: Statistic) -> Solution:
    moments = survey.engine.stratum_moments(survey.index, request)
    total = moments.total
    at = total.sums
    mapping = _mapping(statistic, at)
    # Terms were measured from near their means, so that squares of large values do not cancel: y = y' + shift x 1.
    mapping[:, :, 0] += mapping[:, :, 1:] @ np.asarray(moments.shift[1:])
    matrix = covariance_from_moments(moments, mapping, survey.structure)
    return Solution(statistic.value(at), matrix, total, _stratum_presence(moments))


def _by_rows(survey: Survey, request: Request, statistic: Statistic) -> Solution:
    """Row by row: the form that calibration needs."""
    total = survey.engine.totals(survey.index, request)
    mapping = _mapping(statistic, total.sums)
    mapping = np.nan_to_num(mapping, nan=0.0, posinf=0.0, neginf=0.0)
    sums = ScoreSums(survey, len(mapping))
    presence = _CellPresence(survey.structure, request.cells)
    terms = [term for term in request.terms if term is not None]
    exprs = [*terms, *(key.expr for key in request.keys), *request.complete]
    for batch in scan(survey, exprs, where=request.where):
        cells, known = _cell_codes(batch.values[len(terms) :], request.keys, len(batch.weight))
        weight = np.where(known, batch.weight, 0.0)
        columns = [np.ones(len(weight)), *(value.data for value in batch.values[: len(terms)])]
        scores = np.zeros((len(weight), len(mapping)))
        for k, column in enumerate(columns):
            scores += mapping[:, cells, k].T * np.where(weight != 0, weight * column, 0.0)[:, None]
        counted = replace(batch, weight=weight)
        sums.add(counted, scores)
        presence.add(counted, cells)
    return Solution(statistic.value(total.sums), sums.covariance(np.eye(len(mapping))), total, presence.found())


def _cell_codes(values: Sequence[Values], keys: tuple[Key, ...], rows: int) -> tuple[IntArray, BoolArray]:
    """Cell of each row of a batch, and whether it has one."""
    cells: IntArray = np.zeros(rows, np.int64)
    known = np.ones(rows, np.bool_)
    for value, key in zip(values, keys, strict=False):
        codes, valid = key_codes(value, key.levels)
        cells = cells * len(key.levels) + codes
        if valid is not None:
            known &= valid
    return cells, known


class _CellPresence:
    """Collects, batch by batch, which units (or strata of rows) have rows in which cell."""

    def __init__(self, structure: Structure, cells: int) -> None:
        deepest = structure.stages[-1]
        self._structure = structure
        size = len(deepest.sampled) if structure.by_moments else len(deepest.stratum)
        self._counts = np.zeros((size, cells), np.int64)

    def add(self, batch: Rows, cells: IntArray) -> None:
        inside = batch.weight != 0
        place = batch.stratum if self._structure.by_moments else batch.unit
        np.add.at(self._counts, (place[inside], cells[inside]), 1)

    def found(self) -> Presence:
        if self._structure.by_moments:
            return Presence(self._counts, np.arange(len(self._counts)))
        return unit_presence(self._counts > 0, self._structure)


def _by_replicates(survey: Survey, replicates: Replicates, request: Request, statistic: Statistic) -> Solution:
    """Estimate each replicate from its own sums."""
    total = survey.engine.totals(survey.index, request)
    sums = survey.engine.replicate_sums(survey.index, request, replicates.factors, replicates.units)
    value = statistic.value(total.sums)
    matrix = replicate_covariance(statistic.value(sums), value, replicates)
    return Solution(value, matrix, total, DomainDegrees(survey, request))


def _mapping(statistic: Statistic, at: FloatArray) -> FloatArray:
    cells, terms = at.shape
    identity = np.eye(cells * terms).reshape(cells * terms, cells, terms)
    return np.ascontiguousarray(statistic.scores(identity, at).T).reshape(-1, cells, terms)


def _stratum_presence(moments: StratumMoments) -> Presence:
    return Presence(moments.rows, np.arange(len(moments.rows)))


def keys_for(survey: Survey, by: str | Sequence[str] | None) -> tuple[Key, ...]:
    """Grouping variables with their levels fixed.

    Parameters
    ----------
    by
        Column names or expressions.
    """
    if by is None:
        return ()
    given = [by] if isinstance(by, str) else list(by)
    keys = []
    for text in given:
        expr = survey.expression(text)
        levels = survey.engine.levels(expr)
        if not levels:
            raise EstimationError(
                f"'{text}' has no values to group by.", remedy="Check for a column that is missing in every row."
            )
        keys.append(Key(expr, text, levels))
    return tuple(keys)


def warn_if_empty(survey: Survey, solution: Solution, what: str) -> None:
    """Warn, with the name of the domain, if nothing was left to estimate from."""
    if solution.total.sums[:, 0].sum() == 0:
        domain = f"the domain {survey.domain_text!r}" if survey.domain_text else "the survey"
        warnings.warn(
            f"No row with a positive weight and an answer is in {domain}, so the {what} is missing.",
            SurveykitWarning,
            stacklevel=3,
        )
