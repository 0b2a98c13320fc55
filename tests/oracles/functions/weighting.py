"""Weights adjusted to a population: post-stratification, raking, calibration, trimming."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from surveykit.formulas import compile_terms
from surveykit.survey import Survey
from tests.oracles.calls import Bound, terms, translates
from tests.oracles.expressions import Translator
from tests.oracles.functions.models import Formula, r_name
from tests.oracles.sample import Sample
from tests.oracles.syntax import Call, Node
from tests.oracles.values import UnsupportedError, as_numbers
from tests.oracles.verbs import verb

__all__: list[str] = []


def _adjusted(sample: Sample, step: Callable[[Any], Any]) -> Sample:
    """The design with its weights after one more step."""
    if sample.facts.get("kind") == "replicate":
        return _recalibrated(sample, step)
    before = sample.facts.get("record")
    if before is None:
        before = verb("base_weights")(sample.frame, sample.survey.engine.weights(sample.survey.index))
    record = step(before)
    design = sample.facts["design"]

    def build(data: pd.DataFrame) -> Survey:
        found: Survey = verb("Survey")(data, verb("Design")(**design), weights=record)
        return found

    return replace(sample, build=build, facts={**sample.facts, "record": record, "precision": "calibrated"})


def _recalibrated(sample: Sample, step: Callable[[Any], Any]) -> Sample:
    """Replicate weights, each adjusted as the full sample's are."""

    def build(data: pd.DataFrame) -> Survey:
        found: Survey = verb("recalibrate")(sample.build(data), step)
        return found

    return replace(sample, build=build, facts={**sample.facts, "precision": "calibrated"})


def _counts(frame: pd.DataFrame, variables: list[str]) -> dict[tuple[Any, ...], float]:
    """Population counts by the crossed levels of some variables, from R's table with the column Freq."""
    counts = [name for name in frame.columns if name not in variables]
    levels = zip(*(frame[name] for name in variables), strict=True)
    return dict(zip(levels, as_numbers(frame[counts[0]]).tolist(), strict=True))


def _names(bound: Bound, node: Node) -> list[str]:
    formula = bound.session.formula(node)
    return [getattr(term, "text", "") for term in terms(formula.operands[-1])]


@translates("postStratify", "design strata population partial ...")
def post_stratify(bound: Bound) -> Sample:
    variables = _names(bound, bound.node("strata"))
    population = verb("Population")({tuple(variables): _counts(bound.value("population"), variables)})
    partial = bound.flag("partial")
    return _adjusted(
        bound.sample(), lambda weights: verb("post_stratify")(weights, population, by=variables, partial=partial)
    )


@translates("rake", "design sample.margins population.margins control compress")
def rake(bound: Bound) -> Sample:
    margins_node = bound.node("sample.margins")
    if not isinstance(margins_node, Call):
        raise UnsupportedError("margins that are not written out")
    margins = [_names(bound, node) for node in margins_node.operands]
    tables = bound.value("population.margins").items
    population = verb("Population")(
        {tuple(names): _counts(table, names) for names, table in zip(margins, tables, strict=True)}
    )
    return _adjusted(bound.sample(), lambda weights: verb("rake")(weights, population, margins=margins))


@translates("calibrate", "design formula population aggregate.stage stage variance bounds calfun maxit epsilon verbose "
            "force trim bounds.const sparse ...")  # fmt: skip
def calibrate(bound: Bound) -> Sample:
    sample = bound.sample()
    if not isinstance(bound.node("formula"), Call) or bound.has("trim") or bound.has("force"):
        raise UnsupportedError("calibration of this form")
    formula = bound.session.formula(bound.node("formula"))
    writer = Formula(Translator(sample.frame, bound.session.evaluate))
    text = writer.text(formula.operands[-1])
    sample = sample.with_columns(writer.translator.derived)
    given = bound.value("population")
    by_name = dict(zip(given.names, as_numbers(given).tolist(), strict=True))
    matrix = compile_terms(f"~ {text}", sample.survey.engine)
    r_names = {column.name: r_name(column, matrix.factors, writer.labels) for column in matrix.columns}
    ordered = list(as_numbers(given))
    totals = {
        name: by_name.get(r_names[name], ordered[place] if not any(given.names) else np.nan)
        for place, name in enumerate(matrix.names)
    }
    options = _calibration_options(bound, sample, matrix)
    return _adjusted(sample, lambda weights: verb("calibrate")(weights, totals, formula=f"~ {text}", **options))


def _calibration_options(bound: Bound, sample: Sample, matrix: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"method": str(bound.value("calfun", "linear"))}
    if bound.has("bounds"):
        low, high = as_numbers(bound.value("bounds")).tolist()
        options["bounds"] = (low, high)
    if bound.has("aggregate.stage"):
        stage = int(as_numbers(bound.value("aggregate.stage"))[0])
        options["within"] = sample.facts["design"]["clusters"][stage - 1]
    if bound.has("variance"):
        place = int(as_numbers(bound.value("variance"))[0]) - 1
        options["variance"] = matrix.factors[matrix.columns[place].parts[0][0]].name
    return options


@translates("trimWeights", "design upper lower strict ...")
def trim_weights(bound: Bound) -> Sample:
    limits: Mapping[str, Any] = {
        name: float(as_numbers(bound.value(name))[0]) for name in ("upper", "lower") if bound.has(name)
    }
    strict = bound.flag("strict")
    # R keeps the calibration's residuals in the variance although trimming breaks the margins.
    return _adjusted(
        bound.sample(), lambda weights: verb("trim")(weights, **limits, strict=strict, keep_calibration=True)
    )
