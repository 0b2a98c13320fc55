"""The appendices of a report: the questionnaire with its wordings, and the files that went in and came out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from surveykit.instrument.codebook import CodebookEntry, codebook
from surveykit.instrument.question import label_text
from surveykit.publishing.report import Grid, Questions, QuestionWords, Section
from surveykit.study.loading import Study
from surveykit.study.preparing import Prepared

__all__ = ["data_section", "questionnaire_section"]

_RECORDED = ("hidden", "derived")


def questionnaire_section(study: Study, prepared: Prepared) -> Section | None:
    """Every question with its wording, base and codes; what was recorded without being asked stands apart."""
    if prepared.responses is None:
        return None
    instrument = prepared.responses.instrument
    asked: dict[str, Sequence[QuestionWords]] = {}
    recorded: dict[str, Sequence[QuestionWords]] = {}
    for language in study.languages:
        entries = codebook(instrument)
        asked[language] = [_words(one, language) for one in entries if not one.kind.startswith(_RECORDED)]
        recorded[language] = [_words(one, language) for one in entries if one.kind.startswith(_RECORDED)]
    title = {
        language: f"{label_text(instrument.title, language)} ({instrument.name} {instrument.version})"
        for language in study.languages
    }
    block = Questions("about-wordings", title, asked, recorded)
    return Section("about-questionnaire", {"en": "Questionnaire", "ja": "調査票"}, (block,))


def _words(entry: CodebookEntry, language: str) -> QuestionWords:
    answers = [
        (str(code), f"{label_text(label, language)}{f' {band}' if band else ''}") for code, band, label in entry.codes
    ]
    return QuestionWords(entry.id, label_text(entry.label, language), answers, _unwrapped(entry.base))


def _unwrapped(condition: str) -> str:
    """A condition without one pair of brackets around all of it.

    Examples
    --------
    >>> _unwrapped("(D1 > 0)"), _unwrapped("(a > 0) and (b > 0)")
    ('D1 > 0', '(a > 0) and (b > 0)')
    """
    inner = re.fullmatch(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)", condition)
    return inner[1] if inner else condition


def data_section(study: Study, inputs: Mapping[str, str], outputs: Sequence[str]) -> Section:
    """Which files went in, which came out."""
    rows = [(name, digest) for name, digest in inputs.items()]
    into = Grid(
        "about-inputs",
        {"en": "Files read", "ja": "入力ファイル"},
        {"en": ("File", "SHA-256"), "ja": ("ファイル", "SHA-256")},
        dict.fromkeys(study.languages, rows),
    )
    made = Grid(
        "about-outputs",
        {"en": "Files written", "ja": "出力ファイル"},
        {"en": ("Name", "Formats"), "ja": ("名前", "形式")},
        {language: list(_by_stem(outputs).items()) for language in study.languages},
        {"en": "Their SHA-256 are in manifest.json.", "ja": "SHA-256 は manifest.json に記載。"},
    )
    return Section("about-data", {"en": "Data", "ja": "データ"}, (into, made))


def _by_stem(names: Sequence[str]) -> dict[str, str]:
    """Endings of the files of each name.

    Examples
    --------
    >>> _by_stem(["figures/one.ja.svg", "figures/one.svg", "manifest.json"])
    {'figures/one': 'ja.svg, svg', 'manifest': 'json'}
    """
    found: dict[str, list[str]] = {}
    for name in names:
        folder, slash, own = name.rpartition("/")
        stem, _, ending = own.partition(".")
        found.setdefault(f"{folder}{slash}{stem}", []).append(ending)
    return {stem: ", ".join(endings) for stem, endings in found.items()}
