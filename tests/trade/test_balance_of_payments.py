"""Balance-of-payments series: Japan's balances by item, GDP shares, and what the data cannot say."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from surveykit.errors import TradeError
from surveykit.trade import (
    balance,
    composition,
    index_series,
    percent_of_gdp,
    read_balance_of_payments,
    read_gdp,
    sum_items,
)
from tests.reference import REFERENCE

ITEMS = {
    "goods": "G",
    "services_total": "S",
    "charges_for_ip_SH": "SH",
    "travel_SD": "SD",
    "transport_SC": "SC",
    "insurance_and_financial_SF_SG": "SFSG",
}


def _expected() -> pd.DataFrame:
    if REFERENCE is None:
        return pd.DataFrame(columns=["category", "year", "value"])
    return pd.read_csv(REFERENCE / "facts" / "japan_balances_derived.csv")


@pytest.fixture(scope="module")
def series(reference: Path) -> pd.DataFrame:
    return read_balance_of_payments(reference / "facts" / "bop_services_wdi.csv")


@pytest.mark.parametrize("category", sorted(set(_expected()["category"])))
def test_balances_of_japan(series: pd.DataFrame, category: str) -> None:
    expected = _expected().query("category == @category").set_index("year")["value"]
    balances = balance(series[series["activity"] != "SI"], reporters="JPN").set_index(["activity", "year"])["value"]
    if category in ITEMS:
        found = balances[ITEMS[category]]
    else:
        found = balances["S"] - sum(balances[item] for item in ("SD", "SC", "SFSG", "SH"))
    assert found.index.to_list() == expected.index.to_list()
    # The recorded balances are rounded to 0.1 million.
    assert (found - expected).abs().max() <= 0.05 + 1e-6


def test_a_side_that_was_not_found_is_missing_with_its_reason(series: pd.DataFrame) -> None:
    rows = balance(series, items="SI", reporters="JPN", years=2023)
    assert rows["value"].isna().all()
    assert rows["reason"].to_list() == ["missing: imports"]


def test_percent_of_gdp_and_the_deficit_that_csis_prints(series: pd.DataFrame, reference: Path) -> None:
    gdp = read_gdp(reference / "facts" / "gdp_current_usd.csv")
    exports = series[(series["indicator"] == "EXPORTS") & (series["activity"] == "SI") & (series["reporter"] == "JPN")]
    imports = exports[exports["year"] == 2023].assign(indicator="IMPORTS", value=23_600.0)
    shares = percent_of_gdp(balance(pd.concat([exports, imports]), years=2023), gdp)
    assert shares["unit"].item() == "PCT_GDP"
    assert -shares["value"].item() == pytest.approx(0.28, abs=0.01)
    later = percent_of_gdp(balance(series, items="S", reporters="JPN", years=2024), gdp)
    assert later["reason"].to_list() == ["no GDP of this economy and year"]
    with pytest.raises(TradeError, match="The data are in PCT, GDP in USD_MN"):
        percent_of_gdp(shares.assign(unit="PCT"), gdp)


def test_world_trade_growth_as_meti_prints_it(reference: Path) -> None:
    world = read_balance_of_payments(reference / "facts" / "world_trade_goods_services.csv")
    both = (
        world.assign(indicator="TRADE")
        .groupby(["reporter", "activity", "year"], as_index=False)["value"]
        .sum(min_count=2)
    )
    frame = (
        world.drop_duplicates(["activity", "year"])
        .drop(columns="value")
        .merge(both, on=["reporter", "activity", "year"])
    )
    indices = index_series(frame.assign(indicator="TRADE"), 2005).set_index(["activity", "year"])["value"]
    assert round(indices["SOX", 2023], 1) == 2.9
    assert round(indices["G", 2022], 1) == 2.4
    assert round(indices["G", 2023], 1) == 2.3


def test_shares_without_their_total_and_unknown_series_are_refused(reference: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(reference / "facts" / "bop_services_wdi.csv")
    path = tmp_path / "wdi.csv"
    rows[rows["indicator"] != "BX.GSR.NFSV.CD"].to_csv(path, index=False)
    with pytest.raises(TradeError, match=r"is a percentage, but its total 'BX\.GSR\.NFSV\.CD' is not in 'wdi\.csv'"):
        read_balance_of_payments(path)
    rows.assign(indicator="SP.POP.TOTL").to_csv(path, index=False)
    with pytest.raises(TradeError, match=r"no known trade series: 'SP\.POP\.TOTL'"):
        read_balance_of_payments(path)


def test_items_that_the_data_do_not_resolve_are_refused(series: pd.DataFrame) -> None:
    with pytest.raises(TradeError, match=r"do not resolve 'SJ2'; they hold"):
        sum_items(series, ["SH", "SJ2"], label="x")


def test_items_derived_from_percentages_join_their_total(series: pd.DataFrame) -> None:
    part = series[(series["reporter"] == "JPN") & (series["indicator"] == "EXPORTS") & (series["year"] == 2023)]
    shares = composition(part, ["SD", "SC", "SFSG", "SH", "SI"])
    assert shares["value"].sum() == pytest.approx(100.0)
    assert shares["value"].notna().all()
    assert set(series.loc[series["activity"] == "SD", "derivation"]) == {"share x total"}
