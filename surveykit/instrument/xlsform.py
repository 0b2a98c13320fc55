"""XLSForm: the questionnaire as the workbook that ODK, KoboToolbox, SurveyCTO and Ona read.

Loops are written out (one question an item), a grid becomes a group of its rows, and field names are the
column names of the data. What XLSForm has no place for (band edges, concepts, checks between answers) goes
to a sheet ``surveykit``, which form servers ignore and :func:`surveykit.instrument.xlsform_reading.read_xlsform`
puts back.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from surveykit.instrument.columns import item_column
from surveykit.instrument.logic import LogicWriter
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Label, Option, Question
from surveykit.instrument.writing import shape_of
from surveykit.instrument.xpath import stripped, xpath_writer

__all__ = ["LANGUAGE_NAMES", "write_xlsform", "xlsform_sheets"]

LANGUAGE_NAMES: Final[Mapping[str, str]] = {"en": "English", "ja": "日本語", "de": "Deutsch", "fr": "français",
                                            "es": "español", "ko": "한국어", "zh": "中文"}  # fmt: skip
_Row = dict[str, str]
_EPOCH: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed date, so that equal instruments give equal bytes)


def _language_column(code: str) -> str:
    """Language as XLSForm names it: ``English (en)``."""
    return f"{LANGUAGE_NAMES.get(code, code)} ({code})"


def write_xlsform(instrument: Instrument, path: str | Path) -> Path:
    """Write an instrument as an XLSForm workbook.

    Parameters
    ----------
    instrument
        What is to be asked.
    path
        A file name that ends in ``.xlsx``.

    Returns
    -------
    pathlib.Path
        The file written; the same instrument gives the same bytes.
    """
    path = Path(path)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _EPOCH, "title": instrument.name})
        bold = book.add_format({"bold": True})
        for name, rows in xlsform_sheets(instrument).items():
            sheet = book.add_worksheet(name)
            heads = list(dict.fromkeys(key for row in rows for key in row))
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(len(heads) - 1, 0), 24)
            for column, head in enumerate(heads):
                sheet.write_string(0, column, head, bold)
            for line, row in enumerate(rows, start=1):
                for column, head in enumerate(heads):
                    if row.get(head):
                        sheet.write_string(line, column, row[head])
    return path


def xlsform_sheets(instrument: Instrument) -> dict[str, list[_Row]]:
    """Write an instrument as the sheets of an XLSForm: ``survey``, ``choices``, ``settings``, ``surveykit``."""
    return {
        "survey": _survey(instrument),
        "choices": _choices(instrument),
        "settings": [
            {
                "form_title": instrument.title.get(instrument.fielded, instrument.name),
                "form_id": instrument.name,
                "version": instrument.version,
                "default_language": _language_column(instrument.fielded),
            }
        ],
        "surveykit": _extension(instrument),
    }


def _labelled(kind: str, label: Label, instrument: Instrument) -> _Row:
    """Cells of one text, a column a language; ``${`` would be read as a field."""
    return {
        f"{kind}::{_language_column(code)}": label.get(code, "").replace("${", "$ {") for code in instrument.languages
    }


def _survey(instrument: Instrument) -> list[_Row]:
    writer = xpath_writer(instrument)
    rows: list[_Row] = []
    open_module: str | None = None
    for question in instrument.questions:
        if question.module != open_module:
            if open_module is not None:
                rows.append({"type": "end_group", "name": open_module})
            open_module = question.module
            if open_module is not None:
                rows.extend(_module(instrument, writer, question))
        rows.extend(_question(instrument, writer, question))
    if open_module is not None:
        rows.append({"type": "end_group", "name": open_module})
    # The column heads follow the first rows, so the first row names every column in its usual order.
    heads = ["type", "name", *_labelled("label", {}, instrument), *_labelled("hint", {}, instrument), "required",
             "relevant", "constraint", *_labelled("constraint_message", {}, instrument), "default", "appearance",
             "parameters"]  # fmt: skip
    rows[0] = {**dict.fromkeys(heads, ""), **rows[0]}
    return rows


def _module(instrument: Instrument, writer: LogicWriter, question: Question) -> list[_Row]:
    module = instrument.module(question.module)
    if module is None:
        return [{"type": "begin_group", "name": question.module or ""}]
    parts = [writer.going_on(question, within_module=False)]
    parts += [writer.holds(module.ask_if)] if module.ask_if is not None else []
    found = [{"type": "begin_group", "name": f"group_{module.id}", **_labelled("label", module.title, instrument),
              "relevant": _relevant(writer.both(parts))}]  # fmt: skip
    if module.intro:
        found.append({"type": "note", "name": f"intro_{module.id}", **_labelled("label", module.intro, instrument)})
    return found


def _relevant(text: str) -> str:
    return "" if text == "true()" else stripped(text)


def _question(instrument: Instrument, writer: LogicWriter, question: Question) -> list[_Row]:
    conditions = [question.administer_if, question.ask_if]
    parts = [writer.going_on(question, within_module=True)]
    parts += [writer.holds(condition) for condition in conditions if condition is not None]
    row: _Row = {"relevant": _relevant(writer.both(parts))}
    if question.type == "hidden":
        return [{"type": "hidden", "name": question.id, **_labelled("label", question.label, instrument)}]
    items = instrument.items(question)
    if question.type not in ("grid", "loop"):
        own = xpath_writer(instrument, question.id)
        return _field(instrument, own, question, {**row, "name": question.id}, question.label)
    found: list[_Row] = []
    for item in items:
        name = item_column(question, item, items)
        cells: _Row = {"name": name}
        label = item.label
        if question.type == "loop":
            label = {key: text.replace("{item}", item.label.get(key, "")) for key, text in question.label.items()}
            if question.over is not None and question.over not in instrument.lists:
                cells["relevant"] = writer.ticked(question.over, item.code)
        found.extend(_field(instrument, writer, question, cells, label))
    head: _Row = {"type": "begin_group", "name": f"group_{question.id}", **row, "appearance": "field-list"}
    if question.type == "grid":
        head.update(_labelled("label", question.label, instrument))
    return [head, *found, {"type": "end_group", "name": f"group_{question.id}"}]


def _field(instrument: Instrument, writer: LogicWriter, question: Question, cells: _Row, label: Label) -> list[_Row]:
    """One field, and the text fields of options that are written in."""
    row: _Row = {
        "type": _field_type(question), **cells, **_labelled("label", label, instrument),
        **_labelled("hint", question.hint, instrument),
    }  # fmt: skip
    if question.required and question.type != "note":
        row["required"] = "yes"
    constraint = _constraint(writer, question)
    if constraint:
        row["constraint"] = constraint
        row.update(_labelled("constraint_message", question.check_message, instrument))
    if question.order != "fixed" and question.options and question.type not in ("grid", "loop"):
        row["parameters"] = "randomize=true"
    found = [row]
    for option in question.options:
        if option.text and question.answer != "rank":
            name = instrument.columns.of(question.id)
            write_in = next(
                column.name for column in name
                if column.write_in and column.option == option.code and column.name.startswith(row["name"])
            )  # fmt: skip
            found.append(
                {"type": "text", "name": write_in, **_labelled("label", option.label, instrument),
                 "relevant": f"selected(${{{row['name']}}}, '{option.code}')"}
            )  # fmt: skip
    return found


def _field_type(question: Question) -> str:
    kinds = {"number": "integer" if question.whole else "decimal", "text": "text", "date": "date", "note": "note"}
    if question.answer in kinds:
        return kinds[question.answer]
    command = {"multi": "select_multiple", "rank": "rank"}.get(question.answer, "select_one")
    return f"{command} {_list_name(question)}"


def _list_name(question: Question) -> str:
    """Name of the choice list of a question; offering don't know makes a list of its own."""
    offered = "".join(f"_m{abs(code)}" for code in question.offer)
    return (question.options_list or question.id) + offered


def _constraint(writer: LogicWriter, question: Question) -> str:
    parts: list[str] = []
    if question.answer == "number":
        bounds = [f". >= {writer.number(question.minimum)}"] if question.minimum is not None else []
        bounds += [f". <= {writer.number(question.maximum)}"] if question.maximum is not None else []
        inside = writer.both(bounds)
        parts.append(writer.either([inside, *(f". = {code}" for code in question.offer)]) if bounds else "true()")
    if question.min_length:
        parts.append(f"string-length(.) >= {question.min_length}")
    if question.max_length:
        parts.append(f"string-length(.) <= {question.max_length}")
    if question.answer == "multi":
        parts += [f"not(selected(., '{code}') and count-selected(.) > 1)" for code in sorted(question.exclusive_codes)]
        parts += [f"count-selected(.) <= {question.limit}"] if question.limit and question.type == "multi" else []
    if question.check is not None:
        parts.append(writer.either([writer.holds(question.check), *(f". = {code}" for code in question.offer)]))
    return _relevant(writer.both(parts))


def _choices(instrument: Instrument) -> list[_Row]:
    rows: list[_Row] = []
    written: set[str] = set()
    heads = {"list_name": "", "name": "", **_labelled("label", {}, instrument)}
    for name, options in instrument.lists.items():
        rows.extend(_list(instrument, name, options, ()))
        written.add(name)
    for question in instrument.questions:
        name = _list_name(question)
        if question.options and question.type != "hidden" and name not in written:
            written.add(name)
            rows.extend(_list(instrument, name, question.options, question.offer))
    return [{**heads, **row} for row in rows] or [heads]


def _list(instrument: Instrument, name: str, options: Sequence[Option], offer: Sequence[int]) -> list[_Row]:
    rows = [
        {"list_name": name, "name": str(option.code), **_labelled("label", option.label, instrument)}
        for option in options
    ]
    return rows + [
        {"list_name": name, "name": str(code), **_labelled("label", instrument.missing[code], instrument)}
        for code in offer
    ]


def _extension(instrument: Instrument) -> list[_Row]:
    """Parts of the instrument that XLSForm has no place for, one a row, as JSON."""
    shape = shape_of(instrument)
    rows: list[_Row] = [{"part": "instrument", "id": instrument.name, "data": _json(
        {key: shape[key] for key in shape if key not in ("lists", "modules", "questions", "derived", "checks")}
    )}]  # fmt: skip
    for name, options in shape.get("lists", {}).items():
        rows.append({"part": "list", "id": name, "data": _json([_bare(option) for option in options])})
    for part in ("modules", "questions", "derived", "checks"):
        rows.extend({"part": part, "id": str(entry["id"]), "data": _json(_without_texts(part, entry))}
                    for entry in shape.get(part, []))  # fmt: skip
    return rows


def _without_texts(part: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Leave to the survey and choices sheets what they hold: labels that a translator may change there."""
    if part == "modules":
        return {key: value for key, value in entry.items() if key not in ("title", "intro")}
    if part != "questions":
        return dict(entry)
    kept = dict(entry)
    if entry["type"] not in ("loop", "hidden"):
        kept.pop("label", None)
    kept.pop("hint", None)
    kept.pop("check_message", None)
    for key in ("options", "rows"):
        if isinstance(kept.get(key), list) and entry["type"] != "hidden":
            kept[key] = [_bare(option) for option in kept[key]]
    return kept


def _bare(option: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in option.items() if key != "label"}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
