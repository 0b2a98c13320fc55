"""Tests of groups: identities with means, invariance, engines and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surveykit.design import Design
from surveykit.errors import EstimationError, FormulaError
from surveykit.estimation.descriptive import mean
from surveykit.estimation.group_tests import rank_test, t_test
from surveykit.estimation.regression.regression import regress
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms

RANK_TESTS = ["wilcoxon", "vanderWaerden", "median", "kruskal-wallis"]


@pytest.fixture(params=list(DESIGNS))
def survey(request: pytest.FixtureRequest) -> Survey:
    return Survey(firms(), DESIGNS[request.param], weights="w")


def test_two_groups_are_a_contrast_of_means_and_a_slope(survey: Survey) -> None:
    result = t_test(survey, "sales ~ exporter")
    means = mean(survey, "sales", by="exporter")
    contrast = means.contrast({"yes": 1, "no": -1})
    assert result.estimates == {"difference in mean: yes - no": pytest.approx(contrast.estimate[0], rel=1e-12)}
    assert result.statistic == pytest.approx(contrast.estimate[0] / contrast.se[0], rel=1e-10)
    model = regress(survey, "sales ~ exporter")
    assert result.statistic == pytest.approx(model.estimate[1] / model.se[1], rel=1e-8)
    assert result.df == mean(survey, "sales").df[0] - 1
    assert result.interval is not None
    assert result.interval[1] - result.interval[0] == pytest.approx(2 * stats.t.ppf(0.975, result.df) * contrast.se[0])


def test_one_mean(survey: Survey) -> None:
    found = mean(survey, "sales")
    result = t_test(survey, "sales ~ 0")
    assert result.statistic == pytest.approx(found.estimate[0] / found.se[0], rel=1e-12)
    moved = t_test(survey, "sales - 12.5 ~ 0")
    same = t_test(survey, "sales ~ 12.5")
    assert same.statistic == pytest.approx(moved.statistic, rel=1e-9)
    assert same.estimates["mean"] == pytest.approx(found.estimate[0])


def test_one_row_a_unit_with_equal_weights_is_nearly_welch() -> None:
    frame = firms()
    result = t_test(Survey(frame), "sales ~ exporter")
    a, b = (frame.loc[frame["exporter"] == level, "sales"] for level in ("yes", "no"))
    # Linearised variances divide by n of the group and multiply by n / (n - 1) of the sample.
    se = np.sqrt((a.var(ddof=0) / len(a) + b.var(ddof=0) / len(b)) * 240 / 239)
    assert result.statistic == pytest.approx((a.mean() - b.mean()) / se, rel=1e-10)


def test_several_groups(survey: Survey) -> None:
    result = t_test(survey, "sales ~ size")
    assert (result.df, result.ddf) == (2, mean(survey, "sales").df[0] - 2)
    means = mean(survey, "sales", by="size")
    first = means.contrast({"a": [-1, 1, 0], "b": [-1, 0, 1]})
    wald = first.estimate @ np.linalg.solve(first.covariance, first.estimate) / 2
    assert result.statistic == pytest.approx(wald, rel=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-3, 1e3), st.integers(0, 99), st.sampled_from(RANK_TESTS), st.sampled_from(list(DESIGNS)))
def test_rank_tests_do_not_depend_on_scale_order_or_monotone_changes(
    scale: float, seed: int, test: str, design: str
) -> None:
    frame = firms(seed=11)
    base = rank_test(Survey(frame, DESIGNS[design], weights="w"), "sales ~ exporter", test=test)  # type: ignore[arg-type]
    changed = frame.assign(w=frame["w"] * scale, sales=np.exp(frame["sales"] / 100)).sample(frac=1, random_state=seed)
    other = rank_test(Survey(changed, DESIGNS[design], weights="w"), "sales ~ exporter", test=test)  # type: ignore[arg-type]
    assert other.statistic == pytest.approx(base.statistic, rel=1e-7)


def test_ranks_without_ties_agree_between_conventions() -> None:
    survey = clustered(sales=np.random.default_rng(1).permutation(240).astype(float))
    for test in RANK_TESTS:
        both = [rank_test(survey, "sales ~ size", test=test, ties=ties) for ties in ("midrank", "sequential")]  # type: ignore[arg-type]
        assert both[0].statistic == pytest.approx(both[1].statistic, rel=1e-12)


def test_reversing_the_outcome_turns_the_sign(survey: Survey) -> None:
    up, down = (rank_test(survey, f"{outcome} ~ exporter") for outcome in ("sales", "-sales"))
    assert down.statistic == pytest.approx(-up.statistic, rel=1e-9)


def test_a_constant_shift_of_ranks_is_mann_whitney() -> None:
    frame = firms()
    result = rank_test(Survey(frame), "sales ~ exporter")
    a, b = (frame.loc[frame["exporter"] == level, "sales"] for level in ("yes", "no"))
    u = stats.mannwhitneyu(a, b).statistic
    # Mean ranks of two groups differ by n (U / (n1 n2) - 1/2), and ranks here are shares of n.
    expected = u / (len(a) * len(b)) - 0.5
    assert next(iter(result.estimates.values())) == pytest.approx(expected, rel=1e-10)


def test_domains_missing_answers_and_groups_without_rows(survey: Survey) -> None:
    domain = survey.where("sector == 'A'")
    means = mean(domain, "sales", by="answer").contrast({"yes": 1, "no": -1})
    for result in (t_test(domain, "sales ~ answer"), rank_test(domain, "sales ~ answer")):
        absent = int((firms()["answer"].isna() & (firms()["sector"] == "A")).sum())
        assert any(f"{absent} row(s)" in note for note in result.notes)
        assert result.n == int(((firms()["sector"] == "A") & firms()["answer"].notna()).sum())
    assert t_test(domain, "sales ~ answer").statistic == pytest.approx(means.estimate[0] / means.se[0], rel=1e-9)
    without = survey.where("size != 'medium'")
    assert "difference in mean: large - small" in t_test(without, "sales ~ size").estimates
    with pytest.raises(EstimationError, match="row\\(s\\) of the domain are missing"):
        t_test(survey, "sales ~ answer", missing="fail")


@pytest.mark.parametrize("verb", [t_test, rank_test])
def test_every_engine_agrees(make_survey: Callable[..., Survey], verb: Callable[..., object]) -> None:
    frame = firms().drop(columns="size")
    expected = verb(Survey(frame, DESIGNS["clusters"], weights="w"), "sales ~ answer")
    found = verb(make_survey(frame, DESIGNS["clusters"], weights="w"), "sales ~ answer")
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-10)  # type: ignore[attr-defined]
    assert found.df == expected.df  # type: ignore[attr-defined]


def test_refusals() -> None:
    survey = clustered(flat=1.0)
    with pytest.raises(EstimationError, match="holds categories"):
        t_test(survey, "size ~ exporter")
    with pytest.raises(EstimationError, match="there is only 'yes'"):
        t_test(survey.where("exporter == 'yes'"), "sales ~ exporter")
    with pytest.raises(EstimationError, match="no sampling variance"):
        t_test(survey, "flat ~ exporter")
    with pytest.raises(FormulaError, match="does not name an outcome"):
        t_test(survey, "sales")
    with pytest.raises(EstimationError, match="test='u' is not known"):
        rank_test(survey, "sales ~ exporter", test="u")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="not a confidence level"):
        t_test(survey, "sales ~ 0", level=95)
    tiny = Survey(pd.DataFrame({"y": [1.0, 2.0, 4.0], "g": list("aab"), "c": [1, 1, 2]}), Design(clusters="c"))
    with pytest.raises(EstimationError, match="0 degrees of freedom"):
        t_test(tiny, "y ~ g")
