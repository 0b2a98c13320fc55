"""XLSForm in: a workbook of ODK, KoboToolbox, SurveyCTO or Ona as a draft instrument.

A workbook that this package wrote comes back whole; from any other, questions, choices, groups, labels and
simple ``relevant`` conditions are taken over, and what is not understood is listed in the notes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from surveykit.errors import ExpressionError, ReadError
from surveykit.instrument.names import identifier
from surveykit.instrument.workbooks import read_sheets
from surveykit.instrument.writing import Draft
from surveykit.instrument.xpath_reading import from_xpath

__all__ = ["read_xlsform"]

_Rows = list[dict[str, str]]
_LANGUAGE: Final = re.compile(r"\(([a-z]{2,3}(?:-[A-Z]{2})?)\)\s*$")
_PLAIN: Final = {"integer": "number", "decimal": "number", "range": "number", "int": "number", "text": "text",
                 "string": "text", "date": "date", "datetime": "date", "dateTime": "date", "time": "text",
                 "note": "note", "barcode": "text", "acknowledge": "note"}  # fmt: skip
_BEHIND: Final = {"hidden", "calculate", "start", "end", "today", "deviceid", "subscriberid", "simserial",
                  "phonenumber", "username", "email", "audit", "start-geopoint", "xml-external",
                  "csv-external"}  # fmt: skip
_PERSONAL: Final = {"deviceid", "subscriberid", "simserial", "phonenumber", "username", "email", "start-geopoint"}


def read_xlsform(path: str | Path) -> Draft:
    """Read an XLSForm workbook (``.xlsx``) as a draft instrument.

    Returns
    -------
    Draft
        ``.yaml`` to go on from, ``.notes`` on what was left out; see
        :func:`surveykit.instrument.writing.instrument_of`.

    Raises
    ------
    ReadError
        The file is no workbook, is oversized, or has no sheet ``survey``.
    """
    path = Path(path)
    sheets = read_sheets(path)
    if "survey" not in sheets:
        raise ReadError(
            f"Workbook '{path.name}' has no sheet 'survey', so it is no XLSForm.", remedy="Check that it is a form."
        )
    form = _Form(sheets, path.stem)
    return Draft(form.shape(), tuple(form.notes), path.name)


class _Form:
    """The sheets of one form, and what is found while reading them."""

    def __init__(self, sheets: Mapping[str, _Rows], stem: str) -> None:
        self.survey = sheets["survey"]
        self.settings = (sheets.get("settings") or [{}])[0]
        self.stem = stem
        self.notes: list[str] = []
        self.extension = self._extension(sheets.get("surveykit", []))
        heads = list(dict.fromkeys(key for row in [*self.survey, *sheets.get("choices", [])] for key in row))
        self.languages = self._languages(heads)
        self.choices: dict[str, _Rows] = {}
        for row in sheets.get("choices", []):
            name = row.get("list_name") or row.get("list name") or ""
            if name and row.get("name", "") != "":
                self.choices.setdefault(name, []).append(row)
        self.codes = {name: _codes(rows) for name, rows in self.choices.items()}
        self.ids: dict[str, str] = {}
        self.lists_of: dict[str, str] = {}

    def _extension(self, rows: _Rows) -> dict[tuple[str, str], Any]:
        found: dict[tuple[str, str], Any] = {}
        for row in rows:
            try:
                found[row.get("part", ""), row.get("id", "")] = json.loads(row.get("data", ""))
            except (json.JSONDecodeError, RecursionError):
                self.notes.append(f"Sheet 'surveykit' row '{row.get('id', '')}' is damaged and was not used.")
        return found

    def _languages(self, heads: list[str]) -> dict[str, str]:
        """Language code by column suffix: ``{"English (en)": "en"}``, or one language for plain ``label``."""
        found: dict[str, str] = {}
        for head in heads:
            kind, _, language = head.partition("::")
            if kind == "label" and language:
                match = _LANGUAGE.search(language)
                code = match.group(1) if match else identifier(language.lower())[:3]
                if code not in found.values():
                    found[language] = code
        return found or {"": "en"}

    def label(self, row: Mapping[str, str], kind: str = "label") -> dict[str, str]:
        texts = {
            code: row.get(f"{kind}::{language}" if language else kind) or row.get(kind, "")
            for language, code in self.languages.items()
        }
        return {code: text for code, text in texts.items() if text}

    def shape(self) -> dict[str, Any]:
        default = self.settings.get("default_language", "")
        first = self.languages.get(default) or next(iter(self.languages.values()))
        codes = [first, *(code for code in self.languages.values() if code != first)]
        own = next((data for (part, _), data in self.extension.items() if part == "instrument"), None)
        entries = self._entries(own is not None)
        shape: dict[str, Any] = own if isinstance(own, dict) else {
            "instrument": identifier(self.settings.get("form_id") or self.stem),
            "version": _version(self.settings.get("version", "")),
            "title": {code: self.settings.get("form_title") or self.stem for code in codes},
            "unit": "respondent",
            "languages": codes,
        }  # fmt: skip
        if isinstance(shape.get("missing"), dict):
            shape["missing"] = {int(code): label for code, label in shape["missing"].items()}
        shape["lists"] = self._lists()
        return {**shape, **{key: value for key, value in entries.items() if value}}

    def _lists(self) -> dict[str, Any]:
        """Lists that this package wrote as lists; choices of other forms stand with their questions."""
        found: dict[str, Any] = {}
        for (part, name), options in self.extension.items():
            if part == "list" and name in self.choices:
                found[name] = self._merged(options, self.options(name))
        return found

    def options(self, name: str) -> list[dict[str, Any]]:
        codes = self.codes.get(name, {})
        options: list[dict[str, Any]] = []
        for row in self.choices.get(name, []):
            code = codes[row["name"]]
            if code >= 0:
                tags = {"tags": {"choice": row["name"]}} if str(code) != row["name"] else {}
                options.append(
                    {
                        "code": code,
                        **tags,
                        "label": self.label(row) or {next(iter(self.languages.values())): row["name"]},
                    }
                )
        return options

    @staticmethod
    def _merged(own: list[dict[str, Any]], read: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What this package kept about options, with the labels that stand in the workbook now."""
        labels = {option["code"]: option["label"] for option in read}
        known = {option["code"] for option in own}
        return [{**option, "label": labels[option["code"]]} for option in own if option["code"] in labels] + [
            option for option in read if option["code"] not in known
        ]

    def _entries(self, own: bool) -> dict[str, list[Any]]:
        reader = _Survey(self)
        for row in self.survey:
            reader.row(row)
        reader.finish()
        found: dict[str, list[Any]] = {"modules": reader.modules, "questions": reader.questions}
        for part in ("derived", "checks") if own else ():
            found[part] = [data for (kind, _), data in self.extension.items() if kind == part]
        return found


