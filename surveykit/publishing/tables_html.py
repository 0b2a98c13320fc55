"""Tables as HTML: accessible, self-contained, without inline style or script."""

from __future__ import annotations

from surveykit.publishing.inert import escape_html
from surveykit.publishing.presentation import Block, Cell, Line, Presentation
from surveykit.publishing.tables_text import grouped_lines

__all__ = ["STYLESHEET", "Html", "html_table", "notebook_table"]

#: What a page needs to show the tables well; classes only, colours by variables that a page may set.
STYLESHEET = """\
.sk-table { margin: 1.5em 0; max-width: 100%; overflow-x: auto; }
.sk-table table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.sk-table caption { text-align: left; font-weight: bold; padding-bottom: .4em; }
.sk-table .sk-subtitle, .sk-table .sk-unit { display: block; font-weight: normal; }
.sk-table th, .sk-table td { padding: .25em .6em; vertical-align: top; text-align: right; }
.sk-table tbody th, .sk-table thead th:first-child { text-align: left; font-weight: normal; }
.sk-table tbody th { min-width: 8em; }
.sk-table thead th { min-width: 3em; border-bottom: 1px solid currentColor; }
.sk-table tbody tr:last-child > * { border-bottom: 1px solid currentColor; }
.sk-table .sk-group th { font-weight: bold; padding-top: .6em; }
.sk-table .sk-total > *, .sk-table .sk-net > * { font-weight: bold; }
.sk-table .sk-base > * { font-style: italic; }
.sk-table .sk-statistic > * { font-size: .85em; padding-top: 0; opacity: .85; }
.sk-table .sk-statistic th { padding-left: 1.8em; }
.sk-table thead th[colspan] { text-align: center; }
.sk-table .sk-spread { opacity: .8; white-space: nowrap; }
.sk-table .sk-mark { border: 2px solid #a33b00; color: #a33b00; background: #fff; padding: 0 .4em; }
.sk-table .sk-notes p { margin: .2em 0; font-size: .85em; }
"""


class Html(str):
    """HTML text that a notebook shows as such."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


def html_table(shown: Presentation) -> Html:
    """Write a table as an HTML fragment: caption, column and row headings with scope, base, notes and source.

    Every number carries its interval, base and weight as a title, and its value unrounded in ``data-value``.
    """
    marks = "".join(f'<strong class="sk-mark">{escape_html(mark)}</strong> ' for mark in shown.marks)
    title = f"{shown.number}. {shown.title}" if shown.number else shown.title
    caption = marks + escape_html(title)
    if shown.subtitle:
        caption += f'<span class="sk-subtitle">{escape_html(shown.subtitle)}</span>'
    caption += f'<span class="sk-unit">{escape_html(shown.unit)}</span>'
    lines = [f'<div class="sk-table" lang="{escape_html(shown.lang)}">', "<table>", f"<caption>{caption}</caption>"]
    lines += [*_head(shown), *(line for block in shown.blocks for line in _body(block, len(shown.columns)))]
    lines += ["</table>", '<div class="sk-notes">']
    lines += [f"<p>{escape_html(label)}: {escape_html(text)}</p>" for label, text in shown.footer]
    return Html("\n".join([*lines, "</div>", "</div>"]) + "\n")


def notebook_table(shown: Presentation) -> Html:
    """Write a table as HTML with its stylesheet, for a notebook."""
    return Html(f"<style>\n{STYLESHEET}</style>\n{html_table(shown)}")


def _head(shown: Presentation) -> list[str]:
    lines = ["<thead>"]
    for spans in shown.spans():
        cells = "".join(
            f'<th scope="colgroup" colspan="{span}">{escape_html(name)}</th>' if name else f'<td colspan="{span}"></td>'
            for name, span in spans
        )
        lines.append(f"<tr><td></td>{cells}</tr>")
    stub = f'<th scope="col">{escape_html(shown.stub)}</th>' if shown.stub else "<td></td>"
    cells = "".join(
        f'<th scope="col"{_class(one.kind)}>{escape_html(one.text)}{_letter(one.letter)}</th>' for one in shown.columns
    )
    return [*lines, f"<tr>{stub}{cells}</tr>", "</thead>"]


def _letter(letter: str) -> str:
    return f' <span class="sk-letter">({escape_html(letter)})</span>' if letter else ""


def _class(kind: str) -> str:
    return f' class="sk-{kind}"' if kind in ("base", "total", "net", "mean", "median", "statistic") else ""


def _body(block: Block, width: int) -> list[str]:
    lines = ["<tbody>"]
    if block.text:
        lines.append(_group_row(block.text, width))
    for group, inside in grouped_lines(block):
        if group.strip():
            lines.append(_group_row(group, width))
        lines += [_row(line) for line in inside]
    return [*lines, "</tbody>"]


def _group_row(text: str, width: int) -> str:
    return f'<tr class="sk-group"><th scope="rowgroup" colspan="{width + 1}">{escape_html(text)}</th></tr>'


def _row(line: Line) -> str:
    cells = "".join(_cell(cell) for cell in line.cells)
    return f'<tr{_class(line.kind)}><th scope="row">{escape_html(line.text)}</th>{cells}</tr>'


def _cell(cell: Cell) -> str:
    value = "" if cell.value is None else f' data-value="{cell.value!r}"'
    hover = f' title="{escape_html(cell.hover)}"' if cell.hover else ""
    parts = [escape_html(cell.text)]
    if cell.mark:
        parts.append(f'<span class="sk-flag">{escape_html(cell.mark)}</span>')
    if cell.letters:
        parts.append(f"&#160;<sup>{escape_html(cell.letters)}</sup>")
    if cell.spread:
        parts.append(f' <span class="sk-spread">{escape_html(cell.spread)}</span>')
    return f"<td{value}{hover}>{''.join(parts)}</td>"
