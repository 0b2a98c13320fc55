"""A column as the language sees it: numbers or category codes, and which of them are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BoolArray", "Values"]

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Values:
    """One evaluated column or sub-expression.

    Parameters
    ----------
    data
        Array ``(n,)``, or a scalar array ``()`` for a constant: numbers, truth values, or category codes
        (position in `categories`; any value where missing).
    valid
        Array ``(n,)``, True where the value is there; None where all are.
    categories
        The labels that codes stand for, in their order; None for numbers.
    ordered
        Whether the order of the categories means something.
    edges
        For bands: ``lo``, ``hi`` and ``mid`` of each category, arrays ``(k,)``.
    name
        Column name, for messages.
    """

    data: npt.NDArray[Any]
    valid: BoolArray | None = None
    categories: tuple[object, ...] | None = None
    ordered: bool = False
    edges: Mapping[str, npt.NDArray[np.float64]] | None = None
    name: str = ""

    def rows(self, n: int) -> Values:
        """Stretch a constant to `n` rows."""
        if self.data.ndim == 1:
            return self
        return Values(
            np.full(n, self.data),
            None if self.valid is None else np.full(n, bool(self.valid)),
            self.categories,
            self.ordered,
            self.edges,
        )

    def true(self) -> BoolArray:
        """Rows where a condition holds: a missing condition does not."""
        held = self.data.astype(np.bool_, copy=False)
        return held if self.valid is None else held & self.valid
