"""Cross-tabs: the same numbers by other roads, shapes, margins and what empty cells say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.errors import ColumnError, EstimationError, SurveykitWarning
from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.estimation.descriptive import count, mean, proportion, total
from surveykit.survey import Survey
from surveykit.weighting import Replicates
from tests.estimation.firms import DESIGNS, clustered, firms

PERCENTS = ["column", "row", "total"]


@pytest.fixture(params=list(DESIGNS))
def survey(request: pytest.FixtureRequest) -> Survey:
    return Survey(firms(), DESIGNS[request.param], weights="w")


@pytest.mark.parametrize("method", ["logit", "beta", "wilson", "mean"])
def test_column_percentages_are_proportions_by_the_column(survey: Survey, method: str) -> None:
    table = crosstab(survey, "size ~ exporter", percent="column", method=method)  # type: ignore[arg-type]
    same = proportion(survey, "size", by="exporter", method=method)  # type: ignore[arg-type]
    for name in ("estimate", "se", "low", "high", "df"):
        inner = getattr(table, name)[0, :3, :2].T.ravel()
        np.testing.assert_allclose(inner, getattr(same, name), rtol=1e-9, err_msg=name)
    np.testing.assert_array_equal(table.base_n[0, :3, :2].T.ravel(), same.n)
    np.testing.assert_allclose(table.base_weighted_n[0, :3, :2].T.ravel(), same.weighted_n)
    margin = proportion(survey, "size", method=method)  # type: ignore[arg-type]
    np.testing.assert_allclose(table.estimate[0, :3, 2], margin.estimate)
    np.testing.assert_allclose(table.se[0, :3, 2], margin.se, rtol=1e-9)
    np.testing.assert_allclose(table.low[0, :3, 2], margin.low, rtol=1e-9)


def test_row_percentages_are_the_transposed_table(survey: Survey) -> None:
    row = crosstab(survey, "size ~ exporter", percent="row")
    column = crosstab(survey, "exporter ~ size", percent="column")
    for name in ("estimate", "se", "low", "high", "df", "n", "base_n", "effective_n"):
        np.testing.assert_allclose(getattr(row, name)[0], getattr(column, name)[0].T, rtol=1e-12, err_msg=name)


def test_total_percentages_are_the_crossed_proportion(survey: Survey) -> None:
    table = crosstab(survey, "size ~ exporter", percent="total")
    same = proportion(survey, ["size", "exporter"])
    np.testing.assert_allclose(table.estimate[0, :3, :2].ravel(), same.estimate)
    np.testing.assert_allclose(table.se[0, :3, :2].ravel(), same.se, rtol=1e-9)
    np.testing.assert_allclose(table.high[0, :3, :2].ravel(), same.high, rtol=1e-9)


def test_counts_are_those_of_count_and_total(survey: Survey) -> None:
    table = crosstab(survey, "size ~ exporter")
    same = count(survey, by=["size", "exporter"])
    for name in ("estimate", "se", "low", "high", "df", "n"):
        np.testing.assert_allclose(
            getattr(table, name)[0, :3, :2].ravel(), getattr(same, name), rtol=1e-9, err_msg=name
        )
    whole = total(survey, "w > 0")
    assert table.estimate[0, -1, -1] == pytest.approx(firms()["w"].sum(), rel=1e-12)
    assert table.se[0, -1, -1] == pytest.approx(whole.se[0], rel=1e-9)
    by_size = count(survey, by="size")
    np.testing.assert_allclose(table.se[0, :3, -1], by_size.se, rtol=1e-9)
    np.testing.assert_allclose(table.df[0, :3, -1], by_size.df)


def test_a_share_is_a_mean_of_an_indicator(survey: Survey) -> None:
    table = crosstab(survey, "exporter ~ size", percent="column", method="mean")
    same = mean(survey, "exporter == 'yes'", by="size")
    np.testing.assert_allclose(table.estimate[0, 1, :3], same.estimate, rtol=1e-12)
    np.testing.assert_allclose(table.se[0, 1, :3], same.se, rtol=1e-9)
    np.testing.assert_allclose(table.low[0, 1, :3], same.low, rtol=1e-9)


@pytest.mark.parametrize("percent", PERCENTS)
def test_layers_are_tables_of_their_domains(survey: Survey, percent: str) -> None:
    table = crosstab(survey, "size ~ exporter | sector", percent=percent)  # type: ignore[arg-type]
    assert table.shape == (3, 4, 3)
    for level in "ABC":
        domain = crosstab(survey.where(f"sector == '{level}'"), "size ~ exporter", percent=percent)  # type: ignore[arg-type]
        one = table.layer(level)
        for name in ("estimate", "se", "low", "high", "df", "n", "base_n", "effective_n"):
            np.testing.assert_allclose(getattr(one, name), getattr(domain, name), rtol=1e-9, atol=1e-15, err_msg=name)
        assert one.test().p_value == pytest.approx(domain.test().p_value, rel=1e-9)


def test_shares_add_to_one_and_margins_can_be_left_out() -> None:
    table = crosstab(clustered(), "size ~ exporter", percent="column", margins=False)
    assert table.shape == (1, 3, 2)
    np.testing.assert_allclose(table.estimate.sum(axis=1), 1.0)
    np.testing.assert_allclose(
        crosstab(clustered(), "size ~ exporter", percent="row", margins=False).estimate.sum(axis=2), 1
    )


def test_tables_of_one_variable() -> None:
    survey = clustered()
    table = crosstab(survey, "size ~ 1", percent="total")
    same = proportion(survey, "size")
    assert table.shape == (1, 4, 1)
    np.testing.assert_allclose(table.estimate[0, :3, 0], same.estimate)
    np.testing.assert_allclose(table.low[0, :3, 0], same.low)
    np.testing.assert_array_equal(table.estimate, crosstab(survey, "size", percent="column").estimate)
    assert table.flags[0, -1, 0] == "fixed"
    with pytest.raises(EstimationError, match="100 % of itself"):
        crosstab(survey, "size", percent="row")


@pytest.mark.parametrize("formula", ["size ~ exporter", "size ~ exporter | sector", "sales > 10 ~ sector"])
def test_every_engine_gives_the_same_table(make_survey: Callable[..., Survey], formula: str) -> None:
    frame = firms().drop(columns=["size"]).assign(size=firms()["size"].astype("str"))
    expected = crosstab(Survey(frame, DESIGNS["clusters"], weights="w"), formula, percent="column")
    found = crosstab(make_survey(frame, DESIGNS["clusters"], weights="w"), formula, percent="column")
    for name in ("estimate", "se", "low", "high", "df", "n", "weighted_n", "base_n", "effective_n"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-10, atol=1e-14, err_msg=name)


def test_missing_answers_are_left_out_and_counted() -> None:
    survey = clustered()
    absent = int(firms()["answer"].isna().sum())
    table = crosstab(survey, "answer ~ size", percent="column")
    assert table.n[0, -1, -1] == 240 - absent
    assert any(f"{absent} row(s)" in note for note in table.notes)
    assert table.test().df == pytest.approx(table.test("F").df)
    # The design's degrees of freedom are those of all rows of the domain, answered or not.
    assert table.joint[0].df == crosstab(survey, "exporter ~ size").joint[0].df
    with pytest.raises(EstimationError, match=f"{absent} row"):
        crosstab(survey, "answer ~ size", missing="fail")


def test_empty_cells_say_why() -> None:
    frame = firms()
    frame["size"] = frame["size"].cat.add_categories(["giant"])
    frame.loc[frame["size"] == "large", "exporter"] = "yes"
    survey = Survey(frame, DESIGNS["clusters"], weights="w")
    shares = crosstab(survey, "exporter ~ size", percent="column")
    assert shares.cell("no", "large")["flags"] == "empty cell"
    assert shares.cell("no", "large")["estimate"] == 0.0
    assert shares.cell("no", "large")["high"] > 0.0
    assert shares.cell("yes", "giant")["flags"] == "empty base"
    assert np.isnan(shares.cell("yes", "giant")["estimate"])
    counts = crosstab(survey, "exporter ~ size")
    assert counts.cell("no", "large")["estimate"] == 0.0
    assert np.isnan(counts.cell("no", "large")["se"])
    assert "without a row of the data" in repr(counts)


def test_an_empty_domain_warns_and_is_missing() -> None:
    with pytest.warns(SurveykitWarning, match="so the table is missing"):
        table = crosstab(clustered().where("sales > 1e9"), "size ~ exporter", percent="column")
    assert np.isnan(table.estimate).all()
    assert (table.flags == "empty base").all()
    with pytest.raises(EstimationError, match="No row with a positive weight"):
        table.test()


def test_refusals() -> None:
    survey = clustered()
    with pytest.raises(ColumnError, match="Did you mean 'exporter'"):
        crosstab(survey, "size ~ exportr")
    with pytest.raises(EstimationError, match="Choose 'column'"):
        crosstab(survey, "size ~ exporter", percent="cols")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="cells, more than 4000"):
        crosstab(Survey(pd.DataFrame({"a": range(70), "b": range(70)})), "a ~ b")


def test_a_table_carries_its_labels() -> None:
    survey = Survey(firms(), DESIGNS["clusters"], weights="w", selection="opt-in", synthetic=True).where("sales > 3")
    table = crosstab(survey, "size ~ exporter", percent="column")
    assert table.synthetic
    assert table.test().synthetic
    assert table.base == "sales > 3"
    assert table.weight == "w"
    assert repr(table).startswith("SYNTHETIC DATA; ")
    assert any("model-based" in note for note in table.notes)


def test_strata_that_are_the_table_leave_nothing_to_test() -> None:
    frame = firms()
    frame["w"] = frame.groupby(["exporter", "sector"])["w"].transform("mean")
    frame["stratum"] = frame["exporter"] + frame["sector"]
    survey = Survey(frame, Design(strata="stratum"), weights="w")
    table = crosstab(survey, "exporter ~ sector", percent="column")
    np.testing.assert_array_equal(table.se, 0.0)
    for statistic in ("F", "Chisq", "Wald", "lincom"):
        with pytest.raises(EstimationError, match="no sampling variance"):
            table.test(statistic)  # type: ignore[arg-type]


def replicated(frame: pd.DataFrame, *, mse: bool = False) -> Survey:
    """The firms with delete-one-town jackknife weights, made here by hand."""
    towns = np.unique(frame["town"], return_inverse=True)[1]
    number = towns.max() + 1
    factors = np.where(np.eye(number) == 1, 0.0, number / (number - 1))
    weights = Replicates("JK1", (number - 1) / number, np.ones(number), mse, factors, towns, frame["w"].to_numpy())
    return Survey(frame, weights=weights)


@pytest.mark.parametrize("mse", [False, True])
def test_percentages_from_replicates_are_those_of_proportion(mse: bool) -> None:
    survey = replicated(firms(), mse=mse)
    table = crosstab(survey, "size ~ exporter", percent="column")
    same = proportion(survey, "size", by="exporter")
    np.testing.assert_allclose(table.estimate[0, :3, :2].T.ravel(), same.estimate, rtol=1e-12)
    np.testing.assert_allclose(table.se[0, :3, :2].T.ravel(), same.se, rtol=1e-9)
    np.testing.assert_allclose(table.low[0, :3, :2].T.ravel(), same.low, rtol=1e-9)
    crossed = proportion(survey, ["size", "exporter"])
    np.testing.assert_allclose(table.joint[0].shares, crossed.covariance, rtol=1e-9, atol=1e-15)
    layered = crosstab(survey, "size ~ exporter | sector", percent="row").layer("A")
    alone = crosstab(survey.where("sector == 'A'"), "size ~ exporter", percent="row")
    np.testing.assert_allclose(layered.se, alone.se, rtol=1e-9)
    assert layered.test().p_value == pytest.approx(alone.test().p_value, rel=1e-8)
