"""Models of many rows: begun on a sample of them, iterated to convergence, whatever the sample looks like."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression import many_rows, row_sample
from surveykit.estimation.regression.regression import regress
from surveykit.replication import replicate
from surveykit.survey import Survey
from surveykit.weighting import base_weights, rake

ROWS = 6_000
STEP = 13

FORMULAS = {
    "yb ~ x + C(group) + d": ("binomial", None),
    "share ~ x + d": ("binomial", None),
    "count ~ x + C(group) + offset(log(w))": ("poisson", None),
    "positive ~ x + d": ("gamma", "log"),
    "yb ~ x + d ": ("binomial", "probit"),
    "yb ~ x + C(group)": ("binomial", "cloglog"),
    "positive ~ d + x": ("gaussian", "log"),
    "low ~ d + x": ("binomial", "log"),
}


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six thousand rows take the way of a million, with a sample of every 13th."""
    monkeypatch.setattr(row_sample, "MANY", ROWS)
    monkeypatch.setattr(row_sample, "SAMPLE", ROWS // STEP)


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    data = pd.DataFrame(
        {
            "x": rng.normal(size=ROWS),
            "d": rng.integers(0, 2, ROWS),
            "group": rng.integers(0, 4, ROWS),
            "w": rng.uniform(0.5, 4, ROWS),
            "region": rng.integers(0, 8, ROWS),
            "unit": rng.integers(0, 160, ROWS),
        }
    )
    data["unit"] = data["unit"] // 8 * 8 + data["region"]
    eta = -0.5 + 0.6 * data["x"] - 0.4 * data["d"] + 0.2 * data["group"]
    data["yb"] = (rng.random(ROWS) < 1 / (1 + np.exp(-eta))).astype(int)
    data["low"] = (rng.random(ROWS) < np.exp(-2 + 0.1 * data["x"])).astype(int)
    data["share"] = rng.beta(2, 3, ROWS)
    data["count"] = rng.poisson(np.exp(0.3 * data["x"] + 0.5))
    data["positive"] = rng.gamma(2, np.exp(0.2 * data["x"]))
    return data


DESIGN = Design(strata="region", clusters="unit")
FRAME = frame()
SAMPLED = np.arange(0, ROWS, STEP)


def by_rounds_of_few(call: Callable[[], Model]) -> Model:
    """The same call by R's rounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_sample, "MANY", ROWS + 1)
        return call()


def from_full_start(call: Callable[[], Model]) -> Model:
    """The same call without a sample."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many_rows, "_sampled", lambda _: None)
        return call()


def agree(call: Callable[[], Model]) -> Model:
    """Agreement with another start, and with R's rounds as far as those go."""
    found, full, few = call(), from_full_start(call), by_rounds_of_few(call)
    assert found.names == full.names == few.names
    # A millionth of a standard error, of which samples of a hundred thousand rows leave less.
    np.testing.assert_allclose((found.estimate - full.estimate) / full.se, 0, atol=1e-6)
    np.testing.assert_allclose(
        found.covariance / np.outer(full.se, full.se), full.covariance / np.outer(full.se, full.se), rtol=0, atol=3e-6
    )
    assert found.deviance == pytest.approx(full.deviance, rel=1e-11)
    np.testing.assert_allclose(found.estimate, few.estimate, rtol=2e-4, atol=1e-6)
    np.testing.assert_allclose(found.se, few.se, rtol=2e-4)
    assert found.deviance == pytest.approx(few.deviance, rel=1e-8)
    assert found.dispersion == pytest.approx(few.dispersion, rel=1e-4)
    np.testing.assert_array_equal(found.n, few.n)
    np.testing.assert_array_equal(found.df, few.df)
    return found


def test_the_sample_is_every_thirteenth_row() -> None:
    assert ROWS // (ROWS // STEP) | 1 == STEP


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_sample_decides_the_start_alone(formula: str) -> None:
    family, link = FORMULAS[formula]
    agree(lambda: regress(Survey(FRAME, DESIGN, "w"), formula, family=family, link=link))


@pytest.mark.parametrize("formula", FORMULAS)
def test_scores_add_to_nothing_at_the_end(formula: str) -> None:
    """The estimating equations are solved: another round would move nothing."""
    family, link = FORMULAS[formula]
    found = regress(Survey(FRAME, DESIGN, "w"), formula, family=family, link=link)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many_rows, "_DONE", 1e-22)
        again = from_full_start(lambda: regress(Survey(FRAME, DESIGN, "w"), formula, family=family, link=link))
    np.testing.assert_allclose((found.estimate - again.estimate) / again.se, 0, atol=1e-6)
    np.testing.assert_allclose(found.se, again.se, rtol=1e-6)


