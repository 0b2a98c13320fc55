"""Means, totals, ratios, proportions and the same by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from surveykit.results import Estimate
from tests.oracles.answers import Cells, Fields, Stat, joined
from tests.oracles.calls import Bound, translates
from tests.oracles.expressions import quote_text
from tests.oracles.sample import Sample, Variable, label
from tests.oracles.syntax import Argument, Call, Name, Node, Text
from tests.oracles.values import Listing, UnsupportedError
from tests.oracles.verbs import verb

__all__ = ["BY", "cell_order", "deff_option", "group_order", "missing_option"]


#: Functions that ``svyby`` can apply, besides those of this file.
BY: dict[str, Callable[[Bound, Sample, Sequence[Variable], Sequence[Variable]], Any]] = {}


def missing_option(bound: Bound, *, default: bool = False) -> str:
    """R's na.rm: surveykit refuses where R would answer NA."""
    return "drop" if bound.flag("na.rm", default) else "fail"


def deff_option(bound: Bound) -> str | None:
    """R's deff: TRUE is against sampling without replacement."""
    given = bound.value("deff", False)
    if given is True:
        return "without"
    return "with" if given == "replace" else None


@translates("svymean", "x design na.rm deff influence ...")
def svymean(bound: Bound) -> Stat:
    return _of_terms(bound, bound.sample(), "mean", bound.terms("x"))


@translates("svytotal", "x design na.rm deff influence ...")
def svytotal(bound: Bound) -> Stat:
    return _of_terms(bound, bound.sample(), "total", bound.terms("x"))


def _of_terms(bound: Bound, sample: Sample, statistic: str, nodes: Sequence[Node]) -> Stat:
    sample, variables = sample.variables(nodes)
    options = {"missing": missing_option(bound), "deff": deff_option(bound)}
    names = tuple(name for variable in variables for name in variable.names)
    if statistic == "mean" and len(variables) == 1 and variables[0].levels is not None:
        found = _shares(sample, variables[0], **options)
        return Stat(names, found, cell_order(found, variables[0]), sample.df, sample.precision)
    if len(variables) == 1 and len(variables[0].parts) > 1 and options["deff"] is None:
        found = verb("count")(sample.survey, by=list(variables[0].parts))
        return Stat(names, found, cell_order(found, variables[0]), sample.df, sample.precision)
    texts = [text for variable in variables for text in _indicators(variable)]
    found = verb(statistic)(sample.survey, texts, **options)
    return Stat(names, found, tuple(range(len(names))), sample.df, sample.precision)


def _shares(sample: Sample, variable: Variable, **options: Any) -> Estimate:
    """Shares of levels; R gives means their symmetric intervals, surveykit's verb gives shares better ones."""
    found: Estimate = verb("proportion")(sample.survey, list(variable.parts), **options)
    return replace(found, interval=None)


def _indicators(variable: Variable) -> list[str]:
    """Expressions of R's columns: the number itself, or one condition a level."""
    if variable.levels is None:
        return [variable.text]
    if len(variable.parts) > 1:
        raise UnsupportedError("crossed factors beside other variables")
    if variable.levels == ("FALSE", "TRUE"):
        return [f"not ({variable.quoted})", variable.quoted]
    return [f"{variable.quoted} == {quote_text(level)}" for level in variable.levels]


def cell_order(found: Estimate, variable: Variable) -> tuple[int, ...]:
    """Places of R's levels among surveykit's cells, found by their labels."""
    keys = list(found.labels)[-len(variable.parts) :]
    rows = zip(*(found.labels[key] for key in keys), strict=True)
    by_label = {".".join(label(part) for part in row): place for place, row in enumerate(rows)}
    missing = [level for level in variable.levels or () if level not in by_label]
    if missing:
        raise UnsupportedError(f"levels of {variable.label} that the answer does not hold")
    return tuple(by_label[level] for level in variable.levels or ())


@translates("svyratio", "numerator denominator design separate na.rm formula covmat deff influence ...")
def svyratio(bound: Bound) -> Any:
    sample = bound.sample()
    numerator = bound.terms("numerator" if bound.has("numerator") else "formula")
    if bound.flag("separate"):
        return _separate_ratios(bound, sample, numerator)
    return _ratios(bound, sample, numerator, bound.terms("denominator"))


def _ratios(bound: Bound, sample: Sample, numerator: Sequence[Node], denominator: Sequence[Node]) -> Stat:
    sample, variables = sample.variables([*numerator, *denominator])
    above, below = variables[: len(numerator)], variables[len(numerator) :]
    stats = []
    for x in below:
        for y in above:
            found = verb("ratio")(sample.survey, y.text, x.text, missing=missing_option(bound), deff=deff_option(bound))
            stats.append(Stat((f"{y.label}/{x.label}",), found, (0,), sample.df, sample.precision))
    return joined(stats)


