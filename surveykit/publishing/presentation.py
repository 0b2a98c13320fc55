"""A table as it is printed, before any format: headings, cells with their marks, bases, notes.

Renderers read this record and nothing else, so that all formats say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

__all__ = ["Block", "Cell", "CellKind", "Column", "Line", "LineKind", "Presentation", "Span"]

#: Text of a spanning heading and the number of columns below it.
Span = tuple[str, int]

#: ``"share"`` numbers are held as 0-1 and printed as percentages.
CellKind = Literal["share", "number", "count", "base", "text"]

LineKind = Literal[
    "level", "total", "net", "response", "mean", "median", "coefficient", "model", "weight", "base", "statistic"
]


@dataclass(frozen=True)
class Cell:
    """One printed cell.

    Parameters
    ----------
    text
        The number as printed: ``"25.0"``, ``".."`` where suppressed, ``"-"`` where there is none.
    value
        The number itself; None where it is not shown.
    spread
        Standard error or interval as printed, ``"(3.1)"``; empty without.
    se, low, high
        Numbers of the spread; None where not shown.
    letters
        Letters of the columns that this one is above.
    mark
        ``"*"`` on a small base.
    kind
        What number it is.
    decimals
        Decimals at which it is printed.
    hover
        What the number rests on, in a sentence.
    """

    text: str
    value: float | None = None
    spread: str = ""
    se: float | None = None
    low: float | None = None
    high: float | None = None
    letters: str = ""
    mark: str = ""
    kind: CellKind = "number"
    decimals: int = 0
    hover: str = ""

    @property
    def full(self) -> str:
        """Number, mark, letters and spread in one text."""
        number = f"{self.text}{self.mark}"
        return " ".join(part for part in (number, self.letters, self.spread) if part)


@dataclass(frozen=True)
class Column:
    """One printed column: its heading, the variable above it, its letter in comparisons, and what is above those."""

    text: str
    group: str = ""
    letter: str = ""
    kind: Literal["value", "base"] = "value"
    above: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """Everything above the heading, outermost first."""
        return (*self.above, self.group) if self.group else self.above

    @property
    def heading(self) -> str:
        """Heading with the letter."""
        return f"{self.text} ({self.letter})" if self.letter else self.text


@dataclass(frozen=True)
class Line:
    """One printed row: its heading, the variable it belongs to, its cells."""

    text: str
    cells: tuple[Cell, ...]
    group: str = ""
    kind: LineKind = "level"


@dataclass(frozen=True)
class Block:
    """Rows under one heading: a layer of the table."""

    text: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Presentation:
    """A table ready to print.

    Parameters
    ----------
    number, title, subtitle
        Heading.
    marks
        ``"SYNTHETIC DATA"``, ``"ILLUSTRATIVE"``.
    unit
        What the numbers are, as ``"Percent of column"``.
    stub
        Heading of the row labels.
    columns, blocks
        The grid; every line has one cell a column.
    footer
        ``(label, text)`` pairs: base, definition, notes, source.
    lang
        Language tag.
    """

    number: str
    title: str
    subtitle: str
    marks: tuple[str, ...]
    unit: str
    stub: str
    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    footer: tuple[tuple[str, str], ...]
    lang: str = "en"

    @property
    def caption(self) -> str:
        """Marks, number and title in one line."""
        head = f"[{'; '.join(self.marks)}] " if self.marks else ""
        return head + (f"{self.number}. {self.title}" if self.number else self.title)

    @property
    def grouped(self) -> bool:
        """Whether columns belong to several variables, whose names then stand above them."""
        return len({column.group for column in self.columns if column.kind == "value"}) > 1

    @property
    def banner(self) -> bool:
        """Whether columns stand below more than one variable, or below several headings."""
        return self.grouped and (len({column.path for column in self.columns}) > 2 or self.depth > 1)

    @property
    def depth(self) -> int:
        """Number of lines of spanning headings."""
        return max((len(column.path) for column in self.columns), default=0)

    def spans(self, columns: Sequence[Column] | None = None) -> list[list[Span]]:
        """Lines of spanning headings, outermost first; neighbours below the same headings are joined.

        Parameters
        ----------
        columns
            Some of the columns instead of all.
        """
        paths = [column.path for column in (self.columns if columns is None else columns)]
        lines = []
        for depth in range(max((len(path) for path in paths), default=0)):
            joined = groupby(paths, key=lambda path: path[: depth + 1] if len(path) > depth else ())
            lines.append([(path[depth] if path else "", len(list(own))) for path, own in joined])
        return lines
