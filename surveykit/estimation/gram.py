"""Weighted cross-products of a batch: the inner loop of every regression."""

from __future__ import annotations

import numpy as np

from surveykit.engine import FloatArray

__all__ = ["gram"]

#: Up to this many columns, dot products beat a matrix product, which first copies its arguments.
_FEW = 12


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
    size = x.shape[1]
    if size > _FEW:
        product: FloatArray = x.T @ (x * weight[:, None])
        return product
    found = np.empty((size, size))
    columns = list(x.T)
    for j, column in enumerate(columns):
        weighted = column * weight
        for k in range(j + 1):
            found[j, k] = found[k, j] = weighted @ columns[k]
    return found
