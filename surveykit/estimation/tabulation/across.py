"""What stands across a banner: everyone, the levels of a variable, ticked boxes, one nested in another.

Every column is a domain of the rows. Columns of one group may overlap, as boxes do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.engine.grouping import key_codes
from surveykit.expressions import Expr, Values
from surveykit.expressions.values import BoolArray
from surveykit.results import Heading

__all__ = ["Across", "Everyone", "Levels", "Nested", "Ticks"]

_Coded = npt.NDArray[Any]


@dataclass(frozen=True)
class Across:
    """A group of columns.

    Parameters
    ----------
    exprs
        What is read of each row.
    """

    exprs: tuple[Expr, ...]

    @property
    def headings(self) -> tuple[Heading, ...]:
        """Headings of the columns."""
        raise NotImplementedError

    @property
    def overlapping(self) -> bool:
        """Whether a row can be in several columns."""
        return False

    @property
    def compared(self) -> tuple[tuple[int, ...], ...]:
        """Sets of columns that are compared with each other."""
        return (tuple(range(len(self.headings))),)

    def encode(self, values: Sequence[Values]) -> _Coded:
        """Values of some rows in a compact form ``(m, width)``, negative where missing."""
        raise NotImplementedError

    def members(self, coded: _Coded) -> BoolArray:
        """Which rows are in which column ``(m, C)``."""
        raise NotImplementedError

    def known(self, coded: _Coded) -> BoolArray:
        """Rows that have an answer ``(m,)``."""
        found: BoolArray = np.all(coded >= 0, axis=1)
        return found


@dataclass(frozen=True)
class Everyone(Across):
    """The total: all rows."""

    @property
    def headings(self) -> tuple[Heading, ...]:
        """Total."""
        return (Heading("", kind="total"),)

    @property
    def compared(self) -> tuple[tuple[int, ...], ...]:
        """Nothing."""
        return ()

    def encode(self, values: Sequence[Values]) -> _Coded:
        """Nothing is read of any row."""
        raise NotImplementedError

    def members(self, coded: _Coded) -> BoolArray:
        """All rows."""
        return np.ones((len(coded), 1), np.bool_)


@dataclass(frozen=True)
class Levels(Across):
    """The levels of a variable."""

    name: str = ""
    label: str = ""
    levels: tuple[object, ...] = ()

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """Levels, in their order."""
        return tuple(Heading(self.name, level, variable_label=self.label) for level in self.levels)

    def encode(self, values: Sequence[Values]) -> _Coded:
        """Position among the levels, -1 where missing, ``(m, 1)``."""
        codes, valid = key_codes(values[0], self.levels)
        return (codes if valid is None else np.where(valid, codes, -1)).astype(np.int16)[:, None]

    def members(self, coded: _Coded) -> BoolArray:
        """One column at most for each row."""
        found: BoolArray = coded == np.arange(len(self.levels), dtype=np.int16)
        return found


@dataclass(frozen=True)
class Ticks(Across):
    """Boxes of which a respondent may tick several."""

    name: str = ""
    label: str = ""
    items: tuple[tuple[str, str], ...] = ()

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """Boxes, in their order."""
        return tuple(Heading(self.name, name, label=label, variable_label=self.label) for name, label in self.items)

    @property
    def overlapping(self) -> bool:
        """A row can have several boxes ticked."""
        return True

    def encode(self, values: Sequence[Values]) -> _Coded:
        """1 ticked, 0 not, -1 missing, ``(m, k)``."""
        columns = [np.where(one.true(), 1, 0) if one.valid is None else np.where(one.valid, one.true(), -1)
                   for one in values]  # fmt: skip
        return np.column_stack(columns).astype(np.int8)

    def members(self, coded: _Coded) -> BoolArray:
        """The boxes that are ticked."""
        found: BoolArray = coded == 1
        return found


@dataclass(frozen=True)
class Nested(Across):
    """Columns of one group within each column of another."""

    outer: Across = Everyone(())
    inner: Across = Everyone(())

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """Inner columns below each outer one."""
        return tuple(
            replace(low, above=(*high.above, replace(high, above=()), *low.above))
            for high in self.outer.headings
            for low in self.inner.headings
        )

    @property
    def overlapping(self) -> bool:
        """Whether either overlaps."""
        return self.outer.overlapping or self.inner.overlapping

    @property
    def compared(self) -> tuple[tuple[int, ...], ...]:
        """Inner columns below one outer column."""
        size = len(self.inner.headings)
        return tuple(
            tuple(start * size + one for one in places)
            for start in range(len(self.outer.headings))
            for places in self.inner.compared
        )

    def _split(self, coded: _Coded) -> tuple[_Coded, _Coded]:
        place = len(self.outer.exprs)
        return coded[:, :place], coded[:, place:]

    def encode(self, values: Sequence[Values]) -> _Coded:
        """Codes of the outer group, then of the inner one."""
        place = len(self.outer.exprs)
        return np.column_stack([self.outer.encode(values[:place]), self.inner.encode(values[place:])])

    def members(self, coded: _Coded) -> BoolArray:
        """Rows in both."""
        outer, inner = self._split(coded)
        crossed = self.outer.members(outer)[:, :, None] & self.inner.members(inner)[:, None, :]
        return crossed.reshape(len(coded), -1)
