"""Variances and covariances, inequality, log-linear models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.oracles.answers import Fields, Stat
from tests.oracles.calls import Bound, translates
from tests.oracles.functions.descriptive import missing_option
from tests.oracles.sample import Sample
from tests.oracles.values import UnsupportedError, as_numbers
from tests.oracles.verbs import verb

__all__ = ["Spread"]


@dataclass(frozen=True)
class Spread:
    """A covariance matrix of variables: its elements column by column with their own covariance."""

    stat: Stat
    sample: Sample
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    missing: str

    @property
    def precision(self) -> str:
        return self.stat.precision

    def fields(self) -> dict[str, Any]:
        found = self.stat.fields()
        return {name: value for name, value in found.items() if name != "names"} | {
            "matrix": self._square(self.stat.values)
        }

    def _square(self, values: Any) -> Any:
        size = len(self.texts)
        return np.asarray(values).reshape(size, size)

    def correlation(self) -> Fields:
        """The correlations instead."""
        found = verb("correlation")(self.sample.survey, list(self.texts), missing=self.missing)
        return Fields({"rownames": self.labels, "colnames": self.labels, "matrix": self._square(found.estimate)})


@translates("svyvar", "x design na.rm ...")
def svyvar(bound: Bound) -> Spread:
    sample, variables = bound.sample().variables(bound.terms("x"))
    texts = tuple(variable.text for variable in variables)
    missing = missing_option(bound)
    if len(texts) == 1:
        found = verb("variance")(sample.survey, texts[0], missing=missing)
    else:
        found = verb("covariance")(sample.survey, list(texts), missing=missing)
    labels = tuple(variable.label for variable in variables)
    stat = Stat(tuple(found.names), found, tuple(range(len(found.names))), sample.df, sample.precision)
    return Spread(stat, sample, texts, labels, missing)


@translates("cov2cor", "V")
def cov2cor(bound: Bound) -> Fields:
    found = bound.value("V")
    if not isinstance(found, Spread):
        raise UnsupportedError("cov2cor of something that is not a covariance matrix")
    return found.correlation()


@translates("convey_prep", "design")
def convey_prep(bound: Bound) -> Sample:
    return bound.sample()


def _measure(bound: Bound, name: str, *arguments: Any, **options: Any) -> Stat:
    sample, (variable,) = bound.sample().variables(bound.terms("formula"))
    found = verb(name)(sample.survey, variable.text, *arguments, missing=missing_option(bound), **options)
    labels = (variable.label,) if len(found.names) == 1 else tuple(found.names)
    return Stat(labels, found, tuple(range(len(labels))), sample.df, "regression")


@translates("svygini", "formula design na.rm ...")
def svygini(bound: Bound) -> Stat:
    return _measure(bound, "gini", convention="osier")


@translates("svyqsr", "formula design alpha1 alpha2 na.rm ...")
def svyqsr(bound: Bound) -> Stat:
    share = float(as_numbers(bound.value("alpha1", 0.2))[0])
    return _measure(bound, "quantile_share_ratio", share=share, convention="osier")


@translates("svyatk", "formula design epsilon na.rm ...")
def svyatk(bound: Bound) -> Stat:
    return _measure(bound, "atkinson", epsilon=float(as_numbers(bound.value("epsilon", 1.0))[0]))


@translates("svylorenz", "formula design quantiles empirical plot ...")
def svylorenz(bound: Bound) -> Stat:
    points = as_numbers(bound.value("quantiles"))
    stat = _measure(bound, "lorenz", points.tolist())
    names = tuple(f"L({point:.15g})" for point in points)
    return Stat(names, stat.estimate, stat.order, stat.df, stat.precision)


@translates("svyloglin", "formula design ...")
def svyloglin(bound: Bound) -> Fields:
    formula = bound.session.formula(bound.node("formula"))
    sample, variables = bound.sample().variables(bound.terms("formula"))
    if len(formula.operands) != 1 or any(len(variable.parts) > 1 for variable in variables):
        raise UnsupportedError("a log-linear model with interactions")
    found = verb("loglinear")(sample.survey, [variable.text for variable in variables])
    names = tuple(
        f"{variable.label}{place}" for variable in variables for place in range(1, len(variable.levels or ("",)))
    )
    return Fields(
        {"names": ("(Intercept)", *names), "estimates": found.coefficients.estimate, "df": sample.df}, "regression"
    )
