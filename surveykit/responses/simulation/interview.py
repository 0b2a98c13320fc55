"""The walk through the questionnaire: who is asked what, and the answer drawn for each unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surveykit.errors import DataError
from surveykit.instrument import Question
from surveykit.instrument.question import NOT_ADMINISTERED, NOT_APPLICABLE
from surveykit.responses.simulation.boxes import draw_boxes, draw_ranks
from surveykit.responses.simulation.choices import draw_choice
from surveykit.responses.simulation.free_answers import draw_date, draw_number, draw_text, write_in_texts
from surveykit.responses.simulation.state import CARELESS, State
from surveykit.responses.simulation.units import Unit

__all__ = ["interview"]

_FloatArray = npt.NDArray[np.float64]
_BoolArray = npt.NDArray[np.bool_]


def interview(state: State, ends: npt.NDArray[np.intp]) -> None:
    """Fill the state question by question.

    Parameters
    ----------
    state
        Empty so far.
    ends
        For each respondent the position, in :func:`endings`, of the answer that ends the interview; -1 for none.
    """
    endings = [(q.id, option.code) for q in state.instrument.questions for option in q.options if option.end]
    for question in state.instrument.questions:
        units = [unit for unit in state.units if unit.question.id == question.id]
        put, fill = _put(state, question)
        state.shown[question.id] = put
        chosen = _drawn_items(state, question, units, put)
        for number, unit in enumerate(units):
            here = put & chosen[:, number]
            stand_in = fill if question.type != "loop" else np.where(put, NOT_APPLICABLE, fill)
            if question.type == "loop" and question.over in {q.id for q in state.instrument.questions}:
                ticked = _ticked(state, question, unit)
                stand_in = np.where(put & ticked & ~chosen[:, number], NOT_ADMINISTERED, stand_in)
            _draw(state, unit, here, stand_in)
            if question.type != "hidden":
                _be_careless(state, unit, here)
            write_in_texts(state, unit)
        for place, (identifier, code) in enumerate(endings):
            if identifier == question.id:
                rows = (ends == place) & put
                state.data[identifier][rows] = code
                state.ended |= rows


def _put(state: State, question: Question) -> tuple[_BoolArray, _FloatArray]:
    """Who is asked, and the code that stands where a question is not put; the logic of routing."""
    if question.type == "hidden":
        return np.ones(state.rows, np.bool_), np.full(state.rows, np.nan)
    answers = state.answers()
    module = state.instrument.module(question.module)
    administered = answers.holds(question.administer_if)
    put = administered & ~state.ended
    barred = ~put
    for condition in (module.ask_if if module else None, question.ask_if):
        if condition is not None:
            put &= answers.holds(condition)
            barred |= answers.fails(condition)
    fill = np.full(state.rows, float(NOT_APPLICABLE))
    undecided = barred & ~state.ended
    for case in question.otherwise:
        hit = undecided & answers.holds(case.when)
        fill[hit] = case.code
        undecided &= ~hit
    fill[~administered] = NOT_ADMINISTERED
    return put, fill


def _ticked(state: State, question: Question, unit: Unit) -> _BoolArray:
    for column in state.instrument.columns.choices(question.over or ""):
        if unit.item is not None and column.option == unit.item.code:
            return np.asarray(state.data[column.name] == 1)
    return np.zeros(state.rows, np.bool_)


def _drawn_items(state: State, question: Question, units: list[Unit], put: _BoolArray) -> _BoolArray:
    """Items asked about, ``(n, items)``: those chosen, at most the limit, which are drawn by chance."""
    chosen = np.ones((state.rows, max(1, len(units))), np.bool_)
    if question.type != "loop" or question.over in state.instrument.lists or question.over is None:
        return chosen
    chosen = np.column_stack([_ticked(state, question, unit) & put for unit in units])
    if question.limit is not None:
        order = np.where(chosen, state.rng.random(chosen.shape), 2.0)
        rank = np.argsort(np.argsort(order, axis=1, kind="stable"), axis=1, kind="stable")
        chosen &= rank < question.limit
    return chosen


def _draw(state: State, unit: Unit, here: _BoolArray, fill: _FloatArray) -> None:
    kind, hidden = unit.columns[0].kind, unit.question.type == "hidden"
    if hidden and kind not in ("number", "text", "date"):
        _draw_hidden(state, unit)
    elif kind == "indicator":
        draw_boxes(state, unit, here, fill)
    elif kind == "rank":
        draw_ranks(state, unit, here, fill)
    elif kind == "number":
        blank = hidden and unit.question.unit != "seconds" and state.assumption(unit).median is None
        draw_number(state, unit, here & (not blank), fill)
    elif kind == "text":
        draw_text(state, unit, here)
    elif kind == "date":
        draw_date(state, unit, here)
    else:
        draw_choice(state, unit, here, fill)
    if kind in ("text", "date") and state.waiting[unit.place]:
        raise DataError(
            f"Target '{state.waiting[unit.place][0][0].id}' is about the {kind} '{unit.name}'.",
            remedy="Targets are about choices, bands, boxes and numbers.",
        )


def _draw_hidden(state: State, unit: Unit) -> None:
    """Hidden choices: as assumed, else the default, else empty."""
    if state.assumption(unit).shares or state.waiting[unit.place]:
        everybody = np.ones(state.rows, np.bool_)
        draw_choice(state, unit, everybody, np.zeros(state.rows))
    else:
        default = unit.question.default
        state.data[unit.columns[0].name] = np.full(state.rows, np.nan if default is None else float(default))


def _be_careless(state: State, unit: Unit, here: _BoolArray) -> None:
    """Careless respondents give one column of a grid, or pick by chance; routing still holds."""
    rows = here & (state.kinds == CARELESS)
    column = unit.columns[0]
    ends = {option.code for option in unit.question.options if option.end is not None}
    codes = np.array([code for code in column.values if code not in ends], np.float64)
    if not rows.any() or not len(codes) or len(unit.columns) > 1:
        return
    if unit.question.type == "grid":
        # The same column in every row: a fixed fraction per respondent.
        pick = np.minimum((_habit(state) * len(codes)).astype(np.intp), len(codes) - 1)
    else:
        pick = state.rng.integers(len(codes), size=state.rows)
    state.data[column.name][rows] = codes[pick[rows]]


def _habit(state: State) -> _FloatArray:
    """The part of the scale, 0 to 1, on which a careless respondent clicks throughout."""
    ordered: _FloatArray = np.asarray((np.arange(state.rows) * 0.6180339887498949 + 0.5) % 1.0, np.float64)
    return ordered
