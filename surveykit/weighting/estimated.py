"""What a step estimated from the sample itself, and how that enters a variance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surveykit.design import Structure
from surveykit.engine import FloatArray, IntArray

__all__ = ["Equations", "Estimated", "Outside"]


@dataclass(frozen=True, eq=False)
class Equations:
    """Estimating equations of some parameters, row by row: each array times the predictors of the row.

    Parameters
    ----------
    predictors
        ``(n, m)``; None where parameters belong to cells.
    contribution
        ``(n,)`` what the row adds to the equations, its weight included, over its predictors.
    slope
        ``(n,)`` derivative of the logarithm of the row's weight by the parameters, over its predictors.
    leap
        ``(n,)`` how much more a respondent adds than if it had not responded, over its predictors; zero for others.
    cell, cells
        ``(n,)`` cell of each row and number of cells, where each has a parameter.
    """

    predictors: FloatArray | None = field(repr=False)
    contribution: FloatArray = field(repr=False)
    slope: FloatArray = field(repr=False)
    leap: FloatArray | None = field(default=None, repr=False)
    cell: IntArray | None = field(default=None, repr=False)
    cells: int = 0

    @property
    def width(self) -> int:
        """Number of parameters."""
        return self.cells if self.predictors is None else self.predictors.shape[1]

    def rows(self, rows: slice) -> FloatArray:
        """Predictors ``(r, m)`` of some rows."""
        if self.predictors is not None:
            return self.predictors[rows]
        assert self.cell is not None
        found = np.zeros((len(self.cell[rows]), self.cells))
        found[np.arange(len(found)), self.cell[rows]] = 1.0
        return found


@dataclass(frozen=True, eq=False)
class Outside:
    """What units of another, independent sample add to the equations.

    Parameters
    ----------
    totals
        ``(U, q)`` by sampling unit of the deepest stage.
    structure
        Design of that sample.
    units
        ``(n,)`` unit of each of its rows.
    """

    totals: FloatArray = field(repr=False)
    structure: Structure = field(repr=False)
    units: IntArray = field(repr=False)


@dataclass(frozen=True, eq=False)
class Estimated:
    """Parameters that a step estimated: response propensities, factors of cells.

    With equations ``sum of s_k(a) = 0`` and weights ``w_k(a)``, the scores of a statistic gain ``- D^-T C`` times
    ``s_k``, where ``D = d sum of s_k / d a`` and ``C`` is the sum of the scores times the slopes of ``log w_k``. Those
    that did not respond have a part in it, with a final weight of zero (Beaumont 2005; Kim and Kim 2007).

    Parameters
    ----------
    parts
        Equations, whose parameters are put side by side: q in all.
    derivative
        ``(q, q)`` matrix D, a row for each equation.
    risk
        ``(n,)`` variance of response of each respondent: ``(1 - p) / d`` with its propensity p and the weight d before.
        It counts under finite-population corrections, which cover the drawing of the sample alone; None where the
        step models no response.
    outside
        What a reference sample adds.
    """

    parts: tuple[Equations, ...]
    derivative: FloatArray = field(repr=False)
    risk: FloatArray | None = field(default=None, repr=False)
    outside: Outside | None = field(default=None, repr=False)

    @property
    def width(self) -> int:
        """Number of parameters q."""
        return sum(part.width for part in self.parts)

    def sides(self, rows: slice) -> tuple[FloatArray, FloatArray]:
        """Contributions and slopes ``(r, q)`` of some rows."""
        x = [part.rows(rows) for part in self.parts]
        pairs = list(zip(x, self.parts, strict=True))
        return (
            np.hstack([own * part.contribution[rows][:, None] for own, part in pairs]),
            np.hstack([own * part.slope[rows][:, None] for own, part in pairs]),
        )

    def leaps(self, rows: slice) -> FloatArray:
        """How much more respondents add for having responded ``(r, q)``."""
        return np.hstack(
            [part.rows(rows) * (0.0 if part.leap is None else part.leap[rows][:, None]) for part in self.parts]
        )
