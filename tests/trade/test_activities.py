"""Which industries an activity means, on the industry lists of every source."""

from __future__ import annotations

import pytest

from surveykit.classifications.tables import read_rows
from surveykit.errors import TradeError
from surveykit.trade.activities import find_activities, find_activity


def codes(scheme: str) -> list[str]:
    return [row["code"] for row in read_rows("industries.csv") if row["scheme"] == scheme]


@pytest.mark.parametrize(
    ("scheme", "digital"),
    [
        ("icio2023", ("J58T60", "J61", "J62_63")),
        ("figaro", ("J58", "J59_60", "J61", "J62_63")),
        ("wiod16", ("J58", "J59_J60", "J61", "J62_J63")),
    ],
)
def test_sections_are_exact_where_the_table_follows_isic_4(scheme: str, digital: tuple[str, ...]) -> None:
    found = find_activity(codes(scheme), "J", scheme=scheme)
    assert (found.industries, found.note) == (digital, "")
    assert find_activity(codes(scheme), "C", scheme=scheme).note == ""


@pytest.mark.parametrize("scheme", ["wiod13", "adb"])
def test_sections_are_approximate_and_said_where_it_follows_isic_3(scheme: str) -> None:
    listed = codes(scheme)
    made, sold = find_activity(listed, "MANUF", scheme=scheme), find_activity(listed, "SERV", scheme=scheme)
    assert made.industries == tuple(listed[2:16])
    assert sold.industries == tuple(listed[18:35])
    digital = find_activity(listed, "J", scheme=scheme)
    assert digital.industries == (listed[26],)
    assert "is approximate" in digital.note


def test_labels_come_first_and_lists_add() -> None:
    listed = codes("wiod13")
    assert find_activity(listed, "C27", scheme="wiod13").industries == ("C27",)
    assert find_activity(listed, ["C30", "C27"], scheme="wiod13").industries == ("C27", "C30")
    assert find_activity(listed, ["C30", "C27"], scheme="wiod13").code == "C30+C27"
    assert find_activity(listed, None).code == "_T"
    assert [found.code for found in find_activities(["A", "B"], "each")] == ["A", "B"]


def test_two_sections_together_where_one_industry_holds_both() -> None:
    older = ["D10T12", "D62T63", "D69T82", "D84"]
    with pytest.raises(TradeError, match="Name industries of the table"):
        find_activity(older, "M")
    assert find_activity(older, ["M", "N"]).industries == ("D69T82",)


def test_labels_that_are_no_isic_have_no_sections() -> None:
    with pytest.raises(TradeError, match="carry no ISIC sections"):
        find_activity(["GOODS", "MANUF", "OTHER"], "C")
    assert find_activity(["GOODS", "MANUF", "OTHER"], "MANUF").industries == ("MANUF",)
