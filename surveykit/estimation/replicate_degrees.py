"""Degrees of freedom of replicate weights within domains and groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from surveykit.engine import FloatArray, IntArray, Request
from surveykit.engine.grouping import key_codes
from surveykit.expressions import Expr
from surveykit.survey import Survey
from surveykit.variance import rank_degrees, reaches_every_replicate, replicate_degrees

__all__ = ["DomainDegrees", "domain_degrees"]

_BATCH = 32_768


@dataclass(frozen=True)
class DomainDegrees:
    """Degrees of freedom of groups of cells, found when they are asked for.

    They are the rank of the replicate weights of the rows, minus 1: with all units of a stratified jackknife its
    units minus its strata, with a bootstrap at most the number of replicates minus 1. A number that came with the
    replicates is taken as it is.

    Parameters
    ----------
    survey
        A survey with replicates.
    request
        Terms and cells; its `where` is the domain.
    """

    survey: Survey = field(repr=False)
    request: Request

    def degrees_of_freedom(self, groups: IntArray, size: int) -> FloatArray:
        """Return ``(G,)`` degrees of freedom of groups of cells ``(C,)``."""
        replicates = self.survey.replicates
        assert replicates is not None
        if replicates.df is not None:
            return np.full(size, replicates.df)
        if self.request.where is None and not self.request.keys and size == 1:
            return np.full(1, replicate_degrees(replicates).df)
        return self._ranks(groups, size)

    def _ranks(self, groups: IntArray, size: int) -> FloatArray:
        """Rank of the weights of each group's rows less 1; once for groups with the same units."""
        replicates = self.survey.replicates
        assert replicates is not None
        units = replicates.units
        present = np.zeros((size, len(replicates.factors)), np.bool_)
        terms = [term for term in self.request.terms if term is not None]
        exprs = [*terms, *(key.expr for key in self.request.keys), *self.request.complete]
        for batch in self.survey.engine.scan(self.survey.index, exprs, where=self.request.where, size=_BATCH):
            cells = np.zeros(len(batch.weight), np.int64)
            known = batch.weight != 0
            for values, key in zip(batch.values[len(terms) :], self.request.keys, strict=False):
                codes, valid = key_codes(values, key.levels)
                cells = cells * len(key.levels) + codes
                known &= True if valid is None else valid
            rows = np.flatnonzero(known)
            lines = rows + batch.start if units is None else units[rows + batch.start]
            present[groups[cells[rows]], lines] = True
            # The first rows of a large sample mostly hold enough units of every group.
            if batch.start == 0 and reaches_every_replicate(replicates, np.logical_and.reduce(present)):
                return np.full(size, replicates.replicates - 1.0)
        found: dict[bytes, float] = {}
        for own in present:
            key_of = np.packbits(own).tobytes()
            if key_of not in found:
                found[key_of] = rank_degrees(replicates, own)
        return np.array([found[np.packbits(own).tobytes()] for own in present])


def domain_degrees(survey: Survey, complete: Sequence[Expr] = ()) -> float:
    """Degrees of freedom of the rows of a survey's domain that have all of some expressions.

    Parameters
    ----------
    complete
        What must not be missing.
    """
    found = DomainDegrees(survey, Request((None,), where=survey.domain, complete=tuple(complete)))
    return float(found.degrees_of_freedom(np.zeros(1, np.int64), 1)[0])
