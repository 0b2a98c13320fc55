"""From a table and the meaning of its columns to an Export; what all platform readers share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from surveykit.errors import listing
from surveykit.responses.export import Column, Export, Question, columns_frame, questions_frame
from surveykit.responses.personal import find_personal
from surveykit.responses.profile import MOST_OPTIONS, Profile, kind_of, natural_order, profile
from surveykit.responses.selection import infer_joined
from surveykit.responses.source import Source, Table, file_sha256

__all__ = [
    "FLAGS",
    "NOT_FLAGS",
    "Parts",
    "assemble",
    "common_stem",
    "flags_of",
    "group_question",
    "is_other",
    "looks_ranked",
    "name_columns",
    "one_column_question",
    "split_last_bracket",
    "widened",
]

FLAGS = frozenset(
    [
        "1",
        "yes",
        "y",
        "ja",
        "true",
        "oui",
        "sí",
        "si",
        "sì",
        "sim",
        "tak",
        "ano",
        "да",
        "はい",
        "是",
        "예",
        "checked",
        "selected",
        "x",
        "✓",
        "kyllä",
        "igen",
    ]
)
NOT_FLAGS = frozenset(
    {
        *(
            "0",
            "no",
            "n",
            "nein",
            "nee",
            "false",
            "non",
            "não",
            "nie",
            "ne",
            "нет",
            "いいえ",
            "否",
            "아니오",
            "ei",
            "nem",
        ),
        *("unchecked", "not selected", "n/a", "nan", "{question_not_shown}"),
    }
)
_OTHER = re.compile(
    r"(.*\b)?(other|others|sonstiges|andere?s?|autres?|otr[oa]s?|outr[oa]s?|altro|anders)\b.*|.*その他.*|.*其他.*|.*기타.*|.*drug[ie].*|.*друго[ей].*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Parts:
    """What a platform reader found out beyond the questions."""

    layout: str
    header_rows: int = 1
    notes: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def assemble(
    source: Source,
    frame: pd.DataFrame,
    columns: Sequence[Column],
    questions: Iterable[Question],
    platform: str,
    parts: Parts,
) -> Export:
    """Put an Export together: names on the columns, the dictionary, personal data, all notes."""
    frame = frame.set_axis([column.name for column in columns], axis=1)
    asked = tuple(questions)
    personal, privacy = find_personal(frame, columns)
    repeated = [
        name
        for name, count in Counter(column.header for column in columns if column.header.strip()).items()
        if count > 1
    ]
    notes = [*source.notes]
    if repeated:
        notes.append(
            f"{len(repeated)} headings occur more than once; later ones got a number: "
            f"{listing([name[:60] for name in repeated], limit=6)}."
        )
    return Export(
        platform=platform,
        layout=parts.layout,
        frame=frame,
        questions=questions_frame(asked),
        columns=columns_frame(columns, asked, personal),
        metadata=tuple(column.name for column in columns if column.role == "metadata"),
        personal=personal,
        sha256=file_sha256(source.path),
        path=source.path.name,
        encoding=source.decoding.name if source.decoding else None,
        delimiter=source.delimiter,
        header_rows=parts.header_rows,
        notes=(*notes, *parts.notes, *privacy),
        **dict(parts.more),
    )


def widened(headers: Sequence[str], table: Table) -> tuple[list[str], pd.DataFrame]:
    """Headings for every column of the body: those that only the body has are blank."""
    width = max(len(headers), table.frame.shape[1])
    frame = table.frame
    for position in range(frame.shape[1], width):
        frame[position] = pd.Series([None] * len(frame), dtype="str", index=frame.index)
    return [*headers, *[""] * (width - len(headers))], frame


def name_columns(headers: Sequence[str]) -> list[str]:
    """Column names: the headings, numbered where they repeat, ``unnamed_k`` (k from 1) where blank.

    Examples
    --------
    >>> name_columns(["Q1", "", "Q1"])
    ['Q1', 'unnamed_2', 'Q1.1']
    """
    taken = set(headers)
    seen: set[str] = set()
    names = []
    for position, header in enumerate(headers, start=1):
        name, number = (header, 0) if header.strip() else (f"unnamed_{position}", 0)
        while name in seen or (number and name in taken):
            number += 1
            name = f"{header or f'unnamed_{position}'}.{number}"
        seen.add(name)
        names.append(name)
    return names


def flags_of(described: Profile, own: str = "") -> tuple[str, ...] | None:
    """The values that mean "ticked" in an option's column; None when the column is not of that kind.

    A column of ticks holds only yes/no words, or only the option's own label.
    """
    words = [value for value in described.counts if value.strip().casefold() not in NOT_FLAGS]
    if all(word.strip().casefold() in FLAGS for word in words):
        return tuple(words)
    if own and all(_same(word, own) for word in words) and len(words) == len(described.counts):
        return tuple(words)
    return None


def _same(value: str, label: str) -> bool:
    """Whether a cell repeats its option's label; headings may be cut short or lose spaces."""
    short, long = sorted((" ".join(value.split()).casefold(), " ".join(label.split()).casefold()), key=len)
    return short == long or (len(short) >= 3 and long.startswith(short))


