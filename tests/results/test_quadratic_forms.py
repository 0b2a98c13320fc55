"""Tails of weighted sums of chi-squares against closed forms, published values and each other."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from surveykit.errors import EstimationError
from surveykit.results.quadratic_forms import chi_square_tail, f_tail, saddlepoint_tail, weighted_chi_square_tail

# Imhof (1961), Biometrika 48, table 1: weights, degrees of freedom, point and probability of the upper tail.
IMHOF = [
    ([0.6, 0.3, 0.1], 0.1, 0.9458),
    ([0.6, 0.3, 0.1], 0.7, 0.5064),
    ([0.6, 0.3, 0.1], 2.0, 0.1240),
    ([0.6, 0.6, 0.3, 0.3, 0.3, 0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 0.2, 0.9936),
]


@pytest.mark.parametrize(("weights", "x", "expected"), IMHOF[:3])
def test_agrees_with_the_table_of_imhof(weights: list[float], x: float, expected: float) -> None:
    assert weighted_chi_square_tail(x, weights) == pytest.approx(expected, abs=6e-5)


def imhof(x: float, weights: np.ndarray) -> float:
    """Imhof's integral, by brute force: an independent road to the same number."""

    def integrand(u: float) -> float:
        angle = 0.5 * np.arctan(weights * u).sum() - 0.5 * x * u
        return float(np.sin(angle) / (u * np.prod((1 + (weights * u) ** 2) ** 0.25)))

    value, _ = integrate.quad(integrand, 1e-12, 400, limit=4000)
    return float(0.5 + value / math.pi)


@pytest.mark.parametrize("weights", [[1.0, 2.0, 3.0, 4.0], [0.2, 0.2, 5.0, 1.0, 1.5], [1.9, 0.5, 0.25, 0.25, 0.25]])
@pytest.mark.parametrize("x", [1.0, 6.0, 20.0])
def test_agrees_with_the_integral_of_imhof(weights: list[float], x: float) -> None:
    assert weighted_chi_square_tail(x, weights) == pytest.approx(imhof(x, np.array(weights)), abs=2e-4)


@given(st.integers(1, 12), st.floats(0.01, 80.0), st.floats(0.1, 10.0), st.sampled_from([math.inf, 3.0, 17.0, 400.0]))
def test_equal_weights_are_one_chi_square_or_f(size: int, x: float, weight: float, ddf: float) -> None:
    tail = weighted_chi_square_tail(x * weight, np.full(size, weight), denominator=ddf)
    expected = chi_square_tail(x, size) if math.isinf(ddf) else f_tail(x / size, size, ddf)
    assert tail == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_far_tails_keep_their_digits() -> None:
    assert weighted_chi_square_tail(900.0, [1.0]) == pytest.approx(float(special.chdtrc(1, 900.0)), rel=1e-12)
    assert weighted_chi_square_tail(400.0, [2.0, 1.0, 0.5]) == pytest.approx(3.4218713e-45, rel=1e-6)


@settings(deadline=None)
@given(st.lists(st.floats(0.05, 5.0), min_size=1, max_size=8), st.floats(0.1, 5.0))
def test_scale_does_not_matter_and_tails_fall(weights: list[float], x: float) -> None:
    at = weighted_chi_square_tail(x, weights)
    assert weighted_chi_square_tail(7 * x, [7 * weight for weight in weights]) == pytest.approx(at, rel=1e-8)
    assert weighted_chi_square_tail(x * 1.1, weights) <= at
    assert weighted_chi_square_tail(x, [*weights, 0.5]) >= at


def test_small_weights_are_pooled_without_moving_the_tail() -> None:
    alone = weighted_chi_square_tail(5.0, [1.0])
    assert weighted_chi_square_tail(5.0, [1.0, 1e-7, 1e-8]) == pytest.approx(alone, abs=1e-7)
    # 3e-4 is where pooling begins: both sides of it agree.
    below, above = (weighted_chi_square_tail(5.0, [1.0, 0.4, edge]) for edge in (2.99e-4, 3.01e-4))
    assert below == pytest.approx(above, abs=1e-6)


@pytest.mark.parametrize("weights", [[1.0], [1.0, 2.0], [0.3, 0.3, 2.0, 1.0]])
@pytest.mark.parametrize("ddf", [math.inf, 25.0])
def test_the_saddlepoint_is_near_and_has_no_step_at_the_mean(weights: list[float], ddf: float) -> None:
    # One chi-square is its worst case: the approximation is off by up to a tenth there.
    for x in (0.5, 2.0, 8.0, 15.0):
        exact = weighted_chi_square_tail(x, weights, denominator=ddf)
        assert saddlepoint_tail(x, weights, denominator=ddf) == pytest.approx(exact, rel=0.12)
    mean = sum(weights)
    around = [saddlepoint_tail(mean * (1 + step), weights, denominator=ddf) for step in (-1e-3, -1e-5, 0.0, 1e-5, 1e-3)]
    assert all(first > second for first, second in pairwise(around))
    assert around[0] - around[-1] < 2e-3


def test_nothing_below_zero_and_no_odd_weights() -> None:
    assert weighted_chi_square_tail(0.0, [1.0]) == 1.0
    assert saddlepoint_tail(-1.0, [1.0]) == 1.0
    for weights in ([], [1.0, 0.0], [-1.0], [math.nan]):
        with pytest.raises(EstimationError, match="positive and finite"):
            weighted_chi_square_tail(1.0, weights)
