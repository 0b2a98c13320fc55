"""The rows of a model: outcome, design matrix and weight, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.row_scores import Part, Rows, scan
from surveykit.expressions import Expr
from surveykit.formulas import DesignMatrix, factor_data
from surveykit.survey import Survey

__all__ = ["OutcomeRows", "outcome_rows"]


@dataclass(frozen=True)
class OutcomeRows:
    """The rows of a model, walked over as often as needed.

    Parameters
    ----------
    survey, matrix, offset
        What the model is made of.
    """

    survey: Survey
    matrix: DesignMatrix
    offset: Expr | None

    @property
    def complete(self) -> tuple[Expr, ...]:
        """What a row must have to count."""
        response = self.matrix.response
        own = () if response is None else (response.expr,)
        return (*own, *(factor.expr for factor in self.matrix.factors))

    @property
    def exprs(self) -> tuple[Expr, ...]:
        """What is evaluated: outcome, factors, and the offset last."""
        return self.complete if self.offset is None else (*self.complete, self.offset)

    def batches(self, part: Part = (0, 1)) -> Iterator[tuple[Rows, FloatArray, FloatArray, FloatArray]]:
        """Yield each batch with its design matrix ``(m, p)``, outcome ``(m,)`` and offset ``(m,)``.

        The outcome of a category is its code.
        """
        response = self.matrix.response
        assert response is not None
        for batch in scan(self.survey, self.exprs, part=part):
            outcome, *rest = batch.values
            inside = batch.weight != 0
            offset = np.zeros(len(batch.weight))
            if self.offset is not None:
                shift = rest.pop()
                offset = np.where(inside, shift.data, 0.0)
            rows = self.matrix.fill(rest, len(batch.weight))
            y = np.where(inside, np.asarray(factor_data(response, outcome), np.float64), 0.0)
            yield batch, rows, y, offset


def outcome_rows(survey: Survey, matrix: DesignMatrix, offset: Expr | None) -> OutcomeRows:
    """Bundle the parts of a model; the formula must have an outcome."""
    if matrix.response is None:
        raise EstimationError(f"'{matrix.text}' has no outcome.", remedy="Write it left of '~'.")
    return OutcomeRows(survey, matrix, offset)
