"""Qualtrics exports: three header rows (names, texts, ImportIds), or the legacy two with V1..V10.

The ImportId, not the text, says which question a column belongs to: texts come in the survey's language
and are cut short. Rows of the survey preview and of generated test answers are found by the response
status and the distribution channel.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from surveykit.responses.building import (
    Parts,
    assemble,
    common_stem,
    group_question,
    name_columns,
    one_column_question,
    widened,
)
from surveykit.responses.export import Column, Export, Question
from surveykit.responses.profile import holds, profile
from surveykit.responses.source import LeaveOut, Source, Table

__all__ = ["read", "recognise"]

_IMPORT_ID = re.compile(r"""["']ImportId["']\s*:\s*["'](.*?)["']\s*[,}]""")
_TIME_ZONE = re.compile(r"""["']timeZone["']\s*:\s*["'](.*?)["']""")
_QUESTION_ID = re.compile(r"^(?P<loop>\d+_)?(?P<qid>QID\d+)(?P<part>#\d+)?(?P<rest>.*)$")
_PARADATA = re.compile(
    r"(startDate|endDate|recordedDate|status|ipAddress|progress|duration|finished|_?recordId|responseId|responseSetId|"
    r"(panel-)?(recipient\w+|externalDataReference|externalReference)|(Location-)?location\w+|distributionChannel|userLanguage|Q_\w+|_\w+)",
    re.IGNORECASE,
)
_LEGACY = (
    "ResponseID",
    "ResponseSet",
    "Name",
    "ExternalDataReference",
    "EmailAddress",
    "IPAddress",
    "Status",
    "StartDate",
    "EndDate",
    "Finished",
)
_MODERN = frozenset(
    {
        *(
            "StartDate",
            "EndDate",
            "Status",
            "IPAddress",
            "Progress",
            "Duration (in seconds)",
            "Finished",
            "RecordedDate",
        ),
        *("ResponseId", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference"),
        *("DistributionChannel", "UserLanguage"),
    }
)
_LEGACY_TAIL = re.compile(r"Location(Latitude|Longitude|Accuracy)|Q_TotalDuration|Q_\w+Language")
_TIMING = re.compile(
    r"[-_](FIRST_CLICK|LAST_CLICK|PAGE_SUBMIT|CLICK_COUNT|DO(_\d+)?|BROWSER|VERSION|OS|OPERATING_SYSTEM|RESOLUTION|DISPLAY_ORDER)$",
    re.IGNORECASE,
)
_PREVIEW = re.compile(
    r"preview|vorschau|aper.u|vista previa|pr.-?visualiza|anteprima|voorbeeld|podgl.d|プレビュー|预览|預覽|미리",
    re.IGNORECASE,
)
_TEST = re.compile(r"survey test|umfragetest|\btest\b|prueba|テスト|测试|測試", re.IGNORECASE)


def recognise(source: Source) -> int:
    """How surely the table is a Qualtrics export, 0 to 100."""
    head = source.head
    if len(head) >= 3 and sum(bool(_IMPORT_ID.search(cell)) for cell in head[2]) >= max(1, len(head[2]) // 2):
        return 100
    names = head[0] if head else ()
    legacy = len(names) > 7 and names[:3] == ("V1", "V2", "V3") and len(head) > 1
    if legacy and (
        head[1][0].replace(" ", "").casefold() == "responseid"
        or any(row[:1] and row[0].startswith("R_") for row in head[2:])
    ):
        return 95
    if len(_MODERN.intersection(names)) >= 5:
        return 80
    return 0


def read(source: Source) -> Export:
    """Read a Qualtrics table."""
    head = source.head
    if len(head) >= 3 and any(_IMPORT_ID.search(cell) for cell in head[2]):
        return _read_three_rows(source)
    if head[0][:3] == ("V1", "V2", "V3"):
        return _read_legacy(source)
    return _read_one_row(source)


def _pad(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def _read_three_rows(source: Source) -> Export:
    headers, frame = widened(source.header, table := source.body(3, leave_out=_leave_out(source, 3)))
    labels, imports = _pad(source.head[1], len(headers)), _pad(source.head[2], len(headers))
    ids = [match.group(1) if (match := _IMPORT_ID.search(cell)) else "" for cell in imports]
    zones = {match.group(1) for cell in imports if (match := _TIME_ZONE.search(cell))}
    names = name_columns(headers)
    columns = [
        Column(name, header, label, key, _role(header, key))
        for name, header, label, key in zip(names, headers, labels, ids, strict=True)
    ]
    notes = list(table.notes)
    if any("{'ImportId'" in cell for cell in imports):
        notes.append("ImportIds are written with single quotes and hyphens (Insights of 2016).")
    if len(zones) > 1:
        notes.append(f"Time stamps name several time zones: {', '.join(sorted(zones))}.")
    groups: dict[str, list[int]] = {}
    for position, column in enumerate(columns):
        if column.role in ("answer", "other text"):
            groups.setdefault(_group_key(column.import_id), []).append(position)
    questions = _questions(_to_infer(table, frame), columns, groups)
    embedded = [column.name for column in columns if column.role == "embedded"]
    if embedded:
        notes.append(f"Embedded data, not questions: {', '.join(embedded)}.")
    more = {"time_zone": next(iter(zones)) if len(zones) == 1 else None}
    return _finish(
        source, replace(table, frame=frame), columns, questions, Parts("three header rows", 3, tuple(notes), more)
    )


def _role(header: str, key: str) -> str:
    if not header.strip() and not key:
        return "unnamed"
    match = _QUESTION_ID.match(key)
    if match is None:
        return "metadata" if not key or _PARADATA.fullmatch(key) else "derived" if key.startswith("SC_") else "embedded"
    rest = match["rest"]
    if _TIMING.search(rest) or "_DO_" in header or header.endswith("_DO"):
        return "metadata"
    if re.search(r"\d[-_]TEXT$", f"{rest}"):
        # A text box of one option; in a side-by-side block the text is the answer itself.
        return "answer" if match["part"] else "other text"
    if re.match(r"_TEXT_[0-9a-f]{16,}", rest):
        return "derived"
    return "answer"


def _group_key(key: str) -> str:
    """The question a column belongs to; a matrix of several answers a row is one question per row."""
    match = _QUESTION_ID.match(key)
    if match is None:
        return key
    base = f"{match['loop'] or ''}{match['qid']}{match['part'] or ''}"
    numbers = re.findall(r"[-_]([^-_]+)", re.sub(r"[-_]TEXT$", "", match["rest"]))
    return f"{base}-{numbers[0]}" if len(numbers) >= 2 else base


def _questions(frame: pd.DataFrame, columns: Sequence[Column], groups: dict[str, list[int]]) -> list[Question]:
    questions = []
    for key, members in groups.items():
        answers = [position for position in members if columns[position].role == "answer"]
        texts = tuple(columns[position].name for position in members if columns[position].role == "other text")
        if not answers:
            answers, texts = members, ()
        names = tuple(columns[position].name for position in answers)
        labels = [columns[position].label for position in answers]
        text, options = common_stem(labels) if len(labels) > 1 else _single_label(columns[answers[0]])
        tag = _tag([columns[position] for position in answers], key)
        question = Question(tag, text, "", names, other=texts, import_id=key)
        if len(answers) == 1 and not _is_choice_column(columns[answers[0]]):
            known = "open" if columns[answers[0]].import_id.endswith("TEXT") else "choice"
            questions.append(one_column_question(question, frame.iloc[:, answers[0]], known=known))
        else:
            codes = tuple(columns[position].header.rpartition("_")[2] for position in answers)
            questions.append(group_question(replace(question, codes=codes), options, frame.iloc[:, answers]))
    return questions


def _to_infer(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that tell what kind of question a column is: the answers, or the test rows where there are no others."""
    if len(frame) or table.left.empty:
        return frame
    return table.left.reindex(columns=frame.columns)


def _single_label(column: Column) -> tuple[str, list[str]]:
    if _is_choice_column(column):
        text, dash, option = column.label.rpartition(" - ")
        return (text, [option]) if dash else (column.label, [column.label])
    return column.label, [column.label]


def _is_choice_column(column: Column) -> bool:
    """Whether a lone column stands for one choice or slider of its question (QID2_1)."""
    match = _QUESTION_ID.match(column.import_id)
    return bool(match and re.fullmatch(r"[-_]\d+", match["rest"]))


def _tag(columns: Sequence[Column], key: str) -> str:
    """The export tag that the columns share: ``Q2`` of ``Q2_1, Q2_2``."""
    headers = [column.header.removesuffix("_TEXT") for column in columns]
    if len(columns) == 1:
        return re.sub(r"_\d+$", "", headers[0]) if _is_choice_column(columns[0]) else headers[0]
    bases = {header.rpartition("_")[0] for header in headers}
    return bases.pop() if len(bases) == 1 and "" not in bases else key


def _read_legacy(source: Source) -> Export:
    headers, frame = widened(source.header, table := source.body(2, leave_out=_leave_out(source, 2)))
    labels = _pad(source.head[1], len(headers))
    names = name_columns(headers)
    columns = []
    for name, header, label in zip(names, headers, labels, strict=True):
        role = "unnamed" if not header.strip() else "answer"
        if (
            re.fullmatch(r"V([1-9]|10)", header)
            or _LEGACY_TAIL.fullmatch(header)
            or _TIMING.search(header)
            or "_DO_" in header
        ):
            role = "metadata"
        elif (
            re.search(r"_\d+_TEXT$", header)
            and not re.search(r"#\d+_", header)
            and re.sub(r"_TEXT$", "", header) in headers
        ):
            role = "other text"
        columns.append(Column(name, header, label, "", role))
    notes = list(table.notes)
    if headers and not headers[-1].strip():
        notes.append("Every line ends with a comma: the last column has no name and no values.")
    return _finish(
        source,
        replace(table, frame=frame),
        columns,
        _by_name(_to_infer(table, frame), columns),
        Parts("legacy, two header rows", 2, tuple(notes)),
    )


def _read_one_row(source: Source) -> Export:
    """Read a file whose ImportIds, and perhaps texts, somebody removed."""
    start = next(position for position, name in enumerate(source.header) if name in _MODERN)
    texts = len(source.head) > 1 and not re.search(r"\d", "".join(source.head[1][start : start + 2]))
    rows = 2 if texts else 1
    headers, frame = widened(source.header, table := source.body(rows, leave_out=_leave_out(source, rows)))
    labels = _pad(source.head[1] if texts else (), len(headers))
    columns = []
    for name, header, label in zip(name_columns(headers), headers, labels, strict=True):
        timing = _TIMING.search(header) or header.startswith("Q_") or "_DO_" in header
        other = re.search(r"_\d+_TEXT$", header) and re.sub(r"_TEXT$", "", header) in headers
        role = "unnamed" if not header.strip() else "other text" if other else "answer"
        if header in _MODERN or _LEGACY_TAIL.fullmatch(header) or timing:
            role = "metadata"
        columns.append(Column(name, header, label, "", role))
    lost = "the row of ImportIds is" if texts else "the rows of texts and of ImportIds are"
    parts = Parts(f"{rows} of 3 header rows", rows, (*table.notes, f"A changed export: {lost} missing."))
    questions = _by_name(_to_infer(table, frame), columns)
    return _finish(source, replace(table, frame=frame), columns, questions, parts)


def _by_name(frame: pd.DataFrame, columns: Sequence[Column]) -> list[Question]:
    """Questions from column names alone: ``Q2_1, Q2_2`` with neighbouring labels belong together."""
    groups: dict[str, list[int]] = {}
    numbered = re.compile(r"^(.+?)_(\d+|x\d+)$")
    stems = [
        match.group(1) if (match := numbered.match(re.sub(r"_TEXT$", "", column.header))) else "" for column in columns
    ]
    for position, column in enumerate(columns):
        if column.role == "answer":
            alone = not stems[position] or stems.count(stems[position]) < 2
            groups.setdefault(column.name if alone else stems[position], []).append(position)
    questions = []
    for key, members in groups.items():
        names = tuple(columns[position].name for position in members)
        labels = [columns[position].label or columns[position].header for position in members]
        texts = tuple(
            column.name
            for column in columns
            if column.role == "other text" and re.sub(r"_\d+_TEXT$", "", column.header) == key
        )
        if len(members) == 1:
            question = Question(key, labels[0], "", names, other=texts)
            questions.append(one_column_question(question, frame.iloc[:, members[0]]))
        else:
            text, options = common_stem(labels)
            if not any(columns[position].label for position in members):
                text, options = key, _own_labels(frame, members, options)
            codes = tuple(columns[position].header.rpartition("_")[2] for position in members)
            question = Question(key, text, "", names, codes=codes, other=texts)
            questions.append(group_question(question, options, frame.iloc[:, members]))
    return questions


def _own_labels(frame: pd.DataFrame, members: Sequence[int], options: list[str]) -> list[str]:
    """Without texts, columns that each hold one word, and all another one, name their options by it."""
    words = [profile(frame.iloc[:, position]).values for position in members]
    given = [each[0] for each in words if each]
    if all(len(each) <= 1 for each in words) and len(set(given)) == len(given) > 1:
        return [each[0] if each else option for each, option in zip(words, options, strict=True)]
    return options


def _finish(source: Source, table: Table, columns: list[Column], questions: list[Question], parts: Parts) -> Export:
    """Count preview and test rows, and assemble."""
    frame, left = table.frame, table.left
    notes = list(parts.notes)
    places = _state_columns(source, parts.header_rows)
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for part in (frame, left):
        for (status, channel), count in _states(part, places).items():
            counts[status] += count
            kinds[_kind_of_row(status, channel)] += count
    spam = sum(counts[code] for code in ("8", "9", "12", "Spam"))
    if spam:
        notes.append(f"{spam} rows are marked as possible spam by the platform; they are kept.")
    answers = [position for position, column in enumerate(columns) if column.role == "answer"]
    seen = sum(holds(frame.iloc[:, position], "-99") for position in answers)
    if seen:
        notes.append(f"The value -99 (seen but unanswered) occurs in {seen} columns.")
    if len(left):
        notes.append(
            f"{kinds['preview']} preview and {kinds['test']} test rows were found; {len(left)} rows were left out."
        )
    more = {
        "preview_rows": kinds["preview"],
        "test_rows": kinds["test"],
        "left_out": _named(left, columns),
        "status_counts": {status: count for status, count in counts.items() if status},
        "missing_codes": ("-99",) if seen else (),
        **parts.more,
    }
    parts = Parts(parts.layout, parts.header_rows, tuple(notes), more)
    return assemble(source, frame, columns, questions, "qualtrics", parts)


def _named(left: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    names = [column.name for column in columns]
    return left.set_axis(names[: left.shape[1]], axis=1).reindex(columns=pd.Index(names))


def _states(frame: pd.DataFrame, places: tuple[int | None, int | None]) -> dict[tuple[str, str], int]:
    """Rows by status and distribution channel."""
    if frame.empty:
        return {}
    pair = [
        frame.iloc[:, place].astype("category").cat.add_categories([""]).fillna("")
        if place is not None
        else pd.Series(pd.Categorical([""] * len(frame)))
        for place in places
    ]
    sizes = pd.DataFrame({"status": pair[0], "channel": pair[1]}).groupby(["status", "channel"], observed=True).size()
    keys = sizes.index.to_frame()
    found = zip(keys["status"].astype(str), keys["channel"].astype(str), sizes, strict=True)
    return {(status, channel): int(count) for status, channel, count in found}


def _leave_out(source: Source, header_rows: int) -> LeaveOut:
    """Which rows are previews or generated tests, by their status and channel, and are not asked for."""
    status, channel = _state_columns(source, header_rows)
    unwanted = {"preview": not source.options.keep_preview, "test": not source.options.keep_test, "": False}

    def leave(row: Sequence[str]) -> bool:
        return unwanted[
            _kind_of_row(
                row[status] if status is not None and status < len(row) else "",
                row[channel] if channel is not None and channel < len(row) else "",
            )
        ]

    return leave


@lru_cache(maxsize=4096)
def _kind_of_row(status: str, channel: str) -> str:
    """``preview``, ``test`` or nothing; status 1, 9 and 17 are previews, words come in the survey's language."""
    numbered = status.isdigit()
    if channel == "preview" or (numbered and int(status) % 2 == 1 and int(status) < 64):
        return "preview"
    if not numbered and _PREVIEW.search(status):
        return "preview"
    return "test" if channel == "test" or status == "2" or (not numbered and _TEST.search(status)) else ""


def _state_columns(source: Source, header_rows: int) -> tuple[int | None, int | None]:
    """Positions of the response status and the distribution channel."""
    headings = [[cell.strip().casefold() for cell in row] for row in source.head[: min(header_rows, 2)]]
    ids = (
        [match.group(1).casefold() if (match := _IMPORT_ID.search(cell)) else "" for cell in source.head[2]]
        if header_rows == 3
        else []
    )
    legacy = "v7" if headings[0][:2] == ["v1", "v2"] else None

    def place(what: str) -> int | None:
        for row in (ids, *reversed(headings)):
            if what in row:
                return row.index(what)
        return headings[0].index(legacy) if legacy in headings[0] and what == "status" else None

    return place("status"), place("distributionchannel")
