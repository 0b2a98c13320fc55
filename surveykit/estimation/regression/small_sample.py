"""Bias-reduced standard errors and their degrees of freedom where sampling units are few (Bell and McCaffrey 2002)."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.row_arrays import row_arrays
from surveykit.estimation.row_scores import scan
from surveykit.results.estimate import two_sided_p
from surveykit.survey import Survey

__all__ = ["PlacedRows", "bias_reduced", "first_stage_units"]

_CHOICES = ("bell_mccaffrey", "satterthwaite")


def bias_reduced(model: Model, how: str) -> Model:
    """Replace the covariance of a linear model, and on request the degrees of freedom of each coefficient.

    The residuals of each first-stage unit g are multiplied by ``A_g = [(I - H)(I - H)']_gg ^ (-1/2)``, with H the
    weighted hat matrix, so that the variance is unbiased if errors are independent with equal variance; the rest is the
    design's. Degrees of freedom match the first two moments of each variance under the same errors.

    Parameters
    ----------
    model
        A linear model.
    how
        ``"bell_mccaffrey"``: the covariance; ``"satterthwaite"``: degrees of freedom as well.

    Raises
    ------
    EstimationError
        If the model is not linear, or its survey has replicate weights.

    References
    ----------
    Bell and McCaffrey (2002), *Survey Methodology* 28, 169-181; Pustejovsky and Tipton (2018), *Journal of Business and
    Economic Statistics* 36, 672-683, eq. 7-12.
    """
    if how not in _CHOICES:
        raise EstimationError(
            f"small_sample={how!r} is not known.", remedy="Choose 'bell_mccaffrey' or 'satterthwaite'."
        )
    if model.survey.replicates is not None:
        raise EstimationError(
            "Bias-reduced standard errors are linearised, and this survey has replicate weights.",
            remedy="Leave small_sample= out.",
        )
    kept = tuple(column for column in model.matrix.columns if column.name not in model.aliased)
    arrays = row_arrays(outcome_rows(model.survey, replace(model.matrix, columns=kept), model.offset))
    groups = first_stage_units(model.survey, arrays)
    weight = arrays.weight / arrays.weight.mean()
    bread = np.linalg.inv((arrays.x * weight[:, None]).T @ arrays.x)
    residual = arrays.y - arrays.offset - arrays.x @ model.estimate
    adjusted, leverage = np.empty(len(residual)), np.empty((len(residual), len(kept)))
    square = (arrays.x * (weight**2)[:, None]).T @ arrays.x
    for own in groups:
        factor = _adjustment(arrays.x[own], weight[own], bread, square)
        adjusted[own] = factor @ residual[own]
        leverage[own] = factor @ (arrays.x[own] * weight[own][:, None]) @ bread
    covariance = arrays.score_sums(arrays.x * adjusted[:, None]).covariance(model.bread)
    df = model.df
    if how == "satterthwaite":
        df = np.array([_freedom(arrays.x, weight, bread, square, column, groups) for column in leverage.T])
    with np.errstate(divide="ignore", invalid="ignore"):
        t = model.estimate / np.sqrt(np.diagonal(covariance))
    note = "Standard errors are bias-reduced (Bell and McCaffrey)."
    facts = {**model.facts, "t": t, "p": two_sided_p(t, df)}
    return replace(model, covariance=covariance, df=df, facts=facts, notes=(*model.notes, note))


class PlacedRows(Protocol):
    """Rows that count: their weights ``(m,)``, their numbers in the data ``(m,)``, and how many rows these have."""

    @property
    def weight(self) -> FloatArray:
        """Weights."""

    @property
    def place(self) -> IntArray:
        """Numbers of the rows in the data."""

    @property
    def total(self) -> int:
        """Rows of the data."""


def first_stage_units(survey: Survey, arrays: PlacedRows) -> list[IntArray]:
    """Rows of each first-stage unit, as places among the rows that count."""
    if survey.structure.by_moments:
        return list(np.arange(len(arrays.weight))[:, None])
    unit: IntArray = np.empty(arrays.total, np.int64)
    for batch in scan(survey, []):
        unit[batch.start : batch.start + len(batch.unit)] = batch.unit
    for stage in survey.structure.stages[:0:-1]:
        assert stage.parent is not None
        unit = np.asarray(stage.parent)[unit]
    own = unit[arrays.place]
    order = np.argsort(own, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(own[order])) + 1)


def _adjustment(x: FloatArray, weight: FloatArray, bread: FloatArray, square: FloatArray) -> FloatArray:
    """Symmetric inverse root of the covariance of a unit's residuals under independent errors ``(m, m)``."""
    hat = (x @ bread @ x.T) * weight
    spread = np.eye(len(x)) - hat - hat.T + x @ bread @ square @ bread @ x.T
    values, vectors = np.linalg.eigh((spread + spread.T) / 2)
    # A unit that alone determines a coefficient has residuals without variance: nothing to adjust.
    root = np.where(values > 1e-10, 1 / np.sqrt(np.maximum(values, 1e-10)), 0.0)
    found: FloatArray = (vectors * root) @ vectors.T
    return found


def _freedom(
    x: FloatArray,
    weight: FloatArray,
    bread: FloatArray,
    square: FloatArray,
    leverage: FloatArray,
    groups: list[IntArray],
) -> float:
    """``tr(M)^2 / tr(M^2)`` of the quadratic form that the variance of one coefficient is, ``M = D + U V'``."""
    p = np.stack([x[own].T @ leverage[own] for own in groups])
    q = np.stack([x[own].T @ (weight[own] * leverage[own]) for own in groups])
    d = np.array([leverage[own] @ leverage[own] for own in groups])
    u = np.column_stack([-p @ bread, -q @ bread, p @ bread @ square @ bread])
    v = np.column_stack([q, p, p])
    inner = v.T @ u
    trace = d.sum() + np.trace(inner)
    squared = d @ d + 2 * d @ np.einsum("ij,ij->i", u, v) + np.trace(inner @ inner)
    return float(trace**2 / squared)
