"""THE variance kernel: score totals by sampling unit in, covariance out.

Every design-based estimate is a vector and its linearisation. The linearisation, summed within sampling units, is a matrix of
score totals; this module alone turns it into a covariance, stage by stage. For one stage,

    V = sum over strata h of (1 - f_h) n_h / (n_h - 1) sum over units i of (t_hi - mean_h)(t_hi - mean_h)'

and units sampled at a later stage add the same expression within each unit of the stage before, times the product of the
sampling fractions above it (Särndal, Swensson and Wretman 1992, result 4.3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveykit.design import Stage, Structure
from surveykit.engine import FloatArray, IntArray, StratumMoments
from surveykit.engine.grouping import group_sums
from surveykit.errors import DesignError

__all__ = ["Presence", "covariance", "covariance_from_moments", "stage_coefficients"]


def covariance(totals: FloatArray, structure: Structure, present: npt.NDArray[np.bool_] | None = None) -> FloatArray:
    """Covariance of estimates from their score totals.

    Parameters
    ----------
    totals
        ``(U, p)`` score totals by unit of the deepest stage; zero for units outside the domain.
    structure
        The design as found.
    present
        ``(U,)`` units with a row in the domain; needed only for ``domain_lonely``.

    Returns
    -------
    ndarray
        ``(p, p)``.

    Raises
    ------
    DesignError
        If a stratum has one unit and the design says ``lonely="fail"``.

    References
    ----------
    Särndal, Swensson and Wretman (1992), *Model Assisted Survey Sampling*, ch. 4; Binder (1983).
    """
    multipliers = _multipliers(structure)
    result = np.zeros((totals.shape[1], totals.shape[1]))
    for number in range(len(structure.stages) - 1, -1, -1):
        stage = structure.stages[number]
        here = present if number == len(structure.stages) - 1 else None
        result += _stage_covariance(totals, stage, multipliers[number], structure, here)
        if stage.parent is not None:
            outer = len(structure.stages[number - 1].stratum)
            totals = _sum_by(stage.parent, outer, totals)
    return result


def _sum_by(codes: IntArray, groups: int, totals: FloatArray) -> FloatArray:
    return group_sums(codes, groups, np.ones(len(totals)), list(np.ascontiguousarray(totals.T)))


def _multipliers(structure: Structure) -> list[FloatArray]:
    """Product of the sampling fractions of the stages above, for each stratum of each stage."""
    found: list[FloatArray] = []
    unit_multiplier: FloatArray | None = None
    for stage in structure.stages:
        own = np.ones(len(stage.sampled))
        if stage.parent is not None and unit_multiplier is not None:
            own[stage.stratum] = unit_multiplier[stage.parent]
        found.append(own)
        unit_multiplier = (own * stage.fraction)[stage.stratum]
    return found


def stage_coefficients(stage: Stage, multiplier: FloatArray | float = 1.0) -> FloatArray:
    """Factor ``(1 - f) n / (n - 1)`` of each stratum; for one unit ``1 - f``."""
    n = stage.sampled
    finite = 1 - stage.fraction
    coefficients: FloatArray = multiplier * finite * np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)
    return coefficients


def _special_strata(stage: Stage, structure: Structure, present_units: FloatArray | None) -> IntArray:
    """Strata without a variance of their own; refuse them where the design says so."""
    lonely = stage.lonely
    if len(lonely) and structure.lonely == "fail":
        name, more = stage.labels[lonely[0]], len(lonely) - 1
        others = f" ({more} more like it)" if more else ""
        raise DesignError(
            f"Stratum '{name}' has one sampling unit, so its variance is not defined{others}.",
            remedy='Merge strata, or pass lonely="adjust" (or "average", "certainty", "remove").',
        )
    if structure.domain_lonely and present_units is not None and structure.lonely in ("adjust", "average"):
        alone = np.flatnonzero((present_units == 1) & (stage.sampled > 1) & (stage.fraction < 1))
        return np.union1d(lonely, alone)
    return lonely


def _stage_covariance(
    totals: FloatArray,
    stage: Stage,
    multiplier: FloatArray,
    structure: Structure,
    present: npt.NDArray[np.bool_] | None,
) -> FloatArray:
    strata = len(stage.sampled)
    coefficients = stage_coefficients(stage, multiplier)
    counted = None if present is None else np.bincount(stage.stratum[present], minlength=strata).astype(np.float64)
    special = _special_strata(stage, structure, counted)
    means = _sum_by(stage.stratum, strata, totals) / stage.sampled[:, None]
    if len(special) and structure.lonely == "adjust":
        means[special] = totals.mean(axis=0)
    inflation = 1.0
    if len(special) and structure.lonely == "average":
        coefficients[special] = 0.0
        inflation = _average_inflation(strata, len(special))
    centred = totals - means[stage.stratum]
    weighted = centred * coefficients[stage.stratum][:, None]
    result: FloatArray = inflation * (centred.T @ weighted)
    return (result + result.T) / 2


def _average_inflation(strata: int, special: int) -> float:
    if special == strata:
        raise DesignError(
            "Every stratum has one sampling unit, so there is no average variance to lend.",
            remedy='Merge strata, or pass lonely="adjust".',
        )
    return strata / (strata - special)


def covariance_from_moments(moments: StratumMoments, mapping: FloatArray, structure: Structure) -> FloatArray:
    """Covariance where the rows are the sampling units, from second moments by stratum.

    Parameters
    ----------
    moments
        Sums and products of the weighted terms by stratum and cell.
    mapping
        ``(p, C, K)`` linear map from a row's terms to its scores.
    structure
        The design as found; one stage.

    Returns
    -------
    ndarray
        ``(p, p)``.
    """
    stage = structure.stages[0]
    coefficients = stage_coefficients(stage)
    special = _special_strata(stage, structure, moments.rows.sum(axis=1).astype(np.float64))
    flat = mapping.reshape(len(mapping), -1)
    totals = moments.sums.reshape(len(moments.sums), -1) @ flat.T
    inflation = 1.0
    adjust = special if structure.lonely == "adjust" else special[:0]
    if len(special) and structure.lonely == "average":
        inflation = _average_inflation(len(coefficients), len(special))
    if len(special):
        coefficients[special] = 0.0
    within = _mapped_second(np.tensordot(coefficients, moments.second, axes=1), mapping)
    between = (totals * (coefficients / stage.sampled)[:, None]).T @ totals
    result: FloatArray = inflation * (within - between)
    for stratum in adjust.tolist():
        result += _adjusted(stratum, stage, moments, mapping, totals)
    return _without_noise((result + result.T) / 2, np.diagonal(within))


def _mapped_second(second: FloatArray, mapping: FloatArray) -> FloatArray:
    left = np.einsum("pck,ckl->pcl", mapping, second)
    return left.reshape(len(mapping), -1) @ mapping.reshape(len(mapping), -1).T


def _adjusted(
    stratum: int, stage: Stage, moments: StratumMoments, mapping: FloatArray, totals: FloatArray
) -> FloatArray:
    """One stratum's sum of squares around the mean of all units."""
    centre = totals.sum(axis=0) / stage.sampled.sum()
    own, count = totals[stratum], stage.sampled[stratum]
    second = _mapped_second(moments.second[stratum], mapping)
    around = second - np.outer(own, centre) - np.outer(centre, own) + count * np.outer(centre, centre)
    factor = (1 - stage.fraction[stratum]) * (count / (count - 1) if count > 1 else 1.0)
    adjusted: FloatArray = factor * around
    return adjusted


def _without_noise(result: FloatArray, scale: FloatArray) -> FloatArray:
    """Set variances that are rounding noise of their two parts to zero."""
    noise = np.diagonal(result) < 1e-13 * np.abs(scale)
    result[noise, :] = 0.0
    result[:, noise] = 0.0
    return result


@dataclass(frozen=True)
class Presence:
    """Which first-stage units and strata have rows in which cell: the source of degrees of freedom.

    Parameters
    ----------
    counts
        ``(X, C)``: for each first-stage unit (or, where rows are units, each stratum), how many units of it lie in the cell.
    stratum
        ``(X,)`` stratum of each line.
    """

    counts: IntArray
    stratum: IntArray

    def degrees_of_freedom(self, groups: IntArray, size: int) -> FloatArray:
        """Units minus strata with a row in each group of cells.

        Parameters
        ----------
        groups
            ``(C,)`` group of each cell.
        size
            Number of groups G.

        Returns
        -------
        ndarray
            ``(G,)``.
        """
        found = np.zeros(size)
        for group in range(size):
            inside = self.counts[:, groups == group].sum(axis=1)
            found[group] = inside.sum() - len(np.unique(self.stratum[inside > 0]))
        return found


Scores = Callable[[FloatArray], FloatArray]
