"""Google Forms answers (CSV, TSV, XLSX): one header row of full question texts, several answers joined by ", ".

A grid is one column a row, headed ``Question [row]``. The time stamp's heading and format follow the
form owner's language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from surveykit.responses.building import (
    Parts,
    assemble,
    group_question,
    name_columns,
    one_column_question,
    split_last_bracket,
    widened,
)
from surveykit.responses.dates import read_dates
from surveykit.responses.export import Column, Export, Question
from surveykit.responses.profile import profile
from surveykit.responses.source import Source

__all__ = ["read", "recognise"]

_TIMESTAMP = frozenset(
    [
        "timestamp",
        "marca temporal",
        "horodateur",
        "zeitstempel",
        "タイムスタンプ",
        "carimbo de data/hora",
        "informazioni cronologiche",
        "tijdstempel",
        "时间戳记",
        "时间戳",
        "時間戳記",
        "타임스탬프",
        "отметка времени",
        "позначка часу",
        "sygnatura czasowa",
        "zaman damgası",
        "tidsstempel",
        "tidsstämpel",
        "tidstämpel",
        "tidsmerke",
        "aikaleima",
        "časové razítko",
        "časová pečiatka",
        "időbélyeg",
        "marcaj de timp",
        "χρονική σήμανση",
        "dấu thời gian",
        "stempel waktu",
        "cap waktu",
        "ประทับเวลา",
        "חותמת זמן",
        "طابع زمني",
        "marca de temps",
        "временска ознака",
        "клеймо за време",
    ]
)
_ACCOUNT = re.compile(
    r"""e-?mail(\ address)?|username|direcci.n\ de\ correo\ electr.nico|nombre\ de\ usuario|adresse\ e-mail
    |nom\ d'utilisateur|e-mail-adresse|nutzername|メールアドレス|ユーザー名|endere.o\ de\ e-mail|nome\ de\ usu.rio
    |indirizzo\ email|nome\ utente|e-mailadres|电子邮件地址|電子郵件地址|이메일\ 주소|адрес\ электронной\ почты""",
    re.IGNORECASE | re.VERBOSE,
)
_SCORE = re.compile(
    r"(total )?score|puntuaci.n|note|punktzahl|スコア|pontua..o|punteggio|점수|分数|分數", re.IGNORECASE
)
_CLOCK = re.compile(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}\D+\d{1,2}[:.]\d{2}")


def recognise(source: Source) -> int:
    """How surely the table holds Google Forms answers, 0 to 100."""
    header = source.header
    if not header or header[0].strip().casefold() not in _TIMESTAMP:
        return 0
    stamps = [row[0] for row in source.head[1:] if row and row[0]]
    return 92 if not stamps or all(_CLOCK.search(stamp) for stamp in stamps) else 30


def read(source: Source) -> Export:
    """Read a table of Google Forms answers."""
    headers, frame = widened(source.header, table := source.body(1))
    names = name_columns(headers)
    columns = []
    for position, (name, header) in enumerate(zip(names, headers, strict=True)):
        account = position in (1, 2) and bool(_ACCOUNT.fullmatch(header.strip()))
        score = position in (1, 2) and bool(_SCORE.fullmatch(header.strip())) and _is_score(frame.iloc[:, position])
        role = "metadata" if position == 0 or account or score else "answer" if header.strip() else "unnamed"
        columns.append(Column(name, header, "", "", role))
    questions = [_question(frame, columns, key, members) for key, members in _groups(columns)]
    notes = list(table.notes)
    blank = [
        column.name
        for position, column in enumerate(columns)
        if column.role == "unnamed" and frame.iloc[:, position].isna().all()
    ]
    if blank:
        notes.append(f"{len(blank)} columns have neither heading nor values: {', '.join(blank)}.")
    joined = sum(1 for question in questions if question.separator)
    if joined:
        notes.append(
            f"{joined} questions join several answers in one cell; "
            "their options are inferred from the answers until an instrument names them."
        )
    notes.extend(read_dates(frame.iloc[:20_000, 0]).notes)
    layout = "sheet" if source.kind == "workbook" else "one header row"
    return assemble(source, frame, columns, questions, "google-forms", Parts(layout, 1, tuple(notes)))


def _is_score(column: pd.Series) -> bool:
    values = profile(column).values
    return all(re.fullmatch(r"-?\d+(\.\d+)?( / \d+)?", value) for value in values)


def _groups(columns: Sequence[Column]) -> list[tuple[str, list[int]]]:
    """Columns by question: neighbours headed ``Question [row]`` belong together."""
    groups: list[tuple[str, list[int]]] = []
    previous = ""
    for position, column in enumerate(columns):
        if column.role != "answer":
            previous = ""
            continue
        pair = split_last_bracket(column.header)
        stem = pair[0] if pair and pair[0] else ""
        if stem and stem == previous:
            groups[-1][1].append(position)
        else:
            groups.append((stem or column.header.strip(), [position]))
        previous = stem
    return groups


def _question(frame: pd.DataFrame, columns: Sequence[Column], key: str, members: list[int]) -> Question:
    names = tuple(columns[position].name for position in members)
    if len(members) == 1:
        text = columns[members[0]].header.strip()
        return one_column_question(Question(names[0], text, "", names), frame.iloc[:, members[0]])
    rows = [(split_last_bracket(columns[position].header) or ("", ""))[1] for position in members]
    question = group_question(Question(key, key, "", names), rows, frame.iloc[:, members])
    if question.type != "multi":
        return question
    # Google joins the options of a multi-select in one cell, so a yes/no grid is a grid.
    options = tuple(dict.fromkeys(str(value) for name in members for value in frame.iloc[:, name].dropna().unique()))
    return Question(key, key, "grid", names, options, options, tuple(rows))
