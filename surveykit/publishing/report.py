"""What a report is made of: sections of prose, tables, pictures and notices, in every language of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = [
    "Block",
    "Fragment",
    "Grid",
    "Notice",
    "Picture",
    "Prose",
    "QuestionWords",
    "Questions",
    "Report",
    "Run",
    "Section",
    "Texts",
]

#: Text by language.
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """A piece of prose; a number carries what it rests on."""

    text: str
    hover: str = ""
    value: str = ""


@dataclass(frozen=True)
class Prose:
    """A paragraph.

    Parameters
    ----------
    runs
        Pieces by language.
    kind
        ``"finding"`` stands out, ``"plain"`` does not.
    """

    runs: Mapping[str, Sequence[Run]]
    kind: str = "plain"


@dataclass(frozen=True)
class Fragment:
    """A table, rendered by :func:`surveykit.publishing.render`, with the files that hold it.

    Parameters
    ----------
    anchor
        Id on the page.
    title
        For the contents.
    html
        Trusted fragment by language: what a renderer of this package wrote.
    files
        Paths of its files, relative to the page.
    """

    anchor: str
    title: Texts
    html: Texts
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A figure.

    Parameters
    ----------
    anchor, title, files
        As of a :class:`Fragment`.
    svg
        Picture by language.
    alt
        What it shows, in words, by language.
    """

    anchor: str
    title: Texts
    svg: Mapping[str, bytes]
    alt: Texts
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """Why something is not there: it failed, or it waits for a file."""

    anchor: str
    title: Texts
    reason: Texts
    failed: bool = True


@dataclass(frozen=True)
class Grid:
    """A small table of words, as of methods.

    Parameters
    ----------
    anchor, title
        As of a :class:`Fragment`.
    head
        Headings of the columns, by language.
    rows
        Cells by language; the first cell heads its row. A :class:`Run` carries what its number rests on.
    note
        A line below.
    """

    anchor: str
    title: Texts
    head: Mapping[str, Sequence[str]]
    rows: Mapping[str, Sequence[Sequence[str | Run]]]
    note: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class QuestionWords:
    """One question of a questionnaire in one language.

    Parameters
    ----------
    id
        As in the data.
    wording
        As asked.
    answers
        Code and text of each answer.
    base
        Who was asked, as the questionnaire writes it; empty for everybody.
    """

    id: str
    wording: str
    answers: Sequence[tuple[str, str]] = ()
    base: str = ""


@dataclass(frozen=True)
class Questions:
    """The wordings of a questionnaire.

    Parameters
    ----------
    anchor, title
        As of a :class:`Fragment`.
    asked
        Questions by language.
    recorded
        What was not asked: paradata and derived variables.
    """

    anchor: str
    title: Texts
    asked: Mapping[str, Sequence[QuestionWords]]
    recorded: Mapping[str, Sequence[QuestionWords]] = field(default_factory=dict)


Block = Prose | Fragment | Picture | Notice | Grid | Questions


@dataclass(frozen=True)
class Section:
    """A part of the page with its heading."""

    anchor: str
    title: Texts
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A page.

    Parameters
    ----------
    title, subtitle, abstract
        By language.
    languages
        The first is shown first.
    sections
        In order.
    marks
        What a reader must see first, by language: ``"SYNTHETIC DATA"``.
    authors, date
        As printed.
    """

    title: Texts
    languages: tuple[str, ...]
    sections: tuple[Section, ...]
    subtitle: Texts = field(default_factory=dict)
    abstract: Texts = field(default_factory=dict)
    marks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    authors: tuple[str, ...] = ()
    date: str = ""
