"""Weighted cross-products of rows: the inner loop of every regression."""

from __future__ import annotations

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.aligned import aligned

__all__ = ["Gram", "gram"]

#: Up to this many columns and this many multiplications, a product of two matrices does not copy its arguments first.
_FEW = 10
_SHORT = 1_000_000

#: Up to this many columns, products of a matrix and a vector beat one of two matrices.
_SOME = 32


class Gram:
    """Sum of ``X' diag(w) X`` over blocks of rows, worked out in memory that is used again.

    Parameters
    ----------
    size
        Columns p of X.
    """

    def __init__(self, size: int) -> None:
        self.total = np.zeros((size, size))
        self._scratch = aligned(size, 0)

    def add(self, lines: FloatArray, weight: FloatArray) -> None:
        """Add a block: X as lines ``(p, m)``, one contiguous line a column, and weights ``(m,)``."""
        size, rows = lines.shape
        if self._scratch.shape[1] < rows:
            self._scratch = aligned(size, rows)
        scratch = self._scratch[:, :rows]
        if size > _SOME or (size <= _FEW and size * size * rows <= _SHORT):
            np.multiply(lines, weight, out=scratch)
            self.total += np.dot(scratch, lines.T)
            return
        weighted = scratch[0]
        for j in range(size):
            np.multiply(lines[j], weight, out=weighted)
            products = np.dot(lines[: j + 1], weighted)
            self.total[j, : j + 1] += products
            self.total[:j, j] += products[:j]


def gram(x: FloatArray, weight: FloatArray) -> FloatArray:
    """Return ``X' diag(w) X``.

    Parameters
    ----------
    x
        ``(m, p)``, column-major.
    weight
        ``(m,)``.

    Returns
    -------
    ndarray
        ``(p, p)``.

    Examples
    --------
    >>> gram(np.asfortranarray([[1.0, 2.0], [1.0, 4.0]]), np.array([1.0, 3.0]))
    array([[ 4., 14.],
           [14., 52.]])
    """
    found = Gram(x.shape[1])
    found.add(x.T, weight)
    return found.total
