"""Qualtrics exports: three header rows (names, texts, ImportIds), or the legacy two with V1..V10.

The ImportId, not the text, says which question a column belongs to: texts come in the survey's language
and are cut short. Rows of the survey preview and of generated test answers are found by the response
status and the distribution channel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

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
from surveykit.responses.source import Source

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
    if (
        len(
            {
                "ResponseId",
                "StartDate",
                "RecordedDate",
                "Finished",
                "DistributionChannel",
                "Duration (in seconds)",
            }.intersection(names)
        )
        >= 4
    ):
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
    headers, frame = widened(source.header, table := source.body(3))
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
    questions = _questions(frame, columns, groups)
    embedded = [column.name for column in columns if column.role == "embedded"]
    if embedded:
        notes.append(f"Embedded data, not questions: {', '.join(embedded)}.")
    more = {"time_zone": next(iter(zones)) if len(zones) == 1 else None}
    return _finish(source, frame, columns, questions, Parts("three header rows", 3, tuple(notes), more))


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
    headers, frame = widened(source.header, table := source.body(2))
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
    return _finish(source, frame, columns, _by_name(frame, columns), Parts("legacy, two header rows", 2, tuple(notes)))


def _read_one_row(source: Source) -> Export:
    """A file whose second and third header rows somebody removed."""
    headers, frame = widened(source.header, table := source.body(1))
    names = name_columns(headers)
    plain = {
        "StartDate",
        "EndDate",
        "Status",
        "IPAddress",
        "Progress",
        "Duration (in seconds)",
        "Finished",
        "RecordedDate",
        "ResponseId",
    }
    plain |= {
        "RecipientLastName",
        "RecipientFirstName",
        "RecipientEmail",
        "ExternalReference",
        "DistributionChannel",
        "UserLanguage",
    }
    columns = []
    for name, header in zip(names, headers, strict=True):
        paradata = (
            header in plain
            or _LEGACY_TAIL.fullmatch(header)
            or _TIMING.search(header)
            or header.startswith("Q_")
            or "_DO_" in header
        )
        other = re.search(r"_\d+_TEXT$", header) and re.sub(r"_TEXT$", "", header) in headers
        role = "unnamed" if not header.strip() else "metadata" if paradata else "other text" if other else "answer"
        columns.append(Column(name, header, "", "", role))
    note = "Only one of the three header rows is left: question texts and ids are missing."
    return _finish(
        source, frame, columns, _by_name(frame, columns), Parts("one header row left", 1, (*table.notes, note))
    )


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
            codes = tuple(columns[position].header.rpartition("_")[2] for position in members)
            question = Question(key, text, "", names, codes=codes, other=texts)
            questions.append(group_question(question, options, frame.iloc[:, members]))
    return questions


def _finish(
    source: Source, frame: pd.DataFrame, columns: list[Column], questions: list[Question], parts: Parts
) -> Export:
    """Find preview and test rows, leave them out unless asked for, and assemble."""
    notes = list(parts.notes)
    status = _find(columns, "status")
    channel = _find(columns, "distributionchannel")
    codes = (
        frame.iloc[:, status].astype("str")
        if status is not None
        else pd.Series([""] * len(frame), index=frame.index, dtype="str")
    )
    counts = {str(value): int(count) for value, count in codes.dropna().value_counts().items() if value}
    preview = codes.map(_is_preview).astype(bool)
    test = (
        codes.map(lambda value: isinstance(value, str) and (value == "2" or bool(_TEST.search(value)))).astype(bool)
        & ~preview
    )
    if channel is not None:
        channels = frame.iloc[:, channel].astype("str")
        preview = preview | channels.eq("preview").fillna(value=False)
        test = (test | channels.eq("test").fillna(value=False)) & ~preview
    spam = int(codes.isin(["8", "9", "12", "Spam"]).sum())
    if spam:
        notes.append(f"{spam} rows are marked as possible spam by the platform; they are kept.")
    seen = sum(
        column.role == "answer" and bool((frame.iloc[:, position] == "-99").any())
        for position, column in enumerate(columns)
    )
    if seen:
        notes.append(f"The value -99 (seen but unanswered) occurs in {seen} columns.")
    drop = (preview & (not source.options.keep_preview)) | (test & (not source.options.keep_test))
    kept = frame[~drop].reset_index(drop=True) if drop.any() else frame
    left = frame[drop].set_axis([column.name for column in columns], axis=1)
    if drop.any():
        notes.append(
            f"{int(preview.sum())} preview and {int(test.sum())} test rows were found; {int(drop.sum())} rows were left out."
        )
    more = {
        "preview_rows": int(preview.sum()),
        "test_rows": int(test.sum()),
        "left_out": left,
        "status_counts": counts,
        **parts.more,
    }
    if seen:
        more["missing_codes"] = ("-99",)
    return assemble(
        source, kept, columns, questions, "qualtrics", Parts(parts.layout, parts.header_rows, tuple(notes), more)
    )


def _is_preview(value: object) -> bool:
    """Status 1, 9 and 17 are previews (the lowest bit); labels come in the survey's language."""
    if not isinstance(value, str):
        return False
    return int(value) % 2 == 1 and int(value) < 64 if value.isdigit() else bool(_PREVIEW.search(value))


def _find(columns: Sequence[Column], what: str) -> int | None:
    for position, column in enumerate(columns):
        if column.role == "metadata" and what in (
            column.import_id.casefold(),
            column.header.casefold(),
            column.label.casefold(),
        ):
            return position
    if what == "status":
        return next(
            (position for position, column in enumerate(columns) if column.header == f"V{_LEGACY.index('Status') + 1}"),
            None,
        )
    return None
