"""Steps that were estimated enter the variance: against derivatives taken numerically through the steps themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

import surveykit as sk
from surveykit.weighting import Weights, base_weights
from surveykit.weighting.nonprobability import doubly_robust, inverse_propensity
from surveykit.weighting.nonresponse import adjust_nonresponse
from tests.weighting.samples import cases, panel

DRAWN = cases(160)
DRAWN["stratum"] = np.arange(len(DRAWN)) % 3
STEP = 1e-4
METHODS: dict[str, dict[str, Any]] = {
    "cells": {"predictors": ["size", "sector"]},
    "one logistic model": {"predictors": ["size", "sales"], "method": "propensity", "folds": 1, "classes": None},
    "cross-fitted": {"predictors": ["size", "sales"], "method": "propensity", "folds": 3, "classes": None, "seed": 1},
}


def _influence(values: Callable[[np.ndarray], np.ndarray], base: np.ndarray, estimate: Any) -> np.ndarray:
    """Derivative of an estimate by the logarithm of each base weight, through all steps, by central differences."""
    found = np.empty(len(base))
    for row in range(len(base)):
        ends = []
        for sign in (1, -1):
            moved = base.copy()
            moved[row] *= 1 + sign * STEP
            ends.append(estimate(values(moved)))
        found[row] = (ends[0] - ends[1]) / (2 * STEP)
    return found


def _variance(influence: np.ndarray, stratum: np.ndarray) -> float:
    total = 0.0
    for code in np.unique(stratum):
        own = influence[stratum == code]
        total += len(own) * own.var(ddof=1)
    return total


ESTIMATES: dict[str, tuple[Callable[[sk.Survey], sk.Estimate], Callable[[pd.DataFrame, np.ndarray], float]]] = {
    "total": (lambda survey: sk.total(survey, "sales"), lambda frame, w: float(w @ frame["sales"])),
    "mean of a domain": (
        lambda survey: sk.mean(survey.where("size == 'l'"), "sales"),
        lambda frame, w: float(np.average(frame["sales"], weights=w * (frame["size"] == "l"))),
    ),
}


@pytest.mark.parametrize("statistic", ESTIMATES)
@pytest.mark.parametrize("name", METHODS)
def test_the_standard_error_follows_the_response_model(name: str, statistic: str) -> None:
    def steps(base: np.ndarray) -> Weights:
        return adjust_nonresponse(base_weights(DRAWN, base), "answered", **METHODS[name])

    base = DRAWN["w"].to_numpy()
    verb, by_hand = ESTIMATES[statistic]
    found = verb(sk.Survey(DRAWN, sk.Design(strata="stratum"), steps(base)))
    influence = _influence(lambda moved: steps(moved).values, base, lambda w: by_hand(DRAWN, w))
    wanted = _variance(influence, DRAWN["stratum"].to_numpy())
    np.testing.assert_allclose(found.se[0] ** 2, wanted, rtol=1e-5)
    assert not [note for note in found.notes if "known" in note]


def test_unknown_eligibility_is_followed_too() -> None:
    frame = DRAWN.copy()
    rng = np.random.default_rng(5)
    frame["member"] = np.where(frame["answered"] | (rng.uniform(size=len(frame)) < 0.6), 1.0, 0.0)
    frame.loc[~frame["answered"] & (rng.uniform(size=len(frame)) < 0.3), "member"] = np.nan

    def steps(base: np.ndarray) -> Weights:
        return adjust_nonresponse(base_weights(frame, base), "answered", predictors="size", eligible="member == 1")

    base = frame["w"].to_numpy()
    found = sk.total(sk.Survey(frame, weights=steps(base)), "sales")
    influence = _influence(lambda moved: steps(moved).values, base, lambda w: float(w @ frame["sales"]))
    np.testing.assert_allclose(found.se[0] ** 2, _variance(influence, np.zeros(len(frame))), rtol=1e-5)


@pytest.mark.parametrize("options", [{"folds": 1}, {"folds": 3, "seed": 1}, {"folds": 1, "classes": 4}])
@pytest.mark.parametrize("verb", [inverse_propensity, doubly_robust])
def test_both_samples_are_followed(verb: Any, options: dict[str, Any]) -> None:
    own, drawn = panel(90, 8), panel(140, 9)
    drawn["w"] = np.where(drawn["size"] == "l", 1.0, 12.0)
    drawn["stratum"] = np.where(drawn["size"] == "l", 1, 0)
    design = sk.Design(strata="stratum")
    start, reference = np.ones(len(own)), drawn["w"].to_numpy()
    # Classes are taken as fixed: with a saturated model they do not move.
    predictors = "size" if "classes" in options else ["size", "sector"]
    options = options | {"predictors": predictors, "reference_design": design}

    def steps(mine: np.ndarray, theirs: np.ndarray) -> Weights:
        first = base_weights(own) if mine is start else base_weights(own, mine)
        made: Weights = verb(first, base_weights(drawn, theirs), **options)
        return made

    def total(w: np.ndarray) -> float:
        return float(w @ own["sales"])

    found = sk.total(sk.Survey(own, weights=steps(start, reference)), "sales")
    mine = _influence(lambda moved: steps(moved, reference).values, start.copy(), total)
    theirs = _influence(lambda moved: steps(start, moved).values, reference, total)
    wanted = _variance(mine, np.zeros(len(own))) + _variance(theirs, drawn["stratum"].to_numpy())
    np.testing.assert_allclose(found.se[0] ** 2, wanted, rtol=1e-4)


def test_a_census_with_nonresponse_has_the_variance_of_response() -> None:
    """Cells are strata of which respondents are a random part: without replacement, everybody was drawn."""
    frame = DRAWN.assign(N=1.0)
    frame["N"] = frame.groupby("size", observed=True)["N"].transform("sum")
    weights = adjust_nonresponse(base_weights(frame), "answered", predictors="size")
    found = sk.total(sk.Survey(frame, sk.Design(strata="size", fpc="N"), weights), "sales")
    wanted = 0.0
    for _, part in frame.groupby("size", observed=True):
        own, rate = part.loc[part["answered"], "sales"], part["answered"].mean()
        wanted += (1 - rate) / rate**2 * ((own - own.mean()) ** 2).sum()
    np.testing.assert_allclose(found.se[0] ** 2, wanted, rtol=1e-10)


def test_models_without_a_linearisation_are_said_to_be_taken_as_known() -> None:
    options: dict[str, Any] = {"predictors": ["size", "sales"], "method": "propensity", "classes": None, "seed": 1}
    model = DecisionTreeClassifier(min_samples_leaf=10, random_state=1)
    weights = adjust_nonresponse(base_weights(DRAWN, "w"), "answered", model=model, folds=2, **options)
    survey = sk.Survey(DRAWN, weights=weights)
    (note,) = sk.mean(survey, "sales").notes
    assert note == (
        "Conservative: standard errors take response propensities (DecisionTreeClassifier) as known. "
        "replicate(survey, ..., recalibrate=True) counts that they were estimated."
    )
    again = sk.replicate(survey, "bootstrap", replicates=3, seed=1, recalibrate=True)
    assert not sk.mean(again, "sales").notes
    trimmed = sk.trim(adjust_nonresponse(base_weights(DRAWN, "w"), "answered", predictors="size"), upper=9.0)
    (note,) = sk.mean(sk.Survey(DRAWN, weights=trimmed), "sales").notes
    assert "nonresponse adjustments before the weights were trimmed as known" in note


@pytest.mark.parametrize("name", METHODS)
def test_replicates_take_the_response_model_again(name: str) -> None:
    def steps(base: np.ndarray) -> Weights:
        return adjust_nonresponse(base_weights(DRAWN, base), "answered", **METHODS[name])

    base = DRAWN["w"].to_numpy()
    # Under this fraction no factor is zero, so that the parts of cross-fitting are drawn from the same rows.
    design, frame = sk.Design(fpc="N"), DRAWN.assign(N=2 * len(DRAWN))
    adjusted = sk.Survey(frame, design, steps(base))
    again = sk.replicate(adjusted, "bootstrap", replicates=4, seed=2, recalibrate=True).replicates
    plain = sk.replicate(sk.Survey(frame, design, "w"), "bootstrap", replicates=4, seed=2).replicates
    assert again is not None
    assert plain is not None
    for number in range(4):
        np.testing.assert_allclose(again.weights(number), steps(plain.weights(number)).values, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_replicates_and_linearisation_agree(name: str) -> None:
    frame = cases(900)
    survey = sk.Survey(frame, weights=adjust_nonresponse(base_weights(frame, "w"), "answered", **METHODS[name]))
    found = sk.total(sk.replicate(survey, "bootstrap", replicates=300, seed=1, recalibrate=True), "sales")
    np.testing.assert_allclose(found.se, sk.total(survey, "sales").se, rtol=0.15)
