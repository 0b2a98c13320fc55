"""What is tabulated of a question: for every row of the data some terms, for every row of the table a ratio of two.

A share is the sum of an indicator over the sum of another, a mean the sum of a number over the sum of an indicator. So
every line of a table is a :class:`Measure` of the question's terms, whatever the question is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray
from surveykit.engine.grouping import key_codes
from surveykit.expressions import Call, Expr, Values
from surveykit.expressions.values import BoolArray
from surveykit.results import Heading

__all__ = ["Asked", "Boxes", "Choice", "Measure", "Number", "Open"]

_Coded = npt.NDArray[Any]


@dataclass(frozen=True)
class Measure:
    """One line of a table: the sum of one term over that of another.

    Parameters
    ----------
    heading
        Its heading.
    top, base
        Terms above and below.
    products
        Terms that are the products top x top, top x base and base x base.
    share
        Whether it is a share (0-1).
    shift
        Added to the ratio: numbers are summed from near their middle.
    """

    heading: Heading
    top: int
    base: int
    products: tuple[int, int, int]
    share: bool = True
    shift: float = 0.0

    @property
    def counted(self) -> int:
        """Term that counts the rows behind it: its base, or who answered at all where the base is no indicator."""
        return self.base if self.products[2] == self.base else 0

    @property
    def indicator(self) -> bool:
        """Whether the top is an indicator of rows of the base."""
        return self.share and self.products[:2] == (self.top, self.top)


@dataclass(frozen=True)
class Asked:
    """One question to tabulate.

    Parameters
    ----------
    name
        Of the question or column, or the expression.
    exprs
        What is read of each row.
    wording
        As asked; empty where it is not known.
    unit
        Of numbers.
    definition
        What nets and means of its table are, in words.
    """

    name: str
    exprs: tuple[Expr, ...]
    wording: str = ""
    unit: str = ""
    definition: str = ""

    @property
    def sortable(self) -> bool:
        """Whether its answers have no order of their own."""
        return False

    @property
    def last(self) -> tuple[int, ...]:
        """Places of answers that stay at the end however large: other, none, don't know."""
        return ()

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Lines of its table."""
        raise NotImplementedError

    def encode(self, values: Sequence[Values]) -> _Coded:
        """Values of some rows in a compact form ``(m, width)``; missing ones are told apart."""
        raise NotImplementedError

    def centred(self, coded: _Coded) -> Asked:
        """Return the question with its numbers measured from their middle."""
        return self

    def terms(self, coded: _Coded) -> FloatArray:
        """Terms ``(m, J)`` of some rows."""
        raise NotImplementedError


@dataclass(frozen=True)
class Choice(Asked):
    """One answer among levels.

    Parameters
    ----------
    levels
        In their order.
    nets
        Name of each net and ``(L,)`` which levels it joins.
    scores
        ``(L,)`` number of each level, NaN for those outside the scale; None without a mean.
    ordered
        Whether the levels have an order.
    anchored
        Places of levels that stay at the end when the others are sorted.
    """

    levels: tuple[object, ...] = ()
    nets: tuple[tuple[str, tuple[bool, ...]], ...] = ()
    scores: tuple[float, ...] | None = None
    ordered: bool = False
    anchored: tuple[int, ...] = ()

    @property
    def sortable(self) -> bool:
        """Nominal answers."""
        return not self.ordered

    @property
    def last(self) -> tuple[int, ...]:
        """Those of the instrument that stay at the end."""
        return self.anchored

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Levels, nets, mean."""
        found = []
        for place, level in enumerate(self.levels, start=1):
            found.append(Measure(self._heading(level, "level"), place, 0, (place, place, 0)))
        for place, (name, _) in enumerate(self.nets, start=1 + len(self.levels)):
            found.append(Measure(self._heading(name, "net"), place, 0, (place, place, 0)))
        if self.scores is not None:
            base = 1 + len(self.levels) + len(self.nets)
            heading = Heading(self.name, "mean", "mean", question=self.wording)
            found.append(Measure(heading, base + 1, base, (base + 2, base + 1, base), share=False, shift=self._middle))
        return tuple(found)

    def _heading(self, level: object, kind: Any) -> Heading:
        return Heading(self.name, level, kind, question=self.wording)

    @property
    def _middle(self) -> float:
        known = np.array([score for score in self.scores or () if np.isfinite(score)])
        return float(np.median(known)) if len(known) else 0.0

    @cached_property
    def _lookup(self) -> FloatArray:
        """Terms of each level ``(L + 1, J)``; the last line is that of a missing answer."""
        size = len(self.levels)
        columns = [np.ones(size), *np.eye(size), *(np.array(one, np.float64) for _, one in self.nets)]
        if self.scores is not None:
            scores = np.array(self.scores)
            scored = np.isfinite(scores)
            centred = np.where(scored, scores - self._middle, 0.0)
            columns += [scored.astype(np.float64), centred, centred**2]
        return np.vstack([np.column_stack(columns), np.zeros(len(columns))])

    def encode(self, values: Sequence[Values]) -> _Coded:
        """Position of the answer among the levels, the number of levels where it is missing, ``(m, 1)``."""
        codes, valid = key_codes(values[0], self.levels)
        known = codes if valid is None else np.where(valid, codes, len(self.levels))
        return known.astype(np.int16)[:, None]

    def terms(self, coded: _Coded) -> FloatArray:
        """Whether answered, each level, each net, then what the mean needs."""
        return self._lookup[coded[:, 0]]


