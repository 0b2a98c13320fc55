"""SurveyJS: the questionnaire as JSON for the open-source form library of that name.

Loops are written out, one question an item that shows when the item was chosen; a grid is a matrix whose
rows carry the column names of the data. What a form cannot do (draw six items at random) is said in a note.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from surveykit.errors import ExpressionError
from surveykit.expressions import Expr
from surveykit.instrument.columns import Column, item_column
from surveykit.instrument.logic import LogicWriter
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Label, Option, Question

__all__ = ["to_surveyjs", "to_surveyjs_expression", "write_surveyjs"]

_OPERATORS: Final = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NONE: Final = "1 = 2"
_ALL: Final = "1 = 1"


def to_surveyjs_expression(expr: Expr, instrument: Instrument) -> str:
    """Write a condition in the expression language of SurveyJS, true where it is known to hold."""
    return _SurveyJsWriter(instrument).holds(expr)


def to_surveyjs(instrument: Instrument) -> dict[str, Any]:
    """Write an instrument as a SurveyJS survey.

    Returns
    -------
    dict
        JSON with one page a module, texts by language, ``visibleIf`` for routing and validators for checks.

    Raises
    ------
    ExpressionError
        Routing that a form cannot compute.
    """
    pages: list[dict[str, Any]] = []
    writer = _SurveyJsWriter(instrument)
    current: str | None = ""
    for question in instrument.questions:
        if question.type == "hidden":
            continue
        if question.module != current:
            current = question.module
            pages.append(_page(instrument, writer, question))
        pages[-1]["elements"].extend(_elements(instrument, writer, question))
    return {
        "title": _texts(instrument.title, instrument.fielded),
        "locale": instrument.fielded,
        "showQuestionNumbers": "off",
        "checkErrorsMode": "onValueChanged",
        "clearInvisibleValues": "onHidden",
        "pages": pages,
    }


def write_surveyjs(instrument: Instrument, path: str | Path) -> Path:
    """Write :func:`to_surveyjs` to a JSON file and return its path."""
    path = Path(path)
    path.write_text(json.dumps(to_surveyjs(instrument), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


class _SurveyJsWriter(LogicWriter):
    """The dialect of SurveyJS: ``{X1}``, ``contains``, ``notempty``, ``iif()``."""

    def reference(self, column: Column) -> str:
        """Name of a field; a row of a grid lies within its matrix."""
        question = self.questions[column.question]
        return f"{{{question.id}.{column.name}}}" if question.type == "grid" else f"{{{column.name}}}"

    def both(self, parts: Sequence[str]) -> str:
        kept = [part for part in dict.fromkeys(parts) if part != _ALL]
        return _NONE if _NONE in kept else _joined(kept, " and ") or _ALL

    def either(self, parts: Sequence[str]) -> str:
        kept = [part for part in dict.fromkeys(parts) if part != _NONE]
        return _ALL if _ALL in kept else _joined(kept, " or ") or _NONE

    def compared(self, left: str, operator: str, right: str) -> str:
        return f"{left} {_OPERATORS[operator]} {right}"

    def answer(self, column: Column) -> str:
        return self.reference(column)

    def filled(self, column: Column) -> str:
        return f"{self.reference(column)} notempty"

    def empty(self, column: Column) -> str:
        return f"{self.reference(column)} empty"

    def ticked(self, stem: str, code: int) -> str:
        return f"{{{stem}}} contains {code}"

    def unticked(self, stem: str, code: int) -> str:
        return f"{{{stem}}} notcontains {code}"

    def ticks(self, stem: str) -> str:
        return f"iif({{{stem}}} notempty, {{{stem}.length}}, 0)"

    def number(self, value: float) -> str:
        return str(int(value)) if value == int(value) else repr(value)

    def truth(self, value: bool) -> str:
        return _ALL if value else _NONE

    def choose(self, condition: str, then: str, otherwise: str) -> str:
        return f"iif({condition}, {then}, {otherwise})"

    def calculated(self, operator: str, left: str, right: str) -> str:
        return f"({left} {'^' if operator == '**' else operator} {right})"

    def function(self, name: str, arguments: Sequence[str]) -> str:
        if name not in ("min", "max", "round"):
            raise ExpressionError(f"SurveyJS has no function {name}().", remedy="Leave it to a check.")
        return f"{name}({', '.join(arguments)})"

    def text_equal(self, column: Column, text: str, equal: bool) -> str:
        quoted = text.replace("\\", "\\\\").replace("'", "\\'")
        return f"{self.reference(column)} {'=' if equal else '<>'} '{quoted}'"


def _joined(parts: Sequence[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else "(" + word.join(parts) + ")" if parts else ""


def _texts(label: Label, fielded: str) -> dict[str, str] | str:
    """Texts by locale, with the fielded language as default; braces of a piping language are kept as text."""
    safe = {language: text.replace("{", "{\u200b") for language, text in label.items()}
    return {"default": safe.get(fielded, ""), **safe}


def _page(instrument: Instrument, writer: _SurveyJsWriter, question: Question) -> dict[str, Any]:
    module = instrument.module(question.module)
    page: dict[str, Any] = {"name": f"page_{question.module or 'questions'}_{question.id}", "elements": []}
    if module is not None:
        page["title"] = _texts(module.title, instrument.fielded)
        if module.intro:
            page["description"] = _texts(module.intro, instrument.fielded)
        if module.order == "random":
            page["questionsOrder"] = "random"
    going_on = writer.going_on(question, within_module=False)
    if going_on != _ALL:
        page["visibleIf"] = going_on
    return page


def _elements(instrument: Instrument, writer: _SurveyJsWriter, question: Question) -> list[dict[str, Any]]:
    """Elements of one question: one, or one an item of a loop."""
    visible = writer.both([writer.going_on(question, within_module=True), writer.shown(question)])
    if question.type != "loop":
        return [_element(instrument, writer, question, question.id, question.label, visible)]
    items = instrument.items(question)
    found: list[dict[str, Any]] = []
    for item in items:
        chosen = visible
        if question.over is not None and question.over not in instrument.lists:
            chosen = writer.both([visible, writer.ticked(question.over, item.code)])
        label = {key: text.replace("{item}", item.label.get(key, "")) for key, text in question.label.items()}
        found.append(_element(instrument, writer, question, item_column(question, item, items), label, chosen))
    return found


def _element(
    instrument: Instrument, writer: _SurveyJsWriter, question: Question, name: str, label: Label, visible: str
) -> dict[str, Any]:
    fielded = instrument.fielded
    element: dict[str, Any] = {"type": _type(question), "name": name, "title": _texts(label, fielded)}
    if question.type == "note":
        return _with_visibility({"type": "html", "name": name, "html": _html(label, fielded)}, visible)
    if question.hint:
        element["description"] = _texts(question.hint, fielded)
    if question.required:
        element["isRequired"] = True
    offered = [_choice(instrument, code) for code in question.offer] if question.answer != "number" else []
    if question.type == "grid":
        items = instrument.items(question)
        element["columns"] = [_option(option, fielded) for option in question.options] + offered
        element["rows"] = [
            {"value": item_column(question, item, items), "text": _texts(item.label, fielded)} for item in items
        ]
        if question.order != "fixed":
            element["rowOrder"] = "random"
    elif question.options:
        element["choices"] = [_option(option, fielded) for option in question.options] + offered
        if question.order != "fixed":
            element["choicesOrder"] = "random"
    element.update(_limits(question))
    validators = _validators(instrument, writer, question)
    if validators:
        element["validators"] = validators
    return _with_visibility(element, visible)


def _with_visibility(element: dict[str, Any], visible: str) -> dict[str, Any]:
    return element if visible == _ALL else {**element, "visibleIf": visible}


def _type(question: Question) -> str:
    if question.type == "grid":
        return "matrix"
    return {
        "single": "radiogroup" if len(question.options) <= 30 else "dropdown",
        "band": "radiogroup", "multi": "checkbox", "rank": "ranking", "number": "text", "text": "comment",
        "date": "text", "note": "html",
    }[question.answer]  # fmt: skip


def _option(option: Option, fielded: str) -> dict[str, Any]:
    found: dict[str, Any] = {"value": option.code, "text": _texts(option.label, fielded)}
    if option.exclusive:
        found["isExclusive"] = True
    if option.text:
        found["showCommentArea"] = True
    return found


def _choice(instrument: Instrument, code: int) -> dict[str, Any]:
    return {"value": code, "text": _texts(instrument.missing[code], instrument.fielded)}


def _limits(question: Question) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if question.answer == "number":
        found["inputType"] = "number"
        bounds: Mapping[str, float | None] = {"min": question.minimum, "max": question.maximum}
        found.update({key: bound for key, bound in bounds.items() if bound is not None})
    elif question.answer == "date":
        found["inputType"] = "date"
    elif question.answer == "rank" and question.limit:
        found.update({"selectToRankEnabled": True, "maxSelectedChoices": question.limit})
    elif question.answer == "multi" and question.limit and question.type == "multi":
        found["maxSelectedChoices"] = question.limit
    elif question.answer == "text" and question.max_length:
        found["maxLength"] = question.max_length
    return found


def _validators(instrument: Instrument, writer: _SurveyJsWriter, question: Question) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if question.min_length:
        found.append({"type": "text", "minLength": question.min_length})
    if question.check is not None:
        rule: dict[str, Any] = {
            "type": "expression",
            "expression": writer.either([writer.holds(question.check), f"{{{question.id}}} empty"]),
        }
        if question.check_message:
            rule["text"] = _texts(question.check_message, instrument.fielded)
        found.append(rule)
    return found


def _html(label: Label, fielded: str) -> dict[str, str]:
    safe = {language: f"<p>{html.escape(text)}</p>" for language, text in label.items()}
    return {"default": safe.get(fielded, ""), **safe}
