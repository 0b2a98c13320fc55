"""DDI-Codebook 2.5: the questionnaire and its variables as XML for archives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from surveykit.instrument.columns import Column
from surveykit.instrument.intervals import interval
from surveykit.instrument.model import Derived, Instrument
from surveykit.instrument.question import Label, Question

__all__ = ["to_ddi", "write_ddi"]

_NAMESPACE: Final = "ddi:codebook:2_5"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_NATURE: Final = {
    "single": "nominal",
    "indicator": "nominal",
    "ordered": "ordinal",
    "band": "ordinal",
    "rank": "ordinal",
}
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def to_ddi(instrument: Instrument) -> str:
    """Write an instrument as a DDI-Codebook 2.5 document.

    Returns
    -------
    str
        XML: study with title, version and source; one ``var`` a data column with question text, routing,
        categories (missing codes marked) and concept, in every language; ``varGrp`` for multiple-response
        questions and grids. Sampling and weights belong to a study, not to an instrument, and are left out.
    """
    ET.register_namespace("", _NAMESPACE)
    book = ET.Element(_tag("codeBook"), {"version": "2.5", _LANGUAGE: instrument.published, "ID": instrument.name})
    _study(book, instrument)
    data = ET.SubElement(book, _tag("dataDscr"))
    for question in instrument.questions:
        if len(instrument.columns.of(question.id)) > 1:
            _group(data, instrument, question)
    for column in instrument.columns:
        _variable(data, instrument, column)
    for derived in instrument.derived:
        _derived(data, derived)
    ET.indent(book)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(book, encoding="unicode") + "\n"


def write_ddi(instrument: Instrument, path: str | Path) -> Path:
    """Write :func:`to_ddi` to an XML file and return its path."""
    path = Path(path)
    path.write_text(to_ddi(instrument), encoding="utf-8")
    return path


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _clean(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return _CONTROL.sub("", text)


def _add(parent: ET.Element, name: str, text: str | None = None, attributes: Mapping[str, str] | None = None
         ) -> ET.Element:  # fmt: skip
    element = ET.SubElement(parent, _tag(name), dict(attributes or {}))
    if text is not None:
        element.text = _clean(text)
    return element


def _texts(parent: ET.Element, name: str, label: Label) -> None:
    for language, text in label.items():
        if text:
            _add(parent, name, text, {_LANGUAGE: language})


def _study(book: ET.Element, instrument: Instrument) -> None:
    study = _add(book, "stdyDscr")
    citation = _add(study, "citation")
    titles = _add(citation, "titlStmt")
    _add(titles, "titl", instrument.title.get(instrument.published), {_LANGUAGE: instrument.published})
    for language, text in instrument.title.items():
        if language != instrument.published:
            _add(titles, "parTitl", text, {_LANGUAGE: language})
    _add(titles, "IDNo", instrument.name)
    _add(_add(citation, "verStmt"), "version", instrument.version)
    information = _add(study, "stdyInfo")
    if instrument.about is not None:
        lines = [f"Source: {instrument.about.source}"]
        lines += [f"Fixed by the source: {line}" for line in instrument.about.fixed]
        lines += [f"Reconstructed: {line}" for line in instrument.about.reconstructed]
        _add(information, "abstract", "\n".join(lines), {_LANGUAGE: "en"})
    _add(_add(information, "sumDscr"), "anlyUnit", instrument.unit)


def _group(data: ET.Element, instrument: Instrument, question: Question) -> None:
    columns = instrument.columns.of(question.id)
    kind = {"multi": "multipleResp", "grid": "grid", "loop": "repetition"}.get(question.type, "other")
    attributes = {"ID": f"VG_{question.id}", "type": kind, "var": " ".join(f"V_{column.name}" for column in columns)}
    if kind == "other":
        attributes["otherType"] = question.type
    group = _add(data, "varGrp", None, attributes)
    _texts(group, "labl", question.label)
    if question.concept:
        _add(group, "concept", question.concept)


def _variable(data: ET.Element, instrument: Instrument, column: Column) -> None:
    question = instrument.question(column.question)
    continuous = column.kind == "number"
    attributes = {"ID": f"V_{column.name}", "name": column.name, "intrvl": "contin" if continuous else "discrete"}
    if column.unit:
        attributes["measUnit"] = column.unit
    if column.kind in _NATURE:
        attributes["nature"] = _NATURE[column.kind]
    variable = _add(data, "var", None, attributes)
    _texts(variable, "labl", column.label)
    asked = _add(variable, "qstn", None, {"ID": f"Q_{column.name}"})
    condition = _condition(instrument, question)
    if condition:
        _add(asked, "preQTxt", f"Asked if {condition}")
    _texts(asked, "qstnLit", question.label)
    _texts(asked, "ivuInstr", question.hint)
    if continuous and question.minimum is not None:
        bounds = {"UNITS": "INT" if question.whole else "REAL", "min": f"{question.minimum:g}"}
        bounds.update({"max": f"{question.maximum:g}"} if question.maximum is not None else {})
        _add(_add(variable, "valrng"), "range", None, bounds)
    if column.kind not in ("text", "date"):
        invalid = _add(variable, "invalrng")
        for code in sorted(column.missing):
            _add(invalid, "item", None, {"VALUE": str(code)})
    if condition:
        _add(variable, "universe", f"Those for whom {condition}")
    _categories(variable, column)
    if column.concept:
        _add(variable, "concept", column.concept)
    _add(variable, "varFormat", None, {"type": "character" if column.kind in ("text", "date") else "numeric"})
    if column.bands:
        edges = "; ".join(f"{code}: {interval(band)}" for code, band in column.bands.items())
        _add(variable, "notes", f"Band edges ({column.unit or 'no unit'}): {edges}", {"subject": "bands"})


def _derived(data: ET.Element, derived: Derived) -> None:
    variable = _add(data, "var", None, {"ID": f"V_{derived.id}", "name": derived.id})
    _texts(variable, "labl", derived.label)
    for case in derived.cases:
        category = _add(variable, "catgry")
        _add(category, "catValu", str(case.code))
        _texts(category, "labl", case.label)
    if derived.concept:
        _add(variable, "concept", derived.concept)
    rule = derived.texts.get("value") or "; ".join(f"{case.code} if {case.text}" for case in derived.cases)
    _add(_add(variable, "derivation"), "drvcmd", rule, {"syntax": "surveykit"})


def _categories(variable: ET.Element, column: Column) -> None:
    if not column.coded:
        return
    for code, label in column.values.items():
        category = _add(variable, "catgry")
        _add(category, "catValu", str(code))
        _texts(category, "labl", label)
    for code, label in column.missing.items():
        category = _add(variable, "catgry", None, {"missing": "Y"})
        _add(category, "catValu", str(code))
        _texts(category, "labl", label)


def _condition(instrument: Instrument, question: Question) -> str:
    module = instrument.module(question.module)
    parts = [module.texts["ask_if"]] if module is not None and "ask_if" in module.texts else []
    parts += [question.texts[name] for name in ("administer_if", "ask_if") if name in question.texts]
    return " and ".join(f"({part})" for part in parts) if len(parts) > 1 else "".join(parts)