@dataclass(frozen=True)
class Boxes(Asked):
    """Boxes of which a respondent may tick several.

    A respondent counts if all boxes are known.

    Parameters
    ----------
    items
        Column and wording of each box.
    counted
        ``(k,)`` boxes whose ticks are responses: not "none of these".
    nets
        Name of each net and ``(k,)`` the boxes of which one at least is ticked.
    responses
        Whether lines with the percent of responses are wanted.
    anchored
        Places of boxes that stay at the end when the others are sorted.
    """

    items: tuple[tuple[str, str], ...] = ()
    counted: tuple[bool, ...] = ()
    nets: tuple[tuple[str, tuple[bool, ...]], ...] = ()
    responses: bool = False
    anchored: tuple[int, ...] = ()

    @property
    def sortable(self) -> bool:
        """Boxes have no order."""
        return True

    @property
    def last(self) -> tuple[int, ...]:
        """Boxes that stay at the end."""
        return self.anchored

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Percent of respondents and nets, percent of responses, responses per respondent."""
        size, wide = len(self.items), len(self.items) + len(self.nets)
        found = []
        for place, (name, label) in enumerate(self.items, start=1):
            heading = Heading(self.name, name, "level", label, self.wording)
            found.append(Measure(heading, place, 0, (place, place, 0)))
        for place, (name, _) in enumerate(self.nets, start=1 + size):
            found.append(Measure(Heading(self.name, name, "net", question=self.wording), place, 0, (place, place, 0)))
        number, square = wide + 1, wide + 2
        if self.responses:
            for place, (name, label) in enumerate(self.items, start=1):
                if self.counted[place - 1]:
                    heading = Heading(self.name, name, "response", label, self.wording)
                    found.append(Measure(heading, place, number, (place, wide + 2 + place, square)))
        heading = Heading(self.name, "responses per respondent", "mean", question=self.wording)
        return (*found, Measure(heading, number, 0, (square, number, 0), share=False))

    def encode(self, values: Sequence[Values]) -> _Coded:
        """1 ticked, 0 not, -1 missing, ``(m, k)``."""
        columns = [np.where(one.true(), 1, 0) if one.valid is None else np.where(one.valid, one.true(), -1)
                   for one in values]  # fmt: skip
        return np.column_stack(columns).astype(np.int8)

    def terms(self, coded: _Coded) -> FloatArray:
        """Whether answered, each box, each net, the number of ticks and its square, each box times that number."""
        known: BoolArray = np.all(coded >= 0, axis=1)
        ticked = ((coded == 1) & known[:, None]).astype(np.float64)
        nets = [ticked[:, np.array(one, np.bool_)].any(axis=1) for _, one in self.nets]
        number = ticked[:, np.array(self.counted, np.bool_)].sum(axis=1)
        columns = [known, ticked, *nets, number, number**2, ticked * number[:, None]]
        return np.column_stack(columns[:-1] if not self.responses else columns).astype(np.float64, copy=False)


@dataclass(frozen=True)
class Number(Asked):
    """A number: its mean (medians are read elsewhere)."""

    shift: float = 0.0

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Mean."""
        heading = Heading(self.name, "mean", "mean", question=self.wording)
        return (Measure(heading, 1, 0, (2, 1, 0), share=False, shift=self.shift),)

    def encode(self, values: Sequence[Values]) -> _Coded:
        """The number, NaN where missing, ``(m, 1)``."""
        (one,) = values
        data = one.data.astype(np.float64)
        return (data if one.valid is None else np.where(one.valid, data, np.nan))[:, None]

    def centred(self, coded: _Coded) -> Asked:
        """Return the question with its numbers measured from their mean."""
        known = coded[np.isfinite(coded)]
        return replace(self, shift=float(known.mean()) if len(known) else 0.0)

    def terms(self, coded: _Coded) -> FloatArray:
        """Whether answered, the centred number, its square."""
        known = np.isfinite(coded[:, 0])
        centred = np.where(known, coded[:, 0] - self.shift, 0.0)
        return np.column_stack([known.astype(np.float64), centred, centred**2])


@dataclass(frozen=True)
class Open(Asked):
    """An open answer: who gave one."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Share with an answer."""
        return (Measure(Heading(self.name, "answered", "level", question=self.wording), 1, 0, (1, 1, 0)),)

    @staticmethod
    def reading(expr: Expr) -> Expr:
        """What is read: whether the answer is missing."""
        return Call("missing", (expr,))

    def encode(self, values: Sequence[Values]) -> _Coded:
        """1 answered, 0 not, ``(m, 1)``."""
        missing: BoolArray = values[0].true()
        return (~missing).astype(np.int8)[:, None]

    def terms(self, coded: _Coded) -> FloatArray:
        """Everyone, and who answered."""
        return np.column_stack([np.ones(len(coded)), coded[:, 0].astype(np.float64)])
