"""Multi-select questions inside expressions: ``any``, ``count`` and ``selected`` become plain comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surveykit.errors import ExpressionError, listing
from surveykit.expressions.nodes import Arithmetic, Boolean, Call, Choose, Column, Compare, Expr, Literal, transform

__all__ = ["ChoiceColumns", "expand_choices"]


@dataclass(frozen=True)
class ChoiceColumns:
    """The indicator columns (1 ticked, 0 not) of one multi-select question.

    Parameters
    ----------
    columns
        Option code to column name, as ``{7: "U1_07"}``.
    exclusive
        Codes such as "none" and "don't know" that ``any`` and ``count`` leave out.
    """

    columns: Mapping[int | str, str]
    exclusive: frozenset[int | str] = field(default_factory=frozenset)

    @property
    def counted(self) -> tuple[str, ...]:
        """Names of the columns that ``any`` and ``count`` look at."""
        return tuple(name for code, name in self.columns.items() if code not in self.exclusive)


def expand_choices(expr: Expr, groups: Mapping[str, ChoiceColumns]) -> Expr:
    """Rewrite ``any(Q)``, ``count(Q)`` and ``selected(Q, code)`` as comparisons of Q's indicator columns.

    Parameters
    ----------
    expr
        A parsed expression.
    groups
        Question name to its columns.

    Raises
    ------
    ExpressionError
        If the question is not a multi-select or the code is not one of its options.

    Examples
    --------
    >>> from surveykit.expressions import parse
    >>> expand_choices(parse("selected(U1, 7)"), {"U1": ChoiceColumns({7: "U1_07"})})
    Compare(operator='==', left=Column(name='U1_07'), right=Literal(value=1))
    """

    def rewrite(node: Expr) -> Expr:
        if not isinstance(node, Call) or node.function not in ("any", "count", "selected"):
            return node
        question = node.arguments[0]
        if not isinstance(question, Column) or question.name not in groups:
            shown = question.name if isinstance(question, Column) else "an expression"
            raise ExpressionError(
                f"{node.function}() asks for a multi-select question, and {shown!r} is none.",
                remedy=f"Multi-select questions: {listing(groups)}."
                if groups
                else "The data have no multi-select question.",
            )
        group = groups[question.name]
        if node.function == "selected":
            return _is_ticked(group.columns[_option(node, question.name, group)])
        ticked = [_is_ticked(name) for name in group.counted]
        return _any(ticked) if node.function == "any" else _count(ticked)

    return transform(expr, rewrite)


def _is_ticked(name: str) -> Expr:
    return Compare("==", Column(name), Literal(1))


def _any(ticked: list[Expr]) -> Expr:
    return Boolean("or", tuple(ticked)) if len(ticked) > 1 else ticked[0]


def _count(ticked: list[Expr]) -> Expr:
    total: Expr = Choose(ticked[0], Literal(1), Literal(0))
    for condition in ticked[1:]:
        total = Arithmetic("+", total, Choose(condition, Literal(1), Literal(0)))
    return total


def _option(node: Call, question: str, group: ChoiceColumns) -> int | str:
    option = node.arguments[1]
    value = option.value if isinstance(option, Literal) else None
    if not isinstance(value, int | str) or value not in group.columns:
        raise ExpressionError(
            f"selected({question}, {value!r}): {question!r} has no such option.",
            remedy=f"Options: {listing(group.columns, limit=40)}.",
        )
    return value
