"""Regressions that are no generalised linear ones, survival, margins, components and factors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from surveykit.expressions import quote_name
from surveykit.results.estimate import two_sided_p
from tests.oracles.answers import Fields, Stat
from tests.oracles.calls import Bound, translates
from tests.oracles.expressions import Translator
from tests.oracles.functions.models import Fitted, Formula, formula_text, r_name
from tests.oracles.sample import Sample, label
from tests.oracles.syntax import Call, Constant, Node
from tests.oracles.values import Listing, UnsupportedError, as_numbers
from tests.oracles.verbs import verb

__all__ = ["Coefficients"]


@dataclass(frozen=True)
class Coefficients:
    """Coefficients under R's names, with further fields."""

    stat: Stat
    model: Any
    further: dict[str, Any] = field(default_factory=dict)
    precision: str = "regression"

    def fields(self) -> dict[str, Any]:
        return self.stat.fields() | self.further


def _named(model: Any, writer: Formula, sample: Sample, precision: str, **renamed: str) -> Stat:
    labels = {column.name: r_name(column, model.matrix.factors, writer.labels) for column in model.matrix.columns}
    names = tuple(renamed.get(name, labels.get(name, name)) for name in model.names)
    return Stat(names, model, tuple(range(len(names))), sample.df, precision)


def _timed(bound: Bound) -> tuple[Sample, str, str, Formula]:
    """``Surv(time, event) ~ terms``: the design, the formula, the event, and who wrote them."""
    sample = bound.sample()
    writer = Formula(Translator(sample.frame, bound.session.evaluate))
    left, right = bound.session.formula(bound.node("formula")).operands
    if not (isinstance(left, Call) and left.name == "Surv" and len(left.operands) == 2):
        raise UnsupportedError("a survival time of this form")
    text = f"{writer.factor(left.operands[0])} ~ {writer.text(right)}"
    event = writer.translator.text(left.operands[1])
    return sample.with_columns(writer.translator.derived), text, event, writer


@translates("svycoxph", "formula design subset rescale method ...")
def svycoxph(bound: Bound) -> Coefficients:
    sample, text, event, writer = _timed(bound)
    ties = str(bound.value("method", "efron"))
    model = verb("cox")(sample.survey, text, event=event, ties=ties)
    further = {"degf_resid": float(model.df[0]), "n": int(model.n[0]), "nevent": _events(sample, event)}
    return Coefficients(_named(model, writer, sample, "regression"), model, further)


def _events(sample: Sample, event: str) -> int:
    seen = sample.survey.engine.evaluate(sample.survey.expression(event))  # type: ignore[attr-defined]
    return int((np.asarray(seen.data, float) != 0).sum())


@translates("svysurvreg", "formula design weights subset dist ...")
def svysurvreg(bound: Bound) -> Coefficients:
    sample, text, event, writer = _timed(bound)
    distribution = str(bound.value("dist", "weibull"))
    model = verb("survival_regression")(sample.survey, text, event=event, distribution=distribution)
    return Coefficients(_named(model, writer, sample, "regression", **{"log(sigma)": "Log(scale)"}), model)


@translates("svykm", "formula design se ...")
def svykm(bound: Bound) -> Fields:
    """All times, thinned to forty as the pack's script does."""
    sample, text, event, _ = _timed(bound)
    surv = bound.session.formula(bound.node("formula")).operands[0]
    times = np.concatenate([[0.0], np.unique(as_numbers(sample.values(surv.operands[0])))])
    places = np.unique(np.round(np.linspace(0, len(times) - 1, min(40, len(times)))).astype(int))
    curve = verb("kaplan_meier")(sample.survey, text, event=event, times=times[places].tolist())
    return Fields({"time": times[places], "surv": curve.estimate})


@translates("svylogrank", "formula design rho gamma method ...")
def svylogrank(bound: Bound) -> Listing:
    if bound.has("rho") or bound.has("gamma"):
        raise UnsupportedError("a log-rank test with weights of time")
    sample, text, event, _ = _timed(bound)
    test = verb("log_rank")(sample.survey, text, event=event, df=float("inf"))
    score, se = test.facts["score"], test.facts["se"]
    first = np.column_stack([score, se, score / se, two_sided_p(score / se, float("inf"))])
    return Listing((Fields({"matrix": first}), Fields({"values": [test.statistic, test.p_value]})))


@translates("svyivreg", "formula design sigma.hat ...")
def svyivreg(bound: Bound) -> Coefficients:
    left, right = bound.session.formula(bound.node("formula")).operands
    if not (isinstance(right, Call) and right.name == "|"):
        raise UnsupportedError("instruments that are not behind a bar")
    sample = bound.sample()
    writer = Formula(Translator(sample.frame, bound.session.evaluate))
    text = f"{writer.factor(left)} ~ {writer.text(right.operands[0])}"
    instruments = writer.text(right.operands[1])
    sample = sample.with_columns(writer.translator.derived)
    model = verb("instrumental")(sample.survey, text, instruments)
    return Coefficients(_named(model, writer, sample, "regression"), model, {"df": float(model.df[0])})


