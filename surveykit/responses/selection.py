"""Multi-select answers: several options joined in one cell, or one column an option.

Options may hold the separator themselves ("Yes, always"), so known options are matched longest first;
unknown ones are inferred from what recurs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from surveykit.errors import DataError
from surveykit.responses.export import Export, Question
from surveykit.responses.profile import Profile

__all__ = ["Joined", "indicators", "infer_joined", "split_joined"]

_SEPARATORS = (", ", ";", "|", "\n", ",")
_THOUSANDS = re.compile(r"\d,\d{3}\b")


@dataclass(frozen=True)
class Joined:
    """Options that share one cell, and what stands between them."""

    options: tuple[str, ...]
    separator: str


def split_joined(cell: str, options: Iterable[str], separator: str = ", ") -> tuple[list[str], str]:
    """Take the known options out of one cell, longest first, and return what is left over.

    Parameters
    ----------
    cell
        Options joined by the separator.
    options
        The known options; they may contain the separator.
    separator
        What stands between two options.

    Returns
    -------
    tuple
        Options found, in the order of the cell, and the remaining text ("other").

    Examples
    --------
    >>> split_joined("Yes, always, No, Mars", ["Yes", "Yes, always", "No"])
    (['Yes, always', 'No'], 'Mars')
    """
    known = sorted(set(options), key=len, reverse=True)
    found: list[str] = []
    rest: list[str] = []
    position = 0
    while position < len(cell):
        match = next((option for option in known if _at(cell, option, position, separator)), None)
        if match is not None:
            found.append(match)
            position += len(match) + len(separator)
            continue
        end = cell.find(separator, position)
        end = len(cell) if end < 0 else end
        rest.append(cell[position:end])
        position = end + len(separator)
    return found, separator.join(part for part in rest if part)


def _at(cell: str, option: str, position: int, separator: str) -> bool:
    end = position + len(option)
    return (
        bool(option)
        and cell.startswith(option, position)
        and (end == len(cell) or cell.startswith(separator.rstrip() or separator, end))
    )


def infer_joined(described: Profile, separators: Sequence[str] = _SEPARATORS) -> Joined | None:
    """Recognise a column whose cells join several options, and the options; None when it is none.

    The pieces between separators must recur: at least two thirds of all mentions belong to pieces that
    several respondents share. A piece that always stands beside the same neighbour is one option with it.
    """
    if described.numeric or described.dates or described.answered < 3:
        return None
    values = [(str(value), count) for value, count in described.counts.items()]
    for separator in separators:
        if separator == "," and any(_THOUSANDS.search(value) for value, _ in values):
            continue
        with_separator = sum(count for value, count in values if separator in value)
        if with_separator < max(2, 0.04 * described.answered):
            continue
        found = _options(values, separator, described.answered)
        if found is not None:
            return Joined(found, separator)
    return None


def _options(values: Sequence[tuple[str, int]], separator: str, answered: int) -> tuple[str, ...] | None:
    cells = [(_pieces(value, separator), count) for value, count in values]
    cells = _merge_neighbours(cells, separator)
    tally: Counter[str] = Counter()
    for pieces, count in cells:
        for piece in dict.fromkeys(pieces):
            tally[piece] += count
    enough = max(2, round(0.005 * answered))
    options = [piece for piece, count in tally.most_common() if count >= enough and len(piece) <= 160]
    known = set(options)
    mentions = sum(tally.values())
    shared = sum(tally[piece] for piece in options)
    several = sum(count for pieces, count in cells if len(known.intersection(pieces)) > 1)
    repeats = sum(count for pieces, count in cells if len(set(pieces)) != len(pieces))
    if len(values) <= len(options):
        # As few different cells as pieces: one choice whose wording holds the separator ("Yes, very").
        return None
    if (
        not 2 <= len(options) <= 80
        or shared < 0.66 * mentions
        or several < max(2, 0.04 * answered)
        or repeats > 0.02 * answered
    ):
        return None
    return tuple(options) if len(options) <= max(6, 0.6 * answered) else None


def _pieces(value: str, separator: str) -> list[str]:
    """Split at the separator outside parentheses."""
    pieces: list[str] = []
    depth_text = ""
    for part in value.split(separator):
        depth_text = f"{depth_text}{separator}{part}" if depth_text else part
        if depth_text.count("(") <= depth_text.count(")"):
            pieces.append(depth_text.strip())
            depth_text = ""
    if depth_text:
        pieces.extend(part.strip() for part in depth_text.split(separator))
    return [piece for piece in pieces if piece]


def _merge_neighbours(cells: list[tuple[list[str], int]], separator: str) -> list[tuple[list[str], int]]:
    """Join pieces that occur only side by side: they are one option that holds the separator."""
    for _ in range(6):
        single: Counter[str] = Counter()
        pair: Counter[tuple[str, str]] = Counter()
        for pieces, count in cells:
            for piece in pieces:
                single[piece] += count
            for one, two in pairwise(pieces):
                pair[one, two] += count
        glued = {
            one: two
            for (one, two), count in pair.items()
            if one != two and count == single[one] == single[two] and (count >= 5 or (count >= 2 and two[:1].islower()))
        }
        if not glued:
            return cells
        cells = [(_glue(pieces, glued, separator), count) for pieces, count in cells]
    return cells


def _glue(pieces: list[str], glued: dict[str, str], separator: str) -> list[str]:
    result: list[str] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        if position + 1 < len(pieces) and glued.get(piece) == pieces[position + 1]:
            result.append(f"{piece}{separator}{pieces[position + 1]}")
            position += 2
        else:
            result.append(piece)
            position += 1
    return result


def indicators(export: Export, question: str, *, options: Sequence[str] | None = None) -> pd.DataFrame:
    """The options of a multi-select as columns of True, False and missing.

    Parameters
    ----------
    export
        The export.
    question
        Id of the question.
    options
        The full list of options, for a column that joins them; inferred where left out.

    Returns
    -------
    pandas.DataFrame
        One nullable boolean column per option. A respondent who ticked and wrote nothing is
        missing throughout: an export cannot tell "none of these" from "not shown" or "not answered".

    Raises
    ------
    DataError
        When the question is not a multi-select.
    """
    asked = export.question(question)
    if asked.type not in ("multi", "single") or (asked.type == "single" and len(asked.columns) < 2):
        raise DataError(
            f"Question '{asked.id}' is of type '{asked.type}', not a choice over several options.",
            remedy="Multi-selects are listed by export.questions.query('type == \"multi\"').",
        )
    if asked.separator:
        ticks = _from_joined(export.frame[asked.columns[0]], tuple(options or asked.options), asked.separator)
    elif len(asked.columns) != len(asked.options):
        ticks = _from_categories(export.frame[list(asked.columns)], asked)
    else:
        ticks = pd.DataFrame(
            {
                label: _ticked(export.frame[name], asked)
                for name, label in zip(asked.columns, _labels(asked), strict=True)
            }
        )
    written = export.frame[list(asked.other)].notna().any(axis=1) if asked.other else pd.Series(False, ticks.index)
    nothing = ~(ticks.any(axis=1) | written)
    return ticks.astype("boolean").mask(nothing)


def _labels(asked: Question) -> list[str]:
    """Option labels, told apart by their code where two are worded alike."""
    repeated = {label for label, count in Counter(asked.options).items() if count > 1}
    return [
        f"{label} ({code})" if label in repeated else label
        for label, code in zip(asked.options, asked.codes, strict=True)
    ]


def _ticked(column: pd.Series[Any], asked: Question) -> pd.Series[bool]:
    if not asked.ticked:
        return column.notna()
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.isin([float(value) for value in asked.ticked])
    return column.astype("str").isin(list(asked.ticked))


def _from_joined(column: pd.Series[Any], options: tuple[str, ...], separator: str) -> pd.DataFrame:
    data = np.zeros((len(column), len(options)), dtype=bool)
    place = {option: position for position, option in enumerate(options)}
    for row, cell in enumerate(column):
        if isinstance(cell, str):
            for option in split_joined(cell, options, separator)[0]:
                data[row, place[option]] = True
    return pd.DataFrame(data, index=column.index, columns=pd.Index(options))


def _from_categories(frame: pd.DataFrame, asked: Question) -> pd.DataFrame:
    """SPSS category sets: each column holds one of the chosen categories."""
    texts = pd.DataFrame({name: frame[name].map(_code_text, na_action="ignore") for name in frame.columns})
    return pd.DataFrame(
        {label: texts.isin([code]).any(axis=1) for code, label in zip(asked.codes, asked.options, strict=True)}
    )


def _code_text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
