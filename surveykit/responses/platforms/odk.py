"""KoboToolbox, Ona and ODK Central exports (CSV, XLSX), with group paths in the headings.

A multi-select is one space-joined column, one 0/1 column an option, or both; repeats come as sheets, files or
numbered columns.

An unanswered multi-select becomes zeros in its option columns on some servers, so zeros alone are no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from surveykit.responses.building import Parts, assemble, name_columns, one_column_question, widened
from surveykit.responses.cells import text_series
from surveykit.responses.export import Column, Export, Question, Roster, questions_frame
from surveykit.responses.profile import holds, profile
from surveykit.responses.selection import infer_joined
from surveykit.responses.source import Source, collect

__all__ = ["read", "recognise", "roster_of"]

_KOBO = frozenset(
    [
        "_id",
        "_uuid",
        "_submission_time",
        "_validation_status",
        "_notes",
        "_status",
        "_submitted_by",
        "__version__",
        "_tags",
        "_index",
        "_parent_index",
    ]
)
_ONA = frozenset(
    [
        "_version",
        "_duration",
        "_last_edited_by",
        "_total_media",
        "_media_count",
        "_media_all_received",
        "_parent_table_name",
        "_xform_id",
        "_attachments",
        "_bamboo_dataset_id",
        "_xform_id_string",
        "_geolocation",
        "_review_status",
        "_review_comment",
        "_date_modified",
    ]
)
_CENTRAL = frozenset(
    [
        "SubmissionDate",
        "KEY",
        "PARENT_KEY",
        "SubmitterID",
        "SubmitterName",
        "AttachmentsPresent",
        "AttachmentsExpected",
        "Status",
        "ReviewState",
        "DeviceID",
        "Edits",
        "FormVersion",
        "instanceID",
    ]
)
_ANYWHERE = re.compile(
    r"(meta|formhub)[/.:_-](instanceID|instanceName|rootUuid|deprecatedID|uuid|audit)|_submission__\w+|SET-OF-.*|instanceID|instanceName"
)
_OPTIONAL = frozenset(
    [
        "start",
        "end",
        "today",
        "deviceid",
        "subscriberid",
        "simserial",
        "simid",
        "devicephonenum",
        "phonenumber",
        "username",
        "audit",
        "background-audio",
    ]
)
_REPEAT = re.compile(r"^(?P<path>.+?)\[(?P<number>\d+)\][/.](?P<field>.+)$")
_SEPARATORS = ("/", ".", ":", "-")
_UNASKED = "n/a"
_TICKED = ("1", "1.0", "True", "TRUE", "true")
_SLUGS = re.compile(r"[A-Za-z0-9_.\-]+( [A-Za-z0-9_.\-]+)*")


def recognise(source: Source) -> int:
    """How surely the table comes from an ODK-style server, 0 to 100."""
    names = {header.strip() for header in source.header}
    marks = names & (
        _KOBO | _ONA | {"KEY", "PARENT_KEY", "SubmissionDate", "meta/instanceID", "meta-instanceID", "formhub/uuid"}
    )
    if len(marks) >= 2:
        return 96
    if any(_REPEAT.match(name) for name in names) and marks:
        return 90
    if _details(
        source.header,
        [{row[position] for row in source.head[1:] if position < len(row)} for position in range(len(source.header))],
    ):
        return 75
    path = re.compile(r"[A-Za-z_][\w.\-]*(/[A-Za-z_][\w.\-]*)*")
    return (
        12 if source.quoted and source.delimiter == ";" and names and all(path.fullmatch(name) for name in names) else 0
    )


def _details(headers: Sequence[str], values: Sequence[set[str]]) -> bool:
    """Whether some heading continues another one and holds 0/1: a multi-select with its options."""
    known = set(headers)
    for header, cells in zip(headers, values, strict=True):
        for separator in _SEPARATORS:
            stem = header.rpartition(separator)[0]
            if (
                stem in known
                and stem
                and (cells - {""})
                and cells - {""} <= {"0", "1", "0.0", "1.0", "True", "False", "TRUE", "FALSE"}
            ):
                return True
    return False


@dataclass(frozen=True)
class _Read:
    frame: pd.DataFrame
    columns: list[Column]
    questions: list[Question]
    notes: list[str]


def read(source: Source) -> Export:
    """Read a KoboToolbox, Ona or ODK table, with the repeats of a workbook as rosters."""
    headers, frame = widened(source.header, table := source.body(1))
    done = _read_table(headers, frame)
    platform = _server(headers, source)
    notes = [*table.notes, *done.notes]
    if platform == "kobo" and not {header.strip() for header in headers} & (_KOBO | _ONA | _CENTRAL):
        notes.append("No paradata in the file: recognised by the way it is written; pass platform= if this is wrong.")
    rosters = {**_numbered_repeats(done), **_sheets(source)}
    parent = _first(frame, done.columns, "_parent_table_name")
    if parent:
        notes.append(f"This table is a roster: its rows belong to '{parent}' through '_parent_index'.")
    versions = {name: _distinct(frame, done.columns, name) for name in ("__version__", "_version", "FormVersion")}
    for name, found in versions.items():
        if len(found) > 1:
            notes.append(f"Answers come from {len(found)} versions of the form ('{name}').")
    codes = (_UNASKED,) if any(holds(frame.iloc[:, position], _UNASKED) for position in range(frame.shape[1])) else ()
    if codes:
        notes.append("'n/a' stands for not asked or not answered.")
    more = {"rosters": rosters, "missing_codes": codes}
    return assemble(
        source, frame, done.columns, done.questions, platform, Parts(_layout(done.questions), 1, tuple(notes), more)
    )


def roster_of(export: Export, name: str) -> Roster:
    """A roster that comes in a file of its own, read like any table of the platform."""
    central = "PARENT_KEY" in export.frame.columns
    key, parent_key = ("PARENT_KEY", "KEY") if central else ("_parent_index", "_index")
    named = (
        export.frame["_parent_table_name"].dropna()
        if "_parent_table_name" in export.frame.columns
        else pd.Series(dtype="str")
    )
    return Roster(
        name, export.frame, export.questions, export.metadata, str(named.iloc[0]) if len(named) else "", key, parent_key
    )


def _server(headers: Sequence[str], source: Source) -> str:
    names = {header.strip() for header in headers}
    if names & {"KEY", "SubmissionDate", "meta-instanceID", "PARENT_KEY"}:
        return "odk"
    ona = names & (_ONA - {"_attachments", "_geolocation", "_parent_table_name"})
    if ona or ("_parent_table_name" in names and source.kind == "text"):
        return "ona"
    return "kobo"


def _layout(questions: Sequence[Question]) -> str:
    joined = any(question.separator for question in questions)
    split = any(question.type == "multi" and not question.separator for question in questions)
    return "multi-selects " + (
        "joined and split" if joined and split else "joined" if joined else "split" if split else "none"
    )


def _read_table(headers: Sequence[str], frame: pd.DataFrame) -> _Read:
    names = name_columns(headers)
    columns = []
    for position, (name, header) in enumerate(zip(names, headers, strict=True)):
        columns.append(Column(name, header, "", "", _role(header.strip(), frame.iloc[:, position])))
    notes: list[str] = []
    taken: set[int] = set()
    multis: dict[int, Question] = {}
    for first, question, used in _multi_selects(frame, columns, notes):
        multis[first] = question
        taken |= used
    for first, question, used in _repeated(columns):
        multis[first] = question
        taken |= used
    questions = []
    for position, column in enumerate(columns):
        if position in multis:
            questions.append(multis[position])
        elif position not in taken and column.role == "answer":
            questions.append(_plain(frame, column, position))
    return _Read(frame, columns, questions, notes)


def _role(header: str, column: pd.Series) -> str:
    if not header:
        return "unnamed"
    last = re.split(r"[/]", header)[-1]
    if header in _KOBO | _ONA | _CENTRAL or _ANYWHERE.fullmatch(header):
        return "metadata"
    if last in _OPTIONAL and (
        last not in ("start", "end") or column.dropna().astype(str).str.match(r"\d{4}-\d{2}-\d{2}[T ]").all()
    ):
        return "metadata"
    return "answer"


def _plain(frame: pd.DataFrame, column: Column, position: int) -> Question:
    values = frame.iloc[:, position]
    question = Question(column.name, column.header.strip(), "", (column.name,))
    asked = one_column_question(question, values.where(values != _UNASKED))
    if asked.separator:
        # These servers join options by spaces and in no other way.
        return replace(question, type="text")
    described = profile(values.where(values != _UNASKED))
    if asked.type in ("text", "single") and all(_SLUGS.fullmatch(value) for value in described.counts):
        joined = infer_joined(described, (" ",))
        if joined is not None:
            return replace(question, type="multi", options=joined.options, codes=joined.options, separator=" ")
    return asked


def _multi_selects(
    frame: pd.DataFrame, columns: Sequence[Column], notes: list[str]
) -> Iterator[tuple[int, Question, set[int]]]:
    """Option columns grouped by the question whose path they continue."""
    place = {column.header.strip(): position for position, column in enumerate(columns)}
    groups: dict[tuple[str, str], list[int]] = {}
    for position, column in enumerate(columns):
        header = column.header.strip()
        if column.role != "answer" or _REPEAT.match(header):
            continue
        for separator in _SEPARATORS:
            stem, _, option = header.rpartition(separator)
            if stem and option and not option.startswith("_") and _boxes(frame.iloc[:, position]):
                groups.setdefault((stem, separator), []).append(position)
                break
    for (stem, separator), members in _climbed(groups, place).items():
        summary = place.get(stem)
        siblings = [header for header in place if header.startswith(stem + separator)]
        alone = (
            len(members) > 1 and len(siblings) == len(members) and any(profile(frame[each]).counts for each in members)
        )
        if summary is None and not alone:
            continue
        options = tuple(columns[position].header.strip()[len(stem) + len(separator) :] for position in members)
        names = tuple(columns[position].name for position in members)
        write_in = place.get(f"{stem}_other")
        other = (columns[write_in].name,) if write_in is not None else ()
        question = Question(stem, stem, "multi", names, options, options, other=other, ticked=_TICKED)
        notes.extend(_doubts(frame, question, members, summary))
        extra = {position for position in (summary, write_in) if position is not None}
        yield (members[0] if summary is None else summary), question, {*members, *extra}


def _climbed(groups: Mapping[tuple[str, str], list[int]], place: Mapping[str, int]) -> dict[tuple[str, str], list[int]]:
    """Lone options whose wording holds the separator ("boat/canoe") join the question further up."""
    merged: dict[tuple[str, str], list[int]] = {key: list(members) for key, members in groups.items()}
    for (stem, separator), members in groups.items():
        if len(members) > 1 or stem in place:
            continue
        above = stem.rpartition(separator)[0]
        while above and (above, separator) not in groups:
            above = above.rpartition(separator)[0]
        if above:
            merged[above, separator] = sorted({*merged[above, separator], *merged.pop((stem, separator))})
    return merged


def _boxes(column: pd.Series[Any]) -> bool:
    words = {value.casefold() for value in profile(column).counts}
    return words <= {"0", "1", "0.0", "1.0", "true", "false", _UNASKED}


def _doubts(frame: pd.DataFrame, question: Question, members: Sequence[int], summary: int | None) -> Iterator[str]:
    """What the option columns and the joined column leave open."""
    ticks = frame.iloc[:, list(members)].isin(list(question.ticked)).any(axis=1)
    if summary is None:
        if not ticks.any():
            yield f"'{question.id}': nobody ticked anything; read as a multi-select by its headings."
        return
    joined = frame.iloc[:, summary]
    zeros = int((joined.isna() & ~ticks & frame.iloc[:, list(members)].notna().any(axis=1)).sum())
    if zeros:
        yield f"'{question.id}': {zeros} respondents gave no answer, yet their option columns hold 0."
    if (joined.isna() & ticks).any() or (joined.notna() & ~joined.isin([_UNASKED]) & ~ticks).any():
        yield f"'{question.id}': the joined column and the option columns disagree about who answered."


def _repeated(columns: Sequence[Column]) -> list[tuple[int, Question, set[int]]]:
    """Questions inside a repeat that is laid out in numbered columns."""
    groups: dict[tuple[str, str], list[int]] = {}
    for position, column in enumerate(columns):
        if match := _REPEAT.match(column.header.strip()):
            groups.setdefault((match["path"], match["field"]), []).append(position)
    found = []
    for (path, field), members in groups.items():
        names = tuple(columns[position].name for position in members)
        rows = tuple(
            f"{path} {match['number']}"
            for position in members
            if (match := _REPEAT.match(columns[position].header.strip()))
        )
        found.append((members[0], Question(f"{path}/{field}", field, "loop", names, rows=rows), set(members)))
    return found


def _numbered_repeats(done: _Read) -> dict[str, Roster]:
    """Numbered columns as a roster: one row per entry that holds anything."""
    entries: dict[str, dict[int, dict[str, int]]] = {}
    for position, column in enumerate(done.columns):
        if match := _REPEAT.match(column.header.strip()):
            entries.setdefault(match["path"], {}).setdefault(int(match["number"]), {})[match["field"]] = position
    rosters = {}
    for path, numbers in entries.items():
        fields = list(dict.fromkeys(field for places in numbers.values() for field in places))
        rows: list[dict[str, str | None]] = []
        for parent in range(len(done.frame)):
            for number, places in sorted(numbers.items()):
                cells = {field: done.frame.iloc[parent, places[field]] if field in places else None for field in fields}
                texts = {
                    field: str(cell) if isinstance(cell, str) and cell != _UNASKED else None
                    for field, cell in cells.items()
                }
                if any(texts.values()):
                    rows.append({"_parent_index": str(parent + 1), "_index": str(number), **texts})
        frame = pd.DataFrame(
            {name: text_series([row[name] for row in rows]) for name in ("_parent_index", "_index", *fields)}
        )
        inner = _read_table(list(frame.columns), frame.set_axis(range(frame.shape[1]), axis=1))
        rosters[path] = _roster(path, frame, inner, "", "_parent_index", "row number, from 1")
    return rosters


def _roster(name: str, frame: pd.DataFrame, inner: _Read, parent: str, key: str, parent_key: str) -> Roster:
    metadata = tuple(column.name for column in inner.columns if column.role == "metadata")
    return Roster(name, frame, questions_frame(inner.questions), metadata, parent, key, parent_key)


def _sheets(source: Source) -> dict[str, Roster]:
    """The other sheets of a workbook that point to a parent row."""
    rosters = {}
    for sheet in source.sheets[1:]:
        if not sheet.rows:
            continue
        first = list(sheet.rows[0])
        key = next((name for name in ("_parent_index", "PARENT_KEY") if name in first), None)
        if key is None:
            continue
        width = max(len(row) for row in sheet.rows)
        body = collect(([*row, *[""] * (width - len(row))] for row in sheet.rows), 1, width)
        padded = [*first, *[""] * (width - len(first))]
        inner = _read_table(padded, body.frame)
        frame = body.frame.set_axis([column.name for column in inner.columns], axis=1)
        parents = (
            frame["_parent_table_name"].dropna() if "_parent_table_name" in frame.columns else pd.Series(dtype="str")
        )
        parent = str(parents.iloc[0]) if len(parents) else source.sheets[0].name
        rosters[sheet.name] = _roster(
            sheet.name, frame, inner, parent, key, "_index" if key == "_parent_index" else "KEY"
        )
    return rosters


def _first(frame: pd.DataFrame, columns: Sequence[Column], name: str) -> str:
    values = _distinct(frame, columns, name)
    return values[0] if values else ""


def _distinct(frame: pd.DataFrame, columns: Sequence[Column], name: str) -> list[str]:
    position = next((position for position, column in enumerate(columns) if column.header.strip() == name), None)
    return [] if position is None else [str(value) for value in frame.iloc[:, position].dropna().unique()]
