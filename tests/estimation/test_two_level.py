"""Random intercepts: lme4 and statsmodels with equal weights, brute integration with unequal ones, copies of groups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import integrate, optimize, special, stats

from surveykit.design import Design
from surveykit.errors import EstimationError, SurveykitWarning
from surveykit.estimation.models.table import model_table
from surveykit.estimation.models.tests import wald_test
from surveykit.estimation.two_level.model import TwoLevelModel
from surveykit.estimation.two_level.random_intercepts import random_intercepts
from surveykit.replication import replicate
from surveykit.survey import Survey

OWN = Path(__file__).parents[1] / "oracles" / "own"


def recorded(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OWN / "structure.json").read_text(encoding="utf-8"))[kind]
    return found


def own_firms() -> pd.DataFrame:
    frame = pd.read_csv(OWN / "data" / "firms.csv")
    frame["place"] = frame["region"] + " " + frame["town"].astype(str)
    return frame.assign(productive=(frame["sales"] > 14 * frame["staff"]).astype(int))


def groups(count: int = 60, seed: int = 4) -> pd.DataFrame:
    """Firms in groups, drawn with unequal weights on both levels."""
    rng = np.random.default_rng(seed)
    size = rng.integers(3, 9, count)
    g = np.repeat(np.arange(count), size)
    x, z = rng.normal(size=len(g)), rng.normal(size=count)[g]
    effect = 0.9 * rng.normal(size=count)[g]
    frame = pd.DataFrame({"g": g, "area": g // 2, "stratum": g % 2, "x": x, "z": z})
    frame["y"] = 1 + 0.5 * x - 0.3 * z + effect + rng.normal(size=len(g))
    frame["b"] = (rng.uniform(size=len(g)) < special.expit(0.2 + 0.8 * x + effect)).astype(int)
    frame["wj"] = rng.uniform(1, 4, count).round(2)[g]
    frame["w"] = frame["wj"] * rng.uniform(1, 5, len(g)).round(2)
    return frame


def fitted(frame: pd.DataFrame, formula: str, **options: Any) -> TwoLevelModel:
    given: dict[str, Any] = {"group": "g", "group_weights": 1, "scaling": "none"} | options
    return random_intercepts(Survey(frame, Design(clusters="g")), formula, **given)


def test_equal_weights_give_the_maximum_likelihood_of_statsmodels() -> None:
    frame = groups()
    own = fitted(frame, "y ~ x + z")
    other = smf.mixedlm("y ~ x + z", frame, groups="g").fit(reml=False)
    assert own.estimate[:3] == pytest.approx(other.fe_params.to_numpy(), abs=1e-6)
    assert own.variances().estimate[:2] == pytest.approx([other.cov_re.iloc[0, 0], other.scale], rel=1e-4)
    assert own.loglik == pytest.approx(other.llf, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "family", "formula"),
    [("linear", "gaussian", "log(sales) ~ log(staff)"), ("logit", "binomial", "productive ~ log(staff)")],
)
def test_equal_weights_give_the_numbers_of_lme4(kind: str, family: Any, formula: str) -> None:
    expected = recorded(kind)
    survey = Survey(own_firms(), Design(clusters="place"))
    with pytest.warns(SurveykitWarning, match="19 degrees of freedom"):
        own = random_intercepts(
            survey,
            formula,
            group="place",
            group_weights=1,
            scaling="none",
            family=family,
            points=25,
        )
    assert own.estimate[:2] == pytest.approx(expected["coefficients"], rel=2e-6)
    assert np.exp(own.estimate[2:]) == pytest.approx(np.atleast_1d(expected["sd"]), rel=2e-6)
    assert own.loglik == pytest.approx(expected["loglik"], rel=1e-9)


def test_groups_that_do_not_differ_are_refused() -> None:
    survey = Survey(own_firms(), Design(clusters="place"))
    with pytest.raises(EstimationError, match="estimated as zero"):
        random_intercepts(
            survey, "exporter ~ log(staff)", group="place", group_weights=1, scaling="none", family="binomial"
        )


def scaled(frame: pd.DataFrame, scaling: str) -> pd.Series:
    weight = frame["w"] / frame["wj"]
    by = weight.groupby(frame["g"])
    if scaling == "size":
        return weight * by.transform("size") / by.transform("sum")
    if scaling == "effective":
        return weight * by.transform("sum") / (weight**2).groupby(frame["g"]).transform("sum")
    return weight


def brute(frame: pd.DataFrame, scaling: str, family: str) -> Any:
    """Log-likelihoods of the groups by the trapezoidal rule over the effect: no formula of the package."""
    weight, parts = scaled(frame, scaling), []
    for _, own in frame.groupby("g"):
        parts.append((own[["x"]].to_numpy(), own["y" if family == "gaussian" else "b"].to_numpy(), weight[own.index]))
    chance = frame.groupby("g")["wj"].first().to_numpy()

    u = np.linspace(-12, 12, 1_601)

    def each(theta: np.ndarray) -> np.ndarray:
        found = []
        for x, y, w in parts:
            eta = (theta[0] + x[:, 0] * theta[1])[:, None] + u
            if family == "gaussian":
                logs = stats.norm.logpdf(y[:, None], eta, np.exp(theta[3]))
            else:
                logs = y[:, None] * eta - np.logaddexp(0, eta)
            inside = w.to_numpy() @ logs + stats.norm.logpdf(u, 0, np.exp(theta[2]))
            found.append(special.logsumexp(inside) + np.log(u[1] - u[0]))
        return np.array(found)

    return each, chance


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
@pytest.mark.parametrize("scaling", ["size", "effective", "none"])
def test_weights_on_both_levels_are_those_of_the_integral(scaling: Any, family: Any) -> None:
    """The gradient of the brute pseudo-likelihood is zero at the fit, and its scores make the same sandwich."""
    frame = groups(32)
    survey = Survey(frame, Design(clusters="g"), weights="w")
    outcome = "y" if family == "gaussian" else "b"
    own = random_intercepts(
        survey,
        f"{outcome} ~ x",
        group="g",
        group_weights="wj",
        scaling=scaling,
        family=family,
    )
    each, chance = brute(frame, scaling, family)
    assert own.loglik == pytest.approx(chance @ each(own.estimate), rel=1e-7)
    size, step = len(own.estimate), 1e-4
    moves = np.eye(size) * step
    scores = np.column_stack([(each(own.estimate + one) - each(own.estimate - one)) / (2 * step) for one in moves])
    assert chance @ scores == pytest.approx(np.zeros(size), abs=1e-3)
    weighted = scores * chance[:, None]
    meat = len(chance) / (len(chance) - 1) * (weighted - weighted.mean(axis=0)).T @ (weighted - weighted.mean(axis=0))
    hessian = np.empty((size, size))
    for place, one in enumerate(moves):
        for other, two in enumerate(moves):
            corners = [chance @ each(own.estimate + a * one + b * two) * a * b for a in (-1, 1) for b in (-1, 1)]
            hessian[place, other] = sum(corners) / (4 * step**2)
    bread = np.linalg.inv(-hessian)
    assert own.covariance == pytest.approx(bread @ meat @ bread, rel=2e-3, abs=1e-6)


@pytest.mark.parametrize(("outcome", "family"), [("y", "gaussian"), ("b", "binomial")])
def test_integer_weights_of_groups_are_copies_of_groups(outcome: str, family: Any) -> None:
    frame = groups(40)
    frame["wj"] = (1 + frame["g"] % 3).astype(float)
    parts = [frame[frame["wj"] > copy] for copy in range(3)]
    moved = [part.assign(g=part["g"] + 1_000 * copy) for copy, part in enumerate(parts)]
    copies = pd.concat(moved, ignore_index=True)
    weighted = random_intercepts(
        Survey(frame.assign(w=frame["wj"]), Design(clusters="g"), weights="w"),
        f"{outcome} ~ x",
        group="g",
        group_weights="wj",
        scaling="none",
        family=family,
    )
    repeated = fitted(copies, f"{outcome} ~ x", family=family)
    assert weighted.estimate == pytest.approx(repeated.estimate, abs=1e-7)
    assert weighted.loglik == pytest.approx(repeated.loglik)


def test_the_scale_of_weights_changes_nothing_under_scaling_by_size() -> None:
    frame = groups()
    options: dict[str, Any] = {"group": "g", "group_weights": "wj", "scaling": "size"}
    one = random_intercepts(Survey(frame, Design(clusters="g"), weights="w"), "y ~ x", **options)
    times = frame.assign(w=frame["w"] * 7)
    other = random_intercepts(Survey(times, Design(clusters="g"), weights="w"), "y ~ x", **options)
    assert other.estimate == pytest.approx(one.estimate)
    assert other.covariance == pytest.approx(one.covariance)


@pytest.mark.parametrize(("outcome", "family"), [("y", "gaussian"), ("b", "binomial")])
def test_the_jackknife_agrees_with_the_sandwich(outcome: str, family: Any) -> None:
    survey = Survey(groups(60), Design(strata="stratum", clusters="g"), weights="w")
    options: dict[str, Any] = {"group": "g", "group_weights": "wj", "scaling": "size", "family": family}
    linear = random_intercepts(survey, f"{outcome} ~ x", **options)
    jackknife = random_intercepts(replicate(survey, "JKn"), f"{outcome} ~ x", **options)
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.15)
    assert linear.design_df == jackknife.design_df == 58


def test_groups_may_lie_in_larger_sampling_units() -> None:
    frame = groups()
    above = random_intercepts(
        Survey(frame, Design(clusters="area")), "y ~ x", group="g", group_weights=1, scaling="none"
    )
    own = fitted(frame, "y ~ x")
    assert above.estimate == pytest.approx(own.estimate)
    assert above.design_df == 29
    assert own.groups == above.groups == 60


def test_intervals_of_the_parameters_hold_the_truth() -> None:
    """300 populations' worth of groups, seed before the run: coverage of the slope and of the correlation."""
    rng, hits = np.random.default_rng(20_261_122), []
    truth = 0.5, 0.81 / 1.81
    for _ in range(300):
        size = rng.integers(3, 9, 80)
        g = np.repeat(np.arange(80), size)
        x = rng.normal(size=len(g))
        y = 1 + truth[0] * x + 0.9 * rng.normal(size=80)[g] + rng.normal(size=len(g))
        model = fitted(pd.DataFrame({"g": g, "x": x, "y": y}), "y ~ x")
        share = model.variances()
        hits.append([model.low[1] <= truth[0] <= model.high[1], share.low[2] <= truth[1] <= share.high[2]])
    assert np.mean(hits, axis=0) == pytest.approx([0.95, 0.95], abs=0.035)


