"""The words of an instrument in every language of the page: levels, questions, definitions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from unicodedata import east_asian_width

import pandas as pd

from surveykit.instrument import Instrument
from surveykit.instrument.question import label_text
from surveykit.responses import Responses, for_analysis
from surveykit.results import Estimate, Heading, Table
from surveykit.study.schema_data import DerivedSource
from surveykit.study.schema_parts import LabelSource

__all__ = ["Lexicon", "apart", "frame_words", "lexicon_of", "short", "translated"]

_TICKED = {"en": {True: "Yes", False: "No"}, "ja": {True: "はい", False: "いいえ"}}
#: Longest wording that heads a column of labels, in Latin letters; a Japanese one takes the room of two.
_LINE = 40
_COUNTED = {"en": "responses that count", "ja": "有効回答"}


# Columns of the long frames of trade data.
_FRAME = {
    "reporter": ("Economy", "国・地域"),
    "name": ("Economy", "国・地域"),
    "printed_name": ("Economy", "国・地域"),
    "partner": ("Partner", "相手国"),
    "origin_area": ("Origin of the value added", "付加価値の源泉"),
    "origin_activity": ("Industry of origin", "源泉産業"),
    "activity": ("Industry or service", "産業・サービス"),
    "indicator": ("Indicator", "指標"),
    "year": ("Year", "年"),
    "mode": ("Mode of supply", "提供形態"),
    "service": ("Service", "サービス"),
    "description": ("Indicator", "指標"),
    "flow": ("Flow", "フロー"),
    "method": ("Method", "計算方法"),
    "edition": ("Edition", "版"),
    "basis": ("Basis", "基準"),
    "prices": ("Prices", "価格"),
    "value": ("Value", "値"),
}


def frame_words(language: str) -> Mapping[str, str]:
    """Words for the columns of trade frames and published tables."""
    return {name: words[language == "ja"] for name, words in _FRAME.items()}


def translated(label: LabelSource | None, language: str) -> str:
    """Text of a label in exactly this language; empty where it has none."""
    return label.get(language, "") if isinstance(label, dict) else (label or "")  # type: ignore[call-overload]


@dataclass(frozen=True)
class Lexicon:
    """Words by variable and language.

    Parameters
    ----------
    language
        The language in which levels stand in the data.
    levels
        ``{language: {variable: {level: text}}}``.
    questions
        ``{language: {variable: wording}}``.
    definitions
        ``{variable: how it is computed}``.
    """

    language: str = "en"
    levels: Mapping[str, Mapping[str, Mapping[object, str]]] = field(default_factory=dict)
    questions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)

    def variables(self) -> list[str]:
        """Names of all variables with words."""
        return list(self.questions.get(self.language, {}))

    def question(self, variable: str, language: str) -> str:
        """Wording of a variable's question; empty where there is none."""
        return self.questions.get(language, {}).get(variable, "")

    def short(self, variable: str, language: str) -> str:
        """Wording of a variable where it fits into a line; empty where it is too long or there is none."""
        text = self.question(variable, language)
        return text if _width(text) <= _LINE else ""

    def word(self, table: Table, language: str, base: str = "") -> Table:
        """Put a table's headings, questions, base and definitions into a language.

        Parameters
        ----------
        table
            As computed.
        language
            Of the words.
        base
            Who is counted, in words; made from the domain when empty.
        """
        rows = tuple(self._heading(one, language) for one in table.rows)
        # Above columns and layers stands what was asked; rows have it in the subtitle of the table.
        layers, columns = (tuple(self._column(one, language) for one in side) for side in (table.layers, table.columns))
        if rows and all(one.question and one.question == self.short(one.variable, language) for one in rows):
            rows = tuple(replace(one, variable=one.question) for one in rows)
        named = dict.fromkeys(one.variable for one in (*table.rows, *table.columns, *table.layers))
        definition = "; ".join(f"{name} = {self.definitions[name]}" for name in named if name in self.definitions)
        said = base or self.counted(table.base, language)
        return replace(
            table,
            layers=layers,
            rows=rows,
            columns=columns,
            base=said,
            definition=table.definition or definition,
        )

    def counted(self, base: str, language: str) -> str:
        """Say who is counted in a language."""
        return base.replace(_COUNTED["en"], _COUNTED[language])

    def word_estimate(self, estimate: Estimate, language: str) -> Estimate:
        """Put the variables and groups of an estimate into a language."""
        labels: dict[str, tuple[object, ...]] = {}
        for name, values in estimate.labels.items():
            heading = name if name == "variable" else (self.short(name, language) or name)
            if name == "variable":
                labels[name] = apart([self.question(str(value), language) or str(value) for value in values])
                continue
            known = self.levels.get(language, {}).get(name, {})
            labels[heading] = tuple(
                _TICKED[language][value] if isinstance(value, bool) else known.get(value, value) for value in values
            )
        return replace(estimate, labels=labels)

    def word_boxes(self, worded: Estimate, record: Estimate, question: str, language: str) -> Estimate:
        """Put the boxes of one question into words: the option alone, without the question above it."""
        whole = self.question(question, language)
        labels = {
            name: tuple(short(self.question(str(value), language), whole) or value for value in values)
            for name, values in record.labels.items()
        }
        return replace(worded, labels=labels)

    def _heading(self, heading: Heading, language: str) -> Heading:
        level, label = heading.level, heading.label
        same = language == self.language
        if heading.kind in ("level", "response") and not (label and same):
            known = self.levels.get(language, {}).get(heading.variable, {})
            ticked = _TICKED[language][level] if isinstance(level, bool) else ""
            label = known.get(level, "") or self._box(heading, language) or ticked or label
        question = self.question(heading.variable, language)
        return replace(
            heading,
            label=label,
            question=(heading.question or question) if same else (question or heading.question),
            above=tuple(self._column(one, language) for one in heading.above),
        )

    def _box(self, heading: Heading, language: str) -> str:
        """Wording of a box of a question that has several; empty for other levels."""
        said = self.questions.get(language, {})
        if not isinstance(heading.level, str) or heading.level == heading.variable:
            return ""
        return short(said.get(heading.level, ""), said.get(heading.variable, ""))

    def _column(self, heading: Heading, language: str) -> Heading:
        """Put a heading of a column into words; above it stands what was asked."""
        worded = self._heading(heading, language)
        variable = worded.question or worded.variable_label or worded.variable
        return replace(worded, variable=variable, variable_label="")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def apart(texts: Sequence[str]) -> tuple[str, ...]:
    """Wordings without the question that all of them begin with.

    Examples
    --------
    >>> apart(["Why? - Price", "Why? - Quality"]), apart(["Sales"])
    (('Price', 'Quality'), ('Sales',))
    """
    head = texts[0].rpartition(" - ")[0]
    shared = len(texts) > 1 and bool(head) and all(text.startswith(f"{head} - ") for text in texts)
    return tuple(text.removeprefix(f"{head} - ") for text in texts) if shared else tuple(texts)


