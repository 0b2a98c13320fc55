"""Files of statistics packages and Parquet, written here and read back: codes, labels, missing values, sets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from surveykit.responses import MissingRange, indicators, read_export
from tests.reference import REFERENCE
from tests.responses.files import as_parquet

FRAME = pd.DataFrame({"X1": [1.0, 2.0, -99.0], "FS": [10.0, 25.5, None], "firm": ["A", "B", "C"]})
LABELS = {"X1": "Do you export?", "FS": "Share abroad"}
VALUES = {"X1": {1: "Yes", 2: "No", -99: "Refused"}}


@pytest.mark.parametrize("compress", [False, True])
def test_spss_keeps_codes_labels_and_declared_missing_values(tmp_path: Path, compress: bool) -> None:
    file = tmp_path / ("a.zsav" if compress else "a.sav")
    pyreadstat.write_sav(
        FRAME,
        str(file),
        column_labels=LABELS,
        variable_value_labels=VALUES,
        missing_ranges={"X1": [{"lo": -99, "hi": -93}]},
        compress=compress,
    )
    export = read_export(file)
    assert (export.platform, export.layout, export.header_rows) == ("spss", "sav", 0)
    assert export.frame["X1"].tolist() == [1.0, 2.0, -99.0]
    assert export.missing_values["X1"] == (MissingRange(-99.0, -93.0),)
    assert dict(export.value_labels["X1"]) == {"1.0": "Yes", "2.0": "No", "-99.0": "Refused"}
    assert export.question("X1").text == "Do you export?"
    assert export.question("FS").type == "number"


def test_stata_portable_and_sas_transport(tmp_path: Path) -> None:
    pyreadstat.write_dta(FRAME, str(tmp_path / "a.dta"), column_labels=LABELS, variable_value_labels=VALUES)
    pyreadstat.write_por(FRAME, str(tmp_path / "a.por"), column_labels=LABELS)
    pyreadstat.write_xport(FRAME, str(tmp_path / "a.xpt"), column_labels=LABELS)
    for name, platform in (("a.dta", "stata"), ("a.por", "spss"), ("a.xpt", "sas")):
        export = read_export(tmp_path / name)
        assert export.platform == platform
        assert export.frame["X1"].tolist() == [1.0, 2.0, -99.0]


def test_stata_letters_for_missing_are_kept_cell_by_cell(tmp_path: Path) -> None:
    frame = pd.DataFrame({"X1": pd.Series([1, "a", 2, "b"], dtype=object)})
    pyreadstat.write_dta(frame, str(tmp_path / "t.dta"), missing_user_values={"X1": ["a", "b"]})
    export = read_export(tmp_path / "t.dta")
    assert export.frame["X1"].fillna(-1).tolist() == [1.0, -1.0, 2.0, -1.0]
    assert export.tagged_missing["X1"].fillna("").tolist() == ["", "a", "", "b"]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    export = read_export(as_parquet(tmp_path / "a.parquet"))
    assert export.platform == "parquet"
    assert [str(dtype) for dtype in export.frame.dtypes] == ["str", "int64", "float64"]
    assert export.questions["type"].tolist() == ["text", "number", "number"]


@pytest.mark.skipif(REFERENCE is None, reason="the reference data (shared/reference) are not beside this checkout")
def test_a_category_set_of_a_real_file_counts_categories() -> None:
    assert REFERENCE is not None
    export = read_export(REFERENCE / "exports" / "spss_cola_mrsets.sav")
    asked = export.question("Q4")
    ticks = indicators(export, "Q4")
    columns = export.frame[list(asked.columns)]
    assert list(ticks.columns) == list(asked.options)
    for code, option in zip(asked.codes, asked.options, strict=True):
        assert int(ticks[option].sum()) == int(columns.eq(float(code)).any(axis=1).sum())
