"""Regressions, their tests of terms and their predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.expressions import quote_name
from surveykit.results.estimate import two_sided_p
from tests.oracles.answers import Fields, Stat
from tests.oracles.calls import Bound, translates
from tests.oracles.expressions import Translator, strip
from tests.oracles.sample import Sample, label
from tests.oracles.syntax import Call, Constant, Name, Node, deparse
from tests.oracles.values import Listing, UnsupportedError, as_numbers
from tests.oracles.verbs import verb

__all__ = ["Fitted", "Formula", "formula_text", "r_name"]

_OPERATORS = frozenset({"+", "-", ":", "*", "/", "("})
_FAMILIES = {
    "gaussian": "gaussian", "quasibinomial": "binomial", "binomial": "binomial", "quasipoisson": "poisson",
    "poisson": "poisson", "Gamma": "gamma",
}  # fmt: skip


@dataclass
class Formula:
    """Writes a model formula of R in surveykit's words and remembers what R calls each factor."""

    translator: Translator
    labels: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def text(self, node: Node) -> str:
        """The formula's side."""
        if isinstance(node, Call) and node.name in _OPERATORS:
            inner = [self.text(operand) for operand in node.operands]
            if node.name == "(":
                return f"({inner[0]})"
            return f" {node.name} ".join(inner) if len(inner) == 2 else f"{node.name}{inner[0]}"
        if isinstance(node, Constant):
            return f"{node.value:g}"
        if isinstance(node, Call) and node.name == "offset":
            return f"offset({self.translator.text(node.operands[0])})"
        return self.factor(node)

    def factor(self, node: Node, *, response: bool = False) -> str:
        """One variable or expression of variables."""
        bare = strip(node)
        values = self.translator.values(node)
        if isinstance(values.dtype, pd.CategoricalDtype) and values.cat.ordered and not response:
            return self._polynomials(node, values)
        if isinstance(bare, Name) and bare.text in self.translator.frame.columns:
            written, name = quote_name(bare.text), bare.text
        else:
            inner = self.translator.text(node)
            derived = inner.startswith("`derived")
            written, name = (inner, inner.strip("`")) if derived else (f"I({inner})", inner)
        if pd.api.types.is_bool_dtype(values.dtype):
            written = f"C({written})"
        self.labels[name] = deparse(node)
        self.texts[deparse(node)] = written
        return written

    def _polynomials(self, node: Node, values: pd.Series) -> str:
        """R's contrasts of an ordered factor: orthonormal polynomials of its levels' places, each a further column."""
        scores = _orthonormal_polynomials(len(values.cat.categories))
        codes = values.cat.codes.to_numpy()
        written = []
        for degree, column in enumerate(scores.T, 1):
            name = self.translator.add(pd.Series(np.where(codes < 0, np.nan, column[codes])))
            self.labels[name] = deparse(node) + (f".{'LQC'[degree - 1]}" if degree <= 3 else f"^{degree}")
            written.append(quote_name(name))
        self.texts[deparse(node)] = " + ".join(written)
        return f"({' + '.join(written)})"


def _orthonormal_polynomials(levels: int) -> npt.NDArray[np.float64]:
    """``(levels, levels - 1)`` polynomials of degree 1, 2, ... that rise at the end."""
    powers = np.vander(np.arange(levels) - (levels - 1) / 2, increasing=True)
    orthonormal, triangle = np.linalg.qr(powers)
    found: npt.NDArray[np.float64] = (orthonormal * np.sign(np.diag(triangle)))[:, 1:]
    return found


def formula_text(bound: Bound, sample: Sample, formula: Call) -> tuple[Sample, str, Formula]:
    """A two-sided formula in surveykit's words, and the design with the columns that it needed."""
    writer = Formula(Translator(sample.frame, bound.session.evaluate))
    left, right = formula.operands
    if isinstance(left, Call) and left.name == "cbind":
        raise UnsupportedError("an outcome of successes and failures (cbind)")
    response = writer.factor(left, response=True)
    text = f"{response} ~ {writer.text(right)}"
    return sample.with_columns(writer.translator.derived), text, writer


