"""Checks of what the reader found out about choices: multi-selects in every layout, grids, rankings."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from surveykit.responses import Export, Question, indicators, split_joined

__all__ = ["as_question", "check_grid", "check_matrix", "check_multi", "check_spread", "column_named", "tally", "ticks"]


def column_named(export: Export, header: str) -> pd.Series[Any]:
    position = list(export.columns["header"]).index(header)
    return export.frame.iloc[:, position]


def tally(column: pd.Series[Any]) -> dict[str, int]:
    counted = column.astype("str").fillna("").value_counts()
    return {str(key): int(count) for key, count in counted.items()}


def question_with(export: Export, columns: list[str]) -> Question:
    for row in export.questions.itertuples():
        if list(row.columns) == columns:
            return export.question(row.id) if list(export.question(row.id).columns) == columns else as_question(row)
    raise AssertionError(
        f"no question holds exactly the columns {columns}; questions: {list(export.questions['columns'])}"
    )


def as_question(row: Any) -> Question:
    return Question(
        **{
            name: getattr(row, name)
            for name in (
                "id",
                "text",
                "type",
                "options",
                "columns",
                "codes",
                "rows",
                "ticked",
                "separator",
                "other",
                "import_id",
            )
        }
    )


def ticks(export: Export, question: Question) -> dict[str, int]:
    """Respondents that ticked each column of a multi-select."""
    found = {}
    for name in question.columns:
        column = export.frame[name]
        if not question.ticked:
            found[name] = int(column.notna().sum())
        elif pd.api.types.is_numeric_dtype(column.dtype):
            found[name] = int(column.isin([float(value) for value in question.ticked]).sum())
        else:
            found[name] = int(column.isin(list(question.ticked)).sum())
    return found


def check_multi(export: Export, sets: dict[str, Any]) -> None:
    if not sets:
        return
    for key, fact in sets.items():
        if "layout" in fact:
            _joined(export, key, fact)
        elif "first_col" in fact:
            _span(export, fact)
        elif fact.get("columns") and isinstance(fact["columns"][0], dict):
            _by_position(export, fact)
        else:
            _by_name(export, key, fact)


def _joined(export: Export, key: str, fact: dict[str, Any]) -> None:
    position = int(key.removeprefix("col ").split(":")[0].split(" ")[0])
    name = export.frame.columns[position]
    question = next(as_question(row) for row in export.questions.itertuples() if list(row.columns) == [name])
    assert question.type == "multi"
    assert question.separator == ("; " if '"; "' in fact["layout"] else ";" if '";"' in fact["layout"] else ", ")
    cells = export.frame[name].dropna()
    if "answered" in fact:
        assert len(cells) == fact["answered"]
    options = [*question.options, *fact["chosen"]]
    counted: Counter[str] = Counter()
    for cell in cells:
        counted.update(split_joined(cell, options, question.separator)[0])
    assert {option: counted[option] for option in fact["chosen"]} == fact["chosen"]
    # The options inferred without help count the same.
    alone = indicators(export, question.id)
    assert {option: int(alone[option].sum()) for option in fact["chosen"]} == fact["chosen"]


def _span(export: Export, fact: dict[str, Any]) -> None:
    columns = list(export.frame.columns[fact["first_col"] : fact["last_col"] + 1])
    assert export.columns["header"][fact["first_col"]] == fact["first_header"]
    question = question_with(export, columns)
    assert question.type == "multi"
    assert list(question.options) == list(fact["chosen"])
    assert list(ticks(export, question).values()) == list(fact["chosen"].values())


def _by_position(export: Export, fact: dict[str, Any]) -> None:
    places = [each["index0"] for each in fact["columns"]]
    assert [export.columns["header"][place] for place in places] == [each["header"] for each in fact["columns"]]
    question = question_with(export, [export.frame.columns[place] for place in places])
    assert question.type == "multi"
    assert list(question.options) == fact["options"]
    assert {str(place): count for place, count in zip(places, ticks(export, question).values(), strict=True)} == fact[
        "chosen"
    ]


def _by_name(export: Export, key: str, fact: dict[str, Any]) -> None:
    columns = fact.get("columns") or list(fact["chosen"])
    question = question_with(export, columns)
    assert question.type == "multi"
    options = fact.get("options")
    if isinstance(options, dict):
        assert list(question.codes) == list(options)
    elif options is not None:
        assert list(question.options) == options
    qualified = key.split(" ", maxsplit=1)[0]
    if question.import_id:
        assert question.import_id == qualified
    counted = ticks(export, question)
    if "missing" in fact:
        assert sum(counted.values()) == 0
        assert export.missing_codes == (fact["missing"].split(" ")[0],)
    if "chosen" in fact:
        by_option = dict(zip(question.codes, counted.values(), strict=True))
        assert {name: counted.get(name, by_option.get(name)) for name in fact["chosen"]} == fact["chosen"]


def check_spread(export: Export, groups: dict[str, dict[str, Any]]) -> None:
    for key, fact in groups.items():
        first, last = key.split("(col ")[1].rstrip(")").split("-")
        columns = list(export.frame.columns[int(first) : int(last) + 1])
        question = question_with(export, columns)
        assert question.type == "single"
        counted = dict(zip(question.options, ticks(export, question).values(), strict=True))
        once = fact.pop("exactly one chosen in every row", None) if isinstance(fact, dict) else None
        assert counted == fact
        if once:
            assert (export.frame[columns].notna().sum(axis=1) == 1).all()


def check_matrix(export: Export, groups: dict[str, list[int]]) -> None:
    for key, (first, last) in groups.items():
        question = question_with(export, list(export.frame.columns[first : last + 1]))
        assert question.type == ("rank" if key.startswith("rank") else "grid")


def check_grid(export: Export, fact: dict[str, Any]) -> None:
    columns = list(export.frame.columns[fact["first_col"] : fact["first_col"] + fact["columns"]])
    question = question_with(export, columns)
    assert question.type == "grid"
    assert question.text == fact["prefix"]
    inside = [header[header.index("[") + 1 : header.rindex("]")].strip() for header in columns]
    assert (list(question.rows) == inside) == fact["row label in [ ]"]