def test_sampling_of_large_groups_is_undone_by_the_weights() -> None:
    """Groups of a population with large effects are drawn more often: weighted estimates stay near the truth."""
    rng = np.random.default_rng(8)
    effects = rng.normal(size=20_000)
    chance = special.expit(-3 + 0.8 * effects)
    drawn = np.flatnonzero(rng.uniform(size=len(effects)) < chance)
    g = np.repeat(drawn, 6)
    frame = pd.DataFrame({"g": g, "wj": 1 / chance[g]})
    frame["y"] = 2 + effects[g] + rng.normal(size=len(g))
    survey = Survey(frame, Design(clusters="g"), weights="wj")
    plain = fitted(frame, "y ~ 1").estimate[0]
    model = random_intercepts(survey, "y ~ 1", group="g", group_weights="wj", scaling="size")
    assert plain > 2.5
    assert model.estimate[0] == pytest.approx(2, abs=3 * model.se[0])
    assert model.variances().estimate[0] == pytest.approx(1, abs=3 * model.variances().se[0])


def test_what_it_says_prints_and_predicts() -> None:
    frame = groups()
    model = fitted(frame, "y ~ x + z")
    assert wald_test(model, "x + z").df == 2
    assert model_table({"two levels": model}).cell("x", "two levels")["se"] == model.se[1]
    assert "Random intercepts of 60 groups" in repr(model)
    part = frame.head(2)
    assert model.predict(part).estimate == pytest.approx(
        model.estimate[0] + part[["x", "z"]].to_numpy() @ model.estimate[1:3]
    )
    shares = model.variances()
    assert ((shares.low > 0) & (shares.high[2] < 1)).all()
    assert shares.estimate[2] == pytest.approx(shares.estimate[0] / shares.estimate[:2].sum())


