"""Imputed data sets, statistics of one's own under replicates, agreement and consistency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tests.oracles.answers import Fields, Stat
from tests.oracles.calls import Bound, translates
from tests.oracles.functions.models import Fitted
from tests.oracles.syntax import Argument, Call, Function, Name, parse
from tests.oracles.values import Listing, UnsupportedError, as_numbers
from tests.oracles.verbs import verb

__all__ = ["Combined"]

_DESIGN = "design of one imputation"
_LITERAL = re.compile(r"\s*function\s*\(([^)]*)\)\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Combined(Fields):
    """Pooled estimates with the record behind them."""

    pooled: Any = None


@translates("with", "data expr ...")
def with_imputations(bound: Bound) -> Listing:
    """The call once for each imputed data set."""
    samples, call = bound.value("data"), bound.node("expr")
    if not isinstance(samples, Listing) or not isinstance(call, Call):
        raise UnsupportedError("with() on something that is not a list of designs")
    found = []
    for sample in samples.items:
        bound.session.bindings[_DESIGN] = sample
        arguments = (*call.arguments, Argument(Name(_DESIGN), "design"))
        found.append(bound.session.evaluate(Call(call.function, arguments)))
    del bound.session.bindings[_DESIGN]
    return Listing(tuple(found), (None,) * len(found))


@translates("MIcombine", "results variances call df.complete ...")
def mi_combine(bound: Bound) -> Combined:
    results = bound.value("results")
    complete = float(as_numbers(bound.value("df.complete"))[0]) if bound.has("df.complete") else np.inf
    stats = [one.stat if isinstance(one, Fitted) else one for one in results.items]
    if not all(isinstance(one, Stat) for one in stats):
        raise UnsupportedError("pooling of results without estimates")
    pooled = verb("pool")([one.estimate for one in stats], complete_df=complete)
    order = list(stats[0].order)
    ends = pooled.confint(df=np.inf).to_numpy()[order]
    precision = "regression" if isinstance(results.items[0], Fitted) else "closed"
    return Combined(
        {
            "names": stats[0].names,
            "estimates": pooled.estimate[order],
            "ses": pooled.se[order],
            "vcov": pooled.covariance[np.ix_(order, order)],
            "df": pooled.df[order],
            "missinfo": pooled.facts["missing_information"][order],
            "ci95": ends,
            "nimp": len(stats),
        },
        precision,
        pooled,
    )


@translates("withReplicates", "design theta rho ... scale.weights return.replicates")
def with_replicates(bound: Bound) -> Stat:
    sample, theta = bound.sample(), bound.node("theta")
    literal = _LITERAL.fullmatch(theta.source) if isinstance(theta, Function) else None
    if literal is None:
        raise UnsupportedError("withReplicates of an expression")
    parameters, body = [name.strip() for name in literal[1].split(",")], parse(literal[2])
    row = np.arange(len(sample.frame))
    frame = sample.frame.assign(row_of_the_data=row)

    def function(columns: Any, weights: Any) -> float:
        values = (pd.Series(weights), frame.iloc[columns["row_of_the_data"].astype(int)].reset_index(drop=True))
        kept = dict(bound.session.bindings)
        bound.session.bindings.update(zip(parameters, values, strict=True))
        found = float(as_numbers(bound.session.evaluate(body))[0])
        bound.session.bindings.clear()
        bound.session.bindings.update(kept)
        return found

    made = sample.with_columns({"row_of_the_data": pd.Series(row, index=sample.frame.index)})
    found = verb("estimate")(made.survey, function, "row_of_the_data")
    return Stat(tuple(found.names), found, (0,), sample.df, sample.precision)


@translates("svykappa", "formula design ...")
def svykappa(bound: Bound) -> Stat:
    sample, variables = bound.sample().variables(bound.terms("formula"))
    first, second = (variable.text for variable in variables)
    found = verb("kappa")(sample.survey, first, second)
    return Stat(("kappa",), found, (0,), sample.df, sample.precision)


@translates("svycralpha", "x design na.rm")
def svycralpha(bound: Bound) -> Fields:
    sample, variables = bound.sample().variables(bound.terms("x"))
    found = verb("cronbach_alpha")(sample.survey, [variable.text for variable in variables])
    return Fields({"names": ("*alpha*",), "estimates": found.estimate}, sample.precision)
