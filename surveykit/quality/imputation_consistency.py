"""Imputed answers that contradict the questionnaire are drawn again, and stay missing if no draw fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.engine import IntArray
from surveykit.errors import listing
from surveykit.expressions.values import BoolArray
from surveykit.instrument import Instrument, check_answers, route
from surveykit.instrument.question import NOT_ADMINISTERED, NOT_APPLICABLE, REMOVED
from surveykit.quality.editing import errors_among
from surveykit.responses import Responses

__all__ = ["Cells", "consistent", "rerouted"]

#: Values ``(cells, m)`` of each variable, and the row labels of their donors where there are any.
Cells = tuple[Mapping[str, npt.NDArray[np.generic]], Mapping[str, npt.NDArray[np.generic]]]


def consistent(
    responses: Responses, missing: Mapping[str, BoolArray], drawn: Cells, again: Iterable[Cells]
) -> tuple[Cells, list[str]]:
    """Replace draws that break a rule of severity ``error``, or the routing, which the given answers did not break.

    All imputed cells of a row are replaced together. A row for which no further draw fits keeps its cells missing, as
    answers that were removed (-93).

    Parameters
    ----------
    missing
        ``(n,)`` cells of each variable that are imputed.
    drawn
        First draws.
    again
        Further draws of all cells, each tried once.

    Returns
    -------
    Cells
        Draws that fit.
    list of str
        What was drawn again and what stays missing.
    """
    rows = np.flatnonzero(np.logical_or.reduce(list(missing.values())))
    values = {name: column.copy() for name, column in drawn[0].items()}
    donors = {name: column.copy() for name, column in drawn[1].items()}
    place = {name: np.cumsum(flags) - 1 for name, flags in missing.items()}
    m = next(iter(values.values())).shape[1]
    before = _broken(responses.instrument, responses.frame.iloc[rows])
    check = _Check(responses, missing, place, rows, before)
    bad = [check.rows(values, number) for number in range(m)]
    redrawn, rules = sum(len(one) for one in bad), check.names
    for other, other_donors in again:
        if not any(len(one) for one in bad):
            break
        for number, own in enumerate(bad):
            for name, flags in missing.items():
                cells = place[name][own[flags[own]]]
                values[name][cells, number] = other[name][cells, number]
                if len(donors[name]):
                    donors[name][cells, number] = other_donors[name][cells, number]
        bad = [check.rows(values, number, own) for number, own in enumerate(bad)]
    left = 0
    for number, own in enumerate(bad):
        left += len(own)
        for name, flags in missing.items():
            values[name][place[name][own[flags[own]]], number] = REMOVED
    return (values, donors), _notes(redrawn, left, m, rules)


def _notes(redrawn: int, left: int, m: int, rules: Iterable[str]) -> list[str]:
    named = listing(sorted(rules), limit=5)
    found = []
    if redrawn:
        found.append(f"{redrawn} row(s) of the {m} imputations broke {named} and were drawn again.")
    if left:
        found.append(f"{left} of them stay missing (-93), because every draw broke {named}.")
    return found


@dataclass
class _Check:
    """Which rows a draw breaks."""

    responses: Responses
    missing: Mapping[str, BoolArray]
    place: Mapping[str, IntArray]
    needed: IntArray
    before: pd.DataFrame
    names: set[str] = field(default_factory=set)

    def rows(
        self, values: Mapping[str, npt.NDArray[np.generic]], number: int, some: IntArray | None = None
    ) -> IntArray:
        """Of some rows (all that are imputed by default) those that one imputation breaks."""
        rows = self.needed if some is None else some
        if not len(rows):
            return rows
        frame = self.responses.frame.iloc[rows].copy()
        for name, flags in self.missing.items():
            own = np.flatnonzero(flags[rows])
            column = frame[name].copy()
            column.iloc[own] = values[name][self.place[name][rows[own]], number]
            frame[name] = column
        new = _broken(self.responses.instrument, frame) & ~self.before.loc[frame.index]
        self.names |= {str(rule) for rule in new.columns[new.any()]}
        return rows[new.any(axis=1).to_numpy()]


def _broken(instrument: Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    """Rules of severity ``error`` that rows break, and answers to what was not asked, ``(n, rules)``."""
    found = errors_among(instrument, check_answers(instrument, frame))
    asked = route(instrument, frame).asked
    against: dict[str, BoolArray] = {}
    for question in asked.columns:
        columns = _columns(instrument, question, frame)
        if columns:
            put = asked[question].to_numpy(np.bool_)
            against[f"routing({question})"] = ~put & (_codes(frame, columns) >= 0).any(axis=1)
    return pd.concat([found, pd.DataFrame(against, index=frame.index)], axis=1)


def rerouted(instrument: Instrument, before: pd.DataFrame, after: pd.DataFrame, rows: IntArray) -> pd.DataFrame:
    """Follow imputed answers through the questionnaire.

    A question that an imputed answer would have led to was not administered (-94): it stays missing, and its base
    counts it. One that it would have led past, and that has no answer, does not apply (-97).

    Parameters
    ----------
    before, after
        Coded answers before and after imputation, ``(n, columns)``.
    rows
        Numbers of the rows with imputed cells.
    """
    was, now = (route(instrument, frame.iloc[rows]).asked for frame in (before, after))
    for question in now.columns:
        columns = _columns(instrument, question, after)
        opened = now[question].to_numpy(np.bool_) & ~was[question].to_numpy(np.bool_)
        closed = ~now[question].to_numpy(np.bool_) & was[question].to_numpy(np.bool_)
        for changed, code in ((opened, NOT_ADMINISTERED), (closed, NOT_APPLICABLE)):
            places = rows[changed]
            for name in columns if len(places) else ():
                column = after[name].copy()
                # What was not asked has the code of that or the value that stands for it; an answer is kept.
                own = places if code == NOT_ADMINISTERED else places[_codes(after.iloc[places], [name])[:, 0] < 0]
                column.iloc[own] = code
                after[name] = column
    return after


def _columns(instrument: Instrument, question: str, frame: pd.DataFrame) -> list[str]:
    return [
        one.name
        for one in instrument.columns.of(question)
        if (one.coded or one.kind == "number") and one.name in frame.columns
    ]


def _codes(frame: pd.DataFrame, columns: list[str]) -> npt.NDArray[np.float64]:
    numbers = frame[columns].apply(pd.to_numeric, errors="coerce")
    return np.asarray(numbers.to_numpy(np.float64, na_value=np.nan), np.float64)
