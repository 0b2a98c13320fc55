"""Respondents stand for nonrespondents, and opt-in samples for a reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.weighting import base_weights
from surveykit.weighting.nonprobability import doubly_robust, inverse_propensity
from surveykit.weighting.nonresponse import adjust_nonresponse
from tests.weighting.samples import cases, panel

DRAWN = cases()
METHODS: dict[str, dict[str, Any]] = {
    "cells": {"predictors": ["size", "sector"]},
    "tree": {"predictors": ["size", "sector", "sales"], "method": "tree"},
    "classes": {"predictors": ["size", "sector"], "method": "propensity", "seed": 1},
    "boosting": {"predictors": ["size", "sales"], "method": "propensity", "model": "boosting", "seed": 1},
}


@pytest.mark.parametrize("name", METHODS)
def test_the_total_is_kept_and_respondents_carry_it(name: str) -> None:
    start = base_weights(DRAWN, "w")
    found = adjust_nonresponse(start, "answered", **METHODS[name])
    np.testing.assert_allclose(found.values.sum(), start.values.sum(), rtol=1e-12)
    assert (found.values[~DRAWN["answered"]] == 0).all()


def test_cells_give_each_cell_its_weight() -> None:
    found = adjust_nonresponse(base_weights(DRAWN, "w"), "answered", predictors="size")
    before = DRAWN.groupby("size", observed=True)["w"].sum()
    after = DRAWN.assign(a=found.values).groupby("size", observed=True)["a"].sum()
    np.testing.assert_allclose(after, before, rtol=1e-12)


def test_a_saturated_propensity_is_the_cells() -> None:
    start = base_weights(DRAWN, "w")
    cells = adjust_nonresponse(start, "answered", predictors="size")
    options: dict[str, Any] = {"predictors": "size", "method": "propensity", "folds": 1, "classes": None}
    np.testing.assert_allclose(adjust_nonresponse(start, "answered", **options).values, cells.values, rtol=1e-4)


def test_unknown_eligibility_is_shared_by_what_is_known() -> None:
    frame = pd.DataFrame({"cell": ["a"] * 5, "answered": [True, False, False, False, False]})
    frame["member"] = pd.array([True, True, False, None, None], dtype="boolean")
    found = adjust_nonresponse(base_weights(frame), "answered", predictors="cell", eligible="member")
    np.testing.assert_allclose(found.values, [2 * 5 / 3, 0, 0, 0, 0], rtol=1e-12)


def test_an_opt_in_sample_looks_like_its_reference() -> None:
    drawn = panel(2000, 9)
    drawn["w"] = np.where(drawn["size"] == "l", 1.0, 12.0)
    own, reference = base_weights(panel(400, 8)), base_weights(drawn, "w")
    found = inverse_propensity(own, reference, predictors=["size", "sector"], folds=1)
    share = (found.values * (panel(400, 8)["size"] == "l")).sum() / found.values.sum()
    wanted = (reference.values * (drawn["size"] == "l")).sum() / reference.values.sum()
    assert share == pytest.approx(wanted, rel=0.02)
    exact = doubly_robust(own, reference, predictors=["size", "sector"], folds=1)
    total = (exact.values * (panel(400, 8)["size"] == "l")).sum()
    assert total == pytest.approx((reference.values * (drawn["size"] == "l")).sum(), rel=1e-8)
