"""Designs: how the sample was drawn, and subsets of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from surveykit.expressions import quote_name
from surveykit.survey import Survey
from tests.oracles.calls import Bound, terms, translates
from tests.oracles.expressions import Translator, extended
from tests.oracles.sample import Sample
from tests.oracles.syntax import Call, Constant, Node
from tests.oracles.values import Listing, UnsupportedError, as_numbers
from tests.oracles.verbs import verb

__all__: list[str] = []


@translates("svydesign", "ids probs strata variables fpc data nest check.strata weights pps variance ...")
def svydesign(bound: Bound) -> Any:
    data = bound.value("data")
    if isinstance(data, Listing):
        return Listing(tuple(_svydesign(bound, frame.reset_index(drop=True)) for frame in data.items), data.names)
    return _svydesign(bound, data)


def _svydesign(bound: Bound, frame: pd.DataFrame) -> Sample:
    translator = Translator(frame, bound.session.evaluate)
    columns = {role: _columns(bound, role, translator) for role in ("ids", "strata", "fpc")}
    options = bound.session.options
    design: dict[str, Any] = {
        "clusters": columns["ids"] or None,
        "strata": columns["strata"] or None,
        "fpc": columns["fpc"] or None,
        "nest": bound.flag("nest"),
        "lonely": str(options.get("survey.lonely.psu", "fail")),
        "domain_lonely": bool(options.get("survey.adjust.domain.lonely", False)),
        **_probabilities(bound, translator),
    }
    weights = _weights(bound, translator)
    frame = extended(frame, translator.derived)
    if options.get("survey.ultimate.cluster"):
        frame, design, weights = _first_stage_only(frame, design, weights)

    def build(data: pd.DataFrame) -> Survey:
        found: Survey = verb("Survey")(data, verb("Design")(**design), weights=weights)
        return found

    return Sample(frame, build, bound.session.evaluate, facts={"design": design, "weights": weights})


def _columns(bound: Bound, role: str, translator: Translator) -> list[str]:
    if not bound.has(role):
        return []
    node = bound.node(role)
    if isinstance(node, Constant) and node.value in ((), None):
        return []
    return [translator.column(term) for term in terms(bound.session.formula(node).operands[-1])]


def _weights(bound: Bound, translator: Translator) -> str | None:
    for role, invert in (("weights", False), ("probs", True)):
        if not bound.has(role):
            continue
        node = bound.node(role)
        if isinstance(node, Call) and node.name == "~":
            node = node.operands[-1]
        if not invert:
            return translator.column(node)
        translator.derived["weight from probability"] = pd.Series(1 / as_numbers(translator.values(node)))
        return "weight from probability"
    return None


def _first_stage_only(
    frame: pd.DataFrame, design: dict[str, Any], weights: str | None
) -> tuple[pd.DataFrame, dict[str, Any], str | None]:
    """R's option survey.ultimate.cluster: the weights of all stages, the variance of the first alone."""
    if weights is None and design["fpc"]:
        survey = verb("Survey")(frame, verb("Design")(**design))
        frame, weights = frame.assign(**{"weight from fpc": row_weights(survey)}), "weight from fpc"
    shorter = {role: design[role][:1] if design[role] else None for role in ("clusters", "strata", "fpc")}
    return frame, {**design, **shorter}, weights


def row_weights(survey: Survey) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Weights by row, in the order of the data."""
    found: np.ndarray[Any, np.dtype[np.float64]] = survey.engine.weights(survey.index)
    return found


def _probabilities(bound: Bound, translator: Translator) -> dict[str, Any]:
    """Sampling without replacement with unequal probabilities."""
    if not bound.has("pps"):
        return {}
    node = bound.node("pps")
    if isinstance(node, Constant) and node.value is False:
        return {}
    if isinstance(node, Call):
        return {"pps": _PPS[node.name](bound, node)}
    return {"pps": str(bound.session.evaluate(node))}


def _hartley_rao(bound: Bound, node: Call) -> Any:
    """The approximation with the population's mean square: computed, or as the pack's record of the design says it."""
    if not node.operands:
        return "hartley-rao"
    try:
        given = float(as_numbers(bound.session.evaluate(node.operands[0]))[0])
    except UnsupportedError:
        said = re.search(r"sum p\^2/n = ([0-9.eE+-]+)", str(bound.session.record.get("pps", "")))
        if said is None:
            raise
        given = float(said.group(1))
    return verb("HartleyRao")(given)


def _joint(bound: Bound, node: Call) -> Any:
    """A matrix of joint probabilities: by name, or the file that the pack's record of the design names."""
    try:
        matrix = bound.session.evaluate(node.operands[0])
    except UnsupportedError:
        named = re.search(r"(\w+)\.csv", str(bound.session.record.get("pps", "")))
        if named is None:
            raise
        matrix = bound.session.pack.frame(named.group(1))
    variance = {"HT": "horvitz-thompson", "YG": "yates-grundy"}[str(bound.value("variance", "HT"))]
    return verb("JointProbabilities")(matrix.to_numpy(np.float64), variance)


