"""Names, kinds, codes and edges of the data columns."""

from __future__ import annotations

import pytest

from surveykit.errors import ColumnError
from surveykit.instrument import Band, parse_instrument, read_instrument
from tests.instrument.examples import INSTRUMENTS, TINY

A = read_instrument(INSTRUMENTS / "digital_services_firm.yaml")


def test_every_type_makes_its_columns() -> None:
    columns = parse_instrument(TINY).columns
    assert [(column.name, column.kind) for column in columns] == [
        ("S1", "single"),
        ("U1_01", "indicator"), ("U1_07", "indicator"), ("U1_20", "indicator"), ("U1_97", "indicator"),
        ("U1_98", "indicator"), ("U1_97t", "text"),
        ("U2_01_1", "indicator"), ("U2_01_2", "indicator"), ("U2_07_1", "indicator"), ("U2_07_2", "indicator"),
        ("U2_20_1", "indicator"), ("U2_20_2", "indicator"), ("U2_97_1", "indicator"), ("U2_97_2", "indicator"),
        ("X1", "single"), ("X2", "band"), ("X3", "number"),
        ("V1_1", "ordered"), ("V1_2", "ordered"), ("V1_T", "ordered"),
        ("V2_1", "rank"), ("V2_2", "rank"), ("V2_3", "rank"), ("V3", "text"),
    ]  # fmt: skip


def test_names_of_the_specification() -> None:
    """U1_07, U2_07_1, V4_3 and R1_97t; codes 97 to 99 do not widen a name."""
    for name in ("U1_07", "U2_07_1", "V4_3", "V4_T", "R1_97t", "R1_05", "C2_4", "X3_01", "FS1", "X2", "V1"):
        assert name in A.columns.names
    assert A.columns["R1_5"] is A.columns["R1_05"]
    assert A.columns["U2_7_1"] is A.columns["U2_07_1"]


def test_edges_are_numbers() -> None:
    """'Over 25' and '25 or more' are different bands."""
    assert A.columns["X2"].bands[3] == Band(25, 50, "right", 37.5)
    assert A.columns["FS1"].bands[3] == Band(25, 50, "left", 37.5)
    assert A.columns["F1"].bands[4] == Band(501, None, "left", 1500)
    assert A.columns["V1"].bands == {}


def test_a_column_explains_itself() -> None:
    column = A.columns["U2_07_1"]
    assert (column.question, column.item, column.option) == ("U2", 7, 1)
    assert column.label["en"] == "Cloud storage, backup - where is the provider headquartered? - United States"
    assert column.label["ja"].startswith("「クラウドストレージ・バックアップ」の事業者の本社")
    assert set(column.missing) == set(range(-99, -92))
    assert A.columns["X2"].offered == (-98,)
    assert A.columns["S5"].personal
    assert A.columns["U1_97t"].write_in
    assert A.columns["U1_97t"].option == 97


def test_lookup() -> None:
    assert [column.name for column in A.columns.of("U2", item=6)][:2] == ["U2_06_1", "U2_06_2"]
    assert len(A.columns.choices("U1")) == 23
    assert "FS1" in A.columns
    assert "FS9" not in A.columns
    with pytest.raises(ColumnError, match="Did you mean 'FS1'"):
        A.columns["FSI"]
