"""Factors of replicate weights by sampling unit, as products that are worked out in blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FloatArray", "GroupFactors", "IntArray", "PredictedFactors", "ReplicateFactors"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class GroupFactors:
    """Factors that units of a group share.

    Parameters
    ----------
    values
        ``(G, R)``.
    group
        ``(U,)`` group of each unit; None where groups are the units.
    """

    values: FloatArray = field(repr=False)
    group: IntArray | None = field(default=None, repr=False)

    def block(self, units: slice, replicates: slice) -> FloatArray:
        """Factors ``(m, B)`` of some units in some replicates."""
        rows = units if self.group is None else self.group[units]
        return self.values[rows, replicates]


@dataclass(frozen=True, eq=False)
class PredictedFactors:
    """Factors that are a function of a linear predictor, as calibration to continuous variables gives.

    Parameters
    ----------
    predictor
        ``(U, q)``.
    multipliers
        ``(q, R)``.
    factor
        Function of ``predictor @ multipliers``, element by element.
    full
        ``(U,)`` its value in the full sample, by which it is divided; zero for units without weight.
    """

    predictor: FloatArray = field(repr=False)
    multipliers: FloatArray = field(repr=False)
    factor: Callable[[FloatArray], FloatArray] = field(repr=False)
    full: FloatArray = field(repr=False)

    def block(self, units: slice, replicates: slice) -> FloatArray:
        """Factors ``(m, B)`` of some units in some replicates."""
        full = self.full[units][:, None]
        found = self.factor(self.predictor[units] @ self.multipliers[:, replicates])
        return np.divide(found, full, out=np.zeros_like(found), where=full != 0)


@dataclass(frozen=True, eq=False)
class ReplicateFactors:
    """Products of factors, as (factor of the sampling unit) x (factor of the cell), never written out whole.

    Parameters
    ----------
    parts
        What is multiplied.
    shape
        ``(U, R)``: units and replicates.
    """

    parts: tuple[GroupFactors | PredictedFactors, ...]
    shape: tuple[int, int]

    def __len__(self) -> int:
        return self.shape[0]

    def block(self, units: slice, replicates: slice) -> FloatArray:
        """Factors ``(m, B)`` of some units in some replicates."""
        product = self.parts[0].block(units, replicates)
        for part in self.parts[1:]:
            product = product * part.block(units, replicates)
        return product

    def column(self, replicate: int) -> FloatArray:
        """Factors ``(U,)`` of one replicate."""
        return self.block(slice(None), slice(replicate, replicate + 1))[:, 0]