def test_domains_missing_values_and_zero_weights() -> None:
    data = FRAME.assign(x=FRAME["x"].where(FRAME.index % 7 != 0), w=FRAME["w"].where(FRAME.index % 5 != 0, 0.0))
    agree(lambda: regress(Survey(data, DESIGN, "w").where("group != 2"), "yb ~ x + d", family="binomial"))
    agree(lambda: regress(Survey(data, DESIGN, "w").where("group == 1"), "count ~ x + d", family="poisson"))


def test_rows_are_the_units() -> None:
    agree(lambda: regress(Survey(FRAME, Design(strata="region"), "w"), "yb ~ x + d", family="binomial"))


def test_an_offset_of_a_logistic_regression() -> None:
    agree(lambda: regress(Survey(FRAME, DESIGN, "w"), "yb ~ x + d", family="binomial", offset="w / 3"))


def test_calibrated_weights() -> None:
    totals = FRAME.groupby("group")["w"].sum() * 1.2
    weights = rake(base_weights(FRAME, "w"), {"group": dict(totals.items())})
    agree(lambda: regress(Survey(FRAME, DESIGN, weights), "yb ~ x + C(group)", family="binomial"))


def test_replicates() -> None:
    survey = replicate(Survey(FRAME, DESIGN, "w"), "bootstrap", replicates=12, seed=1)
    small = survey.where("region < 2")
    found = regress(small, "yb ~ x + d", family="binomial")
    few = by_rounds_of_few(lambda: regress(small, "yb ~ x + d", family="binomial"))
    np.testing.assert_allclose(found.se, few.se, rtol=1e-4)


def test_a_level_that_the_sample_misses() -> None:
    """Its coefficient starts at zero and must still be found to all digits."""
    rare = np.zeros(ROWS, np.int64)
    rare[np.setdiff1d(np.arange(ROWS), SAMPLED)[::150]] = 1
    found = agree(lambda: regress(Survey(FRAME.assign(rare=rare), DESIGN, "w"), "yb ~ x + rare", family="binomial"))
    assert "rare" in found.names


def test_a_level_that_the_sample_misses_and_that_separates_the_outcomes() -> None:
    """It adds next to nothing to the deviance; the rounds do not end before it is found out."""
    rare = np.zeros(ROWS, np.int64)
    rare[np.setdiff1d(np.arange(ROWS), SAMPLED)[:3]] = 1
    data = FRAME.assign(rare=rare, yb=FRAME["yb"].where(rare == 0, 1))
    with pytest.raises(EstimationError, match="separated by 'rare'"):
        regress(Survey(data, DESIGN, "w"), "yb ~ x + rare", family="binomial")


def test_a_level_that_separates_the_sample_alone() -> None:
    level = np.zeros(ROWS, np.int64)
    level[: STEP * 40] = 1
    outcome = FRAME["yb"].copy()
    outcome[SAMPLED[:40]] = 1
    data = FRAME.assign(level=level, yb=outcome)
    found = agree(lambda: regress(Survey(data, DESIGN, "w"), "yb ~ x + level", family="binomial"))
    assert abs(found.estimate[-1]) < 2


def test_a_column_that_is_aliased() -> None:
    data = FRAME.assign(double=2 * FRAME["x"], one=1.0)
    found = agree(lambda: regress(Survey(data, DESIGN, "w"), "yb ~ x + double + d + one", family="binomial"))
    assert found.aliased == ("double", "one")


def test_rare_outcomes_of_which_the_sample_has_none() -> None:
    outcome = np.zeros(ROWS, np.int64)
    outcome[np.setdiff1d(np.arange(ROWS), SAMPLED)[::300]] = 1
    agree(lambda: regress(Survey(FRAME.assign(yb=outcome), DESIGN, "w"), "yb ~ x", family="binomial"))


