"""Row scores streamed into score totals: the second form of a linearisation, for what has no moments."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from surveykit.design import Structure
from surveykit.engine import Batch, FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import CodeSums
from surveykit.estimation.regression.gram import gram
from surveykit.expressions import Expr, Values
from surveykit.expressions.values import BoolArray
from surveykit.survey import Survey
from surveykit.variance import Presence, RowTotals, covariance, covariance_from_rows, stage_coefficients, unit_presence
from surveykit.weighting.estimated import Estimated
from surveykit.weighting.steps import Projection

__all__ = ["BATCH", "PARTS", "Part", "Rows", "ScoreSums", "each_part", "scan"]

#: Rows a batch: about a quarter of a megabyte a column, so that a batch's columns stay in the processor's cache.
BATCH = 32_768

#: Parts that many rows are worked on in.
PARTS = 4

#: The k-th of m parts of the rows.
Part = tuple[int, int]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Rows(Batch):
    """A batch with what calibration needs of it.

    Parameters
    ----------
    sides
        ``(m, q)`` what each row adds to the equations of each step of the weights, side by side; ``q = 0`` without any.
    slopes
        ``(m, q)`` how the row's weight answers to the parameters of those equations.
    leaps
        For each step that models response: where its columns begin, ``(m, q)`` how much more respondents add for
        having responded, and ``(m,)`` their variance of response. Empty without finite-population corrections.
    """

    sides: FloatArray
    slopes: FloatArray
    leaps: tuple[tuple[int, FloatArray, FloatArray], ...] = ()


def each_part(survey: Survey, work: Callable[[Part], _T]) -> list[_T]:
    """Do `work` on parts of the rows, one after the other, and return its results in their order.

    The number of parts depends on the number of rows alone, so that sums are the same on any machine. Threads were
    tried: on two processors they were slower than one, for the interpreter holds its lock between short array steps.
    """
    engine = survey.engine
    parts = PARTS if isinstance(engine, MemoryEngine) and engine.rows >= PARTS * BATCH else 1
    return [work((number, parts)) for number in range(parts)]


def scan(
    survey: Survey,
    exprs: Sequence[Expr],
    *,
    where: Expr | None = None,
    size: int = BATCH,
    part: Part = (0, 1),
) -> Iterator[Rows]:
    """Walk over the rows of a survey; the weight is zero outside its domain and where an expression is missing.

    Parameters
    ----------
    exprs
        What to evaluate.
    where
        Domain instead of the survey's own.
    size
        Rows a batch.
    part
        Which part of the rows, for :func:`each_part`.
    """
    domain = survey.domain if where is None else where
    steps = survey.calibration
    finite = _finite(survey.structure)
    extra = [expr for step in steps if isinstance(step, Projection) for expr in _exprs(step)]
    options = {} if part == (0, 1) else {"part": part}
    for batch in survey.engine.scan(survey.index, [*exprs, *extra], where=domain, size=size, **options):
        added = list(batch.values[len(exprs) :])
        rows = slice(batch.start, batch.start + len(batch.weight))
        sides, slopes, leaps, place = [], [], [], 0
        for step in steps:
            if isinstance(step, Projection):
                own, answer = _calibrated(step, [added.pop(0) for _ in _exprs(step)], batch.full_weight, rows)
            else:
                own, answer = step.sides(rows)
                if finite and step.risk is not None:
                    leaps.append((place, step.leaps(rows), step.risk[rows]))
            sides.append(own)
            slopes.append(answer)
            place += own.shape[1]
        none = np.empty((len(batch.weight), 0))
        yield Rows(
            batch.values[: len(exprs)],
            batch.weight,
            batch.unit,
            batch.stratum,
            batch.start,
            batch.full_weight,
            np.hstack(sides) if sides else none,
            np.hstack(slopes) if slopes else none,
            tuple(leaps),
            whole=batch.whole,
        )


def _exprs(step: Projection) -> tuple[Expr, ...]:
    return step.auxiliaries if step.spread is None else (*step.auxiliaries, step.spread)


def _finite(structure: Structure) -> bool:
    """Whether the design's variance is less than that of drawing with replacement."""
    return structure.quadratic is not None or any(stage.fraction.any() for stage in structure.stages)


