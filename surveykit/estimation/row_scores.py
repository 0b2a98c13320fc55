"""Row scores streamed into score totals: the second form of a linearisation, for what has no moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from surveykit.engine import Batch, FloatArray, MemoryEngine
from surveykit.engine.grouping import group_sums
from surveykit.expressions import Expr
from surveykit.survey import Survey
from surveykit.variance import Presence, RowTotals, covariance, covariance_from_rows, stage_coefficients, unit_presence

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
    auxiliaries
        ``(m, q)`` calibration variables of all steps side by side; ``q = 0`` without calibration.
    ratios
        ``(m, S)`` weight before each step over `calibrated`; zero where the latter is.
    calibrated
        ``(m,)`` weights that the last calibration gave: the final ones, unless a later step changed them.
    """

    auxiliaries: FloatArray
    ratios: FloatArray
    calibrated: FloatArray


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
    extra = [
        expr for step in steps for expr in (*step.auxiliaries, *([step.spread] if step.spread is not None else []))
    ]
    options = {} if part == (0, 1) else {"part": part}
    for batch in survey.engine.scan(survey.index, [*exprs, *extra], where=domain, size=size, **options):
        values, added = batch.values[: len(exprs)], batch.values[len(exprs) :]
        rows = len(batch.weight)
        auxiliaries = np.empty((rows, sum(len(step.auxiliaries) for step in steps)))
        ratios = np.empty((rows, len(steps)))
        calibrated = batch.full_weight
        if steps and steps[-1].after is not None:
            calibrated = steps[-1].after[batch.start : batch.start + rows]
        place = taken = 0
        for number, step in enumerate(steps):
            for _ in step.auxiliaries:
                auxiliaries[:, place] = added[taken].data
                place, taken = place + 1, taken + 1
            before = step.before[batch.start : batch.start + rows]
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(calibrated != 0, before / calibrated, 0.0)
            if step.spread is not None:
                ratio = ratio / added[taken].data
                taken += 1
            ratios[:, number] = ratio
        facts = (values, batch.weight, batch.unit, batch.stratum, batch.start, batch.full_weight)
        yield Rows(*facts, auxiliaries, ratios, calibrated)


class ScoreSums:
    """Sums of row scores by sampling unit, or, where the rows are the units, their moments.

    Under calibration the scores are summed beside the calibration variables; their residuals are then a linear map of
    the two.

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
        self._steps = [len(step.auxiliaries) for step in survey.calibration]
        self.rows = 0
        self.weight = 0.0
        self._size = size
        width = size + sum(self._steps)
        # For each step: sums of (weight before it) x auxiliaries x (scores and all auxiliaries).
        self._cross = [np.zeros((count, width)) for count in self._steps]
        if self._structure.by_moments:
            self._coefficients = stage_coefficients(self._deepest)
            self._coefficients[self._deepest.lonely] = 0.0
            self._strata = np.zeros((len(self._deepest.sampled), width))
            self._counts = np.zeros(len(self._deepest.sampled), np.int64)
            self._second = np.zeros((width, width))
        else:
            self._units = np.zeros((len(self._deepest.stratum), width))
            self._present = np.zeros(len(self._deepest.stratum), np.bool_)

    def add(self, batch: Rows, scores: FloatArray) -> None:
        """Add the scores ``(m, p)`` of a batch, weights included; zero outside the domain."""
        inside = batch.weight != 0
        self.rows += int(np.count_nonzero(inside))
        self.weight += float(batch.weight.sum())
        if self._steps:
            scores = np.column_stack([scores, batch.auxiliaries * batch.calibrated[:, None]])
            start = self._size
            for number, count in enumerate(self._steps):
                own = batch.auxiliaries[:, start - self._size : start - self._size + count]
                self._cross[number] += (own * batch.ratios[:, number][:, None]).T @ scores
                start += count
        ones = np.ones(len(scores))
        columns = list(scores.T)
        if not self._structure.by_moments:
            self._units += group_sums(batch.unit, len(self._units), ones, columns)
            self._present[batch.unit[inside]] = True
            return
        self._strata += group_sums(batch.stratum, len(self._strata), ones, columns)
        self._counts += np.bincount(batch.stratum[inside], minlength=len(self._counts))
        self._second += (scores * self._coefficients[batch.stratum][:, None]).T @ scores

    def merge(self, other: ScoreSums) -> ScoreSums:
        """Add the sums of other rows."""
        self.rows += other.rows
        self.weight += other.weight
        self._cross = [own + more for own, more in zip(self._cross, other._cross, strict=True)]
        if self._structure.by_moments:
            self._strata += other._strata
            self._counts += other._counts
            self._second += other._second
        else:
            self._units += other._units
            self._present |= other._present
        return self

    def _residual_map(self, mapping: FloatArray) -> FloatArray:
        """Map from scores and auxiliaries to mapped scores less their regression on the auxiliaries, last first."""
        full = np.zeros((self._size + sum(self._steps), mapping.shape[1]))
        full[: self._size] = mapping
        stop = len(full)
        for number in range(len(self._steps) - 1, -1, -1):
            start = stop - self._steps[number]
            cross = self._cross[number]
            full[start:stop] -= _regression(cross[:, start:stop], cross @ full)
            stop = start
        return full

    def covariance(self, mapping: FloatArray) -> FloatArray:
        """Covariance of the estimates whose linearisation is the scores times `mapping` ``(p, q)``."""
        mapping = self._residual_map(mapping)
        if self._structure.by_moments:
            rows = RowTotals(mapping.T @ self._second @ mapping, self._strata @ mapping, self._counts)
            return covariance_from_rows(rows, self._structure)
        return covariance(self._units @ mapping, self._structure, self._present)

    def presence(self) -> Presence:
        """Which first-stage units have rows in the domain."""
        if self._structure.by_moments:
            return Presence(self._counts[:, None], np.arange(len(self._counts)))
        return unit_presence(self._present[:, None], self._structure)

    def degrees_of_freedom(self) -> float:
        """Units minus strata with rows in the domain."""
        return float(self.presence().degrees_of_freedom(np.zeros(1, np.int64), 1)[0])


def _regression(gram: FloatArray, right: FloatArray) -> FloatArray:
    """Solve normal equations whose columns may be dependent and of any size."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(gram)), 1e-300))
    solution = np.linalg.lstsq(gram * np.outer(scale, scale), right * scale[:, None], rcond=1e-11)[0]
    solved: FloatArray = solution * scale[:, None]
    return solved
