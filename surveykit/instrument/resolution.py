"""From the names an author writes to the columns of the data.

``selected(U1, 7)`` becomes a comparison of column ``U1_07``, ``mid(X2)`` a look-up of band middles,
``shown(Q)`` a question about routing. What remains are plain names that a frame can answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from surveykit.errors import ExpressionError, did_you_mean, listing
from surveykit.expressions import Boolean, Call, Column, Compare, Expr, Literal, expand_choices, transform, walk
from surveykit.instrument.columns import choice_groups
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Question

__all__ = ["edge_name", "is_condition", "item_name", "questions_of", "resolve", "shown_name"]

_EDGES: Final = ("mid", "lo", "hi")
_CONDITIONS: Final = frozenset({"any", "selected", "shown", "missing"})


def edge_name(edge: str, column: str) -> str:
    """Name under which a band edge is asked for; no column can be called that."""
    return f"{edge}({column})"


def item_name(column: str) -> str:
    """Name under which a grid row or loop item is asked for, with "not applicable" as a plain code."""
    return f"item({column})"


def shown_name(question: str) -> str:
    """Name under which it is asked whether a question was shown."""
    return f"shown({question})"


def is_condition(expr: Expr) -> bool:
    """Whether an expression is true or false, as opposed to a number.

    Examples
    --------
    >>> from surveykit.expressions import parse
    >>> is_condition(parse("X2 > 0")), is_condition(parse("count(U1)"))
    (True, False)
    """
    return (
        type(expr).__name__ in ("Compare", "Boolean", "Not", "Membership")
        or (isinstance(expr, Call) and expr.function in _CONDITIONS)
        or (isinstance(expr, Literal) and isinstance(expr.value, bool))
    )


def resolve(expr: Expr, instrument: Instrument) -> Expr:
    """Rewrite an expression so that every name is a column, a constant, a derived variable or an edge.

    Raises
    ------
    ExpressionError
        A name that is not in the instrument, or a question used as what it is not.
    """
    questions = {question.id: question for question in instrument.questions}
    groups = choice_groups(instrument.questions, instrument.columns)

    def rewrite(node: Expr) -> Expr:
        if not isinstance(node, Call) or not isinstance(node.arguments[0], Column):
            return node
        name = node.arguments[0].name
        if node.function in ("any", "count", "selected"):
            question = questions.get(name)
            if question is None:
                raise ExpressionError(f"'{name}' is not a question.", remedy=did_you_mean(name, questions))
            if question.type in ("grid", "loop"):
                return _over_items(node, question, instrument)
            return expand_choices(node, groups)
        if node.function == "shown":
            if name not in questions:
                raise ExpressionError(f"'{name}' is not a question.", remedy=did_you_mean(name, questions))
            return Column(shown_name(name))
        if node.function in _EDGES:
            return _edge(node.function, name, instrument)
        if node.function == "missing" and name in groups:
            return Call("missing", (Column(groups[name].counted[0]),))
        return node

    resolved = transform(expr, rewrite)
    known = _known_names(instrument)
    return transform(resolved, lambda node: _plain(node, known, questions))


def _over_items(node: Call, question: Question, instrument: Instrument) -> Expr:
    """Write ``selected`` and ``any`` out over all rows or items of a grid or loop."""
    columns = [column for column in instrument.columns.of(question.id) if not column.write_in]
    if node.function == "count":
        raise ExpressionError(
            f"count({question.id}) has no single meaning for a {question.type}.",
            remedy="Count the question it loops over, or add up conditions such as  (V4_1 >= 4) + (V4_2 >= 4).",
        )
    if node.function == "any":
        ticks = [column for column in columns if column.option not in question.exclusive_codes]
        return _one_of([_is(column.name, 1) for column in ticks if column.kind == "indicator"], f"any({question.id})")
    wanted = node.arguments[1]
    code = wanted.value if isinstance(wanted, Literal) else None
    codes = [option.code for option in question.options]
    if code not in codes:
        raise ExpressionError(
            f"selected({question.id}, {code!r}): '{question.id}' has no such option.",
            remedy=f"Options: {listing(codes, limit=40)}.",
        )
    if question.answer == "multi":
        hits = [_is(column.name, 1) for column in columns if column.option == code]
    else:
        hits = [_is(column.name, code) for column in columns]
    return _one_of(hits, f"selected({question.id}, {code})")


def _is(column: str, code: float | str | bool | None) -> Compare:
    """Item holds a code; an item that does not apply (a service that is not used) does not hold it."""
    return Compare("==", Column(item_name(column)), Literal(code if code is not None else 0))


def _one_of(conditions: list[Compare], what: str) -> Expr:
    if not conditions:
        raise ExpressionError(f"{what} can never hold: there is nothing to select.", remedy="Check the type.")
    return conditions[0] if len(conditions) == 1 else Boolean("or", tuple(conditions))


def _edge(edge: str, name: str, instrument: Instrument) -> Expr:
    if name not in instrument.columns:
        raise ExpressionError(f"'{name}' is not a column.", remedy=did_you_mean(name, instrument.columns.names))
    column = instrument.columns[name]
    if column.kind != "band":
        raise ExpressionError(
            f"{edge}({name}) asks for a band, and '{name}' is of kind {column.kind}.",
            remedy="Only band questions have edges.",
        )
    return Column(edge_name(edge, column.name))


def _known_names(instrument: Instrument) -> Mapping[str, str]:
    """Every plain name with the name it stands for."""
    known = {name: name for name in (*instrument.constants, *(derived.id for derived in instrument.derived))}
    for column in instrument.columns:
        known[column.name] = column.name
        known[item_name(column.name)] = item_name(column.name)
        if column.kind == "band":
            known.update({edge_name(edge, column.name): edge_name(edge, column.name) for edge in _EDGES})
    known.update({shown_name(question.id): shown_name(question.id) for question in instrument.questions})
    return known


def _plain(node: Expr, known: Mapping[str, str], questions: Mapping[str, Question]) -> Expr:
    if not isinstance(node, Column) or node.name in known:
        return node
    question = questions.get(node.name)
    if question is not None:
        raise ExpressionError(
            f"'{node.name}' is a {question.type} question and has no single value.",
            remedy=f"Use selected({node.name}, code) or one of its columns.",
        )
    unpadded = {name.replace("_0", "_"): name for name in known}
    if node.name in unpadded:
        return Column(unpadded[node.name])
    hint = did_you_mean(node.name, [*known, *questions])
    raise ExpressionError(f"'{node.name}' is not in the instrument.", remedy=hint)


def questions_of(expr: Expr, instrument: Instrument) -> dict[str, None]:
    """Ids of the questions an expression looks at, in order, derived variables followed through."""
    found: dict[str, None] = {}
    questions = {question.id for question in instrument.questions}
    derived = {variable.id: variable for variable in instrument.derived}
    pending, seen = [expr], set[str]()
    while pending:
        for node in walk(pending.pop(0)):
            if not isinstance(node, Column) or node.name in seen:
                continue
            seen.add(node.name)
            if node.name in questions:
                found[node.name] = None
            elif node.name in instrument.columns:
                found[instrument.columns[node.name].question] = None
            elif node.name in derived:
                variable = derived[node.name]
                pending.extend([*([variable.value] if variable.value else []), *(case.when for case in variable.cases)])
    return found
