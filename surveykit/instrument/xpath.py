"""Expressions as XPath, the way XLSForm, ODK and KoboToolbox read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from surveykit.errors import ExpressionError
from surveykit.expressions import Expr
from surveykit.instrument.columns import Column
from surveykit.instrument.logic import LogicWriter
from surveykit.instrument.model import Instrument

__all__ = ["stripped", "to_xpath", "xpath_writer"]

_OPERATORS: Final = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_ARITHMETIC: Final = {"+": "+", "-": "-", "*": "*", "/": "div", "%": "mod"}
_FUNCTIONS: Final = {"log": "log", "log10": "log10", "exp": "exp", "sqrt": "sqrt", "abs": "abs", "round": "round",
                     "floor": "int", "min": "min", "max": "max"}  # fmt: skip


def to_xpath(expr: Expr, instrument: Instrument, *, own: str | None = None) -> str:
    """Write a condition as XPath that is true where the condition is known to hold.

    Parameters
    ----------
    expr
        A parsed condition.
    instrument
        Whose names it uses.
    own
        Column being answered, written as ``.``.

    Examples
    --------
    >>> from surveykit.expressions import parse
    >>> from surveykit.instrument import parse_instrument
    >>> instrument = parse_instrument('''
    ... instrument: tiny
    ... version: 1.0.0
    ... title: Tiny
    ... unit: firm
    ... languages: [en]
    ... questions:
    ...   - {id: X1, type: single, label: Any exports, options: {1: "Yes", 2: "No"}}
    ... ''')
    >>> to_xpath(parse("X1 == 1"), instrument)
    "${X1} != '' and ${X1} = 1"
    """
    return stripped(_XPathWriter(instrument, own).holds(expr))


def xpath_writer(instrument: Instrument, own: str | None = None) -> LogicWriter:
    """Writer for several expressions of one instrument."""
    return _XPathWriter(instrument, own)


def stripped(text: str) -> str:
    """Drop the outermost brackets where they enclose everything."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and position < len(text) - 1:
            return text
    return text[1:-1]


class _XPathWriter(LogicWriter):
    """The dialect of XLSForm: ``${X1}``, ``selected()``, ``count-selected()``, ``if()``."""

    def reference(self, name: str) -> str:
        """Name of a field, ``.`` for the one being answered."""
        return "." if name == self.own else f"${{{name}}}"

    def both(self, parts: Sequence[str]) -> str:
        kept = [part for part in dict.fromkeys(parts) if part != "true()"]
        if "false()" in kept:
            return "false()"
        return _joined(kept, " and ") or "true()"

    def either(self, parts: Sequence[str]) -> str:
        kept = [part for part in dict.fromkeys(parts) if part != "false()"]
        if "true()" in kept:
            return "true()"
        return _joined(kept, " or ") or "false()"

    def compared(self, left: str, operator: str, right: str) -> str:
        return f"{left} {_OPERATORS[operator]} {right}"

    def answer(self, column: Column) -> str:
        return self.reference(column.name)

    def filled(self, column: Column) -> str:
        return f"{self.reference(column.name)} != ''"

    def empty(self, column: Column) -> str:
        return f"{self.reference(column.name)} = ''"

    def ticked(self, stem: str, code: int) -> str:
        return f"selected({self.reference(stem)}, '{code}')"

    def unticked(self, stem: str, code: int) -> str:
        return f"not({self.ticked(stem, code)})"

    def ticks(self, stem: str) -> str:
        return f"count-selected({self.reference(stem)})"

    def number(self, value: float) -> str:
        return str(int(value)) if value == int(value) else repr(value)

    def truth(self, value: bool) -> str:
        return "true()" if value else "false()"

    def choose(self, condition: str, then: str, otherwise: str) -> str:
        return f"if({stripped(condition)}, {then}, {otherwise})"

    def calculated(self, operator: str, left: str, right: str) -> str:
        if operator == "**":
            return f"pow({left}, {right})"
        return f"({left} {_ARITHMETIC[operator]} {right})"

    def function(self, name: str, arguments: Sequence[str]) -> str:
        if name not in _FUNCTIONS:
            raise ExpressionError(f"XLSForm has no function {name}().", remedy="Leave it to a check of the instrument.")
        return f"{_FUNCTIONS[name]}({', '.join(arguments)})"

    def text_equal(self, column: Column, text: str, equal: bool) -> str:
        if "'" in text and '"' in text:
            raise ExpressionError(f"XPath cannot hold the text {text!r}.", remedy="Use one kind of quote.")
        quoted = f'"{text}"' if "'" in text else f"'{text}'"
        return f"{self.reference(column.name)} {'=' if equal else '!='} {quoted}"


def _joined(parts: Sequence[str], word: str) -> str:
    if len(parts) <= 1:
        return parts[0] if parts else ""
    return "(" + word.join(parts) + ")"
