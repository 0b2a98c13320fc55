"""Where another answer than R's is right in a regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special

from surveykit.errors import EstimationError
from tests.oracles.calls import terms
from tests.oracles.case import Case
from tests.oracles.functions.ordinal import Ordinal
from tests.oracles.sample import Sample
from tests.oracles.syntax import Call, walk
from tests.oracles.values import as_numbers

__all__ = ["MODEL_CASES"]


def separated(case: Case) -> str | None:
    """A binary outcome that a combination of the regressors predicts perfectly has no finite estimate."""
    if not isinstance(case.refusal, EstimationError) or "separated" not in str(case.refusal):
        return None
    node = next((n for n in walk(case.call) if isinstance(n, Call) and n.name == "svyglm"), None)
    sample = case.sample()
    if node is None or sample is None or not _separable(case, node, sample):
        return None
    return (
        'row "perfect or quasi separation": an error that names the column; a linear programme finds the separating '
        "direction, so R's finite estimates are where its iterations stopped (trap 5)"
    )


def _separable(case: Case, node: Call, sample: Sample) -> bool:
    """Albert and Anderson (1984): separated if some direction d has (2y - 1) x'd >= 0 everywhere and > 0 somewhere."""
    formula = next(operand for operand in node.operands if isinstance(operand, Call) and operand.name == "~")
    y = as_numbers(sample.values(formula.operands[0]))
    columns = [np.ones(len(y))]
    for term in terms(formula.operands[1]):
        values = sample.values(term)
        if isinstance(values.dtype, pd.CategoricalDtype):
            columns += [(values == label).to_numpy(np.float64) for label in values.cat.categories[1:]]
        else:
            columns.append(as_numbers(values))
    x = np.column_stack(columns)
    weights = sample.survey.engine.weights(sample.survey.index)
    used = np.isfinite(x).all(axis=1) & np.isfinite(y) & (weights > 0)
    signed = (2 * y[used] - 1)[:, None] * x[used]
    found = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return bool(found.status == 0 and -found.fun > 1e-6)


def constant_outcome(case: Case) -> str | None:
    """A regression of a constant: every residual is zero, R's standard errors and t values are rounding noise."""
    if not isinstance(case.refusal, EstimationError) or not case.calls("svyglm"):
        return None
    deviance, total = case.recorded("deviance"), case.recorded("null_deviance")
    if not total or abs(total[0]) > 1e-12 or abs(deviance[0]) > 1e-12:
        return None
    return (
        "derivation: the null deviance is zero, so nothing is there to explain; R's standard errors are rounding noise"
    )


def dispersion_of_replicates(case: Case) -> str | None:
    """R's dispersion for replicate weights is the mean of squared Pearson residuals, not their variance over n - 1."""
    sample = case.sample()
    if case.off != {"dispersion"} or sample is None or sample.facts.get("kind") != "replicate":
        return None
    model = case.answer.model
    weights = sample.survey.engine.weights(sample.survey.index)
    formula = next(node for node in walk(case.call) if isinstance(node, Call) and node.name == "~")
    y = as_numbers(sample.values(formula.operands[0]))
    frame = case.answer.sample.frame
    parts = [frame.iloc[start : start + 1000] for start in range(0, len(y), 1000)]
    mean = np.concatenate([model.predict(part).estimate for part in parts])
    spreads = {"binomial": mean * (1 - mean), "poisson": mean, "gamma": mean**2}
    spread = spreads.get(model.family, np.ones(len(mean)))
    used = np.isfinite(mean + y) & (weights > 0)
    squares = ((y - mean) ** 2 / spread)[used]
    as_r = (squares @ weights[used] / weights[used].sum(), model.dispersion * (used.sum() - 1) / used.sum())
    if not np.isclose(case.recorded("dispersion")[0], as_r, rtol=1e-6).any():
        return None
    return (
        "derivation: one dispersion, a variance over n - 1, whatever the variance rests on; R has a mean for replicates"
    )


