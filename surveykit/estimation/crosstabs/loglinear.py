"""Log-linear models of tables, and Rao-Scott tests between nested ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, Key, Request
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.crosstabs.cells import CountsAndShares, Frame
from surveykit.estimation.crosstabs.crosstab import MAX_CELLS, Counts
from surveykit.estimation.crosstabs.formula import key_of
from surveykit.estimation.crosstabs.loglinear_terms import Term, model_columns, model_terms, saturated_terms
from surveykit.estimation.crosstabs.table_tests import design_freedom
from surveykit.estimation.descriptive import Missing, refuse_missing
from surveykit.estimation.linearise import solve
from surveykit.results import Estimate, JointCounts, TestResult
from surveykit.results.independence import TestStatistic, share_covariance
from surveykit.results.rao_scott import judge_pearson, judge_wald
from surveykit.survey import Survey

__all__ = ["LogLinear", "loglinear", "loglinear_test"]

_ROUNDS = 60
#: A fitted share of a cell without rows below this is on its way to zero.
_VANISHED = 1e-9


@dataclass(frozen=True, eq=False)
class LogLinear:
    """A log-linear model of the shares of a table.

    Parameters
    ----------
    variables
        Names, in the order of the table's dimensions.
    levels
        Levels of each.
    terms
        Terms of the model, each the names that interact.
    coefficients
        Coefficients with their design-based covariance; effects add to zero over the levels of a variable (deviation
        contrasts). The intercept is that of counts that add to the rows of the data.
    observed, fitted
        Shares of the cells, in the shape of the table.
    joint
        The weighted counts ``(cells, 1)`` with their covariance.
    matrix
        ``(cells, p - 1)`` columns of the model without the intercept.
    """

    variables: tuple[str, ...]
    levels: tuple[tuple[object, ...], ...]
    terms: tuple[Term, ...]
    coefficients: Estimate
    observed: FloatArray
    fitted: FloatArray
    joint: JointCounts
    matrix: FloatArray

    @property
    def text(self) -> str:
        """The model as a formula."""
        return " + ".join(":".join(term) for term in self.terms) or "1"

    def __repr__(self) -> str:
        return f"Log-linear model {self.text}, n = {self.joint.n}\n{self.coefficients!r}"


def loglinear(
    survey: Survey,
    variables: Sequence[str],
    *,
    model: str | None = None,
    missing: Missing = "drop",
    level: float = 0.95,
) -> LogLinear:
    """Fit a log-linear model to the estimated shares of a table by pseudo maximum likelihood.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variables
        Categorical columns or expressions that make the table.
    model
        Terms of the variables: ``"a + b"``, ``"a:b"`` for an interaction, ``"a*b"`` for it with all below it. Without
        one, the variables are independent.
    missing
        ``"drop"`` leaves rows with a missing variable out as outside the domain, ``"fail"`` refuses.
    level
        Confidence level.

    Raises
    ------
    EstimationError
        If cells without rows leave a coefficient without a finite estimate.

    References
    ----------
    Rao and Scott (1984), *Annals of Statistics* 12, 46-60; Skinner and Vallet (2010), *Sociological Methods and
    Research* 39, 83-108.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"size": list("slslssllss"), "exporter": list("ynynnyynny")})
    >>> loglinear(Survey(firms), ["size", "exporter"]).coefficients.names
    ('Intercept', 'size[l]', 'exporter[n]')
    """
    keys = tuple(key_of(survey, text) for text in variables)
    names = tuple(key.name for key in keys)
    if len(set(names)) < len(names) or not names:
        raise EstimationError(
            "A log-linear model needs variables, each named once.", remedy="Give two or more columns."
        )
    terms = tuple((name,) for name in names) if model is None else model_terms(model, names)
    request = Request((None,), keys)
    if request.cells > MAX_CELLS:
        raise EstimationError(
            f"The table has {request.cells} cells, more than {MAX_CELLS}.", remedy="Merge levels or drop a variable."
        )
    replicated = CountsAndShares(Frame(1, request.cells, 1, False, "total")) if survey.replicates else None
    solution = solve(survey, request, replicated or Counts())
    refuse_missing(solution.total.missing, names, missing)
    if not solution.total.rows.sum():
        raise EstimationError(
            "No row with a positive weight has an answer in all variables.", remedy="Check the domain."
        )
    rows = solution.total.rows[:, None].astype(np.int64)
    joint = JointCounts(
        solution.total.sums[:, :1],
        solution.covariance[: request.cells, : request.cells],
        rows,
        design_freedom(survey, solution),
        replicated.share_covariance(solution, 0) if replicated else None,
    )
    return _fit(survey, keys, terms, joint, level)


def _fit(survey: Survey, keys: tuple[Key, ...], terms: tuple[Term, ...], joint: JointCounts, level: float) -> LogLinear:
    shares = joint.counts[:, 0] / joint.counts.sum()
    levels = {key.name: key.levels for key in keys}
    matrix, names = model_columns(levels, terms)
    beta, fitted = _maximise(matrix, shares)
    information = _information(matrix, fitted)
    inverse = np.linalg.inv(information)
    spread = inverse @ matrix.T @ share_covariance(joint) @ matrix @ inverse
    # The intercept follows from the others: log n - log sum exp(x b), whose derivative is minus the fitted mean of x.
    gradient = np.vstack([-(fitted @ matrix), np.eye(len(beta))])
    intercept = np.log(joint.n) - np.log(np.exp(matrix @ beta).sum())
    size = len(beta) + 1
    coefficients = Estimate(
        statistic="log-linear coefficient",
        names=("Intercept", *names),
        labels={"term": ("Intercept", *names)},
        estimate=np.concatenate([[intercept], beta]),
        covariance=gradient @ spread @ gradient.T,
        df=np.full(size, joint.df),
        n=np.full(size, joint.n),
        weighted_n=np.full(size, joint.counts.sum()),
        weight=survey.weight_name,
        level=level,
        notes=selection_note(survey),
        synthetic=survey.synthetic,
    )
    shape = tuple(len(key.levels) for key in keys)
    return LogLinear(
        variables=tuple(levels),
        levels=tuple(levels.values()),
        terms=terms,
        coefficients=coefficients,
        observed=shares.reshape(shape),
        fitted=fitted.reshape(shape),
        joint=joint,
        matrix=matrix,
    )


def _information(matrix: FloatArray, shares: FloatArray) -> FloatArray:
    centred = matrix - shares @ matrix
    found: FloatArray = centred.T @ (shares[:, None] * centred)
    return found


def _maximise(matrix: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Maximise ``sum p log(pi)`` with ``pi`` proportional to ``exp(x b)``, by Newton's method with halved steps."""
    beta, target = np.zeros(matrix.shape[1]), shares @ matrix

    def at(point: FloatArray) -> tuple[float, FloatArray]:
        linear = matrix @ point
        top = linear.max()
        weights = np.exp(linear - top)
        return float(target @ point - top - np.log(weights.sum())), weights / weights.sum()

    value, fitted = at(beta)
    for _ in range(_ROUNDS):
        gradient = target - fitted @ matrix
        step = np.linalg.lstsq(_information(matrix, fitted), gradient, rcond=None)[0]
        scale = 1.0
        while scale > 1e-6 and at(beta + scale * step)[0] < value - 1e-15:
            scale /= 2
        beta = beta + scale * step
        value, fitted = at(beta)
        if np.abs(beta).max(initial=0.0) > 25:
            break
        if np.abs(target - fitted @ matrix).max(initial=0.0) < 1e-14 or np.abs(step).max(initial=0.0) < 1e-13:
            if np.any(fitted[shares == 0] < _VANISHED):
                break
            return beta, fitted
    raise EstimationError(
        "The log-linear model has no finite estimate: cells without rows empty a margin that it fits.",
        remedy="Merge levels, or leave out the interaction of the empty cells.",
    )


