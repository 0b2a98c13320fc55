"""Categories below each other: labels left, marks in the middle, bases right. Shared by bars, dots and stacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from surveykit.publishing.figure.grid import Grid
from surveykit.publishing.layout import Box, Page, Ruler

__all__ = ["Row", "Rows", "rows_of"]

_GAP = 0.08
_WIDEST_LABEL = 0.36  # of the width


@dataclass(frozen=True)
class Row:
    """One category: its place on the page relative to the top of the plot."""

    place: int
    label: tuple[str, ...]
    top: float
    height: float

    @property
    def middle(self) -> float:
        """Middle of the row."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class Rows:
    """Layout of categories in rows, in inches relative to the plot's box.

    Parameters
    ----------
    rows
        Where each category lies.
    heads
        Group headings with the middle of their line.
    label_width, base_width
        Widths of the label and base columns.
    head
        Height of the line above the first row: the heading of the bases.
    height
        Height of all rows.
    """

    rows: tuple[Row, ...]
    heads: tuple[tuple[float, str], ...]
    label_width: float
    base_width: float
    head: float
    height: float

    def inner(self, box: Box, *, left: float = 0.0, right: float = 0.0) -> Box:
        """Part of a box where marks are drawn; `left` and `right` keep room at its sides."""
        start = box.left + self.label_width + (_GAP if self.label_width else 0.0)
        return Box(
            start + left,
            box.top + self.head,
            box.right - self.base_width - right - start - left,
            self.height - self.head,
        )

    def draw_labels(self, page: Page, box: Box, grid: Grid) -> None:
        """Write labels, group headings and bases."""
        for middle, text in self.heads:
            page.text(box.left, box.top + middle, text, bold=page.ruler.lang != "ja")
        indent = 0.0
        for row in self.rows:
            page.lines(
                box.left + self.label_width - indent, box.top + row.middle, row.label, across="right", middle=True
            )
            if self.base_width:
                base = grid.bases[row.place]
                page.text(
                    box.right, box.top + row.middle, base, size=page.theme["small_size"], colour=page.theme["muted"],
                    across="right",
                )  # fmt: skip
        if self.base_width:
            page.text(
                box.right, box.top + self.head - page.ruler.line(page.theme["small_size"]) / 2, "n",
                size=page.theme["small_size"], colour=page.theme["muted"], across="right",
            )  # fmt: skip

    def each(self, box: Box) -> Iterator[tuple[int, Box]]:
        """Place of each category and its box across the page."""
        for row in self.rows:
            yield row.place, Box(box.left, box.top + row.top, box.width, row.height)


def rows_of(
    grid: Grid, ruler: Ruler, width: float, *, mark: float, bases: bool = True, head: float = 0.0, gap: float = 0.1
) -> Rows:
    """Lay categories out in rows.

    Parameters
    ----------
    mark
        Height of what is drawn in a row, in inches; a row is higher when its label needs it.
    bases
        Whether bases stand on the right.
    head
        Room above the rows.
    gap
        Space between rows.
    """
    longest = max((ruler.width(label) for label in grid.categories), default=0.0)
    label_width = min(longest + 0.01, _WIDEST_LABEL * width)
    small = ruler.theme["small_size"]
    known = [base for base in grid.bases if base] if bases else []
    base_width = max((ruler.width(base, small) for base in [*known, "n"]), default=0.0) + 0.1 if known else 0.0
    top = max(head, ruler.line(small) if known else 0.0)
    first = top
    rows: list[Row] = []
    heads: list[tuple[float, str]] = []
    before = ""
    for place, (label, group) in enumerate(zip(grid.categories, grid.groups, strict=True)):
        if group and group != before:
            top += 0.06 if rows else 0.0
            heads.append((top + ruler.line() / 2, group))
            top += ruler.line() + 0.04
        elif grid.totals[place] and rows and not grid.totals[place - 1]:
            top += 0.07
        before = group
        lines = tuple(ruler.wrap(label, label_width))
        height = max(mark, len(lines) * ruler.line()) + gap
        rows.append(Row(place, lines, top, height))
        top += height
    return Rows(tuple(rows), tuple(heads), label_width, base_width, first, top)
