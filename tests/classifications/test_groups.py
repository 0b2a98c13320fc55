"""Groups with their validity, and areas that are no country."""

from __future__ import annotations

import pytest

from surveykit.classifications import area, area_codes, country, group, groups
from surveykit.errors import ClassificationError


@pytest.mark.parametrize(
    ("label", "year", "size"),
    [
        ("EU27_2020", None, 27),
        ("EU28", None, 28),
        ("EU", 2003, 15),
        ("EU", 2004, 25),
        ("EU", 2007, 27),
        ("EU", 2013, 28),
        ("EU", 2020, 27),
        ("ASEAN", 1996, 7),
        ("ASEAN", 1999, 10),
        ("G7", None, 7),
        ("OECD", 2021, 38),
        ("EA", 2015, 19),
        ("EA", 2023, 20),
        ("CPTPP", 2023, 11),
        ("APEC", 2020, 21),
    ],
)
def test_sizes(label: str, year: int | None, size: int) -> None:
    assert len(group(label, year=year)) == size


def test_fixed_compositions_keep_their_members() -> None:
    assert group("EU27_2020", year=2010).members == group("EU27_2020").members
    assert set(group("EU28").members) - set(group("EU27_2020").members) == {"GBR"}
    assert set(group("EU28").members) - set(group("EU27_2007").members) == {"HRV"}
    assert group("EU", year=2014).members == group("EU28").members
    assert group("EU", year=2020).members == group("EU27_2020").members


@pytest.mark.parametrize("code", groups())
def test_members_are_countries(code: str) -> None:
    assert all(country(member).iso3 == member for member in group(code).members)


def test_membership_takes_any_name() -> None:
    assert "Germany" in group("EU")
    assert "U.K." not in group("EU", year=2021)


def test_ambiguous_and_unknown_labels_are_refused() -> None:
    with pytest.raises(ClassificationError) as caught:
        group("EU27")
    assert str(caught.value) == "Group 'EU27' names more than one composition. Write 'EU27_2020' or 'EU27_2007'."
    with pytest.raises(ClassificationError, match=r"use country\('JPN'\)"):
        group("Japan")
    with pytest.raises(ClassificationError, match=r"had no members in 1950\. Its first year is 1958\."):
        group("EU", year=1950)


def test_areas() -> None:
    assert area_codes(["AR", "WL", "EU28", "RoW"]) == {"AR": "ARG", "WL": "WLD", "EU28": "EU28", "RoW": "ROW"}
    assert area("W").kind == "aggregate"
    assert area("ROK").kind == "country"
    with pytest.raises(ClassificationError, match=r"2 area\(s\) are unknown"):
        area_codes(["JPN", "Atlantis", "Lemuria"])
