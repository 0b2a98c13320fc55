"""Replicate weights: given in the data, or made from a design."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from surveykit.survey import Survey
from tests.oracles.calls import Bound, translates
from tests.oracles.expressions import Translator, extended
from tests.oracles.pack import number
from tests.oracles.sample import Sample
from tests.oracles.syntax import Call, Name
from tests.oracles.values import UnsupportedError, Vector, as_numbers
from tests.oracles.verbs import verb

__all__: list[str] = []

_KINDS = {"successive-difference": "SDR"}


@translates("svrepdesign", "variables repweights weights data degf type combined.weights rho bootstrap.average scale "
            "rscales fpc fpctype mse ...")  # fmt: skip
def svrepdesign(bound: Bound) -> Sample:
    frame = bound.value("data")
    given = bound.value("repweights")
    if isinstance(given, Call):
        columns = [name.text for name in bound.terms("repweights") if isinstance(name, Name)]
    elif isinstance(given, str):
        columns = [name for name in frame.columns if re.search(given, name)]
    else:
        raise UnsupportedError("replicate weights given as a matrix")
    translator = Translator(frame, bound.session.evaluate)
    base = translator.column(bound.session.formula(bound.node("weights")).operands[-1])
    frame = extended(frame, translator.derived)
    kind = str(bound.value("type"))
    options: dict[str, Any] = {"mse": bound.flag("mse"), "combined": bound.flag("combined.weights", default=True)}
    options |= {name: float(as_numbers(bound.value(name))[0]) for name in ("scale", "rho") if bound.has(name)}
    if bound.has("rscales"):
        options["rscales"] = as_numbers(bound.value("rscales")).tolist()
    replicates = verb("replicate_weights")(frame, columns, base=base, kind=_KINDS.get(kind, kind), **options)
    return _sample(bound, frame, replicates)


def _sample(bound: Bound, frame: pd.DataFrame, replicates: Any) -> Sample:
    def build(data: pd.DataFrame) -> Survey:
        found: Survey = verb("Survey")(data, weights=replicates)
        return found

    return Sample(frame, build, bound.session.evaluate, facts={"kind": "replicate"})


#: Replicates that follow from the design alone; the others rest on random numbers or on a choice of matrix.
_DETERMINED = frozenset({"JK1", "JKn", "BRR", "Fay"})


@translates("as.svrepdesign", "design type fay.rho fpc fpctype ... compress mse")
def as_svrepdesign(bound: Bound) -> Sample:
    sample, record = bound.sample(), bound.session.record
    kind = str(bound.value("type", "auto"))
    if kind == "auto":
        kind = "JKn" if sample.facts["design"]["strata"] else "JK1"
    if record.get("repweights_file") and kind not in ("JK1", "JKn"):
        return _recorded(bound, sample, record)
    if kind not in _DETERMINED:
        raise UnsupportedError(f"random replicate weights of R ({kind})")
    options: dict[str, Any] = {"mse": bound.flag("mse")}
    if bound.has("fay.rho"):
        options["rho"] = float(as_numbers(bound.value("fay.rho"))[0])

    def build(data: pd.DataFrame) -> Survey:
        found: Survey = verb("replicate")(sample.build(data), kind, **options)
        return found

    return replace(sample, build=build, facts={"kind": "replicate", "design": sample.facts.get("design")})


def _recorded(bound: Bound, sample: Sample, record: Mapping[str, Any]) -> Sample:
    """Replicate weights that the pack holds."""
    table = bound.session.pack.weights(str(record["repweights_file"]))
    base = table.pop("base").to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(base[:, None] == 0, 0.0, table.to_numpy(np.float64) / base[:, None])
    replicates = verb("Replicates")(
        kind=str(record["rep_type"]),
        scale=number(record["scale"]),
        rscales=np.array([number(item) for item in record["rscales"]]),
        mse=bool(record["mse"]),
        factors=factors,
        units=None,
        base=base,
    )
    return _sample(bound, sample.frame, replicates)


@translates("svrVar", "thetas scale rscales na.action mse coef")
def svr_var(bound: Bound) -> Vector:
    thetas = as_numbers(bound.value("thetas"))
    rscales = as_numbers(bound.value("rscales"))
    ones = np.ones((1, len(thetas)))
    replicates = verb("Replicates")(
        kind="other",
        scale=float(as_numbers(bound.value("scale"))[0]),
        rscales=rscales,
        mse=bound.flag("mse"),
        factors=ones,
        units=None,
        base=np.ones(1),
    )
    full = as_numbers(bound.value("coef", 0.0))[:1]
    found = verb("replicate_covariance")(thetas[:, None], full, replicates)
    return Vector((float(found[0, 0]),), ())
