"""The parts of a report as HTML: prose, tables, pictures, notices, words in a grid, questions."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import singledispatch

from surveykit.errors import PublishingError
from surveykit.publishing.inert import escape_html
from surveykit.publishing.report import Fragment, Grid, Notice, Picture, Prose, Questions, QuestionWords, Run, Texts

__all__ = ["LANGUAGE_NAMES", "PAGE_WORDS", "block_html", "each", "in_language"]

LANGUAGE_NAMES = {"en": "English", "ja": "日本語"}
PAGE_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "contents": "Contents",
        "failed": "Not built",
        "waiting": "Waits for a file",
        "files": "Files",
        "skip": "Skip to the text",
        "language": "Language",
        "made": "Made with surveykit. Hover, click or focus a number to see its interval, base, weight and question.",
        "asked if": "Asked if",
        "recorded": "Recorded, not asked: paradata and derived variables",
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
        "asked if": "質問する条件",
        "recorded": "質問以外の項目(パラデータ、派生変数)",
        "sort": "並べ替え",
    },
}


def each(languages: Sequence[str], content: Callable[[str], str], tag: str = "span", more: str = "") -> str:
    """One element a language, of which the page shows one."""
    return "".join(
        f'<{tag} class="l-{lang}{f" {more}" if more else ""}" lang="{lang}">{text}</{tag}>'
        for lang in languages
        if (text := content(lang))
    )


def in_language(texts: Texts, lang: str) -> str:
    """Text in a language, else in another one."""
    return escape_html(texts.get(lang) or next(iter(texts.values()), ""))


@singledispatch
def block_html(block: object, languages: Sequence[str]) -> str:  # noqa: ARG001 - the signature of all blocks
    """Write one part of a report as HTML, in every language of the page.

    Parameters
    ----------
    block
        One of the parts of :mod:`surveykit.publishing.report`.
    languages
        Of the page.
    """
    raise PublishingError(f"A {type(block).__name__} is no part of a page.", remedy="Use a block of report.py.")


@block_html.register
def _prose(block: Prose, languages: Sequence[str]) -> str:
    def runs(lang: str) -> str:
        return "".join(map(_run, block.runs.get(lang) or next(iter(block.runs.values()), ())))

    return each(languages, runs, "p", block.kind)


def _run(run: Run) -> str:
    text = escape_html(run.text)
    if not run.hover:
        return text
    return f'<data value="{escape_html(run.value)}" title="{escape_html(run.hover)}" tabindex="0">{text}</data>'


@block_html.register
def _fragment(block: Fragment, languages: Sequence[str]) -> str:
    inside = each(languages, lambda lang: block.html.get(lang, ""), "div")
    return f'<div class="block" id="{escape_html(block.anchor)}">{inside}{_files(block.files, languages)}</div>'


@block_html.register
def _picture(block: Picture, languages: Sequence[str]) -> str:
    def image(lang: str) -> str:
        data = base64.b64encode(block.svg[lang]).decode()
        return f'<img alt="{in_language(block.alt, lang)}" src="data:image/svg+xml;base64,{data}">'

    inside = each(languages, image, "div", "picture")
    return f'<figure class="block" id="{escape_html(block.anchor)}">{inside}{_files(block.files, languages)}</figure>'


@block_html.register
def _notice(block: Notice, languages: Sequence[str]) -> str:
    word = "failed" if block.failed else "waiting"

    def inside(lang: str) -> str:
        head = f"{escape_html(PAGE_WORDS[lang][word])}: {in_language(block.title, lang)}"
        return f"<strong>{head}</strong> {in_language(block.reason, lang)}"

    return f'<div class="block notice {word}" id="{escape_html(block.anchor)}">{each(languages, inside, "p")}</div>'


@block_html.register
def _grid(block: Grid, languages: Sequence[str]) -> str:
    def table(lang: str) -> str:
        head = "".join(f'<th scope="col">{escape_html(text)}</th>' for text in block.head.get(lang, ()))
        lines = [f'<div class="sk-table"><table class="words"><caption>{in_language(block.title, lang)}</caption>']
        lines += [f"<thead><tr>{head}</tr></thead>" if head else "", "<tbody>", *_grid_rows(block.rows.get(lang, ()))]
        note = f'<div class="sk-notes"><p>{in_language(block.note, lang)}</p></div>' if block.note else ""
        return "".join([*lines, "</tbody></table>", note, "</div>"])

    return f'<div class="block" id="{escape_html(block.anchor)}">{each(languages, table, "div")}</div>'


def _grid_rows(rows: Sequence[Sequence[str | Run]]) -> Iterator[str]:
    for first, *rest in rows:
        cells = "".join(f"<td>{_cell(one)}</td>" for one in rest)
        yield f'<tr><th scope="row">{_cell(first)}</th>{cells}</tr>'


def _cell(cell: str | Run) -> str:
    return _run(cell) if isinstance(cell, Run) else escape_html(cell)


@block_html.register
def _questions(block: Questions, languages: Sequence[str]) -> str:
    def inside(lang: str) -> str:
        title = f"<h3>{in_language(block.title, lang)}</h3>"
        asked = "".join(_question(one, lang) for one in block.asked.get(lang, ()))
        recorded = "".join(_question(one, lang) for one in block.recorded.get(lang, ()))
        if recorded:
            word = escape_html(PAGE_WORDS[lang]["recorded"])
            recorded = f"<details><summary>{word}</summary>{recorded}</details>"
        return f"{title}{asked}{recorded}"

    return f'<div class="block" id="{escape_html(block.anchor)}">{each(languages, inside, "div", "questions")}</div>'


def _question(question: QuestionWords, lang: str) -> str:
    said = PAGE_WORDS[lang]
    base = f'<p class="base">{escape_html(said["asked if"])} <code>{escape_html(question.base)}</code></p>'
    answers = "".join(
        f'<li><span class="code">{escape_html(code)}</span> {escape_html(text)}</li>' for code, text in question.answers
    )
    head = f'<p class="wording"><b>{escape_html(question.id)}</b> {escape_html(question.wording)}</p>'
    return (
        f'<div class="question">{head}{base if question.base else ""}{f"<ul>{answers}</ul>" if answers else ""}</div>'
    )


def _files(paths: Sequence[str], languages: Sequence[str]) -> str:
    """Links to the files of a part; those in another language than the one shown are left out."""
    if not paths:
        return ""

    def links(lang: str) -> str:
        shown = [path for path in paths if _shown(path, paths, lang, languages)]
        word = escape_html(PAGE_WORDS[lang]["files"])
        return f"{word}: " + " ".join(f'<a href="{escape_html(one)}">{escape_html(_suffix(one))}</a>' for one in shown)

    return each(languages, links, "p", "files")


def _shown(path: str, paths: Sequence[str], lang: str, languages: Sequence[str]) -> bool:
    stem, _, suffix = path.rpartition(".")
    if any(stem.endswith(f".{other}") for other in languages):
        return stem.endswith(f".{lang}")
    return f"{stem}.{lang}.{suffix}" not in paths


def _suffix(path: str) -> str:
    return path.rpartition(".")[2].upper()
