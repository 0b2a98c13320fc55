"""Formulas of tables: where they split and what they refuse."""

from __future__ import annotations

import pytest

from surveykit.errors import ColumnError, FormulaError
from surveykit.estimation.crosstabs.formula import TableFormula, key_of, split_formula
from tests.estimation.firms import clustered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size", TableFormula("size")),
        ("size ~ 1", TableFormula("size")),
        ("size ~ exporter", TableFormula("size", "exporter")),
        ("size~exporter|sector", TableFormula("size", "exporter", "sector")),
        ("size | sector", TableFormula("size", "", "sector")),
        ("size ~ 1 | sector", TableFormula("size", "", "sector")),
        ("`a ~ b` ~ `c|d`", TableFormula("`a ~ b`", "`c|d`")),
        ("size == '~' ~ sales > 10", TableFormula("size == '~'", "sales > 10")),
    ],
)
def test_splits_outside_quotes(text: str, expected: TableFormula) -> None:
    assert split_formula(text) == expected


@pytest.mark.parametrize("text", ["", "~ size", "size ~", "a ~ b ~ c", "a | b ~ c", "a ~ b | c | d", "a ~ | b"])
def test_refuses_other_shapes(text: str) -> None:
    with pytest.raises(FormulaError, match="Write 'row'"):
        split_formula(text)


def test_names_lose_their_backticks() -> None:
    survey = clustered(**{"comp.imp": "x"})
    assert key_of(survey, "`comp.imp`").name == "comp.imp"
    assert key_of(survey, "sales > 10").name == "sales > 10"
    assert key_of(survey, "size").levels == ("small", "medium", "large")


def test_unknown_names_are_suggested() -> None:
    with pytest.raises(ColumnError, match="Did you mean 'size'"):
        key_of(clustered(), "siez")
