"""Quantiles with the intervals of Woodruff."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray, Key, Request, WeightedValues
from surveykit.engine.records import SHARE_TOLERANCE
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import assemble, cell_labels
from surveykit.estimation.descriptive import refuse_missing
from surveykit.estimation.linearise import Solution, keys_for, warn_if_empty
from surveykit.estimation.quantiles.intervals import QuantileInterval, Shares, check_interval, share_interval
from surveykit.estimation.quantiles.replicates import quantile_covariance, refuse_jackknife
from surveykit.estimation.quantiles.rules import QuantileRule, check_rule, needs_rows, read_quantiles
from surveykit.estimation.quantiles.shares import shares_up_to
from surveykit.expressions import Expr
from surveykit.results import Estimate
from surveykit.results.estimate import t_quantile
from surveykit.survey import Survey

__all__ = ["quantile"]


def quantile(
    survey: Survey,
    variables: str | Sequence[str],
    probabilities: float | Sequence[float] = 0.5,
    *,
    by: str | Sequence[str] | None = None,
    rule: QuantileRule = "math",
    interval: QuantileInterval = "mean",
    level: float = 0.95,
    df: float | None = None,
    missing: Literal["drop", "fail"] = "drop",
) -> Estimate:
    """Quantiles of a population.

    The interval is Woodruff's: an interval for the share of the population at or below the estimated quantile is read
    back as values by the same rule. The standard error is its width over 2 t, and covariances take the correlations of
    those shares.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variables
        Columns or expressions of numbers.
    probabilities
        Between 0 and 1.
    by
        Columns or expressions whose levels define groups.
    rule
        ``"math"`` and ``"hf1"``: the smallest value up to which at least the share lies, a value of the data.
        ``"school"`` and ``"hf2"``: the middle of two values where the share falls between them; ``"hf3"`` there takes
        the one of even rank among the distinct values. ``"hf4"`` to ``"hf9"``: interpolation as in Hyndman and Fan
        (1996); rows of equal value count in their order. ``"shahvaish"``: Shah and Vaish (2006).
        ``"shahvaish-unscaled"``: the same with one of its terms in unscaled weights, as R survey 4.5 computes it; it is
        wrong unless weights are near 1 and is there for comparison only.
    interval
        How the interval of the share is made: ``"mean"`` (share -/+ t se), ``"beta"`` (Korn and Graubard 1998),
        ``"xlogit"``, ``"asin"``; or ``"score"``: all values at which a test of the share does not reject (Binder
        1991); or, for replicate weights, ``"quantile"``: the variance of the quantile over the replicates. Under
        ``"mean"`` an end is missing where the share's interval leaves [0, 1]: the data then do not bound the quantile
        on that side.
    level
        Confidence level.
    df
        Degrees of freedom instead of the design's.
    missing
        ``"drop"`` leaves rows with any variable missing out as outside the domain, and says how many; ``"fail"``
        refuses.

    Returns
    -------
    Estimate
        Variable by variable, probability by probability, group by group.

    References
    ----------
    Woodruff (1952), *JASA* 47, 635-646; Francisco and Fuller (1991), *Annals of Statistics* 19, 454-469.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0, 4.0], "w": [10.0, 10.0, 20.0, 5.0]})
    >>> quantile(Survey(firms, weights="w"), "sales", [0.25, 0.5]).estimate
    array([4., 5.])
    """
    check_rule(rule)
    check_interval(interval)
    shares = _probabilities(probabilities)
    names = (variables,) if isinstance(variables, str) else tuple(variables)
    if not names:
        raise EstimationError("No variable is named for the quantiles.", remedy="Name a column.")
    asked = _Asked(survey, tuple(survey.expression(name) for name in names), shares, keys_for(survey, by), rule)
    if interval == "quantile":
        refuse_jackknife(survey)
    values = asked.values(asked.near(shares))
    points = asked.points(values)
    solution = asked.at_most(points)
    refuse_missing(solution.total.missing, names, missing)
    warn_if_empty(survey, solution, "quantile")
    found = _assembled(asked, solution, points, names, level)
    if df is not None:
        found = replace(found, df=np.full(len(found), float(df)))
    if interval == "quantile":
        return _from_replicates(asked, found)
    if interval == "score":
        ends = _score_ends(asked, found)
    else:
        ends = _woodruff_ends(asked, values, solution, found, interval)
    return _with_interval(found, solution, ends, interval)


def _from_replicates(asked: _Asked, found: Estimate) -> Estimate:
    """Intervals from the spread of the replicates' own quantiles."""
    full = found.estimate.reshape(len(asked.exprs), len(asked.shares), asked.cells)
    matrix = quantile_covariance(asked.survey, asked.exprs, asked.keys, asked.shares, asked.rule, full)
    return replace(found, covariance=matrix, method="t, replicate quantiles")


