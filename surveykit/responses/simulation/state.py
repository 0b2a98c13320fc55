"""The interview as far as it has gone, and what an answer not yet given would mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.errors import DataError
from surveykit.expressions import Expr
from surveykit.instrument import Instrument
from surveykit.instrument.answers import Answers
from surveykit.responses.simulation.records import Assumption, Target, Targets
from surveykit.responses.simulation.scores import Traits
from surveykit.responses.simulation.tables import Demand
from surveykit.responses.simulation.units import Unit, Uses, units_of, uses_of

__all__ = ["CARELESS", "SOUND", "SPEEDER", "Rule", "State"]

_FloatArray = npt.NDArray[np.float64]
_BoolArray = npt.NDArray[np.bool_]

SOUND, CARELESS, SPEEDER = "sound", "careless", "speeder"


@dataclass(frozen=True)
class Rule:
    """A rule of the instrument: where `when` holds, `require` may not fail (or, for a trap, may not hold)."""

    id: str
    when: Expr | None
    require: Expr
    trap: bool
    uses: Uses


class State:
    """Answers so far, by column, and the rules and targets that wait for each unit."""

    def __init__(
        self, instrument: Instrument, targets: Targets, rng: np.random.Generator, kinds: Sequence[str]
    ) -> None:
        self.instrument = instrument
        self.targets = targets
        self.rng = rng
        self.kinds = np.asarray(kinds, dtype="U12")
        self.rows = len(kinds)
        self.sound: _BoolArray = self.kinds == SOUND
        self.obeys: _BoolArray = self.kinds != CARELESS
        self.ended = np.zeros(self.rows, np.bool_)
        self.nonresponse = 0.0
        self.traits: Traits
        self.data: dict[str, npt.NDArray[Any]] = {}
        self.shown: dict[str, _BoolArray] = {}
        self.units = units_of(instrument)
        self.places: dict[str, int] = {}
        for unit in self.units:
            self.places[unit.question.id] = unit.place
            self.places.update({column.name: unit.place for column in (*unit.columns, *unit.write_ins)})
        self.rules: dict[int, list[Rule]] = defaultdict(list)
        for rule in _rules(instrument):
            self.rules[rule.uses.place(self.places)].append(rule)
        self.waiting: dict[int, list[tuple[Target, Uses]]] = defaultdict(list)
        for target in targets.published:
            of, among = uses_of(target.of, instrument), Uses(frozenset(), frozenset())
            if target.among is not None:
                among = uses_of(target.among, instrument)
            uses = Uses(of.columns | among.columns, of.shown | among.shown)
            self.waiting[uses.place(self.places)].append((target, uses))

    def answers(self) -> Answers:
        """The answers so far, for conditions."""
        return Answers(self.instrument, self.data, self.rows, self.shown)

    def assumption(self, unit: Unit) -> Assumption:
        """What is assumed of a unit: of its own column, else of its question."""
        return self.targets.assumed.get(unit.name) or self.targets.assumed.get(unit.question.id) or Assumption()

    def tried(self, expr: Expr, columns: Mapping[str, _FloatArray]) -> tuple[_FloatArray, _BoolArray]:
        """Value of an expression under candidate answers.

        Parameters
        ----------
        expr
            Condition or number.
        columns
            Candidate values by column, ``(n, candidates)``.

        Returns
        -------
        tuple
            Value and whether it is known, ``(n, candidates)``.
        """
        candidates = next(iter(columns.values())).shape[1]
        needed = uses_of(expr, self.instrument)
        data = {
            name: columns[name].T.ravel() if name in columns else np.tile(self.data[name], candidates)
            for name in needed.columns
        }
        shown = {name: np.tile(self.shown[name], candidates) for name in needed.shown}
        values = Answers(self.instrument, data, self.rows * candidates, shown).value(expr)
        known = np.ones(len(values.data), np.bool_) if values.valid is None else values.valid
        shape = (candidates, self.rows)
        numbers = np.where(known, values.data, 0).astype(np.float64)
        return np.ascontiguousarray(numbers.reshape(shape).T), np.ascontiguousarray(known.reshape(shape).T)

    def permitted(self, rules: Sequence[Rule], columns: Mapping[str, _FloatArray]) -> _BoolArray:
        """Which candidate answers break no rule, ``(n, candidates)``; careless respondents may break all."""
        fine = np.ones(next(iter(columns.values())).shape, np.bool_)
        for rule in rules:
            value, known = self.tried(rule.require, columns)
            broken = known & ((value != 0) if rule.trap else (value == 0))
            if rule.when is not None:
                when, certain = self.tried(rule.when, columns)
                broken &= certain & (when != 0)
            fine &= ~broken
        fine[~self.obeys] = True
        return fine

    def demand(self, target: Target, columns: Mapping[str, _FloatArray], here: _BoolArray) -> Demand:
        """What each candidate answer adds to one target; only sound respondents count."""
        value, known = self.tried(target.of, columns)
        base = np.broadcast_to((self.sound & ~self.ended)[:, None], value.shape).astype(np.float64)
        if target.among is not None:
            among, certain = self.tried(target.among, columns)
            base = base * (certain & (among != 0))
        base = base * (here[:, None] if target.base == "asked" else known)
        event = value * known * base
        return _bounded(target, event, base)

    def refuse(self, unit: Unit, rows: _BoolArray, rules: Sequence[Rule]) -> None:
        """Say which rules leave no answer."""
        raise DataError(
            f"No answer to '{unit.name}' obeys {' and '.join(f'rule {rule.id}' for rule in rules) or 'its limits'} "
            f"for {int(rows.sum())} of {self.rows} respondents.",
            remedy="Check the rules of the instrument, or what is assumed of the questions before it.",
        )


def _bounded(target: Target, event: _FloatArray, base: _FloatArray) -> Demand:
    """Bounds within which a target is met as nearly as whole respondents can."""
    if target.kind == "mean":
        values = np.unique(event[base > 0])
        gap = float(np.diff(values).min()) if len(values) > 1 else 0.0
        return Demand(target, event, base, target.value, -gap / 2, gap / 2)
    if target.kind == "mode":
        return Demand(target, event, base, 0.0, -np.inf, np.inf)
    level = target.value / 100
    if target.kind == "share":
        return Demand(target, event, base, level, -0.5, 0.5)
    least = 1e-6 if target.kind == "more_than" else 0.0
    return Demand(target, event, base, level, least, np.inf)


def _rules(instrument: Instrument) -> list[Rule]:
    found = [
        Rule(check.id, check.when, check.require, False,
             _joined(uses_of(check.when, instrument), uses_of(check.require, instrument)))
        for check in instrument.checks
    ]  # fmt: skip
    for question in instrument.questions:
        for expr, trap in ((question.check, False), (question.fail_if, True)):
            if expr is not None:
                found.append(Rule(question.id, None, expr, trap, uses_of(expr, instrument)))
    return found


def _joined(first: Uses, second: Uses) -> Uses:
    return Uses(first.columns | second.columns, first.shown | second.shown)
