"""Tests of groups: differences in means, and of ranks, by the variance of the design."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from surveykit.engine import Batch, FloatArray, Key, Request
from surveykit.errors import EstimationError, FormulaError, listing
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.crosstabs.formula import key_of, split_formula
from surveykit.estimation.descriptive import Mean, Missing, refuse_missing
from surveykit.estimation.linearise import Solution, solve
from surveykit.expressions import Column, Expr, Values
from surveykit.results import TestResult
from surveykit.results.estimate import t_quantile, two_sided_p
from surveykit.results.quadratic_forms import f_tail
from surveykit.results.rao_scott import judge_wald
from surveykit.survey import Survey

__all__ = ["RankTest", "Ties", "rank_test", "t_test"]

RankTest = Literal["wilcoxon", "vanderWaerden", "median", "kruskal-wallis"]
Ties = Literal["midrank", "sequential"]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")


def t_test(survey: Survey, formula: str, *, level: float = 0.95, missing: Missing = "drop") -> TestResult:
    """Design-based t-test of a mean, of the difference of two groups, or F-test of several.

    Degrees of freedom are those of the design in the rows used, minus 1; for F with k groups, minus k - 1.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"sales ~ exporter"`` compares groups; ``"sales23 - sales22 ~ 0"`` tests one mean, here of differences, against
        a number.
    level
        Confidence level of the interval.
    missing
        ``"drop"`` leaves rows with a missing variable out as outside the domain, ``"fail"`` refuses.

    Returns
    -------
    TestResult
        The estimate is the mean, or the mean of the second group minus that of the first. Groups without a row are left
        out.

    Raises
    ------
    EstimationError
        If fewer than two groups have rows, or the means have no sampling variance.

    References
    ----------
    Korn and Graubard (1999), *Analysis of Health Surveys*, section 3.3.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0, 4.0, 8.0, 7.0], "exporter": list("nnynyy")})
    >>> t_test(Survey(firms), "sales ~ exporter").summary()
    't(4) = 5.4772, p = 0.0054'
    """
    if not 0 < level < 1:
        raise EstimationError(f"level={level!r} is not a confidence level.", remedy="Give a number between 0 and 1.")
    outcome, right = _two_sides(formula)
    expr = _numeric(survey, outcome)
    if not _NUMBER.match(right):
        key = key_of(survey, right)
        labels = {
            "what": "mean",
            "method": "Design-based t-test",
            "hypothesis": f"'{outcome}' has the same mean in all groups of '{key.name}'",
        }
        return _of_groups(survey, expr, key, outcome=outcome, missing=missing, level=level, **labels)
    solution = solve(survey, Request((None, expr)), Mean())
    refuse_missing(solution.total.missing, (outcome,), missing)
    if not solution.total.sums[0, 0] > 0:
        raise EstimationError(
            f"No row with a positive weight has an answer in '{outcome}'.", remedy="Check the domain and the weights."
        )
    base = _base(survey, solution) | {
        "hypothesis": f"the mean of '{outcome}' is {right}",
        "method": "Design-based one-sample t-test",
    }
    value, variance = float(solution.value[0]), float(solution.covariance[0, 0])
    return _by_t("mean", value, variance, _freedom(solution) - 1, base, level=level, null=float(right))


def rank_test(
    survey: Survey,
    formula: str,
    *,
    test: RankTest = "wilcoxon",
    ties: Ties = "midrank",
    missing: Missing = "drop",
) -> TestResult:
    """Design-based rank test of two or more groups.

    Every row gets its estimated rank in the population, a share between 0 and 1, or a score of it; the means of the
    scores are then compared between groups by the variance of the design.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"sales ~ exporter"``.
    test
        ``"wilcoxon"`` and ``"kruskal-wallis"`` compare ranks, ``"vanderWaerden"`` their normal quantiles, ``"median"``
        whether they exceed one half. Two groups give t, more give F.
    ties
        Rank of equal values. ``"midrank"``: weight below plus half the weight at the value, which does not depend on
        the order of the rows. ``"sequential"``: the plain mean of the ranks that the rows have one after the other,
        which does where weights differ; R's ``svyranktest`` has it.
    missing
        ``"drop"`` leaves rows with a missing variable out as outside the domain, ``"fail"`` refuses.

    Raises
    ------
    EstimationError
        If fewer than two groups have rows, or the scores have no sampling variance.

    References
    ----------
    Lumley and Scott (2013), *Biometrika* 100, 831-842.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0, 4.0, 8.0, 7.0], "exporter": list("nnynyy")})
    >>> rank_test(Survey(firms), "sales ~ exporter").summary()
    't(4) = 4.1079, p = 0.0148'
    """
    if test not in _SCORES:
        raise EstimationError(f"test={test!r} is not known.", remedy=f"Choose one of {listing(_SCORES)}.")
    if ties not in ("midrank", "sequential"):
        raise EstimationError(f"ties={ties!r} is not known.", remedy="Choose 'midrank' or 'sequential'.")
    outcome, right = _two_sides(formula)
    expr, key = _numeric(survey, outcome), key_of(survey, right)
    scored, name = _with_scores(survey, expr, key, lambda values, weight: _SCORES[test](_ranks(values, weight, ties)))
    labels = {
        "what": "mean rank score",
        "method": f"Design-based rank test ({test})",
        "hypothesis": f"'{outcome}' is distributed alike in all groups of '{key.name}'",
    }
    return _of_groups(scored, Column(name), key, outcome=outcome, missing=missing, level=0.95, **labels)


def _above_half(ranks: FloatArray) -> FloatArray:
    return (ranks > 0.5).astype(np.float64)


_SCORES: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "wilcoxon": np.asarray,
    "kruskal-wallis": np.asarray,
    "vanderWaerden": special.ndtri,
    "median": _above_half,
}


def _ranks(values: FloatArray, weight: FloatArray, ties: Ties) -> FloatArray:
    """Estimated ranks in the population, as shares ``(n,)``."""
    order = np.argsort(values, kind="stable")
    sorted_values, sorted_weight = values[order], weight[order]
    first = np.flatnonzero(np.concatenate([[True], sorted_values[1:] != sorted_values[:-1]]))
    alike = np.diff(np.append(first, len(values)))
    if ties == "midrank":
        tied = np.add.reduceat(sorted_weight, first)
        ranks = np.cumsum(tied) - tied / 2
    else:
        ranks = np.add.reduceat(np.cumsum(sorted_weight) - sorted_weight / 2, first) / alike
    found = np.empty(len(values))
    found[order] = np.repeat(ranks, alike) / sorted_weight.sum()
    return found


def _with_scores(
    survey: Survey, expr: Expr, key: Key, scoring: Callable[[FloatArray, FloatArray], FloatArray]
) -> tuple[Survey, str]:
    """Add the scores of the rows used as a column, missing where the variable is; return the column's name."""
    batches = list(survey.engine.scan(survey.index, (expr, key.expr), where=survey.domain, size=survey.engine.rows))
    values = np.concatenate([batch.values[0].data.astype(np.float64, copy=False) for batch in batches])
    weight = np.concatenate([batch.weight for batch in batches])
    used = weight > 0
    scores = np.zeros(len(values))
    if used.any():
        scores[used] = scoring(values[used], weight[used])
    name = "rank score"
    while name in survey.engine.columns:
        name += "_"
    column = Values(scores, np.concatenate([_valid(batch) for batch in batches]), name=name)
    scored = copy.copy(survey)
    object.__setattr__(scored, "engine", survey.engine.with_columns({name: column}))
    return scored, name


