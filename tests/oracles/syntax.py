"""The part of R's grammar that calls to survey software are written in: text to a tree, and back as R prints it.

Operators are calls of their symbol, as in R itself, so that one kind of node carries everything that is applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "Argument",
    "Call",
    "Constant",
    "Function",
    "Name",
    "Node",
    "RSyntaxError",
    "Text",
    "deparse",
    "parse",
    "walk",
]


class RSyntaxError(ValueError):
    """Text that this part of R's grammar does not cover."""


@dataclass(frozen=True)
class Name:
    """A name: a variable, a design, a column."""

    text: str


@dataclass(frozen=True)
class Text:
    """A quoted text."""

    value: str


@dataclass(frozen=True)
class Constant:
    """A number, TRUE, FALSE, NULL, NA, NaN or Inf; NA is None and NULL the empty tuple."""

    value: float | bool | tuple[()] | None
    source: str


@dataclass(frozen=True)
class Function:
    """A function literal: kept as text, never run."""

    source: str


@dataclass(frozen=True)
class Argument:
    """One argument of a call; `value` is None where it was left empty, as in ``x[1, ]``."""

    value: Node | None
    name: str | None = None


@dataclass(frozen=True)
class Call:
    """A function applied to arguments."""

    function: Node
    arguments: tuple[Argument, ...]

    @property
    def name(self) -> str:
        """Name of the function without its package; empty where the function is itself an expression."""
        if isinstance(self.function, Name):
            return self.function.text
        if isinstance(self.function, Call) and self.function.name in ("::", ":::"):
            inner = self.function.arguments[1].value
            return inner.text if isinstance(inner, Name) else ""
        return ""

    @property
    def operands(self) -> tuple[Node, ...]:
        """Values of the arguments that were given."""
        return tuple(argument.value for argument in self.arguments if argument.value is not None)


