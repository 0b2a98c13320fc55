"""Multiple choices and rankings: how many boxes, then which, then those that a published number fixes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surveykit.errors import DataError
from surveykit.instrument import Column
from surveykit.instrument.question import UNANSWERED
from surveykit.responses.simulation.choices import settle
from surveykit.responses.simulation.records import Target
from surveykit.responses.simulation.state import Rule, State
from surveykit.responses.simulation.units import Unit, Uses

__all__ = ["draw_boxes", "draw_ranks"]

_FloatArray = npt.NDArray[np.float64]
_BoolArray = npt.NDArray[np.bool_]
_IntArray = npt.NDArray[np.intp]
_USUAL = 30.0  # percent that tick a box of which nothing is assumed


class _Boxes:
    """One multiple choice: its boxes, what attracts each respondent to each, and how many each ticks.

    States are 1 .. boxes ticked, then each exclusive option alone, then unanswered.
    """

    def __init__(self, state: State, unit: Unit, here: _BoolArray, fill: _FloatArray) -> None:
        self.state, self.unit, self.here, self.fill = state, unit, here, fill
        exclusive = unit.question.exclusive_codes
        self.boxes = [column for column in unit.columns if column.option not in exclusive]
        self.alone = [column for column in unit.columns if column.option in exclusive]
        assumed = state.assumption(unit)
        percent = np.array([assumed.shares.get(column.option or 0, _USUAL) for column in self.boxes])
        percent = np.clip(percent, 0.01, 99.99) / 100
        score = state.traits.score(assumed.along, state.rng)
        self.score = score
        noise = state.rng.logistic(size=(state.rows, len(self.boxes)))
        self.appeal = np.log(percent / (1 - percent)) + 1.2 * score[:, None] * bool(assumed.along) + noise
        self.silence = 0.0 if unit.question.required else max(assumed.missing, state.nonresponse)
        wanted = np.array([assumed.shares.get(column.option or 0, 0.0) for column in self.alone])
        self.exclusive_shares = wanted / 100

    def kinds(self) -> int:
        return len(self.boxes) + len(self.alone) + 1

    def planned(self) -> _IntArray:
        """Planned state of each respondent, ``(n,)``."""
        ticked = (self.appeal > 0).sum(axis=1)
        places: _IntArray = np.asarray(np.maximum(ticked, 1) - 1, np.intp)
        chance = self.state.rng.random(self.state.rows)
        edge = 0.0
        for offset, share in enumerate(self.exclusive_shares):
            places[(chance >= edge) & (chance < edge + share)] = len(self.boxes) + offset
            edge += share
        if len(self.alone) and not self.exclusive_shares.any():
            places[ticked == 0] = len(self.boxes)
        quiet = self.state.rng.random(self.state.rows) < self.silence
        places[quiet] = self.kinds() - 1
        return places

    def columns_of(self, places: _IntArray) -> dict[str, _FloatArray]:
        """Answers ``(n,)`` by column: the most appealing boxes of the number ticked."""
        rank = np.argsort(np.argsort(-self.appeal, axis=1, kind="stable"), axis=1, kind="stable")
        silent = places == self.kinds() - 1
        found: dict[str, _FloatArray] = {}
        for position, column in enumerate(self.boxes):
            ticked = (rank[:, position] <= places) & (places < len(self.boxes))
            found[column.name] = np.where(silent, UNANSWERED, ticked.astype(np.float64))
        for position, column in enumerate(self.alone):
            found[column.name] = np.where(silent, UNANSWERED, (places == len(self.boxes) + position).astype(np.float64))
        return {name: np.where(self.here, value, self.fill) for name, value in found.items()}

    def trials(self) -> dict[str, _FloatArray]:
        """Answers by column for every state, ``(n, states)``."""
        tried = [self.columns_of(np.full(self.state.rows, place)) for place in range(self.kinds())]
        return {column.name: np.column_stack([one[column.name] for one in tried]) for column in self.unit.columns}

    def is_single(self, uses: Uses) -> Column | None:
        """The one box that an expression looks at, if it looks at one only."""
        mine = [column for column in self.unit.columns if column.name in uses.columns]
        return mine[0] if len(mine) == 1 and mine[0] in self.boxes else None


def draw_boxes(state: State, unit: Unit, here: _BoolArray, fill: _FloatArray) -> None:
    """Answer one multiple choice where it is put."""
    boxes = _Boxes(state, unit, here, fill)
    waiting, rules = state.waiting[unit.place], state.rules[unit.place]
    counted = [target for target, uses in waiting if boxes.is_single(uses) is None]
    for target, uses in waiting:
        mine = [column for column in unit.columns if column.name in uses.columns]
        if 1 < len(mine) < len(boxes.boxes):
            raise DataError(
                f"Target '{target.id}' joins {len(mine)} boxes of '{unit.question.id}' ({target.of_text}).",
                remedy="A target may be about one box, or about how many are ticked.",
            )
    places = boxes.planned()
    allowed = _allowed_states(boxes, [rule for rule in rules if boxes.is_single(rule.uses) is None])
    stuck = here & ~allowed.any(axis=1)
    if stuck.any():
        state.refuse(unit, stuck, rules)
    wrong = ~allowed[np.arange(state.rows), places]
    places = np.where(wrong, np.where(allowed, state.rng.random(allowed.shape), -1.0).argmax(axis=1), places)
    room = np.tile(np.arange(boxes.kinds()), (state.rows, 1)) == places[:, None]
    if counted:
        trial = boxes.trials()
        demands = [state.demand(target, trial, here) for target in counted]
        # Those with more boxes keep more, and those without any stay so where they can.
        places = settle(state, allowed, places, places + state.rng.random(state.rows), demands)
        room = _room(allowed, places, [demand.event for demand in demands])
    else:
        room = allowed.copy()
    room[:, len(boxes.boxes) :] = False
    state.data.update(boxes.columns_of(places))
    _fix_boxes(boxes, waiting, rules, room)


def _allowed_states(boxes: _Boxes, rules: Sequence[Rule]) -> _BoolArray:
    state = boxes.state
    allowed = np.ones((state.rows, boxes.kinds()), np.bool_)
    allowed[:, -1] = boxes.silence > 0
    for place, share in enumerate(boxes.exclusive_shares):
        # Where shares are assumed, an exclusive option without one is not chosen.
        allowed[:, len(boxes.boxes) + place] = share > 0 or not state.assumption(boxes.unit).shares
    if rules:
        allowed &= state.permitted(rules, boxes.trials())
    allowed[~boxes.here] = np.arange(boxes.kinds()) == 0
    return allowed


def _room(allowed: _BoolArray, places: _IntArray, events: Sequence[_FloatArray]) -> _BoolArray:
    """States that mean the same to every target as the one chosen."""
    same = allowed.copy()
    at = np.arange(len(places))
    for event in events:
        same &= event == event[at, places][:, None]
    return same


def _fix_boxes(boxes: _Boxes, waiting: Sequence[tuple[Target, Uses]], rules: Sequence[Rule], room: _BoolArray) -> None:
    """Tick or untick single boxes until rules and targets about them hold; others make way."""
    state, fixed = boxes.state, set[str]()
    for position, column in enumerate(boxes.boxes):
        targets = [target for target, uses in waiting if boxes.is_single(uses) == column]
        mine = [rule for rule in rules if boxes.is_single(rule.uses) == column]
        if not targets and not mine:
            continue
        now = state.data[column.name]
        answering = boxes.here & (now >= 0) & ~_alone(boxes)
        values = np.where(answering[:, None], np.array([[0.0, 1.0]]), now[:, None])
        trial = {column.name: values}
        allowed = state.permitted(mine, trial) if mine else np.ones(values.shape, np.bool_)
        allowed[~answering] = [True, False]
        planned = np.where(answering & (now == 1), 1, 0)
        planned = np.where(allowed[np.arange(state.rows), planned], planned, 1 - planned)
        if targets:
            demands = [state.demand(target, trial, boxes.here) for target in targets]
            score = np.where(now == 1, 1e6, 0.0) + boxes.appeal[:, position]
            planned = settle(state, allowed, planned, score, demands)
        fixed.add(column.name)
        _tick(boxes, position, answering & (planned == 1) & (now != 1), fixed, room)
        _untick(boxes, position, answering & (planned == 0) & (now == 1), fixed, room)


def _alone(boxes: _Boxes) -> _BoolArray:
    chosen = np.zeros(boxes.state.rows, np.bool_)
    for column in boxes.alone:
        chosen |= boxes.state.data[column.name] == 1
    return chosen


def _tick(boxes: _Boxes, position: int, rows: _BoolArray, fixed: set[str], room: _BoolArray) -> None:
    """Tick a box: instead of the least appealing other one, or as one more."""
    data = boxes.state.data
    for row in np.flatnonzero(rows):
        count = int(sum(data[column.name][row] == 1 for column in boxes.boxes))
        data[boxes.boxes[position].name][row] = 1.0
        others = [p for p, c in enumerate(boxes.boxes) if c.name not in fixed and data[c.name][row] == 1]
        if others:
            data[boxes.boxes[min(others, key=lambda p: boxes.appeal[row, p])].name][row] = 0.0
        elif not (count < room.shape[1] and room[row, count]):
            _conflict(boxes, position)


def _untick(boxes: _Boxes, position: int, rows: _BoolArray, fixed: set[str], room: _BoolArray) -> None:
    """Untick a box: in favour of the most appealing other one, or without."""
    data = boxes.state.data
    for row in np.flatnonzero(rows):
        count = int(sum(data[column.name][row] == 1 for column in boxes.boxes))
        data[boxes.boxes[position].name][row] = 0.0
        others = [p for p, c in enumerate(boxes.boxes) if c.name not in fixed and data[c.name][row] == 0]
        if others:
            data[boxes.boxes[max(others, key=lambda p: boxes.appeal[row, p])].name][row] = 1.0
        elif not (count >= 2 and room[row, count - 2]):
            _conflict(boxes, position)


def _conflict(boxes: _Boxes, position: int) -> None:
    raise DataError(
        f"Box '{boxes.boxes[position].name}' cannot be set without changing how many boxes of "
        f"'{boxes.unit.question.id}' are ticked, which another target fixes.",
        remedy="Leave one of the targets out, or leave some boxes without a target.",
    )


def draw_ranks(state: State, unit: Unit, here: _BoolArray, fill: _FloatArray) -> None:
    """Answer one ranking: the places of the most appealing options."""
    assumed = state.assumption(unit)
    weights = np.array([assumed.shares.get(column.option or 0, 1.0) for column in unit.columns])
    appeal = np.log(np.maximum(weights, 1e-9)) + state.rng.gumbel(size=(state.rows, len(weights)))
    rank = np.argsort(np.argsort(-appeal, axis=1, kind="stable"), axis=1, kind="stable") + 1
    limit = unit.question.limit or len(weights)
    quiet = state.rng.random(state.rows) < (0.0 if unit.question.required else max(assumed.missing, state.nonresponse))
    if state.waiting[unit.place]:
        raise DataError(
            f"Target '{state.waiting[unit.place][0][0].id}' is about the ranking '{unit.question.id}'.",
            remedy="Rankings are drawn from what is assumed of them; leave the target out.",
        )
    for position, column in enumerate(unit.columns):
        places = np.where(rank[:, position] <= limit, rank[:, position], 0).astype(np.float64)
        state.data[column.name] = np.where(here, np.where(quiet, UNANSWERED, places), fill)
