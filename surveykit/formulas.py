"""Model formulas: ``"y ~ x1 + C(sector) * log(sales)"`` becomes columns of a design matrix.

formulaic reads the text and expands its terms; its materialisers, which would evaluate code, are never called. Each
factor is
compiled by the project's own expression language, and levels of categories come from the engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from formulaic import Formula
from formulaic.errors import FormulaicError
from formulaic.parser.types import Term

from surveykit.engine import Engine, FloatArray
from surveykit.errors import ColumnError, ExpressionError, FormulaError
from surveykit.expressions import Arithmetic, Column, Compare, Expr, Literal, Values, names, parse

__all__ = ["DesignMatrix", "Factor", "MatrixColumn", "ModelTerm", "compile_formula", "compile_terms", "factor_data"]

_CATEGORY = re.compile(r"C\((.*)\)\Z", re.DOTALL)
_IDENTITY = re.compile(r"I\((.*)\)\Z", re.DOTALL)
_OFFSET = re.compile(r"offset\((.*)\)\Z", re.DOTALL)
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`""")
_COMPARISON = re.compile(r"[<>!=]=?")
_DOT = re.compile(r"(?<![\w.])\.(?![\w.])")
_POWER = re.compile(r"\w+(?:\(\))?\s*(?:\*\*|\^)\s*\d+")
_MAX_COLUMNS = 5_000
_MAX_LENGTH = 5_000


@dataclass(frozen=True)
class Factor:
    """One factor of a term: a number, or a category with its levels.

    Parameters
    ----------
    name
        As written in the formula.
    expr
        The compiled expression.
    levels
        Levels of a category, the first being the reference; None for a number.
    """

    name: str
    expr: Expr
    levels: tuple[object, ...] | None = None


@dataclass(frozen=True)
class ModelTerm:
    """A product of factors; no factor stands for the intercept."""

    factors: tuple[Factor, ...]

    @property
    def name(self) -> str:
        """Name of the term, its factors joined by a colon."""
        return ":".join(factor.name for factor in self.factors) or "Intercept"


@dataclass(frozen=True)
class MatrixColumn:
    """One column of the design matrix: for each factor of its term, the number itself or the indicator of a level.

    Parameters
    ----------
    name
        As ``"sector[B]:log(sales)"``.
    parts
        ``(factor, level)``: position among the matrix's factors, and code of the level, or None for a number.
    term
        Position of its term.
    """

    name: str
    parts: tuple[tuple[int, int | None], ...]
    term: int


@dataclass(frozen=True)
class DesignMatrix:
    """A compiled formula.

    Parameters
    ----------
    text
        The formula as written.
    response
        The left-hand side, or None.
    terms, factors, columns
        What the right-hand side expands to.
    offset
        Sum of the ``offset(...)`` terms, or None.
    """

    text: str
    response: Factor | None
    terms: tuple[ModelTerm, ...]
    factors: tuple[Factor, ...]
    columns: tuple[MatrixColumn, ...]
    offset: Expr | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def has_intercept(self) -> bool:
        """Whether the matrix has a column of ones."""
        return any(not column.parts for column in self.columns)

    def column_expr(self, place: int) -> Expr | None:
        """Write one column as an expression; None for the intercept."""
        product: Expr | None = None
        for number, level in self.columns[place].parts:
            factor = self.factors[number]
            piece = factor.expr if level is None or factor.levels is None else _indicator(factor, level)
            product = piece if product is None else Arithmetic("*", product, piece)
        return product

    def fill(self, values: Sequence[Values], rows: int, lines: FloatArray | None = None) -> FloatArray:
        """Build the matrix.

        Parameters
        ----------
        values
            One evaluated column a factor.
        rows
            Number of rows m.
        lines
            ``(p, m)`` memory to write to, one line a column.

        Returns
        -------
        ndarray
            ``(m, p)`` in column-major order; rows with a missing factor hold zeros in its columns.
        """
        numbers = [factor_data(factor, value) for factor, value in zip(self.factors, values, strict=True)]
        lines = np.empty((len(self.columns), rows)) if lines is None else lines
        for place, column in enumerate(self.columns):
            target = lines[place]
            if not column.parts:
                target[:] = 1.0
            for number, (factor, level) in enumerate(column.parts):
                piece: npt.NDArray[Any] = numbers[factor] if level is None else numbers[factor] == level
                if number:
                    target *= piece
                else:
                    target[:] = piece
        return lines.T


def _indicator(factor: Factor, level: int) -> Expr:
    assert factor.levels is not None
    label = factor.levels[level]
    if not isinstance(label, int | float | str):
        raise FormulaError(f"The level {label!r} of '{factor.name}' is neither a number nor text.")
    return Compare("==", factor.expr, Literal(label))


