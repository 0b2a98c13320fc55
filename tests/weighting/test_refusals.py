"""Bad input to weighting, in the words that users see: the wording is kept as golden text."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError, SurveykitWarning
from surveykit.weighting import Population, base_weights, calibrate, post_stratify, rake, trim
from surveykit.weighting.nonresponse import adjust_nonresponse
from tests.weighting.samples import POPULATION, cases, panel

GOLDEN = Path(__file__).parent / "golden" / "refusals.txt"
FIRMS, DRAWN = panel(), cases()
GAPS = FIRMS.assign(size=FIRMS["size"].where(np.arange(len(FIRMS)) > 2))
EMPTY = FIRMS.assign(sales=FIRMS["sales"].where(np.arange(len(FIRMS)) != 7))
SIZES = {"s": 700.0, "m": 200.0, "l": 100.0}
REPLICATES = pd.DataFrame({"w": [1.0, 2.0, 0.0], "r1": [2.0, 1.0, 0.0], "r2": [0.0, 3.0, 1.0], "r3": [90.0, 90.0, 0.0]})


def start() -> sk.Weights:
    return base_weights(FIRMS, "w")


CALLS: dict[str, Callable[[], object]] = {
    "target without respondents": lambda: rake(start(), {"size": {**SIZES, "huge": 5}}),
    "respondents without target": lambda: rake(start(), {"size": {"s": 700, "m": 300}}),
    "margins that disagree": lambda: Population({("a",): {("x",): 10.0}, ("b",): {("y",): 12.0}}),
    "negative target": lambda: Population({("a",): {("x",): -1.0}}),
    "unknown margin": lambda: rake(start(), POPULATION, margins=["sizes"]),
    "missing in a margin": lambda: rake(base_weights(GAPS), POPULATION, margins=["size"]),
    "missing auxiliary": lambda: calibrate(base_weights(EMPTY), {"Intercept": 1, "sales": 1}, formula="~ sales"),
    "bounds that cannot be met": lambda: rake(start(), POPULATION, bounds=(0.9, 1.1)),
    "calibration bounds": lambda: calibrate(
        start(), {"Intercept": 1000, "size[m]": 200, "size[l]": 100}, formula="~ size", method="logit", bounds=(0.9, 2)
    ),
    "bounds without 1": lambda: rake(start(), POPULATION, bounds=(2, 5)),
    "total not named": lambda: calibrate(start(), {"Intercept": 1000}, formula="~ size"),
    "post-stratum missing": lambda: post_stratify(start(), {"size": {"s": 700, "m": 300}}, by="size"),
    "trim without a bound": lambda: trim(start()),
    "trim below the mean": lambda: trim(start(), upper=1.0),
    "trim without margins": lambda: trim(start(), upper=4.5, rerake=True),
    "cell without respondents": lambda: adjust_nonresponse(
        base_weights(DRAWN.assign(answered=DRAWN["answered"] & (DRAWN["size"] != "l"))), "answered", predictors="size"
    ),
    "propensity without a seed": lambda: adjust_nonresponse(
        base_weights(DRAWN), "answered", predictors="size", method="propensity"
    ),
    "bootstrap without a seed": lambda: sk.replicate(sk.Survey(FIRMS, weights="w"), "bootstrap"),
    "replicating calibrated weights": lambda: sk.replicate(sk.Survey(FIRMS, weights=rake(start(), POPULATION)), "JK1"),
    "replicates of another base": lambda: sk.replicate_weights(REPLICATES, ["r1", "r2"], base="w", kind="BRR"),
    "replicates of another scale": lambda: sk.replicate_weights(REPLICATES, ["r3"], base="w", kind="BRR"),
    "replicates of other rows": lambda: sk.Survey(
        FIRMS, weights=sk.replicate_weights(REPLICATES, ["r1"], base="w", kind="BRR")
    ),
    "replicate columns of unequal length": lambda: sk.replicate_weights(
        {"w": [1.0, 2.0, 3.0], "r1": [1.0, 2.0, 3.0], "r2": [2.0, 1.0]}, ["r1", "r2"], base="w", kind="BRR"
    ),
    "rscales of unequal length": lambda: sk.replicate_weights(
        REPLICATES, ["r1"], base="w", kind="JKn", rscales=[0.5, 0.5]
    ),
    "jackknife quantiles": lambda: sk.quantile(
        sk.replicate(sk.Survey(FIRMS, weights="w"), "JK1"), "sales", interval="quantile"
    ),
    "propensity of taking part without a seed": lambda: sk.inverse_propensity(
        base_weights(FIRMS), start(), predictors="size"
    ),
    "propensity with unknown eligibility": lambda: adjust_nonresponse(
        base_weights(DRAWN.assign(member=np.where(DRAWN["answered"] | (DRAWN["size"] == "s"), 1.0, np.nan))),
        "answered",
        predictors="size",
        method="propensity",
        eligible="member == 1",
        folds=1,
    ),
    "impute without a seed": lambda: sk.impute(EMPTY, "sales"),
}


def refusals() -> str:
    lines = []
    for name, call in CALLS.items():
        with pytest.raises(SurveykitError) as caught:
            call()
        lines.append(f"{name}\n    {caught.value}")
    return "\n".join(lines) + "\n"


def test_every_refusal_says_what_and_what_to_do() -> None:
    assert refusals() == GOLDEN.read_text(encoding="utf-8")


def test_negative_weights_are_counted() -> None:
    with pytest.warns(SurveykitWarning, match=r"made \d+ weight\(s\) negative"):
        found = calibrate(start(), {"Intercept": 1000, "sales": 900}, formula="~ sales")
    assert found.describe().negative > 0


def test_no_warning_without_cause() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rake(start(), POPULATION)
