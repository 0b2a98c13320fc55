"""BaTiS in both mirrors, streamed, with the choice of series forced."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from surveykit.errors import ReadError, TradeError
from surveykit.trade import growth, read_batis, sum_items
from surveykit.trade.frames import SERVICES_COLUMNS
from tests.reference import REFERENCE

MAIN_ITEMS = ("SA", "SB", "SC", "SD", "SE", "SF", "SG", "SH", "SI", "SJ", "SK", "SL")
HEADER = (
    "Reporter,type_Reporter,Partner,type_Partner,Flow,Item_code,type_Item,Year,"
    "Reported_value,Final_value,Final_value_methodology,Balanced_value"
)
ROWS = (
    "JP,c,US,c,X,SI,s,2023,NA,10.5,E1,11.0",
    "JP,c,US,c,M,SI,s,2023,20,20,R_IMF,21",
    "NA,c,WL,g,X,SI,s,2023,1,1,R_IMF,1",
    "JP,c,WL,g,X,SI,s,2022,5,5,R_IMF,6",
)
OECD_HEADER = HEADER.replace("Final_value_methodology", "Methodology")
OECD_ROWS = (
    "JPN,c,USA,c,EXP,SI,s,2023,NA,10.5,E1,11.0",
    "JPN,c,USA,c,IMP,SI,s,2023,20,20,R_IMF,21",
    "NAM,c,W,g,EXP,SI,s,2023,1,1,R_IMF,1",
    "JPN,c,W,g,EXP,SI,s,2022,5,5,R_IMF,6",
)


@pytest.fixture
def sample(reference: Path) -> Path:
    return reference / "trade" / "batis_sample_argentina.csv"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "wto.csv"
    path.write_text("\n".join((HEADER, *ROWS)) + "\n", encoding="utf-8")
    return path


def _expected() -> dict[str, dict[str, dict[str, float]]]:
    if REFERENCE is None:
        return {}
    text = (REFERENCE / "trade" / "batis_sample_argentina_expected.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[str, float]]] = json.loads(text)
    return found


@pytest.mark.parametrize("year", [year for year in _expected() if year.isdigit()])
@pytest.mark.parametrize("value", ["Final_value", "Balanced_value"])
def test_totals_of_the_sample(sample: Path, year: str, value: str) -> None:
    expected = _expected()[year][value]
    frame = read_batis(sample, value=value.split("_", maxsplit=1)[0].lower(), years=int(year))
    total = frame.loc[frame["activity"] == "S", "value"].item()
    assert total == pytest.approx(expected["S"], rel=1e-12)
    added = sum_items(frame, MAIN_ITEMS, label="added")["value"].item()
    assert added == pytest.approx(expected["sum_items"], rel=1e-12)
    assert added - total == pytest.approx(expected["diff"], abs=1e-9)


def test_balanced_and_final_differ_as_recorded(sample: Path) -> None:
    expected = _expected()
    values = {
        value: read_batis(sample, value=value, items="SI").set_index("year")["value"] for value in ("final", "balanced")
    }
    for year in (2005, 2023):
        recorded = expected[str(year)].get("SI_gap_balanced_vs_final_pct")
        gap = 100 * (values["balanced"][year] / values["final"][year] - 1)
        assert gap == pytest.approx(recorded, abs=1e-9)
    for name, recorded in expected["SI_cagr_2005_2023_pct"].items():
        ends = values[name.split("_")[0].lower()]
        assert growth(ends[2005], ends[2023], 18).percent == pytest.approx(recorded, abs=1e-9)


def test_both_mirrors_give_the_same_frame(small: Path, tmp_path: Path) -> None:
    oecd = tmp_path / "oecd.csv"
    oecd.write_text("\n".join((OECD_HEADER, *OECD_ROWS)) + "\n", encoding="utf-8")
    for value in ("balanced", "final", "reported"):
        left = read_batis(small, value=value, edition="Dec 2025", methodology=True)
        right = read_batis(oecd, value=value, edition="Dec 2025", methodology=True)
        pd.testing.assert_frame_equal(left, right)
        assert list(left.columns) == [*SERVICES_COLUMNS, "methodology"]


def test_namibia_is_no_missing_value(small: Path) -> None:
    frame = read_batis(small, value="reported")
    assert "NAM" in set(frame["reporter"])
    missing = frame[frame["value"].isna()]
    assert list(missing["reason"]) == ["no reported value in the file"]


def test_packed_files_and_parquet_read_alike(small: Path, tmp_path: Path) -> None:
    plain = read_batis(small, value="final", edition="e")
    zipped, packed, parquet = tmp_path / "b.zip", tmp_path / "b.csv.gz", tmp_path / "b.parquet"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(small, "OECD-WTO_BATIS_data_BPM6.csv")
    packed.write_bytes(gzip.compress(small.read_bytes()))
    pd.read_csv(small, keep_default_na=False).assign(
        Reported_value=lambda frame: pd.to_numeric(frame["Reported_value"].replace("NA", None))
    ).to_parquet(parquet)
    for path in (zipped, packed, parquet):
        pd.testing.assert_frame_equal(read_batis(path, value="final", edition="e"), plain)


def test_filters_take_any_name(small: Path) -> None:
    frame = read_batis(small, value="balanced", reporters="Japan", partners=["U.S."], flows="imports", years=[2023])
    assert frame["value"].to_list() == [21.0]


def test_memory_stays_bounded_while_streaming(tmp_path: Path) -> None:
    path = tmp_path / "bulk.csv"
    block = "".join(f"JP,c,US,c,X,SI,s,{year},1,1,E1,1\n" * 1000 for year in range(1900, 2000))
    with path.open("w", encoding="utf-8") as handle:
        handle.write(HEADER + "\n")
        for _ in range(30):
            handle.write(block)
        handle.write("AR,c,WL,g,X,S,s,2023,2,2,E1,2\n")
    tracemalloc.start()
    frame = read_batis(path, value="final", reporters="ARG")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert frame["value"].to_list() == [2.0]
    assert peak < path.stat().st_size / 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value": "balnced"}, "value='balnced' is not a series of BaTiS. Did you mean 'balanced'?"),
        (
            {"value": "final", "items": "SJ23"},
            "1 item(s) are not in EBOPS 2010. 'SJ23': Did you mean 'SJ3' or 'SJ2' or 'SK23'?",
        ),
        ({"value": "final", "flows": "re-exports"}, "Flow 're-exports' is unknown. Write 'exports' or 'imports'."),
        (
            {"value": "final", "reporters": "Peru"},
            "Nothing in 'wto.csv' matches the filters. Check reporters, partners, items and years.",
        ),
        ({"value": "final", "items": ["SI", "S"]}, "Items 'S' are not in 'wto.csv' for these filters. It holds 'SI'."),
        (
            {"value": "final", "max_rows": 2},
            "More than 2 rows of 'wto.csv' match. Narrow the filters",
        ),
    ],
)
def test_refusals(small: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(TradeError) as caught:
        read_batis(small, **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)


def test_value_must_be_chosen(small: Path) -> None:
    with pytest.raises(TypeError, match="value"):
        read_batis(small)  # type: ignore[call-arg]


def test_repeated_rows_and_wrong_files_are_refused(tmp_path: Path) -> None:
    twice = tmp_path / "twice.csv"
    twice.write_text("\n".join((HEADER, ROWS[0], ROWS[0])) + "\n", encoding="utf-8")
    with pytest.raises(TradeError, match=r"holds 1 row\(s\) twice, the first: indicator=EXPORTS, reporter=JPN"):
        read_batis(twice, value="final")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ReadError, match="These columns were not found: reporter"):
        read_batis(other, value="final")
    with pytest.raises(ReadError, match="does not exist"):
        read_batis(tmp_path / "absent.csv", value="final")
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(ReadError, match="is damaged"):
        read_batis(damaged, value="final")