def _separate_ratios(bound: Bound, sample: Sample, numerator: Sequence[Node]) -> Fields:
    strata = sample.facts["design"]["strata"][0]
    levels = sample.survey.engine.levels(sample.survey.expression(strata))
    found = {}
    for level in levels:
        node = bound.session.formula(_equals(strata, label(level)))
        stat = _ratios(bound, sample.subset(node.operands[0]), numerator, bound.terms("denominator"))
        found[label(level)] = stat.fields()
    return Fields({"ratios": found})


def _equals(column: str, level: str) -> Node:

    return Call(Name("~"), (Argument(Call(Name("=="), (Argument(Name(column)), Argument(Text(level))))),))


@translates("svyciprop", "formula design method level df ...")
def svyciprop(bound: Bound) -> Stat:
    sample, (variable,) = bound.sample().variables(bound.terms("formula"))
    method = str(bound.value("method", "logit"))
    # Methods that go through a regression leave rows with a missing answer out, whatever na.rm says.
    drops = bound.flag("na.rm") or method in ("logit", "likelihood")
    text = variable.quoted if variable.levels is not None else f"{variable.quoted} == 1"
    if variable.levels is not None and variable.levels != ("FALSE", "TRUE"):
        text = f"{variable.quoted} == {quote_text(variable.levels[-1])}"
    if bound.has("df"):
        raise UnsupportedError("svyciprop with degrees of freedom of its own")
    found = verb("proportion")(
        sample.survey,
        text,
        method=method,
        missing="drop" if drops else "fail",
        level=float(bound.value("level", 0.95)),
    )
    held = [place for place, item in enumerate(found.labels[list(found.labels)[-1]]) if item in (True, 1)]
    precision = "iterated" if method == "likelihood" else sample.precision
    stat = Stat((variable.label,), found, (held[0],), sample.df, precision)
    return Stat(stat.names, found, stat.order, sample.df, precision, {"variance": stat.ses**2})


@translates("svyby", "formula by design FUN ... deff keep.var keep.names verbose vartype drop.empty.groups covmat "
            "return.replicates na.rm.by na.rm.all")  # fmt: skip
def svyby(bound: Bound) -> Any:
    kind = bound.node("FUN")
    name = kind.text if isinstance(kind, Name) else ""
    sample = bound.sample()
    by = bound.terms("by")
    formula = bound.terms("formula")
    keys_at = len(formula)
    denominator = bound.terms("denominator") if name == "svyratio" else []
    sample, variables = sample.variables([*formula, *by, *denominator])
    values, keys, below = variables[:keys_at], variables[keys_at : keys_at + len(by)], variables[keys_at + len(by) :]
    if name in BY:
        return BY[name](bound, sample, values, keys)
    if name == "unwtd.count":
        return _counts_by(bound, sample, keys)
    options = {"by": [key.text for key in keys], "missing": missing_option(bound), "deff": deff_option(bound)}
    if name == "svyratio":
        found = verb("ratio")(sample.survey, values[0].text, below[0].text, **options)
        return _cells(bound, sample, found, keys, (f"{values[0].label}/{below[0].label}",), se="se.{}")
    if name not in ("svymean", "svytotal"):
        raise UnsupportedError(f"svyby with {name or 'a function of its own'}")
    if name == "svymean" and len(values) == 1 and values[0].levels is not None:
        found = _shares(sample, values[0], **options)
        return _proportions_by(bound, sample, found, keys, values[0])
    texts = [text for value in values for text in _indicators(value)]
    if "standard" in sample.facts:
        return _standardised_by(bound, sample, texts, keys, tuple(n for value in values for n in value.names))
    found = verb("mean" if name == "svymean" else "total")(sample.survey, texts, **options)
    return _cells(bound, sample, found, keys, tuple(n for value in values for n in value.names))


def _standardised_by(
    bound: Bound, sample: Sample, texts: Sequence[str], keys: Sequence[Variable], names: tuple[str, ...]
) -> Cells:
    """Means of a design that svystandardize made; it was made for these groups."""
    standard, over = sample.facts["standard"], sample.facts["standard over"]
    if {key.text for key in keys} != set(over):
        raise UnsupportedError("standardised means of other groups than the design was made for")
    found = verb("standardised_mean")(sample.survey, texts, over=[key.text for key in keys], **standard)
    return _cells(bound, sample, found, keys, names)


