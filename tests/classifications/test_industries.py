"""Industry labels of every table in terms of ISIC Rev. 4."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from surveykit.classifications import (
    activity_divisions,
    classification,
    industry,
    industry_scheme,
    industry_schemes,
    select_industries,
)
from surveykit.errors import ClassificationError

WIOD13 = classification("wiod13").codes()


@pytest.mark.parametrize("scheme", industry_schemes())
def test_a_table_covers_every_section_and_no_division_twice(scheme: str) -> None:
    whole: dict[str, str] = {}
    touched: set[str] = set()
    for code in classification(scheme).codes():
        for division, how in industry(code, scheme).divisions.items():
            touched.add(division)
            if how == "whole":
                assert division not in whole, f"{division} is whole in {whole[division]} and {code}"
                whole[division] = code
    sections = {classification("isic4")[division].parent for division in touched}
    assert sections >= set("ABCDEFGHIJKLMNOPQRST")


@pytest.mark.parametrize("scheme", [scheme for scheme in industry_schemes() if scheme != "adb"])
def test_a_table_is_recognised_by_its_labels(scheme: str) -> None:
    assert industry_scheme(classification(scheme).codes()) == scheme


@pytest.mark.parametrize("scheme", ["icio2023", "icio2025", "wiod16", "figaro"])
def test_sections_that_the_table_keeps_apart_select_whole_industries(scheme: str) -> None:
    codes = classification(scheme).codes()
    isic = classification("isic4")
    for section in "CJK":
        chosen = select_industries(codes, section, scheme=scheme)
        held = {division for code in chosen for division in industry(code, scheme).divisions}
        assert held == set(isic.leaves(section))


def test_wiod13_groups_are_those_of_the_reference(reference: Path) -> None:
    with (reference / "trade" / "concordance_wiod13_isic.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    manufacturing = select_industries(WIOD13, "C", scheme="wiod13", partial="main")
    assert list(manufacturing) == [row["wiod13"] for row in rows if row["group"] == "MANUF"]
    services = select_industries(WIOD13, "SERV", scheme="wiod13", partial="main")
    assert list(services) == [row["wiod13"] for row in rows if row["group"] == "SERV"]
    holding_j = [row["wiod13"] for row in rows if row["contains_isic4_J"] != "none"]
    assert list(select_industries(WIOD13, "J", scheme="wiod13", partial="include")) == holding_j


def test_a_mixed_industry_is_refused_and_spelled_out() -> None:
    with pytest.raises(ClassificationError) as caught:
        select_industries(WIOD13, "J", scheme="wiod13")
    assert str(caught.value) == (
        "Activity 'J' cannot be told apart in these industries: C07 = C (part)+J (part); C27 = H (part)+J (part); "
        "C30 = J (part)+M+N (part); C34 = E (part)+J (part)+R+S (part). "
        "Name the industries, or pass partial='main', 'include' or 'exclude'."
    )


@pytest.mark.parametrize(
    ("label", "divisions"),
    [
        ("J", ("J58", "J59", "J60", "J61", "J62", "J63")),
        ("D58T60", ("J58", "J59", "J60")),
        ("C10-C12", ("C10", "C11", "C12")),
        ("M69_M70", ("M69", "M70")),
        ("D_E", ("D35", "E36", "E37", "E38", "E39")),
        ("01T03", ("A01", "A02", "A03")),
    ],
)
def test_labels_are_read_by_structure(label: str, divisions: tuple[str, ...]) -> None:
    assert activity_divisions(label) == divisions


@pytest.mark.parametrize("label", ["", "Z", "C99", "ICTBUS", "71t74x", "J-"])
def test_labels_that_cannot_be_read_are_refused(label: str) -> None:
    with pytest.raises(ClassificationError):
        activity_divisions(label)