def _probabilities(given: float | Sequence[float]) -> FloatArray:
    shares = np.atleast_1d(np.asarray(given, np.float64))
    bad = shares[~((shares >= 0) & (shares <= 1))]
    if len(bad) or not len(shares):
        shown = f"{bad[0]:g} is not a probability" if len(bad) else "No probability is given"
        raise EstimationError(f"{shown}.", remedy="Give numbers between 0 and 1, as [0.25, 0.5, 0.75].")
    return shares


@dataclass(frozen=True)
class _Asked:
    """What quantiles are asked for. Arrays of points are ``(V, C, P)``: variables, cells, probabilities."""

    survey: Survey
    exprs: tuple[Expr, ...]
    shares: FloatArray
    keys: tuple[Key, ...]
    rule: str

    @property
    def cells(self) -> int:
        return Request((), self.keys).cells

    def near(self, shares: FloatArray) -> list[FloatArray]:
        """Same shares for every variable and cell."""
        return [np.tile(shares, (self.cells, 1)) for _ in self.exprs]

    def values(self, near: Sequence[FloatArray], *, every: bool = False) -> list[Sequence[WeightedValues]]:
        """Sorted values of each variable and cell that cover the shares ``(C, P)`` of each variable."""
        engine, index = self.survey.engine, self.survey.index
        whole = every or needs_rows(self.rule)
        return [
            engine.weighted_values(
                index, Request((expr,), self.keys, self.survey.domain, self.exprs), None if whole else shares
            )
            for expr, shares in zip(self.exprs, near, strict=True)
        ]

    def read(self, found: Sequence[WeightedValues], shares: FloatArray) -> FloatArray:
        """Quantiles ``(C, P)`` of one variable at shares ``(C, P)``."""
        return np.stack([read_quantiles(one, row, self.rule) for one, row in zip(found, shares, strict=True)])

    def points(self, values: Sequence[Sequence[WeightedValues]]) -> FloatArray:
        """Quantiles ``(V, C, P)`` at the shares asked for."""
        return np.stack([self.read(found, np.tile(self.shares, (self.cells, 1))) for found in values])

    def at_most(self, points: FloatArray) -> Solution:
        """Shares of the weight up to points ``(V, C, P)``, ordered by variable, probability and cell."""
        return shares_up_to(self.survey, self.exprs, self.keys, points)

    def flat(self, points: FloatArray) -> FloatArray:
        """From ``(V, C, P)`` to estimates in order of variable, probability and cell."""
        return np.swapaxes(points, 1, 2).reshape(-1)

    def shaped(self, flat: FloatArray) -> FloatArray:
        """Invert :meth:`flat`."""
        return np.swapaxes(flat.reshape(len(self.exprs), len(self.shares), self.cells), 1, 2)


def _assembled(asked: _Asked, solution: Solution, points: FloatArray, names: tuple[str, ...], level: float) -> Estimate:
    labels, full_names = _labels(asked, names)
    cells = np.tile(np.arange(asked.cells), len(names) * len(asked.shares))
    return assemble(
        asked.survey,
        solution,
        statistic="quantile",
        names=full_names,
        labels=labels,
        estimate=asked.flat(points),
        cells=cells,
        level=level,
    )


def _labels(asked: _Asked, names: tuple[str, ...]) -> tuple[dict[str, tuple[object, ...]], tuple[str, ...]]:
    """Label quantiles by variable, probability and group."""
    pairs = [(name, share) for name in names for share in asked.shares.tolist()]
    texts = tuple(f"{share:g}" if len(names) == 1 else f"{name}:{share:g}" for name, share in pairs)
    labels, full = cell_labels(asked.keys, texts)
    named: dict[str, tuple[object, ...]] = {
        "variable": tuple(name for name, _ in pairs for _ in range(asked.cells)),
        "probability": tuple(share for _, share in pairs for _ in range(asked.cells)),
    }
    return named | {name: column for name, column in labels.items() if name != "variable"}, full


def _woodruff_ends(
    asked: _Asked,
    values: Sequence[Sequence[WeightedValues]],
    solution: Solution,
    found: Estimate,
    interval: str,
) -> tuple[FloatArray, FloatArray]:
    """Read the interval of the share at or below each quantile back as values."""
    share = np.where(np.abs(solution.value - 1) < SHARE_TOLERANCE, 1.0, solution.value)
    se = np.sqrt(np.maximum(np.diagonal(solution.covariance), 0.0))
    low, high = share_interval(Shares(share, se, found.df, found.n.astype(np.float64)), interval, found.level)
    if asked.rule != "shahvaish-unscaled":
        doubtful = _doubtful_maximum(asked, values, share, found)
        low, high = np.where(doubtful, np.nan, low), np.where(doubtful, np.nan, high)
    wanted = [np.concatenate(pair, axis=1) for pair in zip(asked.shaped(low), asked.shaped(high), strict=True)]
    covered = all(
        one.covers(row) for own, rows in zip(values, wanted, strict=True) for one, row in zip(own, rows, strict=True)
    )
    if not covered:
        values = asked.values(wanted)
    ends = np.stack([asked.read(own, rows) for own, rows in zip(values, wanted, strict=True)])
    size = len(asked.shares)
    return asked.flat(ends[:, :, :size]), asked.flat(ends[:, :, size:])


