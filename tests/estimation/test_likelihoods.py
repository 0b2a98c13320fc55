"""Regressions that are no generalised linear model: R's numbers, statsmodels without weights, replicated rows."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from surveykit.errors import EstimationError
from surveykit.estimation.regression import regress
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.firms import clustered, firms
from tests.estimation.recorded import entry, survey_of

OPTIONS: dict[str, dict[str, Any]] = {
    "ordered_logit": {},
    "ordered_probit": {},
    "multinomial": {},
    "negative_binomial": {},
    "tobit": {"limits": (0, 4)},
    "interval": {},
    "fractional_logit": {},
    "binomial": {},
    "poisson": {},
    "gaussian": {},
}
OUTCOMES = {
    "ordered_logit": "level",
    "ordered_probit": "level",
    "multinomial": "level",
    "negative_binomial": "count",
    "tobit": "cut",
    "interval": "band",
    "fractional_logit": "share",
    "binomial": "yes",
    "poisson": "count",
    "gaussian": "number",
}


def sample(rows: int = 600, seed: int = 11) -> pd.DataFrame:
    """Outcomes of every kind from the same two variables."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=rows), rng.integers(0, 2, rows)
    latent = 1 + 1.2 * x - 0.8 * z + rng.normal(size=rows) * 1.5
    frame = pd.DataFrame({"x": x, "z": z, "number": latent, "cut": latent.clip(0, 4), "w": rng.integers(1, 4, rows)})
    frame["band"] = pd.cut(latent, [-np.inf, -1, 0, 1, 2, 4, np.inf])
    frame["level"] = pd.cut(latent, [-np.inf, 0, 1.5, np.inf], labels=["low", "mid", "high"])
    frame["count"] = rng.poisson(np.exp(0.4 + 0.4 * x - 0.3 * z) * rng.gamma(2, 0.5, rows))
    frame["share"] = 1 / (1 + np.exp(-latent + 1))
    frame["yes"] = (latent > 1).astype(int)
    return frame


def fitted(survey: Survey, family: str) -> Any:
    return regress(survey, f"{OUTCOMES[family]} ~ x + z", family=family, **OPTIONS[family])


@pytest.mark.parametrize("family", OPTIONS)
def test_integer_weights_are_rows_repeated(family: str) -> None:
    frame = sample()
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    weighted, plain = fitted(Survey(frame, weights="w"), family), fitted(Survey(repeated), family)
    assert weighted.names == plain.names
    assert weighted.estimate == pytest.approx(plain.estimate, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("family", OPTIONS)
def test_linearised_and_jackknife_standard_errors_agree(family: str) -> None:
    survey = Survey(sample(300), weights="w")
    linear, jackknife = fitted(survey, family), fitted(replicate(survey, "JK1"), family)
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.06)


def _by_hand(family: str, frame: pd.DataFrame, design: pd.DataFrame) -> list[float]:
    """The unweighted fit of another program, in the order of surveykit's parameters."""
    y = frame[OUTCOMES[family]]
    if family in ("ordered_logit", "ordered_probit"):
        model = OrderedModel(y, design.drop(columns="const"), distr=family.removeprefix("ordered_"))
        found = model.fit(method="bfgs", disp=0, gtol=1e-9)
        return [*found.params[:2], *model.transform_threshold_params(found.params)[1:-1]]
    if family == "multinomial":
        return list(sm.MNLogit(y.cat.codes, design).fit(disp=0, tol=1e-12).params.to_numpy().T.reshape(-1))
    if family == "negative_binomial":
        found = sm.NegativeBinomial(y, design).fit(disp=0, method="newton", maxiter=100)
        return [*found.params[:3], float(np.log(found.params.iloc[3]))]
    families = {"poisson": sm.families.Poisson(), "gaussian": sm.families.Gaussian()}
    return list(sm.GLM(y, design, family=families.get(family, sm.families.Binomial())).fit(tol=1e-12).params)


@pytest.mark.parametrize("family", [name for name in OPTIONS if name not in ("tobit", "interval")])
def test_equal_weights_give_the_coefficients_of_statsmodels(family: str) -> None:
    frame = sample()
    design = sm.add_constant(frame[["x", "z"]].astype(float))
    assert fitted(Survey(frame), family).estimate == pytest.approx(_by_hand(family, frame, design), rel=2e-5, abs=1e-6)


