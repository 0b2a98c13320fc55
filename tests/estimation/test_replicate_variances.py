"""Replicate weights in the verbs that fit several models or test: jackknife near linearised, replicates by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.design import Design
from surveykit.errors import EstimationError, SurveykitWarning
from surveykit.estimation.comparisons.adjusted import adjusted_comparison
from surveykit.estimation.comparisons.decomposition import oaxaca_blinder
from surveykit.estimation.effects.marginal import marginal_means
from surveykit.estimation.likelihoods.proportional_odds import proportional_odds_test
from surveykit.estimation.models.tests import likelihood_ratio_test, score_test, wald_test
from surveykit.estimation.regression.instrumental import first_stage, instrumental
from surveykit.estimation.regression.nonlinear import nonlinear
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.survival.cox import log_rank
from surveykit.replication import replicate
from surveykit.results import Estimate, TestResult
from surveykit.survey import Survey, reweighted


def sample(rows: int = 360, seed: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"region": np.arange(rows) % 3, "town": np.arange(rows) // 6, "w": rng.uniform(1, 3, rows)})
    frame["x"], frame["z"] = rng.normal(size=rows), rng.integers(0, 2, rows)
    frame["push"] = 0.8 * frame["x"] + rng.normal(size=rows)
    frame["uses"] = (frame["x"] + 2 * rng.logistic(size=rows) > 0).astype(int)
    frame["y"] = 1 + 0.4 * frame["x"] + frame["uses"] + rng.normal(size=rows)
    frame["level"] = pd.cut(frame["y"], [-np.inf, 0, 1.5, np.inf], labels=["low", "mid", "high"])
    frame["time"], frame["seen"] = rng.exponential(1 + frame["z"]), rng.integers(0, 2, rows)
    return frame


def survey_of(frame: pd.DataFrame) -> Survey:
    return Survey(frame, Design(strata="region", clusters="town", nest=True), weights="w")


TESTS: dict[str, Callable[[Survey], TestResult]] = {
    "log-rank": lambda survey: log_rank(survey, "time ~ z", event="seen"),
    "first stage": lambda survey: first_stage(survey, "y ~ x + z", "push + z")["x"],
    "proportional odds": lambda survey: proportional_odds_test(
        regress(survey, "level ~ x + z", family="ordered_logit")
    ),
    "score": lambda survey: score_test(regress(survey, "uses ~ x", family="binomial"), "z + push"),
    "working score": lambda survey: score_test(regress(survey, "y ~ x"), "z + push", method="working"),
    "multinomial": lambda survey: wald_test(regress(survey, "level ~ x + z", family="multinomial"), "x"),
}


@pytest.mark.parametrize("name", TESTS)
def test_tests_by_jackknife_are_near_the_linearised_ones(name: str) -> None:
    survey = survey_of(sample())
    linear, jackknife = TESTS[name](survey), TESTS[name](replicate(survey, "JKn"))
    assert (jackknife.df, jackknife.ddf, jackknife.n) == (linear.df, linear.ddf, linear.n)
    assert jackknife.statistic == pytest.approx(linear.statistic, rel=0.12)
    if name in ("log-rank", "first stage", "score"):  # in these a jackknife deviation is nearly its linearisation
        assert jackknife.statistic == pytest.approx(linear.statistic, rel=0.06)


def test_an_adjusted_comparison_fits_all_three_models_in_each_replicate() -> None:
    survey = replicate(survey_of(sample()), "bootstrap", replicates=12, seed=3)
    assert survey.replicates is not None
    found = adjusted_comparison(survey, "y", "uses", "x + C(z)").estimate
    deviations = []
    for number in range(12):
        one = reweighted(survey, survey.replicates.weights(number))
        deviations.append(adjusted_comparison(one, "y", "uses", "x + C(z)").estimate.estimate)
    centred = np.array(deviations) - (found.estimate if survey.replicates.mse else np.mean(deviations, axis=0))
    scales = survey.replicates.rscales[:, None] * survey.replicates.scale
    assert found.covariance == pytest.approx((centred * scales).T @ centred, rel=1e-9)
    linear = adjusted_comparison(survey_of(sample()), "y", "uses", "x + C(z)").estimate
    jackknife = adjusted_comparison(replicate(survey_of(sample()), "JKn"), "y", "uses", "x + C(z)").estimate
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.05)
    assert jackknife.df.tolist() == linear.df.tolist()


@pytest.mark.parametrize("reference", ["first", "second"])
def test_a_decomposition_by_jackknife_is_near_the_linearised_one(reference: str) -> None:
    survey = survey_of(sample())
    linear, jackknife = (
        oaxaca_blinder(one, "y ~ x + C(z)", group="uses", reference=reference)  # type: ignore[arg-type]
        for one in (survey, replicate(survey, "JKn"))
    )
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.06)
    assert jackknife.df.tolist() == linear.df.tolist()


VERBS: dict[str, Callable[[Survey], Estimate]] = {
    "quantile regression": lambda survey: sk.quantile_regression(survey, "y ~ x"),
    "cox": lambda survey: sk.cox(survey, "time ~ x", event="seen"),
    "kaplan-meier": lambda survey: sk.kaplan_meier(survey, "time ~ C(z)", event="seen", times=[0.5, 1]),
    "weibull": lambda survey: sk.survival_regression(survey, "time ~ x", event="seen"),
    "instrumental": lambda survey: sk.instrumental(survey, "y ~ x", "push"),
    "non-linear": lambda survey: sk.nonlinear(survey, "y ~ a + b * x", start={"a": 0, "b": 1}),
    "absorbed": lambda survey: sk.regress(survey, "y ~ x", absorb="sector"),
    "Firth": lambda survey: sk.regress(survey, "uses ~ x", family="binomial", penalty="firth"),
    "random intercepts": lambda survey: sk.random_intercepts(
        survey, "shifted ~ x", group="town", group_weights=1.0, scaling="size"
    ),
    "effects": lambda survey: sk.average_marginal_effects(sk.regress(survey, "level ~ x", family="multinomial")),
    "margins": lambda survey: sk.predictive_margins(sk.regress(survey, "uses ~ x + C(z)", family="binomial"), "z"),
    "standardised": lambda survey: sk.standardised_mean(survey, "y", by="z", population={0: 1.0, 1: 2.0}),
    "profile": lambda survey: sk.profile_intervals(sk.regress(survey, "uses ~ x", family="binomial")),
    "kappa": lambda survey: sk.kappa(survey, "uses", "z"),
    "alpha": lambda survey: sk.cronbach_alpha(survey, ["x", "push", "y"]),
    "polychoric": lambda survey: sk.polychoric_correlation(survey, ["level", "ranked"]),
}


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_takes_replicates(name: str) -> None:
    frame = sample()
    rng = np.random.default_rng(4)
    frame["sector"] = (np.arange(len(frame)) % 7).astype(str)
    frame["shifted"] = frame["y"] + rng.normal(size=60)[frame["town"]]
    frame["ranked"] = pd.cut(frame["x"], [-9, -0.5, 0.5, 9], labels=["a", "b", "c"])
    survey = Survey(frame, Design(clusters="town"), weights="w")
    linear, jackknife = VERBS[name](survey), VERBS[name](replicate(survey, "JK1"))
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.1, abs=1e-12)
    assert jackknife.df.tolist() == linear.df.tolist()


def test_marginal_means_take_the_covariance_of_the_replicates() -> None:
    survey = survey_of(sample())
    linear, jackknife = (
        marginal_means(regress(one, "uses ~ x + C(z)", family="binomial"), "z")
        for one in (survey, replicate(survey, "JKn"))
    )
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.05)


def test_weak_instruments_are_named_under_replicates_too() -> None:
    rng = np.random.default_rng(5)
    frame = sample().assign(noise=rng.normal(size=360))
    with pytest.warns(SurveykitWarning, match=r"instruments are weak for 'x'"):
        instrumental(replicate(survey_of(frame), "JKn"), "y ~ x", "noise")


def test_a_replicate_that_cannot_be_fitted_is_named() -> None:
    """The group stands in one town alone, which one replicate leaves out."""
    frame = sample().assign(uses=lambda one: (one["town"] == 4).astype(int) * (one["region"] == 0))
    with pytest.raises(EstimationError, match=r"Replicate \d+ of \d+: "):
        oaxaca_blinder(replicate(survey_of(frame), "JKn"), "y ~ 1", group="uses")


def test_a_term_is_tested_in_all_outcomes_and_at_all_cut_points() -> None:
    survey = survey_of(sample())
    multinomial = regress(survey, "level ~ x + C(region) + z", family="multinomial")
    both = [multinomial.names.index(name) for name in ("mid: z", "high: z")]
    by_hand = multinomial.estimate[both] @ np.linalg.solve(
        multinomial.covariance[np.ix_(both, both)], multinomial.estimate[both]
    )
    found = wald_test(multinomial, "z")
    assert (found.df, found.statistic) == (2, pytest.approx(by_hand / 2))
    assert wald_test(multinomial, "C(region)").df == 4
    partial = regress(survey, "level ~ x + z", family="ordered_logit", non_proportional="x")
    assert wald_test(partial, "x").df == 2
    assert wald_test(partial, "z").statistic == pytest.approx(
        (partial.estimate / partial.se)[partial.names.index("z")] ** 2
    )


def test_what_a_test_cannot_do_is_refused() -> None:
    survey = survey_of(sample())
    ordered = regress(survey, "level ~ x + z", family="ordered_logit")
    for test in (likelihood_ratio_test, score_test):
        with pytest.raises(EstimationError, match=r"this one is of the family 'ordered logit'. Use wald_test"):
            test(ordered, "z")  # type: ignore[operator]
    curve = nonlinear(survey, "y ~ a + b * x", start={"a": 1.0, "b": 0.4})
    with pytest.raises(EstimationError, match=r"Its parameters are 'a', 'b': use model.contrast"):
        wald_test(curve, "x")
