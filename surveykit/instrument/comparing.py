"""Two versions of an instrument compared: what changed, and whether data of one can be read with the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Option, Question

__all__ = ["Change", "compare_instruments"]


@dataclass(frozen=True)
class Change:
    """One difference.

    Parameters
    ----------
    effect
        ``"data"``: codes, columns or bands mean something else, so answers do not pool; ``"routing"``: other people
        are asked; ``"wording"``: the same thing asked in other words; ``"added"``: something is new.
    where, what, old, new
        Place, the thing that changed, and its values (None: absent).
    """

    effect: Literal["data", "routing", "wording", "added"]
    where: str
    what: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        return f"{self.effect:8} {self.where}: {self.what}: {self.old or '-'} -> {self.new or '-'}"


def compare_instruments(old: Instrument, new: Instrument) -> tuple[Change, ...]:
    """List what changed between two versions, the changes that break data first.

    Examples
    --------
    >>> from surveykit.instrument import parse_instrument
    >>> text = '''
    ... instrument: tiny
    ... version: 1.0.0
    ... title: Tiny
    ... unit: firm
    ... languages: [en]
    ... questions:
    ...   - {id: X1, type: single, label: Any exports, options: {1: "Yes", 2: "No"}}
    ... '''
    >>> for change in compare_instruments(parse_instrument(text), parse_instrument(text.replace("2: ", "3: "))):
    ...     print(change)
    data     X1: option 2: No -> -
    added    X1: option 3: - -> No
    """
    found = [*_instrument(old, new), *_questions(old, new), *_derived(old, new), *_checks(old, new)]
    order = ("data", "routing", "wording", "added")
    return tuple(sorted(found, key=lambda change: order.index(change.effect)))


def _texts(where: str, what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for language in dict.fromkeys((*old, *new)):
        if old.get(language) != new.get(language):
            yield Change("wording", where, f"{what} [{language}]", old.get(language), new.get(language))


def _instrument(old: Instrument, new: Instrument) -> Iterator[Change]:
    yield from _texts("title", "text", old.title, new.title)
    for name in ("version", "unit", "languages", "keys", "constants"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            effect: Literal["data", "wording"] = "wording" if name in ("version", "languages") else "data"
            yield Change(effect, "instrument", name, str(before), str(after))
    for module in old.modules:
        later = new.module(module.id)
        if later is not None:
            yield from _texts(f"module {module.id}", "title", module.title, later.title)
            if module.ask_if != later.ask_if:
                yield Change(
                    "routing", f"module {module.id}", "ask_if", module.texts.get("ask_if"), later.texts.get("ask_if")
                )


def _questions(old: Instrument, new: Instrument) -> Iterator[Change]:
    before = {question.id: question for question in old.questions}
    after = {question.id: question for question in new.questions}
    for name in before.keys() - after.keys():
        yield Change("data", name, "question", before[name].type, None)
    for name in after.keys() - before.keys():
        yield Change("added", name, "question", None, after[name].type)
    shared = [name for name in before if name in after]
    if shared != [name for name in after if name in before]:
        yield Change("routing", "questions", "order", ", ".join(shared), ", ".join(n for n in after if n in before))
    for name in shared:
        yield from _question(before[name], after[name])
        gone = set(_names(old, name)) - set(_names(new, name))
        if gone:
            yield Change("data", name, "columns", ", ".join(sorted(gone)), None)


def _names(instrument: Instrument, question: str) -> list[str]:
    return [column.name for column in instrument.columns.of(question)]


def _question(old: Question, new: Question) -> Iterator[Change]:
    for name in ("type", "answer", "unit", "whole", "over", "limit", "minimum", "maximum", "default", "ordered"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change("data", old.id, name, _said(before), _said(after))
    for name in ("ask_if", "administer_if", "check"):
        if getattr(old, name) != getattr(new, name):
            yield Change("routing", old.id, name, old.texts.get(name), new.texts.get(name))
    if old.otherwise != new.otherwise:
        yield Change(
            "data", old.id, "else", _said([c.code for c in old.otherwise]), _said([c.code for c in new.otherwise])
        )
    if old.offer != new.offer:
        yield Change("data", old.id, "offer", _said(list(old.offer)), _said(list(new.offer)))
    yield from _texts(old.id, "label", old.label, new.label)
    yield from _options(old.id, "option", old.options, new.options)
    yield from _options(old.id, "row", old.rows, new.rows)


def _said(value: Any) -> str | None:
    return None if value in (None, [], ()) else str(value)


def _options(where: str, what: str, old: tuple[Option, ...], new: tuple[Option, ...]) -> Iterator[Change]:
    before, after = {option.code: option for option in old}, {option.code: option for option in new}
    for code in dict.fromkeys((*before, *after)):
        first, second = before.get(code), after.get(code)
        if first is None and second is not None:
            yield Change("added", where, f"{what} {code}", None, next(iter(second.label.values()), ""))
        elif second is None and first is not None:
            yield Change("data", where, f"{what} {code}", next(iter(first.label.values()), ""), None)
        elif first is not None and second is not None:
            yield from _texts(where, f"{what} {code}", first.label, second.label)
            for name in ("lo", "hi", "closed", "mid", "exclusive", "name", "end", "maps_to", "trap"):
                if getattr(first, name) != getattr(second, name):
                    yield Change(
                        "data", where, f"{what} {code} {name}", str(getattr(first, name)), str(getattr(second, name))
                    )


def _derived(old: Instrument, new: Instrument) -> Iterator[Change]:
    before, after = {d.id: d for d in old.derived}, {d.id: d for d in new.derived}
    for name in dict.fromkeys((*before, *after)):
        first, second = before.get(name), after.get(name)
        if first is None or second is None:
            yield Change(
                "data" if second is None else "added", name, "derived", _said(first and name), _said(second and name)
            )
        elif (first.value, first.cases, first.missing_as) != (second.value, second.cases, second.missing_as):
            yield Change("data", name, "derived", _rule(first), _rule(second))


def _rule(derived: Any) -> str:
    return derived.texts.get("value") or "; ".join(f"{case.code} if {case.text}" for case in derived.cases)


def _checks(old: Instrument, new: Instrument) -> Iterator[Change]:
    before, after = {c.id: c for c in old.checks}, {c.id: c for c in new.checks}
    for name in dict.fromkeys((*before, *after)):
        first, second = before.get(name), after.get(name)
        if first is None or second is None or (first.when, first.require, first.severity) != (
            second.when, second.require, second.severity
        ):  # fmt: skip
            yield Change(
                "added" if first is None else "data", name, "check", first.texts["require"] if first else None,
                second.texts["require"] if second else None,
            )  # fmt: skip
