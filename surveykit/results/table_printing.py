"""How a table looks in a terminal and in a notebook: blocks of text cells, each with a name."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

__all__ = ["Block", "cell_text", "html_table", "text_table"]

#: Name of a block (empty for the only one) and its lines of cells, headings first.
Block = tuple[str, list[list[str]]]


def cell_text(estimate: float, se: float, unit: str) -> str:
    """Write an estimate with its standard error in parentheses; shares as percentages.

    Examples
    --------
    >>> cell_text(0.25, 0.0312, "share"), cell_text(1234.5, float("nan"), "count")
    ('25.0 % (3.1)', '1,234')
    """
    if math.isnan(estimate):
        return "-"
    share = unit == "share"
    shown = f"{100 * estimate:.1f} %" if share else _number(estimate)
    if math.isnan(se):
        return shown
    return f"{shown} ({f'{100 * se:.1f}' if share else _number(se)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def text_table(title: str, blocks: Sequence[Block], footer: Sequence[str]) -> str:
    """Lay blocks out in fixed-width text."""
    lines = [title]
    for name, grid in blocks:
        if name:
            lines.append(name)
        widths = [max(len(line[place]) for line in grid) for place in range(len(grid[0]))]
        for first, *others in grid:
            cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
            lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join([*lines, *footer])


def html_table(title: str, blocks: Sequence[Block], footer: Sequence[str]) -> str:
    """Write blocks as HTML, every text escaped."""
    parts = [f"<table><caption>{html.escape(title)}</caption>"]
    for name, (head, *body) in blocks:
        if name:
            parts.append(f'<tr><th colspan="{len(head)}" scope="rowgroup">{html.escape(name)}</th></tr>')
        parts.append("<tr>" + "".join(f'<th scope="col">{html.escape(text)}</th>' for text in head) + "</tr>")
        for first, *others in body:
            cells = "".join(f'<td style="text-align:right">{html.escape(text)}</td>' for text in others)
            parts.append(f'<tr><th scope="row" style="text-align:left">{html.escape(first)}</th>{cells}</tr>')
    parts.append("</table>")
    return "\n".join([*parts, *(f"<p>{html.escape(line)}</p>" for line in footer)])
