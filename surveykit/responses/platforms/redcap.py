"""REDCap exports, raw or labelled: ``field___code`` columns of 0 and 1, ``form_complete``, events and repeats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from surveykit.responses.building import Parts, assemble, group_question, name_columns, one_column_question, widened
from surveykit.responses.export import Column, Export, Question
from surveykit.responses.source import Source

__all__ = ["read", "recognise"]

_PARADATA = re.compile(
    r"redcap_(event_name|repeat_instrument|repeat_instance|survey_identifier|data_access_group|random\w*)|\w+_complete|\w+_timestamp|"
    r"(.* )?complete\?|event name|repeat instrument|repeat instance|survey identifier"
    r"|data access group|survey timestamp",
    re.IGNORECASE,
)
_CHECKBOX = re.compile(r"^(?P<field>[a-z]\w*?)___(?P<code>\w+)$")
_LABELLED = re.compile(r"^(?P<field>.*\S)\s+\(choice=(?P<label>.*)\)$", re.DOTALL)


def recognise(source: Source) -> int:
    """How surely the table is a REDCap export, 0 to 100."""
    names = [header.strip() for header in source.header]
    if any(name.startswith("redcap_") for name in names):
        return 97
    boxes = sum(bool(_CHECKBOX.match(name)) for name in names)
    labelled = sum(bool(_LABELLED.match(name)) for name in names)
    complete = [position for position, name in enumerate(names) if name.endswith("_complete") or name == "Complete?"]
    if labelled and complete:
        return 95
    states = {row[position] for row in source.head[1:] for position in complete if position < len(row)} <= {
        "0",
        "1",
        "2",
        "",
        "Complete",
        "Incomplete",
        "Unverified",
    }
    if complete and states and (boxes or (names[0] == names[0].lower() and " " not in names[0])):
        return 90
    return 70 if boxes >= 2 else 0


def read(source: Source) -> Export:
    """Read a REDCap table."""
    headers, frame = widened(source.header, table := source.body(1))
    names = name_columns(headers)
    columns = []
    for name, header in zip(names, headers, strict=True):
        role = "unnamed" if not header.strip() else "metadata" if _PARADATA.fullmatch(header.strip()) else "answer"
        columns.append(Column(name, header, "", "", role))
    groups: dict[str, list[int]] = {}
    for position, column in enumerate(columns):
        if column.role == "answer":
            match = _CHECKBOX.match(column.header) or _LABELLED.match(column.header)
            groups.setdefault(match["field"] if match else column.header, []).append(position)
    questions = [_question(frame, columns, key, members) for key, members in groups.items()]
    notes = list(table.notes)
    first = frame.iloc[:, 0]
    if first.nunique() < len(first.dropna()):
        notes.append(
            f"{len(frame)} rows belong to {first.nunique()} records ('{names[0]}'): events or repeats, one row each."
        )
    if any(_CHECKBOX.match(column.header) for column in columns):
        notes.append(
            "Checkboxes are 0 both when left unticked and when never shown: a row of zeros counts as no answer."
        )
    labelled = any(_LABELLED.match(column.header) for column in columns) or any(
        column.header == "Complete?" for column in columns
    )
    layout = "labels" if labelled else "raw"
    return assemble(source, frame, columns, questions, "redcap", Parts(layout, 1, tuple(notes)))


def _question(frame: pd.DataFrame, columns: Sequence[Column], key: str, members: list[int]) -> Question:
    names = tuple(columns[position].name for position in members)
    match = _CHECKBOX.match(columns[members[0]].header) or _LABELLED.match(columns[members[0]].header)
    question = Question(key, key, "", names)
    if match is None:
        return one_column_question(question, frame.iloc[:, members[0]])
    codes = []
    for position in members:
        found = _CHECKBOX.match(columns[position].header) or _LABELLED.match(columns[position].header)
        code = found.group(2) if found else ""
        # A negative code is written with one more underscore: q____99 stands for -99.
        codes.append(f"-{code[1:]}" if re.fullmatch(r"_\d+", code) else code)
    return group_question(replace(question, codes=tuple(codes)), codes, frame.iloc[:, members])
