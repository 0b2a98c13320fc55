"""Survival, instruments and non-linear least squares: recorded numbers, other programs, identities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.sandbox.regression.gmm import IV2SLS

from surveykit.design import Design
from surveykit.errors import EstimationError, SurveykitWarning
from surveykit.estimation.regression.instrumental import first_stage, instrumental
from surveykit.estimation.regression.nonlinear import nonlinear
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.survival.cox import cox, log_rank
from surveykit.estimation.survival.curves import kaplan_meier
from surveykit.estimation.survival.parametric import survival_regression
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.recorded import entry, survey_of


@pytest.mark.parametrize(
    ("name", "formula", "ties"),
    [
        ("pbc.cox", "time ~ log(bili) + protime + albumin", "efron"),
        ("pbc.cox_breslow", "time ~ log(bili) + albumin", "breslow"),
    ],
)
def test_cox_regression_is_that_of_r(name: str, formula: str, ties: str) -> None:
    recorded = entry(name)
    model = cox(survey_of("dpbc"), formula, event="death", ties=ties)  # type: ignore[arg-type]
    assert model.estimate == pytest.approx(recorded["estimates"], rel=1e-6)
    assert model.se == pytest.approx(recorded["ses"], rel=1e-6)
    assert model.df[0] == recorded["degf_resid"]


def test_weibull_regression_is_that_of_r() -> None:
    recorded = entry("pbc.surv")
    model = survival_regression(survey_of("dpbc"), "time ~ log(bili)", event="death")
    assert model.estimate == pytest.approx(recorded["estimates"], rel=1e-8)
    assert model.se == pytest.approx(recorded["ses"], rel=1e-8)


def test_the_survival_curve_is_that_of_r() -> None:
    recorded = entry("pbc.km")
    curve = kaplan_meier(survey_of("dpbc"), "time ~ 1", event="death", times=recorded["time"])
    assert curve.estimate == pytest.approx(recorded["surv"], rel=1e-12)


def lifetimes(rows: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "group": rng.integers(0, 3, rows), "w": rng.integers(1, 4, rows)})
    true = rng.exponential(np.exp(-0.5 * frame["x"])) * 10
    end = rng.uniform(1, 15, rows)
    frame["time"], frame["seen"] = np.ceil(np.minimum(true, end)), (true <= end).astype(int)
    return frame


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_equal_weights_give_the_cox_regression_of_statsmodels(ties: str) -> None:
    frame = lifetimes()
    model = cox(Survey(frame), "time ~ x + C(group)", event="seen", ties=ties)  # type: ignore[arg-type]
    design = np.column_stack([frame["x"], frame["group"] == 1, frame["group"] == 2]).astype(float)
    other = PHReg(frame["time"], design, status=frame["seen"], ties=ties).fit()
    assert model.estimate == pytest.approx(other.params, rel=1e-6)
    assert np.linalg.inv(model.bread) == pytest.approx(np.linalg.inv(other.cov_params()), rel=1e-6)


@pytest.mark.parametrize("kind", ["cox", "weibull", "loglogistic", "lognormal", "exponential", "curve"])
def test_repeated_rows_and_the_jackknife_agree(kind: str) -> None:
    def estimate(survey: Survey) -> object:
        if kind == "cox":
            return cox(survey, "time ~ x", event="seen", ties="breslow")
        if kind == "curve":
            return kaplan_meier(survey, "time ~ C(group)", event="seen", times=[2, 5, 9])
        return survival_regression(survey, "time ~ x", event="seen", distribution=kind)

    frame = lifetimes()
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    weighted = estimate(Survey(frame, weights="w"))
    assert weighted.estimate == pytest.approx(estimate(Survey(repeated)).estimate, rel=1e-8)  # type: ignore[attr-defined]
    jackknife = estimate(replicate(Survey(frame, weights="w"), "JK1"))
    assert jackknife.se == pytest.approx(weighted.se, rel=0.05)  # type: ignore[attr-defined]


def test_the_log_rank_test_is_the_score_of_the_events() -> None:
    """Observed less expected events of each group (Mantel 1966), weights included."""
    frame = lifetimes()
    test = log_rank(Survey(frame, weights="w"), "time ~ C(group)", event="seen")
    score = np.zeros(3)
    for time in np.unique(frame["time"][frame["seen"] == 1]):
        at_risk, now = frame["time"] >= time, (frame["time"] == time) & (frame["seen"] == 1)
        risk = np.array([frame["w"][at_risk & (frame["group"] == one)].sum() for one in range(3)])
        died = np.array([frame["w"][now & (frame["group"] == one)].sum() for one in range(3)])
        score += died - died.sum() * risk / risk.sum()
    assert test.facts["score"] == pytest.approx(score[1:], rel=1e-9, abs=1e-9)
    assert test.df == 2


def test_two_stage_least_squares_is_that_of_r_and_of_statsmodels() -> None:
    recorded = entry("api.iv")
    model = instrumental(survey_of("dclus1"), "api00 ~ meals", "ell")
    assert model.estimate == pytest.approx(recorded["estimates"], rel=1e-8)
    assert model.se == pytest.approx(recorded["ses"], rel=1e-8)
    assert model.df[0] == recorded["df"]
    rng = np.random.default_rng(4)
    z = rng.normal(size=(300, 2))
    frame = pd.DataFrame({"z1": z[:, 0], "z2": z[:, 1], "c": rng.normal(size=300)})
    frame["x"] = z.sum(axis=1) + frame["c"] + rng.normal(size=300)
    frame["y"] = 1 + 2 * frame["x"] - frame["c"] + rng.normal(size=300)
    own = instrumental(Survey(frame), "y ~ x + c", "z1 + z2 + c")
    one = np.ones(300)
    other = IV2SLS(
        frame["y"].to_numpy(), np.column_stack([one, frame["x"], frame["c"]]), np.column_stack([one, z, frame["c"]])
    ).fit()
    assert own.estimate == pytest.approx(other.params, rel=1e-9)
    assert first_stage(Survey(frame), "y ~ x + c", "z1 + z2 + c")["x"].df == 2


def test_exogenous_regressors_as_their_own_instruments_are_least_squares() -> None:
    survey = survey_of("dstrat")
    two, one = instrumental(survey, "api00 ~ ell + meals", "ell + meals"), regress(survey, "api00 ~ ell + meals")
    assert two.estimate == pytest.approx(one.estimate)
    assert two.covariance == pytest.approx(one.covariance)


def test_weak_instruments_are_named() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["y", "x", "z"])
    with pytest.warns(SurveykitWarning, match=r"instruments are weak for 'x'"):
        instrumental(Survey(frame), "y ~ x", "z")
    with pytest.raises(EstimationError, match=r"1 instrument\(s\) for 2 coefficient"):
        instrumental(Survey(frame), "y ~ x", "0 + z")


def test_non_linear_least_squares_is_that_of_r_but_for_a_weight_too_many() -> None:
    """R's svynls multiplies by the weights derivatives and residuals that already hold their roots twice.

    The covariance that it records is reproduced with scores ``w^1.5 r J`` (w of mean one); the jackknife sides with
    ours.
    """
    recorded, survey = entry("api.nls"), survey_of("dstrat")
    text = "api00 ~ a + b * exp(-c * ell / 10)"
    model = nonlinear(survey, text, start={"a": 550, "b": 200, "c": 0.5})
    assert model.estimate == pytest.approx(recorded["estimates"], rel=1e-4)
    columns = {name: survey.engine.column(name).data for name in ("api00", "ell", "stype", "fpc")}  # type: ignore[attr-defined]
    weights = survey.engine.weights(survey.index)
    a, b, c = model.estimate
    decay = np.exp(-c * columns["ell"] / 10)
    slopes = np.column_stack([np.ones(len(decay)), decay, -b * columns["ell"] / 10 * decay])
    residual = columns["api00"] - a - b * decay
    relative = weights / weights.mean()
    bread = np.linalg.inv((slopes * relative[:, None]).T @ slopes)
    middle = np.zeros((3, 3))
    for stratum in np.unique(columns["stype"]):
        own = columns["stype"] == stratum
        scores = (slopes * (relative**1.5 * residual)[:, None])[own]
        size = own.sum()
        middle += (1 - size / columns["fpc"][own][0]) * size * np.cov(scores.T)
    assert np.sqrt(np.diagonal(bread @ middle @ bread)) == pytest.approx(recorded["ses"], rel=2e-6)
    frame = pd.DataFrame({"y": columns["api00"], "x": columns["ell"], "s": columns["stype"], "w": weights})
    plain = Survey(frame, Design(strata="s"), weights="w")
    start = {"a": 550.0, "b": 200.0, "c": 0.5}
    linear = nonlinear(plain, "y ~ a + b * exp(-c * x / 10)", start=start)
    jackknife = nonlinear(replicate(plain, "JKn"), "y ~ a + b * exp(-c * x / 10)", start=start)
    assert jackknife.se == pytest.approx(linear.se, rel=0.1)


def test_a_linear_formula_with_parameters_is_the_regression() -> None:
    survey = survey_of("dclus1")
    own = nonlinear(survey, "api00 ~ a + b * ell", start={"a": 1.0, "b": 0.0})
    linear = regress(survey, "api00 ~ ell")
    assert own.estimate == pytest.approx(linear.estimate)
    assert own.covariance == pytest.approx(linear.covariance, rel=1e-8)


def test_bad_times_and_events_are_refused() -> None:
    frame = lifetimes()
    frame["kind"] = frame["seen"] * 2
    frame["never"] = 0
    frame["late"] = frame["time"] - frame["time"].min()
    frame["only"] = frame["seen"] * (frame["group"] == 1)
    frame["one"] = (frame["group"] == 1).astype(int)
    survey = Survey(frame)
    with pytest.raises(EstimationError, match="must be 0 or 1"):
        cox(survey, "time ~ x", event="kind")
    with pytest.raises(EstimationError, match="No event"):
        kaplan_meier(survey, "time ~ 1", event="never")
    with pytest.raises(EstimationError, match="a time is above zero"):
        cox(survey, "late ~ x", event="seen")
    with pytest.raises(EstimationError, match="'one' has no finite estimate"):
        cox(survey, "time ~ one", event="only")
    assert cox(survey, "time ~ x", event="kind == 2").estimate == pytest.approx(
        cox(survey, "time ~ x", event="seen").estimate
    )
