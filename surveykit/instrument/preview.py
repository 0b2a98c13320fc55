"""Questionnaire preview: one self-contained page with both languages, codes on demand and live routing.

The page holds everything it needs and may load nothing: its content security policy forbids the network,
and allows exactly the one style and the one script whose hashes it names. Every text of the instrument is
escaped.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from surveykit.instrument.columns import Column, item_column
from surveykit.instrument.intervals import interval
from surveykit.instrument.model import Instrument
from surveykit.instrument.preview_data import preview_data
from surveykit.instrument.question import Label, Option, Question

__all__ = ["to_preview", "write_preview"]

_WORDS = {
    "en": {"both": "All languages", "codes": "Codes", "hide": "Hide what is not asked", "reset": "Start again",
           "print": "Print", "asked": "asked", "data": "Coded answers", "ended": "The interview ends here.",
           "about": "About this questionnaire", "fixed": "Fixed by the source",
           "rec": "Reconstructed"},
    "ja": {"both": "両言語", "codes": "コード", "hide": "対象外の質問を隠す", "reset": "最初から", "print": "印刷",
           "asked": "質問", "data": "コード化された回答", "ended": "調査はここで終了します。",
           "about": "この調査票について",
           "fixed": "出典により定まるもの", "rec": "再構成したもの"},
}  # fmt: skip


def write_preview(instrument: Instrument, path: str | Path) -> Path:
    """Write :func:`to_preview` to an HTML file and return its path."""
    path = Path(path)
    path.write_text(to_preview(instrument), encoding="utf-8")
    return path


def to_preview(instrument: Instrument) -> str:
    """Write an instrument as one HTML page to read, try out and print.

    Returns
    -------
    str
        The page. It loads nothing, sends nothing and stores nothing.
    """
    assets = files("surveykit.instrument") / "assets"
    style = (assets / "preview.css").read_text(encoding="utf-8") + _language_style(instrument)
    script = (assets / "routing.js").read_text(encoding="utf-8") + (assets / "preview.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    data = json.dumps(preview_data(instrument), ensure_ascii=False, separators=(",", ":"))
    page = _Page(instrument)
    return (
        f'<!doctype html>\n<html lang="{instrument.fielded}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{html.escape(instrument.title.get(instrument.fielded, instrument.name))}</title>\n"
        f'<style>{style}</style>\n</head>\n<body data-shown="all">\n{page.header()}\n'
        f'<form id="form" autocomplete="off">\n<main>\n<div>\n{page.questions()}\n</div>\n'
        f"{page.aside()}\n</main>\n</form>\n"
        f'<script type="application/json" id="instrument">{_embedded(data)}</script>\n<script>{script}</script>\n'
        "</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embedded(data: str) -> str:
    """JSON that cannot close its script element, whatever a label says."""
    return data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _write_in(option: Option) -> str:
    return f'<input type="text" aria-label="{option.code}">' if option.text else ""


def _language_style(instrument: Instrument) -> str:
    return "".join(
        f'body[data-shown="{shown}"] .texts > [lang="{other}"] {{ display: none; }}\n'
        for shown in instrument.languages
        for other in instrument.languages
        if other != shown
    )


class _Page:
    """Writes the parts of the page; everything that comes from the instrument passes through :meth:`texts`."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.languages = (instrument.fielded, *(code for code in instrument.languages if code != instrument.fielded))

    def texts(self, label: Label, tag: str = "span") -> str:
        spans = "".join(
            f'<span lang="{code}">{html.escape(label[code])}</span>' for code in self.languages if label.get(code)
        )
        return f'<{tag} class="texts">{spans}</{tag}>'

    def words(self, key: str) -> str:
        """A word of the page itself, in the languages of the instrument that it knows."""
        known = [_WORDS[code][key] for code in self.languages if code in _WORDS] or [_WORDS["en"][key]]
        return " / ".join(dict.fromkeys(known))

    def header(self) -> str:
        instrument = self.instrument
        buttons = "".join(
            f'<button type="button" data-language="{code}" aria-pressed="false">{code}</button>'
            for code in self.languages
        )
        both = f'<button type="button" data-language="all" aria-pressed="true">{self.words("both")}</button>'
        boxes = "".join(
            f'<label><input type="checkbox" data-toggle="{key}"> {self.words(key)}</label>' for key in ("codes", "hide")
        )
        return (
            f'<header class="top"><h1>{self.texts(instrument.title)}</h1><div class="tools">{both}{buttons}{boxes}'
            f'<button type="button" id="reset">{self.words("reset")}</button>'
            f'<button type="button" id="print">{self.words("print")}</button>'
            f'<span id="ended" hidden>{self.words("ended")}</span>'
            f'<span class="count">{html.escape(instrument.name)} {instrument.version} &middot; {self.words("asked")} '
            '<output id="asked"></output></span></div></header>'
        )

    def aside(self) -> str:
        rules = "".join(
            f'<div class="rule" data-rule="{html.escape(check.id)}" hidden><b>{html.escape(check.id)}</b> '
            f"{self.texts(check.message)}</div>"
            for check in self.instrument.checks
        )
        about = self.instrument.about
        text = ""
        if about is not None:
            parts = f"<p>{html.escape(about.source)}</p>"
            for key, lines in (("fixed", about.fixed), ("rec", about.reconstructed)):
                entries = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
                parts += f"<p><b>{self.words(key)}</b></p><ul>{entries}</ul>"
            text = f'<details class="about"><summary>{self.words("about")}</summary>{parts}</details>'
        return (
            f"<aside>{rules}{text}<details open><summary>{self.words('data')}</summary>"
            '<table><tbody id="codes"></tbody></table></details></aside>'
        )

    def questions(self) -> str:
        found: list[str] = []
        current: str | None = ""
        for question in self.instrument.questions:
            if question.type == "hidden":
                continue
            if question.module != current:
                found.append("</section>" if found else "")
                current = question.module
                found.append(self.module(question))
            found.append(self.question(question))
        return "\n".join([*found, "</section>"])

    def module(self, question: Question) -> str:
        module = self.instrument.module(question.module)
        if module is None:
            return '<section class="module">'
        condition = self.condition([module.texts.get("ask_if")], None)
        intro = f'<div class="intro">{self.texts(module.intro)}</div>' if module.intro else ""
        return f'<section class="module"><h2>{self.texts(module.title)}</h2>{condition}{intro}'

    def condition(self, texts: Sequence[str | None], otherwise: str | None) -> str:
        given = [text for text in texts if text]
        if not given and not otherwise:
            return ""
        shown = " and ".join(f"<code>{html.escape(text)}</code>" for text in given)
        rest = f" &middot; else <code>{html.escape(otherwise)}</code>" if otherwise else ""
        return f'<p class="condition">&#9656; {shown}{rest}</p>'

    def question(self, question: Question) -> str:
        label = {key: text.replace("{item}", "…") for key, text in question.label.items()}
        hint = f'<div class="hint">{self.texts(question.hint)}</div>' if question.hint else ""
        cases = "; ".join(f"{case.code}{f' if {case.text}' if case.text else ''}" for case in question.otherwise)
        condition = self.condition([question.texts.get("administer_if"), question.texts.get("ask_if")], cases)
        data = "" if question.type == "note" else f' data-question="{html.escape(question.id)}"'
        return (
            f'<article id="q-{html.escape(question.id)}"{data}><h3><span class="id">{html.escape(question.id)}</span>'
            f"{self.texts(label)}</h3>{hint}{condition}{self.body(question)}</article>"
        )

    def body(self, question: Question) -> str:
        if question.type == "note":
            return ""
        if question.type == "grid":
            return self.grid(question)
        if question.type != "loop":
            return self.field(question, question.id)
        items = self.instrument.items(question)
        return "".join(
            f'<div class="item" data-item="{item_column(question, item, items)}"><h4>{self.texts(item.label)}</h4>'
            f"{self.field(question, item_column(question, item, items), item.code)}</div>"
            for item in items
        )

    def field(self, question: Question, name: str, item: int | None = None) -> str:
        column = f'data-column="{html.escape(name)}"'
        if question.answer in ("single", "band"):
            options = "".join(self.radio(option, name, question) for option in question.options)
            offered = "".join(self.offered(code, name) for code in question.offer)
            return f'<ul class="options">{options}{offered}</ul>'
        if question.answer in ("multi", "rank"):
            columns = [c for c in self.instrument.columns.of(question.id) if c.item == item and not c.write_in]
            write = self.box if question.answer == "multi" else self.place
            parts = "".join(write(option, c, question) for option, c in zip(question.options, columns, strict=True))
            return f'<ul class="options" data-choices="{html.escape(name)}">{parts}</ul>'
        if question.answer == "number":
            bounds = "".join(
                f' {key}="{value:g}"' for key, value in (("min", question.minimum), ("max", question.maximum))
                if value is not None
            )  # fmt: skip
            unit = f" {html.escape(question.unit)}" if question.unit else ""
            return f'<input type="number" step="{1 if question.whole else "any"}"{bounds} {column}>{unit}'
        if question.answer == "date":
            return f'<input type="date" {column}>'
        return f'<textarea {column} maxlength="{question.max_length or 4000}"></textarea>'

    def radio(self, option: Option, name: str, question: Question) -> str:
        edges = f' <span class="code">{interval(option)}</span>' if question.answer == "band" else ""
        return (
            f'<li><label><input type="radio" name="{html.escape(name)}" value="{option.code}" '
            f'data-column="{html.escape(name)}"><span class="code">{option.code}</span>'
            f"{self.texts(option.label)}{edges}{_write_in(option)}"
            "</label></li>"
        )

    def offered(self, code: int, name: str) -> str:
        return (
            f'<li class="offered"><label><input type="radio" name="{html.escape(name)}" value="{code}" '
            f'data-column="{html.escape(name)}"><span class="code">{code}</span>'
            f"{self.texts(self.instrument.missing[code])}</label></li>"
        )

    def box(self, option: Option, column: Column, question: Question) -> str:
        alone = ' data-exclusive="1"' if option.code in question.exclusive_codes else ""
        return (
            f'<li><label><input type="checkbox" data-column="{column.name}"{alone}>'
            f'<span class="code">{column.name}</span>{self.texts(option.label)}{_write_in(option)}</label></li>'
        )

    def place(self, option: Option, column: Column, question: Question) -> str:
        places = "".join(f'<option value="{n}">{n}</option>' for n in range(1, (question.limit or 9) + 1))
        return (
            f'<li><label><select data-column="{column.name}"><option value="">–</option>{places}</select>'
            f'<span class="code">{column.name}</span>{self.texts(option.label)}</label></li>'
        )

    def grid(self, question: Question) -> str:
        items = self.instrument.items(question)
        heads = [(option.code, option.label) for option in question.options]
        heads += [(code, self.instrument.missing[code]) for code in question.offer]
        head = "".join(
            f'<th scope="col"><span class="code">{code}</span>{self.texts(label)}</th>' for code, label in heads
        )
        rows = ""
        for item in items:
            name = item_column(question, item, items)
            cells = "".join(
                f'<td><input type="radio" name="{name}" value="{code}" data-column="{name}" '
                f'aria-label="{name} {code}"></td>'
                for code, _ in heads
            )
            rows += (
                f'<tr data-item="{name}"><th scope="row"><span class="code">{name}</span>{self.texts(item.label)}</th>'
                f"{cells}</tr>"
            )
        return (
            f'<div class="scroll"><table class="grid"><thead><tr><td></td>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