def factor_data(factor: Factor, value: Values) -> npt.NDArray[np.generic]:
    """Return what a factor's columns are made of.

    Returns
    -------
    ndarray
        ``(n,)`` codes among the levels of a category, -1 where missing or unknown; numbers otherwise, 0 where missing.
    """
    if factor.levels is None:
        return value.data if value.valid is None else np.where(value.valid, value.data, 0)
    if value.categories is not None:
        codes = value.data
        if value.categories != factor.levels:
            place = {label: code for code, label in enumerate(factor.levels)}
            lookup = np.array([*(place.get(label, -1) for label in value.categories), -1], np.int64)
            codes = lookup[codes]
    else:
        levels = np.asarray(factor.levels, np.float64)
        codes = np.minimum(np.searchsorted(levels, value.data), len(levels) - 1)
        codes = np.where(levels[codes] == value.data, codes, -1)
    return codes if value.valid is None else np.where(value.valid, codes, -1)


def compile_formula(text: str, engine: Engine) -> DesignMatrix:
    """Compile ``"response ~ terms"``.

    Parameters
    ----------
    text
        Operators ``+ - * : / **`` on terms; ``offset(...)`` enters the linear predictor as it is; a factor is a column
        or an expression, ``C(column)`` makes a category of a number, ``I(...)``
        only groups. Categories have treatment contrasts with the first level as reference.
    engine
        Gives the kinds and levels of columns.

    Raises
    ------
    FormulaError
        If the text does not parse, or a factor is outside the expression language; the token is named.
    """
    given: object = text
    if not isinstance(given, str) or "~" not in given:
        raise FormulaError(f"{text!r} is not a formula.", remedy="Write for example 'sales ~ exporter + C(sector)'.")
    parsed = _parse(text)
    left = list(getattr(parsed, "lhs", ()))
    right = list(getattr(parsed, "rhs", parsed))
    if len(left) > 1 or (left and len(left[0].factors) != 1):
        raise FormulaError(f"{text!r} has more than one outcome.", remedy="Put one variable or expression left of '~'.")
    response = _factor(left[0].factors[0].expr, engine, text) if left else None
    return _expand(text, response, right, engine)


def compile_terms(text: str, engine: Engine) -> DesignMatrix:
    """Compile the right-hand side alone, as ``"~ x + C(z)"`` or ``"x + C(z)"``."""
    return compile_formula(text if "~" in text else f"~ {text}", engine)


@lru_cache(maxsize=256)
def _parse(text: str) -> Formula:
    if len(text) > _MAX_LENGTH:
        raise FormulaError(f"The formula is {len(text)} characters long; at most {_MAX_LENGTH} are read.")
    outside = _QUOTED.sub("quoted", text)
    _refuse_tokens(text, outside)
    try:
        return Formula(text)
    except (FormulaicError, SyntaxError, ValueError, AttributeError, TypeError, RecursionError) as error:
        reason = (
            re.sub(r"\x1b\[[0-9;]*m|[⧚⧛]", "", str(error)).splitlines()[0].split(" (<unknown>")[0]
            if str(error)
            else type(error).__name__
        )
        remedy = "Check operators and brackets."
        if _COMPARISON.search(outside):
            remedy = "A comparison stands inside I(...), as in  I(size == 'large')."
        raise FormulaError(f"{text!r} cannot be read: {reason.rstrip('.')}.", remedy=remedy) from None


def _refuse_tokens(text: str, outside: str) -> None:
    """Refuse what formulaic would accept and mean otherwise, in the text without its quoted parts."""
    if not outside.rpartition("~")[2].strip():
        raise FormulaError(f"{text!r} has no terms.", remedy="Name at least one variable, or 1 for the mean.")
    for token in "{|[":
        if token in outside:
            raise FormulaError(f"{token!r} is not allowed.", where=repr(text), remedy="Use + - * : / ** between terms.")
    if _DOT.search(outside):
        raise FormulaError("'.' is not allowed.", where=repr(text), remedy="Name the variables one by one.")
    power = _POWER.search(_outside_calls(outside))
    if power:
        raise FormulaError(
            f"{power.group(0)!r} raises one term to a power, which in a formula leaves the term as it is.",
            where=repr(text),
            remedy="Write I(x ** 2) for a square; (a + b) ** 2 crosses terms.",
        )


def _outside_calls(text: str) -> str:
    """Leave out what stands between the brackets of functions, where ``**`` is arithmetic."""
    kept, calls = "", [False]
    for place, character in enumerate(text):
        if character == ")" and len(calls) > 1:
            calls.pop()
        if not calls[-1]:
            kept += character
        if character == "(":
            calls.append(calls[-1] or bool(re.match(r"\w", text[place - 1 : place])))
    return kept


