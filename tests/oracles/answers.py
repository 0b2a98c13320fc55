"""What translated calls return: surveykit's answers in the fields that a pack records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.results import Estimate
from tests.oracles.values import UnsupportedError, Vector

__all__ = ["Cells", "Fields", "Points", "Stat", "joined", "vector"]

FloatArray = npt.NDArray[np.float64]
_NORMAL = float("inf")


@dataclass(frozen=True)
class Fields:
    """An answer that is nothing but fields."""

    values: Mapping[str, Any]
    #: How exact the answer is owed to be: the name of a row of tolerances in ``judge``.
    precision: str = "closed"

    def fields(self) -> dict[str, Any]:
        return dict(self.values)

    def get(self, name: str) -> Any:
        known = {"p.value": "p_value", "parameter": "parameter"}.get(name, name)
        if known not in self.values:
            raise UnsupportedError(f"the element '{name}' of a result")
        return self.values[known]


@dataclass(frozen=True)
class Stat:
    """Estimates in R's order and under R's names.

    Parameters
    ----------
    names
        ``(p,)``.
    estimate
        The Estimate that holds them.
    order
        ``(p,)`` place of each in the Estimate.
    df
        Degrees of freedom of the design that the pack names.
    precision
        Row of tolerances.
    """

    names: tuple[str, ...]
    estimate: Estimate
    order: tuple[int, ...]
    df: float
    precision: str = "closed"
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> FloatArray:
        return self.estimate.estimate[list(self.order)]

    @property
    def ses(self) -> FloatArray:
        return self.estimate.se[list(self.order)]

    @property
    def covariance(self) -> FloatArray:
        return self.estimate.covariance[np.ix_(self.order, self.order)]

    def confint(self, df: float = _NORMAL, level: float = 0.95) -> FloatArray:
        """Intervals ``(p, 2)`` as the Estimate makes them."""
        return self.estimate.confint(level, df=df).to_numpy()[list(self.order)]

    def fact(self, name: str) -> FloatArray:
        if name not in self.estimate.facts:
            raise UnsupportedError(f"an estimate without '{name}'")
        return np.asarray(self.estimate.facts[name])[list(self.order)]

    def fields(self) -> dict[str, Any]:
        found = {
            "names": self.names,
            "estimates": self.values,
            "ses": self.ses,
            "vcov": self.covariance,
            "df": self.df,
            **self.intervals(),
            **self.extra,
        }
        if "deff" in self.estimate.facts:
            found["deff"] = self.fact("deff")
        return found

    def intervals(self) -> dict[str, Any]:
        if self.estimate.interval is not None:
            return {"ci95": np.column_stack([self.estimate.low, self.estimate.high])[list(self.order)]}
        return {"ci95": self.confint(), "ci95_t": self.confint(self.df)}


@dataclass(frozen=True)
class Cells:
    """Estimates by group as ``svyby`` prints them: one row a group, blocks of columns.

    Parameters
    ----------
    stat
        All of it, variable by variable, group by group.
    groups
        Name of each group, as ``No.1``.
    variables
        Names of the variables.
    columns
        Printed columns, each ``(groups,)``.
    """

    stat: Stat
    groups: tuple[str, ...]
    variables: tuple[str, ...]
    columns: Mapping[str, FloatArray]

    @property
    def precision(self) -> str:
        return self.stat.precision

    def fields(self) -> dict[str, Any]:
        return {**self.stat.fields(), "groups": self.groups, "cells": self.columns}


@dataclass(frozen=True)
class Points:
    """Quantiles: for each variable its points, the ends of their intervals and their standard errors."""

    variables: Mapping[str, Mapping[str, FloatArray]]
    df: float
    precision: str = "quantile"

    def fields(self) -> dict[str, Any]:
        return {"variables": self.variables, "df": self.df}


def joined(stats: Sequence[Stat]) -> Stat:
    """Several answers as one; covariances across them are not known and stay missing."""
    if len(stats) == 1:
        return stats[0]
    names = tuple(name for stat in stats for name in stat.names)
    size = len(names)
    covariance = np.full((size, size), np.nan)
    at = 0
    for stat in stats:
        width = len(stat.names)
        covariance[at : at + width, at : at + width] = stat.covariance
        at += width
    first = stats[0].estimate
    facts = {
        name: np.concatenate([stat.fact(name) for stat in stats])
        for name in first.facts
        if all(name in stat.estimate.facts for stat in stats)
    }
    interval = None
    if first.interval is not None:
        ends = [np.column_stack([stat.estimate.low, stat.estimate.high])[list(stat.order)] for stat in stats]
        stacked = np.concatenate(ends)
        interval = (stacked[:, 0], stacked[:, 1])
    together = Estimate(
        statistic=first.statistic,
        names=names,
        labels={"name": names},
        estimate=np.concatenate([stat.values for stat in stats]),
        covariance=covariance,
        df=np.concatenate([stat.estimate.df[list(stat.order)] for stat in stats]),
        n=np.concatenate([stat.estimate.n[list(stat.order)] for stat in stats]),
        weighted_n=np.concatenate([stat.estimate.weighted_n[list(stat.order)] for stat in stats]),
        interval=interval,
        facts=facts,
    )
    return Stat(names, together, tuple(range(size)), stats[0].df, stats[0].precision)


def vector(stat: Stat, values: FloatArray) -> Vector:
    """Values under the names of an answer."""
    return Vector(tuple(float(value) for value in values), stat.names)
