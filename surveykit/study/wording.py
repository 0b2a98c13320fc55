"""Records in the words of a language of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

from surveykit.estimation.models.model import Model
from surveykit.publishing.reliability import PUBLISHED
from surveykit.results import Estimate, Heading, Table, TestResult
from surveykit.results.weight_words import UNWEIGHTED
from surveykit.study.code_words import code_word, definition_in, indicator_in, unit_in
from surveykit.study.item_tables import word_items
from surveykit.study.lexicon import Lexicon, frame_words
from surveykit.study.loading import Recorded, Study, words_in
from surveykit.study.names_ja import japanese_name
from surveykit.study.notes import design_in, notes_in, test_name_in
from surveykit.study.preparing import Prepared
from surveykit.study.records import SET_VARIABLE, Record, Workshop
from surveykit.study.schema import TableSource
from surveykit.study.schema_models import EffectsSource, ModelSource, ModelTableSource
from surveykit.study.schema_parts import LabelSource
from surveykit.study.side_by_side import by_outcome
from surveykit.study.terms import terms_in_words, variable_of
from surveykit.study.weighing import weight_sources

__all__ = ["Scene", "localised", "localised_test", "outcome_of", "set_words"]

_SETS = {"en": "Weights", "ja": "ウエイト"}
_UNWEIGHTED = {"en": "Unweighted", "ja": "ウエイトなし"}
_SLOPE = {"en": "per unit", "ja": "1単位あたり"}
_OUTCOME = {"en": "Outcome", "ja": "結果"}
_CHOICES = (
    (r"as analysed", "分析のとおり"),
    (r"unweighted", "ウエイトなし"),
    (r"before screening", "除外前"),
    (r"trimmed at (.+) x mean", r"平均の\1倍で上限を設定"),
    (r"weights '(.+)'", r"ウエイト「\1」"),
    (r"without (.+) = (.+)", r"\1 = \2 を除く"),
)


def localised(workshop: Workshop, record: Record, shape: Recorded, language: str) -> Record:
    """Put a record into the words of a language.

    Parameters
    ----------
    workshop
        The study with its lexicon.
    record
        As computed.
    shape
        What the study file says of it.
    language
        Of the words.
    """
    if isinstance(record, Table) and record.interval == PUBLISHED:
        assert isinstance(shape, TableSource)
        return _set_beside(_labelled(record, shape, language), shape, language)
    scene = Scene(workshop, workshop.study.sample_of(shape))
    weight = "" if record.weight == UNWEIGHTED else _weight(scene, record.weight, language)
    own = (words_in(shape.note, language),) if shape.note else ()
    notes = tuple(_noted(scene, note, language) for note in notes_in(language, record.notes))
    record = replace(record, weight=weight, notes=(*notes, *own))
    if isinstance(record, Model):
        assert isinstance(shape, ModelSource)
        said = _said(shape.labels, language)
        lexicon = scene.lexicon
        names = terms_in_words(record.names, said, lexicon, language, outcome_of(shape.formula))
        return replace(record, names=names)
    if isinstance(shape, EffectsSource):
        assert isinstance(record, Estimate)
        worded = _effects(scene, record, shape, language)
        return _by_outcome(scene, worded, shape, language) if "outcome" in worded.labels else worded
    if isinstance(record, Estimate):
        return _own_words(scene.lexicon.word_estimate(record, language), record, shape, language)
    if isinstance(shape, ModelTableSource | ModelSource):
        return _model_table(scene, record, shape, language)
    if shape.sensitivity is not None:
        return _choices(scene, record, shape, language)
    if shape.grid or shape.items:
        return _with_sets(scene, word_items(record, shape, scene.lexicon, language), language)
    worded_table = scene.lexicon.word(record, language, words_in(shape.base, language))
    return _set_beside(_with_sets(scene, worded_table, language), shape, language)


def _own_words(worded: Estimate, record: Estimate, shape: Recorded, language: str) -> Estimate:
    """Put the study's own labels on variables and groups of an estimate."""
    said = _said(shape.labels, language)
    labels = {
        name: tuple(said.get(str(value)) or word for value, word in zip(values, words, strict=True))
        for (name, words), values in zip(worded.labels.items(), record.labels.values(), strict=True)
    }
    return replace(worded, labels=labels)


@dataclass(frozen=True)
class Scene:
    """A sample of a study with its words.

    Parameters
    ----------
    workshop
        Of the whole study.
    sample
        Id of one of its further samples; None for its own.
    """

    workshop: Workshop
    sample: str | None = None

    @property
    def study(self) -> Study:
        """The study with the sample in the place of its own."""
        return self.workshop.study.of_sample(self.sample)

    @property
    def prepared(self) -> Prepared:
        """Survey and words of the sample."""
        return self.workshop.prepared_of(self.sample)

    @property
    def lexicon(self) -> Lexicon:
        """Words of the sample."""
        return self.prepared.lexicon


