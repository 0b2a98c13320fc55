"""A plain table (CSV, TSV, XLSX) of no known platform: one header row, one question a column."""

from __future__ import annotations

from surveykit.errors import listing
from surveykit.responses.building import Parts, assemble, name_columns, one_column_question, widened
from surveykit.responses.export import Column, Export, Question
from surveykit.responses.source import Source

__all__ = ["read", "recognise"]


def recognise(source: Source) -> int:
    """Any table will do when no platform claims it."""
    return 1 if source.header else 0


def read(source: Source) -> Export:
    """Read a table with one header row."""
    headers, frame = widened(source.header, table := source.body(1))
    names = name_columns(headers)
    columns = [
        Column(name, header, "", "", "answer" if header.strip() else "unnamed")
        for name, header in zip(names, headers, strict=True)
    ]
    questions = [
        one_column_question(Question(column.name, column.header.strip(), "", (column.name,)), frame.iloc[:, position])
        for position, column in enumerate(columns)
        if column.role == "answer"
    ]
    notes = list(table.notes)
    if len(source.sheets) > 1:
        notes.append(
            f"Sheet '{source.sheets[0].name}' was read; others: {listing(sheet.name for sheet in source.sheets[1:])} "
            "(pass sheet=)."
        )
    platform = "xlsx" if source.kind == "workbook" else "csv"
    return assemble(source, frame, columns, questions, platform, Parts("one header row", 1, tuple(notes)))
