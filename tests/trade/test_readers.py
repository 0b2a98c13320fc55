"""One table written in the layout of every source reads back to the same numbers."""

from __future__ import annotations

import gzip
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import MissingDependencyError, ReadError, TradeError
from surveykit.trade import from_pymrio, indicators, read_adb, read_figaro, read_icio, read_mrio, read_wiod
from surveykit.trade.readers.files import open_table_file
from surveykit.trade.tables import InterCountryTable
from tests.trade.layouts import (
    Specimen,
    adb_grid,
    figaro_flat,
    icio_frame,
    specimen,
    wiod13_grid,
    wiod16_frame,
    wiod16_grid,
    write_grid,
)

REGIONS = ("JPN", "DEU", "ROW")
ICIO_FD = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT")
WIOD16 = ("A01", "C10-C12", "J61", "J62_J63")
WIOD16_FD = ("CONS_h", "CONS_np", "CONS_g", "GFCF", "INVEN")


def same(table: InterCountryTable, s: Specimen, *, exact: bool = False) -> None:
    tolerance = 0.0 if exact else 1e-12
    np.testing.assert_allclose(table.intermediate, s.Z, rtol=tolerance)
    np.testing.assert_allclose(table.final_demand, s.Y, rtol=tolerance)
    np.testing.assert_allclose(table.value_added, s.VA, rtol=1e-12)
    np.testing.assert_allclose(table.taxes, s.TLS, rtol=1e-12)
    np.testing.assert_allclose(table.output, s.x, rtol=1e-12)
    assert table.validate().ok


def test_the_icio_layout_reads_plain_gzip_and_zip(tmp_path: Path) -> None:
    s = specimen(REGIONS, ("A01_02", "C26", "J62_63"), ICIO_FD)
    text = icio_frame(s).to_csv()
    (tmp_path / "ICIO2023_2020.csv").write_text(text)
    with gzip.open(tmp_path / "2020_SML.csv.gz", "wt") as stream:
        stream.write(text)
    with zipfile.ZipFile(tmp_path / "2016-2022_SML.zip", "w") as archive:
        archive.writestr("2020_SML.csv", text)
        archive.writestr("2021_SML.csv", text)
    table = read_icio(tmp_path / "ICIO2023_2020.csv")
    same(table, s)
    assert (table.year, table.edition, table.source, table.scheme) == (2020, "ICIO2023", "OECD ICIO", "icio2023")
    same(read_icio(tmp_path / "2020_SML.csv.gz"), s)
    same(read_icio(tmp_path / "2016-2022_SML.zip", year=2021), s)
    with pytest.raises(ReadError, match="holds 2 tables that fit"):
        read_icio(tmp_path / "2016-2022_SML.zip")


def test_labels_not_positions_say_what_a_cell_is(tmp_path: Path) -> None:
    s = specimen(REGIONS, ("A01_02", "C26", "J62_63"), ICIO_FD)
    frame = icio_frame(s)
    rng = np.random.default_rng(3)
    shuffled = frame.iloc[rng.permutation(len(frame)), rng.permutation(frame.shape[1])]
    shuffled.to_csv(tmp_path / "2020.csv")
    table, straight = read_icio(tmp_path / "2020.csv"), tmp_path / "straight.csv"
    frame.to_csv(straight)
    wanted = read_icio(straight)
    order = [table.labels.index(label) for label in wanted.labels]
    np.testing.assert_array_equal(table.intermediate[np.ix_(order, order)], wanted.intermediate)
    np.testing.assert_array_equal(table.value_added[order], wanted.value_added)
    regions = [table.regions.index(name) for name in wanted.regions]
    np.testing.assert_allclose(table.demand_by_region()[np.ix_(order, regions)], wanted.demand_by_region(), rtol=1e-12)


def test_separators_quotes_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    s = specimen(REGIONS, ("A01_02", "C26"), ICIO_FD)
    (tmp_path / "t.csv").write_text("\ufeff" + icio_frame(s).to_csv(sep=";", quoting=1), encoding="utf-8")
    same(read_icio(tmp_path / "t.csv"), s)


def test_older_editions_keep_taxes_by_country_and_other_names(tmp_path: Path) -> None:
    s = specimen(REGIONS, ("D01T03", "D10T12", "D62T63"), ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "P33"))
    frame = icio_frame(s).rename(index={"VA": "VALU", "OUT": "OUTPUT"}, columns={"OUT": "TOTAL"})
    taxes = frame.loc["TLS"]
    frame = frame.drop(index="TLS")
    for region in REGIONS:
        frame.loc[f"{region}_TAXSUB"] = taxes / len(REGIONS)
    frame.to_csv(tmp_path / "ICIO2018_2015.csv")
    table = read_icio(tmp_path / "ICIO2018_2015.csv")
    same(table, s)
    assert table.activity("C").industries == ("D10T12",)
    assert table.activity("J").industries == ("D62T63",)


