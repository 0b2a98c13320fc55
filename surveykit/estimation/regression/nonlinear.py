"""Non-linear least squares: an expression of columns and parameters fitted to an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import ColumnError, EstimationError, FormulaError, listing
from surveykit.estimation.likelihoods.likelihood_model import likelihood_model
from surveykit.estimation.likelihoods.maximise import maximise
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.gram import gram
from surveykit.expressions import Column, Expr, Values, evaluate, names, parse
from surveykit.formulas import DesignMatrix, Factor, MatrixColumn, ModelTerm
from surveykit.survey import Survey

__all__ = ["nonlinear"]

_STEP = 1e-3


def nonlinear(survey: Survey, formula: str, *, start: Mapping[str, float], level: float = 0.95) -> Model:
    """Weighted least squares of an outcome on any expression, with design-based covariance.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"sales ~ a + b * exp(-c * age)"``: names in `start` are parameters, all others columns.
    start
        Parameter to the value to start from.
    level
        Confidence level.

    Returns
    -------
    Model
        Parameters; their derivatives are numerical, of sixth order.

    Raises
    ------
    EstimationError
        If the expression is not defined for some rows, a parameter is not identified, or the steps do not settle.

    References
    ----------
    Gauss-Newton with step halving; covariance as Binder (1983).

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"y": [2.0, 2.9, 4.1, 6.2, 8.9], "x": [0.0, 1.0, 2.0, 3.0, 4.0]})
    >>> nonlinear(sk.Survey(firms), "y ~ a * exp(b * x)", start={"a": 1, "b": 0.3}).estimate.round(2)
    array([1.98, 0.38])
    """
    outcome, right = _sides(formula)
    parameters = tuple(start)
    clash = [name for name in parameters if name in survey.engine.columns]
    if clash:
        raise EstimationError(f"{listing(clash)} is a parameter and a column.", remedy="Rename the parameter.")
    expr = parse(right)
    unused = [name for name in parameters if name not in names(expr)]
    if unused:
        raise EstimationError(f"{listing(unused)} does not occur in {right!r}.", remedy="Leave it out of start=.")
    columns = [name for name in names(expr) if name not in parameters]
    for name in columns:
        if name not in survey.engine.columns:
            raise ColumnError(name, [*survey.engine.columns, *parameters], remedy="Parameters need a value in start=.")
    rows = outcome_rows(survey, _matrix(survey, formula, outcome, columns), None)
    likelihood = _LeastSquares(expr, tuple(columns), parameters, np.array([float(start[one]) for one in parameters]))
    with one_thread():
        found = maximise(rows, likelihood)
        return likelihood_model(
            rows, likelihood, found, family="non-linear", link="identity", slopes=len(parameters) - 1, level=level
        )


def _sides(formula: str) -> tuple[str, str]:
    left, sign, right = formula.partition("~")
    if not sign or not left.strip() or not right.strip():
        raise FormulaError(
            f"{formula!r} is not a formula.", remedy="Write for example 'sales ~ a + b * exp(-c * age)'."
        )
    return left.strip(), right.strip()


def _matrix(survey: Survey, text: str, outcome: str, columns: list[str]) -> DesignMatrix:
    """The columns themselves as a matrix."""
    response = Factor(outcome, survey.expression(outcome))
    factors = tuple(Factor(name, Column(name)) for name in columns)
    for factor in (response, *factors):
        if survey.engine.describe(factor.expr).categories is not None:
            raise EstimationError(f"'{factor.name}' is a category, not a number.", remedy="Use mid() or a condition.")
    shown = tuple(MatrixColumn(name, ((place, None),), place) for place, name in enumerate(columns))
    return DesignMatrix(text, response, tuple(ModelTerm((factor,)) for factor in factors), factors, shown)


@dataclass(frozen=True)
class _LeastSquares:
    """Half the squared residuals as a likelihood, with the information of Gauss and Newton."""

    expr: Expr
    columns: tuple[str, ...]
    parameters: tuple[str, ...]
    initial: FloatArray

    def start(self) -> FloatArray:
        return self.initial

    def mean(self, x: FloatArray, theta: FloatArray) -> FloatArray:
        place = {name: Values(column) for name, column in zip(self.columns, x.T, strict=True)}
        place |= {name: Values(np.asarray(value)) for name, value in zip(self.parameters, theta, strict=True)}
        found = evaluate(self.expr, place.__getitem__).rows(len(x))
        data = np.asarray(found.data, np.float64)
        return data if found.valid is None else np.where(found.valid, data, np.nan)

    def _jacobian(self, x: FloatArray, theta: FloatArray) -> FloatArray:
        found = np.zeros((len(x), len(theta)), order="F")
        for place in range(len(theta)):
            step = _STEP * max(abs(theta[place]), 1e-3)
            for shift, factor in ((1, 45.0), (2, -9.0), (3, 1.0)):
                moved = np.zeros(len(theta))
                moved[place] = shift * step
                found[:, place] += factor * (self.mean(x, theta + moved) - self.mean(x, theta - moved))
            found[:, place] /= 60 * step
        return found

    def loglik(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        mean = self.mean(x, theta)
        return np.where(np.isnan(mean), -np.inf, -0.5 * (y - mean) ** 2)

    def scores(self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        found: FloatArray = self._jacobian(x, theta) * (y - self.mean(x, theta))[:, None]
        return found

    def information(
        self, x: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray, weight: FloatArray
    ) -> FloatArray:
        return gram(self._jacobian(x, theta), weight)
