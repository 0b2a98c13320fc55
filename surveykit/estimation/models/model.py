"""A fitted model: an Estimate of coefficients that can predict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from surveykit.engine import FloatArray, MemoryEngine
from surveykit.errors import ColumnError, EstimationError
from surveykit.estimation.likelihoods.maximise import RowLikelihood
from surveykit.estimation.models.predictions import Prediction
from surveykit.estimation.models.rows import model_rows
from surveykit.estimation.regression.families import LINKS, family_and_link
from surveykit.estimation.regression.scoring import null_deviance
from surveykit.expressions import Expr, names
from surveykit.expressions.values import BoolArray
from surveykit.formulas import DesignMatrix, factor_data
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["Model"]


@dataclass(frozen=True, eq=False, repr=False)
class Model(Estimate):
    """Coefficients of a regression with their design-based covariance.

    Besides what every :class:`Estimate` has:

    Parameters
    ----------
    formula, family, link
        The model.
    matrix
        The compiled formula.
    aliased
        Columns left out because they depend on the others.
    deviance
        Weighted deviance, weights scaled to mean one.
    dispersion
        Weighted variance of the Pearson residuals.
    bread
        ``(p, p)`` inverse of the weighted information.
    design_df
        Design degrees of freedom; `df` holds the residual ones, design_df + 1 - p.
    survey
        The survey that was fitted.
    offset
        Expression of the offset, or None.
    likelihood
        The row likelihood of models that are no generalised linear ones.
    """

    formula: str = ""
    family: str = ""
    link: str = ""
    matrix: DesignMatrix = field(default=None, repr=False)  # type: ignore[assignment]
    aliased: tuple[str, ...] = ()
    deviance: float = float("nan")
    dispersion: float = float("nan")
    bread: FloatArray = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    design_df: float = float("nan")
    survey: Survey = field(default=None, repr=False)  # type: ignore[assignment]
    offset: Expr | None = None
    likelihood: RowLikelihood | None = field(default=None, repr=False)

    @property
    def t(self) -> FloatArray:
        """Coefficients over their standard errors ``(p,)``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.estimate / self.se

    @property
    def null_deviance(self) -> float:
        """Deviance of the intercept alone; costs two passes over the rows."""
        family, link = family_and_link(self.family, self.link)
        return null_deviance(model_rows(self.survey, self.matrix, family, link, self.offset))

    def _heading(self) -> str:
        synthetic = "SYNTHETIC DATA; " if self.synthetic else ""
        return (
            f"{synthetic}{self.formula} ({self.family}, {self.link}), weighted by '{self.weight}', n = {int(self.n[0])}"
        )

    def predict(self, data: Any = None, *, kind: Literal["response", "link"] = "response") -> Estimate:
        """Predicted values with their standard errors.

        Parameters
        ----------
        data
            A frame with the model's variables, one row a prediction. None predicts for the rows of the survey, which
            must be in
            memory and few (at most 5,000).
        kind
            ``"response"`` for means, and for the probability of each category; ``"link"`` for the linear predictor of
            a generalised linear model.

        Returns
        -------
        Estimate
            One estimate a row, or one a row and category; missing where a variable is.
        """
        if kind not in ("response", "link"):
            raise EstimationError(f"kind={kind!r} is not known.", remedy="Choose 'response' or 'link'.")
        x, offset, complete = self._new_rows(data)
        if self.likelihood is not None or self.link not in LINKS:
            return self._predict_outcomes(x, offset, complete, kind)
        eta = x @ self.estimate + offset
        slope = np.ones_like(eta) if kind == "link" else LINKS[self.link].slope(eta)
        mapping = x * slope[:, None]
        value = eta if kind == "link" else LINKS[self.link].inverse(eta)
        value = np.where(complete, value, np.nan)
        rows = tuple(range(1, len(value) + 1))
        return self._predicted(value, mapping, {"row": rows}, f"predicted {kind}")

    def _predict_outcomes(self, x: FloatArray, offset: FloatArray, complete: BoolArray, kind: str) -> Estimate:
        """Predictions of a model with a likelihood of its own, row by row and outcome by outcome."""
        prediction: object = self.likelihood
        if not isinstance(prediction, Prediction) or kind == "link":
            raise EstimationError(
                f"A model of the family '{self.family}' has no predicted {kind}.", remedy="Use its coefficients."
            )
        value = np.where(complete[:, None], prediction.predict(x, offset, self.estimate), np.nan)
        mapping = prediction.gradient(x, offset, self.estimate).reshape(-1, len(self.estimate))
        outcomes = prediction.outcomes
        labels: dict[str, tuple[object, ...]] = {"row": tuple(row + 1 for row in range(len(x)) for _ in outcomes)}
        if len(outcomes) > 1:
            labels["outcome"] = outcomes * len(x)
        return self._predicted(value.reshape(-1), mapping, labels, "predicted response")

    def _predicted(
        self, value: FloatArray, mapping: FloatArray, labels: dict[str, tuple[object, ...]], statistic: str
    ) -> Estimate:
        size = len(value)
        return Estimate(
            statistic=statistic,
            names=tuple(":".join(str(one[place]) for one in labels.values()) for place in range(size)),
            labels=labels,
            estimate=value,
            covariance=mapping @ self.covariance @ mapping.T,
            df=np.full(size, self.df[0]),
            n=np.full(size, self.n[0]),
            weighted_n=np.full(size, self.weighted_n[0]),
            weight=self.weight,
            level=self.level,
            synthetic=self.synthetic,
        )

    def _new_rows(self, data: Any) -> tuple[FloatArray, FloatArray, BoolArray]:
        engine: Any = self.survey.engine if data is None else MemoryEngine(data)
        if not isinstance(engine, MemoryEngine) or engine.rows > 5_000:
            raise EstimationError(
                f"Predictions are asked for {engine.rows} rows, with a covariance among them all.",
                remedy="Give a frame with the rows that you need, at most 5,000.",
            )
        exprs = [factor.expr for factor in self.matrix.factors]
        for expr in (*exprs, *([self.offset] if self.offset is not None else [])):
            for name in names(expr):
                if name not in engine.columns:
                    raise ColumnError(name, engine.columns, place="the data to predict from")
        values = [engine.evaluate(expr) for expr in exprs]
        complete = np.ones(engine.rows, np.bool_)
        for factor, value in zip(self.matrix.factors, values, strict=True):
            complete &= True if value.valid is None else value.valid
            if factor.levels is not None:  # a level that the model has not seen is no reference level
                complete &= np.asarray(factor_data(factor, value), np.float64) >= 0
        matrix = self.matrix.fill(values, engine.rows)
        kept = [place for place, name in enumerate(self.matrix.names) if name not in self.aliased]
        offset = (
            np.zeros(engine.rows) if self.offset is None else np.asarray(engine.evaluate(self.offset).data, np.float64)
        )
        return matrix[:, kept], offset, complete
