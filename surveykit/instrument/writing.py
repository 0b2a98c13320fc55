"""Back to YAML: an instrument, or a draft made from another format, as a file that reads back the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import yaml

from surveykit.instrument.building import build
from surveykit.instrument.findings import Finding, raise_errors
from surveykit.instrument.loading import Plain, Source, is_plain_text
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import MISSING_LABELS, Option, Question
from surveykit.instrument.validation import validate

__all__ = ["Draft", "instrument_of", "shape_of", "shape_to_yaml", "to_yaml", "write_yaml"]

_NATURAL_ANSWER = {"grid": "single", "loop": "single", "hidden": "text", "trap": "single"}


@dataclass(frozen=True)
class Draft:
    """An instrument read from another format, to be completed by hand.

    Parameters
    ----------
    shape
        Plain data in the shape of an instrument file.
    notes
        What the other format said and an instrument cannot hold, or what had to be guessed.
    source
        Name of the file it came from.
    """

    shape: Mapping[str, Any]
    notes: tuple[str, ...]
    source: str

    @property
    def yaml(self) -> str:
        """Text of an instrument file, with the notes as comments on top."""
        head = "".join(f"# {line}\n" for note in self.notes for line in note.splitlines())
        return f"# Drafted from {self.source}.\n{head}{shape_to_yaml(self.shape)}"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What still has to be mended before the draft is an instrument."""
        instrument, findings = build(_source(self))
        return tuple(sorted([*findings, *(validate(instrument) if instrument else [])]))


def instrument_of(draft: Draft) -> Instrument:
    """Turn a draft into an instrument.

    Raises
    ------
    InstrumentError
        The draft does not hold together yet; the message lists what to mend.
    """
    instrument, findings = build(_source(draft))
    raise_errors([*findings, *(validate(instrument) if instrument else [])])
    assert instrument is not None
    return instrument


def _source(draft: Draft) -> Source:
    return Source(cast("Plain", dict(draft.shape)), {}, draft.source)


def to_yaml(instrument: Instrument) -> str:
    """Write an instrument as YAML text; reading the text gives an equal instrument."""
    return shape_to_yaml(shape_of(instrument))


def write_yaml(instrument: Instrument, path: str | Path) -> Path:
    """Write :func:`to_yaml` to a file and return its path."""
    path = Path(path)
    path.write_text(to_yaml(instrument), encoding="utf-8")
    return path


def shape_of(instrument: Instrument) -> dict[str, Any]:
    """Plain data in the shape of an instrument file; what is at its default is left out."""
    missing = {code: dict(label) for code, label in instrument.missing.items() if label != MISSING_LABELS.get(code)}
    shape: dict[str, Any] = {
        "instrument": instrument.name,
        "version": instrument.version,
        "title": dict(instrument.title),
        "unit": instrument.unit,
        "languages": list(instrument.languages),
        "fielded": instrument.fielded,
        "published": instrument.published,
        "about": _about(instrument),
        "missing": missing,
        "keys": [list(key) for key in instrument.keys],
        "constants": dict(instrument.constants),
        "lists": {name: [_option(option) for option in options] for name, options in instrument.lists.items()},
        "modules": [_module(module) for module in instrument.modules],
        "questions": [_question(question) for question in instrument.questions],
        "derived": [_derived(derived) for derived in instrument.derived],
        "checks": [
            {"id": check.id, "severity": check.severity, **check.texts, "message": dict(check.message)}
            for check in instrument.checks
        ],
    }
    return {key: value for key, value in shape.items() if value not in (None, [], {})}


def _about(instrument: Instrument) -> dict[str, Any] | None:
    if instrument.about is None:
        return None
    found = {field.name: getattr(instrument.about, field.name) for field in fields(instrument.about)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items() if value}


def _module(module: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"id": module.id, "title": dict(module.title), **module.texts}
    if module.order != "fixed":
        found["order"] = module.order
    if module.intro:
        found["intro"] = dict(module.intro)
    return found


def _derived(derived: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"id": derived.id, "label": dict(derived.label), **derived.texts}
    if derived.cases:
        found["cases"] = [
            _Line({"code": case.code, "when": case.text, "label": dict(case.label)}) for case in derived.cases
        ]
    for name in ("ordered", "missing_as", "unit", "concept", "source"):
        value = getattr(derived, name)
        if value is not None and value is not False:
            found[name] = value
    return found


def _option(option: Option) -> _Line:
    found: dict[str, Any] = {"code": option.code, "name": option.name}
    found.update({name: getattr(option, name) for name in ("lo", "hi", "closed", "mid", "end", "trap")})
    found.update({name: True for name in ("exclusive", "text", "reverse") if getattr(option, name)})
    found["label"] = dict(option.label) or None
    found["maps_to"] = {scheme: list(codes) for scheme, codes in option.maps_to.items()} or None
    found["tags"] = dict(option.tags) or None
    return _Line({key: _number(value) for key, value in found.items() if value is not None})


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value == int(value) else value


def _question(question: Question) -> dict[str, Any]:
    found: dict[str, Any] = {"id": question.id, "type": question.type}
    letters = question.id.rstrip("0123456789")
    if question.module is not None and question.module != letters:
        found["module"] = question.module
    if question.answer != _NATURAL_ANSWER.get(question.type, question.answer):
        found["ask"] = question.answer
    for name in ("label", "hint", "check_message"):
        _put(found, name, dict(getattr(question, name)))
    found.update(question.texts)
    _put(found, "else", _else(question))
    plain = ("over", "limit", "order", "ordered", "required", "unit", "whole", "minimum", "maximum", "min_length",
             "max_length", "default", "unique", "personal", "concept", "source", "draw")  # fmt: skip
    for name in plain:
        value = _number(getattr(question, name))
        if value not in (None, False, "fixed", "all") or (value == 0 and value is not False):
            found[name] = value
    if question.offer:
        found["offer"] = list(question.offer)
    _put(found, "rows", question.rows_list or [_option(option) for option in question.rows])
    _put(found, "options", question.options_list or [_option(option) for option in question.options])
    return found


def _put(found: dict[str, Any], name: str, value: Any) -> None:
    if value not in (None, "", [], {}):
        found[name] = value


def _else(question: Question) -> Any:
    cases = question.otherwise
    if len(cases) == 1 and cases[0].when is None:
        return cases[0].code
    return [_Line({"code": case.code, "when": case.text}) for case in cases]


class _Line(dict[str, Any]):
    """A mapping that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes text so that this package's own rules for scalars read it back as text."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out: the reader refuses aliases."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists within mappings, whatever the base class would do."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if is_plain_text(value) else '"')


def _line(dumper: yaml.SafeDumper, value: Mapping[str, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Line, _line)


def shape_to_yaml(shape: Mapping[str, Any]) -> str:
    """Write plain data as YAML; options, one a line."""
    return str(
        yaml.dump(
            _lined(dict(shape)),
            Dumper=_Dumper,
            allow_unicode=True,
            sort_keys=False,
            width=160,
            default_flow_style=False,
        )
    )


def _lined(value: Any, key: str = "") -> Any:
    """Mark labels and options, wherever they come from, as one-line mappings."""
    if isinstance(value, Mapping):
        found = {name: _lined(inner, str(name)) for name, inner in value.items()}
        return _Line(found) if isinstance(value, _Line) or key in ("label", "title", "message") else found
    if isinstance(value, Sequence) and not isinstance(value, str):
        lined = [_lined(inner) for inner in value]
        if key in ("options", "rows", "cases") and all(isinstance(inner, dict) for inner in lined):
            return [_Line(inner) for inner in lined]
        return lined
    return value
