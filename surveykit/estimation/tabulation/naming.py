"""From names of questions and variables to what is tabulated and what stands across."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surveykit.errors import ColumnError, EstimationError, did_you_mean, listing
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.tabulation.across import Across, Levels, Nested, Ticks
from surveykit.estimation.tabulation.asked import Asked, Boxes, Choice, Number, Open
from surveykit.expressions import Column as Named
from surveykit.expressions import Compare, Expr
from surveykit.expressions import Literal as Constant
from surveykit.instrument import Column, Instrument, label_text
from surveykit.survey import COUNTS_COLUMN, WEIGHT_COLUMN, Survey

__all__ = ["Banner", "Names", "Nets", "Question", "Scores"]

#: A question, column or expression; or a name and the boxes that it joins.
Question = str | Mapping[str, Sequence[str]]

#: A question, column or expression, several of them nested, or a name and the boxes that it joins.
Banner = str | Sequence[str] | Mapping[str, Sequence[str]]

#: Levels that each net joins, by question and name.
Nets = Mapping[str, Mapping[str, Sequence[object]]]

#: Number of each level, by question.
Scores = Mapping[str, Mapping[object, float]]

#: A text with more different answers is an open one.
_MAX_LEVELS = 40

_SCALE = 4
_NO_TABLE = ("note", "hidden")


@dataclass(frozen=True)
class Names:
    """Finds what names stand for.

    Parameters
    ----------
    survey
        The data.
    instrument
        What was asked; None for plain data.
    nets, scores
        As declared, by question.
    responses
        Whether boxes get lines with the percent of responses.
    """

    survey: Survey
    instrument: Instrument | None
    nets: Nets
    scores: Scores
    responses: bool

    @property
    def language(self) -> str:
        """Language of the labels in the data."""
        return self.instrument.published if self.instrument is not None else ""

    def known(self) -> list[str]:
        """Names of everything that can be tabulated."""
        if self.instrument is None:
            return [name for name in self.survey.engine.columns if name not in (COUNTS_COLUMN, WEIGHT_COLUMN)]
        asked = [one.id for one in self.instrument.questions if one.type not in _NO_TABLE]
        return [*asked, *(one.id for one in self.instrument.derived if one.id in self.survey.engine.columns)]

    def asked(self, given: Question) -> Iterator[Asked]:
        """Tables of one question: several where each row of a grid has its own."""
        if isinstance(given, Mapping):
            for name, boxes in given.items():
                items = tuple((box, self._short(box)) for box in boxes)
                yield self._boxes(name, items, name, [True] * len(items))
            return
        if self.instrument is not None and any(one.id == given for one in self.instrument.questions):
            yield from self._question(self.instrument, given)
            return
        yield self._variable(given)

    def _question(self, instrument: Instrument, name: str) -> Iterator[Asked]:
        question = instrument.question(name)
        there = [one for one in instrument.columns.of(name) if one.name in self.survey.engine.columns]
        if question.type in _NO_TABLE or not there:
            raise EstimationError(f"Question '{name}' has no answers in the data.", remedy="Leave it out.")
        for item in dict.fromkeys(one.item for one in there):
            columns = [one for one in there if one.item == item and not one.write_in]
            boxes = [one for one in columns if one.kind in ("indicator", "rank")]
            if not boxes:
                yield from (self._variable(one.name) for one in columns)
                continue
            wording = label_text(question.label, self.language)
            whole = name
            if item is not None:
                whole = boxes[0].name.rpartition("_")[0]
                part = next((one.label for one in instrument.items(question) if one.code == item), {})
                wording = f"{wording} - {label_text(part, self.language)}" if part else wording
            items = tuple((one.name, self._option(one)) for one in boxes)
            counted = [one.option not in question.exclusive_codes for one in boxes]
            last = {one.code for one in question.options if one.anchored}
            made = self._boxes(whole, items, wording, counted, ranks=boxes[0].kind == "rank")
            yield replace(made, anchored=tuple(place for place, one in enumerate(boxes) if one.option in last))

    def _option(self, column: Column) -> str:
        assert self.instrument is not None
        question = self.instrument.question(column.question)
        if column.option is None:
            return column.name
        return label_text(question.option(column.option).label, self.language) or column.name

    def _short(self, name: str) -> str:
        """Wording of a box of its own, or its name."""
        if self.instrument is not None and name in self.instrument.columns:
            return label_text(self.instrument.columns[name].short, self.language) or name
        return name

    def _boxes(
        self, name: str, items: tuple[tuple[str, str], ...], wording: str, counted: list[bool], *, ranks: bool = False
    ) -> Boxes:
        if not items:
            raise EstimationError(f"'{name}' joins no boxes.", remedy="Name the columns that were ticked.")
        exprs = [self.survey.expression(box) for box, _ in items]
        if ranks:
            wording = f"{wording} (ranked first)"
            exprs = [Compare("==", expr, Constant(1)) for expr in exprs]
        for (box, _), expr in zip(items, exprs, strict=True):
            if self.survey.engine.describe(expr).categories is not None:
                raise EstimationError(
                    f"'{box}' holds labels, and a box is ticked or not.",
                    remedy=f"Say when it is, as \"{box} == 'Yes'\".",
                )
        places = {key: place for place, pair in enumerate(items) for key in pair}
        nets = tuple(self._net(name, net, joined, places, len(items)) for net, joined in self._declared(name).items())
        return Boxes(
            name,
            tuple(exprs),
            wording if wording != name else "",
            items=items,
            counted=tuple(counted),
            nets=nets,
            responses=self.responses and not ranks,
            definition=_joined(nets, [label for _, label in items]),
        )

    def _declared(self, name: str) -> Mapping[str, Sequence[object]]:
        return self.nets.get(name, {})

    @staticmethod
    def _net(
        name: str, net: str, joined: Sequence[object], places: Mapping[Any, int], size: int
    ) -> tuple[str, tuple[bool, ...]]:
        for one in joined:
            if one not in places:
                raise EstimationError(
                    f"Net '{net}' of '{name}' joins {one!r}, which is no level of it.",
                    remedy=did_you_mean(str(one), [str(level) for level in places]),
                )
        inside = {places[one] for one in joined}
        return net, tuple(place in inside for place in range(size))

    def _variable(self, name: str) -> Asked:
        """One column or expression."""
        expr = self.survey.expression(name)
        kind = self.survey.engine.describe(expr)
        column = self._column(expr)
        wording = self._wording(name)
        if column is not None and column.kind in ("text", "date"):
            return Open(name, (Open.reading(expr),), wording)
        if kind.categories is None and kind.data.dtype.kind != "b":
            unit = (column.unit or "") if column is not None else ""
            return Number(name, (expr,), wording, unit)
        if kind.categories is not None and len(kind.categories) > _MAX_LEVELS and column is None:
            return Open(name, (Open.reading(expr),), wording)
        levels = keys_for(self.survey, name if not isinstance(expr, Named) else expr.name)[0].levels
        return self._choice(Choice(name, (expr,), wording, levels=levels), column, expr)

    def _choice(self, choice: Choice, column: Column | None, expr: Expr) -> Choice:
        kind = self.survey.engine.describe(expr)
        levels, name = choice.levels, choice.name
        # Only an instrument says which ordered answers are a rating, and which of them are none ("don't know").
        anchored = () if column is None else self._anchored(column)
        rating = column is not None and column.kind == "ordered" and kind.edges is None
        scale = [place for place in range(len(levels)) if place not in anchored] if rating else []
        places = {level: place for place, level in enumerate(levels)}
        nets = [self._net(name, net, joined, places, len(levels)) for net, joined in self._declared(name).items()]
        if not nets and name not in self.nets and len(scale) >= _SCALE:
            ends = (("Top two", scale[-2:]), ("Bottom two", scale[:2]))
            nets = [(net, tuple(place in chosen for place in range(len(levels)))) for net, chosen in ends]
        texts = [str(level) for level in levels]
        scores, said = self._scored(name, levels, scale)
        if scores is None and kind.edges is not None and np.isfinite(kind.edges["mid"]).all():
            scores, said = tuple(float(one) for one in kind.edges["mid"]), "Mean of the middles of the bands"
        definition = "; ".join(part for part in (_joined(nets, texts), said) if part)
        return replace(
            choice, nets=tuple(nets), scores=scores, ordered=kind.ordered, anchored=anchored, definition=definition
        )

    def _anchored(self, column: Column) -> tuple[int, ...]:
        """Places of options that stay at the end of a list."""
        assert self.instrument is not None
        options = self.instrument.question(column.question).options
        last = {one.code for one in options if one.anchored}
        return tuple(place for place, code in enumerate(column.values) if code in last)

    def _scored(self, name: str, levels: Sequence[object], scale: list[int]) -> tuple[tuple[float, ...] | None, str]:
        """Number of each level, declared or its place on a scale, and how it is to be read."""
        declared = self.scores.get(name)
        if declared is not None:
            unknown = [one for one in declared if one not in levels]
            if unknown:
                raise EstimationError(
                    f"The scores of '{name}' name {unknown[0]!r}, which is no level of it.",
                    remedy=f"Its levels are {listing([str(level) for level in levels])}.",
                )
            found = tuple(float(declared.get(level, np.nan)) for level in levels)
        elif len(scale) >= _SCALE:
            places = {place: float(number) for number, place in enumerate(scale, start=1)}
            found = tuple(places.get(place, np.nan) for place in range(len(levels)))
        else:
            return None, ""
        pairs = [f"{score:g} = {level}" for level, score in zip(levels, found, strict=True) if np.isfinite(score)]
        return found, f"Mean of a scale, {pairs[0]} to {pairs[-1]}"

    def _column(self, expr: Expr) -> Column | None:
        if self.instrument is None or not isinstance(expr, Named) or expr.name not in self.instrument.columns:
            return None
        return self.instrument.columns[expr.name]

    def _wording(self, name: str) -> str:
        if self.instrument is None:
            return ""
        if name in self.instrument.columns:
            return label_text(self.instrument.columns[name].label, self.language)
        derived = next((one for one in self.instrument.derived if one.id == name), None)
        return "" if derived is None else label_text(derived.label, self.language)

    def across(self, given: Banner) -> Across:
        """Columns of one banner variable.

        ``"a > b"`` nests b in a where both are questions or variables with levels; with numbers it is a comparison.
        """
        if isinstance(given, Mapping):
            if len(given) != 1:
                raise EstimationError(
                    f"A banner of boxes has one name, not {len(given)}.",
                    remedy="List the others as banners of their own.",
                )
            ((name, boxes),) = given.items()
            return self._ticks(name, "", [(box, self._short(box)) for box in boxes])
        if not isinstance(given, str):
            return self._nested(given)
        parts = [part.strip() for part in given.split(">")]
        if len(parts) > 1 and all(self._groupable(part) for part in parts):
            return self._nested(parts)
        return self._one(given)

    def _nested(self, parts: Sequence[str]) -> Across:
        if not parts:
            raise EstimationError("A nested banner names no variable.", remedy='Write for example "sector > size".')
        found = self._one(parts[-1])
        for part in reversed(parts[:-1]):
            outer = self._one(part)
            found = Nested((*outer.exprs, *found.exprs), outer, found)
        return found

    def _groupable(self, name: str) -> bool:
        if self.instrument is not None and any(one.id == name for one in self.instrument.questions):
            return True
        if name not in self.survey.engine.columns:
            return False
        kind = self.survey.engine.describe(Named(name))
        return kind.categories is not None or kind.data.dtype.kind == "b"

    def _one(self, name: str) -> Across:
        if self.instrument is not None:
            question = next((one for one in self.instrument.questions if one.id == name), None)
            boxes = [] if question is None else self.instrument.columns.choices(name)
            if question is not None and boxes and question.type != "loop":
                there = [one for one in boxes if one.name in self.survey.engine.columns]
                label = label_text(question.label, self.language)
                return self._ticks(name, label, [(one.name, self._option(one)) for one in there])
        expr = self.survey.expression(name)
        key = keys_for(self.survey, expr.name if isinstance(expr, Named) else name)[0]
        if len(key.levels) > _MAX_LEVELS:
            raise EstimationError(
                f"Banner '{name}' has {len(key.levels)} levels, more than {_MAX_LEVELS}.", remedy="Merge levels first."
            )
        return Levels((expr,), name, self._wording(name), key.levels)

    def _ticks(self, name: str, label: str, items: Sequence[tuple[str, str]]) -> Ticks:
        if not items:
            raise ColumnError(name, self.survey.engine.columns)
        exprs = tuple(self.survey.expression(box) for box, _ in items)
        for (box, _), expr in zip(items, exprs, strict=True):
            if self.survey.engine.describe(expr).categories is not None:
                raise EstimationError(
                    f"'{box}' holds labels, and a box is ticked or not.",
                    remedy=f"Say when it is, as \"{box} == 'Yes'\".",
                )
        return Ticks(exprs, name, label, tuple(items))


def _joined(nets: Sequence[tuple[str, tuple[bool, ...]]], texts: Sequence[str]) -> str:
    """What each net joins, in words."""
    shown = []
    for net, inside in nets:
        own = [text for text, chosen in zip(texts, inside, strict=True) if chosen]
        shown.append(f"{net}: {', '.join(own)}")
    return "; ".join(shown)