def _valid(batch: Batch) -> npt.NDArray[np.bool_]:
    valid = batch.values[0].valid
    return np.ones(len(batch.weight), np.bool_) if valid is None else valid


def _two_sides(formula: str) -> tuple[str, str]:
    sides = split_formula(formula)
    one_sample = re.search(r"~\s*1\s*\Z", formula) is not None
    if sides.layer or not (sides.column or one_sample):
        raise FormulaError(
            f"The formula {formula!r} does not name an outcome and its groups.",
            remedy="Write 'sales ~ exporter', or 'sales ~ 0' to test one mean.",
        )
    return sides.row, sides.column or "1"


def _numeric(survey: Survey, text: str) -> Expr:
    """Parse the outcome and refuse categories."""
    expr = survey.expression(text)
    kind = survey.engine.describe(expr)
    if kind.categories is not None:
        remedy = f"Use mid({text})." if kind.edges is not None else "Test it with crosstab(...).test()."
        raise EstimationError(f"'{text}' holds categories, and this test needs numbers.", remedy=remedy)
    return expr


def _of_groups(
    survey: Survey,
    expr: Expr,
    key: Key,
    *,
    outcome: str,
    missing: Missing,
    level: float,
    what: str,
    method: str,
    hypothesis: str,
) -> TestResult:
    """Compare the means of an expression between the groups that have rows."""
    solution = solve(survey, Request((None, expr), (key,)), Mean())
    refuse_missing(solution.total.missing, (outcome, key.name), missing)
    used = np.flatnonzero(solution.total.sums[:, 0] > 0)
    labels = [str(key.levels[place]) for place in used]
    if len(used) < 2:
        found = f"only {listing(labels)}" if labels else "none"
        raise EstimationError(
            f"A comparison needs two groups with weight and answers in '{outcome}'; of '{key.name}' there is {found}.",
            remedy="Check the domain, the weights and missing answers.",
        )
    means, covariance = solution.value[used], solution.covariance[np.ix_(used, used)]
    freedom = _freedom(solution)
    base = _base(survey, solution) | {"hypothesis": hypothesis, "method": method, "facts": {"means": means}}
    against_first = np.column_stack([-np.ones(len(used) - 1), np.eye(len(used) - 1)])
    difference, spread = against_first @ means, against_first @ covariance @ against_first.T
    if len(used) == 2:
        name = f"difference in {what}: {labels[1]} - {labels[0]}"
        return _by_t(name, float(difference[0]), float(spread[0, 0]), freedom - 1, base, level=level)
    ddf = freedom - len(used) + 1
    if ddf <= 0:
        raise EstimationError(
            f"{len(used)} groups need a design of more than {len(used) - 1} degrees of freedom, not {freedom:g}.",
            remedy="Merge groups.",
        )
    judged = judge_wald(difference, spread, freedom, "Wald")
    return TestResult(
        statistic_name="F",
        statistic=judged.statistic,
        df=judged.df,
        ddf=ddf,
        p_value=f_tail(judged.statistic, judged.df, ddf),
        estimates={f"{what}: {label}": float(mean) for label, mean in zip(labels, means, strict=True)},
        **base,
    )


