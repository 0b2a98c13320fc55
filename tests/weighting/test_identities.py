"""Margins are hit, totals are kept, and what is known exactly has no standard error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surveykit as sk
from surveykit.weighting import WeightSets, base_weights, calibrate, post_stratify, rake, times_size, trim
from surveykit.weighting.diagnostics import effective_n
from tests.weighting.samples import POPULATION, panel

FIRMS = panel()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_raked_margins_are_hit_whatever_the_start(seed: int, factor: float) -> None:
    start = np.random.default_rng(seed).uniform(0.5, 5, len(FIRMS)) * factor
    found = rake(base_weights(FIRMS, start), POPULATION).describe().margins
    np.testing.assert_allclose(found["after"], found["target"], rtol=1e-9)


def test_the_scale_of_the_base_does_not_matter() -> None:
    first = rake(base_weights(FIRMS, FIRMS["w"].to_numpy()), POPULATION)
    second = rake(base_weights(FIRMS, FIRMS["w"].to_numpy() * 7), POPULATION)
    np.testing.assert_allclose(first.values, second.values, rtol=1e-12)


def test_calibration_by_raking_is_raking() -> None:
    totals = {"Intercept": 1000, "size[m]": 200, "size[l]": 100, "sector[B]": 450, "sector[C]": 250}
    raked = rake(base_weights(FIRMS, "w"), POPULATION)
    calibrated = calibrate(base_weights(FIRMS, "w"), totals, formula="~ size + sector", method="raking")
    np.testing.assert_allclose(raked.values, calibrated.values, rtol=1e-8)


def test_cells_and_rows_give_the_same_calibration() -> None:
    totals = {"Intercept": 1000.0, "size[m]": 200.0, "size[l]": 100.0}
    by_cells = calibrate(base_weights(FIRMS, "w"), totals, formula="~ size")
    numbers = FIRMS.assign(m=(FIRMS["size"] == "m") * 1.0, l=(FIRMS["size"] == "l") * 1.0)
    by_rows = calibrate(base_weights(numbers, "w"), {"Intercept": 1000, "m": 200, "l": 100}, formula="~ m + l")
    np.testing.assert_allclose(by_cells.values, by_rows.values, rtol=1e-11)


def test_what_is_calibrated_has_no_standard_error() -> None:
    for start in (base_weights(FIRMS, "w"), base_weights(FIRMS)):
        survey = sk.Survey(FIRMS, weights=rake(start, POPULATION))
        found = sk.count(survey, by="size")
        np.testing.assert_allclose(found.estimate, [700, 200, 100], rtol=1e-9)
        assert (found.se < 1e-6 * found.estimate).all()


def test_trimming_keeps_the_total_and_ends_the_calibration() -> None:
    raked = rake(base_weights(FIRMS, "w"), POPULATION)
    cut = trim(raked, upper=2, relative_to="mean")
    assert cut.values.max() <= 2 * raked.values.mean() * (1 + 1e-9)
    np.testing.assert_allclose(cut.values.sum(), raked.values.sum(), rtol=1e-12)
    assert cut.projections == ()
    assert len(trim(raked, upper=2, relative_to="mean", keep_calibration=True).projections) == 1


def test_trimming_with_margins_met_again() -> None:
    raked = rake(base_weights(FIRMS, "w"), POPULATION)
    cut = trim(raked, upper=4, relative_to="mean", rerake=True)
    found = cut.describe().margins
    np.testing.assert_allclose(found["after"], found["target"], rtol=1e-6)
    assert cut.values.max() <= 4 * raked.values.mean() * (1 + 1e-6)
    assert len(cut.projections) == 1


def test_the_least_squares_bound_does_not_do_worse_than_none() -> None:
    raked = rake(base_weights(FIRMS, "w"), POPULATION)
    cut = trim(raked, upper="mse", variables="sales")
    assert raked.values.mean() <= cut.values.max() <= raked.values.max() * (1 + 1e-9)


def test_kish() -> None:
    assert effective_n(np.full(50, 3.0)) == pytest.approx(50)
    summary = rake(base_weights(FIRMS), POPULATION).describe()
    spread = np.var(rake(base_weights(FIRMS), POPULATION).values)
    mean = 1000 / len(FIRMS)
    assert summary.design_effect == pytest.approx(1 + spread / mean**2)


def test_rows_that_weigh_nothing_may_lack_a_margin() -> None:
    frame = FIRMS.copy()
    frame.loc[:9, "size"] = None
    weights = np.where(np.arange(len(frame)) < 10, 0.0, 1.0)
    found = post_stratify(base_weights(frame, weights), {"size": {"s": 700, "m": 200, "l": 100}}, by="size")
    assert found.values[:10].sum() == 0
    assert found.values.sum() == pytest.approx(1000)


def test_rows_without_a_level_keep_their_share() -> None:
    frame = FIRMS.copy()
    frame.loc[:29, "size"] = None
    found = rake(base_weights(frame), POPULATION, missing="share")
    assert found.values[:30].sum() == pytest.approx(100)
    known = found.values[30:][(frame["size"][30:] == "s").to_numpy()]
    assert known.sum() == pytest.approx(0.9 * 700)


def test_large_factors_have_the_standard_error_of_the_bootstrap() -> None:
    survey = sk.Survey(FIRMS, weights=rake(base_weights(FIRMS), POPULATION))
    linearised = sk.mean(survey, "sales", by="size").se
    repeated = sk.replicate(survey, "JKn", recalibrate=True)
    np.testing.assert_allclose(sk.mean(repeated, "sales", by="size").se, linearised, rtol=0.05)


def test_weight_sets_and_size() -> None:
    firms = rake(base_weights(FIRMS), POPULATION)
    both = WeightSets({"firms": firms, "sales": times_size(firms, "sales")})
    assert list(both.describe()["weights"]) == ["firms", "sales"]
    np.testing.assert_allclose(both.to_frame()["sales"], firms.values * FIRMS["sales"], rtol=1e-12)
    assert both["sales"].projections == ()


def test_names_follow_the_steps() -> None:
    assert rake(base_weights(FIRMS, "w"), POPULATION).name == "w, raked"
    assert rake(base_weights(FIRMS, "w", name="firms"), POPULATION).name == "firms"


def test_cases_that_weigh_nothing_do_not_make_a_beginning_unequal() -> None:
    frame = panel()
    counted = (np.arange(len(frame)) % 5 > 0).astype(float)
    assert not base_weights(frame, counted).from_design
    assert base_weights(frame, 2 * counted).from_design
    assert base_weights(frame.assign(one=1.0), "one").from_design


@pytest.mark.parametrize("bounds", [{"upper": 1.02}, {"lower": 0.97, "upper": 1.03}, {"upper": 1.5}])
def test_bounds_near_the_mean_are_met_and_the_total_kept(bounds: Any) -> None:
    start = base_weights(panel(), "w")
    few = trim(start, relative_to="mean", rounds=2, **bounds)
    np.testing.assert_allclose(few.values.sum(), start.values.sum(), rtol=1e-12)
    assert few.values.max() <= bounds["upper"] * start.values.mean() * (1 + 1e-9)
    if bounds["upper"] == 1.5:
        np.testing.assert_allclose(few.values, trim(start, relative_to="mean", **bounds).values, rtol=1e-8)
