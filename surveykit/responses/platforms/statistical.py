"""Files of statistics packages: SPSS (.sav, .zsav, .por), Stata (.dta), SAS (.sas7bdat, .xpt), and Parquet.

Values stay codes; labels, declared missing values and multiple-response sets come along as data.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

from surveykit.errors import ReadError
from surveykit.responses.building import Parts, assemble, name_columns, one_column_question
from surveykit.responses.export import Column, Export, MissingRange, Question
from surveykit.responses.profile import profile
from surveykit.responses.source import ReadOptions, Source

__all__ = ["read_parquet", "read_statistical"]

_KINDS = {"sav": "spss", "por": "spss", "dta": "stata", "sas7bdat": "sas", "xpt": "sas"}
_QUALTRICS = frozenset(
    [
        "StartDate",
        "EndDate",
        "RecordedDate",
        "Status",
        "Progress",
        "Finished",
        "ResponseId",
        "Duration__in_seconds_",
        "DistributionChannel",
        "UserLanguage",
        "IPAddress",
    ]
)


def read_statistical(path: Path, form: str, options: ReadOptions) -> Export:
    """Read a statistics package's file.

    Parameters
    ----------
    path
        The file.
    form
        ``sav`` (also .zsav), ``por``, ``dta``, ``sas7bdat`` or ``xpt``.
    options
        What the caller asked for.

    Raises
    ------
    ReadError
        When the file is damaged or of a kind that cannot be read.
    """
    frame, meta = _load(path, form, options.encoding)
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.StringDtype):
            # These formats have no empty text but blanks: as everywhere, an empty cell is missing.
            frame[name] = frame[name].where(frame[name] != "")
    tagged = _tags(frame, meta) if form in ("dta", "sas7bdat") else pd.DataFrame()
    labels = {
        column: {str(value): str(label) for value, label in values.items()}
        for column, values in meta.variable_value_labels.items()
    }
    texts: Mapping[str, str | None] = meta.column_names_to_labels
    names = [str(name) for name in frame.columns]
    paradata = _QUALTRICS if "ResponseId" in names else frozenset()
    columns = [
        Column(name, name, texts.get(name) or "", "", "metadata" if name in paradata else "answer") for name in names
    ]
    sets = _sets(meta)
    missing = {
        name: tuple(MissingRange(each["lo"], each["hi"]) for each in ranges)
        for name, ranges in (meta.missing_ranges or {}).items()
        if ranges
    }
    notes = [*_notes(meta, missing, tagged)]
    questions = _questions(frame, columns, labels, sets)
    more = {
        "value_labels": labels,
        "missing_values": missing,
        "multiple_response": sets,
        "tagged_missing": tagged,
    }
    export = assemble(
        Source(path, "statistical", (), options),
        frame,
        columns,
        questions,
        _KINDS[form],
        Parts(form, 0, tuple(notes), more),
    )
    return replace(export, encoding=meta.file_encoding)


def _load(path: Path, form: str, encoding: str | None) -> tuple[pd.DataFrame, Any]:
    readers: dict[str, Callable[[], tuple[pd.DataFrame, Any]]] = {
        "sav": lambda: pyreadstat.read_sav(str(path), user_missing=True, encoding=encoding),
        "por": lambda: pyreadstat.read_por(str(path)),
        "dta": lambda: pyreadstat.read_dta(str(path), user_missing=True, encoding=encoding),
        "sas7bdat": lambda: pyreadstat.read_sas7bdat(str(path), user_missing=True, encoding=encoding),
        "xpt": lambda: pyreadstat.read_xport(str(path), encoding=encoding),
    }
    try:
        with warnings.catch_warnings():
            # pandas warns about dates before 1677 inside pyreadstat; they come out as dates all the same.
            warnings.simplefilter("ignore", UserWarning)
            return readers[form]()
    except (
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
        UnicodeDecodeError,
        OverflowError,
        ValueError,
    ) as error:
        raise ReadError(
            f"'{path.name}' cannot be read as {form} ({error}).",
            remedy="The file is damaged, cut off, or of a kind not supported; save it again, or export CSV. "
            "An encoding can be named by encoding=.",
        ) from error


def _tags(frame: pd.DataFrame, meta: Any) -> pd.DataFrame:
    """Take letters for missing (.a ... .z) out of numeric columns, and return them cell by cell."""
    tags = {}
    for name, letters in (meta.missing_user_values or {}).items():
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            continue
        is_tag = column.map(lambda value, known=frozenset(letters): isinstance(value, str) and value in known)
        tags[name] = column.where(is_tag).astype("str")
        frame[name] = pd.to_numeric(column.mask(is_tag))
    return pd.DataFrame(tags)


def _sets(meta: Any) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for name, each in (meta.mr_sets or {}).items():
        record: dict[str, object] = {
            "type": "dichotomy" if each["is_dichotomy"] else "category",
            "label": each["label"] or "",
            "columns": list(each["variable_list"]),
        }
        if each["is_dichotomy"]:
            record["counted_value"] = each["counted_value"]
        found[str(name)] = record
    return found


def _notes(meta: Any, missing: Mapping[str, object], tagged: pd.DataFrame) -> list[str]:
    notes = [f"File note: {note}" for note in meta.notes or [] if str(note).strip()]
    if missing:
        notes.append(
            f"{len(missing)} variables declare missing values; they are kept as they are and listed in missing_values."
        )
    if tagged.shape[1]:
        notes.append(f"{tagged.shape[1]} variables use letters for missing (.a to .z); see tagged_missing.")
    return notes


def _questions(
    frame: pd.DataFrame,
    columns: list[Column],
    labels: Mapping[str, Mapping[str, str]],
    sets: Mapping[str, Mapping[str, Any]],
) -> list[Question]:
    owner = {name: key for key, each in reversed(list(sets.items())) for name in each["columns"]}
    done: set[str] = set()
    text_of = {column.name: column.label for column in columns}
    questions = []
    for column in columns:
        if column.role != "answer":
            continue
        key = owner.get(column.name)
        if key is None:
            questions.append(_one(frame, column, labels.get(column.name, {})))
        elif key not in done:
            done.add(key)
            questions.append(_set_question(key, sets[key], labels, text_of))
    for key, each in sets.items():
        # A variable may belong to several sets; each set is a question all the same.
        if key not in done:
            questions.append(_set_question(key, each, labels, text_of))
    return questions


def _one(frame: pd.DataFrame, column: Column, labels: Mapping[str, str]) -> Question:
    question = Question(column.name, column.label or column.name, "", (column.name,))
    if labels:
        return Question(
            column.name, column.label or column.name, "single", (column.name,), tuple(labels.values()), tuple(labels)
        )
    values = frame[column.name]
    if pd.api.types.is_numeric_dtype(values.dtype):
        return Question(column.name, column.label or column.name, "number", (column.name,))
    if profile(values).dates or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return Question(column.name, column.label or column.name, "date", (column.name,))
    return one_column_question(question, values)


def _set_question(
    key: str, each: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]], texts: Mapping[str, str]
) -> Question:
    members = tuple(each["columns"])
    text = str(each["label"] or key)
    if each["type"] == "dichotomy":
        counted = str(each["counted_value"])
        options = tuple(texts.get(name) or name for name in members)
        return Question(key, text, "multi", members, options, members, ticked=(counted,))
    shared = labels.get(members[0], {})
    return Question(
        key, text, "multi", members, tuple(shared.values()), tuple(code.removesuffix(".0") for code in shared)
    )


def read_parquet(path: Path, options: ReadOptions) -> Export:
    """Read a Parquet file with its own types.

    Raises
    ------
    ReadError
        When the file is damaged.
    """
    try:
        frame = pq.read_table(path).to_pandas()
    except (pa.ArrowInvalid, pa.ArrowIOError, pa.ArrowNotImplementedError) as error:
        raise ReadError(f"'{path.name}' is a damaged Parquet file ({error}).", remedy="Write it again.") from error
    names = name_columns([str(name) for name in frame.columns])
    frame = frame.reset_index(drop=True)
    columns = [Column(name, str(header), "", "", "answer") for name, header in zip(names, frame.columns, strict=True)]
    frame.columns = pd.Index(names)
    questions = [_one(frame, column, {}) for column in columns]
    return assemble(Source(path, "parquet", (), options), frame, columns, questions, "parquet", Parts("table", 0))
