"""LimeSurvey exports: one header row in one of three styles (code, code and text, text), one column a sub-question.

Sub-questions stand in brackets: ``U1[SQ001]``, ``U1[SQ001]. text [option]`` or ``text [option]``; R and SPSS
exports write ``U1_SQ001`` or ``U1.SQ001.``. "N/A" and ``{question_not_shown}`` mean not shown or not answered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from surveykit.responses.building import (
    FLAGS,
    NOT_FLAGS,
    Parts,
    assemble,
    group_question,
    is_other,
    name_columns,
    one_column_question,
    split_last_bracket,
    widened,
)
from surveykit.responses.export import Column, Export, Question
from surveykit.responses.profile import holds, profile
from surveykit.responses.source import Source

__all__ = ["read", "recognise"]

_CODES = frozenset(
    [
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        "seed",
        "token",
        "startdate",
        "datestamp",
        "ipaddr",
        "refurl",
        "interviewtime",
    ]
)
_TIMING = re.compile(
    r"grouptime\d+|\w+time\d+|(group|question|total) time.*|gruppenzeit.*|fragezeit.*|gesamtzeit", re.IGNORECASE
)
_TEXTS = frozenset(
    [
        "response id",
        "answer id",
        "date submitted",
        "last page",
        "start language",
        "seed",
        "access code",
        "token",
        "date started",
        "date last action",
        "ip address",
        "referrer url",
        "total time",
        "antwort-id",
        "antwort id",
        "antwort nr.",
        "datum abgeschickt",
        "letzte seite",
        "start-sprache",
        "startsprache",
        "zufallsstartwert",
        "zugangsschlüssel",
        "zugangscode",
        "datum gestartet",
        "datum letzte aktivität",
        "datum letzte aktion",
        "ip-adresse",
        "weiterleitungs-url",
        "url der weiterleitenden seite",
        "id de la réponse",
        "date de soumission",
        "dernière page",
        "langue de départ",
        "tête de série",
        "code d'accès",
        "date de lancement",
        "date de la dernière action",
        "adresse ip",
        "url référente",
        "id de respuesta",
        "fecha de envío",
        "última página",
        "lenguaje inicial",
        "idioma inicial",
        "semilla",
        "fecha de inicio",
        "fecha de la última acción",
        "dirección ip",
        "id da resposta",
        "data de envio",
        "última página",
        "idioma inicial",
        "semente",
        "data de início",
        "data da última ação",
        "id risposta",
        "data di invio",
        "ultima pagina",
        "lingua iniziale",
        "antwoord id",
        "datum ingestuurd",
        "laatste pagina",
        "starttaal",
        "回答id",
        "回答 id",
        "送信日",
        "最終ページ",
        "最後のページ",
        "開始言語",
        "開始時の言語",
        "シード",
        "アクセスコード",
        "開始日",
        "最終更新日",
        "ipアドレス",
    ]
)
_WITH_CODE = re.compile(r"^(?P<code>[A-Za-z]\w*)(?P<subs>(\[[^\]]*\])*)\.\s(?P<text>.*)$", re.DOTALL)
_CODE_ONLY = re.compile(r"^(?P<code>[A-Za-z]\w*)(?P<subs>(\[[^\]]*\])+)$")
_R_STYLE = re.compile(r"^(?P<code>[A-Za-z][A-Za-z0-9]*)[._](?P<sub>(SQ|AO|A)?\d+|other|comment|[A-Za-z]+\d+)\.?$")


@dataclass(frozen=True)
class _Heading:
    code: str
    sub: str
    text: str
    option: str


def recognise(source: Source) -> int:
    """How surely the table is a LimeSurvey export, 0 to 100."""
    names = [header.strip() for header in source.header]
    if (
        len(
            {name.casefold().partition(". ")[0] for name in names}
            & {"submitdate", "lastpage", "startlanguage", "datestamp"}
        )
        >= 2
    ):
        return 97
    if sum(name.casefold() in _TEXTS for name in names) >= 3:
        return 92
    if not names or names[0].casefold() in ("timestamp", "record_id"):
        return 0
    if any(name.casefold() in _TEXTS for name in names[:1]) and any(split_last_bracket(name) for name in names):
        return 88
    coded = sum(bool(_WITH_CODE.match(name) or _CODE_ONLY.match(name)) for name in names)
    bracketed = sum(
        "[" in name.partition(". ")[0] for name in names if _WITH_CODE.match(name) or _CODE_ONLY.match(name)
    )
    if bracketed >= 2 and coded >= 0.8 * len([name for name in names if name]):
        return 80
    return 45 if _yes_no_groups(source) else 0


def _yes_no_groups(source: Source) -> bool:
    """Whether neighbouring headings share their text, differ in the bracket and hold yes/no words."""
    groups: dict[str, list[int]] = {}
    for position, header in enumerate(source.header):
        if pair := split_last_bracket(header):
            groups.setdefault(pair[0], []).append(position)
    for members in groups.values():
        cells = {
            row[position].strip().casefold()
            for row in source.head[1:]
            for position in members[:-1]
            if position < len(row)
        } - {""}
        if len(members) > 2 and cells and cells <= FLAGS | NOT_FLAGS:
            return True
    return False


def read(source: Source) -> Export:
    """Read a LimeSurvey table."""
    headers, frame = widened(source.header, table := source.body(1))
    headings = [_heading(header) for header in headers]
    names = name_columns(headers)
    columns = []
    for name, header, heading in zip(names, headers, headings, strict=True):
        role = "unnamed" if not header.strip() else "metadata" if _is_paradata(header) else "answer"
        columns.append(Column(name, header, heading.text if heading.code else "", "", role))
    groups = _groups(columns, headings)
    questions = [_question(frame, columns, headings, key, members) for key, members in groups]
    notes = [*table.notes, *_state(frame, columns)]
    codes = tuple(
        code
        for code in ("N/A", "{question_not_shown}")
        if any(holds(frame.iloc[:, position], code) for position in range(frame.shape[1]))
    )
    if codes:
        notes.append(f"{' and '.join(repr(code) for code in codes)} stands for not shown or not answered.")
    if headers and not headers[0].strip():
        notes.append("The first column has no heading: a row number, it seems.")
    return assemble(
        source,
        frame,
        columns,
        questions,
        "limesurvey",
        Parts(f"headings: {_style(headers)}", 1, tuple(notes), {"missing_codes": codes}),
    )


def _style(headers: Sequence[str]) -> str:
    if sum(bool(_WITH_CODE.match(header)) for header in headers) > len(headers) / 3:
        return "code and text"
    coded = sum(bool(_CODE_ONLY.match(header) or re.fullmatch(r"[A-Za-z]\w*", header)) for header in headers)
    return "code" if coded > len(headers) / 2 else "text"


def _is_paradata(header: str) -> bool:
    code = header.strip().partition(". ")[0]
    whole = header.strip().casefold()
    return (
        code.casefold() in _CODES
        or whole in _TEXTS
        or bool(_TIMING.fullmatch(code) and (whole == code.casefold() or "." in header or " " in header))
    )


def _heading(header: str) -> _Heading:
    text = header.strip()
    if match := _WITH_CODE.match(text):
        wording, option = split_last_bracket(match["text"]) or (match["text"].strip(), "")
        sub = match["subs"].strip("[]").replace("][", "_")
        return _Heading(match["code"], sub, wording, option if match["subs"] else "")
    if match := _CODE_ONLY.match(text):
        sub = match["subs"].strip("[]").replace("][", "_")
        return _Heading(match["code"], sub, match["code"], sub)
    if match := _R_STYLE.match(text):
        return _Heading(match["code"], match["sub"], match["code"], match["sub"])
    if pair := split_last_bracket(text):
        return _Heading("", pair[1], pair[0], pair[1])
    return _Heading("", "", text, "")


def _groups(columns: Sequence[Column], headings: Sequence[_Heading]) -> list[tuple[str, list[int]]]:
    """Neighbouring columns of one question; a dual-scale row has one group per scale."""
    groups: list[tuple[str, list[int]]] = []
    for position, (column, heading) in enumerate(zip(columns, headings, strict=True)):
        if column.role != "answer":
            continue
        key = heading.code or heading.text
        if groups and groups[-1][0] == key and (heading.sub or is_other(heading.option)):
            groups[-1][1].append(position)
        else:
            groups.append((key, [position]))
    return groups


def _question(
    frame: pd.DataFrame, columns: Sequence[Column], headings: Sequence[_Heading], key: str, members: list[int]
) -> Question:
    first = headings[members[0]]
    other = [
        position
        for position in members
        if headings[position].sub.casefold() in ("other", "comment") and len(members) > 1
    ]
    if not first.sub and len(members) > 1:
        # A single choice followed by its own "[Other]" text.
        other = members[1:]
    if (
        not first.code
        and len(members) > 1
        and is_other(headings[members[-1]].option)
        and not _only_flags(frame.iloc[:, members[-1]])
    ):
        other = sorted({*other, members[-1]})
    members = [position for position in members if position not in other]
    names = tuple(columns[position].name for position in members)
    texts = tuple(columns[position].name for position in other)
    code = re.match(r"^(\w+)\s-\s", first.text)
    text = first.text or headings[members[-1]].text or key
    question = Question(first.code or (f"Q{code.group(1)}" if code else key), text, "", names, other=texts)
    if len(members) == 1 and not first.sub:
        return one_column_question(question, frame.iloc[:, members[0]])
    labels = [headings[position].option or headings[position].sub for position in members]
    question = replace(question, codes=tuple(headings[position].sub for position in members))
    if len(members) == 1 and not _only_flags(frame.iloc[:, members[0]]):
        return replace(
            one_column_question(question, frame.iloc[:, members[0]], known="open"), rows=tuple(labels), codes=()
        )
    return group_question(question, labels, frame.iloc[:, members])


def _only_flags(column: pd.Series) -> bool:
    return all(value.strip().casefold() in FLAGS | NOT_FLAGS for value in profile(column).counts)


def _state(frame: pd.DataFrame, columns: Sequence[Column]) -> list[str]:
    submitted = {"submitdate", "date submitted", "datum abgeschickt", "date de soumission", "fecha de envío", "送信日"}
    for position, column in enumerate(columns):
        if column.role == "metadata" and column.header.strip().partition(". ")[0].casefold() in submitted:
            values = frame.iloc[:, position]
            unfinished = f"{int(values.isna().sum())} of {len(frame)} rows have no submission date"
            notes = [f"{unfinished}: started, not finished; they are kept."]
            if (values.dropna().astype(str).str.startswith("1980-01-01")).any():
                notes.append("Submission dates of 1980-01-01 are LimeSurvey's stand-in for an anonymous survey.")
            return notes
    return []
