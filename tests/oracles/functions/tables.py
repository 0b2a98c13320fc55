"""Tables of counts and their tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracles.answers import Fields
from tests.oracles.calls import Bound, translates
from tests.oracles.sample import Sample, Variable
from tests.oracles.values import UnsupportedError, as_numbers
from tests.oracles.verbs import verb

__all__ = ["result_fields"]


def _crosstab(bound: Bound, sample: Sample, variables: list[Variable], **options: Any) -> Any:
    row, column = variables
    return verb("crosstab")(sample.survey, f"{row.quoted} ~ {column.quoted}", margins=False, **options)


@translates("svytable", "formula design Ntotal round ...")
def svytable(bound: Bound) -> Fields:
    if bound.has("round"):
        raise UnsupportedError("svytable that rounds")
    sample, variables = bound.sample().variables(bound.terms("formula"))
    if len(variables) == 2:
        percent = "total" if bound.has("Ntotal") else None
        counts = _crosstab(bound, sample, variables, percent=percent).estimate[0]
    else:
        found = verb("count")(sample.survey, by=[variable.text for variable in variables])
        sizes = [len(sample.survey.engine.levels(sample.survey.expression(item.text))) for item in variables]
        counts = found.estimate.reshape(sizes)
        counts = np.where(np.isnan(counts), 0.0, counts)
        counts = counts / counts.sum() if bound.has("Ntotal") else counts
    total = float(as_numbers(bound.value("Ntotal"))[0]) if bound.has("Ntotal") else 1.0
    return Fields({"counts_column_major": (counts * total).ravel(order="F")})


@translates("svychisq", "formula design statistic na.rm ...")
def svychisq(bound: Bound) -> Fields:
    sample, variables = bound.sample().variables(bound.terms("formula"))
    statistic = str(bound.value("statistic", "F"))
    missing = "drop" if bound.flag("na.rm", default=True) else "fail"
    result = _crosstab(bound, sample, variables, missing=missing).test(statistic)
    return result_fields(result, "mixture" if statistic in ("lincom", "saddlepoint") else "closed")


def result_fields(result: Any, precision: str) -> Fields:
    """A test in R's fields: degrees of freedom are its parameter, tables are column by column."""
    freedom = [value for value in (result.df, result.ddf) if np.isfinite(value)]
    fields: dict[str, Any] = {"statistic": result.statistic, "parameter": freedom, "p_value": result.p_value}
    for name in ("observed", "expected"):
        if name in result.facts:
            fields[name] = np.asarray(result.facts[name]).ravel(order="F")
    if result.estimates:
        fields["estimates"] = np.array(list(result.estimates.values()))
    if result.interval is not None:
        fields["ci95"] = np.array([result.interval])
    return Fields(fields, precision)


@translates("svygofchisq", "formula p design ...")
def svygofchisq(bound: Bound) -> Fields:
    sample, (variable,) = bound.sample().variables(bound.terms("formula"))
    levels = variable.levels or ()
    shares = dict(zip(levels, as_numbers(bound.value("p")).tolist(), strict=True))
    result = verb("goodness_of_fit")(sample.survey, variable.text, shares, statistic="Satterthwaite")
    # R counts the population instead of the sample: X^2, its scale and both tables are N / n times as large.
    larger = result.weighted_n / result.n
    observed, expected = (np.asarray(result.facts[name]) * larger for name in ("observed", "expected"))
    pearson = float(((observed - expected) ** 2 / expected).sum())
    eigenvalues = result.facts["eigenvalues"]
    scale = float((eigenvalues**2).sum() / eigenvalues.sum()) * larger
    fields = {"statistic": pearson, "parameter": [scale, result.df], "p_value": result.p_value}
    return Fields({**fields, "observed": observed, "expected": expected}, "regression")
