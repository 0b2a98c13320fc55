"""What R takes out of results: coefficients, standard errors, intervals, contrasts."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracles.answers import Cells, Fields, Stat, vector
from tests.oracles.calls import Bound, translates
from tests.oracles.syntax import Argument, Call, Constant, Name, Node
from tests.oracles.values import Listing, UnsupportedError, Vector, as_numbers
from tests.oracles.verbs import verb

__all__: list[str] = []


def stat_of(found: Any) -> Stat:
    """The estimates behind a result."""
    if isinstance(found, Cells):
        return found.stat
    if isinstance(found, Stat):
        return found
    if isinstance(getattr(found, "stat", None), Stat):
        return found.stat  # type: ignore[no-any-return]
    raise UnsupportedError("coefficients of this kind of result")


@translates("coef", "object ...")
def coef(bound: Bound) -> Vector:
    stat = stat_of(bound.value("object"))
    return vector(stat, stat.values)


@translates("SE", "object ...")
def standard_errors(bound: Bound) -> Vector:
    stat = stat_of(bound.value("object"))
    return vector(stat, stat.ses)


@translates("cv", "object warn ...")
def variation(bound: Bound) -> Vector:
    stat = stat_of(bound.value("object"))
    return vector(stat, stat.estimate.cv[list(stat.order)])


@translates("deff", "object quietly ...")
def deff(bound: Bound) -> Vector:
    stat = stat_of(bound.value("object"))
    return vector(stat, stat.fact("deff"))


@translates("vcov", "object ...")
def vcov(bound: Bound) -> Fields:
    stat = stat_of(bound.value("object"))
    return Fields({"rownames": stat.names, "colnames": stat.names, "matrix": stat.covariance})


@translates("as.matrix unclass as.vector as.data.frame summary print round suppressWarnings invisible", "x ...")
def unchanged(bound: Bound) -> Any:
    return bound.value("x")


@translates("confint", "object parm level df method ...")
def confint(bound: Bound) -> Any:
    found = bound.value("object")
    stat = stat_of(found)
    level = float(bound.value("level", 0.95))
    if bound.value("method", "Wald") == "likelihood":
        return _profile(found, stat, level)
    df = float(as_numbers(bound.value("df", getattr(found, "confint_df", float("inf"))))[0])
    ends = stat.confint(df, level)
    sides = tuple(f"{100 * tail:.3g} %" for tail in ((1 - level) / 2, (1 + level) / 2))
    return Fields({"rownames": stat.names, "colnames": sides, "matrix": ends})


def _profile(found: Any, stat: Stat, level: float) -> Fields:
    model = verb("profile_intervals")(found.model, level=level)
    ends = np.column_stack([model.low, model.high])[list(stat.order)]
    return Fields({"rownames": stat.names, "matrix": ends}, "iterated")


@translates("svycontrast", "stat contrasts add ...")
def svycontrast(bound: Bound) -> Stat:
    stat = stat_of(bound.value("stat"))
    contrasts = bound.value("contrasts")
    items = contrasts.items if isinstance(contrasts, Listing) else (contrasts,)
    names = contrasts.names if isinstance(contrasts, Listing) else ("contrast",)
    labels = tuple(name or "contrast" for name in names)
    given = {name: _contrast(stat, item) for name, item in zip(labels, items, strict=True)}
    found = stat.estimate.contrast(given)
    return Stat(labels, found, tuple(range(len(labels))), stat.df, stat.precision)


def _contrast(stat: Stat, contrast: Any) -> Any:
    """A contrast over surveykit's names: coefficients by name, or an expression."""
    own = {name: stat.estimate.names[place] for name, place in zip(stat.names, stat.order, strict=True)}
    if isinstance(contrast, Name | Call | Constant):
        return _expression(contrast, own)
    coefficients = as_numbers(contrast)
    names = contrast.names if isinstance(contrast, Vector) and any(contrast.names) else stat.names
    return {own[str(name)]: float(value) for name, value in zip(names, coefficients, strict=False)}


_OPERATORS = {"^": "**"}


def _expression(node: Node, own: dict[str, str]) -> str:
    match node:
        case Name(name):
            if name not in own:
                raise UnsupportedError(f"object '{name}' not found")
            return f"`{own[name]}`"
        case Constant(value) if isinstance(value, float):
            return repr(value)
        case Call() if node.name in ("(", "I"):
            return f"({_expression(node.operands[0], own)})"
        case Call() if node.name in ("+", "-", "*", "/", "^") and len(node.operands) == 2:
            left, right = (_expression(operand, own) for operand in node.operands)
            return f"({left} {_OPERATORS.get(node.name, node.name)} {right})"
        case Call() if node.name == "-":
            return f"(-{_expression(node.operands[0], own)})"
        case Call() if node.name in ("log", "exp", "sqrt", "abs"):
            return f"{node.name}({_expression(node.operands[0], own)})"
    raise UnsupportedError("a contrast of this form")


@translates("with", "data expr ...")
def with_data(bound: Bound) -> Any:
    data = bound.value("data")
    if not isinstance(data, Listing):
        raise UnsupportedError("with() on something that is not a list of imputations")
    node = bound.node("expr")
    if not isinstance(node, Call):
        raise UnsupportedError("with() without a call")
    return Listing(tuple(_with_design(bound, node, design) for design in data.items), data.names)


def _with_design(bound: Bound, call: Call, design: Any) -> Any:
    """Evaluate a call whose design argument is left open."""

    session = bound.session
    previous = dict(session.bindings)
    session.bindings[".design"] = design
    try:
        return session.evaluate(Call(call.function, (*call.arguments, Argument(Name(".design"), "design"))))
    finally:
        session.bindings.clear()
        session.bindings.update(previous)
