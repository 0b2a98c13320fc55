"""SurveyMonkey exports: a row of question texts over a row of option texts; continued questions are blank above.

A cell holds its option's label when ticked and nothing otherwise, so "not ticked" and "not shown" look alike.
In the condensed form the second row is empty, and some files have only the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from surveykit.responses.building import (
    Parts,
    assemble,
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
        "respondentid",
        "respondent id",
        "collectorid",
        "collector id",
        "start date",
        "startdate",
        "end date",
        "enddate",
        "date created",
        "date modified",
        "ip address",
        "ipaddress",
        "email address",
        "emailaddress",
        "first name",
        "firstname",
        "last name",
        "lastname",
        "custom data 1",
        "custom data",
        "customdata",
        "language",
        "respondent_id",
        "collector_id",
        "date_created",
        "date_modified",
        "ip_address",
        "email_address",
        "first_name",
        "last_name",
        "custom_1",
        "teilnehmer-id",
        "befragten-id",
        "collector-id",
        "startdatum",
        "enddatum",
        "ip-adresse",
        "e-mail-adresse",
        "vorname",
        "nachname",
        "id du répondant",
        "id du collecteur",
        "date de début",
        "date de fin",
        "adresse ip",
        "回答者 id",
        "コレクター id",
        "開始日",
        "終了日",
        "ip アドレス",
    ]
)
_ONE_ANSWER = re.compile(
    r"""response|open-ended\ response|réponse(\ libre)?|antwort|offene\ antwort|beantwortung\ in\ freitext
    |respuesta(\ abierta)?|resposta(\ aberta)?|回答|自由回答|risposta.*""",
    re.IGNORECASE | re.VERBOSE,
)
_ID = re.compile(r"respondent[ _]?id|回答者 id|befragten-id|teilnehmer-id|id du répondant", re.IGNORECASE)


def recognise(source: Source) -> int:
    """How surely the table is a SurveyMonkey export, 0 to 100."""
    head = source.head
    if not head or len(head[0]) < 2:
        return 0
    first = head[0][0].strip()
    named = bool(_ID.fullmatch(first))
    if _has_option_row(head):
        return 97 if named else 60
    return 85 if named else 0


def _has_option_row(head: Sequence[Sequence[str]]) -> bool:
    """Whether the second row holds option texts: blank under the id, filled under blank headings."""
    if len(head) < 2 or (head[1] and head[1][0].strip()):
        return False
    second = head[1]
    answers = sum(bool(_ONE_ANSWER.fullmatch(cell.strip())) for cell in second)
    continued = sum(1 for above, below in zip(head[0], second, strict=False) if not above.strip() and below.strip())
    return answers > 0 or continued > 1 or not any(cell.strip() for cell in second)


def read(source: Source) -> Export:
    """Read a SurveyMonkey table."""
    rows = 2 if _has_option_row(source.head) else 1
    headers, frame = widened(source.header, table := source.body(rows))
    second = list(source.head[1]) if rows == 2 else []
    labels = [*second, *[""] * (len(headers) - len(second))]
    notes = list(table.notes)
    condensed = rows == 2 and not any(label.strip() for label in labels)
    if condensed:
        notes.append("The second header row is empty (condensed export): options share one column.")
    groups = _groups(headers, labels)
    if rows == 1:
        labels, groups = _joined_headings(headers, frame)
    names = name_columns(_filled(headers, labels, groups))
    columns = []
    for position, (name, header, label) in enumerate(zip(names, headers, labels, strict=True)):
        paradata = header.strip().casefold() in _PARADATA and not label.strip()
        alone = not any(position in members for members in groups.values())
        columns.append(Column(name, header, label, "", "metadata" if paradata else "unnamed" if alone else "answer"))
    questions = []
    for first, members in groups.items():
        if columns[first].role != "metadata":
            text = (
                headers[first].strip().removesuffix(labels[first]).rstrip(" -") if rows == 1 else headers[first].strip()
            )
            questions.append(_question(frame, columns, text or headers[first].strip(), members, notes))
    layout = f"{rows} header rows" if rows == 2 else "one header row"
    return assemble(source, frame, columns, questions, "surveymonkey", Parts(layout, rows, tuple(notes)))


def _groups(headers: Sequence[str], labels: Sequence[str]) -> dict[int, list[int]]:
    """Columns by question: a heading and the blank ones after it that have an option below."""
    groups: dict[int, list[int]] = {}
    current: int | None = None
    for position, header in enumerate(headers):
        if header.strip():
            current = position
            groups[position] = [position]
        elif current is not None and labels[position].strip():
            groups[current].append(position)
        else:
            current = None
    return groups


def _joined_headings(headers: Sequence[str], frame: pd.DataFrame) -> tuple[list[str], dict[int, list[int]]]:
    """Questions in a file with one header row, where option columns are headed ``question - option``.

    A column whose only value ends its heading is that option; a heading that continues the one before by
    " - Other" is its text; other neighbours with the same beginning are the rows of a grid.
    """
    stems: list[str] = []
    labels: list[str] = []
    for position, header in enumerate(headers):
        values = profile(frame.iloc[:, position]).values
        text = header.strip()
        own = values[0].strip() if len(values) == 1 and text.endswith(f"- {values[0].strip()}") else ""
        stem, dash, last = text.rpartition(" - ")
        labels.append(own or (last if dash else ""))
        stems.append(text.removesuffix(own).rstrip(" -") if own else stem.rstrip(" -") if dash else text)
    groups: dict[int, list[int]] = {}
    for position, stem in enumerate(stems):
        previous = next(reversed(groups), None)
        if previous is not None and stem == stems[previous] and (labels[previous] or is_other(labels[position])):
            groups[previous].append(position)
        else:
            groups[position] = [position]
    return labels, groups


def _filled(headers: Sequence[str], labels: Sequence[str], groups: dict[int, list[int]]) -> list[str]:
    """Names for blank headings: the question's text with the option in brackets."""
    names = list(headers)
    for first, members in groups.items():
        for position in (each for each in members if not headers[each].strip()):
            names[position] = f"{headers[first].strip()} [{labels[position].strip()}]"
    return names


