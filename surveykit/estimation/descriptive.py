"""Totals, means, ratios and proportions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, IntArray, Key, Request
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import assemble, cell_labels
from surveykit.estimation.design_effects import DesignEffect, design_effects
from surveykit.estimation.linearise import keys_for, solve, warn_if_empty
from surveykit.estimation.proportion_intervals import IntervalMethod, proportion_intervals
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = [
    "Mean",
    "Missing",
    "Proportion",
    "Ratio",
    "Total",
    "count",
    "mean",
    "proportion",
    "ratio",
    "refuse_missing",
    "total",
]

Missing = Literal["drop", "fail"]


@dataclass(frozen=True)
class Total:
    """Sums of every term but the constant, variable by variable, cell by cell."""

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., V * C)``."""
        moved = np.swapaxes(sums[..., 1:], -1, -2)
        return moved.reshape(*moved.shape[:-2], -1)

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Totals are their own scores."""
        return self.value(sums)


@dataclass(frozen=True)
class Mean:
    """Sum of each term over the sum of weights, variable by variable, cell by cell."""

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., V * C)``."""
        return Total().value(sums / sums[..., :1])

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Contribution ``(w y - mean w) / sum of w``."""
        means = at / at[:, :1]
        return Total().value((sums - means * sums[..., :1]) / at[:, :1])


@dataclass(frozen=True)
class Ratio:
    """Ratio of two totals; terms are the constant, the numerator and the denominator."""

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., C)``."""
        return sums[..., 1] / sums[..., 2]

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Contribution ``(w y - ratio w x) / sum of w x``."""
        ratio = at[:, 1] / at[:, 2]
        return (sums[..., 1] - ratio * sums[..., 2]) / at[:, 2]


@dataclass(frozen=True)
class Proportion:
    """Share of each cell's weight in that of its group.

    Parameters
    ----------
    groups
        ``(C,)`` group of each cell.
    """

    groups: IntArray

    def _sum(self, values: FloatArray) -> FloatArray:
        indicator = np.eye(int(self.groups.max()) + 1)[self.groups]
        return values @ indicator

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., C)``."""
        counts = sums[..., 0]
        return counts / self._sum(counts)[..., self.groups]

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Contribution ``(w in the cell - share x w in the group) / weight of the group``."""
        share = self.value(at)
        group = self._sum(sums[..., 0])[..., self.groups]
        return (sums[..., 0] - share * group) / self._sum(at[:, 0])[self.groups]


def total(
    survey: Survey,
    variables: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    missing: Missing = "drop",
    deff: DesignEffect = None,
    level: float = 0.95,
) -> Estimate:
    """Population totals.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variables
        Columns or expressions; a condition counts 1 where it holds.
    by
        Columns or expressions whose levels define groups.
    missing
        ``"drop"`` leaves rows with a missing variable out as outside the domain, and says how many; ``"fail"`` refuses.
    deff
        Add design effects: ``"without"`` against simple random sampling without replacement, ``"with"`` with
        replacement.
    level
        Confidence level.

    Returns
    -------
    Estimate
        Variable by variable, group by group.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "w": [10.0, 10.0, 20.0]})
    >>> total(Survey(firms, weights="w"), "sales").estimate
    array([260.])
    """
    return _of_variables(survey, variables, "total", by=by, missing=missing, deff=deff, level=level)


def mean(
    survey: Survey,
    variables: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    missing: Missing = "drop",
    deff: DesignEffect = None,
    level: float = 0.95,
) -> Estimate:
    """Population means, as ratios of totals to the sum of weights.

    Parameters are those of :func:`total`.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "w": [10.0, 10.0, 20.0]})
    >>> mean(Survey(firms, weights="w"), "sales").estimate
    array([6.5])
    """
    return _of_variables(survey, variables, "mean", by=by, missing=missing, deff=deff, level=level)


def _of_variables(
    survey: Survey,
    variables: str | Sequence[str],
    statistic: Literal["total", "mean"],
    *,
    by: str | Sequence[str] | None,
    missing: Missing,
    deff: DesignEffect,
    level: float,
) -> Estimate:
    names = (variables,) if isinstance(variables, str) else tuple(variables)
    if not names:
        raise EstimationError(f"No variable is named for the {statistic}.", remedy="Name a column.")
    exprs = tuple(survey.expression(name) for name in names)
    keys = keys_for(survey, by)
    request = Request((None, *exprs), keys)
    solution = solve(survey, request, Total() if statistic == "total" else Mean())
    refuse_missing(solution.total.missing, names, missing)
    warn_if_empty(survey, solution, statistic)
    cells = np.tile(np.arange(request.cells), len(names))
    labels, full_names = cell_labels(keys, names)
    value = solution.value
    if statistic == "total":
        value = np.where(solution.total.sums[cells, 0] == 0, np.nan, value)
    facts = {}
    if deff is not None:
        facts["deff"] = design_effects(survey, request, solution, statistic, deff)
    return assemble(
        survey,
        solution,
        statistic=statistic,
        names=full_names,
        labels=labels,
        estimate=value,
        cells=cells,
        level=level,
        facts=facts,
    )


def refuse_missing(count: int, names: Sequence[str], missing: Missing) -> None:
    """Refuse rows with missing values where the caller asked for that."""
    if missing not in ("drop", "fail"):
        raise EstimationError(f"missing={missing!r} is not known.", remedy="Choose 'drop' or 'fail'.")
    if missing == "fail" and count:
        shown = ", ".join(f"'{name}'" for name in names)
        raise EstimationError(
            f"{count} row(s) of the domain are missing in {shown}.",
            remedy='Impute them, or pass missing="drop" to estimate from the others.',
        )


def count(survey: Survey, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> Estimate:
    """Estimated number of units in the population, by group.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"size": ["s", "l", "s"], "w": [10.0, 10.0, 20.0]})
    >>> count(Survey(firms, weights="w"), by="size").estimate
    array([10., 30.])
    """
    keys = keys_for(survey, by)
    request = Request((None,), keys)
    solution = solve(survey, request, _Count())
    labels, names = cell_labels(keys, ("count",))
    warn_if_empty(survey, solution, "count")
    return assemble(
        survey,
        solution,
        statistic="count",
        names=names,
        labels=labels,
        estimate=solution.value,
        cells=np.arange(request.cells),
        level=level,
    )


@dataclass(frozen=True)
class _Count:
    def value(self, sums: FloatArray) -> FloatArray:
        return sums[..., 0]

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        return sums[..., 0]


def ratio(
    survey: Survey,
    numerator: str,
    denominator: str,
    *,
    by: str | Sequence[str] | None = None,
    missing: Missing = "drop",
    deff: DesignEffect = None,
    level: float = 0.95,
) -> Estimate:
    """Ratio of two population totals.

    Parameters
    ----------
    numerator, denominator
        Columns or expressions of numbers.

    Other parameters are those of :func:`total`.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"exports": [1.0, 0.0, 9.0], "sales": [3.0, 5.0, 10.0], "w": [1.0, 1.0, 2.0]})
    >>> ratio(Survey(firms, weights="w"), "exports", "sales").estimate.round(4)
    array([0.6786])
    """
    name = f"{numerator}/{denominator}"
    exprs = (survey.expression(numerator), survey.expression(denominator))
    keys = keys_for(survey, by)
    request = Request((None, *exprs), keys)
    solution = solve(survey, request, Ratio())
    refuse_missing(solution.total.missing, (numerator, denominator), missing)
    warn_if_empty(survey, solution, "ratio")
    labels, names = cell_labels(keys, (name,))
    facts = {}
    if deff is not None:
        facts["deff"] = design_effects(survey, request, solution, "ratio", deff)
    return assemble(
        survey,
        solution,
        statistic="ratio",
        names=names,
        labels=labels,
        estimate=np.where(np.isfinite(solution.value), solution.value, np.nan),
        cells=np.arange(request.cells),
        level=level,
        facts=facts,
    )


def proportion(
    survey: Survey,
    variable: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    method: IntervalMethod = "logit",
    missing: Missing = "drop",
    deff: DesignEffect = None,
    level: float = 0.95,
) -> Estimate:
    """Shares of the levels of a categorical variable, or of the crossed levels of several.

    Parameters
    ----------
    variable
        A column or condition, or several to cross. Shares add to one within each group.
    by
        Columns or expressions whose levels define groups.
    method
        Interval: ``"logit"``, ``"likelihood"``, ``"mean"``, ``"beta"`` (Korn and Graubard 1998), ``"xlogit"``,
        ``"asin"`` or ``"wilson"``. A share of 0 or 1
        gets the exact interval of Clopper and Pearson on n / (1 + cv(w)^2).

    Other parameters are those of :func:`total`.

    Returns
    -------
    Estimate
        Group by group, level by level.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"size": ["s", "l", "s", "s"], "w": [10.0, 10.0, 10.0, 20.0]})
    >>> proportion(Survey(firms, weights="w"), "size").estimate
    array([0.2, 0.8])
    """
    by_keys = keys_for(survey, by)
    names = (variable,) if isinstance(variable, str) else tuple(variable)
    keys = keys_for(survey, list(names))
    request = Request((None,), (*by_keys, *keys))
    groups = _group_of_cells(by_keys, keys)
    solution = solve(survey, request, Proportion(groups))
    refuse_missing(solution.total.missing, names, missing)
    warn_if_empty(survey, solution, "proportion")
    labels, cell_names = cell_labels((*by_keys, *keys), ())
    facts = {}
    if deff is not None:
        facts["deff"] = design_effects(survey, request, solution, "proportion", deff, groups=groups)
    found = assemble(
        survey,
        solution,
        statistic="proportion",
        names=cell_names,
        labels=labels,
        estimate=solution.value,
        cells=np.arange(request.cells),
        groups=groups,
        level=level,
        facts=facts,
    )
    return proportion_intervals(survey, found, request, groups, method)


def _group_of_cells(by_keys: tuple[Key, ...], keys: tuple[Key, ...]) -> IntArray:
    inner = int(np.prod([len(key.levels) for key in keys]))
    outer = int(np.prod([len(key.levels) for key in by_keys])) if by_keys else 1
    return np.repeat(np.arange(outer), inner)
