"""Areas, stacked columns, segments, growth, symbols: they draw what the table holds, and refuse what is no stack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import PublishingError
from surveykit.publishing import figure, published
from tests.publishing import records


def _with_gap() -> object:
    table = records.by_economy()
    values = table.estimate.copy()
    values[0, 3, 2] = np.nan
    return replace(table, estimate=values)


def test_the_share_above_columns_is_that_of_the_parts() -> None:
    table, named = records.by_economy(), records.ECONOMIES["en"][:-1]
    made = figure.stacked_columns(table, share_of=named, share_name="Eleven economies", rest="Other economies")
    drawn = made.data[made.data["series"] == "Eleven economies"]
    values = table.estimate[0]
    np.testing.assert_allclose(drawn["value"], 100 * values[:, :11].sum(axis=1) / values.sum(axis=1), rtol=1e-12)
    assert set(drawn["unit"]) == {"%"}
    assert "Eleven economies: highest" in made.alt


def test_series_below_zero_keep_their_numbers_and_are_named() -> None:
    made = figure.stacked_columns(records.trade_balance(), line="Balance", below=["Imports"])
    imports = made.data[made.data["series"] == "Imports"]
    assert (imports["value"] > 0).all()
    assert dict(made.words.footer)["Note"] == "Imports: drawn below zero."
    low, high = made.plot._ends()  # type: ignore[attr-defined]
    np.testing.assert_array_equal(low[:, 1], -imports["value"])
    np.testing.assert_array_equal(high[:, 1], 0.0)
    assert list(made.plot.grid.series) == ["Exports", "Imports"]  # type: ignore[attr-defined]


def test_another_record_stands_in_a_strip_of_its_own() -> None:
    table = records.trade_balance()
    other = published(
        pd.DataFrame({"year": range(2010, 2024), "value": np.linspace(0.17, 0.27, 14)}), rows="year", unit="%"
    )
    made = figure.stacked_columns(table, series=["Exports"], strip=other)
    assert len(made.data) == 28
    with pytest.raises(PublishingError, match="The strip has no"):
        figure.stacked_columns(table, strip=records.single("en", 1, "%"), series=["Exports"])


def test_growth_is_that_between_the_columns() -> None:
    frame = pd.DataFrame({"year": [2017, 2021, 2022], "value": [292.0, 980.0, 1229.0]})
    table = published(frame, rows="year", unit="Tbit/s")
    made = figure.growth(table, spans=[(2021, 2022), (2017, 2022)], show=["percent", "times"])
    assert [text for _, _, text in made.plot.spans] == ["+25.4 %", "× 4.2"]  # type: ignore[attr-defined]
    assert made.plot._levels() == [0, 1]  # type: ignore[attr-defined]
    assert [text for _, _, text in figure.growth(table).plot.spans] == ["+235.6 %", "+25.4 %"]  # type: ignore[attr-defined]


def test_segments_are_ranked_and_must_add_up() -> None:
    made = figure.segments(records.providers())
    sums = made.data.groupby("category", sort=False)["value"].sum()
    assert sums.is_monotonic_decreasing
    frame = pd.DataFrame({"item": ["a", "b"] * 3, "part": np.repeat(["x", "y", "all"], 2), "value": [1, 2, 3, 4, 4, 6]})
    table = published(frame, rows="item", columns="part", unit="USD")
    assert [*figure.segments(table, overall="all").plot.sums] == ["6", "4"]  # type: ignore[attr-defined]
    wrong = replace(table, estimate=table.estimate + np.array([0, 0, 2.0]))
    with pytest.raises(PublishingError, match=r"add to 4\.0, and 'all' is 6\.0"):
        figure.segments(wrong, overall="all")
    with pytest.raises(PublishingError, match="so they overlap"):
        figure.segments(replace(records.providers(), estimate=3 * records.providers().estimate))


def test_symbols_are_those_of_the_codes() -> None:
    table = records.definitions()
    made = figure.dot_matrix(table, symbols=records.MEANINGS["en"])
    assert "in the definition: Real estate and rental" in made.alt
    with pytest.raises(PublishingError, match=r"No symbol is given for '0\.5'|No symbol is given for '0\.50'"):
        figure.dot_matrix(table, symbols={1: "yes", 0: "no"})


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "negative area": (lambda: figure.area(records.balances()), "stacked_columns"),
    "gap in an area": (lambda: figure.area(_with_gap()), "Germany in 2008"),  # type: ignore[arg-type]
    "gap in columns": (lambda: figure.stacked_columns(_with_gap()), "Germany in 2008"),  # type: ignore[arg-type]
    "no such rest": (lambda: figure.area(records.by_economy(), rest="Others"), "not a series"),
    "two strips": (
        lambda: figure.stacked_columns(records.by_economy(), share_of=["Japan"], strip=records.steps()),
        "one strip",
    ),
    "growth backwards": (
        lambda: figure.growth(records.exports(), series="Japan", spans=[(2020, 2010)]),
        "earlier category first",
    ),
    "negative dots": (lambda: figure.dot_matrix(records.balances()), "negative area"),
    "six symbols": (
        lambda: figure.dot_matrix(records.definitions(), symbols=dict.fromkeys(range(6), "x")),
        "can be told apart",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_remedy(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(PublishingError, match=message):
        call()
