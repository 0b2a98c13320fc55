"""Expressions: known names, declared codes, conditions where conditions belong, and nothing that comes later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surveykit.errors import ExpressionError, listing
from surveykit.expressions import Arithmetic, Call, Compare, Expr, Literal, Membership, Negate, names, walk
from surveykit.expressions import Column as Name
from surveykit.instrument.answers import Answers
from surveykit.instrument.columns import Column
from surveykit.instrument.loading import Place
from surveykit.instrument.model import Instrument
from surveykit.instrument.resolution import is_condition, questions_of, resolve
from surveykit.instrument.validation.notebook import Notebook

__all__ = ["check_expressions"]

_ORDERINGS = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class _Use:
    """One expression where it stands.

    `before` is the position of the question that it must not look beyond (None: it may look at all), and
    `own` lets it look at that question itself.
    """

    place: Place
    owner: str
    expr: Expr
    condition: bool = True
    before: int | None = None
    own: bool = False


def check_expressions(notebook: Notebook) -> None:
    """Report unknown names and codes, arithmetic on codes, routing on later questions, and cycles."""
    instrument = notebook.instrument
    blank = None if _check_cycles(notebook) else _one_blank_row(instrument)
    for use in _uses(instrument):
        try:
            resolved = resolve(use.expr, instrument)
        except ExpressionError as error:
            notebook.error(use.place, "expression", f"{use.owner}: {error.what}", error.remedy or "")
            continue
        if use.condition and not is_condition(use.expr):
            notebook.error(
                use.place,
                "condition",
                f"{use.owner} is a number, not a condition.",
                "Compare it, as in  count(U1) > 0.",
            )
        _check_codes(notebook, use, resolved)
        _check_arithmetic(notebook, use, resolved)
        if use.before is not None:
            _check_order(notebook, use)
        if blank is not None:
            _check_types(notebook, use, blank)


def _uses(instrument: Instrument) -> Iterator[_Use]:
    first_of: dict[str | None, int] = {}
    for index, question in enumerate(instrument.questions):
        first_of.setdefault(question.module, index)
        place: Place = ("questions", index)
        what = f"of '{question.id}'"
        for key, expr in (("ask_if", question.ask_if), ("administer_if", question.administer_if)):
            if expr is not None:
                yield _Use((*place, key), f"{key} {what}", expr, before=index)
        for number, otherwise in enumerate(question.otherwise):
            if otherwise.when is not None:
                yield _Use((*place, "else", number, "when"), f"else {what}", otherwise.when, before=index)
        for key, expr in (("check", question.check), ("fail_if", question.fail_if)):
            if expr is not None:
                yield _Use((*place, key), f"{key} {what}", expr, before=index, own=True)
    for index, module in enumerate(instrument.modules):
        if module.ask_if is not None:
            before = first_of.get(module.id, len(instrument.questions))
            yield _Use(("modules", index, "ask_if"), f"ask_if of module '{module.id}'", module.ask_if, before=before)
    for index, check in enumerate(instrument.checks):
        yield _Use(("checks", index, "when"), f"when of check '{check.id}'", check.when)
        yield _Use(("checks", index, "require"), f"require of check '{check.id}'", check.require)
    for index, derived in enumerate(instrument.derived):
        what = f"of derived variable '{derived.id}'"
        if derived.value is not None:
            yield _Use(("derived", index, "value"), f"value {what}", derived.value, condition=False)
        for number, case in enumerate(derived.cases):
            yield _Use(("derived", index, "cases", number, "when"), f"case {case.code} {what}", case.when)


def _one_blank_row(instrument: Instrument) -> Answers:
    """A respondent who answered nothing, on whom every expression must at least be computable."""
    data = {
        column.name: np.full(1, np.nan) if column.kind not in ("text", "date") else np.array([None], dtype="object")
        for column in instrument.columns
    }
    return Answers(instrument, data, 1, {question.id: np.ones(1, np.bool_) for question in instrument.questions})


def _check_types(notebook: Notebook, use: _Use, blank: Answers) -> None:
    try:
        blank.value(use.expr)
    except ExpressionError as error:
        if not any(finding.rule == "expression" and use.owner in finding.message for finding in notebook.findings):
            notebook.error(use.place, "expression", f"{use.owner}: {error.what}", error.remedy or "")


def _check_cycles(notebook: Notebook) -> bool:
    """Report derived variables that rest on themselves or on nothing."""
    instrument = notebook.instrument
    graph: dict[str, list[str]] = {}
    for index, derived in enumerate(instrument.derived):
        parts = [*([derived.value] if derived.value else []), *(case.when for case in derived.cases)]
        graph[derived.id] = [name for part in parts for name in names(part)]
        if bool(derived.cases) == (derived.value is not None) and "value" not in derived.texts:
            notebook.error(
                ("derived", index), "derived", f"Derived variable '{derived.id}' has neither value nor cases.",
                "Give one of them.",
            )  # fmt: skip
        elif derived.cases and "value" in derived.texts:
            notebook.error(
                ("derived", index), "derived", f"Derived variable '{derived.id}' has both value and cases.",
                "Give one of them.",
            )  # fmt: skip
    found = False
    for index, derived in enumerate(instrument.derived):
        path = _path_back(derived.id, graph)
        if path:
            found = True
            notebook.error(
                ("derived", index), "cycle", f"Derived variable '{derived.id}' rests on itself: {' -> '.join(path)}.",
                "Compute it from answers.",
            )  # fmt: skip
    return found


def _path_back(start: str, graph: dict[str, list[str]]) -> list[str] | None:
    pending: list[list[str]] = [[start]]
    seen: set[str] = set()
    while pending:
        path = pending.pop()
        for name in graph.get(path[-1], ()):
            if name == start:
                return [*path, name]
            if name in graph and name not in seen:
                seen.add(name)
                pending.append([*path, name])
    return None


def _columns_in(expr: Expr, instrument: Instrument) -> list[Column]:
    """Columns that an operand stands for directly; edges of bands are numbers and do not count."""
    if not isinstance(expr, Name):
        return []
    name = expr.name.removeprefix("item(").removesuffix(")") if expr.name.startswith("item(") else expr.name
    return [instrument.columns[name]] if name in instrument.columns else []


def _check_codes(notebook: Notebook, use: _Use, resolved: Expr) -> None:
    """Every code that is compared with must be one that the column can hold."""
    for node in walk(resolved):
        pairs: list[tuple[Expr, Expr, str]] = []
        if isinstance(node, Compare):
            pairs = [(node.left, node.right, node.operator), (node.right, node.left, node.operator)]
        elif isinstance(node, Membership):
            pairs = [(node.operand, option, "==") for option in node.options]
        for operand, other, operator in pairs:
            for column in _columns_in(operand, notebook.instrument):
                if isinstance(other, Literal):
                    _check_code(notebook, use, column, other.value, operator)


def _check_code(notebook: Notebook, use: _Use, column: Column, value: float | str | bool, operator: str) -> None:
    if column.kind in ("text", "date"):
        return
    if isinstance(value, str):
        notebook.error(
            use.place, "undefined-code", f"{use.owner} compares '{column.name}' with the text {value!r}.",
            "Compare it with a code.",
        )  # fmt: skip
    elif value in notebook.instrument.missing and column.kind != "number":
        notebook.error(
            use.place, "missing-code", f"{use.owner} compares '{column.name}' with the missing code {value:g}.",
            f"A missing answer equals nothing; ask missing({column.name}).",
        )  # fmt: skip
    elif column.coded and value not in column.values and operator not in _ORDERINGS:
        notebook.error(
            use.place, "undefined-code", f"{use.owner} names code {value:g}, which '{column.name}' does not have.",
            f"Its codes: {listing(sorted(column.values), limit=30)}.",
        )  # fmt: skip
    elif column.coded and column.values and not min(column.values) <= value <= max(column.values):
        notebook.error(
            use.place, "undefined-code", f"{use.owner} compares '{column.name}' with {value:g}, outside its codes.",
            f"Its codes: {listing(sorted(column.values), limit=30)}.",
        )  # fmt: skip


def _check_arithmetic(notebook: Notebook, use: _Use, resolved: Expr) -> None:
    """Codes are not numbers."""
    for node in walk(resolved):
        operands: list[Expr] = [node.left, node.right] if isinstance(node, Arithmetic) else []
        operands += [node.operand] if isinstance(node, Negate) else []
        operands += node.arguments if isinstance(node, Call) and node.function != "missing" else []
        for operand in operands:
            for column in _columns_in(operand, notebook.instrument):
                if column.kind not in ("band", "single", "ordered"):
                    continue
                question = notebook.instrument.question(column.question)
                if column.kind == "ordered" and question.unit == "points":
                    continue
                remedy = (
                    f"Use mid({column.name})."
                    if column.kind == "band"
                    else ("Compare it with codes; a rating whose codes are points declares unit: points.")
                )
                notebook.error(
                    use.place, "code-arithmetic", f"{use.owner} calculates with the codes of '{column.name}'.", remedy
                )


def _check_order(notebook: Notebook, use: _Use) -> None:
    """Routing may look only at what has been asked before."""
    instrument = notebook.instrument
    position = {question.id: index for index, question in enumerate(instrument.questions)}
    assert use.before is not None
    limit = use.before + (1 if use.own else 0)
    for identifier in questions_of(use.expr, instrument):
        if position[identifier] < limit or instrument.question(identifier).type == "hidden":
            continue
        itself = position[identifier] == use.before and not use.own
        notebook.error(
            use.place, "cycle" if itself else "later-question",
            f"{use.owner} looks at '{identifier}', which is {'the question itself' if itself else 'asked later'}.",
            "Move the question, or ask about an earlier one.",
        )  # fmt: skip
