"""Intervals of shares against their definitions, inverted where they are defined by a test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from surveykit.estimation.descriptive import mean, proportion
from surveykit.estimation.proportion_intervals import exact_interval
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms

METHODS = ("logit", "likelihood", "mean", "beta", "xlogit", "asin", "wilson")


@given(st.integers(1, 200), st.integers(0, 200), st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=40)
def test_the_exact_interval_is_that_of_binomial_tests(n: int, hits: int, level: float) -> None:
    hits = min(hits, n)
    low, high = exact_interval(np.array([hits / n]), np.array([float(n)]), level)
    expected = stats.binomtest(hits, n).proportion_ci(level, method="exact")
    np.testing.assert_allclose([low[0], high[0]], [expected.low, expected.high], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("design", DESIGNS)
def test_intervals_hold_their_share_and_grow_with_the_level(method: Any, design: str) -> None:
    survey = Survey(firms(), DESIGNS[design], "w")
    narrow, wide = (proportion(survey, "size", method=method, level=level) for level in (0.8, 0.99))
    assert np.all((wide.low < narrow.low) & (narrow.low < narrow.estimate))
    assert np.all((narrow.estimate < narrow.high) & (narrow.high < wide.high))
    if method != "mean":
        assert np.all((wide.low > 0) & (wide.high < 1))
    assert narrow.method == method


def test_they_follow_their_formulas() -> None:
    survey = clustered()
    found = {method: proportion(survey, "exporter", method=method) for method in METHODS}
    p, se, df, n = (getattr(found["mean"], name)[1] for name in ("estimate", "se", "df", "n"))
    t = stats.t.ppf(0.975, df)
    plain = mean(survey, "exporter == 'yes'")
    np.testing.assert_allclose([found["mean"].low[1], found["mean"].high[1]], [plain.low[0], plain.high[0]])
    half = t * se / (p * (1 - p))
    for method in ("logit", "xlogit"):
        assert found[method].low[1] == pytest.approx(special.expit(special.logit(p) - half))
    angle, step = np.arcsin(np.sqrt(p)), t * se / (2 * np.sqrt(p * (1 - p)))
    assert found["asin"].high[1] == pytest.approx(np.sin(angle + step) ** 2)
    # Wilson: both ends lie t standard errors away, the error being that of the end itself.
    effective = p * (1 - p) / se**2
    for end in (found["wilson"].low[1], found["wilson"].high[1]):
        assert abs(p - end) / np.sqrt(end * (1 - end) / effective) == pytest.approx(t)
    # Likelihood: both ends have the same ratio.
    scaled = (n - 1) / n * effective
    for end in (found["likelihood"].low[1], found["likelihood"].high[1]):
        ratio = 2 * scaled * (p * np.log(p / end) + (1 - p) * np.log((1 - p) / (1 - end)))
        assert ratio == pytest.approx(t**2, rel=1e-9)
    adjusted = effective * (stats.t.ppf(0.975, n - 1) / t) ** 2
    assert found["beta"].low[1] == pytest.approx(stats.beta.ppf(0.025, p * adjusted, adjusted * (1 - p) + 1))


@pytest.mark.parametrize("method", METHODS)
def test_a_share_and_its_rest_mirror_each_other(method: Any) -> None:
    found = proportion(clustered(), "exporter", method=method)
    np.testing.assert_allclose(found.low, 1 - found.high[::-1], atol=1e-10)


def test_shares_at_the_edge_rest_on_the_effective_size() -> None:
    frame = firms().assign(all="yes")
    found = proportion(Survey(frame, DESIGNS["clusters"], "w"), "all")
    w = frame["w"]
    effective = w.sum() ** 2 / (w**2).sum()
    assert found.low[0] == pytest.approx(0.025 ** (1 / effective))
    assert found.high[0] == 1.0
