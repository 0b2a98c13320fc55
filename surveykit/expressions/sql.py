"""Expressions as SQL text, with every literal and identifier quoted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveykit.errors import ExpressionError
from surveykit.expressions.evaluate import label_position
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
from surveykit.expressions.values import Values

__all__ = ["SqlColumn", "number", "quote_text", "to_sql"]

_MIRROR = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SYMBOL = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_LARGEST_EXPONENT = 709.78


@dataclass(frozen=True)
class SqlColumn:
    """How a column is written in SQL.

    Parameters
    ----------
    sql
        Quoted text that gives the value; for categories, the category's code as an integer.
    categories, ordered, edges
        As in :class:`surveykit.expressions.Values`; `categories` is None for numbers.
    kind
        ``"number"``, ``"truth"`` or ``"category"``.
    """

    sql: str
    kind: str = "number"
    categories: tuple[object, ...] | None = None
    ordered: bool = False
    edges: Mapping[str, npt.NDArray[np.float64]] | None = None
    name: str = ""


def number(value: float) -> str:
    """Write a number as a DOUBLE literal, never a DECIMAL.

    Examples
    --------
    >>> number(0.5), number(3)
    ('5e-1', '3e0')
    """
    value = float(value)
    if not math.isfinite(value):
        raise ExpressionError(f"The number {value!r} cannot stand in an expression.")
    text = repr(value)
    if "e" in text:
        return text
    return f"{text[:-2]}e0" if text.endswith(".0") else _scientific(text)


def _scientific(text: str) -> str:
    whole, _, fraction = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    digits = (whole.lstrip("-") + fraction).lstrip("0")
    return f"{sign}{digits}e-{len(fraction)}"


def quote_text(text: str) -> str:
    """Quote a text literal.

    Examples
    --------
    >>> print(quote_text("it's"))
    'it''s'
    """
    if "\x00" in text:
        raise ExpressionError("A text with a NUL character cannot stand in an expression.")
    return "'" + text.replace("'", "''") + "'"


def to_sql(expr: Expr, columns: Callable[[str], SqlColumn]) -> SqlColumn:
    """Write an expression as SQL.

    The text follows the same rules as :func:`surveykit.expressions.evaluate`: missing values are NULL, and results
    that are not finite are NULL.

    Parameters
    ----------
    expr
        A parsed expression.
    columns
        Gives the :class:`SqlColumn` of a column by name.

    Examples
    --------
    >>> from surveykit.expressions import parse
    >>> to_sql(parse("sales / staff > 10"), lambda name: SqlColumn(f'"{name}"')).sql
    '(("sales" / NULLIF("staff", 0e0)) > 10e0)'
    """
    return _Writer(columns).of(expr)


class _Writer:
    def __init__(self, columns: Callable[[str], SqlColumn]) -> None:
        self.columns = columns

    def of(self, expr: Expr) -> SqlColumn:
        match expr:
            case Column(name):
                return self.columns(name)
            case Literal(value):
                return _literal(value)
            case Negate(operand):
                return SqlColumn(f"(-{_number(self.of(operand), '-')})")
            case Not(operand):
                return SqlColumn(f"(NOT {_truth(self.of(operand))})", "truth")
            case Arithmetic(symbol, left, right):
                return SqlColumn(_arithmetic(symbol, _number(self.of(left), symbol), _number(self.of(right), symbol)))
            case Compare(symbol, left, right):
                return _compare(symbol, self.of(left), self.of(right))
            case Boolean(symbol, operands):
                joined = f" {symbol.upper()} ".join(_truth(self.of(operand)) for operand in operands)
                return SqlColumn(f"({joined})", "truth")
            case Membership(operand, options, negated):
                return _membership(self.of(operand), options, negated)
            case Choose(condition, then, otherwise):
                return self._choose(condition, then, otherwise)
            case Call(function, arguments):
                return self._call(function, arguments)

    def _choose(self, condition: Expr, then: Expr, otherwise: Expr) -> SqlColumn:
        test, first, second = _truth(self.of(condition)), self.of(then), self.of(otherwise)
        if (first.kind == "category") != (second.kind == "category"):
            raise ExpressionError(
                "One branch of if/else gives text and the other a number.",
                remedy="Give labels in both branches, or numbers in both.",
            )

        def case(one: str, other: str) -> str:
            return f"(CASE WHEN {test} THEN {one} WHEN NOT {test} THEN {other} END)"

        if first.kind != "category":
            return SqlColumn(case(_number(first, "if"), _number(second, "if")))
        categories = tuple(dict.fromkeys((*(first.categories or ()), *(second.categories or ()))))
        recoded = tuple(
            _recode(side, [categories.index(label) for label in side.categories or ()]) for side in (first, second)
        )
        ordered = first.ordered and first.categories == second.categories
        return SqlColumn(case(*recoded), "category", categories, ordered)

    def _call(self, function: str, arguments: tuple[Expr, ...]) -> SqlColumn:
        if function in ("any", "count", "selected", "shown"):
            raise ExpressionError(
                f"{function}() belongs to a questionnaire, and these data do not come with one.",
                remedy="Compare the columns themselves, as in  U1_07 == 1.",
            )
        values = [self.of(argument) for argument in arguments]
        if function == "missing":
            return SqlColumn(f"({values[0].sql} IS NULL)", "truth")
        if function in ("mid", "lo", "hi"):
            return _edge(function, values[0])
        if function == "round" and len(values) == 2:
            digits = arguments[1]
            if not isinstance(digits, Literal):
                raise ExpressionError("round(x, digits) needs a constant number of digits.")
            scale = number(10.0 ** int(digits.value))
            return SqlColumn(f"(round_even({_number(values[0], 'round()')} * {scale}, 0) / {scale})")
        numbers = [_number(value, f"{function}()") for value in values]
        return SqlColumn(_function(function, numbers))


def _literal(value: float | str) -> SqlColumn:
    if isinstance(value, str):
        return SqlColumn("0", "category", (value,))
    if isinstance(value, bool):
        return SqlColumn("TRUE" if value else "FALSE", "truth")
    return SqlColumn(number(value))


def _number(column: SqlColumn, what: str) -> str:
    if column.kind == "truth":
        return f"CAST({column.sql} AS DOUBLE)"
    if column.kind == "number":
        return column.sql
    labels = column.categories or ()
    if (
        all(isinstance(label, int | float) and not isinstance(label, bool) for label in labels)
        and not column.ordered
        and column.edges is None
    ):
        return _recode(column, [number(label) for label in labels])  # type: ignore[arg-type]
    thing = f"Column {column.name!r}" if column.name else "A text or category"
    if column.edges is not None:
        raise ExpressionError(
            f"{thing} holds bands, and {what} needs numbers.",
            remedy=f"Use mid({column.name}), lo({column.name}) or hi({column.name}).",
        )
    raise ExpressionError(
        f"{thing} holds categories, and {what} needs numbers.",
        remedy="Compare it with a label, or derive a number from it first.",
    )


def _truth(column: SqlColumn) -> str:
    return column.sql if column.kind == "truth" else f"({_number(column, 'a condition')} <> 0e0)"


def _recode(column: SqlColumn, targets: list[str] | list[int]) -> str:
    if not targets:
        return "NULL"
    whens = " ".join(f"WHEN {code} THEN {target}" for code, target in enumerate(targets))
    return f"(CASE {column.sql} {whens} END)"


def _arithmetic(symbol: str, left: str, right: str) -> str:
    if symbol == "/":
        return f"({left} / NULLIF({right}, 0e0))"
    if symbol == "%":
        return f"({left} - {right} * FLOOR({left} / NULLIF({right}, 0e0)))"
    if symbol == "**":
        return _finite(
            f"POWER({left}, {right})",
            f"NOT (({left} = 0e0 AND {right} < 0e0) OR ({left} < 0e0 AND {right} <> FLOOR({right})))",
        )
    return f"({left} {symbol} {right})"


def _finite(value: str, allowed: str) -> str:
    return f"(CASE WHEN {allowed} THEN {value} END)"


def _function(function: str, numbers: list[str]) -> str:
    first = numbers[0]
    if function in ("min", "max"):
        name = "LEAST" if function == "min" else "GREATEST"
        known = " AND ".join(f"{value} IS NOT NULL" for value in numbers)
        return _finite(f"{name}({', '.join(numbers)})", known)
    if function in ("log", "log10"):
        return _finite(f"{'LN' if function == 'log' else 'LOG10'}({first})", f"{first} > 0e0")
    if function == "sqrt":
        return _finite(f"SQRT({first})", f"{first} >= 0e0")
    if function == "exp":
        return _finite(f"EXP({first})", f"{first} <= {number(_LARGEST_EXPONENT)}")
    if function == "round":
        return f"round_even({first}, 0)"
    return f"{function.upper()}({first})"


def _as_values(column: SqlColumn) -> Values:
    return Values(np.zeros(0, np.intp), None, column.categories, column.ordered, column.edges, column.name)


def _is_text_literal(column: SqlColumn) -> bool:
    return column.kind == "category" and not column.name and column.sql == "0"


def _compare(symbol: str, left: SqlColumn, right: SqlColumn) -> SqlColumn:
    if left.kind == "category" and right.kind == "category" and not (_is_text_literal(left) or _is_text_literal(right)):
        return _compare_categories(symbol, left, right)
    if left.kind == "category" and (_is_text_literal(right) or right.sql == _constant_sql(right)):
        return _compare_label(symbol, left, right)
    if right.kind == "category" and (_is_text_literal(left) or left.sql == _constant_sql(left)):
        return _compare_label(_MIRROR[symbol], right, left)
    for side in (left, right):
        if _is_text_literal(side):
            raise ExpressionError(
                f"A column of numbers is compared with the text {(side.categories or ('',))[0]!r}.",
                remedy="Compare it with a number.",
            )
    return SqlColumn(f"({_number(left, symbol)} {_SYMBOL[symbol]} {_number(right, symbol)})", "truth")


def _constant_sql(column: SqlColumn) -> str | None:
    try:
        return number(float(column.sql))
    except ValueError:
        return column.sql if column.sql in ("TRUE", "FALSE") else None


def _label_of(column: SqlColumn) -> object:
    if column.kind == "category":
        return (column.categories or ("",))[0]
    return column.sql == "TRUE" if column.kind == "truth" else float(column.sql)


def _compare_label(symbol: str, column: SqlColumn, constant: SqlColumn) -> SqlColumn:
    label = _label_of(constant)
    values = _as_values(column)
    position = label_position(values, label)
    if symbol in ("==", "!="):
        code = -1 if position is None else position
        return SqlColumn(f"({column.sql} {_SYMBOL[symbol]} {code})", "truth")
    if not column.ordered and not isinstance(label, str):
        return SqlColumn(f"({_number(column, symbol)} {_SYMBOL[symbol]} {constant.sql})", "truth")
    if not column.ordered:
        raise ExpressionError(
            f"Column {column.name!r} has categories without an order, so {symbol!r} {label!r} has no meaning.",
            remedy="Use == or in (...), or declare the order of the categories.",
        )
    if position is None:
        raise ExpressionError(f"{label!r} is not a category of {column.name!r}, so {symbol!r} has no meaning.")
    return SqlColumn(f"({column.sql} {_SYMBOL[symbol]} {position})", "truth")


def _compare_categories(symbol: str, left: SqlColumn, right: SqlColumn) -> SqlColumn:
    if left.categories == right.categories and (symbol in ("==", "!=") or left.ordered):
        return SqlColumn(f"({left.sql} {_SYMBOL[symbol]} {right.sql})", "truth")
    if symbol not in ("==", "!="):
        raise ExpressionError(
            f"Columns {left.name!r} and {right.name!r} have different categories, so {symbol!r} has no meaning."
        )
    labels = list(right.categories or ())
    recoded = _recode(left, [labels.index(label) if label in labels else -1 for label in left.categories or ()])
    return SqlColumn(f"({recoded} {_SYMBOL[symbol]} {right.sql})", "truth")


def _membership(column: SqlColumn, options: tuple[Literal, ...], negated: bool) -> SqlColumn:
    tests = [_compare("==", column, _literal(option.value)).sql for option in options]
    joined = " OR ".join(tests) if tests else f"({column.sql} IS NULL AND NULL)"
    return SqlColumn(f"(NOT ({joined}))" if negated else f"({joined})", "truth")


def _edge(which: str, column: SqlColumn) -> SqlColumn:
    if column.edges is None:
        raise ExpressionError(
            f"{which}({column.name or '...'}) needs a band question; {column.name or 'this'!r} has no band edges.",
            remedy="Declare lo and hi for its options in the instrument, or use a column of intervals.",
        )
    targets = [number(edge) if np.isfinite(edge) else "NULL" for edge in column.edges[which]]
    return SqlColumn(_recode(column, targets))