def _question(
    frame: pd.DataFrame, columns: Sequence[Column], text: str, members: Sequence[int], notes: list[str]
) -> Question:
    labels = [columns[position].label.strip() for position in members]
    if len(members) > 1 and not labels[0] and all(is_other(label) for label in labels[1:]):
        # A single choice and the text of its "other".
        alone = _question(frame, columns, text, members[:1], notes)
        return replace(alone, other=tuple(columns[position].name for position in members[1:]))
    names = tuple(columns[position].name for position in members)
    ticks = len(members) == 1 and labels[0] and profile(frame.iloc[:, members[0]]).values == (labels[0],)
    if len(members) == 1 and not ticks:
        return one_column_question(Question(text, text, "", names), frame.iloc[:, members[0]])
    question = group_question(Question(text, text, "", names), labels, frame.iloc[:, list(members)])
    if question.type == "multi":
        return _spread(frame, question, dict(zip(names, members, strict=True)), notes)
    return question


def _spread(frame: pd.DataFrame, question: Question, places: dict[str, int], notes: list[str]) -> Question:
    """A single choice may take one column an option, too: then nobody has ticked two."""
    ticks = frame.iloc[:, [places[name] for name in question.columns]].notna().sum(axis=1)
    if len(question.columns) > 1 and int(ticks.max()) <= 1 and int((ticks == 1).sum()) >= 10:
        notes.append(
            f"'{question.text[:60]}': nobody ticked more than one of {len(question.columns)} columns; "
            "read as a single choice spread over them."
        )
        return replace(question, type="single")
    return question
