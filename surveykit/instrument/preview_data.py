"""What the preview page needs for routing, as plain data: conditions as trees, columns with their bands."""

from __future__ import annotations

from typing import Any

from surveykit.expressions import (
    Arithmetic,
    Boolean,
    Call,
    Choose,
    Compare,
    Expr,
    Literal,
    Membership,
    Negate,
    Not,
)
from surveykit.expressions import Column as Name
from surveykit.instrument.columns import Column, item_column
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Question
from surveykit.instrument.resolution import resolve

__all__ = ["preview_data"]


def preview_data(instrument: Instrument) -> dict[str, Any]:
    """Everything the page needs for routing, as plain data: conditions as trees, columns with their bands."""
    return {
        "constants": dict(instrument.constants),
        "columns": {column.name: _column(instrument, column) for column in instrument.columns},
        "questions": [_question(instrument, question) for question in instrument.questions if question.type != "note"],
        "derived": [
            {
                "id": derived.id,
                "value": _tree(derived.value, instrument),
                "cases": [{"code": case.code, "when": _tree(case.when, instrument)} for case in derived.cases],
                "missing_as": derived.missing_as,
            }
            for derived in instrument.derived
        ],
        "checks": [
            {"id": check.id, "when": _tree(check.when, instrument), "require": _tree(check.require, instrument)}
            for check in instrument.checks
        ],
    }


def _column(instrument: Instrument, column: Column) -> dict[str, Any]:
    question = instrument.question(column.question)
    found: dict[str, Any] = {"kind": column.kind}
    if column.bands:
        found["bands"] = {
            str(code): {"lo": band.lo, "hi": band.hi, "mid": band.mid} for code, band in column.bands.items()
        }
    choice = _choice(instrument, question, column.item)
    if choice is not None:
        found["choice"] = choice
    return found


def _choice(instrument: Instrument, question: Question, item: int | None) -> str | None:
    """Box whose tick opens an item of a loop."""
    if question.type != "loop" or question.over is None or question.over in instrument.lists:
        return None
    return next((column.name for column in instrument.columns.choices(question.over) if column.option == item), None)


def _question(instrument: Instrument, question: Question) -> dict[str, Any]:
    module = instrument.module(question.module)
    items = instrument.items(question)
    conditions = [module.ask_if if module is not None else None, question.ask_if]
    single = question.type not in ("grid", "loop")
    return {
        "id": question.id,
        "type": question.type,
        "columns": _names(instrument, question, None) if single else [instrument.columns.of(question.id)[0].name],
        "items": [
            {
                "id": item_column(question, item, items),
                "columns": _names(instrument, question, item.code),
                "choice": _choice(instrument, question, item.code),
            }
            for item in items
        ],
        "limit_items": question.limit if question.type == "loop" else None,
        "conditions": [_tree(condition, instrument) for condition in conditions if condition is not None],
        "administer_if": _tree(question.administer_if, instrument),
        "otherwise": [{"code": case.code, "when": _tree(case.when, instrument)} for case in question.otherwise],
        "default": question.default,
        "ends": {str(option.code): option.end for option in question.options if option.end is not None and single},
    }


def _names(instrument: Instrument, question: Question, item: int | None) -> list[str]:
    return [column.name for column in instrument.columns.of(question.id) if column.item == item and not column.write_in]


def _tree(expr: Expr | None, instrument: Instrument) -> list[Any] | None:
    """Resolved expression as nested lists."""
    return None if expr is None else _node(resolve(expr, instrument))


def _node(expr: Expr) -> list[Any]:
    match expr:
        case Name(name):
            return ["name", name]
        case Literal(value):
            return ["value", value]
        case Negate(operand):
            return ["negate", _node(operand)]
        case Not(operand):
            return ["not", _node(operand)]
        case Arithmetic(operator, left, right):
            return ["arithmetic", operator, _node(left), _node(right)]
        case Compare(operator, left, right):
            return ["compare", operator, _node(left), _node(right)]
        case Boolean(operator, operands):
            return ["boolean", operator, [_node(operand) for operand in operands]]
        case Membership(operand, options, negated):
            return ["in", _node(operand), [option.value for option in options], negated]
        case Choose(condition, then, otherwise):
            return ["choose", _node(condition), _node(then), _node(otherwise)]
        case Call(function, arguments):
            return ["call", function, [_node(argument) for argument in arguments]]