def _poisson(bound: Bound, node: Call) -> Any:
    return "poisson"


_PPS: Mapping[str, Callable[[Bound, Call], Any]] = {
    "HR": _hartley_rao,
    "ppsmat": _joint,
    "poisson_sampling": _poisson,
}


@translates("twophase", "id strata probs weights fpc subset data method pps")
def twophase(bound: Bound) -> Sample:
    frame = bound.value("data")
    translator = Translator(frame, bound.session.evaluate)
    if bound.has("probs") or bound.has("weights") or bound.has("pps"):
        raise UnsupportedError("a two-phase design with probabilities or weights of its own")
    phases = []
    for phase in (0, 1):
        options: dict[str, Any] = {"lonely": str(bound.session.options.get("survey.lonely.psu", "fail"))}
        for role, parameter in (("clusters", "id"), ("strata", "strata"), ("fpc", "fpc")):
            node = _phase(bound, parameter, phase)
            names = [] if node is None else [translator.column(term) for term in terms(node)]
            if names and not (role == "clusters" and phase == 1):  # the rows are the units of the second phase
                options[role] = names
        phases.append(options)
    subset_text = translator.text(bound.session.formula(bound.node("subset")).operands[-1])
    method = {"simple": "approx"}.get(str(bound.value("method", "full")), str(bound.value("method", "full")))
    frame = extended(frame, translator.derived)
    design, two = verb("Design"), verb("TwoPhase")

    def build(data: pd.DataFrame) -> Survey:
        made = two(first=design(**phases[0]), second=design(**phases[1]), subset=subset_text, method=method)
        found: Survey = verb("Survey")(data, made)
        return found

    return Sample(frame, build, bound.session.evaluate)


def _phase(bound: Bound, parameter: str, phase: int) -> Node | None:
    """The right-hand side of one phase's formula in ``list(~a, ~b)``; None where it is NULL."""
    if not bound.has(parameter):
        return None
    node = bound.node(parameter)
    if not isinstance(node, Call) or node.name != "list":
        raise UnsupportedError("a two-phase design whose phases are not listed")
    given = node.operands[phase]
    return None if isinstance(given, Constant) else bound.session.formula(given).operands[-1]


@translates("subset", "x subset ...")
def subset(bound: Bound) -> Any:
    data, condition = bound.value("x"), bound.node("subset")
    if isinstance(data, Sample):
        return data.subset(condition)
    if isinstance(data, Listing):
        return Listing(tuple(item.subset(condition) for item in data.items), data.names)
    held = bound.session.evaluate(condition, data)
    return data[held.astype("boolean").fillna(False).to_numpy(bool)].reset_index(drop=True)


@translates("svystandardize", "design by over population excluding.missing ...")
def svystandardize(bound: Bound) -> Sample:
    """A design whose means are standardised; ``svyby`` asks for them."""
    sample = bound.sample()
    (by,) = bound.terms("by")
    over = bound.terms("over") if bound.has("over") else []
    for term in bound.terms("excluding.missing") if bound.has("excluding.missing") else []:
        name = quote_name(Translator(sample.frame, bound.session.evaluate).text(term))
        sample = sample.named()
        sample = replace(sample, conditions=(*sample.conditions, f"not missing({name})"))
    sample, variables = sample.variables([by, *over])
    levels = sample.survey.engine.levels(sample.survey.expression(variables[0].text))
    counts = dict(zip(levels, as_numbers(bound.value("population")).tolist(), strict=True))
    standard = {"by": variables[0].text, "population": counts}
    facts = {**sample.facts, "standard": standard, "standard over": tuple(one.text for one in variables[1:])}
    return replace(sample, facts=facts)


@translates("transform update", "_data ...")
def transform(bound: Bound) -> Any:
    data = bound.value("_data")
    columns = {argument.name: argument.value for argument in bound.rest if argument.name and argument.value}
    if isinstance(data, Sample):
        return data.with_columns({name: _column(bound, node, data.frame) for name, node in columns.items()})
    return data.assign(**{name: _column(bound, node, data) for name, node in columns.items()})


def _column(bound: Bound, node: Node, frame: pd.DataFrame) -> pd.Series:
    value = bound.session.evaluate(node, frame)
    if isinstance(value, pd.Series):
        return value
    items = value.values if hasattr(value, "values") else (value,)
    return pd.Series([items[row % len(items)] for row in range(len(frame))])


@translates("split", "x f ...")
def split(bound: Bound) -> Listing:
    frame, by = bound.value("x"), bound.value("f")
    groups = list(frame.groupby(by.to_numpy(), sort=True))
    return Listing(tuple(part for _, part in groups), tuple(str(name) for name, _ in groups))


@translates("imputationList", "datasets ...")
def imputation_list(bound: Bound) -> Any:
    return bound.value("datasets")


@translates("degf", "design ...")
def degf(bound: Bound) -> Any:
    found = bound.value("design")
    if isinstance(found, Sample):
        return found.own_df
    if hasattr(found, "design_df"):
        return found.design_df
    raise UnsupportedError("degf of a result")
