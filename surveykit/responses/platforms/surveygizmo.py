"""SurveyGizmo (Alchemer) exports: ``Option:question`` headings, answers joined by ";" or one column an option."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from surveykit.responses.building import (
    Parts,
    assemble,
    flags_of,
    group_question,
    is_other,
    name_columns,
    one_column_question,
    widened,
)
from surveykit.responses.export import Column, Export, Question
from surveykit.responses.profile import profile
from surveykit.responses.source import Source

__all__ = ["read", "recognise"]

_PARADATA = frozenset(
    [
        "response id",
        "time started",
        "date submitted",
        "status",
        "contact id",
        "legacy comments",
        "comments",
        "language",
        "referer",
        "sessionid",
        "session id",
        "user agent",
        "extended referer",
        "longitude",
        "latitude",
        "country",
        "city",
        "state/region",
        "postal",
        "ip address",
        "tags",
        "link name",
        "device",
        "vcountry",
        "vcity",
    ]
)


def recognise(source: Source) -> int:
    """How surely the table is a SurveyGizmo export, 0 to 100."""
    names = [header.strip().casefold() for header in source.header]
    return 90 if {"time started", "date submitted", "status"} <= set(names[:6]) else 0


def read(source: Source) -> Export:
    """Read a SurveyGizmo table."""
    headers, frame = widened(source.header, table := source.body(1))
    names = name_columns(headers)
    last = max(
        position
        for position, header in enumerate(headers)
        if header.strip().casefold() in ("time started", "date submitted", "status")
    )
    columns = []
    for position, (name, header) in enumerate(zip(names, headers, strict=True)):
        paradata = header.strip().casefold() in _PARADATA and position <= max(last, 25)
        columns.append(
            Column(name, header, "", "", "metadata" if paradata else "answer" if header.strip() else "unnamed")
        )
    known = {header.strip() for header in headers}
    groups: list[tuple[str, list[int]]] = []
    for position, column in enumerate(columns):
        if column.role != "answer":
            continue
        key = _split(column.header, known)[1]
        if groups and groups[-1][0] == key:
            groups[-1][1].append(position)
        else:
            groups.append((key, [position]))
    questions = [_question(frame, columns, known, key, members) for key, members in groups]
    status = next(
        (frame.iloc[:, position] for position, column in enumerate(columns) if column.header.strip() == "Status"), None
    )
    counts = {str(value): int(count) for value, count in status.value_counts().items()} if status is not None else {}
    notes = list(table.notes)
    if partial := counts.get("Partial"):
        notes.append(f"{partial} of {len(frame)} rows are partial answers; they are kept.")
    return assemble(
        source,
        frame,
        columns,
        questions,
        "surveygizmo",
        Parts("one header row", 1, tuple(notes), {"status_counts": counts}),
    )


def _split(header: str, known: set[str]) -> tuple[str, str]:
    """``Option:question`` into both; a heading that is itself a question stays whole."""
    text = header.strip()
    cuts = [match.start() for match in re.finditer(":", text)]
    for cut in cuts:
        if text[cut + 1 :].strip() in known:
            return text[:cut].strip(), text[cut + 1 :].strip()
    if cuts and re.search(r"#\d+$|write in$", text[: cuts[0]], re.IGNORECASE) and len(text) > cuts[0] + 1:
        return text[: cuts[0]].strip(), text[cuts[0] + 1 :].strip()
    if cuts and not text[cuts[0] + 1 :].startswith(" ") and len(text) > cuts[0] + 2:
        return text[: cuts[0]].strip(), text[cuts[0] + 1 :].strip()
    return "", text


def _question(
    frame: pd.DataFrame, columns: Sequence[Column], known: set[str], key: str, members: list[int]
) -> Question:
    labels = {position: _split(columns[position].header, known)[0] for position in members}
    other = [position for position in members if labels[position] and is_other(labels[position]) and len(members) > 1]
    other = [
        position
        for position in other
        if flags_of(profile(frame.iloc[:, position]), labels[position]) is None or not labels[members[0]]
    ]
    main = [position for position in members if position not in other]
    names = tuple(columns[position].name for position in main)
    question = Question(key, key, "", names, other=tuple(columns[position].name for position in other))
    if len(main) == 1:
        return one_column_question(question, frame.iloc[:, main[0]])
    shown = [labels[position] or key for position in main]
    grouped = group_question(question, shown, frame.iloc[:, main])
    return replace(grouped, id=key)
