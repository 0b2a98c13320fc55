"""Text to expression: Python's own grammar, cut down to an allow-list.

The text is parsed with :mod:`ast` and every node is either translated or refused by name. Nothing
is compiled and nothing is run.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Mapping

from surveykit.errors import ExpressionError, did_you_mean, listing
from surveykit.expressions.nodes import (
    Arithmetic,
    Boolean,
    Call,
    Choose,
    Column,
    Compare,
    Expr,
    Literal,
    Membership,
    Negate,
    Not,
)

__all__ = ["FUNCTIONS", "parse", "quote_name"]

#: Functions of the language and the numbers of arguments that each accepts.
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "any": (1, 1),
    "count": (1, 1),
    "selected": (2, 2),
    "shown": (1, 1),
    "missing": (1, 1),
    "mid": (1, 1),
    "lo": (1, 1),
    "hi": (1, 1),
    "log": (1, 1),
    "log10": (1, 1),
    "exp": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "floor": (1, 1),
    "ceil": (1, 1),
    "round": (1, 2),
    "min": (2, 9),
    "max": (2, 9),
}

_MAX_LENGTH = 10_000
_MAX_NODES = 4_000
_MAX_NESTING = 60
_EXACT_INTEGER = 2**53
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**"}
_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`([^`]*)`|`""")
_PLAIN_NAME = re.compile(r"[^\W\d]\w*\Z")


def parse(text: str) -> Expr:
    """Parse one expression.

    Parameters
    ----------
    text
        For example ``"export_share > 0.25 and size in ('large', 'medium')"``. A column whose name is not
        a plain word is written between backticks: ```` `Export share (%)` > 25 ````.

    Returns
    -------
    Expr
        The tree of :mod:`surveykit.expressions.nodes`.

    Raises
    ------
    ExpressionError
        If the text does not parse, or uses anything outside the language; the message names the token.

    Examples
    --------
    >>> parse("sales / staff > 10")
    Compare(operator='>', left=Arithmetic(operator='/', left=Column(name='sales'), right=Column(name='staff')), \
right=Literal(value=10))
    >>> parse("firm.__class__")
    Traceback (most recent call last):
    ...
    surveykit.errors.ExpressionError: 'firm.__class__': attribute access ('.__class__') is not allowed. \
Write a column name that holds a dot between backticks.
    """
    given: object = text
    if not isinstance(given, str) or not given.strip():
        raise ExpressionError(
            f"An expression must be non-empty text, not {text!r}.", remedy="Write for example \"size == 'large'\"."
        )
    if len(text) > _MAX_LENGTH:
        raise ExpressionError(
            f"The expression is {len(text)} characters long; at most {_MAX_LENGTH} are read.",
            remedy="Split it into derived variables.",
        )
    source, quoted = _protect_quoted_names(text)
    _refuse_deep_nesting(source, text)
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise ExpressionError(
            f"{text!r} cannot be read: {_syntax_reason(error)}.", remedy="Check quotes, brackets and operators."
        ) from None
    if sum(1 for _ in ast.walk(tree)) > _MAX_NODES:
        raise ExpressionError(
            f"The expression has more than {_MAX_NODES} parts.", remedy="Split it into derived variables."
        )
    return _Translator(text, quoted).translate(tree.body)


def quote_name(name: str) -> str:
    """Write a column name so that :func:`parse` reads it back as that column.

    Examples
    --------
    >>> quote_name("size"), quote_name("Export share (%)")
    ('size', '`Export share (%)`')
    """
    if _PLAIN_NAME.match(name) and name not in _RESERVED:
        return name
    if "`" in name:
        raise ExpressionError(
            f"Column {name!r} holds a backtick and cannot be named in an expression.", remedy="Rename the column first."
        )
    return f"`{name}`"


_RESERVED = frozenset({*keyword.kwlist, "true", "false", *FUNCTIONS})


def _syntax_reason(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) and error.msg else str(error)


def _protect_quoted_names(text: str) -> tuple[str, dict[str, str]]:
    quoted: dict[str, str] = {}

    def swap(match: re.Match[str]) -> str:
        token = match.group(0)
        if token[0] != "`":
            return token
        if match.group(1) is None:
            raise ExpressionError(
                f"{text!r} has a backtick without its partner.", remedy="Close the quoted column name."
            )
        if not match.group(1):
            raise ExpressionError(
                f"{text!r} has an empty quoted name (``).", remedy="Put the column name between the backticks."
            )
        placeholder = f"_quoted_{len(quoted)}_"
        while placeholder in text:
            placeholder += "_"
        quoted[placeholder] = match.group(1)
        return placeholder

    return _TOKEN.sub(swap, text), quoted


def _refuse_deep_nesting(source: str, text: str) -> None:
    depth = deepest = 0
    for character in source:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    signs = max((len(run) for run in re.findall(r"(?:[-+~]\s*|not\s+)+", source)), default=0)
    if deepest > _MAX_NESTING or signs > 4 * _MAX_NESTING:
        raise ExpressionError(
            f"{text[:60]!r}... is nested more than {_MAX_NESTING} deep.", remedy="Split it into derived variables."
        )


