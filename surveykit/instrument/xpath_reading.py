"""XPath of an XLSForm as an expression of this package, where it stays within the common subset.

Understood: ``${name}``, ``.``, numbers, quoted texts, comparisons, ``and``, ``or``, ``not()``, ``selected()``,
``count-selected()``, ``+ - * div mod`` and brackets. Anything else raises, and the importer keeps the text
as a note instead of guessing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from surveykit.errors import ExpressionError

__all__ = ["from_xpath"]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<field>\$\{[^}]+\})|(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")|"
    r"(?P<word>[A-Za-z][A-Za-z0-9_-]*)|(?P<sign>!=|<=|>=|[=<>()+*,.-]))"
)
_COMPARE: Final = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MAXIMUM: Final = 10_000


def from_xpath(text: str, name_of: Callable[[str], str], code_of: Callable[[str, str], str], own: str = "") -> str:
    """Rewrite a ``relevant`` or ``constraint`` in the expression language.

    Parameters
    ----------
    text
        XPath.
    name_of
        Gives the question id of a field name.
    code_of
        Gives the code, as text, of a choice by field name and choice name.
    own
        Field that ``.`` stands for.

    Raises
    ------
    ExpressionError
        A construct outside the subset.

    Examples
    --------
    >>> from_xpath("${a} = '1' and not(selected(${b}, '2'))", str, lambda field, choice: choice)
    '(a == 1) and not (selected(b, 2))'
    """
    if len(text) > _MAXIMUM:
        raise ExpressionError(f"The XPath is {len(text)} characters long; at most {_MAXIMUM} are read.")
    return _Parser(_tokens(text), name_of, code_of, own).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"XPath {text[position : position + 20]!r} is not understood.")
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        position = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens; each method returns text of the expression language."""

    def __init__(
        self,
        tokens: list[tuple[str, str]],
        name_of: Callable[[str], str],
        code_of: Callable[[str, str], str],
        own: str,
    ) -> None:
        self.tokens = [*tokens, ("end", "")]
        self.name_of = name_of
        self.code_of = code_of
        self.own = own
        self.depth = 0

    def whole(self) -> str:
        found = self.either()
        if self.tokens[0][0] != "end":
            raise self.strange()
        return found

    def strange(self) -> ExpressionError:
        return ExpressionError(f"XPath is not understood at {self.tokens[0][1]!r}.")

    def take(self, *values: str) -> str | None:
        if self.tokens[0][1] in values and self.tokens[0][0] in ("word", "sign"):
            return self.tokens.pop(0)[1]
        return None

    def need(self, value: str) -> None:
        if self.take(value) is None:
            raise self.strange()

    def either(self) -> str:
        self.depth += 1
        if self.depth > 40:
            raise ExpressionError("The XPath is nested more than 40 deep.")
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else " or ".join(f"({part})" for part in parts)

    def both(self) -> str:
        parts = [self.comparison()]
        while self.take("and"):
            parts.append(self.comparison())
        return parts[0] if len(parts) == 1 else " and ".join(
            part if part.startswith("not (") else f"({part})" for part in parts
        )  # fmt: skip

    def comparison(self) -> str:
        left = self.sum()
        sign = self.take(*_COMPARE)
        if sign is None:
            return left[0]
        right = self.sum()
        for field, other in ((left, right), (right, left)):
            if other[1] == "text" and field[1] == "field":
                return self.with_text(field[2], _COMPARE[sign], other[0][1:-1])
        if "text" in (left[1], right[1]):
            raise self.strange()
        return f"{left[0]} {_COMPARE[sign]} {right[0]}"

    def with_text(self, field: str, operator: str, text: str) -> str:
        name = self.name_of(field)
        if text == "" and operator in ("==", "!="):
            return f"missing({name})" if operator == "==" else f"not missing({name})"
        return f"{name} {operator} {self.code_of(field, text)}"

    def sum(self) -> tuple[str, str, str]:
        left = self.term()
        while sign := self.take("+", "-", "*", "div", "mod"):
            right = self.term()
            left = (f"({left[0]} {({'div': '/', 'mod': '%'}).get(sign, sign)} {right[0]})", "number", "")
        return left

    def term(self) -> tuple[str, str, str]:
        """One operand: its text, its kind and, for a field, the field's name."""
        kind, value = self.tokens[0]
        if kind == "field":
            self.tokens.pop(0)
            return self.name_of(value[2:-1]), "field", value[2:-1]
        if kind in ("number", "text"):
            self.tokens.pop(0)
            return value, kind, ""
        if kind == "sign" and value == "." and self.own:
            self.tokens.pop(0)
            return self.name_of(self.own), "field", self.own
        if self.take("-"):
            return f"-{self.term()[0]}", "number", ""
        if self.take("("):
            inside = self.either()
            self.need(")")
            return f"({inside})", "number", ""
        return self.function()

    def function(self) -> tuple[str, str, str]:
        word = self.tokens[0][1]
        if word not in ("not", "selected", "count-selected", "true", "false"):
            raise self.strange()
        self.tokens.pop(0)
        self.need("(")
        if word in ("true", "false"):
            self.need(")")
            return word, "number", ""
        if word == "not":
            inside = self.either()
            self.need(")")
            return f"not ({inside})", "number", ""
        field = self.term()
        if field[1] != "field":
            raise self.strange()
        if word == "count-selected":
            self.need(")")
            return f"count({field[0]})", "number", ""
        self.need(",")
        choice = self.term()
        self.need(")")
        if choice[1] not in ("text", "number"):
            raise self.strange()
        return f"selected({field[0]}, {self.code_of(field[2], choice[0].strip(chr(39) + chr(34)))})", "number", ""
