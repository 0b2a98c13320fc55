"""Countries by every code and by the names that documents write."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from surveykit.classifications import check_countries, countries, country
from surveykit.classifications.countries import fold_name
from surveykit.classifications.tables import read_rows
from surveykit.errors import ClassificationError


@pytest.mark.parametrize(
    ("label", "iso3"),
    [
        ("ROK", "KOR"),
        ("South Korea", "KOR"),
        ("U.K.", "GBR"),
        ("U.S.", "USA"),
        ("Viet Nam", "VNM"),
        ("Vietnam", "VNM"),
        ("Taiwan", "TWN"),
        ("HongKong", "HKG"),
        ("UAE", "ARE"),
        ("ROM", "ROU"),
        ("EL", "GRC"),
        ("NA", "NAM"),
        ("Côte d’Ivoire", "CIV"),
        ("The Netherlands", "NLD"),
        ("Turkey", "TUR"),
        (392, "JPN"),
        ("036", "AUS"),
        ("jp", "JPN"),
        ("韓国", "KOR"),
        ("米国", "USA"),
    ],
)
def test_names_resolve(label: str | int, iso3: str) -> None:
    assert country(label).iso3 == iso3


def test_every_country_is_found_by_each_of_its_codes_and_its_name() -> None:
    for iso3, entry in countries().items():
        for label in (entry.iso3, entry.iso2, entry.m49, entry.name):
            if label:
                assert country(label).iso3 == iso3
    assert len(countries()) == 250


def test_no_name_belongs_to_two_countries() -> None:
    seen: dict[str, str] = {}
    for row in read_rows("countries.csv"):
        for name in (row["name"], *filter(None, row["aliases"].split(";"))):
            assert seen.setdefault(fold_name(name), row["iso3"]) == row["iso3"]


@pytest.mark.parametrize("flow", ["exports", "imports"])
def test_names_printed_by_meti_resolve(reference: Path, flow: str) -> None:
    with (reference / "trade" / f"seed_batis_top20_{flow}.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            if not row["iso3"].startswith("_") and row["iso3"] != "WLD":
                assert country(row["printed_name"]).iso3 == row["iso3"]


def test_refusals() -> None:
    with pytest.raises(ClassificationError) as caught:
        country("Japn")
    assert str(caught.value) == "Country 'Japn' is unknown. Did you mean 'Japan' or 'Jordan'?"
    with pytest.raises(ClassificationError, match=r"It is a group of countries: use group\('EU28'\)\."):
        country("EU28")
    with pytest.raises(ClassificationError, match=r"in force 1974-2010, not in 2015\. It was split into BES"):
        country("ANT", year=2015)
    with pytest.raises(ClassificationError, match=r"2 countries are unknown"):
        check_countries(["JPN", "Atlantis", "Lemuria"])
