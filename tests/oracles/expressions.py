"""R's formula terms and conditions, carried into the expressions of surveykit.

What both languages say is written over, node by node. What only R can say (``cds == min(cds)``, ``cut(x, b)``) is
computed by the harness: a summary of the data becomes a constant, anything else a further column of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from surveykit.expressions import quote_name
from tests.oracles.syntax import Call, Constant, Name, Node, Text, walk
from tests.oracles.values import UnsupportedError, Vector

__all__ = ["Translator", "extended", "quote_text", "strip"]

_BINARY = {
    "+": "+", "-": "-", "*": "*", "/": "/", "^": "**", "==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">",
    ">=": ">=", "&": "and", "|": "or", "&&": "and", "||": "or",
}  # fmt: skip
_FUNCTIONS = {
    "log": "log", "log10": "log10", "exp": "exp", "sqrt": "sqrt", "abs": "abs", "round": "round", "floor": "floor",
    "ceiling": "ceil", "is.na": "missing", "pmin": "min", "pmax": "max",
}  # fmt: skip
_CONDITIONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "&", "|", "!", "%in%", "is.na"})
_SUMMARIES = frozenset({"min", "max", "mean", "median", "sum", "sd", "var", "levels", "length", "nlevels", "quantile"})


class Translator:
    """Writes R expressions as surveykit expressions over one data frame.

    Parameters
    ----------
    frame
        The data; columns that had to be computed are added to `derived`, under new names.
    evaluate
        Computes an R expression on the data.
    """

    def __init__(self, frame: pd.DataFrame, evaluate: Callable[[Node, pd.DataFrame], Any]) -> None:
        self.frame = frame
        self.evaluate = evaluate
        self.derived: dict[str, pd.Series] = {}

    def text(self, node: Node) -> str:
        """The expression, with a derived column where only R can say it."""
        try:
            return self._text(node)
        except _OnlyInRError:
            return quote_name(self.column(node))

    def column(self, node: Node) -> str:
        """Name of a column that holds the expression, computed if need be."""
        bare = strip(node)
        if isinstance(bare, Name) and bare.text in self.frame.columns:
            return bare.text
        value = self.evaluate(node, self.frame)
        if not isinstance(value, pd.Series):
            value = pd.Series([value] * len(self.frame), index=self.frame.index)
        return self.add(value)

    def add(self, values: pd.Series) -> str:
        """Name of a further column that holds these values."""
        before = [column for column in self.frame.columns if str(column).startswith("derived ")]
        name = f"derived {len(before) + len(self.derived) + 1}"
        self.derived[name] = values.reset_index(drop=True)
        return name

    def values(self, node: Node) -> pd.Series:
        """What R makes of the expression on these data."""
        found = self.evaluate(node, self.frame)
        return found if isinstance(found, pd.Series) else pd.Series([found] * len(self.frame))

    def _text(self, node: Node) -> str:
        match node:
            case Name(name):
                if name not in self.frame.columns and self.known(name):
                    raise _OnlyInRError
                return quote_name(name)  # a name that nobody knows is for surveykit to refuse
            case Text(value):
                return quote_text(value)
            case Constant(value):
                return _constant(value)
            case Call():
                return self._call(node)
        raise _OnlyInRError

    def known(self, name: str) -> bool:
        """Whether a name means something: a column, or something else that the harness holds."""
        try:
            self.evaluate(Name(name), self.frame)
        except UnsupportedError:
            return False
        return True

    def _call(self, node: Call) -> str:
        name, operands = node.name, node.operands
        if self._is_constant(node):
            value = self.evaluate(node, self.frame)
            if isinstance(value, pd.Series | Vector):
                raise _OnlyInRError
            return quote_text(value) if isinstance(value, str) else _constant(value)
        if name in ("I", "(") and len(operands) == 1:
            return f"({self._text(operands[0])})"
        if name in ("-", "+") and len(operands) == 1:
            return f"({name}{self._text(operands[0])})"
        if name == "!":
            return f"(not {self._text(operands[0])})"
        if name in _BINARY and len(operands) == 2:
            return f"({self._text(operands[0])} {_BINARY[name]} {self._text(operands[1])})"
        if name == "%in%":
            options = self.evaluate(operands[1], self.frame)
            values = options.values if isinstance(options, Vector) else (options,)
            shown = ", ".join(quote_text(item) if isinstance(item, str) else _constant(item) for item in values)
            return f"({self._text(operands[0])} in ({shown},))"
        if name == "ifelse":
            test, then, otherwise = (self._text(operand) for operand in operands)
            return f"({then} if {test} else {otherwise})"
        if name in ("as.numeric", "as.integer") and self._is_condition(operands[0]):
            return self._text(operands[0])
        if name in _FUNCTIONS and not any(argument.name for argument in node.arguments):
            return f"{_FUNCTIONS[name]}({', '.join(self._text(operand) for operand in operands)})"
        raise _OnlyInRError

    def _is_constant(self, node: Call) -> bool:
        """Whether the value is the same for every row: a summary of the data, or no column at all."""
        if node.name in _SUMMARIES:
            return True
        if node.name in ("[", "[[", "-", "+", "(") and isinstance(node.operands[0], Call):
            return all(
                self._is_constant(item) if isinstance(item, Call) else not self._names(item) for item in node.operands
            )
        return not self._names(node)

    def _names(self, node: Node) -> bool:
        return any(isinstance(item, Name) and item.text in self.frame.columns for item in walk(node))

    def _is_condition(self, node: Node) -> bool:
        return isinstance(node, Call) and node.name in (
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "&",
            "|",
            "!",
            "%in%",
            "is.na",
        )


class _OnlyInRError(Exception):
    """The expression has no counterpart in surveykit's language."""


def strip(node: Node) -> Node:
    """The node without brackets and I() around it."""
    while isinstance(node, Call) and node.name in ("I", "(") and len(node.operands) == 1:
        node = node.operands[0]
    return node


def quote_text(text: str) -> str:
    """Text as a constant of surveykit's expressions."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _constant(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))
    raise _OnlyInRError


def extended(frame: pd.DataFrame, derived: Mapping[str, pd.Series]) -> pd.DataFrame:
    """The data with the derived columns beside the others."""
    return frame.assign(**dict(derived)) if derived else frame
