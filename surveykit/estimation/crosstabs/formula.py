"""The formulas of tables and group tests: ``"row ~ column | layer"``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from surveykit.engine import Key
from surveykit.errors import FormulaError
from surveykit.estimation.linearise import keys_for
from surveykit.expressions import Column
from surveykit.survey import Survey

__all__ = ["TableFormula", "key_of", "split_formula"]

_SEPARATOR = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|([~|])""")


@dataclass(frozen=True)
class TableFormula:
    """The three sides of a formula, as text; empty where it has none.

    Parameters
    ----------
    row, column, layer
        Column names or expressions.
    """

    row: str
    column: str = ""
    layer: str = ""


def split_formula(text: str) -> TableFormula:
    """Split ``"row ~ column | layer"`` at ``~`` and ``|`` outside quotes and backticks; ``~ 1`` stands for no column.

    Raises
    ------
    FormulaError
        If a side is missing or there are too many.

    Examples
    --------
    >>> split_formula("`comp.imp` ~ size | sector")
    TableFormula(row='`comp.imp`', column='size', layer='sector')
    >>> split_formula("size ~ 1")
    TableFormula(row='size', column='', layer='')
    """
    parts, marks, start = [], "", 0
    for match in _SEPARATOR.finditer(text):
        if match[1]:
            parts.append(text[start : match.start()].strip())
            marks += match[1]
            start = match.end()
    parts.append(text[start:].strip())
    remedy = "Write 'row', 'row ~ column' or 'row ~ column | layer'; '+' stacks nothing, make one table for each."
    if marks not in ("", "~", "~|", "|"):
        raise FormulaError(f"The formula {text!r} has its signs in the order {' '.join(marks)}.", remedy=remedy)
    if not all(parts):
        raise FormulaError(f"The formula {text!r} has an empty side.", remedy=remedy)
    row, column, layer = parts[0], parts[1] if marks.startswith("~") else "", parts[-1] if marks.endswith("|") else ""
    return TableFormula(row, "" if column == "1" else column, layer)


def key_of(survey: Survey, text: str) -> Key:
    """Grouping variable of one side: a column, in backticks where its name is no plain word, or an expression."""
    expr = survey.expression(text)
    return keys_for(survey, expr.name if isinstance(expr, Column) else text)[0]
