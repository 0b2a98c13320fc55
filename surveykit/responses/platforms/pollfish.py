"""Pollfish workbooks: a sheet per question, ``Individuals`` in labels and ``Individuals Coded`` in codes.

Multi-selects are ``Q2.1, Q2.2 ...`` of 0 and 1 in the coded sheet. The workbook's weights balance age and
gender of people; they say nothing about firms and are never taken as survey weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from surveykit.errors import ReadError
from surveykit.responses.building import Parts, assemble, flags_of, looks_ranked, name_columns, one_column_question
from surveykit.responses.export import Column, Export, Question
from surveykit.responses.profile import profile
from surveykit.responses.source import Source, collect
from surveykit.responses.workbook import Sheet

__all__ = ["read", "recognise"]

_QUESTION = re.compile(r"^(?P<number>Q\d+)(\.(?P<option>\d+|other))?$", re.IGNORECASE)
_SHEET = re.compile(r"^Q\d+$", re.IGNORECASE)
_FOOT = re.compile(r"^(total|sum|n|respondents|base)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Asked:
    text: str
    answers: tuple[str, ...]


def recognise(source: Source) -> int:
    """How surely the workbook comes from Pollfish, 0 to 100."""
    names = {sheet.name.strip().casefold() for sheet in source.sheets}
    if "individuals coded" in names:
        return 98
    return 85 if "individuals" in names and any(_SHEET.match(sheet.name.strip()) for sheet in source.sheets) else 0


def read(source: Source) -> Export:
    """Read a Pollfish workbook: codes where there are any, with labels from the question sheets."""
    sheets = {sheet.name.strip().casefold(): sheet for sheet in source.sheets}
    main = sheets.get("individuals coded") or sheets["individuals"]
    labels = sheets.get("individuals") if "individuals coded" in sheets else None
    headers, frame = _table(main)
    if not headers or frame.empty:
        raise ReadError(
            f"Sheet '{main.name}' of '{source.path.name}' holds no individuals.",
            remedy="Export the individual answers from Pollfish.",
        )
    asked = {sheet.name.strip().upper(): _asked(sheet) for sheet in source.sheets if _SHEET.match(sheet.name.strip())}
    names = name_columns(headers)
    columns = []
    for name, header in zip(names, headers, strict=True):
        match = _QUESTION.match(header.strip())
        text = asked[match["number"].upper()].text if match and match["number"].upper() in asked else ""
        columns.append(
            Column(name, header, text, "", "answer" if match else "metadata" if header.strip() else "unnamed")
        )
    notes: list[str] = []
    frame, columns = _join_labels(frame, columns, labels, notes)
    groups: dict[str, list[int]] = {}
    for position, column in enumerate(columns):
        if match := _QUESTION.match(column.header.strip()):
            groups.setdefault(match["number"].upper(), []).append(position)
    questions = [
        _question(frame, columns, asked.get(number, _Asked(number, ())), number, members)
        for number, members in groups.items()
    ]
    if any(column.header.strip().casefold().startswith("weight") for column in columns):
        notes.append(
            "The weight column balances people by age and gender; it is kept as paradata "
            "and not used as a survey weight."
        )
    value_labels = {
        question.columns[0]: dict(zip(question.codes, question.options, strict=True))
        for question in questions
        if question.type == "single" and question.codes != question.options
    }
    parts = Parts(f"sheet '{main.name}'", 1, tuple(notes), {"value_labels": value_labels})
    return assemble(source, frame, columns, questions, "pollfish", parts)


def _table(sheet: Sheet) -> tuple[list[str], pd.DataFrame]:
    width = max((len(row) for row in sheet.rows), default=0)
    rows = [[*row, *[""] * (width - len(row))] for row in sheet.rows]
    return (rows[0], collect(rows, 1, width).frame) if rows else ([], pd.DataFrame())


def _asked(sheet: Sheet) -> _Asked:
    """Question text and answers of a question's own sheet."""
    filled = [row for row in sheet.rows if any(row)]
    start = next(
        (number for number, row in enumerate(filled) if row and row[0].strip().casefold().startswith("answer")), None
    )
    text = next((cell.strip() for row in filled[:start] for cell in row if cell.strip()), sheet.name)
    if start is None:
        return _Asked(text, ())
    answers = [
        row[0].strip() for row in filled[start + 1 :] if row and row[0].strip() and not _FOOT.match(row[0].strip())
    ]
    return _Asked(text, tuple(answers))


