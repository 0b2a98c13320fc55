"""Variances from replicate weights, and their degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from surveykit.engine import FloatArray, GroupFactors, IntArray
from surveykit.weighting.records import Replicates

__all__ = [
    "FixedDegrees",
    "rank_degrees",
    "reaches_every_replicate",
    "replicate_covariance",
    "replicate_degrees",
]

#: Inverse condition of a square part of the replicate factors, above which all of them are surely independent.
_FAR = 1e-9


@dataclass(frozen=True)
class FixedDegrees:
    """Degrees of freedom that do not depend on the cell: those of replicate weights."""

    df: float

    def degrees_of_freedom(self, groups: IntArray, size: int) -> FloatArray:
        """Return the same degrees of freedom for each group."""
        return np.full(size, self.df)


def replicate_covariance(estimates: FloatArray, full: FloatArray, replicates: Replicates) -> FloatArray:
    """Covariance from replicate estimates.

    Parameters
    ----------
    estimates
        ``(R, p)``.
    full
        ``(p,)`` full-sample estimates.
    replicates
        Scales and centre.

    Returns
    -------
    ndarray
        ``(p, p)``.
    """
    used = replicates.rscales > 0
    centre = full if replicates.mse else estimates[used].mean(axis=0)
    deviations = np.where(used[:, None], estimates - centre, 0.0)
    matrix: FloatArray = replicates.scale * (deviations.T @ (deviations * replicates.rscales[:, None]))
    return (matrix + matrix.T) / 2


def replicate_degrees(replicates: Replicates) -> FixedDegrees:
    """Degrees of freedom of replicate weights: those they came with, or their rank minus 1."""
    if replicates.df is not None:
        return FixedDegrees(replicates.df)
    return FixedDegrees(rank_degrees(replicates, None))


def rank_degrees(replicates: Replicates, present: npt.NDArray[np.bool_] | None) -> float:
    """Rank of the replicate weights of some units, minus 1.

    Calibration in each replicate adds nothing: the rank is that of the factors before it.

    Parameters
    ----------
    present
        ``(U,)`` lines of the replicate factors; None for all.
    """
    if replicates.deleted is not None:
        return _deleted_rank(replicates.deleted, _first_units(replicates, present)) - 1
    weights = _first_factors(replicates, present)
    if not len(weights):
        return 0.0
    return float((weights.shape[1] if _surely_independent(weights) else _rank(weights)) - 1)


def reaches_every_replicate(replicates: Replicates, present: npt.NDArray[np.bool_]) -> bool:
    """Whether some units surely give the highest rank there can be, so that more of them add nothing.

    Parameters
    ----------
    present
        ``(U,)`` lines of the replicate factors.
    """
    return replicates.deleted is None and _surely_independent(_first_factors(replicates, present))


def _first_units(replicates: Replicates, present: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_] | None:
    """Sampling units of lines of the factors: the same, unless calibration made the lines finer."""
    factors = replicates.factors
    if present is None or isinstance(factors, np.ndarray):
        return present
    first = factors.parts[0]
    assert isinstance(first, GroupFactors)
    return present if first.group is None else np.bincount(first.group[present], minlength=len(first.values)) > 0


def _first_factors(replicates: Replicates, present: npt.NDArray[np.bool_] | None) -> FloatArray:
    """Factors of some units before calibration; by row where each row has its own."""
    factors, by_row = replicates.factors, replicates.units is None
    if not isinstance(factors, np.ndarray):
        first = factors.parts[0]
        assert isinstance(first, GroupFactors)
        factors, by_row = first.values, by_row and first.group is None
    inside = _first_units(replicates, present)
    lines = slice(None) if inside is None else np.flatnonzero(inside)
    found: FloatArray = factors[lines] * replicates.base[lines, None] if by_row else factors[lines]
    return found


def _surely_independent(weights: FloatArray) -> bool:
    """Whether as many lines as there are columns, spread over all of them, are independent."""
    columns = weights.shape[1]
    return len(weights) > 2 * columns and _independent(weights[:: len(weights) // columns][:columns])


def _deleted_rank(stratum: IntArray, present: npt.NDArray[np.bool_] | None) -> float:
    """Rank of the factors of delete-one replicates: each whole stratum adds up to the same line."""
    inside = np.ones(len(stratum), np.bool_) if present is None else present
    strata = int(stratum.max(initial=-1)) + 1
    varied = stratum >= 0
    size = np.bincount(stratum[varied], minlength=strata)
    found = np.bincount(stratum[varied & inside], minlength=strata)
    whole = int(np.count_nonzero((found == size) & (size > 0)))
    constant = bool((inside & ~varied).any())
    return max(float(found.sum() - max(whole - 1, 0) + (constant and not whole)), 1.0)


def _independent(square: FloatArray) -> bool:
    """Whether a square matrix is far from singular."""
    size = float(np.abs(square).sum(axis=0).max())
    factored = lapack.dgetrf(square)
    return factored[2] == 0 and float(lapack.dgecon(factored[0], size)[0]) > _FAR


def _rank(weights: FloatArray) -> int:
    scale = np.linalg.norm(weights, axis=0)
    scaled = weights / np.where(scale > 0, scale, 1.0)
    values = np.linalg.eigvalsh(scaled.T @ scaled if len(scaled) > scaled.shape[1] else scaled @ scaled.T)
    # Squares of singular values: 1e-13 finds columns that differ by 3e-7, well above the noise of the products.
    return int(np.count_nonzero(values > 1e-13 * values.max()))
