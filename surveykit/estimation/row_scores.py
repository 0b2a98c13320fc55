"""Row scores streamed into score totals: the second form of a linearisation, for what has no moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from surveykit.engine import Batch, FloatArray
from surveykit.engine.grouping import group_sums
from surveykit.expressions import Expr
from surveykit.survey import Survey
from surveykit.variance import Presence, RowTotals, covariance, covariance_from_rows, stage_coefficients, unit_presence

__all__ = ["ScoreSums", "scan"]

#: Rows a batch: about a quarter of a megabyte a column, so that a batch's columns stay in the processor's cache.
BATCH = 32_768


def scan(survey: Survey, exprs: Sequence[Expr], size: int = BATCH) -> Iterator[Batch]:
    """Walk over the rows of a survey; the weight is zero outside its domain and where an expression is missing."""
    return survey.engine.scan(survey.index, exprs, where=survey.domain, size=size)


class ScoreSums:
    """Sums of row scores by sampling unit, or, where the rows are the units, their moments.

    Parameters
    ----------
    survey
        Gives the design.
    size
        Number of scores p.
    """

    def __init__(self, survey: Survey, size: int) -> None:
        self._survey = survey
        self._structure = survey.structure
        self._deepest = survey.structure.stages[-1]
        self.rows = 0
        self.weight = 0.0
        if self._structure.by_moments:
            self._coefficients = stage_coefficients(self._deepest)
            self._coefficients[self._deepest.lonely] = 0.0
            self._strata = np.zeros((len(self._deepest.sampled), size))
            self._counts = np.zeros(len(self._deepest.sampled), np.int64)
            self._second = np.zeros((size, size))
        else:
            self._units = np.zeros((len(self._deepest.stratum), size))
            self._present = np.zeros(len(self._deepest.stratum), np.bool_)

    def add(self, batch: Batch, scores: FloatArray) -> None:
        """Add the scores ``(m, p)`` of a batch, weights included; zero outside the domain."""
        inside = batch.weight != 0
        self.rows += int(np.count_nonzero(inside))
        self.weight += float(batch.weight.sum())
        ones = np.ones(len(scores))
        columns = list(scores.T)
        if not self._structure.by_moments:
            self._units += group_sums(batch.unit, len(self._units), ones, columns)
            self._present[batch.unit[inside]] = True
            return
        self._strata += group_sums(batch.stratum, len(self._strata), ones, columns)
        self._counts += np.bincount(batch.stratum[inside], minlength=len(self._counts))
        self._second += (scores * self._coefficients[batch.stratum][:, None]).T @ scores

    def covariance(self, mapping: FloatArray) -> FloatArray:
        """Covariance of the estimates whose linearisation is the scores times `mapping` ``(p, q)``."""
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