def is_other(label: str) -> bool:
    """Whether an option is the open "other, please specify"."""
    return len(label) <= 60 and bool(_OTHER.fullmatch(label.strip()))


def looks_ranked(answers: pd.DataFrame, described: Sequence[Profile]) -> bool:
    """Whether the columns hold ranks 1..k of k items: no respondent gives a rank twice."""
    ranks = {str(number) for number in range(1, len(described) + 1)}
    if len(described) < 2 or not all(each.counts and set(each.counts) <= ranks for each in described):
        return False
    given = answers.notna().sum(axis=1)
    several = answers[given > 1]
    distinct = several.nunique(axis=1)
    return len(several) >= 8 and float((distinct == given[given > 1]).mean()) > 0.98


def one_column_question(question: Question, column: pd.Series[Any], *, known: str = "") -> Question:
    """A question of one column: choice, several choices in one cell, number, date or text.

    ``known`` says what the platform tells of it: ``choice``, ``open``, or nothing.
    """
    described = profile(column)
    joined = None if known == "open" else infer_joined(described)
    if joined is not None:
        return replace(question, type="multi", options=joined.options, codes=joined.options, separator=joined.separator)
    kind = kind_of(described)
    if known == "choice" and kind in ("number", "text") and 0 < len(described.counts) <= MOST_OPTIONS:
        kind = "single"
    if known == "open" and kind == "single":
        kind = "number" if described.numeric else "text"
    options = natural_order(described) if kind == "single" else ()
    return replace(question, type=kind, options=options, codes=options)


def group_question(question: Question, labels: Sequence[str], answers: pd.DataFrame) -> Question:
    """A question of several columns: multi-select, ranking, numbers, texts or a grid of choices."""
    described = [profile(answers.iloc[:, position]) for position in range(answers.shape[1])]
    ticks = [flags_of(each, label) for each, label in zip(described, labels, strict=True)]
    other: list[str] = []
    kept = list(range(len(labels)))
    if sum(tick is None for tick in ticks) == 1 and len(labels) > 2:
        odd = next(position for position, tick in enumerate(ticks) if tick is None)
        if is_other(labels[odd]):
            other.append(question.columns[odd])
            kept.remove(odd)
    columns = tuple(question.columns[position] for position in kept)
    shown = tuple(labels[position] for position in kept)
    if all(ticks[position] is not None for position in kept):
        words = tuple(dict.fromkeys(word for position in kept for word in ticks[position] or ()))
        own_labels = not all(word.strip().casefold() in FLAGS for word in words)
        codes = question.codes if len(question.codes) == len(labels) else tuple(labels)
        return replace(
            question,
            type="multi",
            columns=columns,
            options=shown,
            codes=tuple(codes[position] for position in kept),
            ticked=() if own_labels else words,
            other=(*question.other, *other),
        )
    question = replace(question, columns=columns, rows=shown, codes=(), other=(*question.other, *other))
    return _grid(question, answers.iloc[:, kept], [described[position] for position in kept])


def _grid(question: Question, answers: pd.DataFrame, described: Sequence[Profile]) -> Question:
    answered = [each for each in described if each.counts]
    if looks_ranked(answers, described):
        return replace(question, type="rank")
    together: Counter[str] = Counter()
    for each in answered:
        together.update(each.counts)
    pooled = Profile(
        answered=sum(together.values()),
        counts=dict(together.most_common()),
        numeric=bool(answered) and all(each.numeric for each in answered),
        dates=bool(answered) and all(each.dates for each in answered),
        length=sum(each.length * each.answered for each in answered) / max(1, sum(each.answered for each in answered)),
    )
    kind = kind_of(pooled)
    if kind != "single":
        return replace(question, type=kind)
    options = natural_order(pooled)
    return replace(question, type="grid", options=options, codes=options)


def common_stem(labels: Sequence[str], separators: Sequence[str] = (" - ", "-")) -> tuple[str, list[str]]:
    """Split "question text - option" headings into the shared text and each option.

    Examples
    --------
    >>> common_stem(["Which fruit? - Oranges", "Which fruit? - Plums"])
    ('Which fruit?', ['Oranges', 'Plums'])
    """
    shared = labels[0]
    for label in labels[1:]:
        size = next(
            (position for position, (one, two) in enumerate(zip(shared, label, strict=False)) if one != two),
            min(len(shared), len(label)),
        )
        shared = shared[:size]
    for separator in separators:
        cut = shared.rfind(separator)
        if cut >= 0:
            end = cut + len(separator)
            return labels[0][:cut].strip(), [label[end:].strip() for label in labels]
    return (shared.strip() if len(labels) > 1 else labels[0]), list(labels)


def split_last_bracket(header: str) -> tuple[str, str] | None:
    """Split ``text [option]`` at the bracket that closes the heading, brackets inside it included.

    Examples
    --------
    >>> split_last_bracket("How satisfied are you with [your job [now]]")
    ('How satisfied are you with', 'your job [now]')
    """
    text = header.rstrip()
    if not text.endswith("]"):
        return None
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        depth += (text[position] == "]") - (text[position] == "[")
        if depth == 0:
            return text[:position].strip(), text[position + 1 : -1].strip()
    return None