def test_predicted_shares_are_averages_over_groups() -> None:
    model = fitted(groups(), "b ~ x", family="binomial")
    found = model.predict(pd.DataFrame({"x": [0.5]}))
    u = np.random.default_rng(1).normal(size=400_000) * np.exp(model.estimate[2])
    index = model.estimate[0] + 0.5 * model.estimate[1]
    assert found.estimate[0] == pytest.approx(special.expit(index + u).mean(), abs=1e-3)
    slope = optimize.approx_fprime(model.estimate, _mean_at, 1e-6)
    assert found.se[0] == pytest.approx(np.sqrt(slope @ model.covariance @ slope), rel=1e-4)
    assert model.predict(pd.DataFrame({"x": [0.5]}), kind="link").estimate[0] == pytest.approx(index)


def _mean_at(theta: np.ndarray) -> float:
    def inside(u: float) -> float:
        return float(special.expit(theta[0] + 0.5 * theta[1] + u) * stats.norm.pdf(u, 0, np.exp(theta[2])))

    return float(integrate.quad(inside, -12, 12, epsabs=1e-13)[0])


def test_what_cannot_be_told_apart_is_refused() -> None:
    frame = groups()
    frame["single"], frame["lopsided"], frame["double"] = np.arange(len(frame)), frame["w"], 2 * frame["x"]
    rows, whole = Survey(frame, weights="w"), Survey(frame, Design(clusters="g"), weights="w")
    options: dict[str, Any] = {"group": "g", "group_weights": 1, "scaling": "size"}
    with pytest.raises(EstimationError, match="lie in several sampling units"):
        random_intercepts(rows, "y ~ x", **options)
    with pytest.raises(EstimationError, match="'lopsided' differs within the group"):
        random_intercepts(whole, "y ~ x", **options | {"group_weights": "lopsided"})
    with pytest.raises(EstimationError, match="Every group has one row"):
        random_intercepts(rows, "y ~ x", **options | {"group": "single"})
    with pytest.raises(EstimationError, match="scaling='both' is not known"):
        random_intercepts(whole, "y ~ x", **options | {"scaling": "both"})
    with pytest.raises(EstimationError, match="'double' cannot be told apart"):
        random_intercepts(whole, "y ~ x + double", **options)
    with pytest.raises(EstimationError, match="is not 0 or 1"):
        random_intercepts(whole, "y ~ x", **options, family="binomial")
    with pytest.raises(EstimationError, match="quadrature points are too few"):
        fitted(frame, "b ~ x", family="binomial", points=2)
    with pytest.raises(EstimationError, match="changes the weights within the group"):
        random_intercepts(replicate(rows, "bootstrap", replicates=5, seed=1), "y ~ x", **options)
    frame["up"] = (frame["b"] * 2 - 1) * (1 + np.abs(frame["x"]))
    with pytest.raises(EstimationError, match=r"finite estimate|no maximum"):
        fitted(frame, "b ~ up", family="binomial")


def test_designs_with_corrections_at_two_stages_are_refused() -> None:
    frame = groups().assign(towns=200, firms=50)
    frame["firm"] = np.arange(len(frame))
    survey = Survey(frame, Design(clusters=["g", "firm"], fpc=["towns", "firms"]))
    with pytest.raises(EstimationError, match="corrections at several"):
        random_intercepts(survey, "y ~ x", group="g", group_weights=1, scaling="size")
