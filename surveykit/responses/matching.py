"""Which column of an export holds which answer of an instrument.

First by name (``U1_07``, ``U1_7``, ``U1[7]``, ``grp/U1/7``, ``u1___7`` are the same), then the question by
ImportId, then by wording in any language. Near wordings are listed for confirmation and never used unasked.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import pandas as pd

from surveykit.errors import ColumnError
from surveykit.instrument import Column, Instrument, Label
from surveykit.instrument import Question as AskedQuestion
from surveykit.responses.export import Export, Question

__all__ = ["Match", "Matches", "match_columns", "plain_text"]

_NEAR = 0.82


@dataclass(frozen=True)
class Match:
    """One instrument question and where its answers stand.

    Attributes
    ----------
    question
        Id of the instrument's question.
    how
        ``id``, ``import id``, ``label`` or ``given``.
    columns
        Export column by instrument column, where names tell.
    export
        The export's question, where the question as a whole was matched.
    """

    question: str
    how: str
    columns: Mapping[str, str]
    export: Question | None = None


@dataclass(frozen=True)
class Matches:
    """All matches, near matches, and export questions that have no place."""

    found: tuple[Match, ...]
    near: pd.DataFrame
    unmatched: pd.DataFrame


def plain_text(text: str) -> str:
    """A wording reduced to what can be compared: no tags, one space, one width, one case.

    Examples
    --------
    >>> plain_text("<b>Cloud</b>&nbsp; storage ")
    'cloud storage'
    """
    bare = html.unescape(re.sub(r"<[^>]{1,200}>", " ", text))
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split())


def match_columns(export: Export, instrument: Instrument, given: Mapping[str, str] | None = None) -> Matches:
    """Find the place of every export column.

    Parameters
    ----------
    export
        The export.
    instrument
        The instrument.
    given
        Instrument question or column by export question or column, as the user says.

    Raises
    ------
    ColumnError
        When a given name is in neither.
    """
    pairs = dict(_given(export, instrument, given or {}))
    by_name: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    asked = [export.question_at(position) for position in range(len(export.questions))]
    shared = {
        name
        for each in asked
        if each.type == "multi" and len(each.columns) != len(each.options)
        for name in each.columns
    }
    for name in export.frame.columns:
        # A column that may hold any option of a set is no box of one option, whatever its name.
        column = pairs.get(name) or (None if name in shared else _by_name(str(name), instrument))
        if column is not None:
            by_name.setdefault(column.question, {}).setdefault(column.name, str(name))
            taken.add(str(name))
    found: dict[str, Match] = {}
    for question, columns in by_name.items():
        chosen = any(name in (given or {}) for name in columns.values())
        found[question] = Match(question, "given" if chosen else "id", columns)
    loose = [each for each in asked if not taken.issuperset(each.columns)]
    for how, each, target in _whole(loose, instrument, given or {}):
        if target.id not in found:
            found[target.id] = Match(target.id, how, {}, each)
            taken.update(each.columns, each.other)
    rest = [each for each in asked if not taken.intersection(each.columns)]
    open_questions = [each for each in instrument.questions if each.id not in found and each.type != "note"]
    near = pd.DataFrame(_near(rest, open_questions), columns=["question", "export", "similarity"])
    unmatched = pd.DataFrame(
        {"question": [each.id for each in rest], "text": [each.text for each in rest]}, dtype="str"
    )
    order = [question.id for question in instrument.questions if question.id in found]
    return Matches(tuple(found[name] for name in order), near, unmatched)


def _given(export: Export, instrument: Instrument, given: Mapping[str, str]) -> Iterator[tuple[str, Column]]:
    names = set(export.frame.columns)
    ids = set(export.questions["id"]) | set(export.questions["import_id"]) | set(export.questions["text"])
    for source, target in given.items():
        if source not in names | ids:
            raise ColumnError(source, [*names, *ids], place="the export")
        if target in instrument.columns:
            if source in names:
                yield source, instrument.columns[target]
        else:
            instrument.question(target)


def _by_name(name: str, instrument: Instrument) -> Column | None:
    """The instrument's column of this name, in any platform's way of writing it."""
    for candidate in _spellings(name):
        if candidate in instrument.columns:
            return instrument.columns[candidate]
    folded = {column.name.casefold(): column for column in instrument.columns}
    return next((folded[each.casefold()] for each in _spellings(name) if each.casefold() in folded), None)


def _spellings(name: str) -> Iterator[str]:
    yield name
    code = name.partition(". ")[0]
    yield code
    flat = re.sub(r"[\[/.]+", "_", code.rstrip("]")).replace("___", "_")
    yield flat
    yield re.sub(r"_?TEXT$", "t", flat)
    parts = re.split(r"/", code)
    for start in range(1, len(parts)):
        yield "_".join(parts[start:])


def _whole(
    asked: Sequence[Question], instrument: Instrument, given: Mapping[str, str]
) -> Iterator[tuple[str, Question, AskedQuestion]]:
    """Whole questions: as given, by id, by ImportId, by wording."""
    ids = {question.id.casefold(): question for question in instrument.questions if question.type != "note"}
    wordings: dict[str, list[AskedQuestion]] = {}
    for question in ids.values():
        for wording in dict.fromkeys(plain_text(text) for text in question.label.values()):
            wordings.setdefault(wording, []).append(question)
    for each in asked:
        named = next((given[key] for key in (each.id, each.import_id, each.text) if key in given), None)
        if named is not None and named.casefold() in ids:
            yield "given", each, ids[named.casefold()]
    for each in asked:
        short = re.split(r"[/]", each.id)[-1].casefold()
        if each.id.casefold() in ids or short in ids:
            yield "id", each, ids.get(each.id.casefold()) or ids[short]
        elif each.import_id and each.import_id.casefold() in ids:
            yield "import id", each, ids[each.import_id.casefold()]
    worded: dict[str, list[Question]] = {}
    for each in asked:
        worded.setdefault(plain_text(each.text), []).append(each)
    for wording, several in worded.items():
        same = wordings.get(wording, [])
        if len(same) == len(several):
            # Questions worded alike keep the order of the questionnaire.
            yield from (("label", each, question) for each, question in zip(several, same, strict=True))


def _near(asked: Sequence[Question], questions: Sequence[AskedQuestion]) -> list[tuple[str, str, float]]:
    near = []
    for each in asked:
        wording = plain_text(each.text)
        scored = [
            (max(SequenceMatcher(None, wording, plain_text(text)).ratio() for text in _texts(question.label)), question)
            for question in questions
            if question.label
        ]
        best = max(scored, key=lambda pair: pair[0], default=None)
        if best is not None and best[0] >= _NEAR:
            near.append((best[1].id, each.id, round(best[0], 3)))
    return near


def _texts(label: Label) -> list[str]:
    return [text for text in label.values() if text] or [""]
