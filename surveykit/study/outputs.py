"""Finished outputs of a study: the files and the page's pieces of each table, model and figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveykit.errors import StudyError, did_you_mean
from surveykit.publishing import figure as figures
from surveykit.publishing import render
from surveykit.publishing.figure.record import FileFormat
from surveykit.results import Table
from surveykit.study.books import is_book, make_book
from surveykit.study.calling import called
from surveykit.study.loading import Recorded, Study, words_in
from surveykit.study.numbers import cell_of, hover_of, printed
from surveykit.study.records import Record, Workshop
from surveykit.study.schema import FigureSource, TableSource
from surveykit.study.schema_models import EffectsSource, ModelTableSource
from surveykit.study.store import Made
from surveykit.study.wording import localised, localised_test

__all__ = ["Numbered", "make_figure", "make_table"]


@dataclass(frozen=True)
class Numbered:
    """A table, model or figure of the study file with its number on the page."""

    shape: Recorded | FigureSource
    number: int

    def heading(self, language: str) -> str:
        """Its number in words."""
        drawn = isinstance(self.shape, FigureSource)
        word = {"en": ("Table", "Figure"), "ja": ("表", "図")}[language][drawn]
        number = getattr(self.shape, "number", None) or self.number
        return f"{word}{'' if language == 'ja' else ' '}{number}"


def make_table(workshop: Workshop, numbered: Numbered) -> Made:
    """Compute and render a table or model: fragments for the page, and CSV, XLSX, LaTeX and Markdown files."""
    shape = numbered.shape
    assert not isinstance(shape, FigureSource)
    if isinstance(shape, TableSource) and is_book(shape):
        return make_book(workshop, shape, lambda table, language: _options(workshop, numbered, table, language))
    record = workshop.record(shape.id)
    study = workshop.study
    files: dict[str, bytes] = {}
    fragments = {}
    titles = {}
    for language in study.languages:
        worded = localised(workshop, record, shape, language)
        options = _options(workshop, numbered, worded, language)
        titles[language] = options["title"] or _topic(worded)
        fragments[language] = str(render(worded, "html", **options))
        if isinstance(shape, TableSource) and shape.test:
            fragments[language] += _test(workshop, shape, language)
        if language == study.languages[0]:
            files |= _files(f"tables/{shape.id}", record, worded, options)
    facts = {
        "title": titles,
        "html": fragments,
        "files": list(files),
        "numbers": _numbers(study, shape.id, record),
        "synthetic": record.synthetic,
        "notes": list(record.notes),
    }
    return Made(files, facts)


def _topic(record: Record) -> str:
    return getattr(record, "formula", "") or record.statistic


def _options(workshop: Workshop, numbered: Numbered, record: Record, language: str) -> dict[str, Any]:
    shape = numbered.shape
    assert not isinstance(shape, FigureSource)
    study = workshop.study
    options: dict[str, Any] = {
        "title": words_in(shape.title, language),
        "number": numbered.heading(language),
        "subtitle": words_in(shape.subtitle, language),
        "lang": language,
        "year": shape.year,
        "source": _source(study, shape, record, language),
        "illustrative": _illustrative(workshop, record, shape),
    }
    if isinstance(shape, TableSource):
        options |= {"show": shape.show, "decimals": shape.decimals}
        options |= {"minimum_base": shape.minimum_base, "flag_base": shape.flag_base, "letters": shape.letters}
    if isinstance(shape, EffectsSource | ModelTableSource):
        options |= {"show": shape.show, "decimals": shape.decimals}
    return options


def _source(study: Study, shape: Recorded, record: Record, language: str) -> str:
    own = words_in(shape.source, language)
    if own or (isinstance(record, Table) and record.source):
        return own
    return words_in(study.shape.source, language)


def _illustrative(workshop: Workshop, record: Record, shape: Recorded) -> bool:
    if isinstance(record, Table) and record.interval == "published":
        return False
    return workshop.prepared_of(workshop.study.sample_of(shape)).survey.illustrative


def _test(workshop: Workshop, shape: TableSource, language: str) -> str:
    found = workshop.test(shape)
    if found is None:
        return ""
    table = workshop.record(shape.id)
    assert isinstance(table, Table)
    worded = localised_test(workshop, found, table, shape, language)
    return str(render(worded, "html", lang="ja" if language == "ja" else "en"))


def _files(stem: str, record: Record, worded: Record, options: Mapping[str, Any]) -> dict[str, bytes]:
    """CSV with the variables' own names, and the formats for reading with the words of the page."""
    made: dict[str, bytes] = {}
    for suffix, name in (("csv", "csv"), ("xlsx", "xlsx"), ("tex", "latex"), ("md", "markdown")):
        content = render(record if name == "csv" else worded, name, **options)  # type: ignore[call-overload]
        made[f"{stem}.{suffix}"] = content if isinstance(content, bytes) else content.encode("utf-8")
    return made