def test_the_wiod_2013_workbook(tmp_path: Path) -> None:
    codes = [f"C{k:02d}" for k in range(1, 6)]
    s = specimen(REGIONS, codes, ("c37", "c38", "c39", "c41", "c42"))
    table = read_wiod(write_grid(wiod13_grid(s), tmp_path / "wiot05_row_apr12.xlsx"))
    same(table, s)
    assert (table.year, table.scheme, table.industries) == (2005, "wiod13", tuple(codes))


def test_the_wiod_2016_csv_of_several_years_and_workbook(tmp_path: Path) -> None:
    s, later = (specimen(REGIONS, WIOD16, WIOD16_FD, seed=seed) for seed in (1, 2))
    pd.concat([wiod16_frame(s, 2013), wiod16_frame(later, 2014)]).to_csv(tmp_path / "wiot.csv", index=False)
    same(read_wiod(tmp_path / "wiot.csv", year=2013), s)
    same(read_wiod(tmp_path / "wiot.csv", year=2014), later)
    with pytest.raises(ReadError, match="2013 to 2014"):
        read_wiod(tmp_path / "wiot.csv")
    table = read_wiod(write_grid(wiod16_grid(s), tmp_path / "WIOT2014_Nov16_ROW.xlsx"))
    same(table, s)
    assert (table.year, table.scheme) == (2014, "wiod16")
    assert table.activity("J").industries == ("J61", "J62_J63")


def test_the_adb_workbook_finds_countries_under_its_own_codes(tmp_path: Path) -> None:
    s = specimen(("JPN", "GER", "RoW"), [f"c{k}" for k in range(1, 5)], ("F1", "F2", "F3", "F4", "F5"))
    table = read_adb(write_grid(adb_grid(s), tmp_path / "ADB-MRIO-2020.xlsx"))
    same(table, s)
    assert (table.year, table.scheme) == (2020, "adb")
    assert table.regions == ("JPN", "DEU", "RoW")
    assert table.labels[4] == "GER_c1"


def test_figaro_matrix_and_flat_file_agree(tmp_path: Path) -> None:
    s = specimen(("JP", "DE", "FIGW1"), ("A01", "C26", "J62_63"), ("P3_S13", "P3_S14", "P3_S15", "P51G", "P5M"))
    frame = icio_frame(s).drop(columns="OUT").drop(index="OUT").rename(index={"TLS": "W2_D21X31", "VA": "W2_D1"})
    frame.loc["W2_OP_RES"] = 0.0
    frame.loc["W2_B2A3G"] = frame.loc["W2_D1"] * 0.25
    frame.loc["W2_D1"] *= 0.75
    frame.index.name = "rowLabels"
    frame.to_csv(tmp_path / "matrix_eu-ic-io_ind-by-ind_23ed_2020.csv")
    figaro_flat(s).to_csv(tmp_path / "flat_eu-ic-io_ind-by-ind_23ed_2020.csv", index=False)
    for name in ("matrix", "flat"):
        table = read_figaro(tmp_path / f"{name}_eu-ic-io_ind-by-ind_23ed_2020.csv")
        same(table, s)
        assert (table.year, table.unit, table.edition) == (2020, "EUR_MN", "23ed")
    assert table.regions[table.regions.index("JP")] == table.regions[0]


@pytest.mark.parametrize(
    ("layout", "reader"), [("figaro", "read_figaro"), ("wiod16", "read_wiod"), ("workbook", "read_wiod or read_adb")]
)
def test_a_table_of_another_source_names_its_reader(layout: str, reader: str, tmp_path: Path) -> None:
    if layout == "figaro":
        path = tmp_path / "flat.csv"
        figaro_flat(specimen(("JP", "DE"), ("A01",), ("P51G",))).to_csv(path, index=False)
    elif layout == "wiod16":
        path = tmp_path / "wiot.csv"
        wiod16_frame(specimen(REGIONS, WIOD16, WIOD16_FD), 2014).to_csv(path, index=False)
    else:
        path = tmp_path / "t.xlsx"
        path.write_bytes(b"PK")
    with pytest.raises(ReadError, match=reader):
        read_icio(path)


def test_wiod_in_the_icio_layout_is_the_same_through_either_reader(reference: Path) -> None:
    path = reference / "trade" / "wiod13_2011_11reg.csv"
    one, other = read_icio(path), read_wiod(path)
    np.testing.assert_array_equal(one.intermediate, other.intermediate)
    assert one.scheme == other.scheme == "wiod13"
    assert one.source == other.source == "WIOD 2013"
    assert one.year == other.year == 2011


def _split_specimen() -> pd.DataFrame:
    s = specimen(("JPN", "CN1", "CN2", "MX1", "MX2", "ROW"), ("C26", "J61"), ICIO_FD)
    frame = icio_frame(s)
    for parts, whole in ((("CN1", "CN2"), "CHN"), (("MX1", "MX2"), "MEX")):
        for code in ICIO_FD:
            frame[f"{whole}_{code}"] = frame.pop(f"{parts[0]}_{code}") + frame.pop(f"{parts[1]}_{code}")
    return frame