def _codes(rows: _Rows) -> dict[str, int]:
    """Codes of a choice list: the names where they are whole numbers, else 1, 2, 3 in order."""
    names = [row["name"] for row in rows]
    if all(re.fullmatch(r"-?\d{1,6}", name) for name in names) and len({int(name) for name in names}) == len(names):
        codes = {name: int(name) for name in names}
        if all(code >= 0 or code in range(-99, -92) for code in codes.values()):
            return codes
    return {name: position for position, name in enumerate(names, start=1)}


def _version(text: str) -> str:
    return text if re.fullmatch(r"\d+\.\d+\.\d+", text) else "0.1.0"


class _Survey:
    """One pass over the survey sheet: groups become modules, fields become questions."""

    def __init__(self, form: _Form) -> None:
        self.form = form
        self.modules: list[dict[str, Any]] = []
        self.questions: list[dict[str, Any]] = []
        self.groups: list[tuple[str, str]] = []
        self.asked: dict[str, str] = {}

    def row(self, row: Mapping[str, str]) -> None:
        kind = " ".join(row.get("type", "").replace("_", " ").split()).lower()
        if not kind:
            return
        if kind.startswith(("begin group", "begin repeat")):
            self.begin(row, kind)
        elif kind.startswith(("end group", "end repeat")):
            if self.groups:
                self.groups.pop()
        elif ("composite", "") not in [(group[0], "") for group in self.groups]:
            self.field(row, row.get("type", "").split())
        else:
            self.part(row)

    def begin(self, row: Mapping[str, str], kind: str) -> None:
        name = row.get("name", "")
        bare = name.removeprefix("group_")
        composite = self.form.extension.get(("questions", bare))
        if isinstance(composite, dict) and composite.get("type") in ("grid", "loop"):
            entry = dict(composite)
            if composite["type"] == "grid":
                entry["label"] = self.form.label(row)
                if isinstance(entry.get("rows"), list):
                    entry["rows"] = [dict(option) for option in entry["rows"]]
            self.questions.append(entry)
            self.groups.append(("composite", bare))
            return
        if "repeat" in kind:
            self.form.notes.append(f"Repeat '{name}' is read as a plain group: its questions stand once.")
        if not any(group[0] == "module" for group in self.groups):
            own = self.form.extension.get(("modules", bare))
            entry = {"id": bare if own else identifier(name), "title": self.form.label(row) or self.plain(name)}
            if isinstance(own, dict):
                entry = {**own, "title": entry["title"]}
            else:
                self.condition(row, entry)
            self.modules.append({"id": entry.pop("id"), **entry})
            self.groups.append(("module", str(self.modules[-1]["id"])))
        else:
            self.groups.append(("group", name))
            if row.get("relevant"):
                self.form.notes.append(f"The condition of inner group '{name}' was left out: {row['relevant']}")

    def plain(self, text: str) -> dict[str, str]:
        return dict.fromkeys(self.form.languages.values(), text)

    def part(self, row: Mapping[str, str]) -> None:
        """A row of a grid or an item of a loop that this package wrote."""
        entry = self.questions[-1]
        if entry["type"] == "grid" and isinstance(entry.get("rows"), list) and row.get("type", "").startswith("select"):
            done = sum("label" in option for option in entry["rows"])
            if done < len(entry["rows"]):
                entry["rows"][done]["label"] = self.form.label(row)
        words = row.get("type", "").split()
        if len(words) > 1 and isinstance(entry.get("options"), list) and "label" not in str(entry["options"][:1]):
            entry["options"] = self.form._merged(entry["options"], self.form.options(words[1]))
        hint = self.form.label(row, "hint")
        if hint:
            entry.setdefault("hint", hint)

    def field(self, row: Mapping[str, str], words: list[str]) -> None:
        name = row.get("name", "")
        own = self.form.extension.get(("questions", name))
        if isinstance(own, dict):
            self.questions.append(self.restored(row, words, own))
        elif name.startswith("intro_") and ("modules", name.removeprefix("intro_")) in self.form.extension:
            self.modules[-1]["intro"] = self.form.label(row)
        elif not self.write_in(name):
            self.foreign(row, words)

    def write_in(self, name: str) -> bool:
        """A text field for an option that the question itself already declares."""
        return bool(self.form.extension) and name.endswith("t") and any(
            name.startswith(f"{entry['id']}_") for entry in self.questions
        )  # fmt: skip

    def restored(self, row: Mapping[str, str], words: list[str], own: dict[str, Any]) -> dict[str, Any]:
        entry = dict(own)
        label = self.form.label(row)
        if label:
            entry["label"] = label
        for kind, key in (("hint", "hint"), ("constraint_message", "check_message")):
            text = self.form.label(row, kind)
            if text:
                entry[key] = text
        if isinstance(own.get("options"), list) and len(words) > 1:
            entry["options"] = self.form._merged(own["options"], self.form.options(words[1]))
        return entry

    def foreign(self, row: Mapping[str, str], words: list[str]) -> None:
        name, kind = row.get("name", ""), words[0].lower()
        entry: dict[str, Any] = {"id": self.unique(identifier(name)), "type": "text"}
        self.form.ids[name] = entry["id"]
        if kind in ("select_one", "select_multiple", "rank", "select") and len(words) > 1:
            listed = words[2] if words[1] in ("one", "multiple") and len(words) > 2 else words[1]
            multiple = "multiple" in words[:2] or kind == "select_multiple"
            entry["type"] = "rank" if kind == "rank" else "multi" if multiple else "single"
            self.choose(entry, name, listed, "or_other" in words or "or" in words[2:])
        elif kind in _PLAIN:
            entry["type"] = _PLAIN[kind]
            if entry["type"] == "number":
                entry.update({"minimum": -92, **({"whole": True} if kind in ("integer", "int") else {})})
        elif kind in _BEHIND:
            entry["type"] = "hidden"
            entry.update({"personal": True} if kind in _PERSONAL else {})
        else:
            entry["type"] = "hidden"
            self.form.notes.append(f"Field '{name}' of type '{words[0]}' is kept as a hidden column.")
        entry["label"] = self.form.label(row) or self.plain(name)
        hint = self.form.label(row, "hint")
        if hint:
            entry["hint"] = hint
        if row.get("required", "").lower() in ("yes", "true", "true()") and entry["type"] not in ("note", "hidden"):
            entry["required"] = True
        module = next((group[1] for group in self.groups if group[0] == "module"), None)
        if module:
            entry["module"] = module
        if entry["type"] != "hidden":
            self.condition(row, entry)
        self.questions.append(entry)

    def finish(self) -> None:
        """Give questions outside every group a module of their own where others have one."""
        loose = [entry for entry in self.questions if "module" not in entry and not self.form.extension]
        if self.modules and loose:
            names = {str(module["id"]).lower() for module in self.modules}
            name = next(name for name in ("other", "other_questions", "ungrouped_questions") if name not in names)
            self.modules.append({"id": name, "title": self.plain("Other questions")})
            for entry in loose:
                entry["module"] = name

    def choose(self, entry: dict[str, Any], name: str, listed: str, or_other: bool) -> None:
        options = self.form.options(listed)
        if len(options) < 2 and entry["type"] != "multi":
            self.form.notes.append(f"'{name}' has fewer than two choices in list '{listed}'; it is read as text.")
            entry["type"] = "text"
            return
        if not options:
            self.form.notes.append(f"Choice list '{listed}' of '{name}' is not in the workbook; it is read as text.")
            entry["type"] = "text"
            return
        if or_other and not any(option["code"] == 97 for option in options):
            options.append({"code": 97, "text": True, "label": self.plain("Other")})
        offered = sorted(code for code in self.form.codes.get(listed, {}).values() if code < 0)
        entry.update({"offer": offered} if offered else {})
        entry["options"] = options
        self.form.lists_of[name] = listed

    def unique(self, name: str) -> str:
        taken = {entry["id"].lower() for entry in self.questions}
        found, number = name, 2
        while found.lower() in taken:
            found, number = f"{name[:28]}_{number}", number + 1
        return found

    def condition(self, row: Mapping[str, str], entry: dict[str, Any]) -> None:
        relevant = row.get("relevant", "").strip()
        if not relevant:
            return
        try:
            entry["ask_if"] = from_xpath(relevant, self._name, self._code)
        except ExpressionError as error:
            self.form.notes.append(f"The condition of '{row.get('name', '')}' was left out ({error.what}) {relevant}")

    def _name(self, field: str) -> str:
        if field not in self.form.ids:
            raise ExpressionError(f"It looks at '{field}', which is no earlier question.")
        return self.form.ids[field]

    def _code(self, field: str, choice: str) -> str:
        codes = self.form.codes.get(self.form.lists_of.get(field, ""), {})
        if choice in codes:
            return str(codes[choice])
        if field in self.form.lists_of:
            raise ExpressionError(f"'{field}' has no choice '{choice}'.")
        if re.fullmatch(r"-?\d+(\.\d+)?", choice):
            return choice
        return repr(choice)