def _cell_values(asked: _Asked, values: Sequence[Sequence[WeightedValues]]) -> list[WeightedValues]:
    """Values behind each estimate, in order of variable, probability and cell."""
    return [one for own in values for _ in asked.shares for one in own]


def _doubtful_maximum(
    asked: _Asked, values: Sequence[Sequence[WeightedValues]], share: FloatArray, found: Estimate
) -> npt.NDArray[np.bool_]:
    """Quantiles that are the largest value without the data saying that they must be.

    The share up to the largest value is 1 in every sample and has no variance. The value is certain only if the share
    up to the value before it is below the probability by more than its own error.
    """
    top = np.asarray(share == 1, np.bool_)
    if not top.any():
        return top
    before = np.full(len(share), np.nan)
    for place, one in enumerate(_cell_values(asked, values)):
        below = one.values[one.values < one.values[-1]] if top[place] else one.values[:0]
        before[place] = below[-1] if len(below) else np.nan
    solution = asked.at_most(asked.shaped(before))
    probability = np.asarray(found.labels["probability"], np.float64)
    reach = solution.value + t_quantile((1 + found.level) / 2, found.df) * np.sqrt(
        np.maximum(np.diagonal(solution.covariance), 0.0)
    )
    return np.asarray(top & ~np.isnan(before) & (reach >= probability), np.bool_)


def _score_ends(asked: _Asked, found: Estimate) -> tuple[FloatArray, FloatArray]:
    """Values at which a test of the share does not reject: the first, and the first above that is rejected.

    The share up to x less the probability, over its standard error, grows with x; both ends are found by halving.
    """
    every = asked.values(asked.near(asked.shares), every=True)
    distinct = [np.unique(one.values) for one in _cell_values(asked, every)]
    t = t_quantile((1 + found.level) / 2, found.df)
    probability = np.asarray(found.labels["probability"], np.float64)
    ends = []
    for sign in (-1.0, 1.0):
        below = np.full(len(distinct), -1)
        above = np.array([len(values) for values in distinct])
        for _ in range(math.ceil(math.log2(max(above.max(initial=1), 1))) + 1):
            middle = np.clip((below + above) // 2, 0, None)
            tried = np.array([values[min(k, len(values) - 1)] if len(values) else np.nan for k, values in
                              zip(middle.tolist(), distinct, strict=True)])  # fmt: skip
            solution = asked.at_most(asked.shaped(tried))
            se = np.sqrt(np.maximum(np.diagonal(solution.covariance), 0.0))
            reached = solution.value - probability >= sign * t * se + (
                SHARE_TOLERANCE if sign > 0 else -SHARE_TOLERANCE
            )
            open_ = above - below > 1
            above, below = np.where(open_ & reached, middle, above), np.where(open_ & ~reached, middle, below)
        ends.append(np.array([values[k] if k < len(values) else np.nan for k, values in
                              zip(above.tolist(), distinct, strict=True)]))  # fmt: skip
    return ends[0], ends[1]


def _with_interval(found: Estimate, solution: Solution, ends: tuple[FloatArray, FloatArray], interval: str) -> Estimate:
    low, high = ends
    se = (high - low) / (2 * t_quantile((1 + found.level) / 2, found.df))
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = np.sqrt(np.maximum(np.diagonal(solution.covariance), 0.0))
        correlation = solution.covariance / np.outer(deviations, deviations)
    correlation = np.where(np.isfinite(correlation), correlation, 0.0)
    np.fill_diagonal(correlation, 1.0)
    notes = found.notes
    unbounded = (np.isnan(low) | np.isnan(high)) & ~np.isnan(found.estimate)
    if unbounded.any():
        which = ", ".join(name for name, one in zip(found.names, unbounded.tolist(), strict=True) if one)
        notes = (
            *notes,
            f"The interval of {which} has an end that the data do not bound"
            + ("; interval='xlogit' or 'beta' stays inside the data." if interval == "mean" else "."),
        )
    return replace(
        found,
        covariance=correlation * np.outer(se, se),
        interval=(low, high),
        method=f"Woodruff, {interval}" if interval != "score" else "score test inverted",
        notes=notes,
    )