class _Translator:
    """One pass over Python's tree; a method a kind of node."""

    def __init__(self, text: str, quoted: Mapping[str, str]) -> None:
        self.text = text
        self.quoted = quoted

    def refuse(self, token: str, remedy: str) -> ExpressionError:
        return ExpressionError(f"{token} is not allowed.", where=repr(self.text), remedy=remedy)

    def translate(self, node: ast.AST) -> Expr:
        method: Callable[[ast.AST], Expr] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self.refuse(
                f"{type(node).__name__.lower()} ({ast.unparse(node)!r})",
                "Use names, numbers, comparisons, and/or/not, arithmetic, in, if/else and the listed functions.",
            )
        return method(node)

    def _name(self, node: ast.Name) -> Expr:
        if node.id in ("true", "false"):
            return Literal(node.id == "true")
        return Column(self._column_name(node.id))

    def _column_name(self, name: str) -> str:
        if name in self.quoted:
            return self.quoted[name]
        if name.startswith("__"):
            raise self.refuse(f"the name {name!r}", "Names that begin with two underscores are reserved.")
        return name

    def _constant(self, node: ast.Constant) -> Expr:
        value = node.value
        if isinstance(value, bool | str):
            return Literal(value)
        if isinstance(value, int):
            return Literal(value if abs(value) <= _EXACT_INTEGER else float(min(value, 10**308)))
        if isinstance(value, float):
            return Literal(value)
        raise self.refuse(
            f"the constant {value!r}", "Use numbers, quoted text, true or false; ask missing(x) for missing values."
        )

    def _unaryop(self, node: ast.UnaryOp) -> Expr:
        operand = self.translate(node.operand)
        if isinstance(node.op, ast.Not):
            return Not(operand)
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(node.op, ast.USub):
            number = isinstance(operand, Literal) and not isinstance(operand.value, str | bool)
            return Literal(-operand.value) if number else Negate(operand)  # type: ignore[union-attr, operator]
        raise self.refuse("the operator '~'", "Write 'not'.")

    def _binop(self, node: ast.BinOp) -> Expr:
        operator = _ARITHMETIC.get(type(node.op))
        if operator is None:
            raise self.refuse(
                f"the operator in {ast.unparse(node)!r}",
                "Write 'and' and 'or' for & and |; arithmetic is + - * / % **.",
            )
        return Arithmetic(operator, self.translate(node.left), self.translate(node.right))

    def _boolop(self, node: ast.BoolOp) -> Expr:
        operator = "and" if isinstance(node.op, ast.And) else "or"
        return Boolean(operator, tuple(self.translate(value) for value in node.values))

    def _compare(self, node: ast.Compare) -> Expr:
        left, parts = node.left, []
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._one_comparison(left, operator, right))
            left = right
        return parts[0] if len(parts) == 1 else Boolean("and", tuple(parts))

    def _one_comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Expr:
        if isinstance(operator, ast.In | ast.NotIn):
            return Membership(self.translate(left), self._options(right), isinstance(operator, ast.NotIn))
        symbol = _COMPARE.get(type(operator))
        if symbol is None:
            raise self.refuse("the operator 'is'", "Compare with ==, or ask missing(x).")
        return Compare(symbol, self.translate(left), self.translate(right))

    def _options(self, node: ast.expr) -> tuple[Literal, ...]:
        if not isinstance(node, ast.Tuple | ast.List | ast.Set):
            raise self.refuse(f"'in {ast.unparse(node)}'", "After 'in' comes a list of values, as in  size in (1, 2).")
        options = [self.translate(item) for item in node.elts]
        bad = [
            ast.unparse(item)
            for item, option in zip(node.elts, options, strict=True)
            if not isinstance(option, Literal)
        ]
        if bad:
            raise self.refuse(f"{bad[0]!r} in a list of values", "List numbers and quoted text only.")
        return tuple(option for option in options if isinstance(option, Literal))

    def _ifexp(self, node: ast.IfExp) -> Expr:
        return Choose(self.translate(node.test), self.translate(node.body), self.translate(node.orelse))

    def _attribute(self, node: ast.Attribute) -> Expr:
        raise self.refuse(
            f"attribute access ('.{node.attr}')", "Write a column name that holds a dot between backticks."
        )

    def _subscript(self, node: ast.Subscript) -> Expr:
        raise self.refuse(
            f"indexing ({ast.unparse(node)!r})", "Write a column name that holds brackets between backticks."
        )

    def _call(self, node: ast.Call) -> Expr:
        function = node.func.id if isinstance(node.func, ast.Name) else None
        if function is None or function not in FUNCTIONS:
            token = ast.unparse(node.func)
            hint = did_you_mean(token, FUNCTIONS)
            raise self.refuse(
                f"the function {token!r}",
                hint if hint.startswith("Did") else f"Functions: {listing(FUNCTIONS, limit=30)}.",
            )
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.refuse(f"a named or starred argument in {ast.unparse(node)!r}", "Give plain arguments.")
        fewest, most = FUNCTIONS[function]
        if not fewest <= len(node.args) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise ExpressionError(
                f"{function}() takes {wanted} argument(s), not {len(node.args)}.", where=repr(self.text)
            )
        return Call(function, tuple(self.translate(argument) for argument in node.args))
