"""How far an estimate depends on weights, trimming, single strata and selection: one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.descriptive import mean
from surveykit.estimation.row_scores import scan
from surveykit.expressions import Compare, Literal
from surveykit.results import Estimate, Table
from surveykit.results.estimate import t_quantile
from surveykit.results.headings import Heading
from surveykit.survey import Survey, reweighted, with_weights
from surveykit.weighting.base import base_weights
from surveykit.weighting.records import Weights
from surveykit.weighting.trim import trim
from surveykit.weighting.weight_sets import WeightSets

__all__ = ["selection_bounds", "sensitivity"]

_Verb = Callable[..., Any]


def sensitivity(
    survey: Survey,
    verb: _Verb,
    *arguments: Any,
    trims: Sequence[float] = (3.0, 5.0),
    weights: WeightSets | Mapping[str, Weights] | None = None,
    leave_out: str | None = None,
    domains: Mapping[str, str] | None = None,
    scenarios: Mapping[str, Survey] | None = None,
    **options: Any,
) -> Table:
    """Estimate the same thing under other choices, one row a choice.

    Parameters
    ----------
    survey
        The survey as analysed.
    verb, arguments, options
        What to estimate, as ``sensitivity(survey, sk.mean, "sales")``; the verb returns an Estimate.
    trims
        Multiples of the mean weight at which the weights are trimmed.
    weights
        Further weights of the same rows by name.
    leave_out
        Column whose levels are left out one at a time, as a stratum or a ballot.
    domains
        Names to conditions, as ``{"strict cleaning": "flags == 0", "ballot B": "ballot == 'B'"}``.
    scenarios
        Names to other surveys of the same population.

    Returns
    -------
    Table
        Rows are choices, the analysed one first; columns are the estimates. Among its facts is ``difference``, from
        the analysed row, and ``in_se``, the same in its standard errors.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0, 4.0], "w": [1.0, 1.0, 9.0, 1.0]})
    >>> table = sensitivity(sk.Survey(firms, weights="w"), sk.mean, "sales", trims=[2])
    >>> table.estimate[0, :, 0].round(3).tolist()
    [7.75, 5.25, 6.5]
    """
    made = {"as analysed": survey, "unweighted": _unweighted(survey)}
    made |= {f"trimmed at {k:g} x mean": _trimmed(survey, k) for k in trims}
    if weights is not None:
        made |= {f"weights '{name}'": with_weights(survey, weights[name]) for name in weights}
    if leave_out is not None:
        made |= _left_out(survey, leave_out)
    made |= {name: survey.where(condition) for name, condition in (domains or {}).items()}
    made |= dict(scenarios or {})
    found = {name: verb(one, *arguments, **options) for name, one in made.items()}
    wrong = next((one for one in found.values() if not isinstance(one, Estimate)), None)
    if wrong is not None:
        raise EstimationError(
            f"The verb returned a {type(wrong).__name__}, and a table of choices needs estimates.",
            remedy="Pass a verb such as sk.mean, sk.proportion or sk.regress.",
        )
    return _table(survey, found)


def _unweighted(survey: Survey) -> Survey:
    weights = survey.engine.weights(survey.index)
    return reweighted(survey, np.where(weights != 0, 1.0, 0.0))


def _trimmed(survey: Survey, multiple: float) -> Survey:
    given = survey.weighting
    if given is None:
        given = base_weights(survey.engine, survey.engine.weights(survey.index), name=survey.weight_name)
    return with_weights(survey, trim(given, upper=multiple, relative_to="mean"))


def _left_out(survey: Survey, variable: str) -> dict[str, Survey]:
    expr = survey.expression(variable)
    found = {}
    for level in survey.engine.levels(expr):
        if not isinstance(level, int | float | str):
            raise EstimationError(f"The level {level!r} of '{variable}' is neither a number nor text.")
        found[f"without {variable} = {level}"] = survey.where(Compare("!=", expr, Literal(level)))
    return found


def _table(survey: Survey, found: Mapping[str, Estimate]) -> Table:
    """One row an estimate record; a choice that lacks a column leaves it empty."""
    first = next(iter(found.values()))
    names = first.names
    shape = (1, len(found), len(names))

    def filled(pick: Callable[[Estimate], Any]) -> FloatArray:
        array = np.full(shape, np.nan)
        for row, one in enumerate(found.values()):
            values = np.asarray(pick(one), np.float64)
            for column, name in enumerate(names):
                if name in one.names:
                    array[0, row, column] = values[one.names.index(name)]
        return array

    n = np.nan_to_num(filled(lambda one: one.n)).astype(np.int64)
    weighted = filled(lambda one: one.weighted_n)
    estimate, se = filled(lambda one: one.estimate), filled(lambda one: one.se)
    difference = estimate - estimate[:, :1]
    with np.errstate(divide="ignore", invalid="ignore"):
        in_se = np.where(se[:, :1] > 0, difference / se[:, :1], np.nan)
    return Table(
        statistic=first.statistic,
        unit="",
        layers=(Heading(""),),
        rows=tuple(Heading("choice", name) for name in found),
        columns=tuple(Heading("estimate", name) for name in names),
        estimate=estimate,
        se=se,
        low=filled(lambda one: one.low),
        high=filled(lambda one: one.high),
        n=n,
        weighted_n=weighted,
        base_n=n,
        base_weighted_n=weighted,
        effective_n=np.full(shape, np.nan),
        df=filled(lambda one: one.df),
        flags=np.where(np.isnan(estimate), "empty base", ""),
        facts={"difference": difference, "in_se": in_se},
        weight=survey.weight_name,
        level=first.level,
        interval=first.method,
        base=survey.domain_text,
        definition="the same estimate under other choices of weights and cases",
        notes=first.notes,
        synthetic=survey.synthetic,
    )


@dataclass(frozen=True)
class _Ordered:
    """Values in increasing order with their weights."""

    values: FloatArray
    weights: FloatArray

    def mean(self) -> float:
        return float(self.values @ self.weights / self.weights.sum())

    def extreme(self, odds: float, *, highest: bool) -> float:
        """Largest or smallest mean when every weight may be off by a factor of up to `odds` either way.

        The solution gives the upper values the largest weights and the lower ones the smallest, cut at one value
        (Zhao, Small and Bhattacharya 2019), so all cuts are tried.
        """
        up, down = (odds, 1 / odds) if highest else (1 / odds, odds)
        light = np.concatenate([[0.0], np.cumsum(self.weights)])
        mass = np.concatenate([[0.0], np.cumsum(self.weights * self.values)])
        means = (down * mass + up * (mass[-1] - mass)) / (down * light + up * (light[-1] - light))
        return float(means.max() if highest else means.min())


def selection_bounds(
    survey: Survey,
    variable: str,
    *,
    low: float,
    high: float,
    coverage: Sequence[float] = (),
    odds: Sequence[float] = (1.5, 2.0, 3.0),
    level: float = 0.95,
) -> Table:
    """Bounds on a mean when an opt-in sample differs from its population in ways that the weights do not see.

    Two kinds of assumption, each a row. *Coverage*: only a share of the population could ever have taken part, and
    the mean of the rest may be anything between `low` and `high` (Manski 1990); a share of 0 means nothing was
    learnt. *Odds*: within weighting cells, a firm's chance to take part may be up to a factor above or below what its
    weight says (Rosenbaum 2002; Zhao, Small and Bhattacharya 2019).

    Parameters
    ----------
    survey
        Rows, design and weights.
    variable
        Column or expression of a number, or a condition (0 and 1).
    low, high
        Smallest and largest value that the mean of firms outside can have.
    coverage
        Shares of the population that could have taken part.
    odds
        Factors, 1 or more.
    level
        Of the sampling interval that widens the bounds: its half width, t x se of the mean, is given beside them.

    Returns
    -------
    Table
        Rows are assumptions; columns are ``lowest`` and ``highest`` mean. The standard errors are those of the mean
        itself and say nothing of selection.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> survey = sk.Survey(pd.DataFrame({"uses": [1, 1, 0, 1]}), selection="opt-in")
    >>> selection_bounds(survey, "uses == 1", low=0, high=1, coverage=[0.9], odds=[2]).estimate[0].round(3).tolist()
    [[0.675, 0.775], [0.429, 0.923]]
    """
    bad = [value for value in coverage if not 0 <= value <= 1] + [value for value in odds if value < 1]
    if bad or not low < high:
        raise EstimationError(
            f"{bad[0]:g} is no share and no factor." if bad else f"low={low:g} is not below high={high:g}.",
            remedy="coverage is between 0 and 1, odds are 1 or more.",
        )
    rows = _ordered(survey, variable)
    if rows.values[0] < low or rows.values[-1] > high:
        raise EstimationError(
            f"'{variable}' goes from {rows.values[0]:g} to {rows.values[-1]:g}, beyond {low:g} and {high:g}.",
            remedy="Give the smallest and largest value that it can take.",
        )
    centre = rows.mean()
    ends = {f"{share:.0%} of the population could take part": (share * centre + (1 - share) * low,
                                                               share * centre + (1 - share) * high)
            for share in coverage}  # fmt: skip
    ends |= {
        f"chances off by up to {factor:g} x": (rows.extreme(factor, highest=False), rows.extreme(factor, highest=True))
        for factor in odds
    }
    return _bounds_table(survey, variable, ends, level)


def _ordered(survey: Survey, variable: str) -> _Ordered:
    values, weights = [], []
    for batch in scan(survey, [survey.expression(variable)]):
        inside = batch.weight != 0
        if batch.values[0].categories is not None:
            raise EstimationError(
                f"'{variable}' holds categories.", remedy="Ask for a condition, as \"size == 'large'\"."
            )
        values.append(batch.values[0].data[inside].astype(np.float64))
        weights.append(batch.weight[inside])
    data, weight = np.concatenate(values), np.concatenate(weights)
    if not len(data):
        raise EstimationError(f"No row of the domain has '{variable}'.", remedy="Check the domain.")
    order = np.argsort(data, kind="stable")
    return _Ordered(data[order], weight[order])


def _bounds_table(survey: Survey, variable: str, ends: Mapping[str, tuple[float, float]], level: float) -> Table:
    own = mean(survey, variable, level=level)
    shape = (1, len(ends), 2)
    estimate = np.array([list(ends.values())])
    se = np.full(shape, own.se[0])
    half = float(t_quantile((1 + level) / 2, own.df)[0] * own.se[0])
    n = np.full(shape, own.n[0], np.int64)
    weighted = np.full(shape, own.weighted_n[0])
    return Table(
        statistic="bound of the mean",
        unit="",
        layers=(Heading(""),),
        rows=tuple(Heading("assumption", name) for name in ends),
        columns=(Heading("bound", "lowest"), Heading("bound", "highest")),
        estimate=estimate,
        se=se,
        low=estimate - half,
        high=estimate + half,
        n=n,
        weighted_n=weighted,
        base_n=n,
        base_weighted_n=weighted,
        effective_n=np.full(shape, np.nan),
        df=np.full(shape, own.df[0]),
        flags=np.full(shape, ""),
        weight=survey.weight_name,
        level=level,
        base=survey.domain_text,
        definition=f"bounds of the mean of {variable}, {own.estimate[0]:,.6g} as analysed, if selection is as assumed",
        notes=(*selection_note(survey), "Bounds are assumptions, not estimates; se is the sampling error of the mean."),
        synthetic=survey.synthetic,
    )
