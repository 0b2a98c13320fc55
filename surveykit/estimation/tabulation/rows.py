"""The rows of a survey, read once for all tables of a banner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray, IntArray
from surveykit.estimation.row_scores import Rows, scan
from surveykit.estimation.tabulation.across import Across
from surveykit.estimation.tabulation.asked import Asked
from surveykit.expressions import Expr
from surveykit.expressions.values import BoolArray
from surveykit.survey import Survey
from surveykit.variance import stage_coefficients

__all__ = ["BannerRows", "Grid", "Part", "Route", "read_rows"]

#: Rows that sums are made of at a time.
_CHUNK = 65_536

#: Values that are held at a time: of larger data, some questions are read in one pass and others in the next.
_BUDGET = 300_000_000

Route = Literal["moments", "units", "replicates", "replicates by row"]


def _route(survey: Survey) -> Route:
    """How the variance of this survey is made."""
    if survey.replicates is not None:
        return "replicates by row" if survey.replicates.units is None else "replicates"
    return "moments" if survey.structure.by_moments else "units"


@dataclass(frozen=True)
class Grid:
    """Columns of a banner: their groups side by side.

    Parameters
    ----------
    groups
        In order.
    """

    groups: tuple[Across, ...]

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Place of each group's first column, and the number of all columns C."""
        return tuple(accumulate((len(group.headings) for group in self.groups), initial=0))

    @cached_property
    def pairs(self) -> tuple[IntArray, IntArray]:
        """Pairs of columns that can share rows, each once ``(P,)``; the first C are each column with itself."""
        first, second = [*range(self.starts[-1])], [*range(self.starts[-1])]
        for group, start in zip(self.groups, self.starts, strict=False):
            if group.overlapping:
                size = len(group.headings)
                upper = np.triu_indices(size, 1)
                first += (upper[0] + start).tolist()
                second += (upper[1] + start).tolist()
        return np.array(first), np.array(second)


@dataclass(frozen=True)
class Part:
    """Some rows in the order of their sampling units, ready to be multiplied with the terms of any question.

    Parameters
    ----------
    rows
        Which rows.
    units, starts
        ``(G,)`` code of each unit (or stratum) among them, ``(G + 1,)`` where it begins.
    weighted, present
        ``(m, C)`` weight of the row in each column; ``(m, C + groups)`` 1 where it counts there, and in the group.
    second
        ``(m, P)`` squared weights in each pair of columns, times the coefficient of the stratum; None where the
        variance needs no moments.
    squares
        ``(m, C)`` squared weights.
    """

    rows: slice
    units: IntArray
    starts: IntArray
    weighted: FloatArray
    present: FloatArray
    squares: FloatArray
    second: FloatArray | None


@dataclass(frozen=True)
class BannerRows:
    """Rows of a survey with the codes of questions and columns.

    Parameters
    ----------
    survey, grid, route
        What they were read from.
    row
        ``(m,)`` their numbers.
    weight
        ``(m,)``; zero outside the domain.
    unit
        ``(m,)`` code by which rows are summed and in whose order they stand: deepest sampling units, strata where rows
        are the units, or units of the replicates.
    coded
        Codes by question.
    across
        Codes by group of columns.
    sides, slopes, leaps
        As in :class:`surveykit.estimation.row_scores.Rows`.
    """

    survey: Survey
    grid: Grid
    route: Route
    row: IntArray
    weight: FloatArray
    unit: IntArray
    coded: tuple[npt.NDArray[Any], ...] = field(repr=False)
    across: tuple[npt.NDArray[Any], ...] = field(repr=False)
    sides: FloatArray = field(repr=False)
    slopes: FloatArray = field(repr=False)
    leaps: tuple[tuple[int, FloatArray, FloatArray], ...] = field(repr=False)

    @cached_property
    def units(self) -> int:
        """Number of units or strata G that sums are made of."""
        replicates = self.survey.replicates
        if self.route == "replicates":
            assert replicates is not None
            return len(replicates.factors)
        if self.route == "replicates by row":
            return 0
        stage = self.survey.structure.stages[-1]
        return len(stage.sampled) if self.survey.structure.by_moments else len(stage.stratum)

    @cached_property
    def coefficients(self) -> FloatArray:
        """``(H,)`` factor of each stratum's squares, zero where it has one unit."""
        stage = self.survey.structure.stages[-1]
        found = stage_coefficients(stage)
        found[stage.lonely] = 0.0
        return found

    def members(self, rows: slice) -> tuple[BoolArray, BoolArray]:
        """Which rows are in which column ``(m, C)``, and in which group ``(m, groups)``."""
        pairs = [(group, coded[rows]) for group, coded in zip(self.grid.groups, self.across, strict=True)]
        members = np.column_stack([group.members(one) for group, one in pairs])
        return members, np.column_stack([group.known(one) for group, one in pairs])

    @cached_property
    def _only(self) -> Part:
        return self._part(slice(0, len(self.row)))

    def parts(self) -> Iterator[Part]:
        """Walk over the rows."""
        if len(self.row) <= _CHUNK:
            yield self._only
            return
        for start in range(0, len(self.row), _CHUNK):
            yield self._part(slice(start, min(start + _CHUNK, len(self.row))))

    def _part(self, rows: slice) -> Part:
        members, known = self.members(rows)
        weight = self.weight[rows]
        weighted = weight[:, None] * members
        counts = (weight != 0)[:, None] & np.column_stack([members, known])
        second = None
        if self.route == "moments":
            first, other = self.grid.pairs
            size = self.grid.starts[-1]
            scaled = weight * weight * self.coefficients[self.unit[rows]]
            second = scaled[:, None] * np.column_stack([members, members[:, first[size:]] & members[:, other[size:]]])
        codes = self.unit[rows]
        begins = np.flatnonzero(np.diff(codes, prepend=-1))
        return Part(
            rows,
            codes[begins],
            np.append(begins, len(codes)),
            weighted,
            counts.astype(np.float64),
            weight[:, None] * weighted,
            second,
        )