def _cells(
    bound: Bound, sample: Sample, found: Estimate, keys: Sequence[Variable], names: tuple[str, ...], *, se: str = ""
) -> Cells:
    """R's order: variable by variable, groups with the first factor fastest; surveykit's last factor is fastest."""
    shape = [len(sample.survey.engine.levels(sample.survey.expression(key.text))) for key in keys]
    within = np.arange(int(np.prod(shape))).reshape(shape).ravel(order="F")
    order = np.concatenate([within + variable * len(within) for variable in range(len(names))])
    return _as_cells(bound, sample, found, keys, names, order=order, se=se)


def _proportions_by(bound: Bound, sample: Sample, found: Estimate, keys: Sequence[Variable], value: Variable) -> Cells:
    inner = [found.labels[key] for key in list(found.labels)[-len(value.parts) :]]
    levels = [".".join(label(part) for part in row) for row in zip(*inner, strict=True)]
    shape = [len(sample.survey.engine.levels(sample.survey.expression(key.text))) for key in keys]
    groups = np.arange(int(np.prod(shape))).reshape(shape).ravel(order="F")
    width = len(levels) // len(groups)
    order = [int(group) * width + levels[:width].index(level) for level in value.levels or () for group in groups]
    return _as_cells(bound, sample, found, keys, value.names, order=np.asarray(order))


def _as_cells(
    bound: Bound,
    sample: Sample,
    found: Estimate,
    keys: Sequence[Variable],
    names: tuple[str, ...],
    *,
    order: Any,
    se: str = "",
) -> Cells:
    count = len(order) // len(names)
    columns = list(found.labels)
    key_columns = columns[1 : 1 + len(keys)] if columns[0] == "variable" else columns[: len(keys)]
    groups = tuple(".".join(label(found.labels[key][place]) for key in key_columns) for place in order[:count])
    full = groups if len(names) == 1 else tuple(f"{group}:{name}" for name in names for group in groups)
    stat = Stat(full, found, tuple(int(place) for place in order), sample.df, sample.precision)
    blocks = {name: slice(at * count, (at + 1) * count) for at, name in enumerate(names)}
    return Cells(stat, groups, names, _printed(stat, blocks, se))


def _printed(stat: Stat, blocks: dict[str, slice], se: str) -> dict[str, Any]:
    """The columns that svyby can print, under its names."""
    ends = stat.confint()
    with np.errstate(divide="ignore", invalid="ignore"):
        kinds: dict[str, Any] = {
            "se": stat.ses,
            "ci_l": ends[:, 0],
            "ci_u": ends[:, 1],
            "cv": stat.ses / stat.values,
            "cv%": 100 * stat.ses / stat.values,
            "var": stat.ses**2,
        }
    printed: dict[str, Any] = {}
    for place, (name, block) in enumerate(blocks.items(), 1):
        printed[name] = stat.values[block]
        for kind, values in kinds.items():
            printed[f"{kind}.{name}"] = values[block]
            # With replicates the columns of several variables are numbered.
            printed[f"{kind}{place}"] = values[block]
            if len(blocks) == 1 and not se:
                printed[kind] = values[block]
        if "deff" in stat.estimate.facts:
            printed[f"DEff.{name}"] = stat.fact("deff")[block]
    return printed


def group_order(sample: Sample, found: Estimate, keys: Sequence[Variable]) -> tuple[Any, tuple[str, ...]]:
    """Places of R's groups (first factor fastest) among the cells of one variable, and their names."""
    shape = [len(sample.survey.engine.levels(sample.survey.expression(key.text))) for key in keys]
    order = np.arange(int(np.prod(shape))).reshape(shape).ravel(order="F")
    columns = list(found.labels)[-len(keys) :]
    return order, tuple(".".join(label(found.labels[key][place]) for key in columns) for place in order)


def _counts_by(bound: Bound, sample: Sample, keys: Sequence[Variable]) -> Fields:
    found = verb("count")(sample.survey, by=[key.text for key in keys])
    order, groups = group_order(sample, found, keys)
    rows = found.n[order].astype(np.float64)
    nothing = np.zeros(len(rows))
    return Fields(
        {
            "names": groups,
            "groups": groups,
            "estimates": rows,
            "ses": nothing,
            "df": sample.df,
            "ci95": np.column_stack([rows, rows]),
            "cells": {"counts": rows, "se": nothing},
        }
    )


@translates("svybys", "formula bys design FUN ...")
def svybys(bound: Bound) -> Listing:

    found = []
    for node in bound.terms("bys"):
        arguments = [
            Argument(bound.node("formula")),
            Argument(Call(Name("~"), (Argument(node),))),
            Argument(bound.node("design")),
            Argument(bound.node("FUN")),
            *bound.rest,
        ]
        found.append(bound.session.evaluate(Call(Name("svyby"), tuple(arguments))))
    return Listing(tuple(found))