def _freedom(solution: Solution) -> float:
    """Degrees of freedom of the design in the rows used."""
    return float(solution.degrees_of_freedom(np.zeros(len(solution.total.sums), np.int64))[0])


def _base(survey: Survey, solution: Solution) -> dict[str, Any]:
    notes = selection_note(survey)
    if solution.total.missing:
        notes = (*notes, f"{solution.total.missing} row(s) of the domain have no answer and are left out.")
    if survey.domain_text:
        notes = (*notes, f"Domain: {survey.domain_text}.")
    return {
        "n": int(solution.total.rows.sum()),
        "weighted_n": float(solution.total.sums[:, 0].sum()),
        "weight": survey.weight_name,
        "notes": notes,
        "synthetic": survey.synthetic,
    }


def _by_t(
    name: str, value: float, variance: float, df: float, base: dict[str, Any], *, level: float, null: float = 0.0
) -> TestResult:
    """Compare one estimate with `null` by Student's t."""
    if not df > 0:
        raise EstimationError(
            f"The design leaves {df:g} degrees of freedom for the {name}.", remedy="A test needs more sampling units."
        )
    se = math.sqrt(max(variance, 0.0))
    if not se > 1e-12 * max(abs(value), abs(null)):
        raise EstimationError(
            f"The {name} has no sampling variance, so there is nothing to test.",
            remedy="The outcome may be constant, or fixed by the stratification.",
        )
    statistic = (value - null) / se
    half = float(t_quantile((1 + level) / 2, df)) * se
    return TestResult(
        statistic_name="t",
        statistic=statistic,
        df=df,
        p_value=float(two_sided_p(statistic, df)),
        estimates={name: value},
        interval=(value - half, value + half),
        level=level,
        **base,
    )