def read_rows(survey: Survey, questions: Sequence[Asked], grid: Grid) -> Iterator[tuple[list[Asked], BannerRows]]:
    """Read the rows, some questions at a time where the data are large; all in one pass where they are not.

    Parameters
    ----------
    survey
        Rows, design, weights, domain.
    questions, grid
        What is tabulated, and across what.

    Yields
    ------
    questions, rows
        Questions with their codes, numbers measured from their middle.
    """
    width = sum(len(group.exprs) for group in grid.groups)
    waiting: list[Asked] = []
    used = 0
    for one in questions:
        if waiting and survey.engine.rows * (width + used + len(one.exprs)) > _BUDGET:
            yield _read(survey, waiting, grid)
            waiting, used = [], 0
        waiting.append(one)
        used += len(one.exprs)
    if waiting:
        yield _read(survey, waiting, grid)


def _read(survey: Survey, questions: Sequence[Asked], grid: Grid) -> tuple[list[Asked], BannerRows]:
    read: tuple[Asked | Across, ...] = (*questions, *grid.groups)
    exprs: list[Expr] = [expr for one in read for expr in one.exprs]
    domain = [] if survey.domain is None else [survey.domain]
    route = _route(survey)
    # Calibration regresses the scores of all rows, those outside the domain included; replicates know rows by place.
    every = bool(survey.calibration) or survey.replicates is not None
    batches = []
    starts: list[int] = []
    for batch in scan(survey, [*exprs, *domain]):
        batches.append(_batch(survey, batch, questions, grid, every=every))
        starts = [start for start, _, _ in batch.leaps]
    joined = [np.concatenate(arrays) for arrays in zip(*batches, strict=True)]
    row, weight, unit, stratum, sides, slopes, *coded = joined
    coded, flat = coded[: len(read)], coded[len(read) :]
    leaps = list(zip(starts, flat[0::2], flat[1::2], strict=True))
    replicates = survey.replicates
    order = stratum if survey.structure.by_moments else unit
    if replicates is not None:
        order = row if replicates.units is None else replicates.units[row]
    place = np.argsort(order, kind="stable") if np.any(np.diff(order) < 0) else slice(None)
    coded = [one[place] for one in coded]
    centred = [question.centred(one[weight[place] != 0]) for question, one in
               zip(questions, coded[: len(questions)], strict=True)]  # fmt: skip
    rows = BannerRows(
        survey,
        grid,
        route,
        row[place],
        weight[place],
        order[place],
        tuple(coded[: len(questions)]),
        tuple(coded[len(questions) :]),
        sides[place],
        slopes[place],
        tuple((start, own[place], risk[place]) for start, own, risk in leaps),
    )
    return centred, rows


def _batch(
    survey: Survey, batch: Rows, questions: Sequence[Asked], grid: Grid, *, every: bool
) -> list[npt.NDArray[Any]]:
    """Arrays of one batch, without the rows that no table needs."""
    weight = batch.full_weight
    values = list(batch.values)
    if survey.domain is not None:
        weight = np.where(values.pop().true(), weight, 0.0)
    kept = slice(None) if every or weight.all() else np.flatnonzero(weight)
    numbers = batch.start + np.arange(len(weight))
    found = [numbers, weight, batch.unit, batch.stratum, batch.sides, batch.slopes]
    place = 0
    read: tuple[Asked | Across, ...] = (*questions, *grid.groups)
    for one in read:
        own = values[place : place + len(one.exprs)]
        found.append(one.encode(own) if own else np.zeros((len(weight), 0), np.int8))
        place += len(own)
    found += [array for _, leaps, risk in batch.leaps for array in (leaps, risk)]
    return [array[kept] for array in found]
