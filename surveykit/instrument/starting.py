"""A first instrument to start from, and an instrument at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from surveykit.errors import InstrumentError
from surveykit.instrument.codebook import codebook
from surveykit.instrument.model import Instrument
from surveykit.instrument.names import identifier
from surveykit.instrument.question import label_text

__all__ = ["new_instrument", "show_instrument"]

_TEMPLATE = """\
# yaml-language-server: $schema=instrument.schema.json
# {name}: say here what a published source fixes and what is your own.
instrument: {name}
version: 0.1.0
title: {title}
unit: {unit}
languages: [{languages}]
missing: default              # -99 refused, -98 don't know, -97 not applicable ... -93 removed in editing

lists:
  yes_no: {{1: {yes}, 2: {no}}}

modules:
  - {{id: F, title: {firm}}}
  - {{id: X, title: {exports}}}

questions:
  - id: F1
    type: band
    unit: persons
    whole: true
    concept: firm_size
    label: {staff}
    options:
      - {{code: 1, lo: 1, hi: 10, closed: both, mid: 5, label: {small}}}
      - {{code: 2, lo: 11, hi: 50, closed: both, mid: 25, label: {medium}}}
      - {{code: 3, lo: 51, closed: left, mid: 120, label: {large}}}
    offer: [-98]
  - {{id: X1, type: single, required: true, label: {sells}, options: yes_no}}
  - id: X2
    type: band
    unit: percent
    ask_if: X1 == 1
    else: 0                   # a true zero for firms without sales abroad, not "not applicable"
    label: {share}
    options:
      - {{code: 0, lo: 0, hi: 0, closed: both, mid: 0, label: {none}}}
      - {{code: 1, lo: 0, hi: 25, closed: right, mid: 12.5, label: {low}}}
      - {{code: 2, lo: 25, hi: 100, closed: right, mid: 60, label: {high}}}

derived:
  - {{id: exporter, value: X2 > 0, label: {exporter}}}

checks:
  - {{id: K1, severity: error, when: X1 == 2, require: X2 == 0, message: {clash}}}
"""
_TEXTS: dict[str, dict[str, str]] = {
    "title": {"en": "A short title", "ja": "調査の表題"},
    "yes": {"en": "Yes", "ja": "はい"},
    "no": {"en": "No", "ja": "いいえ"},
    "firm": {"en": "Your firm", "ja": "貴社について"},
    "exports": {"en": "Sales abroad", "ja": "海外販売"},
    "staff": {"en": "How many people work at your firm?", "ja": "貴社で働いている人は何人ですか。"},
    "small": {"en": "1 to 10", "ja": "1～10人"},
    "medium": {"en": "11 to 50", "ja": "11～50人"},
    "large": {"en": "51 or more", "ja": "51人以上"},
    "sells": {"en": "Do you sell abroad?", "ja": "海外に販売していますか。"},
    "share": {"en": "What share of revenue comes from abroad?", "ja": "売上高に占める海外売上の割合をお答えください。"},
    "none": {"en": "None", "ja": "なし"},
    "low": {"en": "Up to 25 %", "ja": "25％以下"},
    "high": {"en": "Over 25 %", "ja": "25％超"},
    "exporter": {"en": "Sells abroad", "ja": "海外販売あり"},
    "clash": {"en": "No sales abroad but a share of revenue", "ja": "海外販売なしだが海外売上がある"},
}


def new_instrument(name: str, *, languages: Sequence[str] = ("en",), unit: str = "firm") -> str:
    """Text of a small instrument that validates, to be changed into one's own.

    Parameters
    ----------
    name
        Id of the instrument.
    languages
        Languages of its texts, the fielded one first; texts come in English and Japanese, others are to be filled in.
    unit
        What one row of data is.

    Examples
    --------
    >>> from surveykit.instrument import parse_instrument
    >>> parse_instrument(new_instrument("my_survey", languages=["ja", "en"])).columns.names
    ('F1', 'X1', 'X2')
    """
    if identifier(name) != name:
        raise InstrumentError(f"'{name}' cannot be the id of an instrument.", remedy=f"Call it '{identifier(name)}'.")
    texts = {
        key: "{"
        + ", ".join(f'{code}: "{label.get(code, "TO BE TRANSLATED: " + label["en"])}"' for code in languages)
        + "}"
        for key, label in _TEXTS.items()
    }
    return _TEMPLATE.format(name=name, unit=unit, languages=", ".join(languages), **texts)


def show_instrument(instrument: Instrument, *, question: str | None = None, language: str | None = None) -> str:
    """Text of an instrument at a glance, or of one question in full.

    Parameters
    ----------
    instrument
        What to show.
    question
        Id of a question or derived variable; None: the list of all.
    language
        Language of the texts; default the published one.
    """
    language = language or instrument.published
    if question is not None:
        return _one(instrument, question, language)
    lines = [
        f"{label_text(instrument.title, language)} ({instrument.name} {instrument.version}, unit {instrument.unit})"
    ]
    lines.append(
        f"{len(instrument.questions)} questions, {len(instrument.columns)} columns, {len(instrument.derived)} derived, "
        f"{len(instrument.checks)} checks; languages {', '.join(instrument.languages)}"
    )
    current: str | None = ""
    for entry in instrument.questions:
        if entry.module != current:
            current = entry.module
            module = instrument.module(current)
            condition = f"   if {module.texts['ask_if']}" if module is not None and module.texts else ""
            lines += ["", f"{current or ''}  {label_text(module.title, language) if module else ''}{condition}".strip()]
        condition = entry.texts.get("ask_if", "")
        text = " ".join(label_text(entry.label, language).split())
        lines.append(f"  {entry.id:8} {entry.type:7} {text[:72]}{f'   if {condition}' if condition else ''}")
    if instrument.derived:
        lines += ["", "derived"]
        lines += [f"  {variable.id:20} {label_text(variable.label, language)[:80]}" for variable in instrument.derived]
    return "\n".join(lines)


def _one(instrument: Instrument, name: str, language: str) -> str:
    entries = {entry.id: entry for entry in codebook(instrument)}
    entry = entries.get(name)
    if entry is None:
        instrument.question(name)
        return f"{name}  note\n  {label_text(instrument.question(name).label, language)}"
    lines = [f"{entry.id}  {entry.kind}", *(f"  [{code}] {text}" for code, text in entry.label.items())]
    lines += [f"  base: {entry.base}"] if entry.base else []
    lines += [f"  {fact}" for fact in entry.facts]
    lines += [f"  columns: {', '.join(entry.columns)}"]
    for code, band, label in entry.codes:
        lines.append(f"  {code:>5} {band:14} {label_text(label, language)}".rstrip())
    if any(column.write_in for column in instrument.columns.of(name)):
        lines.append("  with a field to write in")
    return "\n".join(lines)
