"""A report as one HTML page: self-contained, accessible, printable, in light and dark, without a network.

The page may load nothing: its content security policy names the hashes of its one style and its one script and allows
pictures that it holds itself. Every text passes through :func:`surveykit.publishing.inert.escape_html`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from surveykit.errors import PublishingError
from surveykit.publishing.inert import escape_html
from surveykit.publishing.report import Fragment, Grid, Notice, Picture, Prose, Questions, Report, Section
from surveykit.publishing.report_blocks import LANGUAGE_NAMES, PAGE_WORDS, block_html, each, in_language
from surveykit.publishing.tables_html import STYLESHEET

__all__ = ["report_page"]


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
        f"<footer>{each(report.languages, lambda lang: escape_html(PAGE_WORDS[lang]['made']), 'p')}</footer>\n"
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


def _header(report: Report) -> str:
    skip = each(report.languages, lambda lang: escape_html(PAGE_WORDS[lang]["skip"]))
    buttons = ""
    if len(report.languages) > 1:
        first = report.languages[0]
        buttons = "".join(
            f'<button type="button" data-language="{lang}" lang="{lang}" aria-pressed="{str(lang == first).lower()}">'
            f"{escape_html(LANGUAGE_NAMES[lang])}</button>"
            for lang in report.languages
        )
        label = escape_html(" / ".join(PAGE_WORDS[lang]["language"] for lang in report.languages))
        buttons = f'<div class="languages" role="group" aria-label="{label}">{buttons}</div>'
    marks = each(report.languages, lambda lang: escape_html(" · ".join(report.marks.get(lang, ()))), "strong", "mark")
    return f'<a class="skip" href="#text">{skip}</a>\n<header>{marks}{buttons}</header>'


def _opening(report: Report) -> str:
    lines = [f"<h1>{each(report.languages, lambda lang: in_language(report.title, lang))}</h1>"]
    if report.subtitle:
        lines.append(each(report.languages, lambda lang: in_language(report.subtitle, lang), "p", "subtitle"))
    byline = " · ".join(part for part in (", ".join(report.authors), report.date) if part)
    if byline:
        lines.append(f'<p class="byline">{escape_html(byline)}</p>')
    if report.abstract:
        lines.append(each(report.languages, lambda lang: in_language(report.abstract, lang), "p", "abstract"))
    return "\n".join(lines)


def _contents(report: Report) -> str:
    lines = []
    for section in report.sections:
        inside = [block for block in section.blocks if not isinstance(block, Prose)]
        items = "".join(f"<li>{_link(block, report.languages)}</li>" for block in inside)
        lines.append(f"<li>{_link(section, report.languages)}{f'<ul>{items}</ul>' if items else ''}</li>")
    label = escape_html(" / ".join(PAGE_WORDS[lang]["contents"] for lang in report.languages))
    head = each(report.languages, lambda lang: escape_html(PAGE_WORDS[lang]["contents"]))
    return f'<nav aria-label="{label}"><p class="head">{head}</p><ul>{"".join(lines)}</ul></nav>'


def _link(part: Section | Fragment | Picture | Notice | Grid | Questions, languages: Sequence[str]) -> str:
    said = each(languages, lambda lang: in_language(part.title, lang))
    return f'<a href="#{escape_html(part.anchor)}">{said}</a>'


def _section(section: Section, languages: Sequence[str]) -> str:
    head = each(languages, lambda lang: in_language(section.title, lang))
    anchor = escape_html(section.anchor)
    blocks = "\n".join(block_html(block, languages) for block in section.blocks)
    title = f'<h2 id="{anchor}-head">{head}</h2>'
    return f'<section id="{anchor}" aria-labelledby="{anchor}-head">\n{title}\n{blocks}\n</section>'
