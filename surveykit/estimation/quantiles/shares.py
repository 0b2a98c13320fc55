"""Shares of the weight up to given points, each group with its own points: what Woodruff's intervals rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from surveykit.engine import CellSums, FloatArray, IntArray, Key, Request
from surveykit.estimation.descriptive import Mean
from surveykit.estimation.linearise import Solution, solve
from surveykit.expressions import Arithmetic, Boolean, Choose, Compare, Expr
from surveykit.expressions import Literal as Constant
from surveykit.survey import Survey
from surveykit.variance import Presence

__all__ = ["shares_up_to"]


def shares_up_to(survey: Survey, exprs: Sequence[Expr], keys: tuple[Key, ...], points: FloatArray) -> Solution:
    """Shares of each group's weight at or below points.

    Parameters
    ----------
    exprs
        V variables; rows with any of them missing are outside.
    keys
        Grouping variables.
    points
        ``(V, C, P)``; NaN for groups without rows.

    Returns
    -------
    Solution
        ``V P C`` shares in order of variable, point and group.
    """
    known = np.where(np.isnan(points), 0.0, points)
    if survey.structure.by_moments and survey.replicates is None and len(exprs) == 1:
        order = np.argsort(known[0, 0], kind="stable")
        ascending = known[0][:, order]
        if (np.diff(ascending, axis=1) >= 0).all():
            return _by_bands(survey, exprs[0], keys, ascending, order)
    terms: list[Expr | None] = [None]
    for expr, own in zip(exprs, known, strict=True):
        terms += [_at_most(expr, keys, limits) for limits in own.T]
    return solve(survey, Request(tuple(terms), keys, complete=tuple(exprs)), Mean())


def _at_most(expr: Expr, keys: tuple[Key, ...], limits: FloatArray) -> Expr:
    """Condition ``expr <= limit``, each cell with its own limit."""
    if not keys:
        return Compare("<=", expr, Constant(float(limits[0])))
    options: list[Expr] = []
    for cell, limit in zip(product(*(key.levels for key in keys)), limits.tolist(), strict=True):
        inside = [Compare("==", key.expr, Constant(level)) for key, level in zip(keys, cell, strict=True)]  # type: ignore[arg-type]
        options.append(Boolean("and", (*inside, Compare("<=", expr, Constant(limit)))))
    return options[0] if len(options) == 1 else Boolean("or", tuple(options))


@dataclass(frozen=True)
class _UpTo:
    """Shares up to ascending points, from weights by band.

    Cells are groups crossed with the number of points that are not below.
    """

    groups: int
    points: int

    def _cumulative(self, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        bands = sums[..., 0].reshape(*sums.shape[:-2], self.groups, self.points + 1)
        up_to = np.cumsum(bands[..., ::-1], axis=-1)
        return np.swapaxes(up_to[..., :-1], -1, -2), up_to[..., -1]

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., P * C)``."""
        up_to, total = self._cumulative(sums)
        shares = up_to / total[..., None, :]
        return shares.reshape(*shares.shape[:-2], -1)

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Contribution ``(w 1(x <= point) - share x w) / sum of w``."""
        reached, weight = self._cumulative(at)
        up_to, total = self._cumulative(sums)
        scores = (up_to - reached / weight * total[..., None, :]) / weight
        return scores.reshape(*scores.shape[:-2], -1)


def _by_bands(survey: Survey, expr: Expr, keys: tuple[Key, ...], ascending: FloatArray, order: IntArray) -> Solution:
    """The same with the bands between the points as a grouping variable: one term instead of one a point.

    Where rows are the sampling units, second moments of P terms cost of the order of P squared.
    """
    groups, size = ascending.shape
    conditions = [_at_most(expr, keys, limits) for limits in ascending.T]
    if size == 1:
        band = Key(conditions[0], "band", (False, True))
    else:
        counted: list[Expr] = [Choose(one, Constant(1), Constant(0)) for one in conditions]
        number = counted[0]
        for one in counted[1:]:
            number = Arithmetic("+", number, one)
        band = Key(number, "band", tuple(range(size + 1)))
    found = solve(survey, Request((None,), (*keys, band), complete=(expr,)), _UpTo(groups, size))
    back = np.argsort(order, kind="stable")
    place = (back[:, None] * groups + np.arange(groups)).reshape(-1)
    presence = found.presence
    assert isinstance(presence, Presence)
    counts = presence.counts.reshape(len(presence.counts), groups, size + 1).sum(axis=2)
    total = CellSums(
        found.total.sums.reshape(groups, size + 1, -1).sum(axis=1),
        found.total.rows.reshape(groups, size + 1).sum(axis=1),
        found.total.missing,
    )
    return replace(
        found,
        value=found.value[place],
        covariance=found.covariance[np.ix_(place, place)],
        total=total,
        presence=Presence(counts, presence.stratum),
    )
