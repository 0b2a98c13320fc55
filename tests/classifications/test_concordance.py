"""Concordances carry every amount or report it."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.classifications import classification, concordance, concordances
from surveykit.errors import ClassificationError


@pytest.mark.parametrize(("source", "target"), concordances())
def test_links_join_codes_of_both_sides_and_known_shares_add_to_one(source: str, target: str) -> None:
    links = concordance(source, target)
    left, right = classification(source), classification(target)
    for code in left.codes():
        found = links.targets(code)
        assert all(link.target in right for link in found)
        assert sum(link.main for link in found) <= 1
        weights = [link.weight for link in found]
        if weights and None not in weights:
            assert math.isclose(sum(weight for weight in weights if weight is not None), 1.0)


@given(st.dictionaries(st.sampled_from(classification("jsic").codes()), st.floats(0, 1e9), min_size=1), st.booleans())
def test_carried_and_residual_add_to_the_total(amounts: dict[str, float], main: bool) -> None:
    frame = pd.DataFrame({"code": list(amounts), "value": list(amounts.values())})
    result = concordance("jsic", "isic4").apply(frame, split="main" if main else "residual")
    assert result.values["value"].sum() + result.residual["value"].sum() == pytest.approx(result.total)


def test_unknown_shares_are_reported_not_spread() -> None:
    frame = pd.DataFrame({"year": 2014, "code": ["E", "G", "T"], "value": [100.0, 50.0, 5.0]})
    result = concordance("jsic", "isic4").apply(frame)
    assert result.values.to_dict("records") == [{"year": 2014, "code": "C", "value": 100.0}]
    assert list(result.residual["reason"]) == ["shares among J, M are not known", "no counterpart in isic4"]
    assert result.residual_share == pytest.approx(55 / 155)


def test_weights_split_and_what_they_leave_is_residual() -> None:
    frame = pd.DataFrame({"code": ["G"], "value": [50.0]})
    result = concordance("jsic", "isic4").apply(frame, weights={("G", "J"): 0.9})
    assert result.values["value"].to_list() == [pytest.approx(45.0)]
    assert result.residual["value"].to_list() == [pytest.approx(5.0)]


def test_refusals() -> None:
    links = concordance("jsic", "isic4")
    frame = pd.DataFrame({"code": ["G", "K"], "value": [1.0, 1.0]})
    with pytest.raises(ClassificationError) as caught:
        links.apply(frame, split="refuse")
    assert str(caught.value) == (
        "The shares of 'G', 'K' in isic4 are not known. Pass weights=, or split='main' or split='residual'."
    )
    with pytest.raises(ClassificationError, match="shares lie between 0 and 1"):
        links.apply(frame, weights={("G", "J"): 0.9, ("G", "M"): 0.2})
    with pytest.raises(ClassificationError, match="links that do not exist"):
        links.apply(frame, weights={("G", "A"): 0.9})
    with pytest.raises(ClassificationError, match="count them twice"):
        concordance("ebops2010", "isic4").apply(pd.DataFrame({"code": ["SI", "SI2"], "value": [1.0, 1.0]}))
    with pytest.raises(ClassificationError, match="no concordance from 'bpm6' to 'isic4'"):
        concordance("bpm6", "isic4")


def test_tables_link_through_divisions() -> None:
    assert concordance("wiod16", "icio2025").main("C20") == "C20"
    assert concordance("icio2023", "icio2025").main("A01_02") == "A01"
    assert [link.target for link in concordance("isic4", "icio2023").targets("J")] == ["J58T60", "J61", "J62_63"]
    assert concordance("isic4", "jsic").main("J") == "G"
    assert concordance("jsic", "icio2025").targets("E")[0].weight is None
