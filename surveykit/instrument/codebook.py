"""Codebook: every question with its columns, codes, base and concept, as HTML, Markdown or a workbook."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xlsxwriter

from surveykit.instrument.intervals import interval
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Label, Question, label_text

__all__ = ["CodebookEntry", "codebook", "to_html_codebook", "to_markdown_codebook", "write_codebook"]

_EPOCH: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed date, so that equal instruments give equal bytes)


@dataclass(frozen=True)
class CodebookEntry:
    """One question or derived variable.

    Parameters
    ----------
    id, kind
        Identity and type; derived variables are of kind ``derived``.
    label
        Text by language.
    columns
        Names of its data columns.
    base
        Who was asked, as the condition is written; empty for everybody.
    codes
        Code, band in mathematical notation (empty for other kinds) and label, one entry an option.
    facts
        Unit, concept, source and the like, as text.
    """

    id: str
    kind: str
    label: Label
    columns: tuple[str, ...]
    base: str
    codes: tuple[tuple[int, str, Label], ...]
    facts: tuple[str, ...]


def codebook(instrument: Instrument) -> tuple[CodebookEntry, ...]:
    """List every question that makes data, then every derived variable."""
    questions = [_entry(instrument, question) for question in instrument.questions if question.type != "note"]
    derived = [
        CodebookEntry(
            id=variable.id,
            kind="derived",
            label=variable.label,
            columns=(variable.id,),
            base="",
            codes=tuple((case.code, "", case.label) for case in variable.cases),
            facts=tuple(
                [f"value: {variable.texts['value']}"] if variable.cases == () and "value" in variable.texts else []
            )
            + tuple(f"{case.code} if {case.text}" for case in variable.cases)
            + _facts({"unit": variable.unit, "concept": variable.concept, "source": variable.source}),
        )
        for variable in instrument.derived
    ]
    return (*questions, *derived)


def _entry(instrument: Instrument, question: Question) -> CodebookEntry:
    module = instrument.module(question.module)
    conditions = [module.texts.get("ask_if", "")] if module is not None else []
    conditions += [question.texts.get(name, "") for name in ("administer_if", "ask_if")]
    otherwise = "; ".join(f"{case.code}{f' if {case.text}' if case.text else ''}" for case in question.otherwise)
    codes = [(option.code, interval(option) if question.answer == "band" else "", option.label)
             for option in question.options]  # fmt: skip
    codes += [(code, "", instrument.missing[code]) for code in question.offer]
    kind = question.type if question.answer == question.type else f"{question.type} ({question.answer})"
    rows = ", ".join(label_text(item.label, instrument.published) for item in question.rows)
    facts = {"rows": rows, "over": question.over, "unit": question.unit, "else": otherwise, "concept": question.concept,
             "source": question.source, "personal": "yes" if question.personal else None}  # fmt: skip
    return CodebookEntry(
        id=question.id,
        kind=kind,
        label=question.label,
        columns=tuple(column.name for column in instrument.columns.of(question.id)),
        base=" and ".join(f"({text})" for text in conditions if text),
        codes=tuple(codes),
        facts=_facts(facts),
    )


def _facts(facts: dict[str, str | None]) -> tuple[str, ...]:
    return tuple(f"{name}: {text}" for name, text in facts.items() if text)


def write_codebook(instrument: Instrument, path: str | Path) -> Path:
    """Write a codebook in the format that the file name asks for: ``.html``, ``.md`` or ``.xlsx``."""
    path = Path(path)
    if path.suffix.lower() == ".xlsx":
        return _workbook(instrument, path)
    text = to_markdown_codebook(instrument) if path.suffix.lower() == ".md" else to_html_codebook(instrument)
    path.write_text(text, encoding="utf-8")
    return path


def _shortened(columns: Sequence[str]) -> str:
    return ", ".join(columns) if len(columns) <= 6 else f"{columns[0]} … {columns[-1]} ({len(columns)})"


def to_markdown_codebook(instrument: Instrument) -> str:
    """Write a codebook in Markdown; texts are escaped, so no label can become markup."""
    lines = [f"# {_md(instrument.title.get(instrument.published, instrument.name))}", ""]
    lines += [f"Instrument `{instrument.name}`, version {instrument.version}; unit: {_md(instrument.unit)}.", ""]
    for entry in codebook(instrument):
        lines += [f"## {entry.id}", ""]
        lines += [f"- {language}: {_md(text)}" for language, text in entry.label.items()]
        lines += [f"- {entry.kind}; columns {_shortened(entry.columns)}"]
        lines += [f"- base: `{entry.base}`"] if entry.base else []
        lines += [f"- {_md(fact)}" for fact in entry.facts]
        if entry.codes:
            lines += ["", "| code | band | " + " | ".join(instrument.languages) + " |"]
            lines += ["|---:|---|" + "---|" * len(instrument.languages)]
            lines += [f"| {code} | {band} | {_cells(instrument, label)} |" for code, band, label in entry.codes]
        lines.append("")
    lines += ["## Missing codes", "", "| code | " + " | ".join(instrument.languages) + " |"]
    lines += ["|---:|" + "---|" * len(instrument.languages)]
    lines += [f"| {code} | {_cells(instrument, label)} |" for code, label in instrument.missing.items()]
    return "\n".join(lines) + "\n"


def _cells(instrument: Instrument, label: Label) -> str:
    return " | ".join(_md(label.get(language, "")) for language in instrument.languages)


def _md(text: str) -> str:
    """Text that Markdown shows as it stands."""
    flat = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{character}" if character in "\\`*_[]|#!" else character for character in flat)


_STYLE: Final = """
body { font-family: "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", system-ui, sans-serif; color: #1d2733;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5; }
h2 { font-size: 1rem; margin: 1.6rem 0 .3rem; border-top: 1px solid #d8dee5; padding-top: .8rem; }
h2 code { color: #1f5f8b; } p { margin: .15rem 0; font-size: .9rem; } .facts { color: #5b6875; }
table { border-collapse: collapse; font-size: .86rem; margin: .4rem 0; }
td, th { padding: .15rem .6rem; text-align: left;
  border-bottom: 1px solid #d8dee5; vertical-align: top; } td:first-child { text-align: right; }
"""


def to_html_codebook(instrument: Instrument) -> str:
    """Write a codebook as one HTML page without any script."""
    title = html.escape(instrument.title.get(instrument.published, instrument.name))
    parts = "\n".join(_html_entry(instrument, entry) for entry in codebook(instrument))
    missing = _html_table(instrument, [(code, "", label) for code, label in instrument.missing.items()])
    return (
        f'<!doctype html>\n<html lang="{instrument.published}"><head><meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        f"<p>{html.escape(instrument.name)}, version {instrument.version}; unit: {html.escape(instrument.unit)}.</p>\n"
        f"{parts}\n<h2>Missing codes</h2>{missing}\n</body></html>\n"
    )


def _html_entry(instrument: Instrument, entry: CodebookEntry) -> str:
    texts = "".join(f'<p lang="{language}">{html.escape(text)}</p>' for language, text in entry.label.items())
    facts = [entry.kind, f"columns {_shortened(entry.columns)}", *([f"base: {entry.base}"] if entry.base else [])]
    told = html.escape("; ".join([*facts, *entry.facts]))
    table = _html_table(instrument, entry.codes) if entry.codes else ""
    name = html.escape(entry.id)
    return f'<h2 id="{name}"><code>{name}</code></h2>{texts}<p class="facts">{told}</p>{table}'


def _html_table(instrument: Instrument, codes: Sequence[tuple[int, str, Label]]) -> str:
    rows = "".join(
        f"<tr><td>{code}</td><td>{band}</td>"
        + "".join(f'<td lang="{lang}">{html.escape(label.get(lang, ""))}</td>' for lang in instrument.languages)
        + "</tr>"
        for code, band, label in codes
    )
    heads = "".join(f"<th>{language}</th>" for language in instrument.languages)
    return f"<table><tr><th>code</th><th>band</th>{heads}</tr>{rows}</table>"


def _workbook(instrument: Instrument, path: Path) -> Path:
    """Sheets ``columns``, ``codes`` and ``missing``; texts that look like formulas stay texts."""
    languages = instrument.languages
    sheets: dict[str, tuple[list[str], Iterator[list[str]]]] = {
        "columns": (["column", "question", "kind", "base", "concept", "unit", *languages], _column_rows(instrument)),
        "codes": (["question", "code", "band", *languages], _code_rows(instrument)),
        "missing": (["code", *languages], ([str(code), *(label.get(language, "") for language in languages)]
                                           for code, label in instrument.missing.items())),
    }  # fmt: skip
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _EPOCH, "title": instrument.name})
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for name, (heads, rows) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(heads) - 1, 22)
            for column, head in enumerate(heads):
                sheet.write_string(0, column, head, bold)
            for line, row in enumerate(rows, start=1):
                for column, text in enumerate(row):
                    sheet.write_string(line, column, text, wrap)
    return path


def _column_rows(instrument: Instrument) -> Iterator[list[str]]:
    bases = {entry.id: entry.base for entry in codebook(instrument)}
    for column in instrument.columns:
        texts = [column.label.get(language, "") for language in instrument.languages]
        facts = [column.kind, bases[column.question], column.concept or "", column.unit or ""]
        yield [column.name, column.question, *facts, *texts]
    for variable in instrument.derived:
        texts = [variable.label.get(language, "") for language in instrument.languages]
        yield [variable.id, "", "derived", "", variable.concept or "", variable.unit or "", *texts]


def _code_rows(instrument: Instrument) -> Iterator[list[str]]:
    for entry in codebook(instrument):
        for code, band, label in entry.codes:
            yield [entry.id, str(code), band, *(label.get(language, "") for language in instrument.languages)]
