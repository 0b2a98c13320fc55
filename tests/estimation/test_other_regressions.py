"""Penalised, absorbed and quantile regressions: closed forms, the same model written out, statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.effects.marginal import average_marginal_effects
from surveykit.estimation.regression.quantile_regression import quantile_regression
from surveykit.estimation.regression.regression import regress
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.firms import clustered, firms


def test_firth_adds_half_a_case_to_each_cell_of_a_two_by_two_table() -> None:
    """Firth (1993): for a saturated logit the penalty is one half in every cell."""
    for cells in ([[12, 5], [3, 9]], [[10, 4], [0, 8]]):
        rows = [(x, y) for x in (0, 1) for y in (0, 1) for _ in range(cells[y][x])]
        frame = pd.DataFrame(rows, columns=["x", "y"])
        model = regress(Survey(frame), "y ~ x", family="binomial", penalty="firth")
        half = np.array(cells) + 0.5
        slope = np.log(half[1, 1] * half[0, 0] / (half[1, 0] * half[0, 1]))
        assert model.estimate[1] == pytest.approx(slope, rel=1e-7)
        assert np.isfinite(model.se).all()


def test_firth_is_near_the_likelihood_where_there_are_many_cases() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=4_000)
    frame = pd.DataFrame({"x": x, "y": (x + rng.logistic(size=4_000) > 0).astype(int), "w": rng.uniform(1, 3, 4_000)})
    survey = Survey(frame, weights="w")
    plain, firth = (regress(survey, "y ~ x", family="binomial", penalty=one) for one in (None, "firth"))
    assert firth.estimate == pytest.approx(plain.estimate, abs=2e-3)
    assert firth.se == pytest.approx(plain.se, rel=2e-3)
    with pytest.raises(EstimationError, match="penalty='ridge' is not known"):
        regress(survey, "y ~ x", family="binomial", penalty="ridge")
    with pytest.raises(EstimationError, match="does not take 'penalty'"):
        regress(survey, "y ~ x", penalty="firth")


@pytest.mark.parametrize("absorb", ["sector", ["sector", "town"]])
def test_absorbed_fixed_effects_are_those_written_out(absorb: str | list[str]) -> None:
    survey = clustered()
    terms = " + ".join(f"C({one})" for one in ([absorb] if isinstance(absorb, str) else absorb))
    absorbed = regress(survey, "sales ~ exporter + log(w)", absorb=absorb)
    written = regress(survey, f"sales ~ exporter + log(w) + {terms}")
    places = [written.names.index(name) for name in absorbed.names]
    assert absorbed.estimate == pytest.approx(written.estimate[places], rel=1e-8)
    assert absorbed.covariance == pytest.approx(written.covariance[np.ix_(places, places)], rel=1e-7)
    if absorb == "sector":
        assert absorbed.df[0] == written.df[0]


def test_effects_within_clusters_cost_no_degrees_of_freedom() -> None:
    survey = Survey(firms(), Design(clusters="town"), weights="w")
    model = regress(survey, "sales ~ exporter", absorb="town")
    assert model.df[0] == model.design_df
    with pytest.raises(EstimationError, match="'region' does not vary within"):
        regress(survey, "sales ~ exporter + region", absorb="town")


@pytest.mark.parametrize("probability", [0.25, 0.5, 0.9])
def test_quantile_regression_is_that_of_statsmodels(probability: float) -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"x": rng.normal(size=500), "w": rng.integers(1, 4, 500)})
    frame["y"] = 1 + frame["x"] + rng.normal(size=500) * (1 + 0.3 * np.abs(frame["x"]))
    own = quantile_regression(Survey(frame), "y ~ x", probability=probability)
    other = sm.QuantReg(frame["y"], sm.add_constant(frame["x"])).fit(q=probability, p_tol=1e-10, max_iter=5_000)

    def loss(beta: np.ndarray) -> float:
        residual = frame["y"] - beta[0] - beta[1] * frame["x"]
        return float((residual * (probability - (residual < 0))).sum())

    assert loss(own.estimate) <= loss(other.params.to_numpy()) * (1 + 1e-12)
    assert own.estimate == pytest.approx(other.params, abs=1e-3)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    weighted = quantile_regression(Survey(frame, weights="w"), "y ~ x", probability=probability)
    plain = quantile_regression(Survey(repeated), "y ~ x", probability=probability)
    assert weighted.estimate == pytest.approx(plain.estimate, abs=1e-8)


def test_the_standard_error_of_a_median_regression_is_near_the_asymptotic_one() -> None:
    """For n independent normal errors it is sqrt(p (1 - p) / n) / f(0), as that of a mean of a standardised column."""
    ratios = []
    for seed in range(40):
        rng = np.random.default_rng([12, seed])
        frame = pd.DataFrame({"x": rng.normal(size=500)})
        frame["y"] = frame["x"] + rng.normal(size=500)
        se = quantile_regression(Survey(frame), "y ~ x").se[1]
        ratios.append(se * frame["x"].std() * np.sqrt(500) / (0.5 / 0.398942))
    # The kernel smooths the peak of the density, which widens the standard error by half the bandwidth's square: 5 %.
    assert 1.0 < np.mean(ratios) < 1.08


def test_the_standard_error_of_a_median_regression_is_near_that_of_the_bootstrap() -> None:
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"x": rng.normal(size=300), "w": rng.uniform(1, 3, 300)})
    frame["y"] = 1 + frame["x"] + rng.normal(size=300)
    survey = Survey(frame, weights="w")
    linear = quantile_regression(survey, "y ~ x")
    bootstrap = quantile_regression(replicate(survey, "bootstrap", replicates=150, seed=1), "y ~ x")
    assert bootstrap.se == pytest.approx(linear.se, rel=0.25)
    jackknife = quantile_regression(replicate(survey, "JK1"), "y ~ x")
    assert jackknife.se == pytest.approx(linear.se, rel=0.01)
    with pytest.raises(EstimationError, match="probability=1 is not between"):
        quantile_regression(survey, "y ~ x", probability=1)


def test_effects_of_firth_are_near_those_of_the_likelihood_and_of_the_jackknife() -> None:
    rng = np.random.default_rng(15)
    frame = pd.DataFrame({"x": rng.normal(size=300), "w": rng.uniform(1, 3, 300)})
    frame["y"] = (frame["x"] + rng.logistic(size=300) > 0).astype(int)
    survey = Survey(frame, weights="w")
    plain, firth = (
        average_marginal_effects(regress(survey, "y ~ x", family="binomial", penalty=one)) for one in (None, "firth")
    )
    assert firth.estimate == pytest.approx(plain.estimate, rel=0.02)
    jackknife = average_marginal_effects(regress(replicate(survey, "JK1"), "y ~ x", family="binomial", penalty="firth"))
    assert jackknife.estimate == pytest.approx(firth.estimate)
    assert jackknife.se == pytest.approx(firth.se, rel=0.05)
    separated = frame.assign(y=(frame["x"] > 0.3).astype(int))
    effect = average_marginal_effects(regress(Survey(separated), "y ~ x", family="binomial", penalty="firth"))
    assert np.isfinite(effect.se).all()
