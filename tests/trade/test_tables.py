"""What is wrong with a table is named, all at once; a table that would give wrong numbers computes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import TradeError
from surveykit.trade import InterCountryTable, decompose, indicators, origin_of_value_added, read_icio
from surveykit.trade.tables import add_taxes_to_value_added, region_index
from tests.trade.layouts import icio_frame, specimen
from tests.trade.reference_tables import expected_frame, folder, reference_table
from tests.trade.test_activities import codes
from tests.trade.test_value_added import CODES, as_table

Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture
def frame() -> pd.DataFrame:
    return icio_frame(specimen(("JPN", "DEU", "ROW"), ("A01_02", "C26", "J61"), ("HFCE", "GFCF")))


def put(row: str, column: str, value: object) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        changed = frame.astype(object)
        changed.loc[row, column] = value
        return changed

    return change


def times(row: str, column: str, factor: float) -> Change:
    return lambda frame: put(row, column, frame.loc[row, column] * factor)(frame)


def twice(label: str, axis: int) -> Change:
    return lambda frame: pd.concat([frame, frame.loc[[label]] if axis == 0 else frame[[label]]], axis=axis)


BROKEN: list[tuple[str, Change, list[str]]] = [
    ("a cell is off", times("JPN_C26", "DEU_C26", 3), ["Row 'JPN_C26': uses", "Column 'DEU_C26': inputs"]),
    ("value added is off", times("VA", "ROW_J61", 1.1), ["Column 'ROW_J61': inputs, taxes and value added add to"]),
    ("value added is missing", put("VA", "JPN_J61", np.nan), ["Row 'VA': 1 cell(s), first 'JPN_J61', missing"]),
    ("a cell is missing", put("DEU_C26", "JPN_J61", np.nan), ["Row 'DEU_C26': 1 cell(s), first 'JPN_J61', missing"]),
    ("a cell is infinite", put("DEU_C26", "JPN_J61", np.inf), ["Row 'DEU_C26': 1 cell(s), first 'JPN_J61'"]),
    (
        "a cell is text",
        put("DEU_C26", "JPN_J61", "n.a.!"),
        ["Row 'DEU_C26', column 'JPN_J61': 'n.a.!' is not a number"],
    ),
    ("a row is absent", lambda f: f.drop(index="JPN_C26"), ["Industry 'JPN_C26' has a column but no row"]),
    ("a column is absent", lambda f: f.drop(columns="JPN_C26"), ["Industry 'JPN_C26' has a row but no column"]),
    ("final demand is absent", lambda f: f.drop(columns="JPN_HFCE"), ["Row 'JPN_A01_02': uses", "Row 'ROW_J61': uses"]),
    ("no value added", lambda f: f.drop(index="VA"), ["There is no row of value added"]),
    ("no output", lambda f: f.drop(index="OUT", columns="OUT"), ["neither a row nor a column of output"]),
    ("the end is cut off", lambda f: f.iloc[:7], ["'ROW_C26' has a column but no row", "no row of value added"]),
    ("a row stands twice", twice("DEU_C26", 0), ["Row 'DEU_C26' stands more than once"]),
    ("a column stands twice", twice("DEU_C26", 1), ["Column 'DEU_C26' stands more than once"]),
    ("value added twice", twice("VA", 0), ["Row 'VA' stands more than once"]),
    ("an unknown column", lambda f: f.rename(columns={"JPN_GFCF": "JPN_XYZ"}), ["Column 'JPN_XYZ' is neither"]),
    (
        "an unknown row",
        lambda f: f.rename(index={"TLS": "THING"}),
        ["Row 'THING' is neither", "Column 'JPN_A01_02': inputs"],
    ),
    ("outputs disagree", times("OUT", "JPN_C26", 1.01), ["output is", "Row 'JPN_C26': uses"]),
]


@pytest.mark.parametrize(("change", "messages"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_table_is_refused_by_name(
    change: Change, messages: list[str], frame: pd.DataFrame, tmp_path: Path
) -> None:
    change(frame).to_csv(tmp_path / "t.csv")
    with pytest.raises(TradeError) as error:
        read_icio(tmp_path / "t.csv")
    for message in messages:
        assert message in str(error.value)
    table = read_icio(tmp_path / "t.csv", check=False)
    validation = table.validate()
    assert not validation.ok
    listed = "\n".join(validation.to_frame()["message"])
    for message in messages:
        assert message in listed
    for verb in (indicators, origin_of_value_added, lambda found: decompose(found, "kww")):
        with pytest.raises(TradeError, match="would give wrong numbers"):
            verb(table)


def test_all_findings_come_at_once(frame: pd.DataFrame, tmp_path: Path) -> None:
    broken = put("DEU_C26", "JPN_J61", np.nan)(times("VA", "ROW_J61", 1.1)(frame))
    broken = twice("JPN_A01_02", 0)(broken)
    broken.to_csv(tmp_path / "t.csv")
    found = read_icio(tmp_path / "t.csv", check=False).validate().to_frame()
    assert list(found.columns) == ["severity", "check", "label", "value", "expected", "message"]
    assert {"JPN_A01_02", "DEU_C26", "ROW_J61"} <= set(found.loc[found["severity"] == "error", "label"])


def test_tolerance_is_a_share_of_output(frame: pd.DataFrame, tmp_path: Path) -> None:
    times("VA", "ROW_J61", 1.001)(frame).to_csv(tmp_path / "t.csv")
    with pytest.raises(TradeError, match="larger tolerance="):
        read_icio(tmp_path / "t.csv")
    table = read_icio(tmp_path / "t.csv", tolerance=0.01)
    assert table.validate().ok
    assert not table.validate(tolerance=1e-6).ok
    assert len(indicators(table, "EXGR", industries="_T")) == 3


def test_negative_value_added_and_zero_output_are_said_but_computed() -> None:
    table = reference_table("wiod13_2011_full41")
    validation = table.validate()
    assert validation.ok
    kinds = validation.to_frame().groupby("check").size().to_dict()
    assert kinds == {"negative output": 2, "negative value added": 3, "zero output": 20}
    assert "negative output -1" in str(validation)


def test_the_reference_in_any_order_gives_the_recorded_numbers(tmp_path: Path) -> None:
    frame = pd.read_csv(folder() / "wiod13_2011_11reg.csv", index_col=0)
    rng = np.random.default_rng(0)
    frame.iloc[rng.permutation(len(frame)), rng.permutation(frame.shape[1])].to_csv(tmp_path / "2011.csv")
    found = indicators(read_icio(tmp_path / "2011.csv"), "EXGR_DVA").set_index(["reporter", "activity"])["value"]
    for row in expected_frame("wiod13_2011_11reg", "industry").itertuples():
        assert found[row.country, row.industry] == pytest.approx(row.EXGR_DVA, rel=1e-6, abs=1e-6)


def test_aggregation_gives_the_tiny_reference_table() -> None:
    tiny, whole = reference_table("tiny_wiod13_2011_4x4"), reference_table("wiod13_2011_11reg")
    manufacturing = [f"C{k:02d}" for k in range(3, 17)]
    goods, ict = ["C01", "C02", "C17", "C18"], ["C27", "C30"]
    rest = [code for code in whole.industries if code not in {*goods, *manufacturing, *ict}]
    row = [name for name in whole.regions if name not in {"JPN", "USA", "CHN", "ROW"}]
    found = whole.aggregate(
        regions={"ROW": [*row, "ROW"]},
        industries={"GOODS": goods, "MANUF": manufacturing, "ICTBUS": ict, "OSERV": rest},
    )
    order = [found.labels.index(label) for label in tiny.labels]
    np.testing.assert_array_equal(found.intermediate[np.ix_(order, order)], tiny.intermediate)
    np.testing.assert_array_equal(found.value_added[order], tiny.value_added)
    columns = [found.regions.index(name) for name in tiny.regions]
    np.testing.assert_array_equal(found.demand_by_region()[np.ix_(order, columns)], tiny.demand_by_region())
    assert found.validate().ok


def test_an_aggregated_table_still_knows_its_sections() -> None:
    table = as_table(specimen(("JPN", "DEU", "ROW"), CODES, ("HFCE",)))
    found = table.aggregate(industries={"ICT": "J", "MADE": "C"})
    assert found.industries == ("A01_02", "MADE", "D", "ICT")
    assert found.activity("J").industries == ("ICT",)
    assert found.activity("GOODS").industries == ("A01_02", "MADE")
    mixed = table.aggregate(industries={"MIX": ["C26", "J61"]})
    with pytest.raises(TradeError, match="cannot be told apart in the aggregated industries 'MIX'"):
        mixed.activity("J")


def test_aggregated_exports_leave_out_trade_inside_the_new_region() -> None:
    table = as_table(specimen(("JPN", "DEU", "FRA", "ROW"), CODES, ("HFCE",)))
    union = indicators(table.aggregate(regions={"EU": ["DEU", "FRA"]}), "EXGR", country="EU", industries="_T")[
        "value"
    ].item()
    flows = indicators(table, "EXGR", country=["DEU", "FRA"], industries="_T", partner=["JPN", "ROW"])
    assert union == pytest.approx(flows["value"].sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"regions": {"EU": ["DEU", "FRX"]}}, "'FRX' of 'EU' is not in the table"),
        ({"regions": {"EU": ["DEU"], "XX": ["DEU"]}}, "in 'EU' and in 'XX'"),
        ({"regions": {"JPN": ["DEU"]}}, "'JPN' is also a region that stays"),
        ({"industries": {"X": ["C27"]}}, "C27"),
    ],
)
def test_groups_that_do_not_fit_are_refused(groups: dict[str, dict[str, list[str]]], message: str) -> None:
    table = as_table(specimen(("JPN", "DEU", "ROW"), CODES, ("HFCE",)))
    with pytest.raises(TradeError, match=message):
        table.aggregate(**groups)


def test_a_country_is_found_under_any_name() -> None:
    table = as_table(specimen(("JP", "KOR", "GBR", "ROW"), CODES[:2], ("HFCE",)))
    assert [region_index(table, name) for name in ("Japan", "JPN", "ROK", "U.K.", "ROW")] == [0, 0, 1, 2, 3]


def test_taxes_in_value_added_close_the_accounts() -> None:
    table = as_table(specimen(("JPN", "DEU"), CODES, ("HFCE",), taxes=0.05))
    closed = add_taxes_to_value_added(table)
    assert closed.validate().ok
    found = origin_of_value_added(closed, unit="USD_MN").groupby("reporter")["value"].sum()
    gross = indicators(closed, "EXGR", industries="_T").set_index("reporter")["value"]
    np.testing.assert_allclose(found, gross.loc[found.index], rtol=1e-10)


def test_a_table_says_what_it_is(reference: Path) -> None:
    table = read_icio(reference / "trade" / "wiod13_2011_11reg.csv")
    assert isinstance(table, InterCountryTable)
    assert repr(table) == "InterCountryTable(WIOD 2013, 2011, 11 regions x 35 industries, 385 rows, USD_MN)"


def test_a_rounded_file_is_accepted_and_one_wrong_row_in_it_is_not(tmp_path: Path) -> None:
    many = codes("icio2023")
    rounded = icio_frame(specimen(("JPN", "DEU", "ROW"), many, ("HFCE", "GFCF"))).round(2)
    rounded.to_csv(tmp_path / "rounded.csv")
    notes = read_icio(tmp_path / "rounded.csv").validate().to_frame()
    assert notes["check"].tolist() == ["rounding", "rounding"]
    off = put("JPN_C26", "DEU_J61", rounded.loc["JPN_C26", "DEU_J61"] + 1000)(rounded)
    off.to_csv(tmp_path / "wrong.csv")
    with pytest.raises(TradeError, match=r"2 finding\(s\)") as error:
        read_icio(tmp_path / "wrong.csv")
    assert "Row 'JPN_C26': uses" in str(error.value)
    assert "Column 'DEU_J61': inputs" in str(error.value)