def test_split_countries_are_one_country_and_merge_on_request(tmp_path: Path) -> None:
    frame = _split_specimen()
    frame.to_csv(tmp_path / "2020.csv")
    apart, merged = read_icio(tmp_path / "2020.csv"), read_icio(tmp_path / "2020.csv", merge_split=True)
    assert apart.regions == merged.regions == ("JPN", "CHN", "MEX", "ROW")
    assert (len(apart.labels), len(merged.labels)) == (12, 8)
    assert merged.labels[2:4] == ("CHN_C26", "CHN_J61")
    china = [label for label in frame.index if label.startswith(("CN1", "CN2"))]
    np.testing.assert_allclose(
        merged.intermediate[2, 2], frame.loc[["CN1_C26", "CN2_C26"], ["CN1_C26", "CN2_C26"]].to_numpy().sum()
    )
    np.testing.assert_allclose(apart.value_added.sum(), merged.value_added.sum())
    exports = frame.loc[china].drop(columns=[*china, *(f"CHN_{code}" for code in ICIO_FD), "OUT"]).to_numpy().sum()
    for table in (apart, merged):
        found = indicators(table, "EXGR", country="China", industries="_T")
        assert found["value"].item() == pytest.approx(exports, rel=1e-12)
    with pytest.raises(TradeError, match=r"'CN1' is a part of 'CHN'. Ask for 'CHN'"):
        indicators(apart, "EXGR", country="CN1")


def test_a_file_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.csv.gz", "wb") as stream:
        stream.write(b"0" * 10_000_000)
    with (
        pytest.raises(ReadError, match="unpacks to more"),
        open_table_file(tmp_path / "bomb.csv.gz", limit=1_000_000) as stream,
    ):
        stream.read()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no header"),
        ("V1,JPN_C26\n", "no rows"),
        ("V1,a,b\nx,1,2\ny,1,2,3\n", "not a rectangular table"),
        ("V1,a,b,c\nx,1,2\n", "4 cells in its header and 3"),
        ("V1,name,thing\nx,1,2\n", "No industries"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ReadError, match=message):
        read_icio(tmp_path / "t.csv")


def test_a_damaged_archive_and_an_absent_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"V1,a\n" * 1000)[:-20])
    with pytest.raises(ReadError, match="damaged"):
        read_icio(tmp_path / "t.csv.gz")
    with pytest.raises(ReadError, match="There is no file"):
        read_icio(tmp_path / "none.csv")


class FakeExtension:
    name = "factor_inputs"

    def __init__(self, F: pd.DataFrame) -> None:
        self.F = F


class FakeSystem:
    """The part of a pymrio system that is read."""

    def __init__(self, s: Specimen, shuffle: bool = False) -> None:
        rows, demands = pd.MultiIndex.from_tuples(s.rows), pd.MultiIndex.from_tuples(s.demands)
        order = rows[::-1] if shuffle else rows
        self.Z = pd.DataFrame(s.Z, rows, rows).loc[:, order]
        self.Y = pd.DataFrame(s.Y, rows, demands)
        self._inputs = pd.DataFrame([s.VA, s.TLS], index=["Value added", "Taxes"], columns=rows).loc[:, order]

    def get_extensions(self, data: bool) -> list[FakeExtension]:
        assert data
        return [FakeExtension(self._inputs)]


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_pymrio_system_is_taken_over_by_label(shuffle: bool) -> None:
    s = specimen(REGIONS, ("A01_02", "C26"), ICIO_FD)
    table = from_pymrio(FakeSystem(s, shuffle), value_added=["Value added"], taxes=["Taxes"], year=2020)
    same(table, s)
    with pytest.raises(ReadError, match="Did you mean 'Value added'"):
        from_pymrio(FakeSystem(s), value_added=["Value addd"])


def test_a_missing_extra_names_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setitem(sys.modules, "pymrio", None)
    with pytest.raises(MissingDependencyError, match=r"surveykit\[mrio\]"):
        read_mrio(tmp_path, "exiobase3")
    with pytest.raises(TradeError, match="Did you mean 'exiobase3'"):
        read_mrio(tmp_path, "exiobase33")


def test_a_system_of_pymrio_itself_gives_the_same_indicators() -> None:
    pymrio = pytest.importorskip("pymrio", reason="pymrio (extra mrio) is not installed")
    s = specimen(REGIONS, ("A01_02", "C26", "J61"), ICIO_FD, taxes=0.0)
    rows, demands = pd.MultiIndex.from_tuples(s.rows), pd.MultiIndex.from_tuples(s.demands)
    rows.names, demands.names = ["region", "sector"], ["region", "category"]
    inputs = {"name": "factor_inputs", "F": pd.DataFrame([s.VA], index=["VA"], columns=rows)}
    system = pymrio.IOSystem(
        Z=pd.DataFrame(s.Z, rows, rows), Y=pd.DataFrame(s.Y, rows, demands), factor_inputs=inputs
    ).calc_all()
    table = from_pymrio(system)
    same(table, s)
    found = indicators(table, "FFD_DVA", industries="_T").set_index("reporter")["value"]
    account = system.factor_inputs.D_exp.loc["VA"].groupby(level=0).sum()
    np.testing.assert_allclose(found, account.loc[found.index], rtol=1e-10)
