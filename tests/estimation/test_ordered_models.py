"""Ordered regressions: R's numbers and where they are not exact, the partial model, the test, small samples."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimationError
from surveykit.estimation.effects.marginal import average_marginal_effects
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.likelihoods.proportional_odds import proportional_odds_test
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.row_scores import ScoreSums
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.recorded import entry, survey_of


def polr_covariance(model: Any, theta: np.ndarray) -> np.ndarray:
    """The covariance that R's svyolr reports at theta.

    Its information is a difference quotient, step 1e-3, of polr's gradient in polr's own parameters: slopes, first cut
    point, logarithms of the differences of the cut points.
    """
    likelihood = model.likelihood
    slopes = len(likelihood.columns)

    def cuts_of(inner: np.ndarray) -> np.ndarray:
        steps = np.concatenate([inner[slopes : slopes + 1], np.exp(inner[slopes + 1 :])])
        return np.concatenate([inner[:slopes], np.cumsum(steps)])

    def jacobian(inner: np.ndarray) -> np.ndarray:
        found = np.zeros((len(inner), len(inner)))
        found[:slopes, :slopes] = np.eye(slopes)
        found[slopes:, slopes] = 1
        for place in range(slopes + 1, len(inner)):
            found[place:, place] = np.exp(inner[place])
        return found

    rows = outcome_rows(model.survey, model.matrix, None)
    total = model.survey.engine.weights(model.survey.index)
    scale = len(total) / total.sum()

    def gradient(inner: np.ndarray) -> np.ndarray:
        at = cuts_of(inner)
        outer = sum(batch.weight @ likelihood.scores(x, y, offset, at) for batch, x, y, offset in rows.batches())
        return np.asarray(outer @ jacobian(inner)) * scale

    start = np.concatenate([theta[: slopes + 1], np.log(np.diff(theta[slopes:]))])
    size, step = len(start), 1e-3
    hessian = np.empty((size, size))
    for place in range(size):
        move = np.zeros(size)
        move[place] = step
        hessian[place] = -(gradient(start + move) - gradient(start - move)) / (2 * step)
    inverse = np.linalg.inv((hessian + hessian.T) / 2)
    outer = jacobian(start)
    bread = outer @ inverse @ outer.T * scale
    sums = ScoreSums(model.survey, size)
    for batch, x, y, offset in rows.batches():
        scores = likelihood.scores(x, y, offset, theta) * batch.weight[:, None]
        sums.add(batch, np.where((batch.weight != 0)[:, None], scores, 0.0))
    return sums.covariance(bread)


@pytest.mark.parametrize(
    ("name", "design", "formula", "family"),
    [
        ("ict.olr", "dict", "speed_quali ~ lemp + big", "ordered_logit"),
        ("ict.olr_probit", "dict", "speed_quali ~ lemp", "ordered_probit"),
        ("api.olr", "dclus1", "ellq ~ api99 + stype", "ordered_logit"),
    ],
)
def test_r_differs_from_the_exact_answer_by_its_difference_quotient(
    name: str, design: str, formula: str, family: str
) -> None:
    recorded = entry(name)
    model = regress(survey_of(design), formula, family=family)
    r_names = [one.replace("stypeH", "stype[H]").replace("stypeM", "stype[M]") for one in recorded["names"]]
    order = [model.names.index(one) for one in r_names]
    theta = np.empty(len(order))
    theta[order] = recorded["estimates"]
    as_r = polr_covariance(model, theta)
    assert np.sqrt(np.diagonal(as_r))[order] == pytest.approx(recorded["ses"], rel=1e-5)
    assert model.estimate[order] == pytest.approx(recorded["estimates"], rel=2e-2, abs=2e-4)


def ordered(rows: int = 700, *, proportional: bool = True, seed: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "z": rng.integers(0, 2, rows), "w": rng.uniform(1, 4, rows)})
    spread = 1.0 if proportional else np.exp(0.8 * frame["x"])
    latent = frame["x"] + 0.5 * frame["z"] + rng.logistic(size=rows) * spread
    frame["y"] = pd.cut(latent, [-np.inf, -1, 0.5, 2, np.inf], labels=["a", "b", "c", "d"])
    return frame


def test_without_shared_slopes_the_model_is_general_and_with_all_shared_it_is_the_ordered_one() -> None:
    survey = Survey(ordered(), weights="w")
    shared = regress(survey, "y ~ x + z", family="ordered_logit")
    none = regress(survey, "y ~ x + z", family="ordered_logit", non_proportional="z")
    assert none.names[:4] == ("x", "z (a|b)", "z (b|c)", "z (c|d)")
    assert none.deviance < shared.deviance
    dummies = regress(survey, "y ~ z", family="ordered_logit", non_proportional=".")
    table = survey.engine
    frame = ordered()
    for cut, above in enumerate((["b", "c", "d"], ["c", "d"], ["d"])):
        share = [
            np.average(frame.query(f"z == {z}")["y"].isin(above), weights=frame.query(f"z == {z}")["w"]) for z in (0, 1)
        ]
        odds = [np.log(one / (1 - one)) for one in share]
        assert dummies.estimate[cut] == pytest.approx(odds[1] - odds[0], rel=1e-8)
    assert table.rows == 700


def test_the_partial_model_has_effects_and_replicates() -> None:
    survey = Survey(ordered(300), weights="w")
    model = regress(survey, "y ~ x + z", family="ordered_logit", non_proportional="x")
    jackknife = regress(replicate(survey, "JK1"), "y ~ x + z", family="ordered_logit", non_proportional="x")
    assert jackknife.se == pytest.approx(model.se, rel=0.06)
    assert average_marginal_effects(model, "x").estimate.sum() == pytest.approx(0, abs=1e-10)


def test_proportional_odds_are_rejected_where_they_do_not_hold() -> None:
    fine = proportional_odds_test(regress(Survey(ordered(), weights="w"), "y ~ x + z", family="ordered_logit"))
    bad = proportional_odds_test(
        regress(Survey(ordered(proportional=False), weights="w"), "y ~ x + z", family="ordered_logit")
    )
    assert fine.p_value > 0.05
    assert bad.p_value < 0.001
    assert fine.df == 4
    separated = regress(survey_of("dict"), "speed_quali ~ lemp + big", family="ordered_logit")
    with pytest.raises(EstimationError, match="separated by 'big'"):
        proportional_odds_test(separated)


def test_probabilities_of_a_new_row() -> None:
    survey = Survey(ordered(), weights="w")
    for options in ({}, {"non_proportional": "x"}):
        model = regress(survey, "y ~ x + z", family="ordered_logit", **options)  # type: ignore[arg-type]
        new = model.predict(pd.DataFrame({"x": [0.0, 1.0], "z": [0, 1]}))
        assert new.labels["outcome"] == ("a", "b", "c", "d") * 2
        assert new.estimate.reshape(2, 4).sum(axis=1) == pytest.approx(1)
        shift = model.estimate + 1e-6 * np.eye(len(model.names))[0]
        moved = model.likelihood.predict(  # type: ignore[union-attr]
            np.array([[0.0, 0], [1, 1]]) if not options else np.array([[1.0, 0, 0], [1, 1, 1]]), np.zeros(2), shift
        )
        assert np.isfinite(moved).all()
        assert np.all(new.se > 0)


def test_bell_mccaffrey_is_that_of_r() -> None:
    """R judges all coefficients by the smallest of their degrees of freedom; here each has its own."""
    recorded = entry("api.bm")
    model = regress(survey_of("dclus1"), "api00 ~ meals + ell", small_sample="satterthwaite")
    assert model.covariance == pytest.approx(np.array(recorded["vcov"]), rel=1e-6)
    assert model.df.min() == pytest.approx(recorded["df"], rel=1e-8)
    plain = regress(survey_of("dclus1"), "api00 ~ meals + ell", small_sample="bell_mccaffrey")
    assert plain.df[0] == entry("api.bm2")["df"]
    assert plain.se == pytest.approx(entry("api.bm2")["ses"], rel=1e-6)


def test_without_clusters_bell_mccaffrey_is_hc2_within_the_design() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=40)})
    frame["y"] = frame["x"] + rng.normal(size=40)
    model = regress(Survey(frame), "y ~ x", small_sample="bell_mccaffrey")
    x = np.column_stack([np.ones(40), frame["x"]])
    bread = np.linalg.inv(x.T @ x)
    residual = frame["y"].to_numpy() - x @ model.estimate
    adjusted = residual / np.sqrt(1 - np.einsum("ij,jk,ik->i", x, bread, x))
    scores = x * adjusted[:, None]
    middle = np.cov(scores.T) * 40
    assert model.covariance == pytest.approx(bread @ middle @ bread, rel=1e-9)
    with pytest.raises(EstimationError, match="does not take 'small_sample'"):
        regress(Survey(frame), "y ~ x", family="poisson", small_sample="satterthwaite")


@pytest.mark.slow
def test_a_million_rows_cost_less_than_twice_their_memory_and_ten_logits() -> None:
    """Five categories, eight covariates: peak memory of survey and fit beside the frame, and time."""
    rng, rows = np.random.default_rng(1), 1_000_000
    frame = pd.DataFrame(rng.normal(size=(rows, 8)), columns=[f"x{number}" for number in range(8)])
    latent = frame.to_numpy() @ np.linspace(0.1, 0.8, 8) + rng.logistic(size=rows)
    frame["rating"] = pd.cut(latent, [-np.inf, -2, -0.5, 0.5, 2, np.inf], labels=list("abcde"))
    frame["w"] = rng.uniform(1, 3, rows)
    data = int(frame.memory_usage(deep=True).sum())
    frame["high"] = (latent > 0).astype(float)
    del latent
    terms = " + ".join(f"x{number}" for number in range(8))
    tracemalloc.start()
    survey = Survey(frame, weights="w")
    regress(survey, f"rating ~ {terms}", family="ordered_logit")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * data
    seconds = {}
    for outcome, family in (("high", "binomial"), ("rating", "ordered_logit")):
        start = time.process_time()
        regress(survey, f"{outcome} ~ {terms}", family=family)
        seconds[family] = time.process_time() - start
    assert seconds["ordered_logit"] < 10 * seconds["binomial"]
