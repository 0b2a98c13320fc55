"""Numbers, texts and dates."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import numpy.typing as npt

from surveykit.errors import DataError
from surveykit.instrument import Question
from surveykit.instrument.question import DONT_KNOW, REFUSED, UNANSWERED
from surveykit.responses.simulation.state import State
from surveykit.responses.simulation.units import Unit

__all__ = ["draw_date", "draw_number", "draw_text", "write_in_texts"]

_FloatArray = npt.NDArray[np.float64]
_BoolArray = npt.NDArray[np.bool_]

_SENTENCE: Final = "SYNTHETIC answer in words"
_CANDIDATES: Final = 96
_LARGEST: Final = 1e12


def draw_number(state: State, unit: Unit, here: _BoolArray, fill: _FloatArray) -> None:
    """Answer one number where it is put: lognormal within its limits, redrawn from a ladder where a rule breaks."""
    question, column = unit.question, unit.columns[0]
    assumed = state.assumption(unit)
    low, high = _limits(question)
    if assumed.median is None and question.minimum is not None and question.maximum is not None:
        values = low + (high - low) * state.rng.random(state.rows)
    else:
        values = _median(state, question, assumed.median) * np.exp(
            assumed.spread * state.traits.score(assumed.along, state.rng)
        )
    values = np.clip(_rounded(question, values), low, high)
    offered: list[int] = [code for code in (DONT_KNOW, REFUSED) if code in question.offer] or (
        [] if question.required or question.type == "hidden" else [UNANSWERED]
    )
    rate = max(assumed.missing, state.nonresponse) if offered else 0.0
    rules = state.rules[unit.place]
    if rules:
        values = _within_rules(state, unit, here, values)
    values = _with_mean(state, unit, here, values)
    quiet = state.rng.random(state.rows) < rate
    state.data[column.name] = np.where(here, np.where(quiet, offered[0] if offered else 0.0, values), fill)


def _limits(question: Question) -> tuple[float, float]:
    low = question.minimum if question.minimum is not None else 0.0
    return low, question.maximum if question.maximum is not None else _LARGEST


def _median(state: State, question: Question, assumed: float | None) -> float:
    if assumed is not None:
        return assumed
    return 4 * state.instrument.constants.get("minimum_seconds", 120.0) if question.unit == "seconds" else 100.0


def _rounded(question: Question, values: _FloatArray) -> _FloatArray:
    whole = question.whole or question.unit == "seconds"
    return np.rint(values) if whole else np.round(values, 3)


def _within_rules(state: State, unit: Unit, here: _BoolArray, values: _FloatArray) -> _FloatArray:
    """Keep what is permitted; elsewhere take a permitted rung of a ladder over the whole range, by chance."""
    question, name, rules = unit.question, unit.columns[0].name, state.rules[unit.place]
    before = np.where(here, values, np.nan)
    fine = state.permitted(rules, {name: before[:, None]})[:, 0]
    wrong = here & ~fine
    if not wrong.any():
        return values
    low, high = _limits(question)
    start = max(low, 1.0)
    rungs = np.unique(np.clip(_rounded(question, np.geomspace(start, high, _CANDIDATES * 2)), low, high))
    ladder = np.broadcast_to(rungs, (state.rows, len(rungs)))
    permitted = state.permitted(rules, {name: np.ascontiguousarray(ladder)})
    stuck = wrong & ~permitted.any(axis=1)
    if stuck.any():
        state.refuse(unit, stuck, rules)
    # The rung nearest to the number drawn, so that large firms stay large.
    distance = np.abs(np.log(ladder + 1) - np.log(values + 1)[:, None]) + state.rng.random(ladder.shape)
    nearest = np.where(permitted, distance, np.inf).argmin(axis=1)
    return np.where(wrong, rungs[nearest], values)


def _with_mean(state: State, unit: Unit, here: _BoolArray, values: _FloatArray) -> _FloatArray:
    """Stretch the numbers of a target's base until their mean is the published one."""
    waiting = state.waiting[unit.place]
    if not waiting:
        return values
    name = unit.columns[0].name
    if len(waiting) > 1 or waiting[0][0].kind != "mean" or waiting[0][0].of_text.strip() != name:
        raise DataError(
            f"Target '{waiting[0][0].id}' is about the number '{name}'.",
            remedy=f"A number takes one target, 'of: {name}' with 'mean'; use a band for shares.",
        )
    target = waiting[0][0]
    demand = state.demand(target, {name: np.where(here, values, np.nan)[:, None]}, here)
    rows = demand.base[:, 0] > 0
    low, high = _limits(unit.question)
    result = values.copy()
    for _ in range(60):
        result[rows] = np.clip(result[rows] * target.value / result[rows].mean(), low, high)
    result = _rounded(unit.question, result)
    step = 1.0 if unit.question.whole else 0.001
    missing = round((target.value * rows.sum() - result[rows].sum()) / step)
    spread = np.flatnonzero(rows)[: abs(missing)]
    result[spread] = np.clip(result[spread] + np.sign(missing) * step, low, high)
    rules = state.rules[unit.place]
    broken = bool(rules) and not state.permitted(rules, {name: np.where(here, result, np.nan)[:, None]}).all()
    if broken or abs(result[rows].sum() - target.value * rows.sum()) > step:
        raise DataError(
            f"Target '{target.id}' cannot be reached ({target}): limits or rules of '{name}' keep its mean at "
            f"{result[rows].mean():.4g}.",
            remedy="Check the mean, or the median that is assumed.",
        )
    return result


def draw_text(state: State, unit: Unit, here: _BoolArray) -> None:
    """Answer one text; keys and unique columns get a value of their own."""
    question, column = unit.question, unit.columns[0]
    assumed = state.assumption(unit)
    keys = {name for key in state.instrument.keys for name in key}
    values = np.full(state.rows, None, dtype="object")
    numbered = np.array([f"SYNTHETIC-{row + 1:04d}" for row in range(state.rows)], dtype="object")
    if question.unique or column.name in keys:
        values[here] = numbered[here]
    elif assumed.texts:
        drawn = np.array(assumed.texts, dtype="object")[state.rng.integers(len(assumed.texts), size=state.rows)]
        values[here] = drawn[here]
    elif question.type != "hidden" and not question.personal:
        # A rule about a text says that it may not be missing.
        needed = question.required or state.rules[unit.place]
        written = here if needed else here & (state.rng.random(state.rows) < 0.7)
        values[written] = _SENTENCE[: question.max_length or None]
    state.data[column.name] = values


def draw_date(state: State, unit: Unit, here: _BoolArray) -> None:
    """Answer one date within the year of the survey; hidden time stamps stay empty."""
    values = np.full(state.rows, None, dtype="object")
    if unit.question.type != "hidden":
        first = dt.date(int(state.instrument.constants.get("field_year", 2024)), 1, 1)
        days = state.rng.integers(365, size=state.rows)
        dates = np.array([(first + dt.timedelta(days=int(day))).isoformat() for day in days], dtype="object")
        values[here] = dates[here]
    state.data[unit.columns[0].name] = values


def write_in_texts(state: State, unit: Unit) -> None:
    """Fill the text field of each option that was chosen."""
    for column in unit.write_ins:
        values = np.full(state.rows, None, dtype="object")
        for answer in unit.columns:
            chosen = state.data[answer.name]
            ticked = chosen == 1 if answer.kind == "indicator" else chosen == (column.option or 0)
            if answer.kind != "indicator" or answer.option == column.option:
                values[ticked] = _SENTENCE
        state.data[column.name] = values
