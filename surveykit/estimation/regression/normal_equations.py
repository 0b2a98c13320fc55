"""Normal equations: which columns are independent, and their solution."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from surveykit.engine import FloatArray, IntArray

__all__ = ["independent", "independent_anywhere", "inverse_of", "solve_normal", "uphill"]

_ALIASED = 1e-13


def independent(information: FloatArray) -> IntArray:
    """Positions of the columns that do not depend on the columns before them (sequential Cholesky, scaled)."""
    scale = np.sqrt(np.diagonal(information))
    if _all_independent(information, scale):
        return np.arange(len(scale))
    kept: list[int] = []
    factor = np.zeros((0, 0))
    for place in range(len(scale)):
        if scale[place] == 0:
            continue
        column = information[kept, place] / (scale[kept] * scale[place])
        along = linalg.solve_triangular(factor, column, lower=True) if kept else column
        rest = 1.0 - along @ along
        if rest < _ALIASED * max(len(kept), 1):
            continue
        grown = np.zeros((len(kept) + 1, len(kept) + 1))
        grown[:-1, :-1], grown[-1, :-1], grown[-1, -1] = factor, along, np.sqrt(rest)
        factor = grown
        kept.append(place)
    return np.array(kept, np.intp)


def _all_independent(information: FloatArray, scale: FloatArray) -> bool:
    """Whether no column depends on those before it, by one factorisation of the scaled matrix."""
    if not (scale > 0).all():
        return False
    try:
        factor = np.linalg.cholesky(information / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return False
    return bool((np.diagonal(factor) ** 2 >= 2 * _ALIASED * np.maximum(np.arange(len(scale)), 1)).all())


def independent_anywhere(information: FloatArray) -> IntArray:
    """As :func:`independent`, also where a likelihood is not concave: the square of the matrix has its null space."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(information)), 1e-300))
    scaled = information * np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled).min() > -1e-10:
        return independent(information)
    return independent(scaled @ scaled)


def solve_normal(information: FloatArray, right: FloatArray) -> FloatArray:
    """Solve normal equations, scaled; by least squares where they are singular.

    Parameters
    ----------
    right
        ``(q,)`` or ``(q, k)``.
    """
    scale = 1 / np.sqrt(np.maximum(np.diagonal(information), 1e-300))
    scaled = information * np.outer(scale, scale)
    sides = scale if right.ndim == 1 else scale[:, None]
    try:
        solution = linalg.cho_solve(linalg.cho_factor(scaled), right * sides)
    except linalg.LinAlgError:
        solution = np.linalg.lstsq(scaled, right * sides, rcond=None)[0]
    solved: FloatArray = solution * sides
    return solved


def uphill(information: FloatArray, gradient: FloatArray) -> FloatArray:
    """Newton's step; where the likelihood is not concave, with the information's eigenvalues made positive."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(information)), 1e-300))
    scaled = information * np.outer(scale, scale)
    try:
        solution = linalg.cho_solve(linalg.cho_factor(scaled), gradient * scale)
    except linalg.LinAlgError:
        values, vectors = np.linalg.eigh(scaled)
        size = np.maximum(np.abs(values), 1e-8 * np.abs(values).max())
        solution = vectors @ ((vectors.T @ (gradient * scale)) / size)
    solved: FloatArray = solution * scale
    return solved


def inverse_of(information: FloatArray) -> FloatArray:
    """Inverse of an information matrix ``(q, q)``."""
    return solve_normal(information, np.eye(len(information)))