@dataclass(frozen=True)
class Fitted:
    """A model with R's names of its coefficients."""

    stat: Stat
    model: Any
    sample: Sample
    formula: Call
    texts: Mapping[str, str]
    precision: str = "regression"
    family: Node | None = None
    #: Degrees of freedom of each coefficient, where they differ.
    own_df: Any = None

    @property
    def confint_df(self) -> float:
        return float(self.model.df[0])

    @property
    def design_df(self) -> float:
        return float(self.model.design_df)

    def fields(self) -> dict[str, Any]:
        model, order = self.model, list(self.stat.order)
        return {
            "names": self.stat.names,
            "estimates": self.stat.values,
            "ses": self.stat.ses,
            "vcov": self.stat.covariance,
            "df": float(model.df[0]),
            "design_df": model.design_df,
            "t": model.t[order],
            "p_value": np.asarray(model.facts["p"])[order],
            "ci95": self._intervals(),
            "deviance": model.deviance,
            "null_deviance": model.null_deviance,
            "dispersion": model.dispersion,
            "converged": True,  # a fit that does not converge is refused
            "n_used": int(model.n[0]) + self._rows_without_weight(),
        }

    def _intervals(self) -> Any:
        if self.own_df is None:
            return self.stat.confint(float(self.model.df[0]))
        own = replace(self.model, df=self.own_df)
        return np.column_stack([own.low, own.high])[list(self.stat.order)]

    def _rows_without_weight(self) -> int:
        """R counts rows of weight zero among those used; surveykit counts the rows that weigh something."""
        survey = self.sample.survey
        weights = survey.engine.weights(survey.index)
        kept = np.ones(len(weights), bool)
        if survey.domain is not None:
            kept = survey.engine.evaluate(survey.domain).rows(len(weights)).true()  # type: ignore[attr-defined]
        return int(((weights == 0) & kept).sum())

    def get(self, name: str) -> Any:
        values = {"deviance": self.model.deviance, "df.residual": float(self.model.df[0]), "coefficients": self.stat}
        if name not in values:
            raise UnsupportedError(f"the element '{name}' of a model")
        return values[name]


@translates("svyglm", "formula design subset family start rescale std.errors degf influence ...")
def svyglm(bound: Bound) -> Fitted:
    for name in ("subset", "start", "weights"):
        if bound.has(name):
            raise UnsupportedError(f"svyglm with {name}")
    family, link = family_of(bound)
    sample, text, writer = formula_text(bound, bound.sample(), bound.session.formula(bound.node("formula")))
    model = verb("regress")(sample.survey, text, family=family, link=link, small_sample=small_sample(bound))
    own_df = None
    if bound.flag("degf"):
        # R tests all coefficients by the smallest of their degrees of freedom; its intervals have each its own.
        own_df = model.df
        smallest = np.full(len(model.df), model.df.min())
        facts = {**model.facts, "p": two_sided_p(model.t, smallest)}
        model = replace(model, df=smallest, facts=facts)
    formula = bound.session.formula(bound.node("formula"))
    node = bound.node("family") if bound.has("family") else None
    stat = coefficients(model, writer, sample)
    return Fitted(stat, model, sample, formula, writer.texts, family=node, own_df=own_df)


def small_sample(bound: Bound) -> str | None:
    """What R's std.errors and degf ask for."""
    asked = str(bound.value("std.errors", "linearized"))
    if asked.startswith("linear"):
        return None
    if not asked.startswith("Bell-McCaffrey"):
        raise UnsupportedError(f"svyglm with std.errors={asked}")
    return "satterthwaite" if bound.flag("degf") else "bell_mccaffrey"


def coefficients(model: Any, writer: Formula, sample: Sample) -> Stat:
    """Coefficients under R's names."""
    kept = [column for column in model.matrix.columns if column.name in model.names]
    names = tuple(r_name(column, model.matrix.factors, writer.labels) for column in kept)
    order = tuple(model.names.index(column.name) for column in kept)
    return Stat(names, model, order, sample.df, "regression")


def r_name(column: Any, factors: Any, labels: Mapping[str, str]) -> str:
    """R's name of a column of the design matrix."""
    parts = []
    for place, level in column.parts:
        factor = factors[place]
        name = labels.get(factor.name, factor.name)
        parts.append(name if level is None else f"{name}{label(factor.levels[level])}")
    return ":".join(parts) or "(Intercept)"


def family_of(bound: Bound) -> tuple[str, str | None]:
    """R's family and link as surveykit names them."""
    if not bound.has("family"):
        return "gaussian", None
    node = bound.node("family")
    if isinstance(node, Call):
        given = {argument.name: argument.value for argument in node.arguments}
        link_node = given.get("link") or next(
            (argument.value for argument in node.arguments if not argument.name), None
        )
        link = None if link_node is None else deparse(link_node).strip('"')
        name = node.name
    else:
        name, link = deparse(node).strip('"'), None
    if name not in _FAMILIES:
        raise UnsupportedError(f"the family {name}")
    return _FAMILIES[name], link


