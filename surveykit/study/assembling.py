"""From finished outputs to the page: sections in order, texts with their numbers, reasons for what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.publishing.report import Block, Fragment, Grid, Notice, Picture, Prose, Report, Run, Section, Texts
from surveykit.publishing.words import words
from surveykit.study.computed import computed_numbers
from surveykit.study.loading import Study, words_in
from surveykit.study.methods_plain import section_of
from surveykit.study.numbers import brief, filled, refuse_unknown_names
from surveykit.study.outputs import Numbered
from surveykit.study.questionnaire import data_section
from surveykit.study.schema import ComparisonSource, FigureSource, ListingSource, TextSource
from surveykit.study.schema_parts import LabelSource
from surveykit.study.store import Made

__all__ = ["Built", "report_of"]

_TITLES = {
    "findings": {"en": "Key findings", "ja": "主な結果"},
    "topics": {"en": "What this page shows", "ja": "このページの内容"},
    "figures": {"en": "Figures", "ja": "図"},
    "tables": {"en": "Tables", "ja": "表"},
    "failed": {"en": "Methods", "ja": "調査方法"},
}


@dataclass(frozen=True)
class Built:
    """What became of one table, model or figure.

    Parameters
    ----------
    id
        In the study file.
    numbered
        With its number; None for the methods.
    made
        The finished output, None where there is none.
    failure
        Why it could not be made.
    waiting
        What to download first.
    """

    id: str
    numbered: Numbered | None
    made: Made | None = None
    failure: str = ""
    waiting: LabelSource | None = None

    @property
    def section(self) -> str:
        """Section of the page that it is in."""
        if self.numbered is None:
            return "methods"
        shape = self.numbered.shape
        return shape.section or ("figures" if isinstance(shape, FigureSource) else "tables")


def report_of(
    study: Study,
    built: Sequence[Built],
    methods: Made,
    inputs: Mapping[str, str],
    outputs: Sequence[str],
) -> Report:
    """Put the page together.

    Parameters
    ----------
    study
        The study.
    built
        Outputs in the order of the study file.
    methods
        What :func:`surveykit.study.methods.make_methods` made.
    inputs
        SHA-256 by name of every file that was read.
    outputs
        Names of the files that will be written.
    """
    shape = study.shape
    synthetic = bool(methods.facts.get("synthetic")) or any(
        one.made is not None and one.made.facts.get("synthetic") for one in built
    )
    numbers: dict[str, Any] = {}
    for one in built:
        numbers |= one.made.facts.get("numbers", {}) if one.made is not None else {}
    numbers = computed_numbers(shape.numbers, numbers, study.languages)
    named = {section.id: _texts(study, section.title) for section in shape.sections}
    opening = _TITLES["topics" if synthetic else "findings"]
    order = [("findings", named.get("findings", opening))]
    order += [(name, title) for name, title in named.items() if name != "findings"]
    order += [(name, _TITLES[name]) for name in ("figures", "tables") if name not in named]
    sections, announced = [], _announced(built)
    for name, title in order:
        prose = [_prose(study, text, numbers) for text in shape.texts if text.section == name]
        shown = [one for one in _in_order(built) if one.section == name and one.id not in announced]
        blocks = [*prose, *(_block(study, one) for one in shown)]
        blocks += [_comparison(study, one, numbers) for one in shape.comparisons if one.section == name]
        blocks += [_listing(study, one) for one in shape.listings if one.section == name]
        if blocks:
            sections.append(Section(f"section-{name}", title, tuple(blocks)))
    sections += [section_of(plain, methods.files) for plain in methods.facts["sections"]]
    failed = [_block(study, one) for one in built if one.numbered is None]
    if failed:
        sections.append(Section("section-methods", _TITLES["failed"], tuple(failed)))
    sections.append(data_section(study, inputs, outputs))
    return Report(
        title=_texts(study, shape.title),
        languages=study.languages,
        sections=tuple(sections),
        subtitle=_texts(study, shape.subtitle),
        abstract=_texts(study, shape.abstract),
        marks={
            language: _marks(language, synthetic=synthetic, illustrative=bool(methods.facts.get("illustrative")))
            for language in study.languages
        },
        authors=tuple(shape.authors),
        date=shape.date,
    )


def _in_order(built: Sequence[Built]) -> list[Built]:
    """Each figure before the table that it draws."""
    figures = [one for one in built if one.numbered is not None and isinstance(one.numbered.shape, FigureSource)]
    order = []
    for one in built:
        if one not in figures:
            order += [figure for figure in figures if getattr(figure.numbered.shape, "of", "") == one.id]  # type: ignore[union-attr]
            order.append(one)
    return order


def _marks(language: str, *, synthetic: bool, illustrative: bool) -> tuple[str, ...]:
    said = words(language)
    return (*([said["synthetic"]] if synthetic else []), *([said["illustrative"]] if illustrative else []))


def _texts(study: Study, label: LabelSource | None) -> Texts:
    return {language: text for language in study.languages if (text := words_in(label, language))}


def _prose(study: Study, text: TextSource, numbers: Mapping[str, Any]) -> Block:
    """A paragraph; one whose numbers could not be made says so instead of standing with a gap."""
    said = _texts(study, text.text)
    wrong = [line for one in said.values() for line in refuse_unknown_names(one, numbers)]
    if wrong:
        reason = " ".join(dict.fromkeys(wrong))
        return Notice(
            f"text-{study.shape.texts.index(text)}",
            {"en": "A text", "ja": "本文"},
            dict.fromkeys(study.languages, reason),
        )
    return Prose(
        {language: filled(one, numbers, language) for language, one in said.items()},
        "finding" if text.section == "findings" else "plain",
    )


def _comparison(study: Study, shape: ComparisonSource, numbers: Mapping[str, Any]) -> Block:
    """Published numbers beside those of this page, which carry what they rest on."""
    remarked = any(line.remark is not None for line in shape.lines)
    rows: dict[str, list[Sequence[str | Run]]] = {language: [] for language in study.languages}
    for line in shape.lines:
        found = numbers.get(line.rebuilt or "")
        for language in study.languages:
            rebuilt: str | Run = "–"
            if found is not None:
                rebuilt = Run(found["text"], found["hover"][language], found["value"])
            base = "" if found is None else brief(found["facts"], language)
            cells = (words_in(line.what, language), words_in(line.published, language), rebuilt, base)
            rows[language].append((*cells, words_in(line.remark, language)) if remarked else cells)
    heads = {
        "en": ("What", "Published", "Rebuilt here", "Interval and base", "Remark"),
        "ja": ("項目", "公表値", "本ページの値", "区間と回答数", "備考"),
    }
    shown = {language: words[: None if remarked else -1] for language, words in heads.items()}
    return Grid(shape.id, _texts(study, shape.title), shown, rows, _texts(study, shape.source))


def _listing(study: Study, shape: ListingSource) -> Block:
    """A table of words."""
    heads = {language: tuple(words_in(one, language) for one in shape.columns) for language in study.languages}
    rows: dict[str, list[Sequence[str]]] = {
        language: [[words_in(cell, language) for cell in line] for line in shape.lines] for language in study.languages
    }
    return Grid(shape.id, _texts(study, shape.title), heads, rows, _texts(study, shape.source))


def _announced(built: Sequence[Built]) -> set[str]:
    """Tables that wait for a file which a figure of theirs asks for already: one notice is enough."""
    waiting = {one.id for one in built if one.waiting is not None}
    drawn = [one.numbered.shape for one in built if one.id in waiting and one.numbered is not None]
    return {shape.of for shape in drawn if isinstance(shape, FigureSource)} & waiting


def _block(study: Study, one: Built) -> Block:
    if one.made is None:
        title = _texts(study, one.numbered.shape.title if one.numbered else None) or dict.fromkeys(
            study.languages, one.id
        )
        if one.waiting is not None:
            return Notice(one.id, title, _texts(study, one.waiting), failed=False)
        return Notice(one.id, title, dict.fromkeys(study.languages, one.failure))
    facts = one.made.facts
    if "svg" in facts:
        pictures = {language: one.made.files[name] for language, name in facts["svg"].items()}
        return Picture(one.id, facts["title"], pictures, facts["alt"], tuple(facts["files"]))
    assert one.numbered is not None
    title = {language: f"{one.numbered.heading(language)}. {facts['title'][language]}" for language in study.languages}
    return Fragment(one.id, title, facts["html"], tuple(facts["files"]))
