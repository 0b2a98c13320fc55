"""Goodness of fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.crosstabs.table_tests import goodness_of_fit
from surveykit.estimation.descriptive import proportion
from surveykit.survey import Survey
from tests.estimation.firms import clustered, firms


def test_without_design_or_weights_it_is_pearsons() -> None:
    frame = pd.DataFrame({"a": list("xxyyyyzzzz") * 12})
    result = goodness_of_fit(Survey(frame), "a", [0.3, 0.35, 0.35], statistic="Chisq")
    expected = stats.chisquare([24, 48, 48], [36, 42, 42])
    assert result.statistic == pytest.approx(expected.statistic)
    # At the hypothesis itself the design effects are exactly n / (n - 1).
    at = goodness_of_fit(Survey(frame), "a", [0.2, 0.4, 0.4], statistic="Chisq")
    np.testing.assert_allclose(at.facts["eigenvalues"], 120 / 119, rtol=1e-12)
    assert at.statistic == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("statistic", ["F", "Chisq", "Satterthwaite", "Wald", "adjWald", "lincom", "saddlepoint"])
def test_weights_may_be_rescaled_and_levels_named(statistic: str) -> None:
    shares = {"small": 0.3, "medium": 0.4, "large": 0.3}
    base = goodness_of_fit(clustered(), "size", shares, statistic=statistic)  # type: ignore[arg-type]
    other = clustered(w=firms()["w"] * 37)
    same = goodness_of_fit(other, "size", list(shares.values()), statistic=statistic)  # type: ignore[arg-type]
    assert same.statistic == pytest.approx(base.statistic, rel=1e-9)
    assert same.p_value == pytest.approx(base.p_value, rel=1e-8)


def test_two_levels_are_a_test_of_one_share() -> None:
    share = proportion(clustered(), "exporter")
    result = goodness_of_fit(clustered(), "exporter", [0.6, 0.4], statistic="Wald")
    assert result.statistic == pytest.approx(((share.estimate[0] - 0.6) / share.se[0]) ** 2, rel=1e-9)


def test_refusals() -> None:
    survey = clustered()
    for given, words in (
        ([0.5, 0.5], "2 probabilities are given for 3 level"),
        ([0.5, 0.3, 0.1], "add to 0.9"),
        ([1.0, 0.0, 0.0], "must be positive"),
        ({"small": 0.5, "middle": 0.5}, "'middle' is not a level"),
        ({"small": 0.5, "large": 0.5}, "Levels 'medium'"),
    ):
        with pytest.raises(EstimationError, match=words):
            goodness_of_fit(survey, "size", given)  # type: ignore[arg-type]
    fixed = Survey(firms().assign(w=1.0), Design(strata="region"), weights="w")
    with pytest.raises(EstimationError, match="no sampling variance"):
        goodness_of_fit(fixed, "region", [0.3, 0.3, 0.4])