@translates("svynls", "formula design start weights ...")
def svynls(bound: Bound) -> Coefficients:
    left, right = bound.session.formula(bound.node("formula")).operands
    given = bound.value("start")
    start = {str(name): float(as_numbers(item)[0]) for name, item in zip(given.names, given.items, strict=True)}
    sample = bound.sample()
    text = f"{_plain(left, sample)} ~ {_plain(right, sample)}"
    model = verb("nonlinear")(sample.survey, text, start=start)
    return Coefficients(
        Stat(model.names, model, tuple(range(len(start))), sample.df, "iterated"), model, {}, "iterated"
    )


def _plain(node: Node, sample: Sample) -> str:
    """Arithmetic of columns and parameters as the expression language has it."""
    if isinstance(node, Constant):
        return f"{node.value!r}"
    if not isinstance(node, Call):
        name = str(getattr(node, "text", node))
        return quote_name(name) if name in sample.frame.columns else name
    inner = [_plain(operand, sample) for operand in node.operands]
    if node.name == "(":
        return f"({inner[0]})"
    if node.name in ("+", "-", "*", "/", "^"):
        symbol = {"^": "**"}.get(node.name, node.name)
        return f"({inner[0]} {symbol} {inner[1]})" if len(inner) == 2 else f"({symbol}{inner[0]})"
    if node.name in ("exp", "log", "sqrt"):
        return f"{node.name}({inner[0]})"
    raise UnsupportedError(f"{node.name}() in a non-linear formula")


@translates("svy_vglm", "formula family design ...")
def svy_vglm(bound: Bound) -> Coefficients:
    node = bound.node("family")
    if not (isinstance(node, Call) and node.name.rsplit("::", 1)[-1] == "multinomial"):
        raise UnsupportedError("a vector model of another family")
    sample, text, writer = formula_text(bound, bound.sample(), bound.session.formula(bound.node("formula")))
    wanted = next((argument.value for argument in node.arguments if argument.name == "refLevel"), None)
    outcome = bound.session.formula(bound.node("formula")).operands[0]
    levels = list(sample.values(outcome).cat.categories)
    given = None if wanted is None else bound.session.evaluate(wanted)
    reference = (
        levels[-1] if given is None else given if isinstance(given, str) else levels[int(as_numbers(given)[0]) - 1]
    )
    order = [reference, *(one for one in levels if one != reference)]
    column = text.split(" ~ ", maxsplit=1)[0].strip("`")
    values = pd.Series(pd.Categorical(sample.frame[column], categories=order))
    sample = sample.with_columns({column: values})
    model = verb("regress")(sample.survey, text, family="multinomial")
    size, equations = len(model.matrix.columns), len(order) - 1
    labels = [r_name(one, model.matrix.factors, writer.labels) for one in model.matrix.columns]
    names = tuple(f"{labels[place]}:{equation + 1}" for equation in range(equations) for place in range(size))
    return Coefficients(Stat(names, model, tuple(range(len(names))), sample.df, "iterated"), model, {}, "iterated")


@translates("svypredmeans", "adjustmodel groupfactor predictat")
def svypredmeans(bound: Bound) -> Stat:
    """R adds the group to the model, and the variances of coefficients and rows as if they shared nothing."""
    found = bound.value("adjustmodel")
    if not isinstance(found, Fitted) or bound.has("predictat"):
        raise UnsupportedError("predictive margins of this kind of model")
    writer = Formula(Translator(found.sample.frame, bound.session.evaluate))
    (group,) = bound.terms("groupfactor")
    text = writer.factor(group)
    sample = found.sample.with_columns(writer.translator.derived)
    model = verb("regress")(
        sample.survey, f"{found.model.formula} + {text}", family=found.model.family, link=found.model.link
    )
    margins = verb("predictive_margins")(model, text, variance="additive")
    names = tuple(label(level) for level in margins.labels[text.strip("`")])
    return Stat(names, margins, tuple(range(len(names))), sample.df, "regression")


@translates("svyprcomp", "formula design center scale. tol scores ...")
def svyprcomp(bound: Bound) -> Fields:
    sample, variables = bound.sample().variables(bound.terms("formula"))
    scale = bound.flag("scale.") or bound.flag("scale")
    found = verb("principal_components")(sample.survey, [variable.text for variable in variables], scale=scale)
    return Fields(
        {
            "sdev": np.sqrt(found.variances),
            "rotation": found.rotation,
            "center": found.centre,
            "scale": found.scale,
        },
        "iterated",
    )


@translates("svyfactanal", "formula design factors n ...")
def svyfactanal(bound: Bound) -> Fields:
    """R's varimax stops at a change of 1e-5; columns of loadings are up to sign, here as R prints the first."""
    sample, variables = bound.sample().variables(bound.terms("formula"))
    factors = int(as_numbers(bound.value("factors"))[0])
    found = verb("factor_analysis")(sample.survey, [variable.text for variable in variables], factors, tolerance=1e-5)
    return Fields(
        {
            "uniquenesses": found.uniquenesses,
            "loadings": found.loadings,
            "correlation": found.correlation,
            "dof": found.freedom,
        },
        "iterated",
    )
