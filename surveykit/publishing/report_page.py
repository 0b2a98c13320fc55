"""A report as one HTML page: self-contained, accessible, printable, in light and dark, without a network.

The page may load nothing: its content security policy names the hashes of its one style and its one script and allows
pictures that it holds itself. Every text passes through :func:`surveykit.publishing.inert.escape_html`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import singledispatch
from importlib.resources import files

from surveykit.errors import PublishingError
from surveykit.publishing.inert import escape_html
from surveykit.publishing.report import Fragment, Grid, Notice, Picture, Prose, Report, Run, Section, Texts
from surveykit.publishing.tables_html import STYLESHEET

__all__ = ["report_page"]

_NAMES = {"en": "English", "ja": "日本語"}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "contents": "Contents",
        "failed": "Not built",
        "waiting": "Waits for a file",
        "files": "Files",
        "skip": "Skip to the text",
        "language": "Language",
        "made": "Made with surveykit. Hover or focus a number to see its interval, base, weight and question.",
        "sort": "Sort",
    },
    "ja": {
        "contents": "目次",
        "failed": "作成できませんでした",
        "waiting": "ファイルが必要です",
        "files": "ファイル",
        "skip": "本文へ",
        "language": "言語",
        "made": "surveykit により作成。数値に合わせると、信頼区間、集計対象、ウエイト、質問文が表示されます。",
        "sort": "並べ替え",
    },
}


def report_page(report: Report) -> str:
    """Write a report as one page.

    Parameters
    ----------
    report
        What it says; fragments come from the renderers of this package, everything else is escaped.

    Returns
    -------
    str
        HTML. Equal reports give equal text.

    Raises
    ------
    PublishingError
        If two parts have one anchor.
    """
    _refuse_repeated(report)
    assets = files("surveykit.publishing") / "assets"
    style = STYLESHEET + (assets / "report.css").read_text(encoding="utf-8")
    script = (assets / "report.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    first = report.languages[0]
    sections = "\n".join(_section(one, report.languages) for one in report.sections)
    return (
        f'<!doctype html>\n<html lang="{first}" data-show="{first}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape_html(report.title.get(first, ''))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'{_header(report)}\n<div class="page">\n{_contents(report)}\n<main id="text" tabindex="-1">\n'
        f"{_opening(report)}\n{sections}\n</main>\n</div>\n"
        f"<footer>{_each(report.languages, lambda lang: escape_html(_WORDS[lang]['made']), 'p')}</footer>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _refuse_repeated(report: Report) -> None:
    seen: set[str] = set()
    for section in report.sections:
        for part in (section, *section.blocks):
            anchor = getattr(part, "anchor", None)
            if anchor is not None and anchor in seen:
                raise PublishingError(f"Two parts of the page are called '{anchor}'.", remedy="Rename one of them.")
            if anchor is not None:
                seen.add(anchor)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _each(languages: Sequence[str], content: Callable[[str], str], tag: str = "span", more: str = "") -> str:
    """One element a language, of which the page shows one."""
    return "".join(
        f'<{tag} class="l-{lang}{f" {more}" if more else ""}" lang="{lang}">{text}</{tag}>'
        for lang in languages
        if (text := content(lang))
    )


def _text(texts: Texts, lang: str) -> str:
    """Text in a language, else in another one."""
    return escape_html(texts.get(lang) or next(iter(texts.values()), ""))


def _header(report: Report) -> str:
    skip = _each(report.languages, lambda lang: escape_html(_WORDS[lang]["skip"]))
    buttons = ""
    if len(report.languages) > 1:
        first = report.languages[0]
        buttons = "".join(
            f'<button type="button" data-language="{lang}" lang="{lang}" aria-pressed="{str(lang == first).lower()}">'
            f"{escape_html(_NAMES[lang])}</button>"
            for lang in report.languages
        )
        label = escape_html(" / ".join(_WORDS[lang]["language"] for lang in report.languages))
        buttons = f'<div class="languages" role="group" aria-label="{label}">{buttons}</div>'
    marks = _each(report.languages, lambda lang: escape_html(" · ".join(report.marks.get(lang, ()))), "strong", "mark")
    return f'<a class="skip" href="#text">{skip}</a>\n<header>{marks}{buttons}</header>'


def _opening(report: Report) -> str:
    lines = [f"<h1>{_each(report.languages, lambda lang: _text(report.title, lang))}</h1>"]
    if report.subtitle:
        lines.append(_each(report.languages, lambda lang: _text(report.subtitle, lang), "p", "subtitle"))
    byline = " · ".join(part for part in (", ".join(report.authors), report.date) if part)
    if byline:
        lines.append(f'<p class="byline">{escape_html(byline)}</p>')
    if report.abstract:
        lines.append(_each(report.languages, lambda lang: _text(report.abstract, lang), "p", "abstract"))
    return "\n".join(lines)


def _contents(report: Report) -> str:
    lines = []
    for section in report.sections:
        inside = [block for block in section.blocks if not isinstance(block, Prose)]
        items = "".join(f"<li>{_link(block, report.languages)}</li>" for block in inside)
        lines.append(f"<li>{_link(section, report.languages)}{f'<ul>{items}</ul>' if items else ''}</li>")
    label = escape_html(" / ".join(_WORDS[lang]["contents"] for lang in report.languages))
    head = _each(report.languages, lambda lang: escape_html(_WORDS[lang]["contents"]))
    return f'<nav aria-label="{label}"><p class="head">{head}</p><ul>{"".join(lines)}</ul></nav>'


def _link(part: Section | Fragment | Picture | Notice | Grid, languages: Sequence[str]) -> str:
    text = _each(languages, lambda lang: _text(part.title, lang))
    return f'<a href="#{escape_html(part.anchor)}">{text}</a>'


def _section(section: Section, languages: Sequence[str]) -> str:
    head = _each(languages, lambda lang: _text(section.title, lang))
    anchor = escape_html(section.anchor)
    blocks = "\n".join(_block(block, languages) for block in section.blocks)
    title = f'<h2 id="{anchor}-head">{head}</h2>'
    return f'<section id="{anchor}" aria-labelledby="{anchor}-head">\n{title}\n{blocks}\n</section>'


@singledispatch
def _block(block: object, languages: Sequence[str]) -> str:  # noqa: ARG001 - the signature of all blocks
    raise PublishingError(f"A {type(block).__name__} is no part of a page.", remedy="Use a block of report.py.")


@_block.register
def _prose(block: Prose, languages: Sequence[str]) -> str:
    def runs(lang: str) -> str:
        return "".join(map(_run, block.runs.get(lang) or next(iter(block.runs.values()), ())))

    return _each(languages, runs, "p", block.kind)


def _run(run: Run) -> str:
    text = escape_html(run.text)
    if not run.hover:
        return text
    return f'<data value="{escape_html(run.value)}" title="{escape_html(run.hover)}" tabindex="0">{text}</data>'


@_block.register
def _fragment(block: Fragment, languages: Sequence[str]) -> str:
    inside = _each(languages, lambda lang: block.html.get(lang, ""), "div")
    return f'<div class="block" id="{escape_html(block.anchor)}">{inside}{_files(block.files, languages)}</div>'


@_block.register
def _picture(block: Picture, languages: Sequence[str]) -> str:
    def image(lang: str) -> str:
        data = base64.b64encode(block.svg[lang]).decode()
        return f'<img alt="{_text(block.alt, lang)}" src="data:image/svg+xml;base64,{data}">'

    inside = _each(languages, image, "div", "picture")
    return f'<figure class="block" id="{escape_html(block.anchor)}">{inside}{_files(block.files, languages)}</figure>'


@_block.register
def _notice(block: Notice, languages: Sequence[str]) -> str:
    word = "failed" if block.failed else "waiting"

    def inside(lang: str) -> str:
        head = f"{escape_html(_WORDS[lang][word])}: {_text(block.title, lang)}"
        return f"<strong>{head}</strong> {_text(block.reason, lang)}"

    return f'<div class="block notice {word}" id="{escape_html(block.anchor)}">{_each(languages, inside, "p")}</div>'


@_block.register
def _grid(block: Grid, languages: Sequence[str]) -> str:
    def table(lang: str) -> str:
        head = "".join(f'<th scope="col">{escape_html(text)}</th>' for text in block.head.get(lang, ()))
        lines = [f'<div class="sk-table"><table class="words"><caption>{_text(block.title, lang)}</caption>']
        lines += [f"<thead><tr>{head}</tr></thead>" if head else "", "<tbody>", *_grid_rows(block.rows.get(lang, ()))]
        note = f'<div class="sk-notes"><p>{_text(block.note, lang)}</p></div>' if block.note else ""
        return "".join([*lines, "</tbody></table>", note, "</div>"])

    return f'<div class="block" id="{escape_html(block.anchor)}">{_each(languages, table, "div")}</div>'


def _grid_rows(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for first, *rest in rows:
        cells = "".join(f"<td>{escape_html(text)}</td>" for text in rest)
        yield f'<tr><th scope="row">{escape_html(first)}</th>{cells}</tr>'


def _files(paths: Sequence[str], languages: Sequence[str]) -> str:
    if not paths:
        return ""
    word = _each(languages, lambda lang: escape_html(_WORDS[lang]["files"]))
    links = " ".join(f'<a href="{escape_html(path)}">{escape_html(path.rpartition(".")[2])}</a>' for path in paths)
    return f'<p class="files">{word}: {links}</p>'
