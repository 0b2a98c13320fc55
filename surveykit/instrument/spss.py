"""SPSS syntax: labels, missing values, measurement levels and multiple-response sets for a data file in CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from surveykit.instrument.columns import Column
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Label, Question, label_text

__all__ = [
    "LABEL_BYTES",
    "VALUE_LABEL_BYTES",
    "clipped",
    "clipped_characters",
    "spss_level",
    "to_spss_syntax",
    "variable_label",
    "write_spss_syntax",
]

LABEL_BYTES: Final = 255
VALUE_LABEL_BYTES: Final = 120
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_LEVELS: Final[Mapping[str, str]] = {"single": "NOMINAL", "indicator": "NOMINAL", "text": "NOMINAL", "date": "NOMINAL",
                                     "ordered": "ORDINAL", "band": "ORDINAL", "rank": "ORDINAL",
                                     "number": "SCALE"}  # fmt: skip


def spss_level(column: Column) -> str:
    """Measurement level of a column: ``NOMINAL``, ``ORDINAL`` or ``SCALE``."""
    return _LEVELS[column.kind]


def clipped(text: str, limit: int) -> str:
    """Text on one line that takes at most `limit` bytes in UTF-8.

    Examples
    --------
    >>> clipped("short", 100), clipped("日本語", 6)
    ('short', '日…')
    """
    flat = _BREAKS.sub(" ", text)
    if len(flat.encode()) <= limit:
        return flat
    return flat.encode()[: limit - 3].decode(errors="ignore") + "…"


def clipped_characters(text: str, limit: int) -> str:
    """Text on one line of at most `limit` characters."""
    flat = _BREAKS.sub(" ", text)
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def variable_label(column: Column, language: str, limit: int, clip: Callable[[str, int], str] = clipped) -> str:
    """Label of a column within a limit; of a long one the question is cut first, and never the option.

    Parameters
    ----------
    column, language
        Whose label, in which language.
    limit, clip
        Greatest size and the function that cuts to it (bytes, or characters).
    """
    whole = label_text(column.label, language)
    if clip(whole, limit) == clip(whole, 100_000) or not column.short:
        return clip(whole, limit)
    inner, _, last = label_text(column.short, language).rpartition(" - ")
    last = clip(last, limit // 2)
    for head in (f"{label_text(column.question_label, language)} - {inner}" if inner else "", inner):
        if head and len(f"{head} - {last}") <= limit and clip(f"{head} - {last}", limit) == f"{head} - {last}":
            return f"{head} - {last}"
    room = limit - len(last.encode() if clip is clipped else last) - 3
    return f"{clip(inner or label_text(column.question_label, language), room)} - {last}"


def to_spss_syntax(instrument: Instrument, data_file: str, *, language: str | None = None) -> str:
    """Write SPSS syntax that reads a CSV of coded answers and labels it.

    Parameters
    ----------
    instrument
        What was asked.
    data_file
        Name of the CSV file, whose columns are those of ``instrument.columns`` in order.
    language
        Language of the labels; default the published one.

    Returns
    -------
    str
        GET DATA, VARIABLE LABELS, VALUE LABELS, MISSING VALUES, VARIABLE LEVEL and MRSETS.
    """
    language = language or instrument.published
    lines = [
        f"* Encoding: UTF-8.\n* {clipped(label_text(instrument.title, language), 200)}, version {instrument.version}.",
        "SET UNICODE=ON DECIMAL=DOT.",
        *_get_data(instrument, data_file),
        *_labels(instrument, language),
        *_missing(instrument),
        *(f"VARIABLE LEVEL {column.name} ({spss_level(column)})." for column in instrument.columns),
        *_sets(instrument, language),
        "EXECUTE.",
    ]
    return "\n".join(lines) + "\n"


def write_spss_syntax(instrument: Instrument, path: str | Path, data_file: str, *, language: str | None = None) -> Path:
    """Write :func:`to_spss_syntax` to a ``.sps`` file (UTF-8 with byte order mark) and return its path."""
    path = Path(path)
    path.write_text(to_spss_syntax(instrument, data_file, language=language), encoding="utf-8-sig")
    return path


def _quoted(text: str, limit: int) -> str:
    """Text as an SPSS literal; quotes are doubled, so no label can end the command."""
    return "'" + clipped(text, limit).replace("'", "''") + "'"


def _get_data(instrument: Instrument, data_file: str) -> Iterator[str]:
    yield f"GET DATA /TYPE=TXT /FILE={_quoted(data_file, 500)} /ENCODING='UTF8' /DELCASE=LINE /DELIMITERS=','"
    yield "  /QUALIFIER='\"' /ARRANGEMENT=DELIMITED /FIRSTCASE=2 /VARIABLES="
    for column in instrument.columns:
        form = "A2000" if column.kind in ("text", "date") else "F8.0" if column.coded else "F12.4"
        yield f"  {column.name} {form}"
    yield "."


def _labels(instrument: Instrument, language: str) -> Iterator[str]:
    for column in instrument.columns:
        yield f"VARIABLE LABELS {column.name} {_quoted(variable_label(column, language, LABEL_BYTES), LABEL_BYTES)}."
    for column in instrument.columns:
        labels: dict[int, Label] = {**column.values, **column.missing} if column.coded else {}
        if labels:
            yield f"VALUE LABELS {column.name}"
            for code, label in labels.items():
                yield f"  {code} {_quoted(label_text(label, language), VALUE_LABEL_BYTES)}"
            yield "."


def _missing(instrument: Instrument) -> Iterator[str]:
    low, high = min(instrument.missing), max(instrument.missing)
    for column in instrument.columns:
        if column.kind not in ("text", "date"):
            yield f"MISSING VALUES {column.name} ({low} THRU {high})."


def _sets(instrument: Instrument, language: str) -> Iterator[str]:
    for question in instrument.questions:
        for item in dict.fromkeys(column.item for column in instrument.columns.choices(question.id)):
            yield from _set(instrument, question, item, language)


def _set(instrument: Instrument, question: Question, item: int | None, language: str) -> Iterator[str]:
    columns = instrument.columns.choices(question.id, item=item)
    stem = columns[0].name.rsplit("_", 1)[0]
    yield f"MRSETS /MDGROUP NAME=${stem} LABEL={_quoted(label_text(question.label, language), LABEL_BYTES)}"
    yield "  CATEGORYLABELS=VARLABELS VALUE=1 VARIABLES="
    yield "  " + " ".join(column.name for column in columns)
    yield "."
