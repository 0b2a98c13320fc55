"""Replicates reproduce the linearised variance where it is exact; calibration in blocks is calibration one by one."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.engine import ReplicateFactors
from surveykit.errors import EstimationError
from surveykit.estimation.proportion_intervals import exact_interval
from surveykit.variance import rank_degrees
from surveykit.weighting import base_weights, calibrate, rake
from tests.estimation.firms import DESIGNS, firms
from tests.weighting.samples import POPULATION, panel

CLUSTERED = sk.Survey(firms(), DESIGNS["clusters"], weights="w")
TOTALS = {"Intercept": 1000.0, "sales": 5000.0}


def test_the_jackknife_of_a_total_is_the_linearised_variance() -> None:
    found = sk.total(sk.replicate(CLUSTERED, "JKn"), "sales")
    np.testing.assert_allclose(found.se, sk.total(CLUSTERED, "sales").se, rtol=1e-10)


@pytest.mark.parametrize("method", ["bootstrap", "canty-davison", "bayesian", "generalised", "multistage"])
def test_random_replicates_come_near(method: Any) -> None:
    found = sk.total(sk.replicate(CLUSTERED, method, replicates=2000, seed=1), "sales")
    np.testing.assert_allclose(found.se, sk.total(CLUSTERED, "sales").se, rtol=0.12)
    again = sk.total(sk.replicate(CLUSTERED, method, replicates=2000, seed=1), "sales")
    np.testing.assert_array_equal(found.se, again.se)


def test_successive_differences_are_made_of_units_not_rows() -> None:
    replicates = sk.replicate(CLUSTERED, "SDR").replicates
    assert replicates is not None
    units = len(CLUSTERED.structure.stages[0].stratum)
    assert replicates.factors.shape[0] == units


@pytest.mark.parametrize("kind", ["cells", "rows", "both"])
def test_calibration_in_replicates_equals_calibrating_each(kind: str) -> None:
    frame = panel()

    def adjust(weights: sk.Weights) -> sk.Weights:
        if kind != "rows":
            weights = rake(weights, POPULATION)
        return weights if kind == "cells" else calibrate(weights, TOTALS, formula="~ sales", method="raking")

    weights = adjust(base_weights(frame, "w"))
    survey = sk.replicate(sk.Survey(frame, weights=weights), "bootstrap", replicates=8, seed=2, recalibrate=True)
    before = sk.replicate(sk.Survey(frame, weights="w"), "bootstrap", replicates=8, seed=2).replicates
    assert survey.replicates is not None
    assert before is not None
    assert isinstance(survey.replicates.factors, ReplicateFactors)
    for number in range(8):
        wanted = adjust(base_weights(frame, before.weights(number))).values
        np.testing.assert_allclose(survey.replicates.weights(number), wanted, rtol=1e-7, atol=1e-9)
    sums = [(survey.replicates.weights(r) * frame["sales"]).sum() for r in range(8)]
    found = sk.total(survey, "sales")
    deviations = np.array(sums) - found.estimate[0]
    np.testing.assert_allclose(found.se[0] ** 2, (deviations**2).mean(), rtol=1e-6, atol=1e-9)


def test_calibrated_totals_have_no_variance_in_replicates() -> None:
    frame = panel()
    raked = sk.Survey(frame, weights=rake(base_weights(frame, "w"), POPULATION))
    found = sk.count(sk.replicate(raked, "JKn", recalibrate=True), by="sector")
    assert (found.se < 1e-6 * found.estimate).all()


def test_quantiles_of_replicates() -> None:
    survey = sk.replicate(CLUSTERED, "bootstrap", replicates=300, seed=3)
    direct = sk.quantile(survey, "sales", [0.25, 0.5], interval="quantile", by="exporter")
    woodruff = sk.quantile(survey, "sales", [0.25, 0.5], by="exporter")
    np.testing.assert_array_equal(direct.estimate, woodruff.estimate)
    assert (direct.se > 0.3 * woodruff.se).all()
    assert (direct.se < 3 * woodruff.se).all()


def test_a_column_that_a_replicate_lost_is_named() -> None:
    """A jackknife that leaves out the only town of a category has no coefficient for it: refused, not made up."""
    frame = pd.DataFrame({"town": np.repeat(np.arange(6), 4), "size": ["s", "m"] * 12, "sales": np.arange(24.0) % 7})
    frame.loc[frame["town"] == 5, "size"] = "l"
    frame["exports"] = (np.arange(24) % 3 == 0).astype(float)
    survey = sk.replicate(sk.Survey(frame, sk.Design(clusters="town")), "JK1")
    with pytest.raises(EstimationError, match="in a replicate the column 'size"):
        sk.regress(survey, "sales ~ size")
    with pytest.raises(EstimationError, match="in a replicate the column 'size"):
        sk.regress(survey, "exports ~ size", family="binomial")


def test_degrees_of_freedom_of_a_domain_are_the_rank_of_its_replicate_weights() -> None:
    """Three of four towns in each of two strata: six independent rows of replicate weights."""
    frame = pd.DataFrame(
        {"stratum": np.repeat([0, 1], 8), "town": np.repeat(np.arange(8), 2), "sales": np.arange(16.0)}
    )
    survey = sk.replicate(sk.Survey(frame, sk.Design(strata="stratum", clusters="town")), "JKn")
    assert survey.replicates is not None
    weights = np.column_stack([survey.replicates.weights(place) for place in range(8)])
    inside = ~frame["town"].isin([0, 4]).to_numpy()
    assert sk.mean(survey, "sales").df[0] == np.linalg.matrix_rank(weights) - 1 == 6
    assert (
        sk.mean(survey.where("town != 0 and town != 4"), "sales").df[0]
        == np.linalg.matrix_rank(weights[inside]) - 1
        == 5
    )


def test_a_share_that_weighting_fixes_has_an_interval_of_no_length() -> None:
    shares = np.array([0.125])
    low, high = exact_interval(shares, np.array([1e30]), 0.95)
    assert (low[0], high[0]) == (0.125, 0.125)


@pytest.mark.parametrize("seed", range(8))
def test_the_rank_of_delete_one_replicates_is_known(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = firms().assign(town=rng.integers(0, 30, len(firms())))
    frame["stratum"] = frame["town"] % int(rng.integers(1, 7))
    frame["towns"] = np.where(frame["stratum"] == 0, frame.groupby("stratum")["town"].transform("nunique"), 99)
    design = sk.Design(strata="stratum", clusters="town", fpc="towns" if seed % 2 else None)
    if frame["stratum"].nunique() == 1 and seed % 2:
        frame["towns"] = 99
    survey = sk.replicate(sk.Survey(frame, design), "JKn")
    assert survey.replicates is not None
    measured = dataclasses.replace(survey.replicates, deleted=None)
    units = len(survey.replicates.factors)
    parts = [None, *(rng.uniform(size=units) < share for share in (0.1, 0.3, 0.6, 0.95))]
    for present in parts:
        wanted = max(rank_degrees(measured, present), 0.0)
        assert rank_degrees(survey.replicates, present) == wanted
