"""Tables with a row for each item: the answers to a grid of questions, or the shares for which conditions hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from surveykit.errors import ColumnError, StudyError, listing
from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.expressions import quote_name
from surveykit.instrument import Instrument
from surveykit.results import CELL_ARRAYS, Heading, Table
from surveykit.study.lexicon import Lexicon, apart, short
from surveykit.study.loading import words_in
from surveykit.study.notes import notes_in
from surveykit.study.schema import ItemsSource, TableSource
from surveykit.survey import Survey

__all__ = ["grid_table", "items_table", "word_items"]

_LEFT_OUT = "Rows without an answer are left out item by item."
_Cell = tuple[Table, int]


def grid_table(survey: Survey, questions: Sequence[str], instrument: Instrument | None = None) -> Table:
    """Tabulate questions with the same answers: a row for each item, a column for each answer.

    Parameters
    ----------
    survey
        Rows, design and weights.
    questions
        Grid questions, single questions or columns.
    instrument
        Where the items of grid questions stand.

    Returns
    -------
    Table
        Shares of each row, each with its own base.

    Raises
    ------
    StudyError
        If the answers of the items differ.
    """
    columns = [name for question in questions for name in _columns(survey, question, instrument)]
    tables = [crosstab(survey, quote_name(name), percent="total", margins=False) for name in columns]
    answers = [heading.level for heading in tables[0].rows]
    for name, table in zip(columns, tables, strict=True):
        found = [heading.level for heading in table.rows]
        if found != answers:
            has, had = listing(map(str, found)), listing(map(str, answers))
            raise StudyError(
                f"'{name}' has the answers {has}, and '{columns[0]}' {had}.",
                remedy="A grid takes questions with the same answers.",
            )
    rows = tuple(Heading(questions[0] if len(questions) == 1 else "", name) for name in columns)
    heads = tuple(Heading(columns[0], level) for level in answers)
    return _assembled([[(table, place) for place in range(len(answers))] for table in tables], rows, heads)


def items_table(survey: Survey, source: ItemsSource) -> Table:
    """Tabulate conditions item by item: a row for each item, a column for each condition.

    Parameters
    ----------
    survey
        Rows, design and weights.
    source
        Items and conditions; ``{item}`` stands for the item.

    Returns
    -------
    Table
        Shares of the firms that each cell is about, with logit intervals.
    """
    cells = [[_condition(survey, column.when, column.among, item) for column in source.columns] for item in source.over]
    rows = tuple(Heading("", item) for item in source.over)
    return _assembled(cells, rows, tuple(Heading("", column.id) for column in source.columns))


def _condition(survey: Survey, when: str, among: str | None, item: str) -> _Cell:
    domain = survey if among is None else survey.where(among.replace("{item}", item))
    table = crosstab(domain, when.replace("{item}", item), percent="total", margins=False)
    levels = [heading.level for heading in table.rows]
    if set(levels) - {True, False}:
        raise StudyError(
            f"'{when}' is no condition.", remedy="Write one that holds or does not, as \"{item} == 'Yes'\"."
        )
    return table, levels.index(True)


def _columns(survey: Survey, question: str, instrument: Instrument | None) -> list[str]:
    if question in survey.engine.columns:
        return [question]
    known = instrument.columns.of(question) if instrument is not None else ()
    kinds = ("single", "ordered", "band")
    found = [one.name for one in known if one.kind in kinds and one.name in survey.engine.columns]
    if not found:
        raise ColumnError(question, survey.engine.columns)
    return found


def _assembled(cells: Sequence[Sequence[_Cell]], rows: tuple[Heading, ...], columns: tuple[Heading, ...]) -> Table:
    tables = [table for line in cells for table, _ in line]
    first = tables[0]
    arrays: Mapping[str, Any] = {
        name: np.array([[[getattr(table, name)[0, place, 0] for table, place in line] for line in cells]])
        for name in CELL_ARRAYS
    }
    shared = [note for note in first.notes if all(note in table.notes for table in tables)]
    if any(set(table.notes) - set(shared) for table in tables):
        shared.append(_LEFT_OUT)
    return replace(
        first,
        statistic="share of row" if columns[0].variable else "proportion",
        layers=(Heading(""),),
        rows=rows,
        columns=columns,
        joint=(),
        facts={},
        base=first.base if all(table.base == first.base for table in tables) else "",
        notes=tuple(shared),
        **arrays,
    )


def word_items(table: Table, shape: TableSource, lexicon: Lexicon, language: str) -> Table:
    """Put a table of items into the words of a language: items by their wording, answers by their labels."""
    said = {level: words_in(label, language) for level, label in shape.labels.items()}
    whole = lexicon.question(table.rows[0].variable, language)
    if shape.items is not None:
        names = [shape.items.words.replace("{item}", item) for item in shape.items.over]
        heads = [words_in(column.label, language) or column.id for column in shape.items.columns]
    else:
        names = [str(heading.level) for heading in table.rows]
        known = lexicon.levels.get(language, {}).get(table.columns[0].variable, {})
        heads = [known.get(heading.level, "") for heading in table.columns]
    found = apart([lexicon.question(name, language) or name for name in names])
    texts = [said.get(name) or short(text, whole) or text for name, text in zip(names, found, strict=True)]
    base = words_in(shape.base, language)
    return replace(
        table,
        rows=tuple(
            replace(one, label=text, variable="", question=whole) for one, text in zip(table.rows, texts, strict=True)
        ),
        columns=tuple(replace(one, label=text, variable="") for one, text in zip(table.columns, heads, strict=True)),
        base=base or lexicon.counted(table.base, language),
        notes=notes_in(language, table.notes),
    )
