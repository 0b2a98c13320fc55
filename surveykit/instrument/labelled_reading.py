"""Labelled data files in: the metadata of SPSS ``.sav`` and Stata ``.dta`` as a draft instrument."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyreadstat

from surveykit.errors import ReadError
from surveykit.instrument.labelled import STATA_MISSING
from surveykit.instrument.names import identifier
from surveykit.instrument.question import MISSING_LABELS
from surveykit.instrument.writing import Draft

__all__ = ["read_labelled"]

_MEMBER: Final = re.compile(r"(?P<stem>.+)_(?P<suffix>[A-Za-z]?[A-Za-z0-9]{0,11})\Z")
_LETTERS: Final = {letter: code for code, letter in STATA_MISSING.items()}
_UNLABELLED: Final = 92


@dataclass(frozen=True)
class _Variable:
    name: str
    label: str
    values: dict[int, str]
    missing: dict[int, str]
    text: bool
    ordered: bool
    measure: str


def read_labelled(path: str | Path, *, language: str = "en") -> Draft:
    """Read the metadata of a ``.sav``, ``.zsav`` or ``.dta`` file as a draft instrument.

    Parameters
    ----------
    path
        The data file; only its metadata are read.
    language
        Language that its labels are in.

    Returns
    -------
    Draft
        One question a variable; indicator variables that belong to one multiple-response set, or that share a stem
        and the values 0 and 1 (``U1_01``, ``U1_07``), become one multi-select.
    """
    path = Path(path)
    readers = {".sav": pyreadstat.read_sav, ".zsav": pyreadstat.read_sav, ".dta": pyreadstat.read_dta}
    if path.suffix.lower() not in readers:
        raise ReadError(f"'{path.name}' is no .sav, .zsav or .dta file.", remedy="Export it from SPSS or Stata.")
    try:
        _, meta = readers[path.suffix.lower()](str(path), metadataonly=True, user_missing=True)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OSError, UnicodeError) as error:
        raise ReadError(f"'{path.name}' cannot be read ({error}).", remedy="Check that the file is whole.") from error
    notes: list[str] = []
    variables = [_variable(meta, name, notes) for name in meta.column_names]
    questions = _questions(variables, meta.mr_sets or {}, language, notes)
    shape: dict[str, Any] = {
        "instrument": identifier(path.stem),
        "version": "0.1.0",
        "title": {language: meta.file_label or path.stem},
        "unit": "respondent",
        "languages": [language],
        "questions": questions,
    }
    renamed = _missing_labels(variables, language)
    if renamed:
        shape["missing"] = renamed
    return Draft(shape, tuple(notes), path.name)


def _variable(meta: Any, name: str, notes: list[str]) -> _Variable:
    labels: Mapping[Any, str] = meta.variable_value_labels.get(name, {})
    values: dict[int, str] = {}
    missing: dict[int, str] = {}
    ranges = (meta.missing_ranges or {}).get(name, [])
    for key, label in labels.items():
        code = _LETTERS.get(key) if isinstance(key, str) else int(key) if float(key).is_integer() else None
        if code is None:
            notes.append(f"Value {key!r} of '{name}' ({label}) is no whole number and was left out.")
        elif code in MISSING_LABELS and (isinstance(key, str) or _within(code, ranges)):
            missing[code] = label
        elif code < 0:
            notes.append(
                f"Negative value {code} of '{name}' ({label}) was left out; recode it to -99 to -93 or from 0 up."
            )
        else:
            values[code] = label
            if _within(code, ranges):
                notes.append(f"Value {code} of '{name}' ({label}) is user-missing in the file and an option here.")
    kind = meta.readstat_variable_types.get(name, "")
    return _Variable(
        name=name,
        label=meta.column_names_to_labels.get(name) or name,
        values=values,
        missing=missing,
        text=kind == "string",
        ordered=(meta.variable_measure or {}).get(name) == "ordinal",
        measure=str((meta.variable_measure or {}).get(name, "")),
    )


def _within(code: int, ranges: Sequence[Mapping[str, Any]]) -> bool:
    return any(not isinstance(span["lo"], str) and float(span["lo"]) <= code <= float(span["hi"]) for span in ranges)


def _questions(
    variables: Sequence[_Variable], sets: Mapping[str, Any], language: str, notes: list[str]
) -> list[dict[str, Any]]:
    member_of = {name: key for key, entry in sets.items() for name in entry["variable_list"] if entry["type"] == "D"}
    stems = _stems(variables)
    found: list[dict[str, Any]] = []
    done: set[str] = set()
    for variable in variables:
        key = member_of.get(variable.name) or stems.get(variable.name)
        if key is None:
            found.append(_single(variable, language, notes))
        elif key not in done:
            done.add(key)
            members = [other for other in variables if (member_of.get(other.name) or stems.get(other.name)) == key]
            label = sets[key].get("label") if key in sets else None
            found.append(_multi(key, members, label, language))
    taken: set[str] = set()
    for entry in found:
        name, number = entry["id"], 2
        while name.lower() in taken:
            name, number = f"{entry['id'][:28]}_{number}", number + 1
        entry["id"] = name
        taken.add(name.lower())
    return found


def _stems(variables: Sequence[_Variable]) -> dict[str, str]:
    """Indicator variables by the stem they share, where at least two do and their suffixes are codes."""
    groups: dict[str, list[str]] = {}
    for variable in variables:
        match = _MEMBER.match(variable.name)
        if match and match["suffix"].isdigit() and set(variable.values) == {0, 1}:
            groups.setdefault(match["stem"], []).append(variable.name)
    return {name: stem for stem, names in groups.items() if len(names) > 1 for name in names}


def _multi(key: str, members: Sequence[_Variable], label: str | None, language: str) -> dict[str, Any]:
    codes = [int(match["suffix"]) if (match := _MEMBER.match(member.name)) and match["suffix"].isdigit() else None
             for member in members]  # fmt: skip
    if None in codes or len(set(codes)) < len(codes):
        codes = list(range(1, len(members) + 1))
    shared = _shared(member.label for member in members)
    options: list[dict[str, Any]] = []
    for code, member in zip(codes, members, strict=True):
        text = member.label[len(shared) :].strip() or member.label
        exclusive = {"exclusive": True} if code in (98, 99) else {}
        options.append({"code": code, **exclusive, "label": {language: text}})
    question = label or shared.rstrip(" -:") or key.lstrip("$")
    return {"id": identifier(key.lstrip("$")), "type": "multi", "label": {language: question}, "options": options}


def _shared(labels: Any) -> str:
    """Beginning that all labels share, up to the last separator `` - ``."""
    texts = list(labels)
    first, last = min(texts), max(texts)
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    cut = first[:size].rfind(" - ")
    return first[: cut + 3] if cut >= 0 else ""


def _single(variable: _Variable, language: str, notes: list[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": identifier(variable.name), "type": "text", "label": {language: variable.label}}
    if entry["id"] != variable.name:
        notes.append(f"Variable '{variable.name}' is called '{entry['id']}' here.")
    offered = [code for code in (-98, -99) if code in variable.missing]
    if variable.text:
        if variable.values:
            notes.append(f"Value labels of text variable '{variable.name}' were left out.")
        return entry
    if len(variable.values) < 2:
        return {**entry, "type": "number", "minimum": -_UNLABELLED, **({"offer": offered} if offered else {})}
    entry.update({"type": "single", **({"ordered": True} if variable.ordered else {})})
    entry.update({"offer": offered} if offered else {})
    entry["options"] = [{"code": code, "label": {language: text}} for code, text in variable.values.items()]
    return entry


def _missing_labels(variables: Sequence[_Variable], language: str) -> dict[int, dict[str, str]]:
    """Labels of missing codes that differ from the usual ones; the first variable that has one decides."""
    found: dict[int, dict[str, str]] = {}
    for variable in variables:
        for code, label in variable.missing.items():
            if code not in found and label != MISSING_LABELS[code].get(language):
                found[code] = {language: label}
    return found