def outcome_of(formula: str) -> str:
    """Left side of a formula.

    Examples
    --------
    >>> outcome_of("V1 ~ mid(FS1)")
    'V1'
    """
    return formula.partition("~")[0].strip()


def _said(labels: Mapping[str, LabelSource], language: str) -> dict[str, str]:
    return {term: words_in(label, language) for term, label in labels.items()}


def _by_outcome(scene: Scene, effects: Estimate, shape: EffectsSource, language: str) -> Table:
    """Effects with one column a category, above which stands what was asked."""
    behind = scene.study.shapes[shape.of]
    assert isinstance(behind, ModelSource)
    table = by_outcome(effects)
    asked = scene.lexicon.short(outcome_of(behind.formula), language) or _OUTCOME[language]
    return replace(table, columns=tuple(replace(one, variable=asked) for one in table.columns))


def localised_test(workshop: Workshop, test: TestResult, table: Table, shape: TableSource, language: str) -> TestResult:
    """Put a test of a cross-tab into the words of a language."""
    scene = Scene(workshop, shape.sample)
    lexicon = scene.lexicon
    sides = [lexicon.short(one.variable, language) or one.variable for one in (table.rows[0], table.columns[0])]
    if language == "ja":
        hypothesis = f"「{sides[0]}」と「{sides[1]}」は独立"
    else:
        hypothesis = f"'{sides[0]}' and '{sides[1]}' are independent"
    return replace(
        test,
        notes=notes_in(language, (note for note in test.notes if note not in table.notes)),
        method=test_name_in(language, test.method),
        hypothesis=hypothesis,
        weight="" if test.weight == UNWEIGHTED else _weight(scene, test.weight, language),
    )


def set_words(scene: Scene, language: str) -> dict[str, str]:
    """Name of every set of weights in a language, by id."""
    found = {"none": _UNWEIGHTED[language]}
    for name, source in weight_sources(scene.study).items():
        made = scene.prepared.sets[name].survey.weight_name
        found[name] = words_in(source.name, language) or (name if source.column is None else made)
    return found


def _weight(scene: Scene, name: str, language: str) -> str:
    """Name of weights, or of several sets, in a language."""
    study = scene.study
    said = {
        words_in(source.name, study.languages[0]): words_in(source.name, language)
        for source in weight_sources(study).values()
        if source.name
    }
    if name in said:
        return said[name]
    parts = [said.get(part, _UNWEIGHTED[language] if part == UNWEIGHTED else part) for part in name.split(", ")]
    return ", ".join(parts) if any(part in said for part in name.split(", ")) else name


def _noted(scene: Scene, note: str, language: str) -> str:
    """A note in which the names of models, weights and designs stand in a language too."""
    if language == "en":
        return note
    note = note.replace(f"「{UNWEIGHTED}」", "なし")
    for source in weight_sources(scene.study).values():
        first = words_in(source.name, scene.study.languages[0])
        if first:
            note = note.replace(f"「{first}」", f"「{words_in(source.name, language)}」")
    return design_in(language, note)


def _with_sets(scene: Scene, table: Table, language: str) -> Table:
    names = set_words(scene, language)

    def worded(side: tuple[Heading, ...]) -> tuple[Heading, ...]:
        return tuple(
            replace(one, variable=_SETS[language], label=names.get(str(one.level), str(one.level)))
            if one.variable == SET_VARIABLE
            else one
            for one in side
        )

    return replace(table, layers=worded(table.layers), columns=worded(table.columns))


def _model_table(scene: Scene, table: Table, shape: ModelTableSource | ModelSource, language: str) -> Table:
    """Headings and terms of models side by side; a model under several weights has one column a set."""
    shapes = scene.study.shapes
    labels: dict[str, Any] = {}
    headings: Mapping[str, Any] = {}
    if isinstance(shape, ModelTableSource):
        headings = shape.headings
        for name in shape.models:
            labels |= getattr(shapes[name], "labels", {})
    labels |= shape.labels
    sets = set_words(scene, language) if isinstance(shape, ModelSource) else {}
    columns = []
    for place, one in enumerate(table.columns, start=1):
        name = str(one.level)
        said = words_in(headings.get(name), language) or sets.get(name, "")
        title = "" if isinstance(shape, ModelSource) else words_in(shapes[name].title, language)
        columns.append(replace(one, label=said or title or f"({place})"))
    names = [str(one.level) for one in table.rows]
    terms = terms_in_words(names, _said(labels, language), scene.lexicon, language)
    rows = tuple(replace(one, label=term) for one, term in zip(table.rows, terms, strict=True))
    notes = table.notes
    for one, column in zip(table.columns, columns, strict=True):
        begins = re.compile(rf"^{re.escape(str(one.level))}(?=:|:)")
        notes = tuple(column.label + note[found.end() :] if (found := begins.match(note)) else note for note in notes)
    return replace(table, rows=rows, columns=tuple(columns), notes=notes)


