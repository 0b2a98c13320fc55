"""Tests of independence: arithmetic on the weighted counts of a table and their covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.results.rao_scott import STATISTICS, Judgement, judge_pearson, judge_wald

__all__ = [
    "JointCounts",
    "TestStatistic",
    "design_effect_eigenvalues",
    "expected_counts",
    "independence",
    "share_covariance",
]

TestStatistic = Literal["F", "Chisq", "Satterthwaite", "Wald", "adjWald", "lincom", "saddlepoint"]

#: Variance relative to that of a simple random sample below which a table counts as fixed by the design.
_NO_VARIANCE = 1e-9


@dataclass(frozen=True, eq=False)
class JointCounts:
    """Weighted counts of the cells of one two-way table with their covariance.

    Parameters
    ----------
    counts
        ``(R, C)`` estimated population counts.
    covariance
        ``(R * C, R * C)``, columns fastest.
    rows
        ``(R, C)`` rows of the data in each cell.
    df
        Degrees of freedom of the design in the domain, rows without an answer included.
    shares
        ``(R * C, R * C)`` covariance of the cells' shares in the table, where it does not follow from that of the
        counts: replicates of a share are not linear in replicates of counts.
    """

    counts: FloatArray
    covariance: FloatArray
    rows: npt.NDArray[np.int64]
    df: float
    shares: FloatArray | None = None

    @property
    def n(self) -> int:
        """Rows of the data in the table."""
        return int(self.rows.sum())


def expected_counts(counts: FloatArray) -> FloatArray:
    """Counts under independence with the same margins ``(R, C)``."""
    expected: FloatArray = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return expected


def independence(
    joint: JointCounts,
    statistic: TestStatistic,
    *,
    levels: tuple[Sequence[object], Sequence[object]],
    empty: Literal["fail", "drop"] = "fail",
) -> tuple[Judgement, FloatArray, FloatArray, FloatArray]:
    """Test that rows and columns are independent.

    Parameters
    ----------
    joint
        The counts with their covariance.
    statistic
        Name of the test.
    levels
        Labels of rows and of columns, for messages.
    empty
        What to do with a level that no row has: refuse, or test the others.

    Returns
    -------
    judgement
        Statistic, degrees of freedom, p-value.
    observed, expected
        ``(R, C)`` counts that add to the number of rows in the data.
    eigenvalues
        Generalised design effects; of length 0 for the Wald tests.
    """
    if statistic not in STATISTICS:
        raise EstimationError(f"statistic={statistic!r} is not known.", remedy=f"Choose one of {listing(STATISTICS)}.")
    joint = _occupied(joint, levels, empty)
    if joint.df <= 0:
        raise EstimationError(
            f"The design has {joint.df:g} degrees of freedom here, so this table cannot be tested.",
            remedy="A test needs more sampling units than strata.",
        )
    total = joint.counts.sum()
    shares = joint.counts / total
    expected = expected_counts(shares)
    eigenvalues = design_effect_eigenvalues(joint)
    if eigenvalues.max() < _NO_VARIANCE:
        raise EstimationError(
            "This table has no sampling variance: the design fixes its cells, so there is nothing to test.",
            remedy="Stratification by both variables makes the table known; describe it instead of testing it.",
        )
    n = joint.n
    if statistic in ("Wald", "adjWald"):
        residual, covariance = _wald_residuals(joint)
        return judge_wald(residual, covariance, joint.df, statistic), n * shares, n * expected, np.empty(0)
    x2 = n * float(((shares - expected) ** 2 / expected).sum())
    return judge_pearson(x2, eigenvalues, joint.df, statistic), n * shares, n * expected, eigenvalues


def _occupied(
    joint: JointCounts, levels: tuple[Sequence[object], Sequence[object]], empty: Literal["fail", "drop"]
) -> JointCounts:
    """Drop or refuse levels without weight."""
    if empty not in ("fail", "drop"):
        raise EstimationError(f"empty={empty!r} is not known.", remedy="Choose 'fail' or 'drop'.")
    keep = [joint.counts.sum(axis=1) > 0, joint.counts.sum(axis=0) > 0]
    unused = [str(level) for side in (0, 1) for level, used in zip(levels[side], keep[side], strict=True) if not used]
    if unused and empty == "fail":
        raise EstimationError(
            f"No row with a positive weight has level {listing(unused)}, so this test is not defined.",
            remedy='Pass empty="drop" to test the levels that occur, or merge levels.',
        )
    if min(keep[0].sum(), keep[1].sum()) < 2:
        raise EstimationError(
            "A test of independence needs two levels that occur on each side.",
            remedy="Check the domain, or merge levels differently.",
        )
    if not unused:
        return joint
    cells = np.flatnonzero(np.outer(*keep).ravel())
    inner, square = np.ix_(keep[0], keep[1]), np.ix_(cells, cells)
    shares = None if joint.shares is None else joint.shares[square]
    return JointCounts(joint.counts[inner], joint.covariance[square], joint.rows[inner], joint.df, shares)


def _interaction_contrasts(rows: int, columns: int) -> FloatArray:
    """Basis ``(R * C, (R - 1)(C - 1))`` of the interaction space."""

    def centred(size: int) -> FloatArray:
        return np.vstack([np.eye(size - 1), -np.ones((1, size - 1))])

    crossed: FloatArray = np.kron(centred(rows), centred(columns)).astype(np.float64)
    return crossed


def share_covariance(joint: JointCounts) -> FloatArray:
    """Covariance of the cell shares ``(R * C, R * C)``."""
    if joint.shares is not None:
        return joint.shares
    total = joint.counts.sum()
    shares = (joint.counts / total).ravel()
    summed = joint.covariance.sum(axis=0)
    outer = np.outer(shares, summed)
    matrix = joint.covariance - outer - outer.T + summed.sum() * np.outer(shares, shares)
    scaled: FloatArray = matrix / total**2
    return scaled


def design_effect_eigenvalues(joint: JointCounts) -> FloatArray:
    """Generalised design effects of the test of independence, in decreasing order.

    Eigenvalues of ``n (Z' D Z)^-1 (Z' D V D Z)`` with Z a basis of the interactions, D the inverse of the diagonal of
    observed shares (zero for empty cells), V the covariance of the shares (Rao and Scott 1984, section 2).
    """
    contrasts = _interaction_contrasts(*joint.counts.shape)
    shares = (joint.counts / joint.counts.sum()).ravel()
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)
    scaled = inverse[:, None] * contrasts
    inner = contrasts.T @ scaled
    middle = joint.n * (scaled.T @ share_covariance(joint) @ scaled)
    if np.linalg.matrix_rank(inner) < len(inner):
        raise EstimationError(
            "Too many cells of this table are empty for a test of independence.", remedy="Merge levels that are rare."
        )
    factor = np.linalg.cholesky(inner)
    half = np.linalg.solve(factor, np.linalg.solve(factor, middle).T)
    found = np.linalg.eigvalsh((half + half.T) / 2)[::-1]
    clipped: FloatArray = np.maximum(found, 0.0)
    return clipped


def _wald_residuals(joint: JointCounts) -> tuple[FloatArray, FloatArray]:
    """Counts minus expected counts but for the last row and column, with their covariance (Koch et al. 1975)."""
    rows, columns = joint.counts.shape
    row_share = joint.counts.sum(axis=1) / joint.counts.sum()
    column_share = joint.counts.sum(axis=0) / joint.counts.sum()
    same_row = np.kron(np.eye(rows), np.ones((columns, columns)))
    same_column = np.kron(np.ones((rows, rows)), np.eye(columns))
    own_row, own_column = np.repeat(row_share, columns), np.tile(column_share, rows)
    gradient = np.eye(rows * columns) - same_row * own_column[:, None] - same_column * own_row[:, None]
    gradient += (own_row * own_column)[:, None]
    inner = np.arange(rows * columns).reshape(rows, columns)[:-1, :-1].ravel()
    residual = (joint.counts - expected_counts(joint.counts)).ravel()[inner]
    mapped = gradient[inner]
    return residual, mapped @ joint.covariance @ mapped.T
