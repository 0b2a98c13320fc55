"""The nodes of the expression language: small frozen records, nothing else.

An expression is data. It is written by a user or a study file, parsed by
:func:`surveykit.expressions.parse`, and rendered by whoever needs it: to NumPy, to SQL, to XPath,
to SurveyJS. No renderer ever hands text back to Python to run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

__all__ = [
    "Arithmetic",
    "Boolean",
    "Call",
    "Choose",
    "Column",
    "Compare",
    "Expr",
    "Literal",
    "Membership",
    "Negate",
    "Not",
    "children",
    "names",
    "transform",
    "walk",
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data, or a question of the instrument."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text or truth value written in the expression."""

    value: float | int | str | bool


@dataclass(frozen=True, slots=True)
class Negate:
    """Arithmetic negation ``-x``."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Not:
    """Logical negation; missing stays missing."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right`` with operator one of ``+ - * / % **``."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right`` with operator one of ``== != < <= > >=``."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Boolean:
    """``and`` / ``or`` over two or more operands, with the three-valued logic of SQL."""

    operator: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """``operand in (option, ...)``, or ``not in`` where negated."""

    operand: Expr
    options: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """``then if condition else otherwise``; a missing condition gives missing."""

    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the allow-list applied to its arguments."""

    function: str
    arguments: tuple[Expr, ...]


Expr = Column | Literal | Negate | Not | Arithmetic | Compare | Boolean | Membership | Choose | Call


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the direct sub-expressions of a node, left to right."""
    found: list[Expr] = []
    for field in fields(expr):
        value = getattr(expr, field.name)
        if isinstance(value, Expr):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(item for item in value if isinstance(item, Expr))
    return tuple(found)


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield the node and all nodes below it, parents first."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def names(expr: Expr) -> tuple[str, ...]:
    """Return the names of all columns used, each once, in order of appearance.

    Examples
    --------
    >>> from surveykit.expressions import parse
    >>> names(parse("a > 1 and (b in (1, 2) or a < 0)"))
    ('a', 'b')
    """
    return tuple(dict.fromkeys(node.name for node in walk(expr) if isinstance(node, Column)))


def transform(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Rebuild a tree bottom up, passing each node through `change`."""
    updates: dict[str, Any] = {}
    for field in fields(expr):
        value = getattr(expr, field.name)
        if isinstance(value, Expr):
            updates[field.name] = transform(value, change)
        elif isinstance(value, tuple) and value and isinstance(value[0], Expr):
            updates[field.name] = tuple(transform(item, change) for item in value)
    return change(replace(expr, **updates) if updates else expr)
