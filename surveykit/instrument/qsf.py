"""Qualtrics survey files (``.qsf``) in: ids, texts, choices and recodes as a draft instrument."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from surveykit.errors import ReadError
from surveykit.instrument.drafting import coded_options, draft_shape, plain_text, read_bounded
from surveykit.instrument.names import identifier
from surveykit.instrument.writing import Draft

__all__ = ["read_qsf"]

_SINGLE: Final = frozenset({"SAVR", "SAHR", "SACOL", "DL", "SB"})


def read_qsf(path: str | Path) -> Draft:
    """Read a Qualtrics survey file as a draft instrument.

    Multiple choice, matrix, slider, text, rank order and descriptive questions are taken over, with export tags
    as ids and recode values as codes. Side-by-side questions, display logic and flow are listed in the notes.
    """
    path = Path(path)
    text = read_bounded(path)
    try:
        survey = json.loads(text)
        entry, elements = survey["SurveyEntry"], survey["SurveyElements"]
    except (json.JSONDecodeError, RecursionError, KeyError, TypeError) as error:
        raise ReadError(f"'{path.name}' is no Qualtrics survey file ({error}).", remedy="Export it as .qsf.") from error
    language = str(entry.get("SurveyLanguage") or "EN").lower()[:2]
    payloads = {
        str(element.get("PrimaryAttribute")): element["Payload"]
        for element in elements
        if element.get("Element") == "SQ" and isinstance(element.get("Payload"), dict)
    }
    reader = _Reader(language)
    for key in _order(elements, payloads):
        reader.question(payloads[key])
    title = str(entry.get("SurveyName") or path.stem)
    return Draft(draft_shape(identifier(title), title, language, reader.questions), tuple(reader.notes), path.name)


def _order(elements: Sequence[Mapping[str, Any]], payloads: Mapping[str, Any]) -> list[str]:
    """Question keys in the order of the blocks; the trash block is left out."""
    found: list[str] = []
    for element in elements:
        if element.get("Element") != "BL":
            continue
        blocks = element.get("Payload") or []
        for block in blocks.values() if isinstance(blocks, dict) else blocks:
            if isinstance(block, dict) and block.get("Type") != "Trash":
                parts = block.get("BlockElements") or []
                found += [str(part.get("QuestionID")) for part in parts if part.get("Type") == "Question"]
    return [key for key in found if key in payloads] or list(payloads)


class _Reader:
    def __init__(self, language: str) -> None:
        self.language = language
        self.questions: list[dict[str, Any]] = []
        self.notes: list[str] = []

    def question(self, payload: Mapping[str, Any]) -> None:
        tag = str(payload.get("DataExportTag") or payload.get("QuestionID") or "Q")
        label = plain_text(payload.get("QuestionText")) or tag
        entry: dict[str, Any] = {"id": identifier(tag), "type": "text", "label": {self.language: label}}
        for key, what in (("DisplayLogic", "display logic"), ("DynamicChoices", "carried-forward choices")):
            if payload.get(key):
                self.notes.append(f"'{tag}' has {what}, which was left out; write it as ask_if.")
        kind, selector = str(payload.get("QuestionType")), str(payload.get("Selector"))
        if kind == "DB":
            self.questions.append({**entry, "type": "note"})
        elif kind == "MC":
            self.choice(entry, payload, "single" if selector in _SINGLE else "multi")
        elif kind == "RO":
            self.choice(entry, payload, "rank")
        elif kind == "Matrix":
            self.matrix(entry, payload)
        elif kind == "Slider":
            self.slider(entry, payload)
        elif kind == "TE":
            self.text(entry, payload)
        elif kind == "SBS":
            self.side_by_side(entry, payload)
        else:
            self.notes.append(f"'{tag}' is of type {kind}, which has no counterpart; it is kept as a hidden column.")
            self.questions.append({**entry, "type": "hidden"})

    def options(self, payload: Mapping[str, Any], choices: str = "Choices", recodes: str = "RecodeValues"
                ) -> list[dict[str, Any]]:  # fmt: skip
        """Options in their order, coded by the recode values where there are any."""
        declared = _mapping(payload.get(choices))
        order = payload.get("ChoiceOrder" if choices == "Choices" else "AnswerOrder") or list(declared)
        values = _mapping(payload.get(recodes))
        pairs: list[tuple[str, str]] = []
        others: dict[str, dict[str, Any]] = {}
        for key in (str(key) for key in order):
            choice = declared.get(key)
            if choice is None:
                continue
            name = str(values.get(key, key))
            pairs.append((name, str(choice.get("Display", key)) if isinstance(choice, dict) else str(choice)))
            given = choice if isinstance(choice, dict) else {}
            flags = {"text": bool(given.get("TextEntry")), "exclusive": bool(given.get("ExclusiveAnswer"))}
            others[name] = {flag: True for flag, holds in flags.items() if holds and choices == "Choices"}
        return coded_options(pairs, self.language, others=others)[0]

    def choice(self, entry: dict[str, Any], payload: Mapping[str, Any], kind: str) -> None:
        options = self.options(payload)
        if len(options) == 1 and kind == "single":
            kind = "multi"
            self.notes.append(f"'{entry['id']}' has one choice; it is read as a box to tick.")
        if not options:
            self.notes.append(f"'{entry['id']}' has no choices; it is read as text.")
            self.questions.append(entry)
            return
        if kind == "multi":
            options = [{**option, "exclusive": True} if option["code"] in (98, 99) else option for option in options]
        else:
            options = [{key: value for key, value in option.items() if key != "exclusive"} for option in options]
        self.questions.append({**entry, "type": kind, "options": options})

    def matrix(self, entry: dict[str, Any], payload: Mapping[str, Any]) -> None:
        rows = coded_options([(key, _display(choice)) for key, choice in _ordered(payload)], self.language)[0]
        options = self.options(payload, "Answers")
        if payload.get("Selector") in ("Likert", "Bipolar", "MaxDiff") and len(options) > 1:
            if str(payload.get("SubSelector")) != "MultipleAnswer":
                self.questions.append({**entry, "type": "grid", "rows": rows, "options": options})
                return
            for row in rows:
                text = f"{entry['label'][self.language]} - {row['label'][self.language]}"
                self.questions.append(
                    {**entry, "id": f"{entry['id']}_{row['code']}", "type": "multi", "label": {self.language: text},
                     "options": [{**option, "exclusive": True} if option["code"] in (98, 99) else option
                                 for option in options]}
                )  # fmt: skip
            return
        self.rows_of(entry, rows, {"type": "text"})

    def slider(self, entry: dict[str, Any], payload: Mapping[str, Any]) -> None:
        settings = _mapping(payload.get("Configuration"))
        low = _number(settings.get("CSSliderMin"), -92.0)
        number: dict[str, Any] = {"type": "number", "minimum": max(low, -92.0)}
        high = _number(settings.get("CSSliderMax"), None)
        number.update({"maximum": high} if high is not None and high > number["minimum"] else {})
        self.rows_of(entry, coded_options([(k, _display(c)) for k, c in _ordered(payload)], self.language)[0], number)

    def rows_of(self, entry: dict[str, Any], rows: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> None:
        """One question a row, as Qualtrics exports them: ``Q5_1``."""
        for row in rows:
            text = f"{entry['label'][self.language]} - {row['label'][self.language]}"
            identity = f"{entry['id']}_{row['code']}"
            self.questions.append({**entry, **fields, "id": identity, "label": {self.language: text}})

    def text(self, entry: dict[str, Any], payload: Mapping[str, Any]) -> None:
        validation = _mapping(_mapping(payload.get("Validation")).get("Settings"))
        if validation.get("ContentType") == "ValidNumber":
            low = _number(_mapping(validation.get("ValidNumber")).get("Min"), -92.0)
            self.questions.append({**entry, "type": "number", "minimum": max(low or -92.0, -92.0)})
            return
        if payload.get("Selector") == "FORM":
            self.rows_of(entry, coded_options([(k, _display(c)) for k, c in _ordered(payload)], self.language)[0],
                         {"type": "text"})  # fmt: skip
            return
        self.questions.append(entry)

    def side_by_side(self, entry: dict[str, Any], payload: Mapping[str, Any]) -> None:
        self.notes.append(f"'{entry['id']}' is a side-by-side question; it is kept as one text a row.")
        rows = coded_options([(key, _display(choice)) for key, choice in _ordered(payload)], self.language)[0]
        self.rows_of(entry, rows, {"type": "text"})


def _mapping(value: Any) -> dict[str, Any]:
    """Qualtrics writes an empty mapping as an empty list."""
    if isinstance(value, list):
        return {str(place): item for place, item in enumerate(value)}
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _ordered(payload: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    choices = _mapping(payload.get("Choices"))
    for key in payload.get("ChoiceOrder") or list(choices):
        if str(key) in choices:
            yield str(key), choices[str(key)]


def _display(choice: Any) -> str:
    return str(choice.get("Display", "")) if isinstance(choice, dict) else str(choice)


def _number(value: Any, default: float | None) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return default
