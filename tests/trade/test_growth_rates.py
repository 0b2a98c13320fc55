"""Growth formulas, the interval of rounding, and which formula a document used."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.errors import TradeError
from surveykit.trade import growth, growth_formulas, printed, which_growth
from surveykit.trade.growth_rates import GrowthMethod

positive = st.floats(0.01, 1e6)


def test_every_formula_has_a_name() -> None:
    assert tuple(growth_formulas()) == get_args(GrowthMethod)


@given(positive, positive, st.integers(1, 50))
def test_formulas_agree_with_each_other(first: float, last: float, periods: int) -> None:
    total = growth(first, last, periods, "total").percent
    assert growth(first, last, periods, "total_per_period").percent == pytest.approx(total / periods)
    cagr = growth(first, last, periods).percent / 100
    assert 1 + cagr == pytest.approx((last / first) ** (1 / periods), rel=1e-9, abs=1e-12)
    log = growth(first, last, periods, "log").percent / 100
    assert math.exp(log) == pytest.approx(1 + cagr, rel=1e-9, abs=1e-12)


@given(st.decimals(1, 1000, places=1), st.decimals(1, 1000, places=1), st.integers(1, 30), st.data())
def test_interval_holds_every_such_number(first: Decimal, last: Decimal, periods: int, data: st.DataObject) -> None:
    one = data.draw(st.floats(printed(first).low, printed(first).high))
    two = data.draw(st.floats(printed(last).low, printed(last).high))
    for method in ("cagr", "total", "total_per_period", "log"):
        rate = growth(first, last, periods, method)  # type: ignore[arg-type]
        inside = growth(one, two, periods, method).percent  # type: ignore[arg-type]
        assert rate.low - 1e-9 <= inside <= rate.high + 1e-9


def test_mean_annual_needs_the_path() -> None:
    path = [100.0, 110.0, 99.0]
    assert growth(100.0, 99.0, 2, "mean_annual", path=path).percent == pytest.approx(0.0)
    with pytest.raises(TradeError) as caught:
        growth(100.0, 99.0, 2, "mean_annual")
    assert str(caught.value) == (
        "The mean of 2 yearly rates needs the 3 yearly values; path has none. "
        "Pass path=[...], or use method='cagr', which needs only the first and the last value."
    )
    with pytest.raises(TradeError, match="path runs from 100 to 99, not from 100 to 98"):
        growth(100.0, 98.0, 2, "mean_annual", path=path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 1.0, 2), "Growth from 0 is not defined: the first value must be positive."),
        ((-1.0, 1.0, 2), "Growth from -1 is not defined"),
        (("0.0", "1.0", 2), "Growth from 0 is not defined"),
        ((1.0, -1.0, 2), "Growth to -1 is not defined for method='cagr'."),
        ((float("nan"), 1.0, 2), "Growth is not defined for a missing value."),
        ((1.0, 2.0, 0), "periods=0 is not positive."),
        ((1.0, 2.0, 3, "cargo"), "method='cargo' is not a growth formula. Did you mean 'cagr'?"),
        (("x", "1.0", 2), "'x' is not a number."),
    ],
)
def test_refusals(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(TradeError) as caught:
        growth(*arguments)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_rounding_that_reaches_zero_is_refused() -> None:
    with pytest.raises(TradeError, match=r"The rounding of the first value 0\.4 reaches zero"):
        growth(0.4, 3.0, 5, rounding=0.5)


def test_csis_growth_per_annum_is_total_growth_by_period() -> None:
    (exports,) = which_growth("43", "1.7", "11.7", [13, 14], truncated=True)
    assert (exports.method, exports.periods) == ("total_per_period", 13)
    imports = which_growth("32", "4.6", "23.6", [13, 14])
    assert [(rate.method, rate.periods) for rate in imports] == [("total_per_period", 13)]
    assert growth("1.7", "11.7", 13).percent == pytest.approx(100 * ((11.7 / 1.7) ** (1 / 13) - 1))


def test_exact_inputs_have_no_interval() -> None:
    rate = growth(100, 200, 10)
    assert rate.low == rate.high == rate.percent
    assert str(growth("100", "200", 10)) == "7.18% [7.10, 7.26] (cagr: 100 ((last/first)^(1/periods) - 1), 10 periods)"
