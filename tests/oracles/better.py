"""Where another answer than R's is right: predicates on the call and on what came out, each with its reason.

A predicate sees the entry, surveykit's answer or refusal, and the comparison. It returns the reason or None; a reason
cites a row of the specification ("What surveykit does where R is wrong or silent", "Traps") or gives a derivation. What
no predicate explains stays a failure. Nothing here looks at the name of an entry or of a data set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from surveykit.errors import DataError, DesignError, EstimationError, SurveykitError
from tests.oracles.answers import Cells, Stat
from tests.oracles.calls import terms
from tests.oracles.judge import Comparison
from tests.oracles.pack import Entry, number
from tests.oracles.sample import Sample
from tests.oracles.session import Session
from tests.oracles.syntax import Call, Constant, Name, Node, parse, walk
from tests.oracles.values import UnsupportedError, as_numbers

__all__ = ["CASES", "Case"]


@dataclass(frozen=True)
class Case:
    """An entry on which surveykit and R part.

    Parameters
    ----------
    answer, refusal
        What surveykit returned, or the error that it raised.
    comparison
        The fields compared; None where one of the two refused.
    """

    session: Session
    entry: Entry
    answer: Any
    refusal: SurveykitError | None
    comparison: Comparison | None

    @property
    def call(self) -> Call:
        node = parse(self.entry.call)
        return node if isinstance(node, Call) else Call(node, ())

    @property
    def off(self) -> set[str]:
        """Fields that differ."""
        return set() if self.comparison is None else {item.field for item in self.comparison.off}

    def calls(self, *names: str) -> bool:
        """Whether one of these functions is called anywhere in it."""
        return any(isinstance(node, Call) and node.name in names for node in walk(self.call))

    def recorded(self, *names: str) -> list[float]:
        """Recorded numbers of some fields, flat."""
        return [item for name in names for item in _flat(self.entry.get(name))]

    def sample(self) -> Sample | None:
        """The design that the pack names."""
        try:
            found = self.session.design(self.entry.design_id)
        except (UnsupportedError, SurveykitError):
            return None
        return found if isinstance(found, Sample) else None

    def frame(self) -> pd.DataFrame | None:
        name = self.entry.get("dataset")
        return self.session.pack.frame(name) if name in self.session.pack.datasets else None

    def columns_in(self, sample: Sample) -> list[Node]:
        """Columns of a design that the call names, as expressions."""
        return [node for node in walk(self.call) if isinstance(node, Name) and node.text in sample.frame.columns]

    def columns(self) -> list[str]:
        """Columns of the data that the call names."""
        frame = self.frame()
        named = {node.text for node in walk(self.call) if isinstance(node, Name)}
        return [] if frame is None else [column for column in frame.columns if column in named]


def _flat(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _flat(item)
    elif isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif value is None or isinstance(value, int | float) or value in ("NaN", "Inf", "-Inf"):
        yield number(value)


def _drops_missing(call: Call) -> bool:
    """Whether na.rm=TRUE stands anywhere in a call."""
    return any(
        argument.name == "na.rm" and isinstance(argument.value, Constant) and argument.value.value is True
        for node in walk(call)
        if isinstance(node, Call)
        for argument in node.arguments
    )


def _has_missing(case: Case) -> bool:
    frame = case.frame()
    return frame is not None and any(bool(frame[column].isna().any()) for column in case.columns())


def missing_values_refused(case: Case) -> str | None:
    """R without na.rm answers NA, or a number whose interval is not one."""
    if not isinstance(case.refusal, EstimationError) or "missing" not in str(case.refusal):
        return None
    numbers = case.recorded("estimates", "ses", "ci95", "variables", "p_value", "statistic")
    if _drops_missing(case.call) or not _has_missing(case) or not any(np.isnan(numbers)):
        return None
    return (
        'row "NA in a variable": without na.rm R answers NA or a number without an interval; surveykit refuses, says '
        'how many rows are missing, and drops them only when asked (missing="drop")'
    )


def missing_values_dropped(case: Case) -> str | None:
    """R's methods disagree on missing answers: some drop them but lose the standard error."""
    if case.comparison is None or not isinstance(case.answer, Stat) or not case.off <= {"ses", "variance", "vcov"}:
        return None
    if _drops_missing(case.call) or not _has_missing(case) or not all(np.isnan(case.recorded(*case.off))):
        return None
    return (
        "trap 14 (svyciprop with NA is inconsistent): estimate and interval agree on the answers there are; R has no "
        "standard error, surveykit has"
    )


