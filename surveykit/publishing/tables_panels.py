"""Wide tables as text: headings that span columns, and panels one below the other where a terminal is too narrow."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from surveykit.publishing.inert import clean
from surveykit.publishing.presentation import Column, Line, Presentation
from surveykit.publishing.tables_text import grouped_lines

__all__ = ["banner_text"]

_STUB = 30
_HEADING = 12
_WORD = 16
_GAP = 2


def banner_text(shown: Presentation, width: int) -> str:
    """Write a banner for a terminal.

    Parameters
    ----------
    shown
        What to print.
    width
        Columns of the terminal.
    """
    head = [shown.caption, *([shown.subtitle] if shown.subtitle else []), shown.unit]
    foot = [f"{label}: {text}" for label, text in shown.footer]
    wrapped = ([line for text in part for line in _wrapped(clean(text), width)] for part in (head, foot))
    above, below = wrapped
    return "\n".join([*above, *_panels(shown, width), *below]) + "\n"


def _panels(shown: Presentation, width: int) -> list[str]:
    """Lay the grid of a banner out as lines of text.

    Parameters
    ----------
    shown
        What to print.
    width
        Columns of the terminal. Every panel has at least one column; numbers are never cut.
    """
    rows = _rows(shown)
    stub = min(max((cell_len(text) for text, _ in rows), default=8), _STUB)
    widths = [_width(column, place, rows) for place, column in enumerate(shown.columns)]
    lines: list[str] = []
    for places in _split(widths, width - stub):
        lines += [""] if lines else []
        lines += _head(shown, places, stub, widths)
        lines.append("─" * (stub + sum(widths[place] + _GAP for place in places)))
        for text, line in rows:
            cells = [""] * len(places) if line is None else [clean(line.cells[place].full) for place in places]
            lines += _line(_wrapped(text, stub), cells, stub, [widths[place] for place in places])
    return lines


def _rows(shown: Presentation) -> list[tuple[str, Line | None]]:
    """Labels with their lines; headings of groups have none."""
    found: list[tuple[str, Line | None]] = []
    for block in shown.blocks:
        if block.text:
            found.append((clean(block.text), None))
        for group, inside in grouped_lines(block):
            if group.strip():
                found.append((clean(group), None))
            for line in inside:
                indent = "  " * (bool(group.strip() or block.text) + (line.kind == "statistic"))
                found.append((indent + clean(line.text), line))
    return found


def _width(column: Column, place: int, rows: Sequence[tuple[str, Line | None]]) -> int:
    numbers = max((cell_len(clean(line.cells[place].full)) for _, line in rows if line is not None), default=4)
    heading = clean(column.heading)
    longest = max(map(cell_len, heading.split()), default=0)
    return max(numbers, min(cell_len(heading), _HEADING), min(longest, _WORD))


def _split(widths: Sequence[int], room: int) -> list[list[int]]:
    """Columns of each panel."""
    found: list[list[int]] = [[]]
    used = 0
    for place, width in enumerate(widths):
        if found[-1] and used + width + _GAP > room:
            found.append([])
            used = 0
        found[-1].append(place)
        used += width + _GAP
    return found


def _head(shown: Presentation, places: Sequence[int], stub: int, widths: Sequence[int]) -> list[str]:
    """Spanning headings, each above a rule over its columns, then the columns' own."""
    columns = [shown.columns[place] for place in places]
    lines = []
    for spans in shown.spans(columns):
        texts, sizes, start = [], [], 0
        for text, count in spans:
            sizes.append(sum(widths[place] for place in places[start : start + count]) + _GAP * (count - 1))
            texts.append(clean(text))
            start += count
        wrapped = [_wrapped(text, size) for text, size in zip(texts, sizes, strict=True)]
        depth = max(len(one) for one in wrapped)
        for row in range(depth):
            own = [one[row - depth + len(one)] if row >= depth - len(one) else "" for one in wrapped]
            lines.append(_joined(stub, [_centred(text, size) for text, size in zip(own, sizes, strict=True)]))
        rules = [("─" if text else " ") * size for text, size in zip(texts, sizes, strict=True)]
        lines.append(_joined(stub, rules))
    headings = [_wrapped(clean(column.heading), widths[place]) for column, place in zip(columns, places, strict=True)]
    depth = max(len(one) for one in headings)
    for row in range(depth):
        own = [one[row - depth + len(one)] if row >= depth - len(one) else "" for one in headings]
        label = clean(shown.stub) if row == depth - 1 else ""
        lines += _line([label[:stub]], own, stub, [widths[place] for place in places])
    return lines


def _line(label: Sequence[str], cells: Sequence[str], stub: int, widths: Sequence[int]) -> list[str]:
    """One line of the grid, with the numbers beside the last line of its label."""
    right = "".join(" " * (_GAP + width - cell_len(text)) + text for text, width in zip(cells, widths, strict=True))
    last = label[-1]
    return [*label[:-1], (last + " " * (stub - cell_len(last)) + right).rstrip()]


def _joined(stub: int, parts: Sequence[str]) -> str:
    return (" " * stub + "".join(" " * _GAP + part for part in parts)).rstrip()


def _centred(text: str, width: int) -> str:
    left = (width - cell_len(text)) // 2
    return " " * left + text + " " * (width - cell_len(text) - left)


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width`, between words where it can; the indent stays on every line.

    Examples
    --------
    >>> _wrapped("Wholesale and retail", 9)
    ['Wholesale', 'and', 'retail']
    """
    indent = text[: len(text) - len(text.lstrip())]
    lines, line = [], ""
    for word in text.split():
        rest = word
        while rest:
            trial = f"{line} {rest}" if line else indent + rest
            if cell_len(trial) <= width:
                line, rest = trial, ""
            elif line:
                lines.append(line)
                line = ""
            else:
                cut = max(_fitting(indent + rest, width) - len(indent), 1)
                lines.append(indent + rest[:cut])
                rest = rest[cut:]
    return [*lines, line] if line or not lines else lines


def _fitting(text: str, width: int) -> int:
    """Characters at the start of a text that fit."""
    used = 0
    for place, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return place
    return len(text)
