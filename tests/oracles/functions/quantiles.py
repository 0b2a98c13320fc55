"""Quantiles and distribution functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from surveykit.results import Estimate
from tests.oracles.answers import Cells, Points, Stat, joined
from tests.oracles.calls import Bound, translates
from tests.oracles.functions.descriptive import BY, group_order, missing_option
from tests.oracles.sample import Sample, Variable
from tests.oracles.values import Listing, UnsupportedError, Vector, as_numbers
from tests.oracles.verbs import verb

__all__ = ["quantiles_by"]

_DISCRETE = frozenset({"math", "hf1", "hf2", "hf3", "school"})
#: R 4.5 computes the rule of Shah and Vaish with a term in unscaled weights, which surveykit keeps under its own name.
_RULES = {"shahvaish": "shahvaish-unscaled"}


@translates("svyquantile", "x design quantiles alpha interval.type na.rm ci se qrule df return.replicates ...")
def svyquantile(bound: Bound) -> Points:
    sample, variables = bound.sample().variables(bound.terms("x"))
    shares = as_numbers(bound.value("quantiles"))
    rule = str(bound.value("qrule", "math"))
    found = _quantile(bound, sample, variables, shares, missing=missing_option(bound))
    by_variable = {}
    for number, variable in enumerate(variables):
        block = slice(number * len(shares), (number + 1) * len(shares))
        by_variable[variable.label] = {
            "p": shares,
            "estimates": found.estimate[block],
            "ci_lower": found.low[block],
            "ci_upper": found.high[block],
            "ses": found.se[block],
        }
    return Points(by_variable, sample.df, "quantile" if rule in _DISCRETE else "interpolated")


def _quantile(
    bound: Bound, sample: Sample, variables: Sequence[Variable], shares: Any, *, missing: str, by: Any = None
) -> Estimate:
    rule = str(bound.value("qrule", "math"))
    kind = bound.value("interval.type")
    interval = str(kind.values[0] if isinstance(kind, Vector) else kind or "mean")
    alpha = float(as_numbers(bound.value("alpha", 0.05))[0])
    options: dict[str, Any] = {
        "rule": _RULES.get(rule, rule),
        "interval": interval,
        "level": 1 - alpha,
        "missing": missing,
    }
    if bound.has("df"):
        options["df"] = float(as_numbers(bound.value("df"))[0])
    texts = [variable.text for variable in variables]
    found: Estimate = verb("quantile")(sample.survey, texts, shares.tolist(), by=by, **options)
    return found


def quantiles_by(bound: Bound, sample: Sample, values: Sequence[Variable], keys: Sequence[Variable]) -> Cells:
    """``svyby`` of quantiles."""
    shares = as_numbers(bound.value("quantiles"))
    if len(values) != 1:
        raise UnsupportedError("svyby of quantiles of several variables")
    if len(shares) > 1:
        return _several_by(bound, sample, values[0], keys, shares)
    texts = [key.text for key in keys]
    found = _quantile(bound, sample, values, shares, missing=missing_option(bound), by=texts)
    order, groups = group_order(sample, found, keys)
    stat = Stat(groups, found, tuple(int(place) for place in order), sample.df, "quantile")
    columns = {values[0].label: found.estimate[order], "se": found.se[order]}
    columns |= {"ci_l": found.low[order], "ci_u": found.high[order]}
    return Cells(stat, groups, (values[0].label,), columns)


def _several_by(bound: Bound, sample: Sample, value: Variable, keys: Sequence[Variable], shares: Any) -> Cells:
    """Several quantiles, one beside the other; their standard errors are numbered."""
    found = [
        _quantile(bound, sample, [value], np.array([share]), missing=missing_option(bound), by=[k.text for k in keys])
        for share in shares
    ]
    order, groups = group_order(sample, found[0], keys)
    names = tuple(f"{value.label}.{share:g}" for share in shares)
    columns = {name: one.estimate[order] for name, one in zip(names, found, strict=True)}
    for kind, ends in (("se", "se"), ("ci_l", "low"), ("ci_u", "high")):
        for name, one in zip(names, found, strict=True):
            columns[f"{kind}.{name}"] = getattr(one, ends)[order]
    stats = [Stat(groups, one, tuple(int(place) for place in order), sample.df, "quantile") for one in found]
    return Cells(joined(stats), groups, names, columns)


@translates("svycdf", "formula design na.rm ...")
def svycdf(bound: Bound) -> Listing:
    sample, variables = bound.sample().variables(bound.terms("formula"))

    def function(variable: Variable) -> Any:
        def at(points: Any) -> Vector:
            found = verb("cdf")(sample.survey, variable.text, as_numbers(points).tolist())
            return Vector(tuple(float(value) for value in found.estimate))

        return at

    return Listing(tuple(function(variable) for variable in variables), tuple(item.label for item in variables))


BY["svyquantile"] = quantiles_by