def _numbers(study: Study, name: str, record: Record) -> dict[str, Any]:
    """Named numbers of one record, as printed."""
    found = {}
    for key, wanted in study.shape.numbers.items():
        if wanted.of != name:
            continue
        try:
            facts = cell_of(record, wanted)
            text = printed(facts, wanted)
        except StudyError as error:
            where = study.where("numbers", key)
            raise StudyError(f"Number '{key}': {error.what}", where=where, remedy=error.remedy) from None
        value = facts.get(wanted.fact)
        hover = {language: hover_of(facts, language) for language in study.languages}
        found[key] = {"text": text, "hover": hover, "value": "" if value is None else repr(value), "facts": facts}
    return found


def make_figure(workshop: Workshop, numbered: Numbered) -> Made:
    """Draw a figure in every language: SVG for the page, PNG, SVG, PDF and the CSV behind it as files."""
    shape = numbered.shape
    assert isinstance(shape, FigureSource)
    study = workshop.study
    where = study.where("figures", study.shape.figures.index(shape))
    known = [name for name in figures.__all__ if name.islower()]
    if shape.kind not in known:
        raise StudyError(f"'{shape.kind}' is no kind of figure.", where=where, remedy=did_you_mean(shape.kind, known))
    record = workshop.record(shape.of)
    files: dict[str, bytes] = {}
    facts: dict[str, Any] = {"title": {}, "alt": {}, "svg": {}, "synthetic": record.synthetic}
    for language in study.languages:
        worded = _worded(workshop, shape.of, language)
        options = _figure_options(workshop, numbered, study.shapes[shape.of], worded, language)
        options |= {name: _worded(workshop, other, language) for name, other in shape.records.items()}
        drawn = called(getattr(figures, shape.kind), options, where=where, first=(worded,))
        stem = f"figures/{shape.id}" + ("" if language == study.languages[0] else f".{language}")
        wanted: tuple[FileFormat, ...] = (
            ("png", "svg", "pdf", "csv") if language == study.languages[0] else ("png", "svg")
        )
        files |= {f"{stem}.{name}": content for name, content in drawn.written(wanted).items()}
        facts["title"][language] = f"{numbered.heading(language)}. {drawn.words.heading}"
        facts["alt"][language] = drawn.alt
        facts["svg"][language] = f"{stem}.svg"
    facts["files"] = list(files)
    return Made(files, facts)


def _worded(workshop: Workshop, name: str, language: str) -> Record:
    """Table or model of an id in the words of a language."""
    return localised(workshop, workshop.record(name), workshop.study.shapes[name], language)


def _said(option: Any, language: str) -> Any:
    """An option with its words in one language, however deep they lie."""
    if isinstance(option, dict):
        if option and set(option) <= {"en", "ja"}:
            return option.get(language)
        return {name: _said(value, language) for name, value in option.items()}
    return [_said(value, language) for value in option] if isinstance(option, list) else option


def _figure_options(
    workshop: Workshop, numbered: Numbered, behind: Recorded, record: Record, language: str
) -> dict[str, Any]:
    shape = numbered.shape
    assert isinstance(shape, FigureSource)
    study = workshop.study
    options: dict[str, Any] = _said(shape.options, language)
    options |= {
        "title": words_in(shape.title, language),
        "topic": words_in(shape.topic, language) or words_in(shape.title, language),
        "number": numbered.heading(language),
        "subtitle": words_in(shape.subtitle, language),
        "note": words_in(shape.note, language),
        "source": words_in(shape.source, language) or _source(study, behind, record, language),
        "year": shape.year,
        "theme": study.shape.theme,
        "lang": language,
        "illustrative": _illustrative(workshop, record, behind),
    }
    return options