def rows_without_weight(case: Case) -> str | None:
    """R scales the deviance to all rows, also those that weigh nothing."""
    if not case.calls("svyglm") or not case.off or not case.off <= {"deviance", "null_deviance"}:
        return None
    fields, n = case.answer.fields(), case.answer.fields()["n_used"]
    used = int(case.answer.model.n[0])
    ratios = [case.recorded(name)[0] / fields[name] for name in case.off]
    if used == n or not np.allclose(ratios, n / used, rtol=1e-9):
        return None
    return 'row "Zero weights allowed, counted and reported": weights have mean one over the rows that weigh something'


def ordered_model_by_steps(case: Case) -> str | None:
    """R's ordered models stop where the likelihood is flat, and take the information from differences of its gradient.

    Those differences have a step of 0.001 in each parameter, also where a regressor is in the hundreds. With the same
    differences in the place of the analytic information, surveykit's covariance becomes R's.
    """
    if not isinstance(case.answer, Ordinal) or not case.off <= {"estimates", "ses", "vcov", "ci95"}:
        return None
    model = case.answer.model
    deviance, slopes = _deviance(model)
    recorded = np.array(case.recorded("estimates"))
    if deviance(model.estimate).real > deviance(recorded).real * (1 + 1e-12):
        return None
    information = np.linalg.inv(model.bread)
    bread = np.linalg.inv(_stepped_information(deviance, recorded, slopes))
    by_steps = bread @ information @ model.covariance @ information @ bread
    if not np.allclose(np.sqrt(np.diagonal(by_steps)), case.recorded("ses"), rtol=1e-4):
        return None
    return (
        "derivation: surveykit's likelihood is at least as high, and its information analytic; with differences of "
        "step 0.001 in its place, as R's optimiser takes them, its standard errors become R's"
    )


def _deviance(model: Any) -> tuple[Callable[[Any], Any], int]:
    """Deviance of a cumulative model at any parameters, and the number of slopes."""
    survey, matrix = model.survey, model.matrix
    weights = survey.engine.weights(survey.index)
    values = [survey.engine.evaluate(factor.expr) for factor in matrix.factors]
    x, y = matrix.fill(values, len(weights)), survey.engine.evaluate(matrix.response.expr)
    slopes = x.shape[1]
    link = {"logit": lambda u: 1 / (1 + np.exp(-u)), "probit": special.ndtr}[model.link]
    used = weights > 0
    for value in (*values, y):
        used &= True if value.valid is None else value.valid
    x, codes, weights = x[used], y.data[used].astype(int), weights[used]

    def deviance(point: Any) -> Any:
        cuts = np.concatenate([[-200.0], point[slopes:], [200.0]])
        eta = x @ point[:slopes]
        return -2 * (weights * np.log(link(cuts[codes + 1] - eta) - link(cuts[codes] - eta))).sum()

    return deviance, slopes


def _stepped_information(deviance: Callable[[Any], Any], point: Any, slopes: int) -> Any:
    """Information from differences of the gradient, in slopes, first cut point and logarithms of the further steps."""

    def natural(free: Any) -> Any:
        steps = np.concatenate([free[slopes : slopes + 1], np.exp(free[slopes + 1 :])])
        return np.concatenate([free[:slopes], np.cumsum(steps)])

    def derivative(function: Callable[[Any], Any], at: Any) -> Any:
        return np.array([np.imag(function(at + 1e-30j * unit)) / 1e-30 for unit in np.eye(len(at))])

    def gradient(free: Any) -> Any:
        return derivative(lambda moved: deviance(natural(moved)) / 2, free)

    cuts = point[slopes:]
    free = np.concatenate([point[:slopes], cuts[:1], np.log(np.diff(cuts))])
    steps = 1e-3 * np.eye(len(free))
    rough = np.array([(gradient(free + step) - gradient(free - step)) / 2e-3 for step in steps])
    turned = np.linalg.inv(derivative(natural, free))
    return turned @ ((rough + rough.T) / 2) @ turned.T


#: Predicates on regressions, in the order in which they are asked.
MODEL_CASES: list[Callable[[Case], str | None]] = [
    separated,
    constant_outcome,
    dispersion_of_replicates,
    rows_without_weight,
    ordered_model_by_steps,
]
