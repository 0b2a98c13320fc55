"""Estimates of every replicate, for what is not a function of a few sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from surveykit.engine import FloatArray, IntArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.regression.normal_equations import independent
from surveykit.estimation.regression.replicate_scoring import may_go_together, score_together
from surveykit.estimation.regression.scoring import lost_column, refit
from surveykit.expressions import Arithmetic, Expr
from surveykit.survey import Survey, reweighted
from surveykit.weighting.records import Replicates

__all__ = ["each_replicate", "model_replicates"]

_NEARLY_ALIASED = 1e-9


def each_replicate(survey: Survey, estimator: Callable[[Survey], FloatArray]) -> FloatArray:
    """Estimate with the weights of each replicate in turn.

    Parameters
    ----------
    estimator
        From a survey without replicates to estimates ``(p,)``.

    Returns
    -------
    ndarray
        ``(R, p)``; replicates whose rscale is zero are left at NaN.

    Raises
    ------
    EstimationError
        If the estimator refuses the weights of a replicate, which the error names.
    """
    replicates = survey.replicates
    assert replicates is not None
    found: list[FloatArray | None] = []
    for number in range(replicates.replicates):
        if replicates.rscales[number] <= 0:
            found.append(None)
            continue
        try:
            found.append(estimator(reweighted(survey, replicates.weights(number))))
        except EstimationError as error:
            where = f"Replicate {number + 1} of {replicates.replicates}"
            raise EstimationError(error.what, where=where, remedy=error.remedy) from error
    size = next(len(one) for one in found if one is not None)
    return np.stack([np.full(size, np.nan) if one is None else one for one in found])


def model_replicates(rows: ModelRows, kept: IntArray, beta: FloatArray) -> FloatArray:
    """Coefficients ``(R, q)`` of a model refitted with the weights of each replicate.

    A linear model needs one pass over the rows for all replicates; others start from the full-sample coefficients, all
    replicates together where the rows are few, one by one where they are many.
    """
    replicates = rows.survey.replicates
    assert replicates is not None
    if rows.family.name == "gaussian" and rows.link.name == "identity" and rows.offset is None:
        return _linear(rows, kept, replicates)
    if may_go_together(rows):
        return score_together(rows, kept, beta, replicates, lambda scaled: _refuse_lost_columns(rows, kept, scaled))
    return each_replicate(rows.survey, lambda survey: refit(replace(rows, survey=survey), kept, beta))


def _linear(rows: ModelRows, kept: IntArray, replicates: Replicates) -> FloatArray:
    """Solve the normal equations of all replicates from sums of products by unit."""
    response = rows.matrix.response
    assert response is not None
    columns: list[Expr | None] = [rows.matrix.column_expr(place) for place in kept.tolist()]
    pairs = [(j, k) for j in range(len(columns)) for k in range(j + 1)]
    terms = [_product(columns[j], columns[k]) for j, k in pairs] + [
        _product(column, response.expr) for column in columns
    ]
    request = Request(
        tuple(terms),
        where=rows.survey.domain,
        complete=(response.expr, *(factor.expr for factor in rows.matrix.factors)),
    )
    sums = rows.survey.engine.replicate_sums(rows.survey.index, request, replicates.factors, replicates.units)[:, 0]
    gram = np.empty((len(sums), len(columns), len(columns)))
    for place, (j, k) in enumerate(pairs):
        gram[:, j, k] = gram[:, k, j] = sums[:, place]
    scale = 1 / np.sqrt(np.maximum(np.diagonal(gram, axis1=1, axis2=2), 1e-300))
    scaled = gram * scale[:, :, None] * scale[:, None, :]
    _refuse_lost_columns(rows, kept, scaled)
    right = sums[:, len(pairs) :] * scale
    solved: FloatArray = np.linalg.solve(scaled, right[:, :, None])[:, :, 0] * scale
    return solved


def _refuse_lost_columns(rows: ModelRows, kept: IntArray, scaled: FloatArray) -> None:
    """Refuse replicates ``(R, q, q)`` in which a column depends on others, as its coefficient is not defined there."""
    lost = np.flatnonzero(np.linalg.eigvalsh(scaled)[:, 0] < _NEARLY_ALIASED)
    for number in lost.tolist():
        left = independent(scaled[number])
        if len(left) < len(kept):
            raise lost_column(rows, int(kept[np.setdiff1d(np.arange(len(kept)), left)[0]]))


def _product(first: Expr | None, second: Expr | None) -> Expr | None:
    if first is None or second is None:
        return second if first is None else first
    return Arithmetic("*", first, second)
