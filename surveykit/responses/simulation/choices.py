"""Single choices: codes planned along the latent score, then moved as little as targets and rules ask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surveykit.errors import DataError
from surveykit.instrument.question import DONT_KNOW, REFUSED, UNANSWERED
from surveykit.responses.simulation.records import Assumption
from surveykit.responses.simulation.state import State
from surveykit.responses.simulation.tables import Demand, cells_of, solve
from surveykit.responses.simulation.units import Unit

__all__ = ["apportion", "draw_choice", "plan_codes", "settle"]

_FloatArray = npt.NDArray[np.float64]
_BoolArray = npt.NDArray[np.bool_]
_IntArray = npt.NDArray[np.intp]


def apportion(weights: _FloatArray, total: int, rng: np.random.Generator) -> _IntArray:
    """Split `total` by weights, ``(codes,)``, by largest remainders; equal remainders by chance."""
    ideal = weights / weights.sum() * total
    counts: _IntArray = np.floor(ideal + 1e-9).astype(np.intp)
    order = np.lexsort((rng.random(len(ideal)), -(ideal - counts)))
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def plan_codes(score: _FloatArray, counts: _IntArray) -> _IntArray:
    """Place ``(n,)`` of each respondent among answers with these counts, low scores first."""
    places = np.empty(len(score), np.intp)
    places[np.argsort(score, kind="stable")] = np.repeat(np.arange(len(counts)), counts)
    return places


def draw_choice(state: State, unit: Unit, here: _BoolArray, fill: _FloatArray) -> None:
    """Answer one single, ordered or band column where it is put; `fill` stands where it is not."""
    column = unit.columns[0]
    assumed = state.assumption(unit)
    waiting = state.waiting[unit.place]
    codes, weights = _scale(unit, assumed)
    lacking = _lacking(unit)
    rate = max(assumed.missing, state.nonresponse) if lacking else 0.0
    wanted = any(target.base == "asked" or "missing(" in target.of_text for target, _ in waiting)
    rules = state.rules[unit.place]
    # Where rules leave no other answer, "don't know" is one if it was offered.
    if rate > 0 or (lacking and (wanted or rules)):
        codes, weights = (*codes, lacking[0]), np.append(weights / weights.sum() * (1 - rate), rate)
    silent = codes[-1] in (DONT_KNOW, REFUSED, UNANSWERED)
    score = state.traits.score(assumed.along, state.rng)
    planned = np.zeros(state.rows, np.intp)
    planned[here] = _planned(state, score[here], weights, silent)
    values = np.where(here[:, None], np.array(codes, np.float64)[None, :], fill[:, None])
    trial = {column.name: values}
    allowed = state.permitted(rules, trial) if rules else np.ones(values.shape, np.bool_)
    if unit.item is not None and unit.item.trap is not None:
        allowed &= ~(state.obeys & here)[:, None] | (values == unit.item.trap)
    allowed[~here] = np.arange(len(codes)) == 0
    if silent and rate == 0 and not wanted:
        allowed[here, -1] = ~allowed[here, :-1].any(axis=1)
    stuck = here & ~allowed.any(axis=1)
    if stuck.any():
        state.refuse(unit, stuck, rules)
    planned = _repaired(state, planned, allowed, weights)
    demands = [state.demand(target, trial, here) for target, _ in waiting]
    if demands:
        planned = settle(state, allowed, planned, score, [*demands, *_modes(unit, demands, values)], silent=silent)
    state.data[column.name] = values[np.arange(state.rows), planned]


def settle(
    state: State, allowed: _BoolArray, planned: _IntArray, score: _FloatArray, demands: Sequence[Demand], *,
    silent: bool = False,
) -> _IntArray:  # fmt: skip
    """Move as few respondents as possible so that every demand is met; places ``(n,)``."""
    rows = np.flatnonzero(state.sound & ~state.ended)
    mine = [Demand(d.target, d.event[rows], d.base[rows], d.level, d.low, d.high) for d in demands]
    cells = cells_of(allowed[rows], mine)
    table = np.zeros((len(cells.size), allowed.shape[1]))
    np.add.at(table, (cells.cell, planned[rows]), 1)
    counts = solve(cells, allowed[rows], table, mine)
    result = planned.copy()
    for cell, wanted in enumerate(counts):
        members = rows[cells.cell == cell]
        if (np.bincount(planned[members], minlength=len(wanted)) != wanted).any():
            result[members] = _arranged(state, planned[members], score[members], wanted, silent)
    return result


def _arranged(state: State, planned: _IntArray, score: _FloatArray, wanted: _IntArray, silent: bool) -> _IntArray:
    """Give out the counts of one cell: silence by chance (to those planned silent first), answers by score."""
    if not silent:
        return plan_codes(score, wanted)
    last = len(wanted) - 1
    first = np.lexsort((state.rng.random(len(planned)), planned != last))
    quiet = np.zeros(len(planned), np.bool_)
    quiet[first[: wanted[last]]] = True
    result = np.full(len(planned), last, np.intp)
    result[~quiet] = plan_codes(score[~quiet], wanted[:last])
    return result


def _scale(unit: Unit, assumed: Assumption) -> tuple[tuple[int, ...], _FloatArray]:
    """Codes from low to high with their weights; options that end the interview are left out."""
    column, question = unit.columns[0], unit.question
    ends = {option.code for option in question.options if option.end is not None}
    codes = [code for code in column.values if code not in ends]
    if column.bands:
        codes.sort(key=lambda code: (_edge(column.bands[code].lo, -1), _edge(column.bands[code].hi, 1)))
    codes = [*(code for code in assumed.order if code in codes), *(code for code in codes if code not in assumed.order)]
    weights = np.array([assumed.shares.get(code, 0.0) if assumed.shares else 1.0 for code in codes])
    if weights.sum() <= 0:
        raise DataError(
            f"The shares assumed of '{unit.name}' leave no answer.", remedy="Give at least one option a share."
        )
    return tuple(codes), weights


def _edge(value: float | None, sign: int) -> float:
    return sign * np.inf if value is None else value


def _lacking(unit: Unit) -> tuple[int, ...]:
    """Codes of silence: what was offered, else unanswered where an answer was not required."""
    offered = tuple(code for code in (DONT_KNOW, REFUSED) if code in unit.question.offer)
    return offered or (() if unit.question.required else (UNANSWERED,))


def _planned(state: State, score: _FloatArray, weights: _FloatArray, silent: bool) -> _IntArray:
    counts = apportion(weights, len(score), state.rng)
    if not silent:
        return plan_codes(score, counts)
    places = np.full(len(score), len(weights) - 1, np.intp)
    speaking = state.rng.permutation(len(score))[counts[-1] :]
    places[speaking] = plan_codes(score[speaking], counts[:-1])
    return places


def _repaired(state: State, planned: _IntArray, allowed: _BoolArray, weights: _FloatArray) -> _IntArray:
    """Another answer, drawn by its weight, where the planned one breaks a rule."""
    wrong = ~allowed[np.arange(len(planned)), planned]
    if not wrong.any():
        return planned
    chance = np.log(np.maximum(weights / weights.sum(), 1e-9))[None, :] + state.rng.gumbel(size=allowed.shape)
    return np.where(wrong, np.where(allowed, chance, -np.inf).argmax(axis=1), planned)


def _modes(unit: Unit, demands: list[Demand], values: _FloatArray) -> list[Demand]:
    """A most frequent answer, written as one lead over each other answer."""
    leads: list[Demand] = []
    for demand in [demand for demand in demands if demand.target.kind == "mode"]:
        for code in unit.columns[0].values:
            other = (values == code) * demand.base * (demand.event == 0)
            if other.any():
                leads.append(Demand(demand.target, demand.event - other, demand.base, 0.0, 1.0, np.inf))
    return leads
