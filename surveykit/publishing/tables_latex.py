"""Tables as LaTeX: booktabs and threeparttable."""

from __future__ import annotations

from surveykit.publishing.inert import clean, escape_latex
from surveykit.publishing.presentation import Block, Cell, Presentation
from surveykit.publishing.tables_text import grouped_lines

__all__ = ["latex_table"]

_MARKS = {"†": r"$\dagger$"}
#: Tables of more columns are set small.
_WIDE = 8


def latex_table(shown: Presentation) -> str:
    r"""Write a table for ``\input``; the document needs the packages booktabs and threeparttable.

    Japanese labels need XeLaTeX or LuaLaTeX with a Japanese font. Every label is escaped.
    """
    columns = "l" + "r" * len(shown.columns)
    lines = [r"\begin{table}[htbp]", r"\centering", r"\begin{threeparttable}"]
    if len(shown.columns) > _WIDE:
        lines += [r"\footnotesize", r"\setlength{\tabcolsep}{3pt}"]
    lines.append(rf"\caption{{{_caption(shown)}}}")
    lines += [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", *_head(shown), r"\midrule"]
    for place, block in enumerate(shown.blocks):
        lines += [r"\addlinespace"] if place else []
        lines += _body(block, len(shown.columns))
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [r"\begin{tablenotes}[flushleft]", r"\footnotesize"]
    lines += [
        rf"\item \textit{{{escape_latex(label)}:}} {escape_latex(text).replace('†', _MARKS['†'])}"
        for label, text in shown.footer
    ]
    return "\n".join([*lines, r"\end{tablenotes}", r"\end{threeparttable}", r"\end{table}"]) + "\n"


def _caption(shown: Presentation) -> str:
    parts = [rf"\textbf{{{escape_latex(mark)}}}" for mark in shown.marks]
    parts.append(escape_latex(f"{shown.number}. {shown.title}" if shown.number else shown.title))
    parts += [rf"\textit{{{escape_latex(shown.subtitle)}}}"] if shown.subtitle else []
    return r" \quad ".join([*parts, escape_latex(shown.unit)])


def _head(shown: Presentation) -> list[str]:
    lines = []
    for groups in shown.spans():
        cells, rules, start = [], [], 2
        for name, span in groups:
            cells.append(rf"\multicolumn{{{span}}}{{c}}{{{escape_latex(name)}}}" if name else "& " * (span - 1))
            rules += [rf"\cmidrule(lr){{{start}-{start + span - 1}}}"] if name else []
            start += span
        lines += [" & ".join(["", *cells]) + r" \\", " ".join(rules)]
    heads = [escape_latex(shown.stub), *(escape_latex(one.heading) for one in shown.columns)]
    return [*lines, " & ".join(heads) + r" \\"]


def _body(block: Block, width: int) -> list[str]:
    lines = [_span(block.text, width)] if block.text else []
    for group, inside in grouped_lines(block):
        lines += [_span(group, width)] if group.strip() else []
        ruled = False
        for line in inside:
            if line.kind == "base" and not ruled:
                lines.append(r"\midrule")
                ruled = True
            indent = r"\quad " if group.strip() or block.text else ""
            indent += r"\quad " if line.kind == "statistic" else ""
            # The empty group keeps a label that begins with a bracket from being read as an option of the row before.
            lines.append(" & ".join([indent + "{}" + escape_latex(line.text), *map(_cell, line.cells)]) + r" \\")
    return lines


def _span(text: str, width: int) -> str:
    return rf"\multicolumn{{{width + 1}}}{{l}}{{\textit{{{escape_latex(text)}}}}} \\"


def _cell(cell: Cell) -> str:
    number = clean(cell.text)
    text = f"${number}$" if number.startswith("-") and len(number) > 1 else number.replace("–", "--")
    text += "".join(rf"\tnote{{{_MARKS.get(mark, mark)}}}" for mark in cell.mark)
    text += rf"\,\textsuperscript{{{escape_latex(cell.letters)}}}" if cell.letters else ""
    return f"{text} {escape_latex(cell.spread)}" if cell.spread else text
