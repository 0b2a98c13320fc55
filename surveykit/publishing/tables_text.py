"""Tables as text: terminal, Markdown."""

from __future__ import annotations

import io
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from surveykit.publishing.inert import clean, escape_markdown
from surveykit.publishing.presentation import Block, Line, Presentation

__all__ = ["grouped_lines", "markdown_table", "terminal_table"]


def grouped_lines(block: Block) -> list[tuple[str, list[Line]]]:
    """Lines by the variable they belong to; one group without a name where all belong to one."""
    groups = [(name, list(lines)) for name, lines in groupby(block.lines, key=lambda line: line.group)]
    named = {name for name, _ in groups if name}
    return groups if len(named) > 1 else [("", list(block.lines))]


def terminal_table(shown: Presentation, width: int) -> str:
    """Write a table for a terminal; wider than `width` where numbers would be cut otherwise.

    Parameters
    ----------
    shown
        What to print.
    width
        Columns of the terminal.
    """
    grid = Grid(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, show_footer=False)
    grid.add_column(_plain(shown.stub), overflow="fold", min_width=12)
    for column in shown.columns:
        text = f"{column.group}\n{column.heading}" if shown.grouped and column.group else column.heading
        grid.add_column(_plain(text, lines=True), justify="right", no_wrap=False, overflow="fold")
    for block in shown.blocks:
        if block.text:
            grid.add_row(_plain(block.text))
        for group, inside in grouped_lines(block):
            if group.strip():
                grid.add_row(_plain(group))
            for line in inside:
                indent = "  " * (bool(group.strip() or block.text) + (line.kind == "statistic"))
                cells = (Text(clean(cell.full), no_wrap=True) for cell in line.cells)
                grid.add_row(_plain(indent + line.text), *cells, end_section=False)
    head = [shown.caption, *([shown.subtitle] if shown.subtitle else []), shown.unit]
    parts: list[Text | Grid] = [*(_plain(text) for text in head), grid]
    parts += [_plain(f"{label}: {text}") for label, text in shown.footer]
    target = io.StringIO()
    lines = [line for block in shown.blocks for line in block.lines]
    needed = sum(
        max((len(line.cells[place].full) for line in lines), default=4) + 2 for place in range(len(shown.columns))
    )
    console = Console(
        file=target, width=max(width, needed + 24), color_system=None, markup=False, highlight=False, emoji=False
    )
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()) + "\n"


def _plain(text: str, *, lines: bool = False) -> Text:
    return Text("\n".join(clean(line) for line in text.split("\n")) if lines else clean(text))


def markdown_table(shown: Presentation) -> str:
    """Write a table in Markdown, one table a block; labels are escaped."""
    parts = [f"**{escape_markdown(shown.caption)}**", ""]
    parts += [f"{escape_markdown(shown.subtitle)}", ""] if shown.subtitle else []
    parts += [escape_markdown(shown.unit), ""]
    for block in shown.blocks:
        if block.text:
            parts += [f"*{escape_markdown(block.text)}*", ""]
        parts += [*_markdown_grid(shown, block), ""]
    for label, text in shown.footer:
        parts += [f"{escape_markdown(label)}: {escape_markdown(text)}", ""]
    return "\n".join(parts[:-1]) + "\n"


def _markdown_grid(shown: Presentation, block: Block) -> list[str]:
    heads = [
        escape_markdown(": ".join((*column.path, column.heading) if shown.grouped else (column.heading,)))
        for column in shown.columns
    ]
    rows = [[escape_markdown(shown.stub), *heads]]
    for group, lines in grouped_lines(block):
        if group.strip():
            rows.append([f"*{escape_markdown(group)}*", *([""] * len(heads))])
        rows += [[escape_markdown(line.text), *(_markdown_cell(cell.full) for cell in line.cells)] for line in lines]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(rows[0]))]
    ruled = [f":{'-' * max(widths[0] - 1, 2)}", *(f"{'-' * max(width - 1, 2)}:" for width in widths[1:])]
    padded = [
        [
            row[0] + " " * (widths[0] - cell_len(row[0])),
            *(" " * (width - cell_len(text)) + text for text, width in zip(row[1:], widths[1:], strict=True)),
        ]
        for row in rows
    ]
    padded.insert(1, ruled)
    return ["| " + " | ".join(row) + " |" for row in padded]


def _markdown_cell(text: str) -> str:
    """Numbers stay readable: only what Markdown would read as markup is escaped."""
    return clean(text).replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
