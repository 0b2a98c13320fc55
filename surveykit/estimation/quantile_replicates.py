"""Quantiles of every replicate, for intervals from their spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.engine import FloatArray, Key
from surveykit.engine.grouping import key_codes
from surveykit.engine.weighted_values import select_values
from surveykit.errors import EstimationError
from surveykit.estimation.quantile_rules import read_quantiles
from surveykit.estimation.row_scores import scan
from surveykit.expressions import Expr
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance
from surveykit.weighting.records import Replicates

__all__ = ["quantile_covariance", "refuse_jackknife"]

_DELETE_ONE = ("JK1", "JKn")


def refuse_jackknife(survey: Survey) -> Replicates:
    """Refuse surveys whose replicates do not give a variance of quantiles.

    Raises
    ------
    EstimationError
        Without replicates, and under the delete-one jackknife, whose variance of a quantile does not settle down as the
        sample grows (Shao and Wu 1989).
    """
    replicates = survey.replicates
    if replicates is None:
        raise EstimationError(
            "interval='quantile' takes the spread of replicate quantiles, and this survey has no replicates.",
            remedy="Use interval='mean', or make replicates with replicate(survey, \"bootstrap\", seed=1).",
        )
    if replicates.kind in _DELETE_ONE:
        raise EstimationError(
            f"Quantiles of {replicates.kind} replicates do not give a variance: the delete-one jackknife is "
            "inconsistent for them.",
            remedy="Use interval='mean', which inverts the replicate variance of the share below; or the bootstrap.",
        )
    return replicates


def quantile_covariance(
    survey: Survey,
    exprs: Sequence[Expr],
    keys: tuple[Key, ...],
    shares: FloatArray,
    rule: str,
    full: FloatArray,
) -> FloatArray:
    """Covariance of quantiles from those of each replicate.

    Parameters
    ----------
    exprs, keys, shares, rule
        What was asked.
    full
        ``(V, P, C)`` quantiles of the full sample, in order of variable, probability and cell.

    Returns
    -------
    ndarray
        ``(V P C, V P C)``.
    """
    replicates = refuse_jackknife(survey)
    cells = full.shape[2]
    values, codes, places = _rows(survey, exprs, keys)
    estimates = np.full((replicates.replicates, *full.shape), np.nan)
    orders = [np.lexsort((column, codes)) for column in values]
    stops = np.searchsorted(np.sort(codes), np.arange(cells + 1))
    for number in range(replicates.replicates):
        weights = replicates.weights(number)[places]
        for variable, order in enumerate(orders):
            for cell in range(cells):
                own = order[stops[cell] : stops[cell + 1]]
                own = own[weights[own] != 0]
                if len(own):
                    found = select_values(values[variable][own], weights[own], None)
                    estimates[number, variable, :, cell] = read_quantiles(found, shares, rule)
    flat = estimates.reshape(len(estimates), -1)
    lost = np.isnan(flat).any(axis=0) & ~np.isnan(full.reshape(-1))
    if lost.any():
        raise EstimationError(
            f"{int(lost.sum())} quantile(s) have no row in some replicate, so their replicate variance is not defined.",
            remedy="Merge small groups, or use interval='mean'.",
        )
    return replicate_covariance(flat, full.reshape(-1), replicates)


def _rows(
    survey: Survey, exprs: Sequence[Expr], keys: tuple[Key, ...]
) -> tuple[list[FloatArray], np.ndarray, np.ndarray]:
    """Values of each variable, cell and number of the rows that count in some replicate."""
    data: list[list[FloatArray]] = [[] for _ in exprs]
    codes, places = [], []
    for batch in scan(survey, [*exprs, *(key.expr for key in keys)]):
        known, cell = batch.weight != 0, np.zeros(len(batch.weight), np.int64)
        for value, key in zip(batch.values[len(exprs) :], keys, strict=True):
            own, valid = key_codes(value, key.levels)
            cell = cell * len(key.levels) + own
            known = known if valid is None else known & valid
        inside = np.flatnonzero(known)
        for column, value in zip(data, batch.values, strict=False):
            column.append(np.asarray(value.data, np.float64)[inside])
        codes.append(cell[inside])
        places.append(inside + batch.start)
    return [np.concatenate(column) for column in data], np.concatenate(codes), np.concatenate(places)
