"""Classifications hold together as trees and refuse codes that are not theirs."""

from __future__ import annotations

import pytest

from surveykit.classifications import classification, classifications
from surveykit.errors import ClassificationError


@pytest.mark.parametrize("name", classifications())
def test_parents_exist_and_levels_step_by_one(name: str) -> None:
    tree = classification(name)
    assert len(tree) > 0
    for category in tree:
        if category.parent:
            assert category.level == tree[category.parent].level + 1
        else:
            assert category.level == 1


@pytest.mark.parametrize(
    ("name", "level", "count"),
    [("isic4", 1, 21), ("isic4", 2, 88), ("isic31", 1, 17), ("isic31", 2, 62), ("jsic", 1, 20), ("ebops2010", 2, 12)],
)
def test_sizes_are_those_of_the_standard(name: str, level: int, count: int) -> None:
    assert len(classification(name).codes(level)) == count


@pytest.mark.parametrize(
    ("name", "count"), [("icio2023", 45), ("icio2025", 50), ("wiod13", 35), ("wiod16", 56), ("figaro", 64), ("adb", 35)]
)
def test_tables_have_their_number_of_industries(name: str, count: int) -> None:
    assert len(classification(name)) == count


def test_leaves_of_the_whole_are_all_leaves() -> None:
    tree = classification("ebops2010")
    assert set(tree.leaves("S")) == {category.code for category in tree if not tree.children(category.code)}
    assert tree.ancestors("SI21") == ("SI2", "SI", "S")


def test_unknown_codes_are_refused_with_the_nearest() -> None:
    with pytest.raises(ClassificationError) as caught:
        classification("ebops2010")["SJ23"]
    assert str(caught.value) == (
        "Code 'SJ23' is not in EBOPS 2010 (Extended Balance of Payments Services). "
        "Did you mean 'SJ3' or 'SJ2' or 'SK23'?"
    )
    with pytest.raises(ClassificationError, match=r"Classification 'isic5' is unknown\. Did you mean 'isic4'"):
        classification("isic5")
    with pytest.raises(ClassificationError, match="2 code"):
        classification("isic4").check(["A", "ZZ", "YY"])