def _calibrated(
    step: Projection, values: Sequence[Values], weight: FloatArray, rows: slice
) -> tuple[FloatArray, FloatArray]:
    """What rows add to the equations of a calibration, and how their weights answer to its multipliers."""
    x = np.empty((len(weight), len(step.auxiliaries)))
    for place, value in enumerate(values[: len(step.auxiliaries)]):
        x[:, place] = value.data
    calibrated = weight if step.after is None else step.after[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(calibrated != 0, step.before[rows] / calibrated, 0.0)
    if step.spread is not None:
        ratio = ratio / values[-1].data
    return x * calibrated[:, None], x * ratio[:, None]


class ScoreSums:
    """Sums of row scores by sampling unit, or, where the rows are the units, their moments.

    Where weights were calibrated or propensities estimated, the scores are summed beside what rows add to the equations
    of those steps; the linearisation that follows the steps is then a linear map of the two.

    Parameters
    ----------
    survey
        Gives the design.
    size
        Number of scores p.
    """

    def __init__(self, survey: Survey, size: int) -> None:
        self._structure = survey.structure
        self._deepest = survey.structure.stages[-1]
        self._calibration = survey.calibration
        self._steps = [_width(step) for step in survey.calibration]
        self.rows = 0
        self.weight = 0.0
        self._size = size
        width = size + sum(self._steps)
        # For each step: sums of the slopes x (scores and all sides).
        self._cross = [np.zeros((count, width)) for count in self._steps]
        self._response = np.zeros((width, width))
        if self._structure.by_moments:
            self._coefficients = stage_coefficients(self._deepest)
            self._coefficients[self._deepest.lonely] = 0.0
            self._strata = CodeSums(width, len(self._deepest.sampled))
            self._counts: IntArray = np.zeros(len(self._deepest.sampled), np.int64)
            self._second = np.zeros((width, width))
        else:
            self._units = CodeSums(width, len(self._deepest.stratum))
            self._present = np.zeros(len(self._deepest.stratum), np.bool_)

    @property
    def steps(self) -> list[int]:
        """Number of parameters of each step of the weights."""
        return self._steps

    def add(self, batch: Rows, scores: FloatArray) -> None:
        """Add the scores ``(m, p)`` of a batch, weights included; zero outside the domain."""
        self.add_products(batch, np.ascontiguousarray(scores.T), np.ones(len(scores)))

    def add_products(self, batch: Rows, lines: FloatArray, factor: FloatArray) -> None:
        """Add scores that are a factor of the row times a line: ``(m,)`` times ``(p, m)``."""
        inside: slice | BoolArray = slice(None)
        self.rows += len(batch.weight)
        if not batch.whole:
            inside = batch.weight != 0
            self.rows -= int(np.count_nonzero(batch.weight == 0))
        self.weight += float(batch.weight.sum())
        if self._steps:
            lines, factor = self._beside_sides(batch, lines * factor), np.ones(len(factor))
        if not self._structure.by_moments:
            self._units.add(batch.unit, factor, lines)
            if not self._present.all():
                self._present[batch.unit[inside]] = True
            return
        self._strata.add(batch.stratum, factor, lines)
        self._counts += np.bincount(batch.stratum[inside], minlength=len(self._counts))
        self._second += gram(lines.T, self._coefficients[batch.stratum] * factor * factor)

    def _beside_sides(self, batch: Rows, scores: FloatArray) -> FloatArray:
        """Scores and sides ``(width, m)``; sums how they answer to the steps of the weights."""
        lines = np.vstack([scores, batch.sides.T])
        start = 0
        for number, count in enumerate(self._steps):
            self._cross[number] += (lines @ batch.slopes[:, start : start + count]).T
            start += count
        for start, leaps, risk in batch.leaps:
            answered = np.flatnonzero(risk)
            own = lines[:, answered]
            own[self._size + start : self._size + start + leaps.shape[1]] = leaps[answered].T
            self._response += (own * risk[answered]) @ own.T
        return lines

    def merge(self, other: ScoreSums) -> ScoreSums:
        """Add the sums of other rows."""
        self.rows += other.rows
        self.weight += other.weight
        self._cross = [own + more for own, more in zip(self._cross, other._cross, strict=True)]
        self._response += other._response
        if self._structure.by_moments:
            self._strata.sums += other._strata.sums
            self._counts += other._counts
            self._second += other._second
        else:
            self._units.sums += other._units.sums
            self._present |= other._present
        return self

    def beside(
        self,
        totals: FloatArray,
        cross: Sequence[FloatArray],
        counts: IntArray,
        second: tuple[FloatArray, FloatArray] | None,
    ) -> ScoreSums:
        """Put sums of p scores, made elsewhere, beside these sums of the sides alone.

        It leaves out what responses add under finite-population corrections: there scores are added row by row.

        Parameters
        ----------
        totals
            ``(U, p)`` by sampling unit, or by stratum where rows are the units.
        cross
            For each step ``(q_s, p)``: sums of slopes x scores.
        counts
            ``(U,)`` rows of the domain, by unit or by stratum.
        second
            Where rows are the units ``(p, p)`` and ``(q, p)``: sums of coefficient x scores x scores, and of
            coefficient x sides x scores.
        """
        other = copy.copy(self)
        other._size = totals.shape[1]
        other._cross = [np.hstack([one, own]) for one, own in zip(cross, self._cross, strict=True)]
        width = totals.shape[1] + sum(self._steps)
        other._response = np.zeros((width, width))
        if second is None:
            other._units = CodeSums.of(np.vstack([totals.T, self._units.sums]))
            other._present = counts > 0
            return other
        scores, mixed = second
        other._counts = counts
        other._strata = CodeSums.of(np.vstack([totals.T, self._strata.sums]))
        other._second = np.block([[scores, mixed.T], [mixed, self._second]])
        return other

    def _followed(self, mapping: FloatArray) -> FloatArray:
        """Map from scores and sides to mapped scores that follow the steps of the weights, last step first."""
        full = np.zeros((self._size + sum(self._steps), mapping.shape[1]))
        full[: self._size] = mapping
        stop = len(full)
        for number in range(len(self._steps) - 1, -1, -1):
            start = stop - self._steps[number]
            cross, step = self._cross[number], self._calibration[number]
            derivative = cross[:, start:stop] if isinstance(step, Projection) else step.derivative.T
            full[start:stop] -= _regression(derivative, cross @ full)
            stop = start
        return full

    def covariance(self, mapping: FloatArray) -> FloatArray:
        """Covariance of the estimates whose linearisation is the scores times `mapping` ``(p, q)``."""
        mapping = self._followed(mapping)
        if self._structure.by_moments:
            rows = RowTotals(mapping.T @ self._second @ mapping, self._strata.sums.T @ mapping, self._counts)
            own = covariance_from_rows(rows, self._structure)
        else:
            own = covariance(self._units.sums.T @ mapping, self._structure, self._present)
        found: FloatArray = own + mapping.T @ self._response @ mapping + self._from_outside(mapping)
        return found

    def _from_outside(self, mapping: FloatArray) -> FloatArray:
        """What other samples add, from which steps took totals or comparisons."""
        start = self._size
        samples: dict[int, tuple[Structure, FloatArray]] = {}
        for step, count in zip(self._calibration, self._steps, strict=True):
            if step.outside is not None:
                structure, own = step.outside.structure, step.outside.totals @ mapping[start : start + count]
                before = samples.get(id(structure))
                samples[id(structure)] = (structure, own if before is None else before[1] + own)
            start += count
        found = np.zeros((mapping.shape[1], mapping.shape[1]))
        for structure, own in samples.values():
            found += covariance(own, structure)
        return found

    def total(self) -> FloatArray:
        """Sums of the scores over all rows ``(p,)``: zero where the estimating equations are solved."""
        sums = (self._strata if self._structure.by_moments else self._units).sums
        found: FloatArray = sums[: self._size].sum(axis=1)
        return found

    def presence(self) -> Presence:
        """Which first-stage units have rows in the domain."""
        if self._structure.by_moments:
            return Presence(self._counts[:, None], np.arange(len(self._counts)))
        return unit_presence(self._present[:, None], self._structure)

    def degrees_of_freedom(self) -> float:
        """Units minus strata with rows in the domain."""
        return float(self.presence().degrees_of_freedom(np.zeros(1, np.int64), 1)[0])


def _width(step: Projection | Estimated) -> int:
    return len(step.auxiliaries) if isinstance(step, Projection) else step.width


def _regression(gram: FloatArray, right: FloatArray) -> FloatArray:
    """Solve normal equations whose columns may be dependent and of any size."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(gram)), 1e-300))
    solution = np.linalg.lstsq(gram * np.outer(scale, scale), right * scale[:, None], rcond=1e-11)[0]
    solved: FloatArray = solution * scale[:, None]
    return solved
