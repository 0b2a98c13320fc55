"""Fisher scoring of all replicates at once, for samples that fit in memory: matrix products in place of many fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.rows import ModelRows
from surveykit.survey import reweighted
from surveykit.weighting.records import Replicates

__all__ = ["may_go_together", "score_together"]

_MAX_ROWS = 50_000
_MAX_ROUNDS = 60
#: Weights that are worked on at once: eight megabytes, of which there are a few.
_NUMBERS = 1_000_000
#: A step that promises less of the deviance than this share is the last.
_TOLERANCE = 1e-12
#: Links under which every step leads to possible means.
_SAFE = {"binomial": ("logit", "probit", "cloglog"), "poisson": ("log",), "gamma": ("log",), "gaussian": ("log",)}


@dataclass(frozen=True)
class _Rows:
    """Rows of the domain: number in the data, design matrix ``(m, q)``, its products by pairs, outcome, offset."""

    place: IntArray
    x: FloatArray
    products: FloatArray
    y: FloatArray
    offset: FloatArray


def may_go_together(rows: ModelRows) -> bool:
    """Whether the rows are few enough, and the link keeps the means of the family."""
    return rows.survey.engine.rows <= _MAX_ROWS and rows.link.name in _SAFE.get(rows.family.name, ())


def score_together(
    rows: ModelRows,
    kept: IntArray,
    beta: FloatArray,
    replicates: Replicates,
    refuse_lost: Callable[[FloatArray], None],
) -> FloatArray:
    """Coefficients ``(R, q)`` with the weights of each replicate, from those of the full sample.

    Parameters
    ----------
    refuse_lost
        Refuses scaled informations ``(B, q, q)`` in which a column depends on others.

    Raises
    ------
    EstimationError
        If a replicate does not converge.
    """
    table = _collected(rows, kept)
    found = np.full((replicates.replicates, len(beta)), np.nan)
    used = np.flatnonzero(replicates.rscales > 0)
    size = max(1, _NUMBERS // max(len(table.place), 1))
    for start in range(0, len(used), size):
        own = used[start : start + size]
        weight = np.column_stack([replicates.weights(number)[table.place] for number in own.tolist()])
        found[own] = _scored(rows, table, weight, beta, refuse_lost).T
    return found


def _collected(rows: ModelRows, kept: IntArray) -> _Rows:
    """Rows of the domain that have all variables, whatever their weight in the full sample."""
    parts: list[tuple[IntArray, FloatArray, FloatArray, FloatArray]] = []
    whole = reweighted(rows.survey, np.ones(rows.survey.engine.rows))
    plain = ModelRows(whole, rows.matrix, rows.offset, rows.family, rows.link, rows.scale)
    for batch, x, y, offset in plain.batches():
        inside = np.flatnonzero(batch.weight)
        parts.append((inside + batch.start, x[np.ix_(inside, kept)], y[inside], offset[inside]))
    place, x, y, offset = (np.concatenate(each) for each in zip(*parts, strict=True))
    first, second = np.tril_indices(x.shape[1])
    return _Rows(place, x, x[:, first] * x[:, second], y, offset)


def _scored(
    rows: ModelRows, table: _Rows, weight: FloatArray, beta: FloatArray, refuse_lost: Callable[[FloatArray], None]
) -> FloatArray:
    """Coefficients ``(q, B)`` under weights ``(m, B)``."""
    theta = np.repeat(beta[:, None], weight.shape[1], axis=1)
    y, deviance = table.y[:, None], np.zeros(weight.shape[1])
    for number in range(_MAX_ROUNDS):
        eta = table.x @ theta + table.offset[:, None]
        mu = rows.link.inverse(eta)
        if rows.family.name == "binomial":
            mu = np.clip(mu, 1e-15, 1 - 1e-15)
        slope = rows.link.slope(eta)
        factor = weight * slope / rows.family.variance(mu)
        gradient = table.x.T @ (factor * (y - mu))
        information = _squares(table.products.T @ (factor * slope), len(beta))
        scale = 1 / np.sqrt(np.maximum(np.diagonal(information, axis1=1, axis2=2), 1e-300))
        scaled = information * scale[:, :, None] * scale[:, None, :]
        if number == 0:
            refuse_lost(scaled)
            each = rows.family.deviance(np.broadcast_to(y, mu.shape), mu)
            deviance = np.where(weight > 0, weight * each, 0.0).sum(axis=0)
        step = np.linalg.solve(scaled, (gradient.T * scale)[:, :, None])[:, :, 0] * scale
        theta = theta + step.T
        if ((gradient * step.T).sum(axis=0) < _TOLERANCE * (np.abs(deviance) + 0.1)).all():
            return theta
    raise EstimationError(
        f"'{rows.matrix.text}' did not converge in {_MAX_ROUNDS} rounds for a replicate.",
        remedy="A replicate may leave out all cases of a category; merge categories or use fewer, larger replicates.",
    )


def _squares(lower: FloatArray, size: int) -> FloatArray:
    """Symmetric matrices ``(B, q, q)`` from their lower triangles ``(q (q + 1) / 2, B)``."""
    first, second = np.tril_indices(size)
    found = np.empty((lower.shape[1], size, size))
    found[:, first, second] = found[:, second, first] = lower.T
    return found