@pytest.mark.parametrize("family", ["tobit", "interval"])
def test_equal_weights_give_the_maximum_that_a_general_optimiser_finds(family: str) -> None:
    frame = sample()
    design = np.column_stack([np.ones(len(frame)), frame["x"], frame["z"]])
    if family == "interval":
        low, high = frame["band"].cat.categories.left, frame["band"].cat.categories.right
        ends = np.asarray(low)[frame["band"].cat.codes], np.asarray(high)[frame["band"].cat.codes]
    else:
        cut = frame["cut"].to_numpy()
        ends = np.where(cut <= 0, -np.inf, cut), np.where(cut >= 4, np.inf, cut)

    def minus_loglik(theta: np.ndarray) -> float:
        eta, scale = design @ theta[:3], np.exp(theta[3])
        exact = ends[0] == ends[1]
        known = stats.norm.logpdf(np.where(exact, ends[0], 0.0), eta, scale)
        between = stats.norm.cdf(ends[1], eta, scale) - stats.norm.cdf(ends[0], eta, scale)
        return -float(np.sum(np.where(exact, known, np.log(np.where(exact, 1.0, between)))))

    model = fitted(Survey(frame), family)
    best = optimize.minimize(minus_loglik, model.estimate + 0.01, method="BFGS", options={"gtol": 1e-7})
    assert model.estimate == pytest.approx(best.x, abs=2e-6)


def test_multinomial_logit_is_that_of_r() -> None:
    """VGAM has the parameters equation fastest; the reference is the first level of the factor."""
    recorded = entry("nh.multinom")
    survey = survey_of("dnh")
    levels = ("White", "Hispanic", "Black", "Other")
    race = survey.engine.column("race")  # type: ignore[attr-defined]
    assert race.categories is not None
    codes = np.array([levels.index(str(one)) for one in race.categories])[race.data]
    engine = survey.engine.with_columns({"race": replace(race, data=codes, categories=levels)})
    reordered = copy.copy(survey)
    object.__setattr__(reordered, "engine", engine)
    model = regress(reordered, "race ~ RIAGENDR + ageix", family="multinomial")
    order = [equation * 3 + column for column in range(3) for equation in range(3)]
    assert model.estimate[order] == pytest.approx(recorded["estimates"], rel=1e-6)
    assert model.se[order] == pytest.approx(recorded["ses"], rel=1e-5)


@pytest.mark.parametrize("name", ["ordered_logit", "multinomial"])
def test_a_separated_category_is_named(name: str) -> None:
    frame = sample()
    frame["d"] = (frame["level"] == "high").astype(int)
    with pytest.raises(EstimationError, match=r"'d'|high: d"):
        regress(Survey(frame), "level ~ x + d", family=name)


def test_what_a_family_cannot_fit_is_refused() -> None:
    frame = sample()
    frame["level"] = pd.Categorical(frame["level"], categories=["low", "mid", "high", "top"], ordered=True)
    frame["twice"] = 2 * frame["x"]
    bands = [pd.Interval(0, 2), pd.Interval(1, 3)]
    frame["overlapping"] = pd.Categorical([bands[one] for one in frame["z"]], categories=pd.Index(bands))
    survey = Survey(frame)
    refused = {
        "level = 'top'": ("level ~ x", {"family": "multinomial"}),
        "is a number": ("number ~ x", {"family": "multinomial"}),
        "'twice' cannot be told apart": ("count ~ x + twice", {"family": "negative_binomial"}),
        "whole numbers": ("share ~ x", {"family": "negative_binomial"}),
        "has no band edges": ("level ~ x", {"family": "interval"}),
        "overlap": ("overlapping ~ x", {"family": "interval"}),
        "does not take 'limits'": ("count ~ x", {"family": "poisson", "limits": (0, 1)}),
        "needs its limits": ("cut ~ x", {"family": "tobit"}),
        "leave nothing between": ("cut ~ x", {"family": "tobit", "limits": (4, 0)}),
        "Did you mean 'multinomial'": ("level ~ x", {"family": "multinomal"}),
        "close the last band": ("band ~ x", {"family": "interval", "open_end": 3.0}),
    }
    for message, (formula, options) in refused.items():
        with pytest.raises(EstimationError, match=message):
            regress(survey, formula, **options)  # type: ignore[arg-type]


def test_no_overdispersion_is_said() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"y": rng.binomial(8, 0.5, 400), "x": rng.normal(size=400)})
    with pytest.raises(EstimationError, match=r"log\(alpha\).*no finite estimate"):
        regress(Survey(frame), "y ~ x", family="negative_binomial")


def test_a_domain_is_the_fit_of_its_rows() -> None:
    survey, frame = clustered(), firms()
    inside = regress(survey.where("sector == 'A'"), "size ~ log(sales)", family="multinomial")
    alone = regress(Survey(frame[frame["sector"] == "A"], weights="w"), "size ~ log(sales)", family="multinomial")
    assert inside.estimate == pytest.approx(alone.estimate)
    assert inside.n[0] == alone.n[0]
