"""Expressions for form software, which knows two truth values where answers need three.

A form engine takes an unanswered question for empty text, so that ``X2 != 0`` would hold for somebody who
was never asked. Here every condition is written out as "known to hold" or "known not to hold", with a guard
on each answer it rests on; that is the logic of :mod:`surveykit.instrument.routing`, in text. A subclass
says how one product writes comparisons, ticks and numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from surveykit.errors import ExpressionError
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
from surveykit.instrument.columns import Column
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Question
from surveykit.instrument.resolution import is_condition

__all__ = ["LogicWriter"]

_INVERSE: Final = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class LogicWriter(ABC):
    """Writes conditions of an instrument as text that is true exactly where the condition is known to hold.

    Parameters
    ----------
    instrument
        Whose names the expressions use.
    own
        Column that is being answered, where the product has a name for it (``.`` in XLSForm).
    """

    def __init__(self, instrument: Instrument, own: str | None = None) -> None:
        self.instrument = instrument
        self.own = own
        self.questions = {question.id: question for question in instrument.questions}
        self.derived = {derived.id: derived for derived in instrument.derived}

    # What a product decides

    @abstractmethod
    def both(self, parts: Sequence[str]) -> str:
        """All of the parts hold."""

    @abstractmethod
    def either(self, parts: Sequence[str]) -> str:
        """One of the parts holds."""

    @abstractmethod
    def compared(self, left: str, operator: str, right: str) -> str:
        """Two numbers compared; operator as in Python."""

    @abstractmethod
    def answer(self, column: Column) -> str:
        """Value of a column as a number."""

    @abstractmethod
    def filled(self, column: Column) -> str:
        """The column holds anything at all."""

    @abstractmethod
    def empty(self, column: Column) -> str:
        """The column holds nothing."""

    @abstractmethod
    def ticked(self, stem: str, code: int) -> str:
        """An option of a multi-select is ticked; `stem` is the name of the field."""

    @abstractmethod
    def unticked(self, stem: str, code: int) -> str:
        """An option of a multi-select is not ticked."""

    @abstractmethod
    def ticks(self, stem: str) -> str:
        """Number of boxes ticked, exclusive ones included."""

    @abstractmethod
    def number(self, value: float) -> str:
        """A number."""

    @abstractmethod
    def truth(self, value: bool) -> str:
        """A constant truth value."""

    @abstractmethod
    def choose(self, condition: str, then: str, otherwise: str) -> str:
        """One of two numbers."""

    @abstractmethod
    def calculated(self, operator: str, left: str, right: str) -> str:
        """Arithmetic; operator as in Python."""

    @abstractmethod
    def function(self, name: str, arguments: Sequence[str]) -> str:
        """A function of numbers."""

    @abstractmethod
    def text_equal(self, column: Column, text: str, equal: bool) -> str:
        """A text column equals, or differs from, a text."""

    # The three-valued logic

    def holds(self, expr: Expr) -> str:
        """Text that is true where a condition is known to hold."""
        return self._known(expr, True)

    def fails(self, expr: Expr) -> str:
        """Text that is true where a condition is known not to hold."""
        return self._known(expr, False)

    def shown(self, question: Question, wanted: bool = True) -> str:
        """Text that is true where a question is known to be asked (or not)."""
        module = self.instrument.module(question.module)
        conditions = [question.administer_if, module.ask_if if module else None, question.ask_if]
        parts = [self._known(condition, wanted) for condition in conditions if condition is not None]
        if not parts:
            return self.truth(wanted)
        return self.both(parts) if wanted else self.either(parts)

    def going_on(self, question: Question, *, within_module: bool | None = None) -> str:
        """Text that is true while no earlier answer has ended the interview.

        `within_module` limits it to answers of the question's own module (True) or of earlier ones (False).
        """
        parts: list[str] = []
        for other in self.instrument.questions:
            if other.id == question.id:
                break
            if within_module is not None and (other.module == question.module) != within_module:
                continue
            ends = [option.code for option in other.options if option.end is not None]
            if other.type == "single":
                column = self._column(other.id)
                parts += [self.compared(self.answer(column), "!=", self.number(code)) for code in ends]
        return self.both(parts)

    def _known(self, expr: Expr, wanted: bool) -> str:
        match expr:
            case Literal(value):
                return self.truth(bool(value) == wanted)
            case Not(operand):
                return self._known(operand, not wanted)
            case Boolean(operator, operands):
                parts = [self._known(operand, wanted) for operand in operands]
                return self.both(parts) if (operator == "and") == wanted else self.either(parts)
            case Compare(operator, left, right):
                return self._comparison(operator if wanted else _INVERSE[operator], left, right)
            case Membership(operand, options, negated):
                parts = [self._known(Compare("==", operand, option), wanted != negated) for option in options]
                return self.either(parts) if wanted != negated else self.both(parts)
            case Choose(condition, then, otherwise):
                first = self.both([self._known(condition, True), self._known(then, wanted)])
                return self.either([first, self.both([self._known(condition, False), self._known(otherwise, wanted)])])
            case Call(function, arguments) if function in ("any", "selected", "shown", "missing"):
                return self._call(function, arguments, wanted)
            case Name(name) if name in self.derived:
                return self._known(self._derived(name), wanted)
            case _:
                return self._comparison("!=" if wanted else "==", expr, Literal(0))

    def _derived(self, name: str) -> Expr:
        value = self.derived[name].value
        if value is None:
            raise self._unwritable(f"derived variable '{name}', which has cases")
        return value

    def _unwritable(self, what: str) -> ExpressionError:
        return ExpressionError(
            f"A form cannot compute {what}.", remedy="Route on the answers themselves, or leave it to a check."
        )

    def _comparison(self, operator: str, left: Expr, right: Expr) -> str:
        for side, other in ((left, right), (right, left)):
            if isinstance(other, Literal) and isinstance(other.value, str) and isinstance(side, Name):
                column = self._column(side.name)
                return self.both([self.filled(column), self.text_equal(column, other.value, operator == "==")])
        guards = [*self._guards(left), *self._guards(right)]
        return self.both([*dict.fromkeys(guards), self.compared(self._value(left), operator, self._value(right))])

    def _call(self, function: str, arguments: tuple[Expr, ...], wanted: bool) -> str:
        target = arguments[0]
        name = target.name if isinstance(target, Name) else ""
        if function == "shown":
            return self.shown(self.questions[name], wanted)
        question = self.questions.get(name)
        if function == "missing" and not (question is not None and question.answer == "multi"):
            valid = self.both(self._guards(target))
            return self._blank(target) if wanted else valid
        if question is None or question.answer != "multi" or question.type == "loop":
            return self._over_rows(function, name, arguments, wanted)
        if function == "missing":
            return self._answered(question, not wanted)
        if function == "selected":
            code = self._code(arguments)
            if wanted:
                return self.ticked(question.id, code)
            return self.both([self._answered(question, True), self.unticked(question.id, code)])
        counted = self._count(question)
        return self.both(
            [self._answered(question, True), self.compared(counted, ">" if wanted else "==", self.number(0))]
        )

    def _over_rows(self, function: str, name: str, arguments: tuple[Expr, ...], wanted: bool) -> str:
        """``selected`` over the rows of a grid; loops are asked after everything that could route on them."""
        question = self.questions.get(name)
        if question is None or question.type != "grid" or function != "selected":
            raise self._unwritable(f"{function}({name})")
        code = Literal(self._code(arguments))
        rows = [Compare("==", Name(column.name), code) for column in self.instrument.columns.of(name)]
        return self._known(rows[0] if len(rows) == 1 else Boolean("or", tuple(rows)), wanted)

    @staticmethod
    def _code(arguments: tuple[Expr, ...]) -> int:
        wanted = arguments[1]
        return int(wanted.value) if isinstance(wanted, Literal) else 0

    def _answered(self, question: Question, wanted: bool) -> str:
        """A multi-select has a box ticked, or stands at a known zero because its ``else`` says so."""
        ticks = self.ticks(question.id)
        some = self.compared(ticks, ">" if wanted else "==", self.number(0))
        if not question.otherwise:
            return some
        passed = self.shown(question, False)
        return self.either([some, passed]) if wanted else self.both([some, self.shown(question, True)])

    def _count(self, question: Question) -> str:
        total = self.ticks(question.id)
        for code in sorted(question.exclusive_codes):
            one = self.choose(self.ticked(question.id, code), self.number(1), self.number(0))
            total = self.calculated("-", total, one)
        return total

    def _column(self, name: str) -> Column:
        return self.instrument.columns[name]

    def _else_codes(self, column: Column) -> list[tuple[str, float]]:
        """Conditions under which a blank stands for a code, with the code, from ``else`` and ``default``."""
        question = self.questions[column.question]
        if question.default is not None:
            return [(self.empty(column), float(question.default))]
        if not question.otherwise or question.answer == "multi":
            return []
        passed = self.shown(question, False)
        return [
            (passed if case.when is None else self.both([passed, self.holds(case.when)]), float(case.code))
            for case in question.otherwise
        ]

    def _guards(self, expr: Expr) -> list[str]:
        """Conditions under which a number is known."""
        match expr:
            case Literal():
                return []
            case Name(name):
                return self._name_guards(name)
            case Arithmetic("/", left, right):
                divisor = self.compared(self._value(right), "!=", self.number(0))
                return [*self._guards(left), *self._guards(right), divisor]
            case Call("count", (Name(name), *_)):
                return [self._answered(self.questions[name], True)]
            case Call("mid" | "lo" | "hi" as edge, (Name(name), *_)):
                return [*self._name_guards(name), self._has_edge(edge, self._column(name))]
            case Negate(operand):
                return self._guards(operand)
            case Arithmetic(_, left, right):
                return [*self._guards(left), *self._guards(right)]
            case Call(_, arguments):
                return [guard for argument in arguments for guard in self._guards(argument)]
            case _ if is_condition(expr):
                return [self.either([self.holds(expr), self.fails(expr)])]
            case _:
                raise self._unwritable("this expression")

    def _name_guards(self, name: str) -> list[str]:
        if name in self.instrument.constants:
            return []
        if name in self.derived:
            return self._guards(self._derived(name))
        column = self._column(name)
        if column.kind == "indicator":
            return [self._answered(self.questions[column.question], True)]
        valid = self.both([self.filled(column), *self._not_missing(column)])
        stands_for = [condition for condition, _ in self._else_codes(column)]
        return [self.either([valid, *stands_for])] if stands_for else [valid]

    def _not_missing(self, column: Column) -> list[str]:
        """An answer button such as "don't know" is an answer to the form and missing to us."""
        if column.kind in ("text", "date") or not column.offered:
            return []
        return [self.compared(self.answer(column), "!=", self.number(code)) for code in column.offered]

    def _blank(self, target: Expr) -> str:
        """A number or code is known to be missing."""
        if not isinstance(target, Name):
            raise self._unwritable("missing() of a calculation")
        column = self._column(target.name)
        parts = [self.empty(column)]
        parts += [self.compared(self.answer(column), "==", self.number(code)) for code in column.offered]
        gone = self.either(parts)
        kept = [self._negated_else(column)] if self._else_codes(column) else []
        return self.both([gone, *kept])

    def _negated_else(self, column: Column) -> str:
        question = self.questions[column.question]
        if question.default is not None:
            return self.truth(False)
        if any(case.when is not None for case in question.otherwise):
            raise self._unwritable(f"missing({column.name}) with conditions under else")
        return self.shown(question, True)

    def _has_edge(self, edge: str, column: Column) -> str:
        known = [code for code, band in column.bands.items() if getattr(band, edge) is not None]
        if len(known) == len(column.bands):
            return self.truth(True)
        value = self._value(Name(column.name))
        return self.either([self.compared(value, "==", self.number(code)) for code in known])

    def _value(self, expr: Expr) -> str:
        """A number, where its guards hold."""
        match expr:
            case Literal(value):
                return self.number(float(value))
            case Name(name) if name in self.instrument.constants:
                return self.number(float(self.instrument.constants[name]))
            case Name(name) if name in self.derived:
                return self._value(self._derived(name))
            case Name(name):
                return self._column_value(self._column(name))
            case Negate(operand):
                return self.calculated("-", self.number(0), self._value(operand))
            case Arithmetic(operator, left, right):
                return self.calculated(operator, self._value(left), self._value(right))
            case Call("count", (Name(name), *_)):
                return self._count(self.questions[name])
            case Call("mid" | "lo" | "hi" as edge, (Name(name), *_)):
                return self._edge(edge, self._column(name))
            case Call(function, arguments) if not is_condition(expr):
                return self.function(function, [self._value(argument) for argument in arguments])
            case _ if is_condition(expr):
                return self.choose(self.holds(expr), self.number(1), self.number(0))
            case _:
                raise self._unwritable("this expression")

    def _column_value(self, column: Column) -> str:
        if column.kind == "indicator":
            question = self.questions[column.question]
            tick = self.ticked(question.id, column.option or 0)
            return self.choose(tick, self.number(1), self.number(0))
        value = self.answer(column)
        for condition, code in reversed(self._else_codes(column)):
            value = self.choose(self.both([self.empty(column), condition]), self.number(code), value)
        return value

    def _edge(self, edge: str, column: Column) -> str:
        value = self._column_value(column)
        text = self.number(0)
        for code, band in column.bands.items():
            bound = getattr(band, edge)
            if bound is not None:
                text = self.choose(self.compared(value, "==", self.number(code)), self.number(bound), text)
        return text