def empty_domain(case: Case) -> str | None:
    """R answers 0 with a standard error of 0 (or drops the line) where nothing is left."""
    stat = case.answer.stat if isinstance(case.answer, Cells) else case.answer
    if case.comparison is None or not isinstance(stat, Stat):
        return None
    nothing = (stat.estimate.weighted_n == 0)[list(stat.order)]
    if not nothing.all() or not np.isnan(stat.values).all():
        return None
    if not all(value == 0 or not np.isfinite(value) for value in case.recorded("estimates", "ses")):
        return None
    return 'row "empty domain, zero-weight domain": missing, with a warning that names the domain; R says 0 with SE 0'


def zero_denominator(case: Case) -> str | None:
    """A ratio over a total of zero is infinite in R."""
    if not case.calls("svyratio") or case.comparison is None or not isinstance(case.answer, Stat):
        return None
    if not np.isinf(case.recorded("estimates")).any() or not np.isnan(case.answer.values).all():
        return None
    return 'row "empty domain, zero-weight domain": a ratio to a total of zero is missing; R says Inf with NaN'


def negative_weights(case: Case) -> str | None:
    """R takes negative weights without a word."""
    if isinstance(case.refusal, DataError) and "negative" in str(case.refusal) and "weights" in str(case.refusal):
        return 'row "negative, NaN or infinite weights": an error with the rows; R accepts them silently (trap 9)'
    return None


def population_varies(case: Case) -> str | None:
    """R only warns where the fpc varies inside a stratum."""
    warned = any("varies within strata" in warning for warning in case.entry.warnings)
    if warned and isinstance(case.refusal, DesignError | DataError) and "fpc" in str(case.refusal):
        return 'row "fpc varying inside a stratum, fpc below the sample size": an error; R only warns (trap 9)'
    return None


def no_average_to_lend(case: Case) -> str | None:
    """lonely="average" where every stratum is lonely."""
    averaged = case.entry.options.get("survey.lonely.psu") == "average"
    if averaged and isinstance(case.refusal, DesignError) and all(np.isnan(case.recorded("ses"))):
        return "trap 10: with one unit in every stratum there is no average variance; R answers NaN, surveykit refuses"
    return None


def exact_at_the_edge(case: Case) -> str | None:
    """A share of 0 or 1 has no symmetric interval: R gives NaN, a point, or noise near 1e-11."""
    stat, sample = case.answer, case.sample()
    if not case.calls("svyciprop") or not isinstance(stat, Stat) or sample is None or stat.values[0] not in (0.0, 1.0):
        return None
    if case.comparison is not None and not case.off <= {"ci95", "ses", "variance", "estimates"}:
        return None
    weights = sample.survey.engine.weights(sample.survey.index)
    variable = sample.values(case.call.operands[0].operands[0])  # type: ignore[union-attr]
    used = weights[~variable.isna().to_numpy()]
    size = used.sum() ** 2 / (used**2).sum()
    bound = 0.025 ** (1 / size)  # Clopper-Pearson with all or no successes in n trials: (alpha/2)^(1/n)
    expected = (bound, 1.0) if stat.values[0] == 1.0 else (0.0, 1 - bound)
    if not np.allclose(stat.intervals()["ci95"][0], expected, rtol=1e-9):
        return None
    return (
        'row "proportion at 0 or 1": exact (Clopper-Pearson) interval on n / (1 + cv²(w)); R gives NaN, a point or an '
        "error (trap 4)"
    )


def separated(case: Case) -> str | None:
    """A binary outcome that a combination of the regressors predicts perfectly has no finite estimate."""
    if not isinstance(case.refusal, EstimationError) or "separated" not in str(case.refusal):
        return None
    node = next((n for n in walk(case.call) if isinstance(n, Call) and n.name == "svyglm"), None)
    sample = case.sample()
    if node is None or sample is None or not _separable(case, node, sample):
        return None
    return (
        'row "perfect or quasi separation": an error that names the column; a linear programme finds the separating '
        "direction, so R's finite estimates are where its iterations stopped (trap 5)"
    )