def loglinear_test(
    smaller: LogLinear,
    larger: LogLinear | None = None,
    *,
    statistic: TestStatistic = "F",
    of: Literal["deviance", "pearson"] = "deviance",
) -> TestResult:
    """Test a log-linear model against a larger one that holds it: analysis of deviance for survey data.

    Parameters
    ----------
    smaller, larger
        Nested models of the same table; without `larger`, the saturated one.
    statistic
        As in :meth:`surveykit.results.Table.test`; ``"Wald"`` and ``"adjWald"`` test the further coefficients of the
        larger model.
    of
        Whether the statistic is the likelihood ratio ``2 n sum p log(p1 / p0)`` or Pearson's ``n sum (p1 - p0)^2 /
        p0``. Pearson's against the saturated model of two variables is that of the cross-tab.

    Raises
    ------
    EstimationError
        If the models are not nested, or the further terms have no sampling variance.

    References
    ----------
    Rao and Scott (1984), *Annals of Statistics* 12, 46-60, section 3.
    """
    if of not in ("deviance", "pearson"):
        raise EstimationError(f"of={of!r} is not known.", remedy="Choose 'deviance' or 'pearson'.")
    terms = saturated_terms(smaller.variables) if larger is None else larger.terms
    _refuse_unnested(smaller, larger, terms)
    base, fit = smaller.fitted.ravel(), smaller.observed.ravel() if larger is None else larger.fitted.ravel()
    joint = smaller.joint
    information, spread, gradient = _further(smaller, terms, fit)
    root = np.linalg.cholesky(information)
    half = np.linalg.solve(root, np.linalg.solve(root, spread).T) * joint.n
    eigenvalues: FloatArray = np.maximum(np.linalg.eigvalsh((half + half.T) / 2)[::-1], 0.0)
    added = ", ".join(":".join(term) for term in terms if term not in smaller.terms)
    if joint.df <= 0 or eigenvalues.max() < 1e-9:
        raise EstimationError(
            f"The terms {added} have no sampling variance in this design, so there is nothing to test.",
            remedy="The design fixes the cells that they describe.",
        )
    if statistic in ("Wald", "adjWald"):
        inverse = np.linalg.inv(information)
        judged = judge_wald(inverse @ gradient, inverse @ spread @ inverse, joint.df, statistic)
    else:
        value = 2 * (fit * np.log(fit / base)).sum() if of == "deviance" else ((fit - base) ** 2 / base).sum()
        judged = judge_pearson(joint.n * float(value), eigenvalues, joint.df, statistic)
    likelihood = of == "deviance" and judged.name == "X-squared"
    return TestResult(
        hypothesis=f"{smaller.text} fits as well as with {added}",
        method=judged.method.replace("Pearson's X^2", "Likelihood ratio" if of == "deviance" else "Pearson's X^2"),
        statistic_name="G-squared" if likelihood else judged.name,
        statistic=judged.statistic,
        df=judged.df,
        ddf=judged.ddf,
        p_value=judged.p_value,
        n=joint.n,
        weighted_n=float(joint.counts.sum()),
        weight=smaller.coefficients.weight,
        facts={"eigenvalues": eigenvalues},
        notes=smaller.coefficients.notes,
        synthetic=smaller.coefficients.synthetic,
    )