Node = Name | Text | Constant | Function | Call

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<comment>\#[^\n]*)
    | (?P<number>0[xX][0-9a-fA-F]+L?|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?L?)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<quoted>`[^`]+`)
    | (?P<name>(?:[A-Za-z]|\.(?![0-9]))[A-Za-z0-9._]*|\.)
    | (?P<operator>:::|::|<<-|<-|->|<=|>=|==|!=|&&|\|\||\|>|%[^%]*%|\[\[|\]\]|[-+*/^~!<>=&|:$@?()\[\]{},;\\])
    )""",
    re.VERBOSE,
)
# Binding powers of R's binary operators, weakest first; a pair is (left, right).
_BINARY = {
    "=": (2, 1), "<-": (4, 3), "~": (6, 7), "|": (8, 9), "||": (8, 9), "&": (10, 11), "&&": (10, 11),
    "==": (14, 15), "!=": (14, 15), "<": (14, 15), ">": (14, 15), "<=": (14, 15), ">=": (14, 15),
    "+": (16, 17), "-": (16, 17), "*": (18, 19), "/": (18, 19), "|>": (20, 21), ":": (22, 23), "^": (27, 26),
    "$": (30, 31), "@": (30, 31), "::": (34, 35), ":::": (34, 35),
}  # fmt: skip
_UNARY = {"~": 7, "!": 12, "-": 24, "+": 24, "?": 1}
_SPECIAL = (20, 21)
_POSTFIX = 32
_CONSTANTS: dict[str, float | bool | tuple[()] | None] = {
    "TRUE": True, "FALSE": False, "T": True, "F": False, "NULL": (), "NA": None, "NA_real_": None, "NA_integer_": None,
    "NA_character_": None, "NaN": float("nan"), "Inf": float("inf"),
}  # fmt: skip
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


def parse(text: str) -> Node:
    """Parse one R expression.

    Raises
    ------
    RSyntaxError
        If the text is not one expression of this grammar.
    """
    parser = _Parser(text)
    node = parser.expression(0)
    parser.expect_end()
    return node


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise RSyntaxError(f"cannot read {text[place : place + 20]!r}")
        kind = match.lastgroup or ""
        if kind != "comment":
            yield _Token(kind, match.group(kind), match.start(kind))
        place = match.end()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0

    @property
    def ahead(self) -> str:
        """Symbol of the next token; empty where it is no operator."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return token.text if token is not None and token.kind == "operator" else ""

    def take(self) -> _Token:
        if self.at >= len(self.tokens):
            raise RSyntaxError(f"{self.text!r} ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, symbol: str) -> None:
        token = self.take()
        if token.text != symbol:
            raise RSyntaxError(f"{self.text!r}: {symbol!r} expected, found {token.text!r}")

    def expect_end(self) -> None:
        while self.ahead == ";":
            self.take()
        if self.at < len(self.tokens):
            raise RSyntaxError(f"{self.text!r}: nothing expected after {self.tokens[self.at - 1].text!r}")

    def expression(self, least: int) -> Node:
        left = self.prefix()
        while True:
            symbol = self.ahead
            if symbol in ("(", "[", "[[") and least <= _POSTFIX:
                left = self.postfix(left, symbol)
                continue
            powers = _SPECIAL if symbol.startswith("%") else _BINARY.get(symbol)
            if powers is None or powers[0] < least:
                return left
            self.take()
            right = self.expression(powers[1])
            left = Call(Name(symbol), (Argument(left), Argument(right)))

    def postfix(self, left: Node, symbol: str) -> Node:
        self.take()
        if symbol == "(":
            return Call(left, self.arguments(")"))
        if symbol == "[":
            return Call(Name("["), (Argument(left), *self.arguments("]")))
        found = (Argument(left), *self.arguments("]]"))
        return Call(Name("[["), found)

    def arguments(self, close: str) -> tuple[Argument, ...]:
        found: list[Argument] = []
        if self.ahead == close:
            self.take()
            return ()
        while True:
            found.append(self.argument(close))
            token = self.take()
            if token.text == close:
                return tuple(found)
            if close == "]" and token.text == "]]":  # the lexer joined two closing brackets
                self.at -= 1
                self.tokens[self.at] = _Token("operator", "]", token.place + 1)
                return tuple(found)
            if close == "]]" and token.text == "]" and self.ahead == "]":
                self.take()
                return tuple(found)
            if token.text != ",":
                raise RSyntaxError(f"{self.text!r}: ',' or {close!r} expected, found {token.text!r}")

    def argument(self, close: str) -> Argument:
        if self.ahead in (",", close) or (close == "]" and self.ahead == "]]"):
            return Argument(None)
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        if token and following and token.kind in ("name", "quoted", "text") and following.text == "=":
            self.at += 2
            name = token.text if token.kind == "name" else token.text[1:-1]
            if self.ahead in (",", close):
                return Argument(None, name)
            return Argument(self.expression(3), name)
        return Argument(self.expression(3))

    def prefix(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return Constant(_number(token.text), token.text)
        if token.kind == "text":
            return Text(_unescape(token.text[1:-1]))
        if token.kind == "quoted":
            return Name(token.text[1:-1])
        if token.kind == "name":
            return self.name(token)
        if token.text == "(":
            inner = self.expression(0)
            self.expect(")")
            return Call(Name("("), (Argument(inner),))
        if token.text == "{":
            return self.block()
        if token.text in _UNARY:
            return Call(Name(token.text), (Argument(self.expression(_UNARY[token.text])),))
        raise RSyntaxError(f"{self.text!r}: {token.text!r} was not expected")

    def name(self, token: _Token) -> Node:
        if token.text == "function":
            return self.function(token)
        if token.text in _CONSTANTS:
            return Constant(_CONSTANTS[token.text], token.text)
        return Name(token.text)

    def function(self, token: _Token) -> Node:
        self.expect("(")
        depth = 1
        while depth:
            symbol = self.take().text
            depth += (symbol == "(") - (symbol == ")")
        self.expression(3)
        last = self.tokens[self.at - 1]
        return Function(self.text[token.place : last.place + len(last.text)])

    def block(self) -> Node:
        statements: list[Argument] = []
        while self.ahead != "}":
            statements.append(Argument(self.expression(0)))
            while self.ahead == ";":
                self.take()
        self.take()
        return Call(Name("{"), tuple(statements))


def _number(text: str) -> float:
    bare = text.rstrip("L")
    return float(int(bare, 16)) if bare[:2].lower() == "0x" else float(bare)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match.group(1), match.group(1)), text)


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    yield node
    if isinstance(node, Call):
        yield from walk(node.function)
        for operand in node.operands:
            yield from walk(operand)


_TIGHT = frozenset({"^", ":", "$", "@", "::", ":::"})


def deparse(node: Node) -> str:
    """Write a tree as R prints it: what R's own names of terms and coefficients are made of."""
    if isinstance(node, Name):
        return node.text
    if isinstance(node, Text):
        return '"' + node.value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(node, Function):
        return node.source
    if isinstance(node, Constant):
        return _deparse_constant(node)
    name, operands = node.name, node.operands
    if name == "(":
        return f"({deparse(operands[0])})"
    if name in ("[", "[["):
        close = "]" if name == "[" else "]]"
        rest = ", ".join(_deparse_argument(argument) for argument in node.arguments[1:])
        return f"{deparse(operands[0])}{name}{rest}{close}"
    if (name in _BINARY or name.startswith("%")) and len(operands) == 2:
        space = "" if name in _TIGHT else " "
        return f"{deparse(operands[0])}{space}{name}{space}{deparse(operands[1])}"
    if name in _UNARY and len(operands) == 1:
        return f"{name}{deparse(operands[0])}"
    return f"{deparse(node.function)}({', '.join(_deparse_argument(argument) for argument in node.arguments)})"


def _deparse_constant(node: Constant) -> str:
    if isinstance(node.value, float) and node.source[:1].isdigit() | node.source.startswith("."):
        return f"{node.value:.15g}" + ("L" if node.source.endswith("L") else "")
    return {"T": "TRUE", "F": "FALSE"}.get(node.source, node.source)


def _deparse_argument(argument: Argument) -> str:
    value = "" if argument.value is None else deparse(argument.value)
    return value if argument.name is None else f"{argument.name} = {value}"