def short(text: str, question: str) -> str:
    """What tells one column of a question from the others."""
    rest = text.removeprefix(question)
    return re.sub(r"^[\s:\-–—:/]+", "", rest) if rest else text


def lexicon_of(responses: Responses | None, languages: Sequence[str], derived: Sequence[DerivedSource] = ()) -> Lexicon:
    """Gather the words of an instrument and of the study's own variables."""
    if responses is None:
        own = {language: _own(derived, language) for language in languages}
        return Lexicon("en", _own_levels(derived, languages), own, {one.id: one.value for one in derived})
    instrument = responses.instrument
    shown = {language: for_analysis(responses, language) for language in {instrument.published, *languages}}
    data = shown[instrument.published].frame
    levels: dict[str, dict[str, dict[object, str]]] = {}
    questions: dict[str, dict[str, str]] = {}
    for language, analysis in shown.items():
        levels[language] = {
            str(name): _pairs(data[name], analysis.frame[name])
            for name in data.columns
            if isinstance(data[name].dtype, pd.CategoricalDtype)
        }
        questions[language] = {**analysis.labels, **_whole_questions(instrument, language), **_own(derived, language)}
    for language, named in _own_levels(derived, list(shown)).items():
        levels[language] |= named
    return Lexicon(instrument.published, levels, questions, _definitions(instrument, derived))


def _pairs(data: pd.Series, words: pd.Series) -> dict[object, str]:
    return dict(zip(data.cat.categories, map(str, words.cat.categories), strict=True))


def _own(derived: Sequence[DerivedSource], language: str) -> dict[str, str]:
    return {one.id: translated(one.label, language) or one.id for one in derived}


def _own_levels(derived: Sequence[DerivedSource], languages: Sequence[str]) -> dict[str, dict[str, dict[object, str]]]:
    """Words of the levels of the study's own variables."""
    return {
        language: {
            one.id: {level: translated(label, language) or level for level, label in one.levels.items()}
            for one in derived
            if one.levels
        }
        for language in languages
    }


def _whole_questions(instrument: Instrument, language: str) -> dict[str, str]:
    """Wording of each question under its own id, which a question of several columns does not have as a column."""
    return {question.id: label_text(question.label, language) for question in instrument.questions}


def _definitions(instrument: Instrument, derived: Sequence[DerivedSource]) -> dict[str, str]:
    found = {one.id: one.texts["value"] for one in instrument.derived if "value" in one.texts}
    return found | {one.id: one.value for one in derived}
