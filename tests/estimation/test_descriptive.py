"""Means, totals, ratios, shares and counts against plain sums, and against each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.estimation.descriptive import count, mean, proportion, ratio, total
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms


@pytest.fixture(params=DESIGNS)
def survey(request: pytest.FixtureRequest) -> Survey:
    return Survey(firms(), DESIGNS[request.param], "w")


def test_they_are_weighted_sums(survey: Survey) -> None:
    frame = firms()
    w, y = frame["w"], frame["sales"]
    assert total(survey, "sales").estimate[0] == pytest.approx((w * y).sum())
    assert mean(survey, "sales").estimate[0] == pytest.approx(np.average(y, weights=w))
    assert ratio(survey, "sales", "towns").estimate[0] == pytest.approx((w * y).sum() / (20 * w.sum()))
    assert count(survey).estimate[0] == pytest.approx(w.sum())
    shares = w.groupby(frame["size"], observed=True).sum() / w.sum()
    np.testing.assert_allclose(proportion(survey, "size").estimate, shares)


def test_shares_add_to_one_and_their_covariance_to_zero(survey: Survey) -> None:
    found = proportion(survey, ["size", "exporter"], by="sector")
    np.testing.assert_allclose(found.estimate.reshape(3, 6).sum(axis=1), 1.0)
    together = np.kron(np.eye(3), np.ones(6))
    np.testing.assert_allclose(together @ found.covariance, 0.0, atol=1e-12)
    assert found.names[0] == "A:small:no"


def test_a_share_is_the_mean_of_its_indicator(survey: Survey) -> None:
    share, indicator = proportion(survey, "exporter"), mean(survey, ["exporter == 'no'", "exporter == 'yes'"])
    np.testing.assert_allclose(share.covariance, indicator.covariance, rtol=1e-9)
    counted = ratio(survey, "exporter == 'yes'", "w > 0")
    np.testing.assert_allclose(counted.se, share.se[1], rtol=1e-9)


def test_totals_of_groups_add_up_with_their_covariance(survey: Survey) -> None:
    groups, whole = total(survey, "sales", by=["size", "sector"]), total(survey, "sales")
    summed = groups.contrast(np.ones(9).tolist())
    assert summed.estimate[0] == pytest.approx(whole.estimate[0])
    assert summed.se[0] == pytest.approx(whole.se[0], rel=1e-9)
    counts = total(survey, "w > 0", by="size")
    np.testing.assert_allclose(count(survey, by="size").covariance, counts.covariance, rtol=1e-9)


def test_several_variables_are_one_domain_of_complete_rows() -> None:
    frame = firms()
    frame.loc[::6, "sales"] = np.nan
    frame.loc[::8, "w2"] = 1.0
    survey = Survey(frame, DESIGNS["clusters"], "w")
    both = mean(survey, ["sales", "towns"])
    np.testing.assert_array_equal(both.n, [200, 200])
    alone = mean(survey.where("not missing(sales)"), ["sales", "towns"])
    np.testing.assert_array_equal(both.covariance, alone.covariance)


def test_groups_may_be_expressions(make_survey: Callable[..., Survey]) -> None:
    found = mean(make_survey(firms(), DESIGNS["strata"], "w"), "log(sales)", by=["sales > 10", "region"])
    expected = mean(
        Survey(firms().assign(big=lambda f: f["sales"] > 10), DESIGNS["strata"], "w"),
        "log(sales)",
        by=["big", "region"],
    )
    np.testing.assert_allclose(found.estimate, expected.estimate, rtol=1e-10)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-9, atol=1e-14)


def test_a_constant_has_no_variance(survey: Survey) -> None:
    found = mean(survey, "towns", by="size")
    np.testing.assert_allclose(found.estimate, 20.0)
    np.testing.assert_allclose(found.se, 0.0, atol=1e-9)


def test_a_ratio_to_nothing_is_missing() -> None:
    survey = Survey(pd.DataFrame({"y": [1.0, 2.0, 3.0], "x": [0.0, 0.0, 0.0]}))
    assert np.isnan(ratio(survey, "y", "x").estimate).all()
    assert np.isnan(ratio(survey, "y", "x").se).all()


def test_one_row_in_a_group() -> None:
    frame = firms().assign(alone=lambda f: np.where(f.index == 5, "one", "rest"))
    found = mean(Survey(frame, Design(strata="region"), "w"), "sales", by="alone")
    assert found.n.tolist() == [1, 239]
    assert found.se[0] == 0.0
    assert found.df[0] == 0.0
    assert np.isnan(found.low[0])


def test_zero_weights_are_not_counted() -> None:
    frame = firms().assign(w=lambda f: np.where(f.index < 40, 0.0, f["w"]))
    assert count(Survey(frame, DESIGNS["clusters"], "w")).n.tolist() == [200]


def test_rows_may_be_permuted_and_weights_scaled() -> None:
    survey, shuffled = clustered(), Survey(firms().sample(frac=1, random_state=1), DESIGNS["clusters"], "w")
    np.testing.assert_allclose(
        mean(shuffled, "sales", by="size").covariance, mean(survey, "sales", by="size").covariance, rtol=1e-9
    )
