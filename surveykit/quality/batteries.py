"""Batteries of items: the grids whose rows share one ordered scale, and the order in which rows were shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveykit.errors import QualityError
from surveykit.instrument import Instrument

__all__ = ["Battery", "batteries", "in_shown_order", "valid_numbers"]

_ORDER = re.compile(r"\s*(?P<question>\w+)\s*:\s*(?P<codes>-?\d+(\s*,\s*-?\d+)*)\s*\Z")


@dataclass(frozen=True)
class Battery:
    """The items of one grid question.

    Parameters
    ----------
    question
        Id of the grid.
    items
        Columns of its substantive items, in the order of the questionnaire; rows that test attention are not items.
    codes
        Row code of each item.
    reversed_items
        Those whose scale is turned round.
    traps
        Column to the answer that it asks for.
    levels
        Substantive codes of the scale.
    fixed
        Whether everybody saw the rows in the order of the questionnaire.
    """

    question: str
    items: tuple[str, ...]
    codes: tuple[int, ...]
    reversed_items: tuple[str, ...]
    traps: dict[str, int]
    levels: tuple[int, ...]
    fixed: bool

    def turned(self, answers: pd.DataFrame) -> pd.DataFrame:
        """Answers ``(n, items)`` with the reversed items turned the way of the others."""
        both = float(min(self.levels) + max(self.levels))
        return answers.assign(**{name: both - answers[name] for name in self.reversed_items})


def batteries(instrument: Instrument, fewest: int = 3) -> tuple[Battery, ...]:
    """Grids with an ordered scale and at least `fewest` items."""
    found = []
    for question in instrument.questions:
        if question.type != "grid" or not question.ordered:
            continue
        columns = {column.item: column.name for column in instrument.columns.of(question.id) if not column.write_in}
        rows = [row for row in question.rows if row.code in columns]
        items = [row for row in rows if row.trap is None]
        if len(items) >= fewest:
            found.append(
                Battery(
                    question=question.id,
                    items=tuple(columns[row.code] for row in items),
                    codes=tuple(row.code for row in items),
                    reversed_items=tuple(columns[row.code] for row in items if row.reverse),
                    traps={columns[row.code]: int(row.trap) for row in rows if row.trap is not None},
                    levels=tuple(option.code for option in question.options if 0 <= option.code < 97),
                    fixed=question.order == "fixed",
                )
            )
    return tuple(found)


def valid_numbers(frame: pd.DataFrame, names: tuple[str, ...] | list[str]) -> pd.DataFrame:
    """Columns as floats with every missing code missing, ``(n, names)``; columns that are not there are all missing."""
    numbers = frame.reindex(columns=list(names)).apply(pd.to_numeric, errors="coerce").astype("float64")
    valid: pd.DataFrame = numbers.mask((numbers >= -99) & (numbers <= -93))
    return valid


def in_shown_order(battery: Battery, answers: pd.DataFrame, shown: pd.Series | None) -> tuple[pd.DataFrame, pd.Series]:
    """Answers in the order in which each respondent saw the rows.

    Parameters
    ----------
    battery
        The grid.
    answers
        ``(n, items)``, in the order of the questionnaire.
    shown
        ``(n,)`` what the platform recorded, as in ``"V4: 3,1,2; R1: 2,1"``: row codes by question. Codes that are no
        item (a trap row) are passed over.

    Returns
    -------
    tuple
        Answers by place, columns ``0 .. items - 1``; and whether the order is known, ``(n,)``. Where it is not, the
        row keeps the order of the questionnaire.

    Raises
    ------
    QualityError
        If a recorded order cannot be read.
    """
    data = answers.to_numpy(np.float64, na_value=np.nan)
    known = np.full(len(data), battery.fixed)
    if shown is not None and not battery.fixed:
        data = data.copy()
        for text, rows in shown.dropna().groupby(shown.dropna()).groups.items():
            order = _recorded(str(text), battery)
            if order is not None:
                places = answers.index.get_indexer(rows)
                data[places] = data[places][:, order]
                known[places] = True
    places_only = pd.DataFrame(data, index=answers.index, columns=range(data.shape[1]))
    return places_only, pd.Series(known, answers.index, name="order_known")


def _recorded(text: str, battery: Battery) -> list[int] | None:
    """Places of the items as shown; None where this battery's order is not in the record."""
    for part in filter(str.strip, text.split(";")):
        match = _ORDER.fullmatch(part)
        if match is None:
            raise QualityError(
                f"The shown order '{text[:60]}' cannot be read.",
                remedy="Write it as 'V4: 3,1,2; R1: 2,1' (row codes by question) in column P_ord.",
            )
        if match["question"] != battery.question:
            continue
        codes = [int(code) for code in match["codes"].split(",")]
        order = [battery.codes.index(code) for code in codes if code in battery.codes]
        return order if sorted(order) == list(range(len(battery.items))) else None
    return None
