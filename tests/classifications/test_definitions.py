"""Definitions of digital trade: what resolves, what is refused, in which words."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from surveykit.classifications import classification, definition, definitions, digital_related_items, service_item
from surveykit.classifications.services import express
from surveykit.errors import ClassificationError

BATIS = (
    *("S", "SA", "SB", "SC", "SC1", "SC2", "SC3", "SC4", "SD", "SE", "SF", "SG", "SH", "SI", "SI1", "SI2", "SI3"),
    *("SJ", "SJ1", "SJ2", "SJ3", "SK", "SK1", "SK2", "SL"),
)


@pytest.mark.parametrize("name", definitions())
def test_items_are_known(name: str) -> None:
    rule = definition(name)
    assert all(service_item(item).code == item for item in rule.items)
    assert all(activity in classification("isic4") for activity in rule.activities)


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("meti2025", {"SH", "SI", "SJ2"}),
        ("csis2025", {"SI"}),
        ("unctad_dds", {"SF", "SG", "SH", "SI", "SJ", "SK1"}),
    ],
)
def test_batis_resolves(name: str, terms: set[str]) -> None:
    assert set(definition(name).resolve(BATIS).terms) == terms


def test_matsuse_is_refused_on_batis_and_says_what_to_use() -> None:
    with pytest.raises(ClassificationError) as caught:
        definition("matsuse2023").resolve(BATIS)
    text = str(caught.value)
    assert text.startswith(
        "Definition 'matsuse2023' needs 'SH:copyrights' (Charges for the use of copyrights), "
        "which the data do not tell apart"
    )
    assert (
        "Charges for the use of copyrights are told apart in Japan's national balance of payments, not in BaTiS."
        in text
    )
    assert "Use 'meti2025' instead (SH + SI + SJ2:" in text


def test_national_data_resolve_matsuse_and_near_items_only_on_request() -> None:
    national = ["SH:copyrights", "SH:industrial_property", "SI1", "SI2", "SI3", "SJ2"]
    assert definition("matsuse2023").resolve(national).approximate is False
    near = ["SH3", "SH4", "SI", "SJ2"]
    with pytest.raises(ClassificationError, match=r"Pass approximate=True to take SH3 \+ SH4 for 'SH:copyrights'"):
        definition("matsuse2023").resolve(near)
    solved = definition("matsuse2023").resolve(near, approximate=True)
    assert solved.approximate
    assert solved.note == "'SH:copyrights' replaced by the nearest items SH3 + SH4"
    assert set(solved.terms) == {"SH3", "SH4", "SI", "SJ2"}


def test_value_added_is_not_a_service_item() -> None:
    assert dict(definition("oecd_tiva_J").resolve(["J", "C"]).terms) == {"J": 1.0}
    with pytest.raises(ClassificationError, match="service items are not it"):
        definition("oecd_tiva_J").resolve(BATIS)


def test_sums_parts_siblings_and_composites() -> None:
    assert express(["SI"], frozenset(["SI1", "SI21", "SI22", "SI3"]))[0] == dict.fromkeys(
        ["SI1", "SI21", "SI22", "SI3"], 1.0
    )
    assert express(["SJ34"], frozenset(["SJ", "SJXSJ34"]))[1] == ["SJ34"]
    assert express(["SJ2"], frozenset(["SJ", "SJ1", "SJ3"]))[0] == {"SJ": 1.0, "SJ1": -1.0, "SJ3": -1.0}
    tismos = frozenset(["SFSG", "SISK1", "SH", "SJXSJ34", "SJ34"])
    assert set(express(definition("unctad_dds").items, tismos)[0]) == tismos
    assert express(["SFSG", "SI"], frozenset(["SF", "SI"])) == ({"SI": 1.0}, ["SFSG"])


@pytest.mark.parametrize("balance", ["digital", "goods", "people", "money", "others"])
@pytest.mark.parametrize("printed", [True, False])
def test_table_15_is_the_reference(reference: Path, balance: str, printed: bool) -> None:
    column = "matsuse2023_as_printed_in_METI_EN" if printed else "matsuse2023_probable_original"
    with (reference / "trade" / "digital_related_classification.csv").open(encoding="utf-8") as handle:
        expected = [row["ebops2010_item"] for row in csv.DictReader(handle) if row[column] == balance]
    assert list(digital_related_items(balance, printed=printed)) == expected


def test_meti_column_of_table_15_is_the_definition(reference: Path) -> None:
    with (reference / "trade" / "digital_related_classification.csv").open(encoding="utf-8") as handle:
        marked = [row["ebops2010_item"] for row in csv.DictReader(handle) if row["meti2025_digital_related"] == "1"]
    parents = {item.split(":")[0] if item.startswith("SH") else item for item in marked}
    assert parents == {"SH", "SI1", "SI2", "SI3", "SJ2"}
    assert set(definition("matsuse2023").items) == set(digital_related_items("digital"))


def test_every_code_of_the_modes_data_is_a_known_item(reference: Path) -> None:
    with (reference / "trade" / "tismos_ebops2010_codes.csv").open(encoding="utf-8") as handle:
        codes = [row["indicator"] for row in csv.DictReader(handle)]
    assert len(codes) > 50
    assert [service_item(code).code for code in codes] == codes