def _choices(scene: Scene, table: Table, shape: TableSource, language: str) -> Table:
    """Rows of a table of sensitivity, and what is estimated in its columns."""
    said = _said(shape.labels, language)
    sets = set_words(scene, language)
    lexicon = scene.lexicon

    def row(text: str) -> str:
        text = re.sub(r"weights '(.+)'", lambda found: f"weights '{sets.get(found[1], found[1])}'", text)
        if language != "ja":
            return text[:1].upper() + text[1:]
        for pattern, japanese in _CHOICES:
            if (found := re.fullmatch(pattern, text)) is not None:
                return found.expand(japanese)
        return text

    rows = tuple(replace(one, variable="", label=said.get(str(one.level)) or row(str(one.level))) for one in table.rows)
    columns = tuple(
        replace(
            one,
            variable="",
            label=said.get(str(one.level)) or lexicon.short(str(one.level), language) or str(one.level),
        )
        for one in table.columns
    )
    definition = {"en": table.definition, "ja": "ウエイトや対象を変えて同じ推定を行った結果"}[language]
    return replace(table, rows=rows, columns=columns, definition=definition, base=words_in(shape.base, language))


def _effects(scene: Scene, effects: Estimate, shape: EffectsSource, language: str) -> Estimate:
    """Variables, contrasts, levels and outcomes of effects."""
    lexicon = scene.lexicon
    behind = scene.study.shapes[shape.of]
    assert isinstance(behind, ModelSource)
    outcome = outcome_of(behind.formula)
    said = _said({**behind.labels, **shape.labels}, language)
    known = lexicon.levels.get(language, {})
    contrasts = _contrasts(effects, known) | {"slope": _SLOPE[language]}
    labels: dict[str, tuple[object, ...]] = {}
    for name, values in effects.labels.items():
        words: Mapping[str, str] = {}
        if name == "variable":
            words = {str(one): lexicon.short(variable_of(str(one)), language) for one in values}
        elif name == "contrast":
            words = contrasts
        else:
            words = {str(level): text for level, text in known.get(outcome if name == "outcome" else name, {}).items()}
        labels[name] = tuple(said.get(str(one)) or words.get(str(one)) or str(one) for one in values)
    return replace(effects, labels=labels)


def _contrasts(effects: Estimate, known: Mapping[str, Mapping[object, str]]) -> dict[str, str]:
    """Words of ``"b - a"`` for the levels of the variables that have effects."""
    found = {}
    for variable in dict.fromkeys(map(str, effects.labels.get("variable", ()))):
        for (one, first), (other, second) in permutations(known.get(variable, {}).items(), 2):
            found[f"{one} - {other}"] = f"{first} – {second}"
    return found


def _set_beside(table: Table, shape: TableSource, language: str) -> Table:
    """Name the columns of a table put together from others."""
    if not shape.beside:
        return table
    said = [words_in(one.label, language) for one in shape.beside]
    columns = tuple(replace(one, label=text) for one, text in zip(table.columns, said, strict=True))
    return replace(table, columns=columns, statistic=words_in(shape.measure, language))


def _labelled(table: Table, shape: TableSource, language: str) -> Table:
    """Put the study's own labels on published numbers."""
    said = _said(shape.labels, language)
    names = {**frame_words(language), **said}

    def label(one: Heading) -> str:
        level = str(one.level)
        own = said.get(level) or one.label or code_word(one.variable, level, language)
        if own or one.variable == "indicator":
            return own or indicator_in(level, language)
        return japanese_name(level) if language == "ja" and isinstance(one.level, str) else ""

    def worded(side: tuple[Heading, ...]) -> tuple[Heading, ...]:
        return tuple(replace(one, label=label(one), variable=names.get(one.variable, one.variable)) for one in side)

    return replace(
        table,
        statistic=words_in(shape.measure, language)
        or names.get(table.statistic)
        or indicator_in(table.statistic, language),
        unit=unit_in(table.unit, language),
        definition=definition_in(language, table.definition),
        layers=worded(table.layers),
        rows=worded(table.rows),
        columns=worded(table.columns),
        notes=(*table.notes, *([words_in(shape.note, language)] if shape.note else [])),
    )