def _separable(case: Case, node: Call, sample: Sample) -> bool:
    """Albert and Anderson (1984): separated if some direction d has (2y - 1) x'd >= 0 everywhere and > 0 somewhere."""
    formula = next(operand for operand in node.operands if isinstance(operand, Call) and operand.name == "~")
    y = as_numbers(sample.values(formula.operands[0]))
    columns = [np.ones(len(y))]
    for term in terms(formula.operands[1]):
        values = sample.values(term)
        if isinstance(values.dtype, pd.CategoricalDtype):
            columns += [(values == label).to_numpy(np.float64) for label in values.cat.categories[1:]]
        else:
            columns.append(as_numbers(values))
    x = np.column_stack(columns)
    weights = sample.survey.engine.weights(sample.survey.index)
    used = np.isfinite(x).all(axis=1) & np.isfinite(y) & (weights > 0)
    signed = (2 * y[used] - 1)[:, None] * x[used]
    found = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return bool(found.status == 0 and -found.fun > 1e-6)


def constant_outcome(case: Case) -> str | None:
    """A regression of a constant: every residual is zero, R's standard errors and t values are rounding noise."""
    if not isinstance(case.refusal, EstimationError) or not case.calls("svyglm"):
        return None
    deviance, total = case.recorded("deviance"), case.recorded("null_deviance")
    if not total or abs(total[0]) > 1e-12 or abs(deviance[0]) > 1e-12:
        return None
    return (
        "derivation: the null deviance is zero, so nothing is there to explain; R's standard errors are rounding noise"
    )


def rows_without_answer_counted(case: Case) -> str | None:
    """R's beta and likelihood intervals count rows that have no answer.

    For "beta" the t quantile of the sample size has n of all rows; for "likelihood" the weights of the likelihood have
    mean one over all rows, so that it is scaled by the mean weight of those that answered over that of all.
    """
    stat, sample = case.answer, case.sample()
    if (
        not case.calls("svyciprop")
        or not isinstance(stat, Stat)
        or sample is None
        or not case.off <= {"ci95", "ses", "variance"}
    ):
        return None
    if not _has_missing(case) or stat.estimate.interval is None:
        return None
    ends = np.array(case.recorded("ci95"))
    weights = sample.survey.engine.weights(sample.survey.index)
    used = ~sample.values(case.columns_in(sample)[0]).isna().to_numpy()
    p, variance, df, n = stat.values[0], stat.ses[0] ** 2, stat.df, len(weights)
    if stat.estimate.method == "beta":
        size = p * (1 - p) / variance * (stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, df)) ** 2
        as_r = (
            stats.beta.ppf(0.025, p * size, size - p * size + 1),
            stats.beta.ppf(0.975, p * size + 1, size - p * size),
        )
        tolerance = 1e-8
    else:
        inflation = weights[used].mean() / weights.mean()
        limit = stats.t.ppf(0.975, df) ** 2 * used.sum() / (used.sum() - 1) * inflation
        ratios = [2 * p * (1 - p) / variance * _divergence(p, end) / limit for end in ends]
        as_r, tolerance = tuple(ends * np.where(np.abs(np.array(ratios) - 1) < 1e-3, 1, np.nan)), 1e-12
    if not np.allclose(as_r, ends, rtol=tolerance):
        return None
    return (
        'row "NA in a variable": n is the number of answers; R\'s interval is reproduced to its own precision by '
        "counting rows without an answer as well"
    )


def _divergence(p: float, q: float) -> float:
    return float(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))


#: All predicates, in the order in which they are asked.
CASES: list[Callable[[Case], str | None]] = [
    missing_values_refused,
    missing_values_dropped,
    empty_domain,
    zero_denominator,
    negative_weights,
    population_varies,
    no_average_to_lend,
    exact_at_the_edge,
    separated,
    constant_outcome,
    rows_without_answer_counted,
]
