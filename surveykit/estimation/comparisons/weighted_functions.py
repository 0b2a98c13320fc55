"""Covariance of a function of the weights of some rows: by the influence of each row, or replicate by replicate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surveykit.engine import FloatArray
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.row_arrays import RowArrays
from surveykit.variance import replicate_covariance

__all__ = ["WeightFunction", "covariance_of"]

#: From the weights ``(m,)`` of the rows to estimates ``(k,)``.
WeightFunction = Callable[[FloatArray], FloatArray]


def covariance_of(
    arrays: RowArrays, value: FloatArray, influence: FloatArray, again: WeightFunction
) -> tuple[FloatArray, float]:
    """Covariance ``(k, k)`` of estimates, and their degrees of freedom.

    Parameters
    ----------
    arrays
        The rows.
    value
        ``(k,)`` with the survey's weights.
    influence
        ``(m, k)`` derivative of the estimates by the weight of each row.
    again
        The estimates with other weights.
    """
    survey = arrays.rows.survey
    sums = arrays.score_sums(influence)
    if survey.replicates is None:
        return sums.covariance(np.eye(len(value))), sums.degrees_of_freedom()
    found = np.full((survey.replicates.replicates, len(value)), np.nan)
    for number in np.flatnonzero(survey.replicates.rscales > 0).tolist():
        found[number] = again(survey.replicates.weights(number)[arrays.place])
    return replicate_covariance(found, value, survey.replicates), domain_degrees(survey, arrays.rows.complete)
