"""Who was asked what: the routing of an instrument on a whole frame at once.

A blank cell says nothing by itself. :func:`route` walks through the questionnaire in order and gives
every blank its meaning: not applicable (-97), shown but unanswered (-96), not reached (-95), not
administered (-94), or the code that the question's ``else`` declares (a true zero for non-exporters).
A condition that rests on a missing answer is unknown, and an unknown condition does not lead to a
question; an author who wants it to writes ``missing(D1) or D1 != 0``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import DataError
from surveykit.instrument.answers import Answers, BoolArray, coded_array
from surveykit.instrument.columns import Column
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import (
    BREAK_OFF,
    NOT_ADMINISTERED,
    NOT_APPLICABLE,
    UNANSWERED,
    Question,
)

__all__ = ["Routed", "asked", "route"]

#: Codes that coding assigns; -99 and -98 are answers that somebody gave.
_ASSIGNED = (-97.0, -96.0, -95.0, -94.0, -93.0)


@dataclass(frozen=True)
class Routed:
    """A frame in which every blank has its meaning.

    Parameters
    ----------
    frame
        Coded answers, ``(n, columns)``: every coded column of the instrument without blanks (hidden ones may keep
        them), text and dates as they were, and the columns that are not the instrument's.
    asked
        True where a question was put to a respondent, ``(n, questions)``.
    ended
        How the interview was ended by an answer, ``(n,)``: ``""``, ``"screen_out"`` or ``"refusal"``.
    conflicts
        Answers to questions that routing says were not asked: columns ``row`` (index label), ``column``, ``value``.
    absent
        Columns of the instrument that the frame did not have.
    """

    frame: pd.DataFrame
    asked: pd.DataFrame
    ended: pd.Series
    conflicts: pd.DataFrame
    absent: tuple[str, ...]


def route(
    instrument: Instrument,
    frame: pd.DataFrame,
    *,
    complete: pd.Series | npt.NDArray[np.bool_] | None = None,
    keep_conflicts: bool = True,
) -> Routed:
    """Give every blank of a frame its missing code.

    Parameters
    ----------
    instrument
        What was asked.
    frame
        Answers by column name, ``(n, columns)``: codes or numbers; blanks are NaN; boxes of a multi-select are 1
        when ticked and 0 or blank otherwise. Missing codes that are there already stay.
    complete
        False for interviews that were broken off, ``(n,)``; their blanks after the last answer become -95.
        None: all were completed.
    keep_conflicts
        Whether an answer to a question that was not asked stays (the rules of the instrument can then find it) or
        gives way to the code of a blank. It is listed in `conflicts` either way.

    Returns
    -------
    Routed
        Coded frame, who was asked what, screen-outs and conflicts.

    Examples
    --------
    >>> from surveykit.instrument import parse_instrument
    >>> instrument = parse_instrument('''
    ... instrument: tiny
    ... version: 1.0.0
    ... title: Tiny
    ... unit: firm
    ... languages: [en]
    ... questions:
    ...   - {id: X1, type: single, label: Any exports, options: {1: "Yes", 2: "No"}}
    ...   - {id: X2, type: number, label: To how many countries, ask_if: X1 == 1, else: 0, minimum: 0}
    ...   - {id: X3, type: single, label: For long, ask_if: X1 == 1, options: {1: "Yes", 2: "No"}}
    ... ''')
    >>> answers = pd.DataFrame({"X1": [1, 2, None], "X2": [12, None, None], "X3": [None, None, None]})
    >>> route(instrument, answers).frame.to_dict("list")
    {'X1': [1, 2, -96], 'X2': [12.0, 0.0, -97.0], 'X3': [-96, -97, -97]}
    """
    finished = np.ones(len(frame), np.bool_) if complete is None else np.asarray(complete, dtype=np.bool_)
    if finished.shape != (len(frame),):
        raise DataError(f"'complete' has {finished.size} values for {len(frame)} rows.", remedy="Give one value a row.")
    walk = _Walk(instrument, frame, finished, keep_conflicts)
    for position, question in enumerate(instrument.questions):
        walk.step(position, question)
    return walk.routed()


def asked(instrument: Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    """Who was asked what, ``(n, questions)``, True where a question was put to the respondent.

    The frame may be coded or not: missing codes and ``else`` codes do not change the answer.
    """
    return route(instrument, frame).asked


class _Walk:
    """State of one pass through the questionnaire: the columns filled so far and who is still in the interview."""

    def __init__(self, instrument: Instrument, frame: pd.DataFrame, finished: BoolArray, keep: bool) -> None:
        self.instrument = instrument
        self.source = frame
        self.keep = keep
        self.rows = len(frame)
        self.data: dict[str, npt.NDArray[Any]] = {}
        self.shown: dict[str, BoolArray] = {}
        self.ended = np.full(self.rows, "", dtype="U10")
        self.conflicts: list[pd.DataFrame] = []
        self.absent = tuple(name for name in instrument.columns.names if name not in frame.columns)
        for column in instrument.columns:
            if column.name in frame.columns:
                self.data[column.name] = coded_array(column, frame[column.name])
            elif column.coded or column.kind == "number":
                self.data[column.name] = np.full(self.rows, np.nan)
            else:
                self.data[column.name] = np.full(self.rows, None, dtype="object")
        self.last = self._last_answered(finished)

    def _last_answered(self, finished: BoolArray) -> npt.NDArray[np.intp]:
        """Position of the last question with an answer; past the end for completed interviews."""
        last = np.full(self.rows, -1)
        for position, question in enumerate(self.instrument.questions):
            if question.type not in ("hidden", "note"):
                given = np.zeros(self.rows, np.bool_)
                for column in self.instrument.columns.of(question.id):
                    given |= _answered(column, self.data[column.name])
                last[given] = position
        last[finished] = len(self.instrument.questions)
        return last

    def step(self, position: int, question: Question) -> None:
        answers = Answers(self.instrument, self.data, self.rows, self.shown)
        if question.type == "hidden":
            self._hidden(question)
            self.shown[question.id] = np.ones(self.rows, np.bool_)
            return
        module = self.instrument.module(question.module)
        conditions = [condition for condition in (module.ask_if if module else None, question.ask_if) if condition]
        administered = answers.holds(question.administer_if)
        inside = self.ended == ""
        leads = administered & inside
        barred = ~administered | ~inside
        for condition in conditions:
            leads &= answers.holds(condition)
            barred |= answers.fails(condition)
        fill = self._fill(question, answers, administered, barred)
        fill[self.last < position] = BREAK_OFF
        put = leads & (self.last >= position)
        self.shown[question.id] = put
        for item in self.instrument.items(question) or (None,):
            here, chosen = put, None
            if item is not None and question.type == "loop":
                chosen = self._chosen(question, item.code)
                here = put & chosen
            columns = self.instrument.columns.of(question.id, item=item.code if item else None)
            self._item(question, [column for column in columns if not column.write_in], here,
                       _Blank(fill, barred if chosen is None else barred | ~chosen))  # fmt: skip
        self._screen(question)

    def _hidden(self, question: Question) -> None:
        for column in self.instrument.columns.of(question.id):
            data = self.data[column.name]
            if question.default is not None and data.dtype.kind == "f":
                data[np.isnan(data)] = question.default

    def _fill(self, question: Question, answers: Answers, administered: BoolArray, barred: BoolArray
              ) -> npt.NDArray[np.float64]:  # fmt: skip
        """Code that stands for "not asked" in each row.

        An ``else`` code needs a condition that is known to be false: who skipped the filter is no true zero.
        """
        fill = np.full(self.rows, float(NOT_APPLICABLE))
        undecided = barred & (self.ended == "")
        for case in question.otherwise:
            hit = undecided & answers.holds(case.when)
            fill[hit] = case.code
            undecided &= ~hit
        fill[~administered] = NOT_ADMINISTERED
        return fill

    def _chosen(self, question: Question, item: int) -> BoolArray:
        """Rows whose loop includes an item: it was ticked, or the loop runs over a whole list."""
        if question.over is None or question.over in self.instrument.lists:
            return np.ones(self.rows, np.bool_)
        for column in self.instrument.columns.choices(question.over):
            if column.option == item:
                chosen: BoolArray = self.data[column.name] == 1
                return chosen
        return np.zeros(self.rows, np.bool_)

    def _item(self, question: Question, columns: list[Column], here: BoolArray, blank: _Blank) -> None:
        """Fill the columns of one question, grid row or loop item."""
        arrays = [self.data[column.name] for column in columns if self.data[column.name].dtype.kind == "f"]
        if not arrays:
            for column in columns:
                answered = _answered(column, self.data[column.name])
                self._note_conflicts(column, answered, here, blank)
                if not self.keep:
                    self.data[column.name][answered & ~here] = None
            return
        many = columns[0].kind in ("indicator", "rank")
        values = np.column_stack(arrays).astype(np.float64)
        given = (values > 0).any(axis=1) if many else (~np.isnan(values) & ~np.isin(values, _ASSIGNED)).any(axis=1)
        coded = _is_code(values, columns[0]).any(axis=1)
        open_rows = ~given & ~coded
        empty = self._empty_code(question, columns, here)
        for column, data in zip(columns, arrays, strict=True):
            before = data.copy()
            if many:
                data[given & (np.isnan(data))] = 0
            data[open_rows & here] = empty[open_rows & here]
            data[open_rows & ~here] = blank.fill[open_rows & ~here]
            answered = (before > 0) if many else given & (before != blank.fill)
            self._note_conflicts(column, answered, here, blank)
            if not self.keep:
                contradicted = given & ~here
                data[contradicted] = blank.fill[contradicted]

    def _empty_code(self, question: Question, columns: list[Column], here: BoolArray) -> npt.NDArray[np.float64]:
        """Code of an asked but blank item: unanswered, or not administered where more items than the limit were open.

        Which items were drawn is not recorded in most exports, so a blank beyond the limit is taken as not drawn.
        """
        empty = np.full(self.rows, float(UNANSWERED))
        if question.type == "loop" and question.limit is not None and columns:
            open_items = sum(
                (self._chosen(question, item.code).astype(np.intp) for item in self.instrument.items(question)),
                start=np.zeros(self.rows, np.intp),
            )
            empty[here & (open_items > question.limit)] = NOT_ADMINISTERED
        return empty

    def _note_conflicts(self, column: Column, answered: BoolArray, here: BoolArray, blank: _Blank) -> None:
        rows = np.flatnonzero(answered & ~here & blank.barred)
        if rows.size:
            self.conflicts.append(
                pd.DataFrame({"row": self.source.index[rows], "column": column.name,
                              "value": [str(value) for value in self.source[column.name].iloc[rows]]})
            )  # fmt: skip

    def _screen(self, question: Question) -> None:
        for option in question.options:
            if option.end is not None and question.answer == "single" and question.type != "grid":
                self.ended[(self.ended == "") & (self.data[question.id] == option.code)] = option.end

    def routed(self) -> Routed:
        columns: dict[str, object] = {}
        for column in self.instrument.columns:
            data = self.data[column.name]
            if column.coded and data.dtype.kind == "f":
                blanks = bool(np.isnan(data).any())
                columns[column.name] = pd.Series(data).astype("Int32").array if blanks else data.astype(np.int32)
            elif column.name in self.source.columns and data.dtype.kind == "O":
                given = self.source[column.name]
                removed = given.notna().to_numpy() & np.array([value is None for value in data], np.bool_)
                columns[column.name] = given.mask(removed).array
            else:
                columns[column.name] = data
        extra = {str(name): self.source[name].to_numpy() for name in self.source.columns if name not in columns}
        conflicts = pd.concat(self.conflicts, ignore_index=True) if self.conflicts else _no_conflicts()
        return Routed(
            frame=pd.DataFrame({**columns, **extra}, index=self.source.index),
            asked=pd.DataFrame(self.shown, index=self.source.index, dtype=np.bool_),
            ended=pd.Series(self.ended, index=self.source.index, name="ended", dtype="str"),
            conflicts=conflicts,
            absent=self.absent,
        )


@dataclass(frozen=True)
class _Blank:
    """What a blank means in each row where the item was not put, and where an answer would contradict routing."""

    fill: npt.NDArray[np.float64]
    barred: BoolArray


def _is_code(values: npt.NDArray[np.float64], column: Column) -> BoolArray:
    """Cells that hold a missing code."""
    return (values >= -99) & (values <= -93) if column.kind == "number" else values < 0


def _answered(column: Column, data: npt.NDArray[Any]) -> BoolArray:
    if data.dtype.kind != "f":
        return np.array([value is not None and value != "" for value in data], np.bool_)
    numbers = data.astype(np.float64)
    if column.kind in ("indicator", "rank"):
        return numbers > 0
    # -97, -95 and -94 say that nothing was put; -99, -98 and -96 were given by somebody who got there.
    return ~np.isnan(numbers) & ~np.isin(numbers, (-97.0, -95.0, -94.0))


def _no_conflicts() -> pd.DataFrame:
    return pd.DataFrame({"row": [], "column": pd.Series(dtype="str"), "value": pd.Series(dtype="str")})
