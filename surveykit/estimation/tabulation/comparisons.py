"""Column letters: pairwise tests of each line across columns that may share rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray
from surveykit.results.column_comparisons import Adjustment, adjusted
from surveykit.results.estimate import two_sided_p

__all__ = ["mark_columns", "pairwise_tests"]


def pairwise_tests(
    estimate: FloatArray, covariance: FloatArray, df: FloatArray, pairs: Sequence[tuple[int, int]]
) -> tuple[FloatArray, FloatArray]:
    """Differences and two-sided p-values of pairs of columns.

    Parameters
    ----------
    estimate, df
        ``(K, c)``; a pair has the smaller degrees of freedom.
    covariance
        ``(K, c, c)``, what columns share included.
    pairs
        Which P pairs.

    Returns
    -------
    differences, p
        ``(K, P)`` each; p is NaN where nothing varies or a column is empty.
    """
    first, second = (np.array([pair[side] for pair in pairs], np.intp) for side in (0, 1))
    own = covariance[:, first, first] + covariance[:, second, second]
    variance = own - 2 * covariance[:, first, second]
    differences = estimate[:, first] - estimate[:, second]
    with np.errstate(divide="ignore", invalid="ignore"):
        tested = (variance > 1e-13 * own) & (own > 0)
        t = np.where(tested, differences / np.sqrt(np.where(tested, variance, 1.0)), np.nan)
    p = np.where(np.isfinite(t), two_sided_p(t, np.minimum(df[:, first], df[:, second])), np.nan)
    return differences, p


def mark_columns(
    tests: tuple[FloatArray, FloatArray],
    pairs: Sequence[tuple[int, int]],
    names: Sequence[str],
    *,
    adjust: Adjustment,
    levels: tuple[float, float],
) -> npt.NDArray[np.object_]:
    """Letters ``(K, c)`` of the columns that each cell exceeds.

    Parameters
    ----------
    tests
        From :func:`pairwise_tests`.
    pairs
        The pairs that they are of.
    names
        ``(c,)`` letters of the columns.
    adjust
        For the number of pairs within a line.
    levels
        Below the first a letter is a capital, below the second it is small.
    """
    differences, p = tests
    found = np.full((len(p), len(names)), "", dtype=object)
    between = "," if any(len(name) > 1 for name in names) else ""
    for line, values in enumerate(p):
        if not (values < max(levels)).any():
            continue
        for place, value in enumerate(adjusted(values, adjust).tolist()):
            if not value < max(levels):
                continue
            a, b = pairs[place]
            higher, lower = (a, b) if differences[line, place] > 0 else (b, a)
            mark = names[lower] if value < min(levels) else names[lower].lower()
            found[line, higher] = between.join(part for part in (found[line, higher], mark) if part)
    return found
