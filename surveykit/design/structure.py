"""The sample as found: stages with their counts and fractions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surveykit.design.records import Lonely
from surveykit.engine import FloatArray, IntArray

__all__ = ["QuadraticForm", "Stage", "Structure"]


@dataclass(frozen=True)
class Stage:
    """One stage of sampling, as found.

    Parameters
    ----------
    stratum
        ``(U,)`` stratum code of each sampled unit.
    parent
        ``(U,)`` unit of the stage before that holds it, or None at the first stage.
    sampled
        ``(H,)`` units sampled in each stratum.
    fraction
        ``(H,)`` sampling fraction; 0 without a finite-population correction.
    labels
        ``(H,)`` names of the strata.
    unit_fraction
        ``(U,)`` inclusion probabilities where they differ between units, or None.
    """

    stratum: IntArray
    parent: IntArray | None
    sampled: FloatArray
    fraction: FloatArray
    labels: tuple[str, ...] = field(repr=False)
    unit_fraction: FloatArray | None = field(default=None, repr=False)

    @property
    def lonely(self) -> IntArray:
        """Strata with one sampled unit that is not the whole population."""
        return np.flatnonzero((self.sampled == 1) & (self.fraction < 1))


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """A variance ``sum over i, j of d_ij z_i z_j`` of the units' weighted scores z.

    Parameters
    ----------
    matrix
        ``(U, U)``, or its diagonal ``(U,)`` where units are drawn independently.
    differences
        Whether the form is ``-1/2 sum of d_ij (z_i - z_j)^2`` instead (Yates and Grundy 1953).
    """

    matrix: FloatArray
    differences: bool = False


@dataclass(frozen=True)
class Structure:
    """The stages of a design with their counts and fractions: what a variance needs to know.

    Parameters
    ----------
    stages
        Outermost first, only as deep as the finite-population corrections reach.
    lonely, domain_lonely
        As in :class:`Design`.
    rows_are_units
        Whether the units of the last stage are the rows.
    quadratic
        Where joint inclusion probabilities make the variance, its quadratic form; else None.
    """

    stages: tuple[Stage, ...]
    lonely: Lonely
    domain_lonely: bool
    rows_are_units: bool
    quadratic: QuadraticForm | None = None

    @property
    def by_moments(self) -> bool:
        """Whether one pass of second moments by stratum is enough."""
        plain = self.quadratic is None and self.stages[0].unit_fraction is None
        return self.rows_are_units and len(self.stages) == 1 and plain
