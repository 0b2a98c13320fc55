"""Balances, shares, composition, rankings and flows of services series."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.errors import TradeError
from surveykit.trade import (
    balance,
    composition,
    gross_against_value_added,
    growth,
    mirror_gap,
    services_flows,
    sum_items,
    top_traders,
    world_shares,
)
from surveykit.trade.frames import services_frame
from tests.trade.services_examples import series

LEVELS = {"JPN": 195.0, "USA": 1169.0, "IRL": 343.0, "WLD": 7649.0, "EU27_2020": 3000.0}
BEFORE = {"JPN": 94.6, "USA": 402.7, "IRL": 58.7, "WLD": 2680.0, "EU27_2020": 1000.0}
WORLD = series(
    [("EXPORTS", code, "WLD", "S", 2023, value) for code, value in LEVELS.items()]
    + [("EXPORTS", code, "WLD", "S", 2005, value) for code, value in BEFORE.items()]
)


def test_ranking_counts_countries_only_and_grows_sums() -> None:
    table = top_traders(WORLD, year=2023, n=2, since=2005, always=["JPN"])
    assert table["reporter"].to_list() == ["USA", "IRL", "JPN", "_SUBTOTAL", "WLD"]
    assert table["rank"].to_list()[:3] == [1, 2, 3]
    rows = table.set_index("reporter")
    assert rows["share_pct"]["USA"] == pytest.approx(100 * 1169 / 7649)
    assert rows["value"]["_SUBTOTAL"] == 1512.0
    assert rows["growth_pct"]["_SUBTOTAL"] == pytest.approx(growth(402.7 + 58.7, 1512.0, 18).percent)
    assert rows["name"]["WLD"] == "World"


def test_ranking_refuses_what_cannot_be_ranked() -> None:
    with pytest.raises(TradeError, match="The data hold 3 economies in 2023, fewer than n=20"):
        top_traders(WORLD, year=2023)
    with pytest.raises(TradeError, match="hold no reporter 'WLD'"):
        top_traders(WORLD[WORLD["reporter"] != "WLD"], year=2023, n=2)
    mixed = pd.concat([WORLD, WORLD.assign(method="final")])
    with pytest.raises(TradeError, match=r"holds more than one method: 'balanced', 'final'\. Keep one method"):
        top_traders(mixed, year=2023, n=2)
    with pytest.raises(TradeError, match=r"The data has no year 2024"):
        top_traders(WORLD, year=2024, n=2)


def test_shares_of_the_world() -> None:
    shares = world_shares(WORLD).set_index(["reporter", "year"])["value"]
    assert shares["WLD", 2023] == 100.0
    assert shares["USA", 2023] == pytest.approx(15.283, abs=1e-3)
    with pytest.raises(TradeError, match="shares of the world are not defined"):
        world_shares(WORLD[WORLD["reporter"] == "JPN"])


@given(st.lists(st.floats(0.1, 1e6), min_size=4, max_size=4))
def test_composition_adds_to_a_hundred(values: list[float]) -> None:
    names = ("SC", "SD", "SI", "SH")
    rows = [("EXPORTS", "JPN", "WLD", name, 2023, value) for name, value in zip(names, values, strict=True)]
    frame = series([*rows, ("EXPORTS", "JPN", "WLD", "S", 2023, sum(values))])
    shares = composition(frame, ["SC", "SD", "SI"])
    assert shares["value"].sum() == pytest.approx(100.0)
    assert shares.set_index("activity")["value"]["_REST"] == pytest.approx(100 * values[3] / sum(values))


def test_composition_refuses_overlap() -> None:
    frame = series([("EXPORTS", "JPN", "WLD", code, 2023, 10.0) for code in ("S", "SI", "SI2")])
    with pytest.raises(TradeError, match="add to more than 'S'"):
        composition(frame, ["SI", "SI2"])


def test_a_missing_item_makes_the_sum_missing() -> None:
    frame = series(
        [
            ("EXPORTS", "JPN", "WLD", "SI", 2022, 1.0),
            ("EXPORTS", "JPN", "WLD", "SH", 2022, 2.0),
            ("EXPORTS", "JPN", "WLD", "SI", 2023, 3.0),
        ]
    )
    total = sum_items(frame, ["SI", "SH"], label="both").set_index("year")
    assert total["value"][2022] == 3.0
    assert pd.isna(total["value"][2023])
    assert total["reason"][2023] == "missing: SH"


def test_numbers_that_stand_twice_are_refused() -> None:
    frame = series([("EXPORTS", "JPN", "WLD", "S", 2023, 1.0)])
    with pytest.raises(TradeError, match=r"holds 1 row\(s\) twice"):
        balance(pd.concat([frame, frame]))


FLOWS = series(
    [
        (side, one, other, "SI", 2023, value)
        for one, other, value in (("IRL", "USA", 900.0), ("USA", "IRL", 400.0))
        for side, one, other in (("EXPORTS", one, other), ("IMPORTS", other, one))
    ]
)


def test_flows_in_hundred_millions_with_their_net() -> None:
    flows = services_flows(FLOWS, item="SI", year=2023, economies=["Ireland", "U.S."])
    assert flows.to_dict("records") == [
        {"origin": "IRL", "destination": "USA", "value": 9.0, "net": 5.0, "unit": "USD_100MN"},
        {"origin": "USA", "destination": "IRL", "value": 4.0, "net": -5.0, "unit": "USD_100MN"},
    ]
    with pytest.raises(TradeError, match="4 flows of 'SI' in 2023 are not in the data"):
        services_flows(FLOWS, item="SI", year=2023, economies=["IRL", "USA", "JPN"])


def test_balanced_flows_have_no_mirror_gap() -> None:
    assert (mirror_gap(FLOWS)["gap"] == 0).all()
    tilted = FLOWS.assign(value=FLOWS["value"].where(FLOWS["indicator"] == "EXPORTS", FLOWS["value"] * 0.5))
    assert mirror_gap(tilted)["gap_pct"].to_list() == pytest.approx([200 / 3, 200 / 3])


def test_gross_against_value_added_names_its_measure() -> None:
    rows = [("EXGR", "IRL", "W", "J", 2020, 200.0), ("EXGR_DVA", "IRL", "W", "J", 2020, 80.0)]
    frame = services_frame(
        pd.DataFrame(rows, columns=["indicator", "reporter", "partner", "activity", "year", "value"]),
        unit="USD_MN",
        method="published",
        source="OECD TiVA",
        edition="2025",
    )
    table = gross_against_value_added(frame, value_added="EXGR_DVA", activity="J", years=2020)
    assert table["ratio"].item() == 0.4
    assert table["measure"].item().startswith("EXGR_DVA: domestic value added in the gross exports")
    with pytest.raises(TradeError, match="has no indicator 'FFD_DVA'"):
        gross_against_value_added(frame, value_added="FFD_DVA", activity="J")
