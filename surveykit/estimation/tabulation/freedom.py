"""Degrees of freedom of the columns of a banner: those that a table of the column alone would have."""

from __future__ import annotations

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.estimation.tabulation.asked import Asked
from surveykit.estimation.tabulation.rows import BannerRows
from surveykit.estimation.tabulation.sums import TermSums
from surveykit.variance import rank_degrees, unit_presence

__all__ = ["Freedom"]


class Freedom:
    """Degrees of freedom of bases in columns.

    Parameters
    ----------
    rows
        Rows and design.
    """

    def __init__(self, rows: BannerRows) -> None:
        self.rows = rows
        self._ranks: dict[bytes, float] = {}

    def of(self, number: int, question: Asked, sums: TermSums, bases: list[int]) -> FloatArray:
        """Degrees of freedom ``(B, C)``: sampling units minus strata with a row of the base in the column.

        Replicates have the rank of their weights of these rows, minus 1, or the number that they came with.

        Parameters
        ----------
        number, question, sums, bases
            As in :func:`surveykit.estimation.tabulation.sums.add_terms`.
        """
        replicates, columns = self.rows.survey.replicates, self.rows.grid.starts[-1]
        if replicates is not None:
            if replicates.df is not None:
                return np.full((len(bases), columns), float(replicates.df))
            return self._of_ranks(number, question, bases)
        structure, present = self.rows.survey.structure, sums.present[:, :, :columns]
        if structure.by_moments:
            rows: FloatArray = present.sum(axis=0) - np.sum(present > 0, axis=0)
            return rows
        found = np.zeros((len(bases), columns))
        for place in range(len(bases)):
            first = unit_presence(present[:, place] > 0, structure)
            inside = np.asarray(first.counts, np.bool_)
            strata = np.zeros((int(first.stratum.max()) + 1, columns), np.bool_)
            np.logical_or.at(strata, first.stratum, inside)
            found[place] = inside.sum(axis=0) - strata.sum(axis=0)
        return found

    def _of_ranks(self, number: int, question: Asked, bases: list[int]) -> FloatArray:
        columns = self.rows.grid.starts[-1]
        inside = []
        for part in self.rows.parts():
            terms = question.terms(self.rows.coded[number][part.rows])[:, bases]
            counted = (terms != 0)[:, :, None] & (part.present[:, None, :columns] != 0)
            inside.append(counted)
        whole = np.concatenate(inside)
        found = np.zeros(whole.shape[1:])
        for base, column in np.ndindex(*found.shape):
            found[base, column] = self._rank(self.rows.row[np.flatnonzero(whole[:, base, column])])
        return found

    def _rank(self, rows: IntArray) -> float:
        replicates = self.rows.survey.replicates
        assert replicates is not None
        present = np.zeros(len(replicates.factors), np.bool_)
        present[rows if replicates.units is None else replicates.units[rows]] = True
        key = np.packbits(present).tobytes()
        if key not in self._ranks:
            self._ranks[key] = rank_degrees(replicates, present)
        return self._ranks[key]
