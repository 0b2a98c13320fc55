"""The record of a table: cells by name, layers, frames, what is printed, and tests from the covariance it keeps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.estimation.descriptive import proportion
from surveykit.results import Heading, Table
from surveykit.results.column_comparisons import adjusted, column_p_values
from surveykit.results.estimate import two_sided_p
from surveykit.results.rao_scott import judge_wald
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms

STATISTICS = ["F", "Chisq", "Satterthwaite", "Wald", "adjWald", "lincom", "saddlepoint"]


@pytest.fixture
def table() -> Table:
    return crosstab(clustered(), "size ~ exporter", percent="column")


def test_cells_are_found_by_level_and_by_label(table: Table) -> None:
    assert table.cell("small", "yes")["n"] == table.n[0, 0, 1]
    assert table.cell("Total", "yes")["estimate"] == 1.0
    with pytest.raises(EstimationError, match="Did you mean 'small'"):
        table.cell("smal", "yes")
    with pytest.raises(EstimationError, match="3 columns and none is named"):
        table.cell("small")


def test_levels_win_over_totals_of_the_same_name() -> None:
    frame = firms().assign(sector=lambda f: f["sector"].replace("A", "Total"))
    found = crosstab(Survey(frame, weights="w"), "sector ~ exporter")
    assert found.cell("Total", "no")["n"] == int(((frame["sector"] == "Total") & (frame["exporter"] == "no")).sum())


def test_frames_hold_every_cell(table: Table) -> None:
    frame = table.to_frame()
    assert len(frame) == 12
    assert list(frame.columns[:9]) == [
        "row_variable", "row", "column_variable", "column", "estimate", "se", "low", "high", "df"
    ]  # fmt: skip
    one = frame[(frame["row"] == "large") & (frame["column"] == "yes")].iloc[0]
    assert one["estimate"] == table.cell("large", "yes")["estimate"]
    assert table.wide("n").loc["Total", "Total"] == 240
    with pytest.raises(EstimationError, match="no fact 'std'"):
        table.wide("std")


def test_layers_come_apart() -> None:
    layered = crosstab(clustered(), "size ~ exporter | sector", percent="column")
    assert layered.wide().index.names == ["sector", "size"]
    assert list(layered.to_frame().columns[:2]) == ["layer_variable", "layer"]
    assert layered.layer("B").layers == (Heading("sector", "B"),)
    with pytest.raises(EstimationError, match=r"Test one layer, as table.layer\('A'\).test\(\)"):
        layered.test()
    assert "where 'sector' is 'B'" in layered.layer("B").test().hypothesis


def test_shapes_must_agree(table: Table) -> None:
    parts = {name: getattr(table, name) for name in Table.__dataclass_fields__}
    with pytest.raises(EstimationError, match="'se' of a table has shape"):
        Table(**parts | {"se": table.se[:, :2]})


def test_what_is_printed(table: Table) -> None:
    lines = repr(table).splitlines()
    assert lines[0] == "Share of column: size by exporter, weighted by 'w'"
    assert lines[1].split() == ["no", "yes", "Total"]
    assert lines[6].split()[0] == "n"
    assert lines[5].count("100.0 %") == 3


def test_html_is_escaped() -> None:
    frame = firms().assign(sector=lambda f: f["sector"].replace("A", "<script>alert(1)</script>"))
    text = crosstab(Survey(frame, weights="w"), "sector ~ exporter")._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("design", list(DESIGNS))
def test_transposing_or_renaming_changes_no_test(statistic: str, design: str) -> None:
    survey = Survey(firms(), DESIGNS[design], weights="w")
    straight = crosstab(survey, "size ~ exporter").test(statistic)  # type: ignore[arg-type]
    turned = crosstab(survey, "exporter ~ size").test(statistic)  # type: ignore[arg-type]
    assert turned.statistic == pytest.approx(straight.statistic, rel=1e-9)
    assert turned.p_value == pytest.approx(straight.p_value, rel=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-4, 1e4), st.sampled_from(STATISTICS), st.sampled_from(list(DESIGNS)), st.integers(0, 50))
def test_tests_do_not_depend_on_the_scale_of_weights_or_the_order_of_rows(
    scale: float, statistic: str, design: str, seed: int
) -> None:
    frame = firms(seed=3)
    base = crosstab(Survey(frame, DESIGNS[design], weights="w"), "sector ~ exporter").test(statistic)  # type: ignore[arg-type]
    changed = frame.assign(w=frame["w"] * scale).sample(frac=1, random_state=seed)
    other = crosstab(Survey(changed, DESIGNS[design], weights="w"), "sector ~ exporter").test(statistic)  # type: ignore[arg-type]
    assert other.statistic == pytest.approx(base.statistic, rel=1e-8)
    assert other.p_value == pytest.approx(base.p_value, rel=1e-6)
    assert other.df == pytest.approx(base.df, rel=1e-8, nan_ok=True)


def test_without_design_or_weights_the_first_order_statistic_is_pearsons() -> None:
    frame = firms()
    result = crosstab(Survey(frame), "sector ~ exporter").test("Chisq")
    counts = crosstab(Survey(frame), "sector ~ exporter", margins=False).n[0]
    pearson = stats.chi2_contingency(counts, correction=False)
    assert result.statistic == pytest.approx(pearson.statistic, rel=1e-12)
    np.testing.assert_allclose(result.facts["expected"], pearson.expected_freq)
    # One row a unit and equal weights: design effects are near n / (n - 1), and equal to it at independence.
    assert result.facts["eigenvalues"] == pytest.approx(240 / 239, rel=0.15)


def test_exactly_independent_counts_have_design_effects_of_one() -> None:
    frame = pd.DataFrame({"a": list("xxyyzz") * 20, "b": list("uvuvuv") * 20})
    result = crosstab(Survey(frame), "a ~ b").test("Chisq")
    assert result.statistic == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(result.facts["eigenvalues"], 120 / 119)


def test_an_empty_level_is_refused_or_dropped() -> None:
    frame = firms()
    frame["size"] = frame["size"].cat.add_categories(["giant"])
    table = crosstab(Survey(frame, DESIGNS["clusters"], weights="w"), "size ~ exporter")
    with pytest.raises(EstimationError, match="has level 'giant'"):
        table.test()
    dropped = table.test(empty="drop")
    assert dropped.p_value == pytest.approx(crosstab(clustered(), "size ~ exporter").test().p_value, rel=1e-12)


def test_refusals_name_the_remedy(table: Table) -> None:
    with pytest.raises(EstimationError, match="Choose one of 'F', 'Chisq'"):
        table.test("chi2")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="goodness_of_fit"):
        crosstab(clustered(), "size").test()
    four = Survey(firms().assign(half=lambda f: f["town"] % 4), Design(clusters="half"), weights="w")
    with pytest.raises(EstimationError, match=r"with df = 3, .* it is singular"):
        crosstab(four, "size ~ sector").test("Wald")
    with pytest.raises(EstimationError, match="more than 3, not 3"):
        judge_wald(np.ones(4), np.eye(4), 3.0, "adjWald")
    alone = Survey(firms().assign(one=1), Design(clusters="one", lonely="remove"), weights="w")
    with pytest.raises(EstimationError, match="0 degrees of freedom"):
        crosstab(alone, "size ~ sector").test()


@pytest.mark.parametrize("design", list(DESIGNS))
def test_letters_are_contrasts_of_proportions(design: str) -> None:
    survey = Survey(firms(), DESIGNS[design], weights="w")
    table = crosstab(survey, "exporter ~ size", percent="column")
    shares = proportion(survey, "exporter", by="size")
    differences, p = column_p_values(table.joint[0], table.df[0, 0, :3])
    for place, (a, b) in enumerate([("small", "medium"), ("small", "large"), ("medium", "large")]):
        contrast = shares.contrast({f"{a}:yes": 1, f"{b}:yes": -1})
        assert differences[1, place] == pytest.approx(contrast.estimate[0], rel=1e-10)
        expected = two_sided_p(contrast.estimate[0] / contrast.se[0], contrast.df[0])
        assert p[1, place] == pytest.approx(float(expected), rel=1e-7)
    lettered = table.letters("none")
    marks = lettered.facts["letters"][0]
    for place, (a, b) in enumerate([(0, 1), (0, 2), (1, 2)]):
        higher, lower = (a, b) if differences[1, place] > 0 else (b, a)
        found = "ABC"[lower] in str(marks[1, higher])
        assert found == (p[1, place] < 0.05)
    assert not any(marks[2])
    assert "Letters name the columns" in lettered.notes[-1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjustments_never_lower_a_p_value_and_keep_their_order(values: list[float]) -> None:
    p = np.array([*values, np.nan])
    by = {how: adjusted(p, how) for how in ("none", "bh", "holm", "bonferroni")}  # type: ignore[arg-type]
    for smaller, larger in pairwise(by.values()):
        assert (smaller[:-1] <= larger[:-1] + 1e-15).all()
    for found in by.values():
        assert np.isnan(found[-1])
        assert (np.diff(found[np.argsort(p[:-1], kind="stable")]) >= -1e-15).all()


def test_letters_need_shares_of_columns(table: Table) -> None:
    with pytest.raises(EstimationError, match="Letters compare shares of columns"):
        crosstab(clustered(), "size ~ exporter").letters()
    with pytest.raises(EstimationError, match="adjust='tukey'"):
        table.letters("tukey")  # type: ignore[arg-type]


def test_words_are_added(table: Table) -> None:
    worded = table.annotate(
        base="firms that export", source="Own survey", questions={"size": "How many?"}, labels={"yes": "Exports"}
    )
    assert worded.rows[0].question == "How many?"
    assert worded.cell("small", "Exports")["n"] == table.cell("small", "yes")["n"]
    assert "Base: firms that export" in repr(worded)
    assert repr(worded).endswith("Source: Own survey")
    np.testing.assert_array_equal(worded.estimate, table.estimate)