def _factor(text: str, engine: Engine, formula: str) -> Factor:
    category = _CATEGORY.match(text)
    inner = category.group(1) if category else text
    identity = _IDENTITY.match(inner)
    inner = identity.group(1) if identity else inner
    expr = _compile(inner, engine, formula)
    info = engine.describe(expr)
    if category or (info.categories is not None):
        if info.edges is not None and not category and not info.ordered:
            raise FormulaError(
                f"'{text}' holds bands.",
                where=repr(formula),
                remedy=f"Use mid({inner}) for numbers or C({inner}) for groups.",
            )
        levels = engine.levels(expr)
        if len(levels) > _MAX_COLUMNS:
            raise FormulaError(f"'{text}' has {len(levels)} levels.", where=repr(formula), remedy="Group them first.")
        return Factor(_bare(inner), expr, levels)
    return Factor(_bare(inner), expr)


def _bare(text: str) -> str:
    stripped = text.strip()
    return (
        stripped[1:-1] if stripped.startswith("`") and stripped.endswith("`") and stripped.count("`") == 2 else stripped
    )


def _compile(text: str, engine: Engine, formula: str) -> Expr:
    if text in engine.columns:
        return Column(text)
    try:
        expr = parse(text)
    except ExpressionError as error:
        raise FormulaError(error.what, where=repr(formula), remedy=error.remedy) from None
    for name in names(expr):
        if name not in engine.columns:
            raise ColumnError(name, engine.columns)
    return expr


def _expand(text: str, response: Factor | None, terms: Sequence[Term], engine: Engine) -> DesignMatrix:
    factors: dict[str, Factor] = {}
    model_terms: list[ModelTerm] = []
    offset: Expr | None = None
    for term in terms:
        shift = _OFFSET.match(term.factors[0].expr) if len(term.factors) == 1 else None
        if shift:
            expr = _compile(shift.group(1), engine, text)
            offset = expr if offset is None else Arithmetic("+", offset, expr)
            continue
        parts = []
        for factor in term.factors:
            if factor.expr == "1" and factor.eval_method.name == "LITERAL":
                continue
            if factor.eval_method.name == "LITERAL":
                raise FormulaError(
                    f"The number {factor.expr!r} is not a term.",
                    where=repr(text),
                    remedy="Write I(2 * x) for arithmetic.",
                )
            if factor.expr not in factors:
                factors[factor.expr] = _factor(factor.expr, engine, text)
            parts.append(factors[factor.expr])
        model_terms.append(ModelTerm(tuple(parts)))
    ordered = tuple(factors.values())
    columns = _columns(model_terms, ordered)
    if not columns:
        raise FormulaError(f"{text!r} has no terms.", remedy="Name at least one variable, or 1 for the mean.")
    if any(isinstance(factor.expr, Literal) for factor in (*ordered, *([] if response is None else [response]))):
        raise FormulaError("A constant is not a variable.", where=repr(text))
    return DesignMatrix(text, response, tuple(model_terms), ordered, columns, offset)


def _columns(terms: Sequence[ModelTerm], factors: tuple[Factor, ...]) -> tuple[MatrixColumn, ...]:
    present = {frozenset(factors.index(factor) for factor in term.factors) for term in terms}
    columns: list[MatrixColumn] = []
    constant = frozenset() in present
    for number, term in enumerate(terms):
        expanded: list[tuple[str, tuple[tuple[int, int | None], ...]]] = [("", ())]
        for factor in term.factors:
            # A category loses its reference level where the term without it is in the model: else the columns would be
            # dependent. Without an intercept the first category alone keeps all its levels, which add to a constant.
            rest = frozenset(factors.index(other) for other in term.factors if other is not factor)
            reduced = rest in present or (not rest and constant)
            expanded = [
                (f"{name}:{label}" if name else label, (*parts, (factors.index(factor), level)))
                for label, level in _factor_columns(factor, reduced=reduced)
                for name, parts in expanded
            ]
            if len(expanded) > _MAX_COLUMNS:
                raise FormulaError(
                    f"The term '{term.name}' makes more than {_MAX_COLUMNS} columns.", remedy="Group its levels first."
                )
        constant = constant or (len(term.factors) == 1 and term.factors[0].levels is not None)
        columns += [MatrixColumn(name or "Intercept", parts, number) for name, parts in expanded]
    return tuple(columns)


def _factor_columns(factor: Factor, *, reduced: bool) -> list[tuple[str, int | None]]:
    if factor.levels is None:
        return [(factor.name, None)]
    every: list[tuple[str, int | None]] = [
        (f"{factor.name}[{level}]", code) for code, level in enumerate(factor.levels)
    ]
    return every[int(reduced) :]
