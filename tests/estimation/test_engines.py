"""Quantiles, spread, inequality and model tests are the same on every engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from surveykit.estimation.describe import describe
from surveykit.estimation.inequality.inequality import atkinson, gini, lorenz, quantile_share_ratio
from surveykit.estimation.models.tests import likelihood_ratio_test, score_test
from surveykit.estimation.quantiles.cdf import cdf
from surveykit.estimation.quantiles.quantiles import quantile
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.spread import correlation, variance
from surveykit.results import Estimate
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, firms

VERBS: dict[str, Callable[[Survey], Estimate]] = {
    "quantiles by group": lambda survey: quantile(survey, "sales", [0.1, 0.5, 0.9], by=["exporter", "sector"]),
    "quantiles between rows": lambda survey: quantile(survey, "sales", [0.2, 0.5], rule="hf7", by="sector"),
    "score interval": lambda survey: quantile(survey, "sales", interval="score"),
    "distribution": lambda survey: cdf(survey, "sales", [10, 20.5], by="exporter"),
    "variance": lambda survey: variance(survey, ["sales", "w"], by="sector"),
    "correlation": lambda survey: correlation(survey, ["sales", "w"]),
    "gini": lambda survey: gini(survey, "sales", by="sector"),
    "share ratio": lambda survey: quantile_share_ratio(survey, "sales", convention="osier"),
    "atkinson": lambda survey: atkinson(survey.where("sales > 5"), "sales", epsilon=0.5, by="sector"),
    "lorenz": lambda survey: lorenz(survey, "sales", 4),
}


@pytest.mark.parametrize("design", ["strata", "two stages"])
def test_estimates_agree(design: str, make_survey: Callable[..., Survey]) -> None:
    frame = firms().drop(columns="size")
    expected, found = Survey(frame, DESIGNS[design], "w"), make_survey(frame, DESIGNS[design], "w")
    for name, verb in VERBS.items():
        first, second = verb(expected), verb(found)
        assert first.names == second.names, name
        for field in ("estimate", "se", "low", "high", "df", "n"):
            np.testing.assert_allclose(
                getattr(second, field), getattr(first, field), rtol=1e-9, atol=1e-12, err_msg=f"{name}: {field}"
            )


@pytest.mark.parametrize("design", ["rows", "clusters"])
def test_descriptions_and_tests_agree(design: str, make_survey: Callable[..., Survey]) -> None:
    frame = firms().drop(columns="size")
    expected, found = Survey(frame, DESIGNS[design], "w"), make_survey(frame, DESIGNS[design], "w")
    domains: list[Any] = [lambda survey: survey, lambda survey: survey.where("sector == 'A'")]
    for domain in domains:
        first, second = describe(domain(expected), "answer"), describe(domain(found), "answer")
        assert repr(first) == repr(second)
    models = [regress(survey, "exporter ~ sales + sector", family="binomial") for survey in (expected, found)]
    ratios = [likelihood_ratio_test(model, "sector") for model in models]
    scores = [score_test(model, "~ w") for model in models]
    for one, other in (ratios, scores):
        assert other.statistic == pytest.approx(one.statistic, rel=1e-6)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-6)
