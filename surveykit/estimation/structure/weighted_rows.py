"""Several numeric variables at once, with their weighted means and covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.row_scores import scan
from surveykit.survey import Survey

__all__ = ["WeightedRows", "weighted_rows"]


@dataclass(frozen=True)
class WeightedRows:
    """Rows that have all variables.

    Parameters
    ----------
    names
        ``(p,)``.
    values
        ``(m, p)``.
    weight
        ``(m,)``.
    """

    names: tuple[str, ...]
    values: FloatArray
    weight: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Weighted means ``(p,)``."""
        return np.asarray(np.average(self.values, axis=0, weights=self.weight))

    @property
    def covariance(self) -> FloatArray:
        """Weighted covariance ``(p, p)``, times n / (n - 1)."""
        centred = self.values - self.mean
        total = (centred * self.weight[:, None]).T @ centred / self.weight.sum()
        return np.asarray(total * len(self.weight) / (len(self.weight) - 1))

    @property
    def correlation(self) -> FloatArray:
        """Weighted correlations ``(p, p)``."""
        scale = np.sqrt(np.diagonal(self.covariance))
        return np.asarray(self.covariance / np.outer(scale, scale))


def weighted_rows(survey: Survey, variables: Sequence[str]) -> WeightedRows:
    """Collect rows with all variables.

    Raises
    ------
    EstimationError
        If there are fewer than two variables or rows, a variable is a category, or one does not vary.
    """
    if len(variables) < 2:
        raise EstimationError(f"{len(variables)} variable(s) have no structure.", remedy="Name at least two.")
    exprs = [survey.expression(name) for name in variables]
    categories = [
        name for name, expr in zip(variables, exprs, strict=True) if survey.engine.describe(expr).categories is not None
    ]
    if categories:
        raise EstimationError(
            f"{listing(categories)} is a category, and this needs numbers.",
            remedy="Use mid() for bands, or recode the ratings as numbers on purpose.",
        )
    values, weights = [], []
    for batch in scan(survey, exprs):
        inside = batch.weight != 0
        values.append(np.column_stack([np.asarray(one.data, np.float64)[inside] for one in batch.values]))
        weights.append(batch.weight[inside])
    rows = WeightedRows(tuple(variables), np.vstack(values), np.concatenate(weights))
    if len(rows.weight) <= len(variables):
        raise EstimationError(
            f"{len(rows.weight)} row(s) have all of {len(variables)} variables.", remedy="Check missing values."
        )
    still = [name for name, column in zip(variables, rows.values.T, strict=True) if np.ptp(column) == 0]
    if still:
        raise EstimationError(f"{listing(still)} is the same in every row.", remedy="Leave it out.")
    return rows