def _refuse_unnested(smaller: LogLinear, larger: LogLinear | None, terms: tuple[Term, ...]) -> None:
    if larger is not None and not _same_table(smaller, larger):
        raise EstimationError(
            f"The models {smaller.text} and {larger.text} are of different tables.",
            remedy="Fit both to the same survey, with the same variables in the same order.",
        )
    if not set(smaller.terms) < set(terms):
        raise EstimationError(
            f"The model {smaller.text} is not within {' + '.join(':'.join(term) for term in terms)}.",
            remedy="Give the smaller model first; it lacks at least one term of the larger.",
        )
    if larger is None and np.any(smaller.observed <= 0):
        raise EstimationError(
            "Cells without rows leave the saturated model without a finite estimate.",
            remedy="Test two variables with crosstab(...).test(), or give a larger model that is not saturated.",
        )


def _further(smaller: LogLinear, terms: tuple[Term, ...], fit: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Information on the further terms, covariance of their scores, and their scores of ``log(fit)``."""
    levels = dict(zip(smaller.variables, smaller.levels, strict=True))
    further, _ = model_columns(levels, tuple(term for term in terms if term not in smaller.terms))
    mapping = _further_scores(smaller.matrix, further, fit)
    weighted = fit[:, None] * mapping
    return mapping.T @ weighted, mapping.T @ share_covariance(smaller.joint) @ mapping, weighted.T @ np.log(fit)


def _same_table(one: LogLinear, other: LogLinear) -> bool:
    return (
        one.variables == other.variables
        and one.levels == other.levels
        and np.array_equal(one.joint.counts, other.joint.counts)
        and np.array_equal(one.joint.covariance, other.joint.covariance)
    )


def _further_scores(kept: FloatArray, further: FloatArray, shares: FloatArray) -> FloatArray:
    """Columns of the further terms less their regression on the constant and the kept ones, weighted by `shares`."""
    base = np.column_stack([np.ones(len(kept)), kept])
    weighted = shares[:, None] * base
    found: FloatArray = further - base @ np.linalg.solve(base.T @ weighted, weighted.T @ further)
    return found
