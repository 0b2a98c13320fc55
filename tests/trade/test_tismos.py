"""TiSMoS, the modes of supply, and that their two bases never meet in a total."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from surveykit.errors import ClassificationError, TradeError
from surveykit.trade import check_mode_table, mode_shares, mode_totals, modes, read_tismos
from surveykit.trade.frames import services_frame
from surveykit.trade.supply_modes import MODE_CATEGORIES
from tests.reference import REFERENCE

FLOWS = {"export": "EXPORTS", "import": "IMPORTS"}


def _expected() -> dict[str, dict[str, dict[str, float]]]:
    if REFERENCE is None:
        return {}
    found: dict[str, dict[str, dict[str, float]]] = json.loads(
        (REFERENCE / "trade" / "tismos_india_2022_expected.json").read_text(encoding="utf-8")
    )
    return found


@pytest.fixture(scope="module")
def india(reference: Path) -> pd.DataFrame:
    return read_tismos(reference / "trade" / "tismos_india_2022.csv")


@pytest.fixture(scope="module")
def world(reference: Path) -> pd.DataFrame:
    path = reference / "trade" / "seed_tismos_world_exports_2022_usd_bn.csv"
    return read_tismos(path, unit="USD_BN", reporter="World", flow="exports", year=2022)


@pytest.mark.parametrize(
    ("flow", "key", "mode"),
    [(flow, key, mode) for flow, keys in _expected().items() for key, found in keys.items() for mode in found],
)
def test_india(india: pd.DataFrame, flow: str, key: str, mode: str) -> None:
    expected = _expected()[flow][key][mode]
    total = india[(india["indicator"] == FLOWS[flow]) & (india["activity"] == "SOXSW")].set_index("mode")["value"]
    table = modes(india)
    added = mode_totals(table[table["indicator"] == FLOWS[flow]]).set_index("mode")
    found = {
        "total": total[mode],
        "sum_level1": added["value"][mode],
        "diff": total[mode] - added["value"][mode],
        "mode_share_pct": 100 * total[mode] / total.sum(),
    }[key]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_table_10_reads_wide_in_billions(world: pd.DataFrame) -> None:
    table = modes(world)
    assert len(table) == 4 * len(MODE_CATEGORIES)
    value = table[(table["activity"] == "SFSG") & (table["mode"] == "Mode 3")]["value"].item()
    assert value == pytest.approx(2_205_900.0)
    totals = mode_totals(table).set_index("mode")["value"] / 1000
    assert totals.round(1).to_dict() == {"Mode 1": 6114.8, "Mode 2": 1415.9, "Mode 3": 9899.0, "Mode 4": 208.4}


def test_mode_3_is_over_half_of_what_meti_says_it_is(world: pd.DataFrame) -> None:
    shares = mode_shares(modes(world)).set_index(["activity", "mode"])["value"]
    assert all(shares[code, "Mode 3"] > 50 for code in ("SJXSJ34", "SFSG")) is True
    assert shares["SH", "Mode 1"] == 100.0


def test_margins_stand_apart(world: pd.DataFrame) -> None:
    table = modes(world)
    with_margins, without = mode_totals(table), mode_totals(table, margins=False)
    gap = with_margins.set_index("mode")["value"] - without.set_index("mode")["value"]
    assert gap.round(6).to_dict() == {"Mode 1": 1_020_900.0, "Mode 2": 0.0, "Mode 3": 2_369_100.0, "Mode 4": 0.0}
    assert set(table.loc[table["margins"], "activity"]) == {"SWSJ34"}


def test_printed_table_10_is_rounding_not_error(reference: Path) -> None:
    table = pd.read_csv(reference / "trade" / "seed_tismos_world_exports_2022_usd_bn.csv", dtype="str")
    printed = table.rename(columns={"tismos_code": "code"})[["code", "mode1", "mode2", "mode3", "mode4"]]
    assert set(check_mode_table(printed)["verdict"]) == {"rounding"}
    wrong = printed.mask(printed == "1885.9", "1855.9")
    assert check_mode_table(wrong).set_index("what")["verdict"].to_dict() == {
        "mode1 total": "rounding",
        "mode2 total": "rounding",
        "mode3 total": "error",
        "mode4 total": "rounding",
    }


def test_a_wrong_category_is_refused(world: pd.DataFrame) -> None:
    wrong = world.copy()
    wrong.loc[(wrong["activity"] == "SISK1") & (wrong["mode"] == "Mode 3"), "value"] = 1_855_900.0
    with pytest.raises(TradeError) as caught:
        modes(wrong)
    assert str(caught.value) == (
        "Categories of WLD 2022 Mode 3 add to 9,869,000.000, the published total is 9,898,800.000: more than rounding. "
        "Check the table for a misread or missing category."
    )
    with pytest.raises(TradeError, match=r"Categories 'SH' are not in the data by mode"):
        modes(world[world["activity"] != "SH"])


def test_mode_5_has_its_own_basis_and_no_common_total(world: pd.DataFrame) -> None:
    mode5 = services_frame(
        [{"indicator": "MODE5_DOM", "reporter": "WLD", "partner": "W", "activity": "_T", "year": 2022, "value": 3e6}],
        unit="USD_MN",
        method="leontief",
        source="table",
        edition="1",
    )
    table = modes(world, mode5=mode5)
    assert set(table["basis"]) == {"gross sales", "value added"}
    assert "Mode 5" not in set(mode_totals(table)["mode"])
    assert mode_totals(table, basis="value added")["value"].to_list() == [3e6]
    with pytest.raises(TradeError, match="Gross sales and value added have no common total"):
        mode_totals(table, basis="all")
    by_industry = pd.concat([mode5, mode5.assign(activity="C29", value=1e6)])
    pd.testing.assert_frame_equal(modes(world, mode5=by_industry), table)
    both = pd.concat([mode5, mode5.assign(indicator="MODE5_TOT")])
    with pytest.raises(TradeError, match="more than one indicator: 'MODE5_DOM', 'MODE5_TOT'"):
        modes(world, mode5=both)
    with pytest.raises(TradeError, match="hold no level of services value added"):
        modes(world, mode5=mode5.assign(unit="PCT"))
    billions = mode5.assign(unit="USD_BN")
    with pytest.raises(TradeError, match="Mode 5 is not in USD_MN"):
        modes(world, mode5=billions)


def test_what_a_title_says_must_be_given(reference: Path, tmp_path: Path) -> None:
    path = reference / "trade" / "seed_tismos_world_exports_2022_usd_bn.csv"
    with pytest.raises(TradeError, match=r"do not say their unit\. Pass unit='USD_BN' or unit='USD_MN'\."):
        read_tismos(path)
    with pytest.raises(TradeError, match="does not say the year"):
        read_tismos(path, unit="USD_BN")
    with pytest.raises(TradeError, match="does not say the reporter"):
        read_tismos(path, unit="USD_BN", year=2022)
    unknown = tmp_path / "unknown.csv"
    unknown.write_text(
        "reporter,flow,year,indicator,mode,value_musd\nIndia,export,2022,SX9,Mode 1,1\n", encoding="utf-8"
    )
    with pytest.raises(ClassificationError, match="Service item 'SX9' is unknown"):
        read_tismos(unknown)
