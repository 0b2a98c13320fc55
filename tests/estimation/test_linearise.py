"""Statistics are linear in their sums, and a new one needs two functions only."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.engine import FloatArray, IntArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.descriptive import Mean, Proportion, Ratio, Total, mean, total
from surveykit.estimation.linearise import Statistic, keys_for, solve
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms

GROUPS: IntArray = np.array([0, 0, 1, 1])
STATISTICS: dict[str, tuple[Statistic, int]] = {
    "total": (Total(), 3), "mean": (Mean(), 3), "ratio": (Ratio(), 3), "proportion": (Proportion(GROUPS), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", STATISTICS)
def test_scores_are_the_derivative_of_the_value(name: str) -> None:
    statistic, terms = STATISTICS[name]
    rng = np.random.default_rng(0)
    at, step = rng.uniform(1, 3, (4, terms)), rng.normal(size=(4, terms))
    small = 1e-5
    slope = (statistic.value(at + small * step) - statistic.value(at - small * step)) / (2 * small)
    # Scores may carry the value itself (a total); of the others they have no part along the sums they stand at.
    np.testing.assert_allclose(statistic.scores(step, at), slope, rtol=1e-7, atol=1e-9)
    if name != "total":
        np.testing.assert_allclose(statistic.scores(at, at), 0.0, atol=1e-12)
    several: FloatArray = rng.uniform(1, 2, (5, 4, terms))
    assert statistic.value(several).shape == (5, *statistic.value(at).shape)
    np.testing.assert_allclose(
        statistic.scores(several.sum(axis=0), at), statistic.scores(several, at).sum(axis=0), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("design", DESIGNS)
def test_a_statistic_of_ones_own(design: str) -> None:
    """Coefficient of a weighted mean squared: twice the mean times its error, by the delta method."""

    class Squared:
        def value(self, sums: FloatArray) -> FloatArray:
            return (sums[..., 1] / sums[..., 0]) ** 2

        def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
            centre = at[:, 1] / at[:, 0]
            return 2 * centre * (sums[..., 1] - centre * sums[..., 0]) / at[:, 0]

    survey = Survey(firms(), DESIGNS[design], "w")
    found = solve(survey, Request((None, survey.expression("sales"))), Squared())
    plain = mean(survey, "sales")
    assert found.value[0] == pytest.approx(plain.estimate[0] ** 2)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(2 * plain.estimate[0] * plain.se[0], rel=1e-9)
    assert found.degrees_of_freedom().tolist() == plain.df.tolist()


def test_the_domain_of_a_request_joins_that_of_the_survey() -> None:
    survey = clustered().where("size != 'small'")
    request = Request((None, survey.expression("sales")), where=survey.expression("sector == 'A'"))
    both = total(survey.where("sector == 'A'"), "sales")
    np.testing.assert_array_equal(solve(survey, request, Total()).covariance, both.covariance)


def test_a_request_begins_with_the_constant() -> None:
    survey = clustered()
    with pytest.raises(EstimationError, match="must begin with the constant term"):
        solve(survey, Request((survey.expression("sales"),)), Total())


def test_keys_have_the_levels_of_the_data_in_their_order() -> None:
    survey = clustered()
    keys = keys_for(survey.where("size == 'small'"), ["size", "sales > 4", "region"])
    assert [key.levels for key in keys] == [("small", "medium", "large"), (False, True), (0, 1, 2)]
    assert keys_for(survey, None) == ()
