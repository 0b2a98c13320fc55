"""LimeSurvey structure files (``.lss``) in: questions, answers, groups and languages as a draft instrument."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from surveykit.errors import ReadError
from surveykit.instrument.drafting import coded_options, draft_shape, plain_text, read_bounded
from surveykit.instrument.names import identifier
from surveykit.instrument.writing import Draft

__all__ = ["read_limesurvey"]

_SINGLE: Final = frozenset("L!O")
_MULTI: Final = frozenset("MP")
_GRIDS: Final = frozenset("FH")
_TEXTS: Final = frozenset("STU")
_POINTS: Final = {"A": 5, "B": 10}
_Row = dict[str, str]


def read_limesurvey(path: str | Path, *, language: str | None = None) -> Draft:
    """Read a LimeSurvey structure file as a draft instrument in one of its languages.

    Single and multiple choice, lists, arrays, texts, numbers, dates, yes/no and displays are taken over; relevance
    equations other than "always" are listed in the notes.
    """
    path = Path(path)
    text = read_bounded(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ReadError(
            f"'{path.name}' declares XML entities.", remedy="LimeSurvey writes none; do not trust the file."
        )
    try:
        root = ET.fromstring(text)  # noqa: S314  (entities, the way in for XML attacks, were refused above)
    except ET.ParseError as error:
        raise ReadError(f"'{path.name}' is no XML ({error}).", remedy="Export the structure as .lss again.") from error
    if root.findtext("LimeSurveyDocType") != "Survey":
        raise ReadError(f"'{path.name}' is no LimeSurvey survey.", remedy="Export the survey structure (.lss).")
    languages = [element.text or "" for element in root.iterfind("languages/language")]
    chosen = language or (languages[0] if languages else "en")
    if len(languages) > 1:
        others = [code for code in languages if code != chosen]
        notes = [f"Only texts in '{chosen}' were read; the survey also has {', '.join(others)}."]
    else:
        notes = []
    reader = _Reader(root, chosen, notes)
    reader.read()
    title = next((row.get("surveyls_title", "") for row in _rows(root, "surveys_languagesettings")
                  if row.get("surveyls_language") == chosen), path.stem)  # fmt: skip
    shape = draft_shape(identifier(path.stem), plain_text(title), chosen[:2], reader.questions, reader.modules)
    return Draft(shape, tuple(notes), path.name)


def _rows(root: ET.Element, table: str) -> list[_Row]:
    return [{cell.tag: cell.text or "" for cell in row} for row in root.iterfind(f"{table}/rows/row")]


class _Reader:
    def __init__(self, root: ET.Element, language: str, notes: list[str]) -> None:
        self.root = root
        self.language = language
        self.code = language[:2]
        self.notes = notes
        self.questions: list[dict[str, Any]] = []
        self.modules: list[dict[str, Any]] = []

    def table(self, name: str, texts: str, key: str) -> list[_Row]:
        """Rows in the chosen language; since version 4 the texts are in a table of their own."""
        rows = [row for row in _rows(self.root, name) if row.get("language", self.language) == self.language]
        translated = {row.get(key, ""): row for row in _rows(self.root, texts) if row.get("language") == self.language}
        return [{**translated.get(row.get(key, ""), {}), **row} for row in rows]

    def read(self) -> None:
        groups = self.table("groups", "group_l10ns", "gid")
        order = {row["gid"]: int(row.get("group_order") or 0) for row in groups}
        for row in sorted(groups, key=lambda row: order[row["gid"]]):
            title = plain_text(row.get("group_name")) or row["gid"]
            self.modules.append({"id": f"G{row['gid']}", "title": {self.code: title}})
        self.answers = self.table("answers", "answer_l10ns", "aid")
        self.subquestions = self.table("subquestions", "question_l10ns", "qid")
        questions = self.table("questions", "question_l10ns", "qid")
        for row in sorted(questions, key=lambda r: (order.get(r["gid"], 0), int(r.get("question_order") or 0))):
            self.question(row)
        used = {question["module"] for question in self.questions}
        self.modules = [module for module in self.modules if module["id"] in used]

    def question(self, row: Mapping[str, str]) -> None:
        title, kind = row.get("title", ""), row.get("type", "")
        label = plain_text(row.get("question")) or title
        entry: dict[str, Any] = {
            "id": identifier(title), "type": "text", "module": f"G{row['gid']}", "label": {self.code: label},
        }  # fmt: skip
        if plain_text(row.get("help")):
            entry["hint"] = {self.code: plain_text(row["help"])}
        if row.get("relevance", "1").strip() not in ("", "1"):
            self.notes.append(f"The relevance of '{title}' was left out: {row['relevance'][:200]}")
        if row.get("mandatory") == "Y" and kind != "X":
            entry["required"] = True
        self.typed(entry, row, kind)

    def typed(self, entry: dict[str, Any], row: Mapping[str, str], kind: str) -> None:
        others = [("other", "Other")] if row.get("other") == "Y" else []
        if kind in _SINGLE:
            self.choice(entry, "single", [*self.listed(row), *others])
        elif kind in _MULTI:
            self.choice(entry, "multi", [*self.parts(row), *others])
        elif kind in _GRIDS or kind in _POINTS:
            points = [(str(n), str(n)) for n in range(1, _POINTS.get(kind, 0) + 1)]
            self.grid(entry, self.parts(row), points or self.listed(row))
        elif kind in ("Y", "G", "5"):
            texts = {"Y": [("Y", "Yes"), ("N", "No")], "G": [("F", "Female"), ("M", "Male")]}
            self.choice(entry, "single", texts.get(kind, [(str(n), str(n)) for n in range(1, 6)]))
        elif kind == "N":
            self.questions.append({**entry, "type": "number", "minimum": -92})
        elif kind == "D":
            self.questions.append({**entry, "type": "date"})
        elif kind == "X":
            self.questions.append({**entry, "type": "note"})
        elif kind == "R":
            self.choice(entry, "rank", self.listed(row) or self.parts(row))
        elif kind in ("Q", "K"):
            fields = {"type": "number", "minimum": -92} if kind == "K" else {}
            for name, text in self.parts(row):
                label = f"{entry['label'][self.code]} - {plain_text(text)}"
                identity = identifier(f"{entry['id']}_{name}")
                self.questions.append({**entry, **fields, "id": identity, "label": {self.code: label}})
        else:
            if kind not in _TEXTS:
                self.notes.append(f"'{entry['id']}' is of LimeSurvey type '{kind}'; it is read as text.")
            self.questions.append(entry)

    def listed(self, row: Mapping[str, str]) -> list[tuple[str, str]]:
        answers = [answer for answer in self.answers if answer.get("qid") == row["qid"]]
        answers = [answer for answer in answers if answer.get("scale_id", "0") == "0"]
        return [(answer["code"], answer.get("answer", "")) for answer in
                sorted(answers, key=lambda answer: int(answer.get("sortorder") or 0))]  # fmt: skip

    def parts(self, row: Mapping[str, str]) -> list[tuple[str, str]]:
        parts = [part for part in self.subquestions if part.get("parent_qid") == row["qid"]]
        parts = [part for part in parts if part.get("scale_id", "0") == "0"]
        return [(part["title"], part.get("question", "")) for part in
                sorted(parts, key=lambda part: int(part.get("question_order") or 0))]  # fmt: skip

    def choice(self, entry: dict[str, Any], kind: str, choices: list[tuple[str, str]]) -> None:
        options, codes = coded_options(choices, self.code)
        for option in options:
            if codes.get("other") == option["code"]:
                option["text"] = True
            if kind == "multi" and option["code"] in (98, 99):
                option["exclusive"] = True
        if (len(options) < 2 and kind != "multi") or not options:
            self.notes.append(f"'{entry['id']}' has fewer than two choices; it is read as text.")
            self.questions.append(entry)
            return
        self.questions.append({**entry, "type": kind, "options": options})

    def grid(self, entry: dict[str, Any], rows: list[tuple[str, str]], columns: list[tuple[str, str]]) -> None:
        options = coded_options(columns, self.code)[0]
        if not rows or len(options) < 2:
            self.notes.append(f"Array '{entry['id']}' has no rows or columns; it is read as text.")
            self.questions.append(entry)
            return
        self.questions.append({**entry, "type": "grid", "rows": coded_options(rows, self.code)[0], "options": options})