def _join_labels(
    frame: pd.DataFrame, columns: list[Column], sheet: Sheet | None, notes: list[str]
) -> tuple[pd.DataFrame, list[Column]]:
    """Add what only the labelled sheet has (income, education, device), matched by ID."""
    if sheet is None or not sheet.rows:
        return frame, columns
    headers, labelled = _table(sheet)
    own = [column.header.strip().casefold() for column in columns]
    if "id" not in own or "id" not in [header.strip().casefold() for header in headers]:
        notes.append("The labelled sheet has no ID column; its extra columns could not be matched.")
        return frame, columns
    key = [header.strip().casefold() for header in headers].index("id")
    ids = frame.iloc[:, own.index("id")]
    if labelled.iloc[:, key].duplicated().any() or ids.duplicated().any():
        notes.append("IDs repeat; the labelled sheet's extra columns could not be matched.")
        return frame, columns
    extra = [
        position
        for position, header in enumerate(headers)
        if header.strip() and header.strip().casefold() not in own and not _QUESTION.match(header.strip())
    ]
    looked_up = labelled.set_index(labelled.iloc[:, key])
    for position in extra:
        frame[frame.shape[1]] = ids.map(looked_up[position]).astype("str")
        columns = [*columns, Column(headers[position], headers[position], f"from sheet '{sheet.name}'", "", "metadata")]
    if extra:
        notes.append(f"From sheet '{sheet.name}', matched by ID: {', '.join(headers[position] for position in extra)}.")
    return frame, columns


def _question(
    frame: pd.DataFrame, columns: Sequence[Column], asked: _Asked, number: str, members: list[int]
) -> Question:
    names = tuple(columns[position].name for position in members)
    options = {str(place): answer for place, answer in enumerate(asked.answers, start=1)}
    if len(members) == 1 and "." not in columns[members[0]].header:
        return _single(Question(number, asked.text, "", names), options, frame.iloc[:, members[0]])
    codes = [
        match["option"] if (match := _QUESTION.match(columns[position].header.strip())) else "" for position in members
    ]
    labels = [options.get(code, code) for code in codes]
    answers = frame.iloc[:, members]
    described = [profile(answers.iloc[:, position]) for position in range(len(members))]
    question = Question(number, asked.text, "", names, tuple(labels), tuple(codes))
    if looks_ranked(answers, described):
        return replace(question, type="rank", rows=tuple(labels), options=(), codes=())
    ticks = [flags_of(each, label) for each, label in zip(described, labels, strict=True)]
    boxes = tuple(name for name, tick in zip(names, ticks, strict=True) if tick is not None)
    kept = [position for position, tick in enumerate(ticks) if tick is not None]
    words = tuple(dict.fromkeys(word for tick in ticks for word in tick or ()))
    return replace(
        question,
        type="multi",
        columns=boxes,
        options=tuple(labels[position] for position in kept),
        codes=tuple(codes[position] for position in kept),
        ticked=words,
        other=tuple(name for name, tick in zip(names, ticks, strict=True) if tick is None),
    )


def _single(question: Question, options: Mapping[str, str], column: pd.Series) -> Question:
    described = profile(column)
    if options and set(described.counts) <= set(options):
        return replace(question, type="single", options=tuple(options.values()), codes=tuple(options))
    if options and set(described.counts) <= set(options.values()):
        return replace(question, type="single", options=tuple(options.values()), codes=tuple(options.values()))
    return one_column_question(question, column)
