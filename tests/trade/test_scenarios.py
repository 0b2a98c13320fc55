"""Scenarios against brute force: change the coefficients, invert again, compare."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.errors import TradeError
from surveykit.trade import price_scenario, withdrawal_scenario
from tests.trade.layouts import specimen
from tests.trade.test_value_added import CODES, as_table

S = specimen(("JPN", "DEU", "ROW"), CODES, ("HFCE", "GFCF"), taxes=0.0)
TABLE = as_table(S)
N = len(CODES)
A = S.Z / S.x
FOREIGN_J = np.array([region != "JPN" and code in {"J61", "J62_63"} for region, code in S.rows])


@pytest.mark.parametrize("pass_through", [0.0, 0.4, 1.0])
def test_prices_are_the_fixed_point_of_passing_costs_on(pass_through: float) -> None:
    tau, price = 0.2, np.zeros(len(A))
    direct = np.where(np.arange(len(A)) < N, A[FOREIGN_J].sum(axis=0), 0.0)
    for _ in range(500):
        price = pass_through * (price @ A + tau * direct)
    lost = (1 - pass_through) * (price @ A + tau * direct) * S.x
    result = price_scenario(TABLE, tau, country="JPN", origin_industry="J", pass_through=pass_through).to_frame()
    found = result.set_index(["indicator", "activity"])["value"]
    np.testing.assert_allclose(found["EXPORT_PRICE"].loc[list(CODES)], 100 * price[:N], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(found["VALU_CHANGE"].loc[list(CODES)], -lost[:N], rtol=1e-10, atol=1e-9)
    assert found["INPUT_COST", "_T"] == pytest.approx(tau * (direct * S.x).sum(), rel=1e-12) or tau != 1
    demand = S.Y[:, :2].sum(axis=1)
    wanted = 100 * demand @ (price + tau * FOREIGN_J) / demand.sum()
    assert found["FINAL_DEMAND_PRICE", "_T"] == pytest.approx(wanted, rel=1e-10)


def test_a_full_pass_through_raises_all_domestic_prices_by_the_cost_content() -> None:
    result = price_scenario(TABLE, 1.0, country="Japan", origin_industry="J").to_frame()
    assert (result.loc[result["indicator"] == "VALU_CHANGE", "value"] == 0).all()
    assert (result.loc[result["indicator"] == "EXPORT_PRICE", "value"] > 0).all()


def test_draws_give_a_distribution_proportional_to_the_increase() -> None:
    draws = np.random.default_rng(1).uniform(0.05, 0.15, 400)
    result = price_scenario(TABLE, draws, country="JPN", origin_industry="J", origin=["DEU"])
    one = price_scenario(TABLE, 1.0, country="JPN", origin_industry="J", origin="DEU").to_frame()["value"]
    frame = result.to_frame(level=0.9)
    assert result.draws.shape == (400, len(frame))
    np.testing.assert_allclose(frame["value"], one * draws.mean(), rtol=1e-10)
    np.testing.assert_allclose(frame["high"], one * np.quantile(draws, 0.95), rtol=1e-10)
    assert (frame["draws"] == 400).all()
    assert any("from DEU" in sentence for sentence in result.assumptions)
    single = price_scenario(TABLE, 0.1, country="JPN", origin_industry="J").to_frame()
    assert single[["low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(("lost", "replaced"), [(1.0, 0.0), (0.5, 1.0), (0.3, 0.6)])
def test_a_withdrawal_is_the_table_solved_again(lost: float, replaced: float) -> None:
    changed, demand = A.copy(), np.stack([S.Y[:, 2 * r : 2 * r + 2].sum(axis=1) for r in range(3)], axis=1)
    own = [k for k, (region, code) in enumerate(S.rows) if region == "JPN" and code in {"J61", "J62_63"}]
    for block, column in [*((changed, j) for j in range(N)), (demand, 0)]:
        gone = lost * block[FOREIGN_J, column].sum()
        block[FOREIGN_J, column] *= 1 - lost
        block[own, column] += replaced * gone * block[own, column] / block[own, column].sum()
    x = np.linalg.solve(np.eye(len(A)) - changed, demand.sum(axis=1))
    wanted = S.VA / S.x * (x - S.x)
    frame = withdrawal_scenario(TABLE, lost, substitution=replaced, country="JPN", origin_industry="J").to_frame()
    found = frame[frame["indicator"] == "VALU_CHANGE"].set_index(["reporter", "activity"])["value"]
    np.testing.assert_allclose(found["JPN"].loc[list(CODES)], wanted[:N], rtol=1e-8, atol=1e-8)
    for r, region in enumerate(S.regions):
        assert found[region, "_T"] == pytest.approx(wanted[r * N : (r + 1) * N].sum(), rel=1e-8, abs=1e-8)


def test_nothing_withdrawn_changes_nothing_and_draws_broadcast() -> None:
    result = withdrawal_scenario(TABLE, [0.0, 0.5], substitution=0.5, country="JPN", origin_industry="J")
    np.testing.assert_allclose(result.draws[0], 0.0, atol=1e-9)
    assert result.draws.shape[0] == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: price_scenario(TABLE, 0.1, country="JPN", origin_industry="J", pass_through=2), "between 0 and 1"),
        (lambda: price_scenario(TABLE, [0.1, np.nan], country="JPN", origin_industry="J"), "nan in draw 1"),
        (lambda: price_scenario(TABLE, [], country="JPN", origin_industry="J"), "one number per draw"),
        (lambda: price_scenario(TABLE, 0.1, country="JPN", origin_industry="J", origin="Japan"), "among the foreign"),
        (lambda: withdrawal_scenario(TABLE, 1.5, country="JPN", origin_industry="J"), "between 0.0 and 1.0"),
        (
            lambda: withdrawal_scenario(TABLE, [0.1] * 3, substitution=[0.1] * 2, country="JPN", origin_industry="J"),
            "3 draws, substitution 2",
        ),
    ],
)
def test_parameters_out_of_range_are_refused(call: object, message: str) -> None:
    with pytest.raises(TradeError, match=message):
        call()  # type: ignore[operator]
