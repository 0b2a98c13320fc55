"""From a statistic of weighted sums to its estimate and covariance, on any engine and any design.

A :class:`Statistic` is two small functions of the sums ``(..., C, K)`` that it asks for: its value, and the linear map to its
scores. Everything else (which pass the engine makes, which form of the variance applies) is decided here, once.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from surveykit.engine import CellSums, FloatArray, IntArray, Key, Request, StratumMoments
from surveykit.errors import EstimationError, SurveykitWarning
from surveykit.expressions import Boolean, Expr
from surveykit.survey import Survey
from surveykit.variance import Presence, covariance, covariance_from_moments, unit_presence

__all__ = ["Solution", "Statistic", "keys_for", "solve", "warn_if_empty"]


class Statistic(Protocol):
    """A vector of estimates that is a smooth function of weighted sums."""

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., p)`` from sums ``(..., C, K)``."""

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Linearised contribution ``(..., p)`` of partial sums ``(..., C, K)``, at the totals `at` ``(C, K)``; linear in `sums`."""


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
    presence: Presence

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
    total = survey.engine.totals(survey.index, request)
    at = total.sums
    shift = _shift(at)
    moments = survey.engine.stratum_moments(survey.index, request, shift)
    mapping = _mapping(statistic, at)
    # Terms were measured from `shift`, so that squares of large values do not cancel: y = y' + shift x 1.
    mapping[:, :, 0] += mapping[:, :, 1:] @ np.asarray(shift[1:])
    matrix = covariance_from_moments(moments, mapping, survey.structure)
    return Solution(statistic.value(at), matrix, total, _stratum_presence(moments))


def _shift(at: FloatArray) -> list[float]:
    counted = at[:, 0].sum()
    return [0.0, *(float(at[:, k].sum() / counted) if counted else 0.0 for k in range(1, at.shape[1]))]


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
