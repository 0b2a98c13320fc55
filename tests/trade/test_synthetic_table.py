"""The shipped table is what its script makes, is sound, says that it is synthetic, and carries sections."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from surveykit.trade import indicators, origin_of_value_added, read_icio

FOLDER = Path(__file__).resolve().parents[2] / "data" / "trade"


def test_the_script_makes_the_shipped_bytes(tmp_path: Path) -> None:
    script = runpy.run_path(str(FOLDER / "make_synthetic_icio.py"))
    made = script["make_table"]()
    made.to_csv(tmp_path / "made.csv", float_format=f"%.{script['DIGITS']}f", lineterminator="\n")
    assert (tmp_path / "made.csv").read_bytes() == (FOLDER / "synthetic_icio_2020.csv").read_bytes()


def test_it_is_sound_and_every_result_says_synthetic() -> None:
    table = read_icio(FOLDER / "synthetic_icio_2020.csv")
    assert table.validate().to_frame().empty
    assert (table.year, len(table.regions), len(table.industries)) == (2020, 7, 16)
    found = indicators(table, industries="_T")
    assert found["source"].str.startswith("synthetic").all()
    assert found["value"].notna().all()
    origin = origin_of_value_added(table, country="JPN", industries="C", origin_industry="J", unit="PCT")
    assert origin["value"].sum() == pytest.approx(100)
    assert (origin["method"] == "leontief").all()
