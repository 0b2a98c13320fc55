"""The Leontief core: the textbook's numbers, and one system through several roads."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.errors import TradeError
from surveykit.trade.leontief import (
    downstreamness,
    factorise,
    input_coefficients,
    inverse,
    local_inverse,
    solve,
    solve_rows,
    upstreamness,
)
from tests.trade.layouts import specimen


def test_the_textbook_example() -> None:
    # Miller and Blair (2009), table 2.3 and equation 2.16: two sectors, final demand 350 and 1700.
    Z, x = np.array([[150.0, 500.0], [200.0, 100.0]]), np.array([1000.0, 2000.0])
    np.testing.assert_allclose(input_coefficients(Z, x), [[0.15, 0.25], [0.20, 0.05]])
    np.testing.assert_allclose(inverse(Z, x), [[1.254, 0.330], [0.264, 1.122]], atol=5e-4)
    np.testing.assert_allclose(solve(factorise(Z, x), np.array([600.0, 1500.0])), [1247.5, 1841.6], atol=0.1)


def test_solves_from_both_sides_are_the_inverse_and_a_series() -> None:
    s = specimen(("JPN", "ROW"), ("C26", "J61", "K"), ("HFCE",))
    A, factors = s.Z / s.x, factorise(s.Z, s.x)
    B = np.linalg.inv(np.eye(6) - A)
    rows, columns = np.random.default_rng(0).random((2, 6)), np.random.default_rng(1).random((6, 3))
    np.testing.assert_allclose(solve(factors, columns), B @ columns, rtol=1e-12)
    np.testing.assert_allclose(solve_rows(factors, rows), rows @ B, rtol=1e-12)
    np.testing.assert_allclose(inverse(s.Z, s.x), sum(np.linalg.matrix_power(A, k) for k in range(200)), rtol=1e-10)
    np.testing.assert_allclose(local_inverse(s.Z[:3, :3], s.x[:3]), np.linalg.inv(np.eye(3) - A[:3, :3]), rtol=1e-12)


def test_stages_are_row_sums_of_the_ghosh_inverse_and_column_sums_of_the_leontief_inverse() -> None:
    s = specimen(("JPN", "ROW"), ("C26", "J61", "K"), ("HFCE",))
    factors = factorise(s.Z, s.x)
    ghosh = np.linalg.inv(np.eye(6) - s.Z / s.x[:, None])
    np.testing.assert_allclose(upstreamness(factors, s.x), ghosh.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(downstreamness(factors, 6), inverse(s.Z, s.x).sum(axis=0), rtol=1e-12)


def test_an_industry_without_output_has_no_coefficients_and_one_stage() -> None:
    Z, x = np.array([[10.0, 0.0], [0.0, 0.0]]), np.array([100.0, 0.0])
    np.testing.assert_array_equal(input_coefficients(Z, x), [[0.1, 0], [0, 0]])
    assert upstreamness(factorise(Z, x), x)[1] == 1.0


def test_a_singular_system_is_refused() -> None:
    with pytest.raises(TradeError, match="singular"):
        factorise(np.array([[100.0]]), np.array([100.0]))
