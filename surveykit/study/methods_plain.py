"""Sections of methods as plain data, which are kept with their files, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from surveykit.publishing.figure import Figure
from surveykit.publishing.report import Block, Grid, Picture, Questions, QuestionWords, Section

__all__ = ["picture", "plain_section", "renamed", "section_of"]

_KINDS = {"Grid": Grid, "Picture": Picture, "Questions": Questions}


def picture(stem: str, languages: Sequence[str], drawn: Callable[[str], Figure], files: dict[str, bytes]) -> Picture:
    """Draw a figure of the methods in every language.

    Parameters
    ----------
    stem
        Of its files, and of its anchor.
    languages
        Of the page.
    drawn
        From a language to the figure.
    files
        SVG and PNG files are added to it.
    """
    svg: dict[str, bytes] = {}
    alt: dict[str, str] = {}
    titles: dict[str, str] = {}
    names = []
    for language in languages:
        found = drawn(language)
        path = f"figures/{stem}" + ("" if language == languages[0] else f".{language}")
        for kind, content in found.written(("svg", "png")).items():
            files[f"{path}.{kind}"] = content
            names.append(f"{path}.{kind}")
        svg[language], alt[language], titles[language] = files[f"{path}.svg"], found.alt, found.words.heading
    return Picture(f"about-{stem}-figure", titles, svg, alt, tuple(names))


def plain_section(section: Section, stem: str) -> dict[str, Any]:
    """Plain data of a section.

    Parameters
    ----------
    section
        Of grids, pictures and questions.
    stem
        What stands before the names of its figures' files.
    """
    blocks = []
    for block in section.blocks:
        plain = {name: value for name, value in asdict(block).items() if name != "svg"}
        if isinstance(block, Picture):
            plain |= {"files": [renamed(name, stem) for name in block.files], "svg": list(block.svg)}
        blocks.append({"kind": type(block).__name__} | plain)
    return {"anchor": section.anchor, "title": dict(section.title), "blocks": blocks}


def renamed(name: str, stem: str) -> str:
    """Name of a figure's file, with its sample before it."""
    folder, _, own = name.rpartition("/")
    return f"{folder}/{stem}{own}"


def section_of(plain: Mapping[str, Any], files: Mapping[str, bytes]) -> Section:
    """Read a section back.

    Parameters
    ----------
    plain
        As :func:`plain_section` wrote it.
    files
        Contents of the files that were written with it.
    """
    return Section(plain["anchor"], plain["title"], tuple(_block(dict(one), files) for one in plain["blocks"]))


def _block(plain: dict[str, Any], files: Mapping[str, bytes]) -> Block:
    kind = _KINDS[plain.pop("kind")]
    if kind is Picture:
        drawn = [name for name in plain["files"] if name.endswith(".svg")]
        plain["svg"] = {language: files[name] for language, name in zip(plain["svg"], drawn, strict=True)}
    if kind is Questions:
        for name in ("asked", "recorded"):
            plain[name] = {language: [QuestionWords(**one) for one in words] for language, words in plain[name].items()}
    made: Block = kind(**plain)
    return made
