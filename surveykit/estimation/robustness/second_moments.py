"""Functions of the weighted second moments of a linear model, with their covariance under the design.

Coefficients, explained variances and what is made of them are smooth functions of ``M = sum of w z z'``, z being the
columns, the treatment and the outcome. Their linearisation is the derivative by M times each row's ``w z z'``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, did_you_mean
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.variance import replicate_covariance

__all__ = ["LinearMoments", "linear_moments", "residual_squares"]

_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class LinearMoments:
    """Second moments of a linear model.

    Parameters
    ----------
    model
        The model.
    arrays
        Its rows.
    z
        ``(m, p + 1)`` the other columns, the column followed, the outcome; each divided by its scale.
    scale
        ``(p + 1,)`` root mean squares, of the column followed and the outcome around their means.
    controls
        ``(p - 1,)`` names of the other columns.
    """

    model: Model
    arrays: RowArrays
    z: FloatArray
    scale: FloatArray
    controls: tuple[str, ...]

    @property
    def unit(self) -> float:
        """What a coefficient of standardised columns is multiplied by."""
        return float(self.scale[-1] / self.scale[-2])

    def matrix(self, weight: FloatArray | None = None) -> FloatArray:
        """Moments ``(p + 1, p + 1)``, the sum of weights being one."""
        own = self.arrays.weight if weight is None else weight
        found: FloatArray = (self.z * (own / own.sum())[:, None]).T @ self.z
        return found

    def smooth(self, function: Callable[[FloatArray], FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Value ``(k,)`` of a smooth function of the moments, and its covariance ``(k, k)``."""
        survey, at = self.model.survey, self.matrix()
        value = function(at)
        with one_thread():
            if survey.replicates is not None:
                found = np.full((survey.replicates.replicates, len(value)), np.nan)
                for number in np.flatnonzero(survey.replicates.rscales > 0).tolist():
                    found[number] = function(self.matrix(survey.replicates.weights(number)[self.arrays.place]))
                return value, replicate_covariance(found, value, survey.replicates)
            row, column = np.tril_indices(len(at))
            slopes = np.empty((len(row), len(value)))
            for place, (one, two) in enumerate(zip(row.tolist(), column.tolist(), strict=True)):
                move = np.zeros_like(at)
                move[one, two] = move[two, one] = _STEP
                slopes[place] = (function(at + move) - function(at - move)) / (2 * _STEP)
            # One number a row and statistic: the derivative along the row's own moments less the moments as they are.
            products = self.z[:, row] * self.z[:, column] - at[row, column]
            scores = products @ slopes / self.arrays.weight.sum()
            return value, self.arrays.score_sums(scores).covariance(np.eye(len(value)))


def linear_moments(model: Model, variable: str) -> LinearMoments:
    """Take a linear model apart into the column followed, the others and the outcome.

    Raises
    ------
    EstimationError
        If the model is not linear, or has no such coefficient or no intercept.
    """
    if model.family != "gaussian" or model.link != "identity" or model.likelihood is not None:
        raise EstimationError(
            f"This looks at explained variances of a linear model, and this one is {model.family}, {model.link}.",
            remedy="Fit a linear model; for shares a linear probability model.",
        )
    kept = tuple(column for column in model.matrix.columns if column.name not in model.aliased)
    names = [column.name for column in kept]
    if variable not in names or variable == "Intercept":
        raise EstimationError(f"'{variable}' is not a coefficient.", remedy=did_you_mean(variable, names))
    if "Intercept" not in names or names != list(model.names):
        raise EstimationError(f"'{model.formula}' has no intercept, or absorbs effects.", remedy="Write all terms out.")
    arrays = row_arrays(outcome_rows(model.survey, replace(model.matrix, columns=kept), model.offset))
    place = names.index(variable)
    z = np.column_stack([np.delete(arrays.x, place, axis=1), arrays.x[:, place], arrays.y - arrays.offset])
    share = arrays.weight / arrays.weight.sum()
    means = share @ z
    centred = z - np.where(np.array([*np.delete(names, place), "", ""]) == "Intercept", 0.0, means)
    scale = np.sqrt(share @ centred**2)
    return LinearMoments(model, arrays, centred / scale, scale, tuple(np.delete(names, place).tolist()))


def residual_squares(moments: FloatArray, given: list[int], left: list[int]) -> FloatArray:
    """Moments of some variables after regression on others."""
    if not given:
        return moments[np.ix_(left, left)]
    inner = np.linalg.solve(moments[np.ix_(given, given)], moments[np.ix_(given, left)])
    found: FloatArray = moments[np.ix_(left, left)] - moments[np.ix_(left, given)] @ inner
    return found
