"""Shares of gaps and of associations: statsmodels' logit, exact products of coefficients, the jackknife by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import special

from surveykit.errors import EstimationError
from surveykit.estimation.comparisons.decomposition import oaxaca_blinder
from surveykit.estimation.comparisons.mediation import mediation
from surveykit.estimation.comparisons.nonlinear_decomposition import fairlie
from surveykit.estimation.descriptive import mean
from surveykit.estimation.regression.regression import regress
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS


def sample(rows: int = 400, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"size": rng.integers(0, 3, rows), "x": rng.normal(size=rows), "w": rng.uniform(1, 3, rows)})
    frame["region"] = rng.integers(0, 3, rows)
    frame["town"] = 100 * frame["region"] + rng.integers(0, 25, rows)
    frame["t"] = (rng.uniform(size=rows) < 0.3 + 0.15 * frame["size"]).astype(int)
    frame["land"] = np.where(frame["t"] == 1, "a", "b")
    frame["m"] = 0.8 * frame["t"] + 0.5 * frame["x"] + rng.normal(size=rows)
    frame["y"] = 1 + 0.5 * frame["t"] + 0.7 * frame["m"] + 0.3 * frame["x"] + rng.normal(size=rows)
    frame["yes"] = (rng.uniform(size=rows) < special.expit(-1 + frame["size"] * 0.6 + 0.5 * frame["x"])).astype(int)
    return frame


def copies(survey: Survey, name: str) -> Survey:
    return replicate(survey, "JK1") if name == "rows" else replicate(survey, "JKn")


@pytest.mark.parametrize("reference", ["first", "second"])
def test_the_explained_gap_is_that_of_predicted_shares(reference: Any) -> None:
    frame = sample()
    found = fairlie(Survey(frame, weights="w"), "yes ~ C(size) + x", group="land", reference=reference)
    x = np.column_stack([np.ones(400), frame["size"] == 1, frame["size"] == 2, frame["x"]]).astype(float)
    first = (frame["land"] == "a").to_numpy()
    own = first if reference == "first" else ~first
    weight = frame["w"].to_numpy()
    logit = sm.GLM(frame["yes"][own], x[own], family=sm.families.Binomial(), var_weights=weight[own]).fit(tol=1e-12)
    predicted = special.expit(x @ np.asarray(logit.params))
    means = [np.average(predicted[rows], weights=weight[rows]) for rows in (first, ~first)]
    assert found.select("explained") == pytest.approx(means[0] - means[1], rel=1e-7)
    shares = mean(Survey(frame, weights="w"), "yes", by="land")
    assert found.select("gap") == pytest.approx(shares.estimate[0] - shares.estimate[1])
    assert found.se[0] == pytest.approx(shares.contrast([1.0, -1.0]).se[0], rel=1e-9)
    assert found.estimate[1:3].sum() == pytest.approx(found.estimate[0])
    assert found.estimate[3:].sum() == pytest.approx(found.estimate[1])


@pytest.mark.parametrize("name", ["rows", "clusters"])
def test_the_jackknife_agrees_with_the_linearisation(name: str) -> None:
    survey = Survey(sample(), DESIGNS[name], weights="w")
    linear, jackknife = (fairlie(one, "yes ~ C(size) + x", group="land") for one in (survey, copies(survey, name)))
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.06)
    for interaction in (False, True):
        one, two = (
            mediation(each, "y", "t", "m", "C(size) + x", interaction=interaction)
            for each in (survey, copies(survey, name))
        )
        assert two.estimate == pytest.approx(one.estimate)
        assert two.se == pytest.approx(one.se, rel=0.08)
        assert one.df[0] == two.df[0]


def test_near_the_middle_the_logit_and_the_linear_gap_agree() -> None:
    frame = sample(6_000)
    frame["mild"] = (np.random.default_rng(1).uniform(size=6_000) < special.expit(0.1 * frame["size"])).astype(int)
    survey = Survey(frame, weights="w")
    curved = fairlie(survey, "mild ~ C(size) + x", group="land")
    straight = oaxaca_blinder(survey, "mild ~ C(size) + x", group="land")
    assert curved.estimate == pytest.approx(straight.estimate, abs=2e-4)
    assert curved.se == pytest.approx(straight.se, rel=0.02)


def test_without_interaction_the_parts_are_products_of_coefficients() -> None:
    survey = Survey(sample(), DESIGNS["clusters"], weights="w")
    found = mediation(survey, "y", "t", "m", "C(size) + x")
    short, long = regress(survey, "y ~ t + C(size) + x"), regress(survey, "y ~ t + m + C(size) + x")
    path = regress(survey, "m ~ t + C(size) + x")
    at = {model: dict(zip(model.names, model.estimate, strict=True)) for model in (short, long, path)}
    assert found.select("indirect") == pytest.approx(at[path]["t"] * at[long]["m"])
    assert found.select("direct") == pytest.approx(at[long]["t"])
    assert found.select("total") == pytest.approx(at[short]["t"])
    assert found.se[0] == pytest.approx(short.se[short.names.index("t")], rel=1e-6)
    assert found.se[1] == pytest.approx(long.se[long.names.index("t")], rel=1e-6)
    assert any("causal only if" in note for note in found.notes)


def test_with_interaction_the_parts_are_differences_of_predicted_means() -> None:
    """Averages over the rows of outcomes predicted with the mediator predicted under either treatment."""
    frame = sample()
    survey = Survey(frame, weights="w")
    found = mediation(survey, "y", "t", "m", "x", interaction=True)
    path, outcome = regress(survey, "m ~ t + x"), regress(survey, "y ~ t * m + x")

    def expected(treated: int, through: int) -> float:
        m = path.predict(frame.assign(t=through)).estimate
        return float(np.average(outcome.predict(frame.assign(t=treated, m=m)).estimate, weights=frame["w"]))

    assert found.select("direct") == pytest.approx(expected(1, 0) - expected(0, 0))
    assert found.select("indirect") == pytest.approx(expected(1, 1) - expected(1, 0))
    assert found.select("total") == pytest.approx(expected(1, 1) - expected(0, 0))
    assert len(found.names) == 4


def test_errors_that_explain_the_path_have_the_correlation_told() -> None:
    """Errors of both equations correlated, no path: the indirect part is all due to them."""
    rng = np.random.default_rng(7)
    errors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], 50_000)
    frame = pd.DataFrame({"t": rng.integers(0, 2, 50_000)})
    frame["m"], frame["y"] = frame["t"] + errors[:, 0], errors[:, 1]
    found = mediation(Survey(frame), "y", "t", "m")
    assert found.select("error correlation for none") == pytest.approx(0.4, abs=0.02)
    assert found.select("indirect") > 0.3


def test_intervals_hold_the_true_indirect_part() -> None:
    rng, hits = np.random.default_rng(20_261_123), []
    for _ in range(400):
        frame = pd.DataFrame({"t": rng.integers(0, 2, 300), "x": rng.normal(size=300)})
        frame["m"] = 0.8 * frame["t"] + 0.5 * frame["x"] + rng.normal(size=300)
        frame["y"] = 0.5 * frame["t"] + 0.7 * frame["m"] + 0.3 * frame["x"] + rng.normal(size=300)
        found = mediation(Survey(frame), "y", "t", "m", "x")
        hits.append((found.low[2] <= 0.56 <= found.high[2], found.low[1] <= 0.5 <= found.high[1]))
    assert np.mean(hits, axis=0) == pytest.approx([0.95, 0.95], abs=0.03)


def test_what_cannot_be_taken_apart_is_refused() -> None:
    frame = sample()
    frame["never"] = 0
    survey = Survey(frame)
    with pytest.raises(EstimationError, match="3 levels"):
        fairlie(survey, "yes ~ x", group="size")
    with pytest.raises(EstimationError, match="is not estimated"):
        fairlie(survey, "yes ~ x + never", group="land")
    with pytest.raises(EstimationError, match="'land' is a category"):
        mediation(survey, "y", "land", "m")
    with pytest.raises(EstimationError, match="depend"):
        mediation(survey, "y", "t", "m", "x + I(2 * m)")
    with pytest.raises(EstimationError, match="is not 0 or 1"):
        mediation(survey, "y", "x", "m", interaction=True)
