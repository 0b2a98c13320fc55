"""Regressions that are no generalised linear model: R's numbers, the jackknife, what is refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimationError
from surveykit.estimation.regression.regression import regress
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
def test_linearised_and_jackknife_standard_errors_agree(family: str) -> None:
    survey = Survey(sample(300), weights="w")
    linear, jackknife = fitted(survey, family), fitted(replicate(survey, "JK1"), family)
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.06)


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
