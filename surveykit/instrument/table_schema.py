"""Frictionless Table Schema: types, codes and missing codes of the data columns, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from surveykit.instrument.columns import Column
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import label_text

__all__ = ["to_table_schema", "write_table_schema"]

_TYPES: Final = {"number": "number", "text": "string", "date": "string"}


def to_table_schema(instrument: Instrument, *, language: str | None = None) -> dict[str, Any]:
    """Describe a CSV of coded answers.

    Parameters
    ----------
    instrument
        What was asked.
    language
        Language of titles and category labels; default the published one.

    Returns
    -------
    dict
        Table Schema: one field a column; codes as ``enum`` and ``categories``, -99..-93 as ``missingValues``.
    """
    language = language or instrument.published
    keys = [key for key in instrument.keys if all(name in instrument.columns.names for name in key)]
    schema: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(instrument, column, language) for column in instrument.columns],
        "missingValues": [{"value": "", "label": "blank"}]
        + [{"value": str(code), "label": label_text(label, language)} for code, label in instrument.missing.items()],
    }
    if keys:
        schema["uniqueKeys"] = [list(key) for key in keys]
    return schema


def _field(instrument: Instrument, column: Column, language: str) -> dict[str, Any]:
    question = instrument.question(column.question)
    field: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES.get(column.kind, "integer"),
        "title": label_text(column.label, language),
    }
    constraints: dict[str, Any] = {}
    if column.coded:
        constraints["enum"] = sorted(column.values)
        field["categories"] = [
            {"value": code, "label": label_text(label, language)} for code, label in column.values.items()
        ]
        field["categoriesOrdered"] = column.kind in ("ordered", "band", "rank")
    if column.kind == "number":
        bounds = {"minimum": question.minimum, "maximum": question.maximum}
        constraints.update({key: bound for key, bound in bounds.items() if bound is not None})
    if column.kind == "text" and not column.write_in and question.max_length:
        constraints["maxLength"] = question.max_length
    if question.unique:
        constraints["unique"] = True
    if constraints:
        field["constraints"] = constraints
    return field


def write_table_schema(instrument: Instrument, path: str | Path, *, language: str | None = None) -> Path:
    """Write :func:`to_table_schema` to a JSON file and return its path."""
    path = Path(path)
    text = json.dumps(to_table_schema(instrument, language=language), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path
