"""Quantiles of every replicate, for intervals from their spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray, Key
from surveykit.engine.grouping import key_codes
from surveykit.engine.weighted_values import select_values
from surveykit.errors import EstimationError
from surveykit.estimation.quantiles.rules import read_quantiles
from surveykit.estimation.quantiles.steps import STEPPING, SortedRows, step_quantiles
from surveykit.estimation.row_scores import scan
from surveykit.expressions import Expr
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance
from surveykit.weighting.records import Replicates

__all__ = ["DELETE_ONE", "quantile_covariance", "refuse_jackknife"]

#: Kinds whose replicate quantiles have no consistent variance.
DELETE_ONE = ("JK1", "JKn")


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
    if replicates.kind in DELETE_ONE:
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
    rows = _rows(survey, exprs, keys)
    estimates = np.full((replicates.replicates, *full.shape), np.nan)
    for variable, column in enumerate(rows.values):
        parts = _split(column, rows, full.shape[2])
        found = _at_once(column, parts, rows, replicates, shares, rule) if rule in STEPPING else None
        if found is None:
            found = _one_by_one(column, parts, rows, replicates, shares, rule)
        estimates[:, variable] = found
    flat = estimates.reshape(len(estimates), -1)
    lost = np.isnan(flat).any(axis=0) & ~np.isnan(full.reshape(-1))
    if lost.any():
        raise EstimationError(
            f"{int(lost.sum())} quantile(s) have no row in some replicate, so their replicate variance is not defined.",
            remedy="Merge small groups, or use interval='mean'.",
        )
    return replicate_covariance(flat, full.reshape(-1), replicates)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows that count: values of each variable, cell, and number of the row."""

    values: list[FloatArray]
    cells: IntArray
    numbers: IntArray


def _split(column: FloatArray, rows: _Rows, cells: int) -> list[IntArray]:
    """Rows of each cell in increasing order of a variable."""
    if cells == 1:
        return [np.argsort(column, kind="stable")]
    order = np.lexsort((column, rows.cells))
    return np.split(order, np.cumsum(np.bincount(rows.cells, minlength=cells))[:-1])


def _at_once(
    column: FloatArray, parts: Sequence[IntArray], rows: _Rows, replicates: Replicates, shares: FloatArray, rule: str
) -> FloatArray | None:
    """Quantiles ``(R, P, C)`` of all replicates together, from sums by bins and sampling units."""
    base, units = replicates.base[rows.numbers], rows.numbers
    if replicates.units is not None:
        units = replicates.units[units]
    weighing = [part[base[part] != 0] for part in parts]
    return step_quantiles(
        [SortedRows(column[part], base[part], units[part]) for part in weighing], replicates, shares, rule
    )


def _one_by_one(
    column: FloatArray, parts: Sequence[IntArray], rows: _Rows, replicates: Replicates, shares: FloatArray, rule: str
) -> FloatArray:
    """Quantiles ``(R, P, C)`` from the rows of each replicate, for rules that look at each of them."""
    found = np.full((replicates.replicates, len(shares), len(parts)), np.nan)
    for number in range(replicates.replicates):
        weights = replicates.weights(number)[rows.numbers]
        for cell, part in enumerate(parts):
            own = part[weights[part] != 0]
            if len(own):
                found[number, :, cell] = read_quantiles(select_values(column[own], weights[own], None), shares, rule)
    return found


def _rows(survey: Survey, exprs: Sequence[Expr], keys: tuple[Key, ...]) -> _Rows:
    """Rows that count in some replicate."""
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
    return _Rows([np.concatenate(column) for column in data], np.concatenate(codes), np.concatenate(places))
