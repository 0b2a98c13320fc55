"""Where adjusted weights make another answer than R's right: what R does is done here too, and gives R's numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from surveykit.survey import Survey
from tests.oracles.case import Case, drops_missing, has_missing
from tests.oracles.judge import compare
from tests.oracles.sample import Sample
from tests.oracles.session import Session
from tests.oracles.syntax import parse
from tests.oracles.values import as_numbers
from tests.oracles.verbs import verb

__all__ = ["WEIGHT_CASES"]


def _gives_r(case: Case, sample: Sample) -> bool:
    """Whether the call gives R's numbers on another form of the design."""
    session = Session(case.session.pack, case.session.options, {}, {case.entry.design_id: sample})
    return compare(case.entry, session.evaluate(parse(case.entry.call))).passed


def raked_without_weights(case: Case) -> str | None:
    """R's rake() takes residuals from unweighted means; its calibrate(calfun="raking") weights them, as theory asks."""
    sample = case.sample()
    record = None if sample is None or case.comparison is None else sample.facts.get("record")
    raked = record is not None and any(step.kind == "rake" for step in record.steps)
    if sample is None or not raked or sample.facts.get("kind") == "replicate" or "estimates" in case.off:
        return None
    steps = [
        replace(step, projection=replace(step.projection, before=np.ones(len(step.projection.before))))
        if step.kind == "rake" and step.projection is not None
        else step
        for step in record.steps
    ]
    unweighted, design = replace(record, steps=tuple(steps)), sample.facts["design"]

    def build(data: pd.DataFrame) -> Survey:
        found: Survey = verb("Survey")(data, verb("Design")(**design), weights=unweighted)
        return found

    if not _gives_r(case, replace(sample, build=build, facts={**sample.facts, "record": unweighted})):
        return None
    return (
        "derivation: residuals from the margins are fitted with the weights before raking (Deville and Särndal 1992), "
        "as R's own calibrate(calfun='raking') has it; R's rake() fits them without weights, and is reproduced so"
    )


def rank_after_calibration(case: Case) -> str | None:
    """R counts the rank of replicate weights after each was calibrated, which has more columns than the design."""
    sample = case.sample()
    if sample is None or case.comparison is None or sample.facts.get("kind") != "replicate":
        return None
    replicates = sample.survey.replicates
    if replicates is None or isinstance(replicates.factors, np.ndarray):
        return None
    base = np.asarray(replicates.base)
    weights = np.column_stack([replicates.weights(number) for number in range(replicates.replicates)])
    supplied = replace(replicates, factors=weights / base[:, None], units=None, deleted=None)

    def build(data: pd.DataFrame) -> Survey:
        found: Survey = verb("Survey")(data, weights=supplied)
        return found

    if not _gives_r(case, replace(sample, build=build)):
        return None
    return (
        "derivation: calibrating replicates makes their weights a curved function of the units' totals and adds no "
        "unit, so the degrees of freedom are those before; R's rank after calibration is reproduced"
    )


def levels_out_of_order(case: Case) -> str | None:
    """svygofchisq gives the variance of its test the probabilities in alphabetical order of the levels."""
    if not case.calls("svygofchisq") or case.comparison is None or not case.off <= {"parameter", "p_value"}:
        return None
    sample = case.sample()
    node = {argument.name: argument.value for argument in case.call.arguments}
    if sample is None or "p" not in node:
        return None
    sample, (variable,) = sample.variables([case.call.operands[0].operands[-1]])  # type: ignore[union-attr]
    levels, shares = variable.levels or (), as_numbers(case.session.evaluate(node["p"]))
    alphabetical = shares[sorted(range(len(levels)), key=lambda place: levels[place].casefold())]
    found = verb("goodness_of_fit")(
        sample.survey, variable.text, dict(zip(levels, alphabetical.tolist(), strict=True)), statistic="Satterthwaite"
    )
    eigenvalues = found.facts["eigenvalues"]
    scale = float((eigenvalues**2).sum() / eigenvalues.sum()) * found.weighted_n / found.n
    tail = stats.chi2.sf(case.recorded("statistic")[0] / scale, found.df)
    if not np.allclose(case.recorded("parameter", "p_value"), [scale, found.df, tail], rtol=1e-6):
        return None
    return (
        "derivation: the variance of the residuals takes each level's own probability; R takes them in alphabetical "
        "order of the levels, whatever the order of the factor, and is reproduced so"
    )


def variance_over_answers(case: Case) -> str | None:
    """svyvar multiplies by n / (n - 1) with n the rows, also those without an answer."""
    if not case.calls("svyvar") or case.comparison is None or not (drops_missing(case.call) and has_missing(case)):
        return None
    sample = case.sample()
    if sample is None or "estimates" not in case.off:
        return None
    answers = float(np.asarray(case.answer.stat.estimate.n).flat[0])
    weights = sample.survey.engine.weights(sample.survey.index)
    rows = float((weights != 0).sum())
    factor = rows / (rows - 1) / (answers / (answers - 1))
    recorded = np.array(case.recorded("estimates", "ses"))
    fields = case.answer.fields()
    own = np.concatenate([np.ravel(fields["estimates"]), np.ravel(fields["ses"])])
    if not np.allclose(recorded, own * factor, rtol=1e-6):
        return None
    return (
        'row "NA in a variable": n of n / (n - 1) is the number of answers, as in a domain of those who answered; R '
        "counts rows without an answer as well"
    )


#: Predicates on adjusted weights and on counts, in the order in which they are asked.
WEIGHT_CASES: list[Callable[[Case], str | None]] = [
    raked_without_weights,
    rank_after_calibration,
    levels_out_of_order,
    variance_over_answers,
]