@translates("predict", "object newdata type total se.fit ...")
def predict(bound: Bound) -> Any:
    found = bound.value("object")
    if isinstance(found, Stat | Fields):
        return _predicted_total(bound, found)
    if not isinstance(found, Fitted) or not bound.has("newdata"):
        raise UnsupportedError("predictions of this kind of result")
    data = bound.value("newdata")
    for column in data.columns:
        original = found.sample.frame.get(column)
        if original is not None and isinstance(original.dtype, pd.CategoricalDtype):
            data[column] = pd.Categorical(data[column], dtype=original.dtype)
    kind = "response" if bound.value("type", "link") == "response" else "link"
    predicted = found.model.predict(data, kind=kind)
    names = tuple(str(row + 1) for row in range(len(predicted.names)))
    return Stat(names, predicted, tuple(range(len(names))), found.sample.df, "regression")


def _predicted_total(bound: Bound, found: Stat | Fields) -> Fields:
    """A ratio estimate of a total: the ratio, or each stratum's, times the known total."""
    total = bound.value("total")
    if isinstance(found, Stat):
        known = float(as_numbers(total)[0])
        value, se = found.values * known, found.ses * known
    else:
        ratios = found.values["ratios"]
        known_by = {str(name): float(as_numbers(item)[0]) for name, item in zip(total.names, total.items, strict=True)}
        value = np.array([sum(ratios[name]["estimates"][0] * known_by[name] for name in ratios)])
        # Strata are sampled independently, so the variances add.
        se = np.sqrt(np.array([sum((ratios[name]["ses"][0] * known_by[name]) ** 2 for name in ratios)]))
    return Fields({"total": {"matrix": value}, "se": {"matrix": se}})


@translates("regTermTest", "model test.terms null df method lrt.approximation ...")
def reg_term_test(bound: Bound) -> Fields:
    found = _fitted(bound.value("model"))
    names = [found.texts.get(deparse(term), deparse(term)) for term in bound.terms("test.terms")]
    method = str(bound.value("method", "Wald"))
    options = {"df": float(as_numbers(bound.value("df"))[0])} if bound.has("df") else {}
    if bound.has("null") or method not in ("Wald", "LRT"):
        raise UnsupportedError(f"regTermTest by {method}")
    if method == "Wald":
        result = verb("wald_test")(found.model, names, **options)
    else:
        approximation = str(bound.value("lrt.approximation", "saddlepoint"))
        result = verb("likelihood_ratio_test")(found.model, names, reference=approximation, **options)
    return _term_test(result, method, options)


def _term_test(result: Any, method: str, options: Mapping[str, float]) -> Fields:
    """A test of terms in R's fields."""
    if method == "LRT":
        found = {"chisq": result.statistic, "df": result.df, "ddf": result.ddf, "p": result.p_value}
        return Fields({**found, "lambda": result.facts["eigenvalues"]}, "mixture")
    if options.get("df") == float("inf"):
        return Fields({"chisq": result.statistic, "df": result.df, "p": result.p_value}, "regression")
    return Fields({"Ftest": result.statistic, "df": result.df, "ddf": result.ddf, "p": result.p_value}, "regression")


@translates("anova", "object object2 test method tolerance ... force")
def anova(bound: Bound) -> Listing:
    """Sequential working likelihood ratio tests: each term added to those before it."""
    found = _fitted(bound.value("object"))
    if bound.has("object2") or bound.has("method"):
        raise UnsupportedError("anova of this form")
    tests = verb("sequential_tests")(found.model, reference="saddlepoint").tests.values()
    return Listing(tuple(_term_test(test, "LRT", {}) for test in tests))


@translates("svyscoretest", "model drop.terms add.terms method ddf ...")
def score_test(bound: Bound) -> Fields:
    found = _fitted(bound.value("model"))
    method = str(bound.value("method", "pseudoscore"))
    if not bound.has("add.terms") or method not in ("working", "pseudoscore"):
        raise UnsupportedError("a score test of this form")
    writer = Formula(Translator(found.sample.frame, bound.session.evaluate))
    added = " + ".join(writer.text(term) for term in bound.terms("add.terms"))
    result = verb("score_test")(found.model, f"~ {added}", method=method)
    return Fields({"estimates": [result.statistic, result.ddf, result.p_value]}, "mixture")


def _fitted(found: Any) -> Fitted:
    if not isinstance(found, Fitted):
        raise UnsupportedError("a test of terms of something that is not a regression")
    return found
