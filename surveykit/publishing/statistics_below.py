"""Further statistics of each cell on lines below it: standard errors, numbers of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surveykit.publishing.numbers import decimals_for, number, whole
from surveykit.publishing.presentation import Cell, Line
from surveykit.publishing.style import Statistic, TableStyle
from surveykit.publishing.words import words
from surveykit.results import Table

__all__ = ["with_statistics"]

_WORD: dict[Statistic, str] = {
    "se": "se",
    "cv": "cv",
    "n": "n",
    "weighted_n": "weighted n",
    "effective_n": "effective n",
}


def with_statistics(
    table: Table, style: TableStyle, layer: int, lines: Sequence[Line], standing: npt.NDArray[np.str_]
) -> list[Line]:
    """Put the statistics that the style asks for below every line; a cell that is not shown shows none of them.

    Parameters
    ----------
    table, style
        Record and choices.
    layer
        Which layer the lines are of.
    lines
        Its lines ``(R,)``.
    standing
        ``(R, C)`` of its cells.
    """
    if not style.statistics:
        return list(lines)
    found = []
    for row, line in enumerate(lines):
        found.append(line)
        for name in style.statistics:
            values = _values(table, name)[layer, row]
            cells = tuple(
                Cell("..") if status == "suppressed" else _cell(float(value), name, cell)
                for value, cell, status in zip(values.tolist(), line.cells, standing[row].tolist(), strict=True)
            )
            found.append(Line(words(style.lang)[_WORD[name]], cells, line.group, "statistic"))
    return found


def _values(table: Table, name: Statistic) -> npt.NDArray[np.float64]:
    if name == "cv":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(table.estimate == 0, np.nan, table.se / np.abs(table.estimate))
    values = np.asarray(table.arrays()[name], np.float64)
    return np.round(values, 6) if name == "effective_n" else values


def _cell(value: float, name: Statistic, above: Cell) -> Cell:
    if not np.isfinite(value):
        return Cell("-")
    if name == "cv":
        return Cell(number(100 * value, 1), value=value, kind="share", decimals=1)
    if name == "se":
        scale = 100.0 if above.kind == "share" else 1.0
        decimals = above.decimals if above.kind == "share" else decimals_for(np.array([value]), "")
        return Cell(number(scale * value, decimals), value=value, kind=above.kind, decimals=decimals)
    return Cell(whole(value), value=value, kind="base")
