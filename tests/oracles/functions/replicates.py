"""Replicate weights: given in the data, or made from a design."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from surveykit.survey import Survey
from tests.oracles.calls import Bound, translates
from tests.oracles.pack import number
from tests.oracles.sample import Sample
from tests.oracles.syntax import Call
from tests.oracles.values import UnsupportedError, Vector, as_numbers
from tests.oracles.verbs import verb

__all__: list[str] = []

_KINDS = {"ACS": "SDR", "successive-difference": "SDR"}


@translates("svrepdesign", "variables repweights weights data degf type combined.weights rho bootstrap.average scale "
            "rscales fpc fpctype mse ...")  # fmt: skip
def svrepdesign(bound: Bound) -> Sample:
    frame = bound.value("data")
    given = bound.value("repweights")
    if isinstance(given, Call):
        columns = [name.text for name in bound.terms("repweights") if hasattr(name, "text")]
    elif isinstance(given, str):
        columns = [name for name in frame.columns if re.search(given, name)]
    else:
        raise UnsupportedError("replicate weights given as a matrix")
    weights = bound.session.formula(bound.node("weights"))
    base = as_numbers(bound.session.evaluate(weights.operands[-1], frame))
    factors = frame[columns].to_numpy(np.float64)
    if bound.flag("combined.weights", default=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = np.where(base[:, None] == 0, 0.0, factors / base[:, None])
    kind = str(bound.value("type"))
    rscales = as_numbers(bound.value("rscales")) if bound.has("rscales") else np.ones(len(columns))
    scale = float(as_numbers(bound.value("scale"))[0]) if bound.has("scale") else None
    rho = float(as_numbers(bound.value("rho", 0.0))[0])
    scale = _scale(kind, len(columns), rho) if scale is None else scale
    return _sample(bound, frame, kind, scale, rscales, mse=bound.flag("mse"), factors=factors, base=base)


def _scale(kind: str, count: int, rho: float) -> float:
    """Scales that the kind of replicates implies."""
    known = {
        "BRR": 1 / count,
        "Fay": 1 / (count * (1 - rho) ** 2),
        "JK1": (count - 1) / count,
        "JKn": 1.0,
        "JK2": 1.0,
        "ACS": 4 / count,
        "successive-difference": 4 / count,
        "bootstrap": 1 / (count - 1),
    }
    if kind not in known:
        raise UnsupportedError(f"replicates of type {kind} without a scale")
    return known[kind]


def _sample(
    bound: Bound, frame: pd.DataFrame, kind: str, scale: float, rscales: Any, *, mse: bool, factors: Any, base: Any
) -> Sample:
    replicates = verb("Replicates")(
        kind=_KINDS.get(kind, kind), scale=scale, rscales=rscales, mse=mse, factors=factors, units=None, base=base
    )

    def build(data: pd.DataFrame) -> Survey:
        found: Survey = verb("Survey")(data, weights=replicates)
        return found

    return Sample(frame, build, bound.session.evaluate, facts={"kind": "replicate", "replicates": replicates})


@translates("as.svrepdesign", "design type fay.rho fpc fpctype ... compress mse")
def as_svrepdesign(bound: Bound) -> Sample:
    record = bound.session.record
    if record.get("repweights_file"):
        return _recorded(bound, record)
    raise UnsupportedError(f"replicate weights made by surveykit ({bound.value('type', 'auto')})")


def _recorded(bound: Bound, record: Mapping[str, Any]) -> Sample:
    """Replicate weights that the pack holds, because they rest on R's random numbers or choice of matrix."""
    sample = bound.sample()
    table = bound.session.pack.weights(str(record["repweights_file"]))
    base = table.pop("base").to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(base[:, None] == 0, 0.0, table.to_numpy(np.float64) / base[:, None])
    return _sample(
        bound,
        sample.frame,
        str(record["rep_type"]),
        number(record["scale"]),
        np.array([number(item) for item in record["rscales"]]),
        mse=bool(record["mse"]),
        factors=factors,
        base=base,
    )


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
