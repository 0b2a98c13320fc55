"""Term by term: sequential tests of a regression, and how much of the outcome it explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.models.test_parts import Reference, quadratic, ratio_test, refuse_no_freedom, result
from surveykit.estimation.models.tests import rows_of, with_columns
from surveykit.estimation.regression.scoring import fit
from surveykit.estimation.regression.scoring_walks import Fit
from surveykit.estimation.replicated import model_replicates
from surveykit.results import TestResult
from surveykit.results.quadratic_forms import f_tail
from surveykit.variance import replicate_covariance

__all__ = ["RSquared", "SequentialTests", "r_squared", "sequential_tests"]


@dataclass(frozen=True)
class SequentialTests:
    """Tests of each term given those before it.

    Parameters
    ----------
    formula
        The whole model.
    tests
        Term to its test, in the order of the formula.
    """

    formula: str
    tests: Mapping[str, TestResult]

    def to_frame(self) -> pd.DataFrame:
        """Return a frame of one row a term: statistic, degrees of freedom and p-value."""
        rows = [
            {"term": term, test.statistic_name: test.statistic, "df": test.df, "ddf": test.ddf, "p_value": test.p_value}
            for term, test in self.tests.items()
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        first = next(iter(self.tests.values()))
        shown = self.to_frame().to_string(index=False, float_format=lambda value: f"{value:,.6g}")
        return f"{self.formula}: each term given those before it\n{first.method}\n{shown}"

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(index=False, float_format=lambda value: f"{value:,.6g}")


def sequential_tests(
    model: Model, *, method: Literal["likelihood_ratio", "wald"] = "likelihood_ratio", reference: Reference = "exact"
) -> SequentialTests:
    """Test each term of a regression in the model of the terms up to it, as an analysis of variance.

    Parameters
    ----------
    model
        A regression with an intercept.
    method
        ``"likelihood_ratio"`` for the working likelihood ratio of Rao and Scott, ``"wald"`` for Wald tests.
    reference
        Distribution of the likelihood ratio: ``"exact"``, or its ``"saddlepoint"`` approximation.

    Returns
    -------
    SequentialTests
        The models before and after each term are fitted on the same rows.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> columns = {"y": [3.0, 5.0, 9.0, 4.0, 7.0], "x": [1.0, 2.0, 5.0, 2.0, 3.0], "z": [1.0, 3.0, 1.0, 0.0, 2.0]}
    >>> firms = pd.DataFrame(columns)
    >>> list(sequential_tests(sk.regress(sk.Survey(firms), "y ~ x + z")).tests)
    ['x', 'z']
    """
    if method not in ("likelihood_ratio", "wald"):
        raise EstimationError(f"method={method!r} is not known.", remedy="Choose 'likelihood_ratio' or 'wald'.")
    matrix = model.matrix
    if not matrix.has_intercept:
        raise EstimationError(
            f"'{model.formula}' has no intercept to begin from.", remedy="Use wald_test for its terms."
        )
    rows = rows_of(model)
    kept = np.array([place for place, name in enumerate(matrix.names) if name not in model.aliased])
    number = np.array([matrix.columns[place].term for place in kept.tolist()])
    tests: dict[str, TestResult] = {}
    before = fit(with_columns(rows, kept[number == 0]))
    for term in range(1, len(matrix.terms)):
        if not (number == term).any():
            continue
        own = with_columns(rows, kept[number <= term])
        after = fit(own)
        tested = np.flatnonzero(number[number <= term] == term)
        step = _Step(model, own, before, after, tested, matrix.terms[term].name)
        tests[step.name] = step.ratio(reference) if method == "likelihood_ratio" else step.wald()
        before = after
    if not tests:
        raise EstimationError(f"'{model.formula}' has no term besides the intercept.")
    return SequentialTests(model.formula, tests)


@dataclass(frozen=True)
class _Step:
    """One term: the fits before and after it."""

    model: Model
    rows: ModelRows
    before: Fit
    after: Fit
    tested: IntArray
    name: str

    def _covariance(self) -> FloatArray:
        replicates = self.rows.survey.replicates
        if replicates is None:
            full = self.after.scores.covariance(self.after.bread)
        else:
            refitted = model_replicates(self.rows, self.after.kept, self.after.coefficients)
            full = replicate_covariance(refitted, self.after.coefficients, replicates)
        own: FloatArray = full[np.ix_(self.tested, self.tested)]
        return own

    @property
    def _freedom(self) -> float:
        return self.model.design_df + 1 - len(self.after.coefficients)

    def ratio(self, reference: Reference) -> TestResult:
        scale = self.rows.scale
        statistic = max(self.before.deviance - self.after.deviance, 0.0) * scale
        naive = self.after.bread[np.ix_(self.tested, self.tested)] / scale
        return ratio_test(
            self.model, self.name, statistic, naive, self._covariance(), freedom=self._freedom, reference=reference
        )

    def wald(self) -> TestResult:
        refuse_no_freedom(self._freedom)
        size = len(self.tested)
        own = self.after.coefficients[self.tested]
        value = quadratic(own, self._covariance()) / size
        return result(
            self.model, self.name, "Design-based Wald test", name="F", statistic=value, df=size, ddf=self._freedom,
            p_value=f_tail(value, size, self._freedom),
        )  # fmt: skip


@dataclass(frozen=True)
class RSquared:
    """Measures of how much of the outcome a regression explains.

    Parameters
    ----------
    deviance
        Share of the null deviance that is explained; for a linear model the usual R squared, for an outcome of 0 and 1
        McFadden's.
    cox_snell
        ``1 - exp(-(fall in deviance) / n)``; for a linear model R squared.
    nagelkerke
        The same over the largest value that it can take; missing where the likelihood of a perfect fit is not 1.
    adjusted
        For a linear model, R squared adjusted for the number of coefficients; missing otherwise.
    """

    deviance: float
    cox_snell: float
    nagelkerke: float
    adjusted: float

    def to_frame(self) -> pd.DataFrame:
        """Return a frame of one row."""
        return pd.DataFrame([vars(self)])


def r_squared(model: Model) -> RSquared:
    """Measures of explained variation, weighted, so that they estimate those of the population (Lumley 2017).

    Parameters
    ----------
    model
        A regression with an intercept.

    Returns
    -------
    RSquared

    References
    ----------
    Lumley (2017), *Australian & New Zealand Journal of Statistics* 59, 187-194; Nagelkerke (1991), *Biometrika* 78,
    691-692.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"y": [3.0, 5.0, 9.0, 4.0], "x": [1.0, 2.0, 5.0, 2.0]})
    >>> round(r_squared(sk.regress(sk.Survey(firms), "y ~ x")).deviance, 3)
    0.976
    """
    if not model.matrix.has_intercept:
        raise EstimationError(
            f"'{model.formula}' has no intercept, so there is no model of the mean to compare it with.",
            remedy="Add the intercept.",
        )
    null, n, size = model.null_deviance, float(model.n[0]), len(model)
    explained = 1 - model.deviance / null
    if model.family == "gaussian" and model.link == "identity":
        adjusted = 1 - (1 - explained) * (n - 1) / (n - size) if n > size else float("nan")
        return RSquared(explained, explained, explained, adjusted)
    mass = float(model.weighted_n[0]) * rows_of(model).scale
    cox_snell = -float(np.expm1((model.deviance - null) / mass))
    largest = -float(np.expm1(-null / mass)) if model.family == "binomial" else float("nan")
    return RSquared(explained, cox_snell, cox_snell / largest, float("nan"))
