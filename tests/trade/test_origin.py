"""Origin of value added: recorded shares, and two roads to one number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import TradeError
from surveykit.trade import InterCountryTable, indicators, origin_of_value_added
from surveykit.trade.leontief import inverse
from tests.trade.layouts import specimen
from tests.trade.reference_tables import LEVEL, POINTS, expected_frame, expected_json, reference_table, stems
from tests.trade.test_value_added import CODES, as_table

OF = {"EXGR_BSCI": "exports", "FDVA_BSCI": "final_demand"}


@pytest.fixture(scope="module")
def table() -> InterCountryTable:
    return as_table(specimen(("JPN", "DEU", "USA", "ROW"), CODES, ("HFCE", "GFCF"), taxes=0.0))


def questions(stem: str) -> list[tuple[str, str, str]]:
    frame = expected_frame(stem, "bsci_shares")
    return [tuple(key) for key in frame[["indicator", "product_group", "origin_industry"]].drop_duplicates().to_numpy()]


@pytest.mark.parametrize("stem", stems("bsci_shares.csv"))
def test_every_origin_of_the_reference(stem: str) -> None:
    wanted = expected_frame(stem, "bsci_shares").set_index(["indicator", "product_group", "origin_industry"])
    countries = wanted["country"].unique().tolist()
    for code, group, origin in questions(stem):
        found = origin_of_value_added(
            reference_table(stem),
            of=OF[code],  # type: ignore[arg-type]
            country=countries,
            industries=None if group == "TOTAL" else group,
            origin_industry=None if origin == "ALL" else origin.split("+"),
        )
        assert found["indicator"].unique().tolist() == [code]
        part = wanted.loc[(code, group, origin)].set_index(["country", "origin_country"])
        for unit, column, tolerance in (("USD_MN", "value", LEVEL), ("PCT", "share_pct", POINTS)):
            got = found[found["unit"] == unit].set_index(["reporter", "origin_area"])["value"].reindex(part.index)
            relative = tolerance if unit == "USD_MN" else 0.0
            np.testing.assert_allclose(
                got, part[column], rtol=relative, atol=tolerance, err_msg=f"{code} {group} {origin}"
            )


def test_the_tiny_table_by_its_own_labels() -> None:
    stem = "tiny_wiod13_2011_4x4"
    for country, wanted in expected_json(stem, "").items():
        found = origin_of_value_added(
            reference_table(stem), country=country, industries="MANUF", origin_industry="ICTBUS"
        ).set_index(["unit", "origin_area"])["value"]
        assert found["USD_MN"].to_dict() == pytest.approx(wanted["ICTBUS_in_MANUF_exports"], rel=LEVEL)
        share = wanted["ICTBUS_domestic_share_MANUF_exports_pct"]
        assert found["PCT", country] == pytest.approx(share, abs=POINTS)
        demand = origin_of_value_added(
            reference_table(stem),
            "final_demand",
            country=country,
            industries="MANUF",
            origin_industry="ICTBUS",
            unit="PCT",
        ).set_index("origin_area")["value"]
        assert demand[country] == pytest.approx(wanted["ICTBUS_domestic_share_MANUF_final_demand_pct"], abs=POINTS)


def test_solving_one_question_is_the_same_as_the_whole_inverse(table: InterCountryTable) -> None:
    full = origin_of_value_added(table, industries="each", origin_industry="each", unit="USD_MN")
    B = inverse(table.intermediate, table.output)
    v = table.value_added / table.output
    e = np.zeros(len(table.labels))
    for k, region in enumerate(table.region_of):
        outside = table.region_of != region
        e[k] = table.intermediate[k, outside].sum() + table.final_demand[k, table.demand_region_of != region].sum()
    wanted = v[:, None] * B * e
    cells = full.set_index(["origin_area", "origin_activity", "reporter", "activity"])["value"]
    for i, row in enumerate(table.labels):
        for j, column in enumerate(table.labels):
            key = (*row.split("_", 1), *column.split("_", 1))
            assert cells[key] == pytest.approx(wanted[i, j], rel=1e-10, abs=1e-12)
    one = origin_of_value_added(table, country="JPN", industries="C", origin_industry="J", unit="USD_MN")
    part = full[(full["reporter"] == "JPN") & full["activity"].isin(["C10T12", "C26"])]
    part = part[part["origin_activity"].isin(["J61", "J62_63"])].groupby("origin_area")["value"].sum()
    pd.testing.assert_series_equal(one.set_index("origin_area")["value"].sort_index(), part, rtol=1e-10)


def test_origins_add_to_the_indicators(table: InterCountryTable) -> None:
    found = origin_of_value_added(table, unit="USD_MN")
    totals = indicators(table, ["EXGR", "EXGR_DVA", "FD_VA"], industries="_T").set_index(["indicator", "reporter"])[
        "value"
    ]
    np.testing.assert_allclose(found.groupby("reporter")["value"].sum(), totals["EXGR"].sort_index(), rtol=1e-10)
    own = found[found["reporter"] == found["origin_area"]].set_index("reporter")["value"]
    np.testing.assert_allclose(own.sort_index(), totals["EXGR_DVA"].sort_index(), rtol=1e-10)
    demand = origin_of_value_added(table, "final_demand", unit="USD_MN").groupby("reporter")["value"].sum()
    np.testing.assert_allclose(demand, totals["FD_VA"].sort_index(), rtol=1e-10)


def test_shares_add_to_a_hundred_and_an_approximate_section_says_so() -> None:
    found = origin_of_value_added(
        reference_table("wiod13_2011_11reg"), country="JPN", industries="C", origin_industry="J", unit="PCT"
    )
    assert found["value"].sum() == pytest.approx(100)
    assert found["method"].str.contains("J is approximate in wiod13: taken as C27").all()


def test_an_unknown_question_is_refused(table: InterCountryTable) -> None:
    with pytest.raises(TradeError, match="Did you mean 'exports'"):
        origin_of_value_added(table, "export")  # type: ignore[arg-type]
    with pytest.raises(TradeError, match="Use 'PCT' or 'USD_MN'"):
        origin_of_value_added(table, unit="EUR")
    with pytest.raises(TradeError, match="No industry of the table holds activity 'K'"):
        origin_of_value_added(table, origin_industry="K")
