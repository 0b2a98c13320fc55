"""Where another answer than R's is right in survival, non-linear, component and vector models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surveykit.estimation.likelihoods.maximise import maximise
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.regression.normal_equations import inverse_of, solve_normal
from surveykit.estimation.row_scores import ScoreSums
from tests.oracles.calls import terms
from tests.oracles.case import Case
from tests.oracles.functions.likelihoods import Coefficients
from tests.oracles.syntax import Call
from tests.oracles.values import Listing, as_numbers

__all__ = ["LIKELIHOOD_CASES"]


def weights_once(case: Case) -> str | None:
    """svynls multiplies by the weights what already holds them."""
    if not case.calls("svynls") or not isinstance(case.answer, Coefficients) or not case.off <= {"ses", "vcov"}:
        return None
    model = case.answer.model
    rows = outcome_rows(model.survey, model.matrix, None)
    weights = model.survey.engine.weights(model.survey.index)
    sums = ScoreSums(model.survey, len(model.estimate))
    for batch, x, y, offset in rows.batches():
        relative = batch.weight / weights.mean()
        scores = model.likelihood.scores(x, y, offset, model.estimate)
        sums.add(batch, scores * (batch.weight * np.sqrt(relative))[:, None])
    as_r = np.sqrt(np.diagonal(sums.covariance(model.bread)))
    if not np.allclose(as_r, case.recorded("ses"), rtol=1e-4):
        return None
    return (
        "derivation: the residuals and derivatives that nls returns hold the root of the weight each, and svynls "
        "multiplies them by the weight's root once more; R's standard errors are reproduced with scores of weight^1.5"
    )


def components_of_roots(case: Case) -> str | None:
    """svyprcomp multiplies the rows by the root of their weight and takes components of the result as it is."""
    sample = case.sample()
    if not case.calls("svyprcomp") or sample is None or case.comparison is None or not case.off:
        return None
    formula = next(one for one in case.call.operands if isinstance(one, Call) and one.name == "~")
    columns = np.column_stack([as_numbers(sample.values(term)) for term in terms(formula.operands[-1])])
    weights = sample.survey.engine.weights(sample.survey.index)
    used = np.isfinite(columns).all(axis=1) & (weights > 0)
    rooted = columns[used] * np.sqrt(weights[used] / weights[used].mean())[:, None]
    deviations = np.sqrt(np.linalg.eigvalsh(np.corrcoef(rooted.T))[::-1])
    same = np.allclose(rooted.mean(axis=0), case.recorded("center"), rtol=1e-8)
    if not same or not np.allclose(deviations, case.recorded("sdev"), rtol=1e-8):
        return None
    return (
        "derivation: rows are to be centred by their weighted mean before they are multiplied by the root of the "
        "weight; R centres afterwards, so that its centre is no mean of any variable, and is reproduced exactly"
    )


def whole_risk_sets(case: Case) -> str | None:
    """svylogrank mixes Efron's means for the tied events with whole risk sets for everyone else."""
    sample = case.sample()
    if not case.calls("svylogrank") or sample is None or not isinstance(case.answer, Listing) or not case.off:
        return None
    formula = next(one for one in case.call.operands if isinstance(one, Call) and one.name == "~")
    surv, group = formula.operands
    time, seen = (as_numbers(sample.values(one)) for one in surv.operands)  # type: ignore[union-attr]
    values = sample.values(group).astype(str).to_numpy()
    x = (values == np.unique(values)[-1]).astype(float)
    weights = sample.survey.engine.weights(sample.survey.index)
    score = 0.0
    for now in np.unique(time[seen != 0]):
        tied, at_risk = (time == now) & (seen != 0), time >= now
        size, mean, hazard = int(tied.sum()), 0.0, 0.0
        for gone in range(size):
            own = weights * (at_risk - tied * gone / size)
            mean += own @ x / own.sum() / size
            hazard += weights[tied].mean() / own.sum()
        score += weights[tied] @ (x[tied] - mean) - hazard * (weights[at_risk] @ (x[at_risk] - mean))
    recorded = case.entry.get("results")[0]["matrix"][0][0]
    if not np.isclose(score, recorded, rtol=1e-9):
        return None
    return (
        "derivation: the log-rank score is observed less expected events in whole risk sets (Mantel 1966); with ties R "
        "takes Efron's means in them, which is neither that nor Efron's score; its number is reproduced exactly"
    )


def information_of_the_round_before(case: Case) -> str | None:
    """VGAM's covariance holds the information of the iteration before the last."""
    if not case.calls("svy_vglm") or not isinstance(case.answer, Coefficients) or not case.off <= {"ses", "vcov"}:
        return None
    model = case.answer.model
    rows, likelihood = outcome_rows(model.survey, model.matrix, None), model.likelihood
    scores = maximise(rows, likelihood, start=model.estimate).scores
    theta = np.zeros(len(model.estimate))
    places = [case.answer.stat.names.index(name) for name in case.entry.get("names")]
    for _ in range(12):
        information, gradient = np.zeros((len(theta), len(theta))), np.zeros(len(theta))
        for batch, x, y, offset in rows.batches():
            information += likelihood.information(x, y, offset, theta, batch.weight)
            gradient += batch.weight @ likelihood.scores(x, y, offset, theta)
        as_r = np.sqrt(np.diagonal(scores.covariance(inverse_of(information))))[places]
        if np.allclose(as_r, case.recorded("ses"), rtol=1e-7):
            return (
                "derivation: the estimates agree; R's standard errors are reproduced with the information one round of "
                "scoring before the last, started at equal probabilities; surveykit's is that at the estimates"
            )
        theta = theta + solve_normal(information, gradient)
    return None


#: Predicates on these models, in the order in which they are asked.
LIKELIHOOD_CASES: list[Callable[[Case], str | None]] = [
    weights_once,
    components_of_roots,
    whole_risk_sets,
    information_of_the_round_before,
]
