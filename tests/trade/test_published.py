"""Published TiVA: SDMX-CSV and SDMX-ML say the same, units are read, Figure 5 follows."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest

from surveykit.classifications import tile_activity
from surveykit.errors import ClassificationError, MissingDependencyError, ReadError, TradeError
from surveykit.trade import fetch_tiva, origin_of_value_added, origin_shares, read_icio, read_tiva, tiva_query
from surveykit.trade.published import PUBLISHED_KEYS

HEADER = (
    "DATAFLOW,MEASURE,VALUE_ADDED_SOURCE_AREA,VALUE_ADDED_SOURCE_ACTIVITY,EXPORTING_AREA,EXPORTING_ACTIVITY,"
    "UNIT_MEASURE,FREQ,TIME_PERIOD,OBS_VALUE,UNIT_MULT"
)
FLOW = "OECD.STI.PIE:DSD_TIVA_EXGRVA@DF_EXGRVA(1.1)"
LEVELS = {"W": 100.0, "JPN": 71.0, "USA": 9.0, "CHN": 6.0, "EU27_2020": 5.0, "ASEAN": 4.0, "DEU": 2.0}


def _rows() -> list[str]:
    rows = []
    for reporter in ("JPN", "DEU"):
        for activity, size in (("C", 1.0), ("G", 2.0), ("H", 3.0), ("I", 1.0)):
            for area, value in LEVELS.items():
                rows.append(f"{FLOW},EXGR_BSCI,{area},J,{reporter},{activity},USD,A,2020,{value * size},6")
    return rows


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    path = tmp_path / "exgrva.csv"
    path.write_text("\n".join([HEADER, *_rows()]) + "\n", encoding="utf-8")
    return path


def _generic(rows: list[str]) -> str:
    names = HEADER.split(",")
    series = []
    for row in rows:
        cells = dict(zip(names, row.split(","), strict=True))
        key = "".join(f'<g:Value id="{name}" value="{cells[name]}"/>' for name in names[1:8])
        series.append(
            f"<g:Series><g:SeriesKey>{key}</g:SeriesKey>"
            f'<g:Attributes><g:Value id="UNIT_MULT" value="{cells["UNIT_MULT"]}"/></g:Attributes>'
            f'<g:Obs><g:ObsDimension value="{cells["TIME_PERIOD"]}"/>'
            f'<g:ObsValue value="{cells["OBS_VALUE"]}"/></g:Obs></g:Series>'
        )
    return (
        '<?xml version="1.0"?><m:GenericData xmlns:m="m" xmlns:g="g"><m:Header/><m:DataSet>'
        + "".join(series)
        + "</m:DataSet></m:GenericData>"
    )


def _specific(rows: list[str], *, flat: bool) -> str:
    names = HEADER.split(",")
    parts = []
    for row in rows:
        cells = dict(zip(names, row.split(","), strict=True))
        key = " ".join(f'{name}="{cells[name]}"' for name in [*names[1:8], "UNIT_MULT"])
        obs = f'TIME_PERIOD="{cells["TIME_PERIOD"]}" OBS_VALUE="{cells["OBS_VALUE"]}"'
        parts.append(f"<Obs {key} {obs}/>" if flat else f"<Series {key}><Obs {obs}/></Series>")
    return (
        '<m:StructureSpecificData xmlns:m="m"><m:DataSet>' + "".join(parts) + "</m:DataSet></m:StructureSpecificData>"
    )


@pytest.mark.parametrize("form", ["generic", "series", "flat", "gzip"])
def test_markup_says_the_same_as_text(exports: Path, tmp_path: Path, form: str) -> None:
    text = {"generic": _generic(_rows()), "series": _specific(_rows(), flat=False)}.get(
        form, _specific(_rows(), flat=True)
    )
    path = tmp_path / ("data.xml.gz" if form == "gzip" else "data.xml")
    path.write_bytes(gzip.compress(text.encode()) if form == "gzip" else text.encode())
    pd.testing.assert_frame_equal(read_tiva(path, edition="2025"), read_tiva(exports, edition="2025"))


def test_frame_is_that_of_the_room(exports: Path) -> None:
    frame = read_tiva(exports, reporters="Japan")
    assert set(frame["unit"]) == {"USD_MN"}
    assert set(frame["edition"]) == {FLOW}
    row = frame[(frame["origin_area"] == "USA") & (frame["activity"] == "H")]
    assert row["value"].item() == 27.0
    assert row["partner"].item() == "_Z"
    assert not frame.duplicated(list(PUBLISHED_KEYS)).any()


def test_multiplier_and_percent_are_read(tmp_path: Path) -> None:
    path = tmp_path / "main.csv"
    path.write_text(
        "DATAFLOW,MEASURE,REF_AREA,ACTIVITY,COUNTERPART_AREA,UNIT_MEASURE,FREQ,TIME_PERIOD,OBS_VALUE,UNIT_MULT,OBS_STATUS\n"
        "F,EXGR,JPN,C,W,USD,A,2020,0.5,9,A\nF,EXGR_DVASH,JPN,C,W,PT_EXGR,A,2020,82.5,0,A\nF,EXGR,JPN,J,W,USD,A,2020,,6,M\n",
        encoding="utf-8",
    )
    frame = read_tiva(path).set_index(["indicator", "activity"])
    assert frame["value"]["EXGR", "C"] == 500.0
    assert frame["unit"]["EXGR_DVASH", "C"] == "PCT"
    assert frame["reason"]["EXGR", "J"] == "not published (status M)"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("PT_EXGR", "HOURS"), encoding="utf-8")
    with pytest.raises(TradeError, match=r"Units 'HOURS' of 'main\.csv' are not known"):
        read_tiva(path)
    path.write_text(text.replace("UNIT_MULT", "MULT"), encoding="utf-8")
    with pytest.raises(TradeError, match="no column UNIT_MULT, so their size is not known"):
        read_tiva(path)


def test_dimensions_can_be_named(exports: Path) -> None:
    text = exports.read_text(encoding="utf-8").replace("VALUE_ADDED_SOURCE_AREA", "ORIGIN_COUNTRY")
    exports.write_text(text, encoding="utf-8")
    with pytest.raises(TradeError, match=r"row\(s\) twice"):
        read_tiva(exports)
    assert read_tiva(exports, columns={"origin_area": "ORIGIN_COUNTRY"})["origin_area"].nunique() == 7
    with pytest.raises(ReadError, match="columns= names what is not there: 'ORIGIN'"):
        read_tiva(exports, columns={"origin_area": "ORIGIN"})


def test_files_that_are_not_data_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.xml"
    for text, message in (
        ("<a><b></a>", "is damaged or no XML"),
        ("<Structure/>", "holds no SDMX observations"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares a document type"),
        ("a,b\n1,2\n", "is no SDMX-CSV file"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ReadError, match=message):
            read_tiva(path)


def test_figure_5_from_a_published_file(exports: Path) -> None:
    frame = read_tiva(exports)
    shares = origin_shares(frame, activities={"manufacturing": "C", "services": "G-I"}, reporters=["JPN", "DEU"])
    rows = shares.set_index(["reporter", "activity", "origin"])["value"]
    assert rows["JPN", "manufacturing", "domestic"] == 71.0
    assert rows["JPN", "manufacturing", "_REST"] == pytest.approx(100 - 71 - 9 - 5 - 6 - 4)
    # Germany is a member of the EU: its own value added is domestic, not the partner's.
    assert rows["DEU", "services", "EU27_2020"] == pytest.approx(5.0 - 2.0)
    assert shares.groupby(["reporter", "activity"])["value"].sum().to_list() == pytest.approx([100.0] * 4)


def test_figure_5_refuses_gaps(exports: Path) -> None:
    frame = read_tiva(exports)
    with pytest.raises(ClassificationError, match="The data do not cover activity 'G-S'"):
        origin_shares(frame, reporters=["JPN"])
    manufacturing = {"manufacturing": "C"}
    with pytest.raises(TradeError, match=r"neither the world \('W'\) nor the rest of the world"):
        origin_shares(frame[frame["origin_area"] != "W"], activities=manufacturing, reporters=["JPN"])
    with pytest.raises(TradeError, match="nor all its members"):
        origin_shares(frame, activities=manufacturing, reporters=["JPN"], partners=["EU28"])
    with pytest.raises(TradeError, match="overlaps with another partner in 'DEU'"):
        origin_shares(frame, activities=manufacturing, reporters=["JPN"], partners=["EU27_2020", "DEU"])


@pytest.mark.parametrize("of", ["exports", "final_demand"])
def test_computed_shares_are_those_of_the_table(reference: Path, of: str) -> None:
    table = read_icio(reference / "trade" / "wiod13_2011_11reg.csv")
    asked = {"industries": [f"C{number:02d}" for number in range(3, 17)], "origin_industry": ["C27"]}
    levels = origin_of_value_added(table, of=of, country="JPN", unit=table.unit, **asked)  # type: ignore[arg-type]
    percent = origin_of_value_added(table, of=of, country="JPN", unit="PCT", **asked)  # type: ignore[arg-type]
    renamed = levels.assign(activity="C", origin_activity="J")
    shares = origin_shares(renamed, activities={"manufacturing": "C"}, reporters=["JPN"], partners=["USA", "CHN"])
    direct = percent.set_index("origin_area")["value"]
    found = shares.set_index("origin_area")["value"]
    assert found["JPN"] == pytest.approx(direct["JPN"], abs=1e-9)
    assert found["USA"] == pytest.approx(direct["USA"], abs=1e-9)


def test_tiles_take_the_largest_pieces() -> None:
    assert tile_activity(["C", "J", "J61"], "J") == ("J",)
    assert tile_activity(["D58T60", "D61", "D62T63", "D58T63"], "J") == ("D58T63",)
    assert set(tile_activity(["GTI", "J", "K", "L", "M_N", "OTQ", "R", "S", "Gx"], "G-S")) == {
        "GTI",
        "J",
        "K",
        "L",
        "M_N",
        "OTQ",
        "R",
        "S",
    }


def test_codes_of_wiod_2013_are_not_read_as_isic() -> None:
    with pytest.raises(ClassificationError, match="the codes are those of WIOD 2013"):
        tile_activity([f"C{number:02d}" for number in range(1, 36)], "C")


def test_download_is_off_by_default_and_says_where(tmp_path: Path) -> None:
    dimensions = {"EXPORTING_AREA": ["JPN", "DEU"], "VALUE_ADDED_SOURCE_ACTIVITY": "J"}
    address = tiva_query("exports_origin", dimensions, years=(2015, 2020))
    assert "/OECD.STI.PIE,DSD_TIVA_EXGRVA@DF_EXGRVA,1.1/..J.JPN+DEU...?startPeriod=2015&endPeriod=2020&" in address
    with pytest.raises(TradeError) as caught:
        fetch_tiva("exports_origin", dimensions, years=(2015, 2020), cache=tmp_path)
    assert str(caught.value).endswith(f"Pass download=True, or save {address} and read it with read_tiva.")
    with pytest.raises(TradeError, match="Dimension 'EXPORTER' is not in 'exports_origin'"):
        tiva_query("exports_origin", {"EXPORTER": "JPN"})


def test_downloads_are_kept_and_checked(tmp_path: Path, exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def get(url: str) -> SimpleNamespace:
        asked.append(url)
        if "FINAL" in url or "FDVA" in url:
            raise ConnectionError("no route")
        return SimpleNamespace(content=exports.read_bytes(), raise_for_status=lambda: None)

    module = ModuleType("sdmx")
    module.Client = lambda _source: SimpleNamespace(session=SimpleNamespace(get=get))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sdmx", module)
    with pytest.raises(TradeError, match="The OECD did not deliver the TiVA data: no route"):
        fetch_tiva("final_demand_origin", cache=tmp_path / "cache", download=True)
    asked.clear()
    path = fetch_tiva("exports_origin", cache=tmp_path / "cache", download=True)
    assert fetch_tiva("exports_origin", cache=tmp_path / "cache") == path
    assert len(asked) == 1
    assert len(read_tiva(path)) == len(_rows())
    path.write_text("changed", encoding="utf-8")
    with pytest.raises(TradeError, match="was changed after it was downloaded"):
        fetch_tiva("exports_origin", cache=tmp_path / "cache")
    monkeypatch.setitem(sys.modules, "sdmx", None)
    with pytest.raises(MissingDependencyError, match="pip install 'surveykit\\[sdmx\\]'"):
        fetch_tiva("main", cache=tmp_path / "cache", download=True)
