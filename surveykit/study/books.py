"""Toplines and banner tables of a study: many tables in one block of the page, one workbook and one CSV file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from surveykit.estimation.tabulation import banner_tables, topline
from surveykit.publishing import TableStyle, data_frame, present, render
from surveykit.publishing.inert import escape_html
from surveykit.publishing.tables_csv import frame_csv
from surveykit.publishing.tables_xlsx import workbook
from surveykit.results import Heading, Table, TableBook
from surveykit.study.loading import words_in
from surveykit.study.records import Workshop
from surveykit.study.schema import TableSource
from surveykit.study.store import Made
from surveykit.study.wording import Scene, localised, set_words
from surveykit.survey import Survey

__all__ = ["is_book", "make_book"]

_DEFINED = (
    (r"\bTop two: ", "上位 2 区分:"),
    (r"\bBottom two: ", "下位 2 区分:"),
    (r"Mean of a scale, (.+) = (.+) to (.+) = ", r"平均は尺度の値(\1 = \2 から \3 = "),
    (r"(平均は尺度の値\(.+)$", r"\1)"),
    (r"Mean of the middles of the bands", "平均は階級の中央の値による"),
)


def is_book(shape: object) -> bool:
    """Whether a table of the study file is many tables."""
    return isinstance(shape, TableSource) and (shape.topline is not None or shape.banner is not None)


def make_book(workshop: Workshop, shape: TableSource, options_of: Callable[[Table, str], dict[str, Any]]) -> Made:
    """Compute and render a topline or banner tables.

    Parameters
    ----------
    workshop
        The study.
    shape
        What the study file says of it.
    options_of
        Options of a table in a language, as of any other table.
    """
    study = workshop.study
    surveys = workshop.surveys(shape)
    book = _tabulated(shape, surveys)
    fragments: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for language in study.languages:
        worded = {name: _worded(workshop, name, table, shape, language) for name, table in book.items()}
        options = {name: _options(name, one, shape, options_of(one, language)) for name, one in worded.items()}
        parts = [str(render(one, "html", **options[name])) for name, one in worded.items()]
        fragments[language] = "\n".join(parts) + _left_out(book, language)
        if language == study.languages[0] and book:
            styled = {name: TableStyle(**options[name]) for name in worded}
            sheets = [(name, present(one, styled[name])) for name, one in worded.items()]
            files[f"tables/{shape.id}.xlsx"] = workbook(sheets)
            frames = [data_frame(table, styled[name]).assign(question=name) for name, table in book.items()]
            files[f"tables/{shape.id}.csv"] = frame_csv(_question_first(frames)).encode("utf-8")
    title = {language: words_in(shape.title, language) or shape.id for language in study.languages}
    synthetic = next(iter(surveys.values())).synthetic
    return Made(files, {"title": title, "html": fragments, "files": list(files), "synthetic": synthetic})


def _tabulated(shape: TableSource, surveys: Mapping[str, Survey]) -> TableBook:
    survey = next(iter(surveys.values()))
    shared: dict[str, Any] = {
        "weights": surveys if len(surveys) > 1 else None,
        "nets": shape.nets,
        "scores": shape.scores,
        "sort": shape.sort,
    }
    if shape.banner is None:
        return topline(survey, shape.topline if isinstance(shape.topline, list) else None, **shared)
    return banner_tables(
        survey,
        shape.questions,
        shape.banner,
        percent=shape.boxes,
        adjust=shape.adjust,
        compare_total=shape.compare_total,
        minimum_base=shape.minimum_base,
        **shared,
    )


def _worded(workshop: Workshop, name: str, table: Table, shape: TableSource, language: str) -> Table:
    """One table in the words of the page; its question is its title, so that its lines need not repeat it."""
    worded = localised(workshop, table, shape, language)
    assert isinstance(worded, Table)
    asked = next((one.question or one.variable for one in worded.rows), "")
    worded = replace(worded, rows=tuple(replace(one, variable=name, question=asked) for one in worded.rows))
    scene = Scene(workshop, workshop.study.sample_of(shape))
    rows = tuple(_net(one, shape, language) for one in worded.rows)
    worded = replace(worded, rows=rows, definition=_defined(table, worded, language))
    if any(one.above and one.above[0].kind == "weight" for one in worded.columns):
        said = set_words(scene, language)
        worded = replace(
            worded,
            weight=", ".join(said.get(name, name) for name in table.weight.split(", ")),
            columns=tuple(replace(one, above=_sets(one.above, said)) for one in worded.columns),
        )
    return worded


def _net(heading: Heading, shape: TableSource, language: str) -> Heading:
    """A net by the words that the study has for it."""
    label = words_in(shape.labels.get(str(heading.level)), language) if heading.kind == "net" else ""
    return replace(heading, label=label or heading.label)


def _defined(table: Table, worded: Table, language: str) -> str:
    """What nets and means are, with the levels in the words of the page."""
    if language == "en" or not table.definition:
        return worded.definition
    pairs = zip(table.rows, worded.rows, strict=True)
    said = {old.text: new.text for old, new in pairs if old.kind == "level"}
    found = "|".join(re.escape(text) for text in sorted(said, key=len, reverse=True))
    text = re.sub(found, lambda match: said[match[0]], table.definition) if found else table.definition
    for pattern, words in _DEFINED:
        text = re.sub(pattern, words, text)
    return text


def _sets(above: tuple[Any, ...], said: Mapping[str, str]) -> tuple[Any, ...]:
    """Headings above a column, sets of weights by their names in the language of the page."""
    return tuple(
        replace(one, label=said.get(str(one.level), str(one.level))) if one.kind == "weight" else one for one in above
    )


def _options(name: str, worded: Table, shape: TableSource, options: dict[str, Any]) -> dict[str, Any]:
    """Options of one table: its question is its title."""
    asked = next((one.question for one in worded.rows if one.question), "")
    return options | {
        "number": "",
        "subtitle": "",
        "title": asked or name,
        "letters": True,
        "statistics": tuple(shape.statistics),
        "rounding": shape.rounding,
        "maximum_cv": shape.maximum_cv,
    }


def _question_first(frames: list[pd.DataFrame]) -> pd.DataFrame:
    joined = pd.concat(frames, ignore_index=True)
    return joined[["question", *(name for name in joined.columns if name != "question")]]


def _left_out(book: TableBook, language: str) -> str:
    if not book.left_out:
        return ""
    head = "集計していない質問" if language == "ja" else "Not tabulated"
    lines = "".join(f"<p>{escape_html(name)}: {escape_html(why)}</p>" for name, why in book.left_out.items())
    return f'<div class="sk-notes"><p>{head}</p>{lines}</div>'
