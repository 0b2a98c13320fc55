"""REDCap data dictionaries in: 18 columns of CSV as a draft instrument."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from surveykit.errors import ReadError
from surveykit.instrument.drafting import coded_options, draft_shape, plain_text, read_bounded
from surveykit.instrument.names import identifier
from surveykit.instrument.writing import Draft

__all__ = ["read_redcap_dictionary"]

_CONDITION: Final = re.compile(
    r"\s*(?P<field>\[(?P<name>[a-z0-9_]+)(?:\((?P<box>[^)]+)\))?\])\s*(?P<operator>=|<>|!=|<=|>=|<|>)\s*"
    r"(?P<value>'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?)\s*"
)
_NUMBERS: Final = frozenset({"integer", "number", "number_1dp", "number_2dp", "number_3dp", "number_4dp"})


def read_redcap_dictionary(path: str | Path, *, language: str = "en") -> Draft:
    """Read a REDCap data dictionary (CSV) as a draft instrument.

    Parameters
    ----------
    path
        The dictionary, with REDCap's own column heads.
    language
        Language of its labels.
    """
    path = Path(path)
    try:
        rows = list(csv.DictReader(io.StringIO(read_bounded(path), newline="")))
    except csv.Error as error:
        raise ReadError(f"'{path.name}' is no CSV file ({error}).", remedy="Export it from REDCap again.") from error
    if not rows or "Variable / Field Name" not in rows[0]:
        raise ReadError(
            f"'{path.name}' has no column 'Variable / Field Name', so it is no REDCap dictionary.",
            remedy="Export the data dictionary, not the data.",
        )
    reader = _Reader(language)
    for row in rows:
        reader.field({key: value.strip() for key, value in row.items() if isinstance(value, str)})
    shape = draft_shape(identifier(path.stem), path.stem, language, reader.questions, reader.modules)
    return Draft(shape, tuple(reader.notes), path.name)


class _Reader:
    def __init__(self, language: str) -> None:
        self.language = language
        self.questions: list[dict[str, Any]] = []
        self.modules: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.codes: dict[str, dict[str, int]] = {}

    def field(self, row: Mapping[str, str]) -> None:
        name = row.get("Variable / Field Name", "")
        if not name:
            return
        label = plain_text(row.get("Field Label", "")) or name
        entry: dict[str, Any] = {
            "id": identifier(name), "type": "text", "module": self.module(row.get("Form Name", "")),
            "label": {self.language: label},
        }  # fmt: skip
        if row.get("Identifier?", "").lower() == "y":
            entry["personal"] = True
        if row.get("Required Field?", "").lower() == "y":
            entry["required"] = True
        if row.get("Field Note"):
            entry["hint"] = {self.language: plain_text(row["Field Note"])}
        self.kind(row, entry)
        if entry["type"] in ("note", "hidden"):
            entry.pop("required", None)
        self.condition(row, entry)
        self.questions.append(entry)

    def module(self, form: str) -> str:
        name = identifier(form or "form")
        if not any(module["id"] == name for module in self.modules):
            self.modules.append({"id": name, "title": {self.language: form or "Form"}})
        return name

    def kind(self, row: Mapping[str, str], entry: dict[str, Any]) -> None:
        kind = row.get("Field Type", "").lower()
        choices = row.get("Choices, Calculations, OR Slider Labels", "")
        if kind in ("radio", "dropdown", "checkbox"):
            pairs = [
                tuple(part.strip() for part in choice.split(",", 1)) for choice in choices.split("|") if "," in choice
            ]
            options, codes = coded_options([(pair[0], pair[1]) for pair in pairs], self.language)
            self.codes[entry["id"]] = codes
            if kind == "checkbox" and options:
                entry["type"] = "multi"
                options = [
                    {**option, "exclusive": True} if option["code"] in (98, 99) else option for option in options
                ]
            elif len(options) > 1:
                entry["type"] = "single"
            if entry["type"] != "text":
                entry["options"] = options
        elif kind in ("yesno", "truefalse"):
            texts = ("Yes", "No") if kind == "yesno" else ("True", "False")
            entry["type"] = "single"
            entry["options"], self.codes[entry["id"]] = coded_options([("1", texts[0]), ("0", texts[1])], self.language)
        elif kind in ("calc", "slider") or (kind == "text" and self.validation(row) in _NUMBERS):
            entry.update(self.number(row))
            if kind == "calc":
                entry["type"] = "hidden"
                entry["ask"] = "number"
                self.notes.append(f"'{entry['id']}' is calculated in REDCap: {choices[:200]}")
        elif kind == "text" and self.validation(row).startswith("date"):
            entry["type"] = "date"
        elif kind == "descriptive":
            entry["type"] = "note"
        elif kind == "file":
            entry["type"] = "hidden"

    @staticmethod
    def validation(row: Mapping[str, str]) -> str:
        return row.get("Text Validation Type OR Show Slider Number", "").lower()

    def number(self, row: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "number", "minimum": -92}
        low, high = row.get("Text Validation Min", ""), row.get("Text Validation Max", "")
        if re.fullmatch(r"-?\d+(\.\d+)?", low) and float(low) > -93:
            found["minimum"] = float(low)
        if re.fullmatch(r"-?\d+(\.\d+)?", high) and float(high) >= found["minimum"]:
            found["maximum"] = float(high)
        if self.validation(row) == "integer":
            found["whole"] = True
        return found

    def condition(self, row: Mapping[str, str], entry: dict[str, Any]) -> None:
        logic = row.get("Branching Logic (Show field only if...)", "")
        if not logic:
            return
        parts = re.split(r"\s+(and|or)\s+", logic.strip(), flags=re.IGNORECASE)
        written = [part.lower() if place % 2 else self.comparison(part) for place, part in enumerate(parts)]
        earlier = {question["id"] for question in self.questions}
        if None in written or not all(name in earlier for name in re.findall(r"\[([a-z0-9_]+)", logic)):
            self.notes.append(f"The branching logic of '{entry['id']}' was left out: {logic}")
            return
        entry["ask_if"] = " ".join(str(part) for part in written)

    def comparison(self, text: str) -> str | None:
        match = _CONDITION.fullmatch(text)
        if match is None:
            return None
        name, value = match["name"], match["value"].strip("'\"")
        operator = {"=": "==", "<>": "!="}.get(match["operator"], match["operator"])
        codes = self.codes.get(name, {})
        if match["box"] is not None:
            if match["box"] not in codes or value not in ("0", "1") or operator not in ("==", "!="):
                return None
            ticked = (value == "1") == (operator == "==")
            return f"{'' if ticked else 'not '}selected({name}, {codes[match['box']]})"
        if value == "":
            return f"{'' if operator == '==' else 'not '}missing({name})"
        code = codes.get(value, value if not codes else None)
        return None if code is None or not re.fullmatch(r"-?\d+(\.\d+)?", str(code)) else f"{name} {operator} {code}"
