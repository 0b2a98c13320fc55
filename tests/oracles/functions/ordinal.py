"""Ordered logit and probit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.oracles.answers import Stat
from tests.oracles.calls import Bound, translates
from tests.oracles.functions.models import formula_text, r_name
from tests.oracles.values import UnsupportedError
from tests.oracles.verbs import verb

__all__ = ["Ordinal"]

_LINKS = {"logistic": "ordered_logit", "probit": "ordered_probit"}


@dataclass(frozen=True)
class Ordinal:
    """A fitted model with R's names: slopes, then cut points."""

    stat: Stat
    model: Any
    precision: str = "iterated"

    def fields(self) -> dict[str, Any]:
        found = self.stat.fields()
        kept = {name: found[name] for name in ("names", "estimates", "ses", "vcov", "ci95")}
        return kept | {"df": float(self.model.df[0]), "deviance": self.model.deviance}


@translates("svyolr", "formula design method start ...")
def svyolr(bound: Bound) -> Ordinal:
    method = str(bound.value("method", "logistic"))
    if method not in _LINKS:
        raise UnsupportedError(f"an ordered model with the link {method}")
    sample, text, writer = formula_text(bound, bound.sample(), bound.session.formula(bound.node("formula")))
    model = verb("regress")(sample.survey, text, family=_LINKS[method])
    labels = {column.name: r_name(column, model.matrix.factors, writer.labels) for column in model.matrix.columns}
    names = tuple(labels.get(name, name) for name in model.names)
    return Ordinal(Stat(names, model, tuple(range(len(names))), sample.df, "iterated"), model)
