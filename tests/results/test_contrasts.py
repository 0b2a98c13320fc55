"""Contrasts: linear ones are exact, smooth ones follow the delta method."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import EstimationError, SurveykitError
from surveykit.estimation.descriptive import mean, ratio, total
from surveykit.results.contrasts import contrast_matrix, delta
from tests.estimation.firms import clustered

NAMES = ("a", "b", "two words")


def test_coefficients_by_name_or_in_order() -> None:
    assert contrast_matrix({"b": 2, "a": -1}, NAMES).tolist() == [-1, 2, 0]
    assert contrast_matrix([1, 0, -1], NAMES).tolist() == [1, 0, -1]


@given(st.lists(st.floats(0.5, 50), min_size=3, max_size=3))
@settings(max_examples=30)
def test_gradients_of_smooth_functions(point: list[float]) -> None:
    at = np.array(point)
    a, b, c = point
    for text, value, gradient in (
        ("log(a / b)", np.log(a / b), [1 / a, -1 / b, 0]),
        ("a * b / `two words`", a * b / c, [b / c, a / c, -a * b / c**2]),
        ("sqrt(a) + 3", np.sqrt(a) + 3, [0.5 / np.sqrt(a), 0, 0]),
        ("a ** 2 - b", a**2 - b, [2 * a, -1, 0]),
    ):
        found, slope = delta(text, NAMES, at)
        assert found == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(slope, gradient, rtol=1e-8, atol=1e-9)


def test_a_difference_of_groups_has_the_covariance_of_groups() -> None:
    found = mean(clustered(), "sales", by="size")
    by_name = found.contrast({"large": 1, "small": -1})
    v = found.covariance
    assert by_name.covariance[0, 0] == pytest.approx(v[2, 2] + v[0, 0] - 2 * v[0, 2])
    for same in (found.contrast([-1, 0, 1]), found.contrast("large - small")):
        np.testing.assert_allclose(same.covariance, by_name.covariance, rtol=1e-9)
    assert by_name.n.tolist() == [found.n[0] + found.n[2]]
    assert by_name.df.tolist() == [min(found.df[0], found.df[2])]


def test_a_ratio_of_totals_is_the_ratio() -> None:
    survey = clustered()
    both = total(survey, ["sales", "w"]).contrast({"r": "sales / w", "sum": {"sales": 1, "w": 1}})
    straight = ratio(survey, "sales", "w")
    assert both.names == ("r", "sum")
    assert both.estimate[0] == pytest.approx(straight.estimate[0], rel=1e-12)
    assert both.se[0] == pytest.approx(straight.se[0], rel=1e-9)
    np.testing.assert_allclose(both.covariance, both.covariance.T)


def test_a_missing_estimate_is_left_alone_unless_it_is_used() -> None:
    found = mean(clustered().where("sector != 'B'"), "sales", by="sector")
    assert np.isfinite(found.contrast({"A": 1, "C": -1}).se).all()
    with pytest.raises(EstimationError, match="is not a finite number"):
        found.contrast("A - B")


@pytest.mark.parametrize("text", ["a.real", "__import__('os')", "(lambda: a)()", "a if", "f'{a}'"])
def test_code_is_refused(text: str) -> None:
    with pytest.raises(SurveykitError):
        delta(text, NAMES, np.ones(3))
