"""The units in which an interview is answered: one question, one row of a grid or one item of a loop at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from surveykit.expressions import Column as Name
from surveykit.expressions import Expr, walk
from surveykit.instrument import Column, Instrument, Option, Question
from surveykit.instrument.resolution import resolve

__all__ = ["Unit", "Uses", "units_of", "uses_of"]


@dataclass(frozen=True)
class Unit:
    """One thing that is answered at once.

    Attributes
    ----------
    place
        Position in the interview.
    columns, write_ins
        Columns of the answer, and of the texts that go with options.
    """

    place: int
    question: Question
    item: Option | None
    columns: tuple[Column, ...]
    write_ins: tuple[Column, ...]

    @property
    def name(self) -> str:
        """Question id, or the column where a question has one per row or item."""
        single = len(self.columns) == 1 and self.item is not None
        return self.columns[0].name if single else self.question.id


@dataclass(frozen=True)
class Uses:
    """Columns an expression looks at, and questions of which it asks whether they were shown."""

    columns: frozenset[str]
    shown: frozenset[str]

    def place(self, places: Mapping[str, int]) -> int:
        """Position of the last unit that the expression needs; `places` by column and by question id."""
        return max((places[name] for name in (*self.columns, *self.shown)), default=-1)


def units_of(instrument: Instrument) -> tuple[Unit, ...]:
    """All units in the order of the interview."""
    return tuple(_units(instrument))


def _units(instrument: Instrument) -> Iterator[Unit]:
    place = 0
    for question in instrument.questions:
        for item in instrument.items(question) or (None,):
            columns = instrument.columns.of(question.id, item=item.code if item else None)
            if columns:
                answers = tuple(column for column in columns if not column.write_in)
                yield Unit(place, question, item, answers, tuple(column for column in columns if column.write_in))
                place += 1


def uses_of(expr: Expr, instrument: Instrument) -> Uses:
    """Follow an expression through derived variables, edges and items to the columns it rests on."""
    derived = {variable.id: variable for variable in instrument.derived}
    columns, shown, seen = set[str](), set[str](), set[str]()
    pending = [resolve(expr, instrument)]
    while pending:
        for node in walk(pending.pop()):
            if not isinstance(node, Name) or node.name in seen:
                continue
            seen.add(node.name)
            inner = node.name.partition("(")[2].removesuffix(")") or node.name
            if node.name.startswith("shown("):
                shown.add(inner)
            elif inner in derived:
                variable = derived[inner]
                parts = [variable.value] if variable.value else [case.when for case in variable.cases]
                pending.extend(resolve(part, instrument) for part in parts)
            elif inner in instrument.columns:
                column = instrument.columns[inner]
                columns.add(column.name)
                over = instrument.question(column.question).over
                if node.name.startswith("item(") and over is not None and over not in instrument.lists:
                    columns.update(choice.name for choice in instrument.columns.choices(over))
    return Uses(frozenset(columns), frozenset(shown))
