"""The rows of a model: outcome, design matrix and weight, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.families import Family, Link
from surveykit.estimation.row_scores import Part, Rows, scan
from surveykit.expressions import Expr
from surveykit.formulas import DesignMatrix
from surveykit.survey import Survey

__all__ = ["ModelRows", "batch_deviance", "harmless", "kept_columns", "model_rows"]


@dataclass(frozen=True)
class ModelRows:
    """The rows of a model, walked over as often as needed.

    Parameters
    ----------
    survey, matrix, family, link, offset
        What the model is made of.
    scale
        Factor that scales the weights of the domain to mean one.
    """

    survey: Survey
    matrix: DesignMatrix
    family: Family
    link: Link
    offset: Expr | None
    scale: float

    def batches(self, part: Part = (0, 1)) -> Iterator[tuple[Rows, FloatArray, FloatArray, FloatArray]]:
        """Yield each batch with its design matrix ``(m, p)``, outcome ``(m,)`` and offset ``(m,)``."""
        assert self.matrix.response is not None
        exprs = [self.matrix.response.expr, *(factor.expr for factor in self.matrix.factors)]
        if self.offset is not None:
            exprs.append(self.offset)
        for batch in scan(self.survey, exprs, part=part):
            outcome, *rest = batch.values
            offset = np.zeros(len(batch.weight))
            if self.offset is not None:
                shift = rest.pop()
                offset = np.where(batch.weight != 0, shift.data, 0.0)
            rows = self.matrix.fill(rest, len(batch.weight))
            y = np.where(batch.weight != 0, np.asarray(outcome.data, np.float64), 0.0)
            yield batch, rows, y, offset


def model_rows(survey: Survey, matrix: DesignMatrix, family: Family, link: Link, offset: Expr | None) -> ModelRows:
    """Check the outcome's kind and bundle the parts of a model."""
    response = matrix.response
    if response is None:
        raise EstimationError(f"'{matrix.text}' has no outcome.", remedy="Write it left of '~'.")
    if response.levels is not None and (family.name != "binomial" or len(response.levels) != 2):
        raise EstimationError(
            f"The outcome '{response.name}' is a category with {len(response.levels)} level(s), and the family '{family.name}' needs numbers.",
            remedy='Use mid() for bands, a condition such as  size == "large", or family="ordered_logit".',
        )
    total = survey.engine.totals(survey.index, Request((None,), where=survey.domain))
    scale = float(total.rows[0] / total.sums[0, 0]) if total.rows[0] else 1.0
    return ModelRows(survey, matrix, family, link, offset, scale)


def kept_columns(
    rows: ModelRows, kept: IntArray, part: Part = (0, 1)
) -> Iterator[tuple[Rows, FloatArray, FloatArray, FloatArray]]:
    every = len(kept) == len(rows.matrix.columns)
    for batch, matrix, y, offset in rows.batches(part):
        yield batch, matrix if every else matrix[:, kept], y, offset


def harmless(rows: ModelRows) -> float:
    return {"binomial": 0.5, "gaussian": 0.0}.get(rows.family.name, 1.0)


def batch_deviance(rows: ModelRows, weight: FloatArray, y: FloatArray, mu: FloatArray) -> float:
    if not weight.all():
        inside = weight != 0
        weight, y, mu = weight[inside], y[inside], mu[inside]
    return float(weight @ rows.family.deviance(y, mu))
