"""THE variance kernel: score totals by sampling unit in, covariance out.

Every design-based estimate is a vector and its linearisation. The linearisation, summed within sampling units, is a
matrix of
score totals; this module alone turns it into a covariance, stage by stage. For one stage,

    V = sum over strata h of (1 - f_h) n_h / (n_h - 1) sum over units i of (t_hi - mean_h)(t_hi - mean_h)'

and units sampled at a later stage add the same expression within each unit of the stage before, times the product of
the
sampling fractions above it (Särndal, Swensson and Wretman 1992, result 4.3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveykit.design import QuadraticForm, Stage, Structure
from surveykit.engine import FloatArray, IntArray, StratumMoments
from surveykit.engine.grouping import group_sums
from surveykit.errors import DesignError

__all__ = [
    "Presence",
    "RowTotals",
    "covariance",
    "covariance_from_moments",
    "covariance_from_rows",
    "stage_coefficients",
    "unit_presence",
]


def covariance(totals: FloatArray, structure: Structure, present: npt.NDArray[np.bool_] | None = None) -> FloatArray:
    """Covariance of estimates from their score totals.

    Parameters
    ----------
    totals
        ``(U, p)`` score totals by unit of the deepest stage; zero for units outside the domain.
    structure
        The design as found.
    present
        ``(U,)`` units with a row in the domain; a stratum without one adds nothing, and is not lonely. All by default.

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
    if structure.quadratic is not None:
        return _quadratic(totals, structure.quadratic)
    multipliers = _multipliers(structure)
    result = np.zeros((totals.shape[1], totals.shape[1]))
    for number in range(len(structure.stages) - 1, -1, -1):
        stage = structure.stages[number]
        result += _stage_covariance(totals, stage, multipliers[number], structure, present)
        if stage.parent is not None:
            outer = len(structure.stages[number - 1].stratum)
            totals = _sum_by(stage.parent, outer, totals)
            if present is not None:
                present = np.bincount(stage.parent, weights=present, minlength=outer) > 0
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
    if present_units is not None:
        lonely = lonely[present_units[lonely] > 0]
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
        inflation = _average_inflation(strata if counted is None else int((counted > 0).sum()), len(special))
    centred = totals - means[stage.stratum]
    factor = coefficients[stage.stratum]
    if stage.unit_fraction is not None:
        factor = factor * (1 - stage.unit_fraction)
    weighted = centred * factor[:, None]
    result: FloatArray = inflation * (centred.T @ weighted)
    return (result + result.T) / 2


def _quadratic(totals: FloatArray, form: QuadraticForm) -> FloatArray:
    """Variance from joint inclusion probabilities; see :mod:`surveykit.design.unequal`."""
    if form.matrix.ndim == 1:
        diagonal: FloatArray = totals.T @ (totals * form.matrix[:, None])
        return diagonal
    product = totals.T @ (form.matrix @ totals)
    if form.differences:
        product = product - totals.T @ (totals * form.matrix.sum(axis=1)[:, None])
    return (product + product.T) / 2


def _average_inflation(strata: int, special: int) -> float:
    if special == strata:
        raise DesignError(
            "Every stratum has one sampling unit, so there is no average variance to lend.",
            remedy='Merge strata, or pass lonely="adjust".',
        )
    return strata / (strata - special)


_ROUNDING = 1e-14


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
    coefficients[stage.lonely] = 0.0
    flat = mapping.reshape(len(mapping), -1)
    totals = moments.sums.reshape(len(moments.sums), -1) @ flat.T
    pooled = np.tensordot(coefficients, moments.second, axes=1)
    left = np.einsum("pck,ckl->pcl", mapping, pooled)
    within = left.reshape(len(mapping), -1) @ flat.T
    # A cell of one row, or of equal values, has scores of zero; what the terms leave of each other there is rounding.
    terms = np.abs(np.einsum("pck,ckl->pcl", np.abs(mapping), np.abs(pooled)) * mapping).sum(axis=(1, 2))
    rounding = np.diagonal(within) < _ROUNDING * terms
    within[rounding, :] = 0.0
    within[:, rounding] = 0.0
    return covariance_from_rows(RowTotals(within, totals, moments.rows.sum(axis=1)), structure)


@dataclass(frozen=True)
class RowTotals:
    """Scores of rows that are themselves the sampling units, summed up.

    Parameters
    ----------
    second
        ``(p, p)`` sum over rows of coefficient x score x score'; strata with one sampled unit left out.
    totals
        ``(H, p)`` sums by stratum.
    rows
        ``(H,)`` rows of the domain in each stratum.
    """

    second: FloatArray
    totals: FloatArray
    rows: IntArray


def covariance_from_rows(sums: RowTotals, structure: Structure) -> FloatArray:
    """Covariance where the rows are the sampling units: ``sum of c_h (sum of zz' - t_h t_h' / n_h)``.

    Parameters
    ----------
    sums
        Scores summed by stratum.
    structure
        The design as found; one stage.

    Returns
    -------
    ndarray
        ``(p, p)``.
    """
    stage = structure.stages[0]
    coefficients = stage_coefficients(stage)
    special = _special_strata(stage, structure, sums.rows.astype(np.float64))
    lonely_in_domain = np.setdiff1d(special, stage.lonely)
    # Of these strata one row alone is in the domain, so its score is the stratum's total.
    alone = sums.totals[lonely_in_domain]
    second = sums.second - (alone * coefficients[lonely_in_domain][:, None]).T @ alone
    inflation = 1.0
    if len(special) and structure.lonely == "average":
        inflation = _average_inflation(int((sums.rows > 0).sum()), len(special))
    finite = coefficients.copy()
    finite[special] = 0.0
    between = (sums.totals * (finite / stage.sampled)[:, None]).T @ sums.totals
    result: FloatArray = inflation * (second - between)
    if structure.lonely == "adjust":
        centre = sums.totals.sum(axis=0) / stage.sampled.sum()
        for stratum in special.tolist():
            result += coefficients[stratum] * _around(sums.totals[stratum], centre, stage.sampled[stratum])
    return _without_noise((result + result.T) / 2, np.diagonal(sums.second))


def _around(own: FloatArray, centre: FloatArray, count: float) -> FloatArray:
    """Sum of squares around the overall mean in a stratum where one row alone has a score."""
    cross = np.outer(own, centre)
    squares: FloatArray = np.outer(own, own) - cross - cross.T + count * np.outer(centre, centre)
    return squares


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
        ``(X, C)``: for each first-stage unit, whether it lies in the cell (a unit may lie in several); or, where rows
        are
        units, how many of each stratum lie in it.
    stratum
        ``(X,)`` stratum of each line.
    """

    counts: IntArray | npt.NDArray[np.bool_]
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
            cells = self.counts[:, groups == group]
            inside = cells.any(axis=1) if cells.dtype == np.bool_ else cells.sum(axis=1)
            found[group] = inside.sum() - len(np.unique(self.stratum[inside > 0]))
        return found


def unit_presence(present: npt.NDArray[np.bool_], structure: Structure) -> Presence:
    """Carry presence ``(U, C)`` of deepest units up to the first stage."""
    for number in range(len(structure.stages) - 1, 0, -1):
        parent = structure.stages[number].parent
        outer = np.zeros((len(structure.stages[number - 1].stratum), present.shape[1]), np.bool_)
        assert parent is not None
        np.logical_or.at(outer, parent, present)
        present = outer
    return Presence(present, structure.stages[0].stratum)
