"""Reading a file of targets: plain YAML, checked against its instrument, all faults in one message."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from surveykit.errors import ExpressionError, InstrumentError, did_you_mean
from surveykit.expressions import Expr, parse
from surveykit.instrument import Instrument
from surveykit.instrument.loading import Place, Plain, Source, parse_yaml, read_yaml
from surveykit.instrument.resolution import is_condition, resolve
from surveykit.responses.simulation.records import Assumption, Base, Target, Targets

__all__ = ["parse_targets", "read_targets"]

_KINDS: Final = ("percent", "at_least", "more_than", "mode", "mean")
_TOP: Final = ("targets", "version", "title", "notes", "traits", "published", "assumed")
_TARGET: Final = ("id", "of", "among", "base", "source", "quote", "figure", *_KINDS)
_ASSUMPTION: Final = ("shares", "along", "order", "missing", "median", "spread", "texts")


def read_targets(path: str | Path, instrument: Instrument) -> Targets:
    """Read a file of targets.

    Parameters
    ----------
    path
        YAML file: ``published`` (a list of ``id``, ``of``, one of ``percent``, ``at_least``, ``more_than``, ``mode``,
        ``mean``, and optionally ``among``, ``base``, ``source``, ``quote``), ``assumed`` (by question) and ``traits``.
    instrument
        Whose answers the expressions are about.

    Raises
    ------
    InstrumentError
        Every fault of the file, each with its line.
    """
    return _targets(read_yaml(path), instrument)


def parse_targets(text: str, instrument: Instrument, *, name: str = "targets") -> Targets:
    """Read targets from YAML text, as :func:`read_targets` does from a file."""
    return _targets(parse_yaml(text, name=name), instrument)


def _targets(source: Source, instrument: Instrument) -> Targets:
    reader = _Reader(source, instrument)
    found = reader.read()
    if reader.faults:
        raise InstrumentError(
            f"{len(reader.faults)} faults in the targets:\n" + "\n".join(f"  {fault}" for fault in reader.faults)
            if len(reader.faults) > 1
            else reader.faults[0],
            remedy=f"Names are those of instrument '{instrument.name}'.",
        )
    return found


class _Reader:
    """One pass over the plain data; collects faults."""

    def __init__(self, source: Source, instrument: Instrument) -> None:
        self.source = source
        self.instrument = instrument
        self.faults: list[str] = []

    def read(self) -> Targets:
        top = self._mapping(self.source.data, (), _TOP)
        name = str(top.get("targets", ""))
        if name != self.instrument.name:
            self._fault(("targets",), f"'targets: {name}' is about another instrument than '{self.instrument.name}'.")
        traits = self._traits(top.get("traits"))
        listed = top.get("published") or []
        entries = listed if isinstance(listed, list) else []
        if not isinstance(listed, list):
            self._fault(("published",), "'published' should be a list.")
        published = [self._target(entry, ("published", place)) for place, entry in enumerate(entries)]
        kept = [target for target in published if target is not None]
        seen: set[str] = set()
        for place, target in enumerate(kept):
            if target.id in seen:
                self._fault(("published", place), f"Target '{target.id}' is listed twice.")
            seen.add(target.id)
        assumed = {
            str(key): self._assumption(str(key), entry, ("assumed", key), traits)
            for key, entry in self._mapping(top.get("assumed"), ("assumed",), None).items()
        }
        return Targets(name, tuple(kept), assumed, traits)

    def _traits(self, data: Plain) -> dict[str, dict[str, float]]:
        traits: dict[str, dict[str, float]] = {}
        for key, paths in self._mapping(data, ("traits",), None).items():
            place: Place = ("traits", key)
            found = self._numbers(paths, place)
            for parent in found:
                if parent not in traits:
                    self._fault(place, f"Trait '{key}' rests on '{parent}', which is not declared before it.")
            traits[str(key)] = {str(parent): value for parent, value in found.items() if parent in traits}
        return traits

    def _target(self, data: Plain, place: Place) -> Target | None:
        entry = self._mapping(data, place, _TARGET)
        identifier = str(entry.get("id") or "")
        kinds = [kind for kind in _KINDS if kind in entry]
        if not identifier or "of" not in entry or len(kinds) != 1:
            self._fault(place, f"A published number needs 'id', 'of' and exactly one of {', '.join(_KINDS)}.")
            return None
        kind, value = kinds[0], entry[kinds[0]]
        mode = kind == "mode"
        if not mode and (isinstance(value, bool) or not isinstance(value, int | float)):
            self._fault(place, f"Target '{identifier}': {kind} should be a number, not {value!r}.")
            return None
        amount = 0.0 if mode else float(cast("float", value))
        if kind in ("percent", "at_least", "more_than") and not 0 <= amount <= 100:
            self._fault(place, f"Target '{identifier}': {amount:g} is no percentage from 0 to 100.")
        base = str(entry.get("base", "known"))
        if base not in ("known", "asked"):
            self._fault(place, f"Target '{identifier}': base '{base}' is neither 'known' nor 'asked'.")
        of = self._expression(entry["of"], place, identifier)
        among_text = str(entry.get("among") or "")
        among = self._expression(among_text, place, identifier) if among_text else None
        if of is None or (among_text and among is None):
            return None
        if is_condition(resolve(of, self.instrument)) == (kind == "mean"):
            wanted = "number" if kind == "mean" else "condition"
            self._fault(place, f"Target '{identifier}': 'of' should be a {wanted}.")
        return Target(
            identifier, of, str(entry["of"]), "share" if kind == "percent" else kind, amount, among,
            among_text, cast("Base", base), str(entry.get("source") or ""), str(entry.get("quote") or ""),
        )  # fmt: skip

    def _expression(self, text: Plain, place: Place, identifier: str) -> Expr | None:
        try:
            found = parse(str(text))
            resolve(found, self.instrument)
        except ExpressionError as error:
            self._fault(place, f"Target '{identifier}': {error}")
            return None
        return found

    def _assumption(self, key: str, data: Plain, place: Place, traits: Mapping[str, object]) -> Assumption:
        entry = self._mapping(data, place, _ASSUMPTION)
        ids = [question.id for question in self.instrument.questions]
        if key not in ids and key not in self.instrument.columns:
            self._fault(place, f"'{key}' is no question or column. {did_you_mean(key, ids)}")
            return Assumption()
        question = self.instrument.question(key if key in ids else self.instrument.columns[key].question)
        codes = [option.code for option in question.options]
        shares = self._numbers(entry.get("shares"), (*place, "shares"))
        order = entry.get("order") or []
        along = self._numbers(entry.get("along"), (*place, "along"))
        for code in [*shares, *(order if isinstance(order, list) else [])]:
            if code not in codes:
                self._fault(place, f"'{key}' has no option {code!r}.")
        for code, share in shares.items():
            if share < 0 or (question.answer == "multi" and share > 100):
                self._fault(place, f"'{key}': {share:g} for code {code} is not a share.")
        for trait in along:
            if trait not in traits:
                self._fault(place, f"Trait '{trait}' is not declared. {did_you_mean(str(trait), traits)}")
        missing, median, spread = (self._number(entry.get(name), place) for name in ("missing", "median", "spread"))
        if missing is not None and not 0 <= missing < 1:
            self._fault(place, f"'{key}': missing is a share from 0 to below 1, not {missing:g}.")
        if median is not None and median <= 0:
            self._fault(place, f"'{key}': the median {median:g} is not above zero.")
        texts = entry.get("texts") or []
        return Assumption(
            {code: share for code, share in shares.items() if isinstance(code, int)},
            {str(trait): value for trait, value in along.items() if trait in traits},
            tuple(code for code in order if isinstance(code, int)) if isinstance(order, list) else (),
            missing or 0.0, median, 0.5 if spread is None else spread,
            tuple(str(text) for text in texts) if isinstance(texts, list) else (str(texts),),
        )  # fmt: skip

    def _mapping(self, data: Plain, place: Place, allowed: tuple[str, ...] | None) -> dict[str | int, Plain]:
        if data is None:
            return {}
        if not isinstance(data, dict):
            self._fault(place, f"'{place[-1] if place else 'file'}' should hold names and values.")
            return {}
        for key in data:
            if allowed is not None and key not in allowed:
                self._fault((*place, key), f"'{key}' is not known here. {did_you_mean(str(key), allowed)}")
        return data

    def _numbers(self, data: Plain, place: Place) -> dict[str | int, float]:
        found: dict[str | int, float] = {}
        for key, value in self._mapping(data, place, None).items():
            number = self._number(value, place)
            if number is not None:
                found[key] = number
        return found

    def _number(self, value: Plain, place: Place) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._fault(place, f"{value!r} should be a number.")
            return None
        return float(value)

    def _fault(self, place: Place, text: str) -> None:
        self.faults.append(f"{self.source.name}:{self.source.line(place)}: {text}")
