"""UNCTAD digitally deliverable services: balances, growth and ranks as recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from surveykit.errors import ClassificationError, ReadError, TradeError
from surveykit.trade import balance, growth, read_dds, top_traders
from tests.reference import REFERENCE


def _expected() -> dict[str, dict[str, dict[str, float]]]:
    if REFERENCE is None:
        return {"stats": {}, "export_rank_all_economies": {}}
    text = (REFERENCE / "trade" / "unctad_dds_expected.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[str, float]]] = json.loads(text)
    return found


@pytest.fixture(scope="module")
def selected(reference: Path) -> pd.DataFrame:
    return read_dds(reference / "trade" / "unctad_dds_selected_2010_2023.csv")


@pytest.mark.parametrize("reporter", _expected()["stats"])
def test_statistics(selected: pd.DataFrame, reporter: str) -> None:
    expected = _expected()["stats"][reporter]
    part = selected[selected["reporter"] == reporter]
    exports = part[part["indicator"] == "EXPORTS"].set_index("year")["value"]
    imports = part[part["indicator"] == "IMPORTS"].set_index("year")["value"]
    found = {
        "balance_2023": balance(selected, reporters=reporter, years=2023)["value"].item(),
        "cagr_X_2010_2023_pct": growth(exports[2010], exports[2023], 13).percent,
        "cagr_M_2010_2023_pct": growth(imports[2010], imports[2023], 13).percent,
        "total_growth_X_2014_2022_pct": growth(exports[2014], exports[2022], 8, "total").percent,
        "cagr_X_2014_2022_pct": growth(exports[2014], exports[2022], 8).percent,
    }
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("year", _expected()["export_rank_all_economies"])
def test_ranks(selected: pd.DataFrame, reference: Path, year: str) -> None:
    expected = _expected()["export_rank_all_economies"][year]
    wider = read_dds(reference / "facts" / "unctad_digitally_deliverable_services.csv")
    table = top_traders(wider, item="DDS", year=int(year), n=10, always=[code for code in expected if code != "WLD"])
    held = table[table["reporter"].isin(expected)].set_index("reporter")["rank"]
    # The file has 22 economies, so ranks below the largest ten can only be higher than among all.
    assert all(held[code] <= rank for code, rank in expected.items())
    assert held[list(expected)].rank().to_dict() == pd.Series(expected).rank().to_dict()
    assert {code: int(held[code]) for code, rank in expected.items() if rank <= 5} == {
        code: rank for code, rank in expected.items() if rank <= 5
    }


def test_selected_and_wider_file_agree(selected: pd.DataFrame, reference: Path) -> None:
    wider = read_dds(
        reference / "facts" / "unctad_digitally_deliverable_services.csv", reporters=sorted(set(selected["reporter"]))
    )
    keys = ["indicator", "reporter", "year"]
    both = selected.merge(wider, on=keys, suffixes=("", "_wider"))
    assert len(both) == len(selected)
    assert (both["value"] == both["value_wider"]).all()


def test_units_and_economies_are_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "dds.csv"
    path.write_text("iso3,year,flow,value\nJPN,2023,X,1\n", encoding="utf-8")
    with pytest.raises(TradeError, match=r"Column 'value' of 'dds.csv' does not say its unit"):
        read_dds(path)
    assert read_dds(path, unit="USD_BN")["value"].item() == 1000.0
    path.write_text("iso3,year,flow,value_usd_mn\nJapn,2023,X,1\n", encoding="utf-8")
    with pytest.raises(ClassificationError, match="1 economies are unknown: 'Japn'"):
        read_dds(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"iso3,year,flow,value_usd_mn\nJPN,2023-Q1,X,1\n", "These are no years: '2023-Q1'"),
        (b"iso3,year,flow,value_usd_mn\nJPN,2023,X,one\n", "cannot be read as delimited text"),
        (b"iso3,year,flow,value_usd_mn\nJPN,2023,Z,1\n", "Flow 'Z' is unknown"),
        (b"iso3,year,\xff\xfe,value_usd_mn\nJPN,2023,X,1\n", "is not UTF-8 text"),
        (b"iso3,year,flow,value_usd_mn\n", "has no data rows"),
        (b"", "These columns were not found"),
    ],
)
def test_damaged_files_are_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "dds.csv"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=message):
        read_dds(path)


def test_years_written_as_decimals_are_read(tmp_path: Path) -> None:
    path = tmp_path / "dds.csv"
    path.write_text("iso3,year,flow,value_usd_mn\nJPN,2023.0,X,1\n", encoding="utf-8")
    assert read_dds(path)["year"].item() == 2023