def test_outcomes_that_only_the_sample_makes_binary() -> None:
    outcome = FRAME["yb"].astype(float)
    outcome[1] = 0.25
    assert 1 not in SAMPLED
    found = agree(lambda: regress(Survey(FRAME.assign(yb=outcome), DESIGN, "w"), "yb ~ x", family="binomial"))
    assert found.n[0] == ROWS


def test_outcomes_outside_the_sample_are_checked() -> None:
    impossible = FRAME["yb"].copy()
    impossible[1] = 2
    with pytest.raises(EstimationError, match="takes the value 2"):
        regress(Survey(FRAME.assign(yb=impossible), DESIGN, "w"), "yb ~ x", family="binomial")
    with pytest.raises(EstimationError, match="is 1 in every row"):
        regress(Survey(FRAME.assign(yb=1), DESIGN, "w"), "yb ~ x", family="binomial")
    with pytest.raises(EstimationError, match="no row in the domain 'group == 9' has all variables"):
        regress(Survey(FRAME, DESIGN, "w").where("group == 9"), "yb ~ x", family="binomial")


def test_separated_outcomes_are_refused_and_named() -> None:
    data = FRAME.assign(yb=(FRAME["x"] > 0.2).astype(int))
    for link in ("logit", "probit"):
        with pytest.raises(EstimationError, match="separated by 'x'"):
            regress(Survey(data, DESIGN, "w"), "yb ~ x + d", family="binomial", link=link)


def test_predictors_beyond_all_reason() -> None:
    """The sample's estimate is far off where one row of the rest has a huge value; the rounds of all rows are safe."""
    data = FRAME.assign(x=FRAME["x"].where(FRAME.index != 1, 1e5))
    found = agree(lambda: regress(Survey(data, DESIGN, "w"), "yb ~ x + d", family="binomial"))
    assert np.isfinite(found.se).all()


def test_every_engine_fits_the_same_many_rows(make_survey: Callable[..., Survey]) -> None:
    expected = regress(Survey(FRAME, DESIGN, "w"), "yb ~ x + d", family="binomial")
    found = regress(make_survey(FRAME, DESIGN, "w"), "yb ~ x + d", family="binomial")
    np.testing.assert_allclose(found.estimate, expected.estimate, rtol=1e-9)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-6, atol=1e-16)


@pytest.mark.parametrize("family", ["ordered_logit", "multinomial", "negative_binomial"])
def test_other_likelihoods_begin_on_the_sample_too(family: str) -> None:
    rng = np.random.default_rng(4)
    latent = 0.7 * FRAME["x"] - 0.3 * FRAME["d"] + rng.logistic(size=ROWS)
    data = FRAME.assign(
        level=pd.cut(latent, [-np.inf, -1, 0.5, np.inf], labels=list("abc")),
        over=rng.negative_binomial(2, 2 / (2 + np.exp(0.3 * FRAME["x"]))),
    )
    outcome = "over" if family == "negative_binomial" else "level"
    found = regress(Survey(data, DESIGN, "w"), f"{outcome} ~ x + d", family=family)
    few = by_rounds_of_few(lambda: regress(Survey(data, DESIGN, "w"), f"{outcome} ~ x + d", family=family))
    np.testing.assert_allclose((found.estimate - few.estimate) / few.se, 0, atol=1e-5)
    np.testing.assert_allclose(found.se, few.se, rtol=1e-5)


def test_likelihoods_of_which_the_sample_has_no_maximum() -> None:
    level = np.where(FRAME["yb"] == 1, "b", "a")
    level[np.setdiff1d(np.arange(ROWS), SAMPLED)[::40]] = "c"
    data = FRAME.assign(level=level)
    found = regress(Survey(data, DESIGN, "w"), "level ~ x", family="multinomial")
    few = by_rounds_of_few(lambda: regress(Survey(data, DESIGN, "w"), "level ~ x", family="multinomial"))
    np.testing.assert_allclose((found.estimate - few.estimate) / few.se, 0, atol=1e-5)
