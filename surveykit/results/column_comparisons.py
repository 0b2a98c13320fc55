"""Which columns of a table differ: pairwise tests of column percentages with the covariance of the design."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.results.estimate import two_sided_p
from surveykit.results.headings import letter
from surveykit.results.independence import JointCounts, share_covariance

__all__ = ["Adjustment", "adjusted", "column_letters", "column_p_values"]

Adjustment = Literal["holm", "bonferroni", "bh", "none"]


def column_p_values(joint: JointCounts, df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Differences of column shares and their two-sided p-values, pair by pair.

    Parameters
    ----------
    joint
        Counts with their covariance; that of the same units in two columns is part of it.
    df
        ``(C,)`` degrees of freedom of each column; a pair has the smaller.

    Returns
    -------
    differences, p
        ``(R, P)`` for the P pairs of columns in order; NaN where a column is empty or nothing varies.
    """
    rows, columns = joint.counts.shape
    shares = joint.counts / joint.counts.sum()
    base = shares.sum(axis=0)
    covariance = share_covariance(joint).reshape(rows, columns, rows, columns)
    pairs = list(combinations(range(columns), 2))
    differences, p = np.full((2, rows, len(pairs)), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = shares / base
    for row in range(rows):
        gradient = -percent[row][None, :] * np.ones((rows, 1))
        gradient[row] += 1
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = gradient / base
        for place, (a, b) in enumerate(pairs):
            if base[a] <= 0 or base[b] <= 0:
                continue
            own = (
                scaled[:, a] @ covariance[:, a, :, a] @ scaled[:, a]
                + scaled[:, b] @ covariance[:, b, :, b] @ scaled[:, b]
            )
            variance = own - 2 * scaled[:, a] @ covariance[:, a, :, b] @ scaled[:, b]
            differences[row, place] = percent[row, a] - percent[row, b]
            if variance > 1e-13 * own > 0:
                t = differences[row, place] / np.sqrt(variance)
                p[row, place] = float(two_sided_p(t, min(df[a], df[b])))
    return differences, p


def adjusted(p: FloatArray, how: Adjustment) -> FloatArray:
    """P-values ``(m,)`` adjusted for being m; NaN ones do not count.

    References
    ----------
    Holm (1979), *Scandinavian Journal of Statistics* 6, 65-70; Benjamini and Hochberg (1995), *JRSS B* 57, 289-300.

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.04, 0.03]), "holm")
    array([0.03, 0.06, 0.06])
    """
    if how not in ("holm", "bonferroni", "bh", "none"):
        raise EstimationError(
            f"adjust={how!r} is not known.", remedy=f"Choose one of {listing(['holm', 'bonferroni', 'bh', 'none'])}."
        )
    found = p.copy()
    known = np.flatnonzero(np.isfinite(p))
    size = len(known)
    order = known[np.argsort(p[known], kind="stable")]
    if how == "bonferroni":
        found[known] = np.minimum(p[known] * size, 1.0)
    elif how == "holm":
        found[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(size, 0, -1)), 1.0)
    elif how == "bh":
        steps = p[order] * size / np.arange(1, size + 1)
        found[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return found


def column_letters(
    joint: JointCounts, df: FloatArray, *, adjust: Adjustment = "holm", levels: tuple[float, float] = (0.05, 0.10)
) -> list[list[str]]:
    """Letters of the columns that each cell exceeds, ``R`` lists of ``C``.

    Parameters
    ----------
    joint, df
        As in :func:`column_p_values`.
    adjust
        For the number of pairs within a row.
    levels
        Below the first a letter is a capital, below the second it is small.
    """
    rows, columns = joint.counts.shape
    differences, p = column_p_values(joint, df)
    pairs = list(combinations(range(columns), 2))
    found = [["" for _ in range(columns)] for _ in range(rows)]
    for row in range(rows):
        for (a, b), difference, value in zip(pairs, differences[row], adjusted(p[row], adjust), strict=True):
            if not value < max(levels):
                continue
            higher, lower = (a, b) if difference > 0 else (b, a)
            mark = letter(lower)
            found[row][higher] += mark if value < min(levels) else mark.lower()
    return found
