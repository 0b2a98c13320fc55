"""Log-linear models: closed forms, equality with cross-tabs, nested tests and the language of models."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.errors import EstimationError, FormulaError
from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.estimation.crosstabs.loglinear import loglinear, loglinear_test
from surveykit.estimation.crosstabs.loglinear_terms import model_terms
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms

NAMES = ("a", "b", "c d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", [("a",), ("b",)]),
        ("b + a + a", [("a",), ("b",)]),
        ("a*b", [("a",), ("b",), ("a", "b")]),
        ("a + b + b:a", [("a",), ("b",), ("a", "b")]),
        ("a*`c d` + b", [("a",), ("b",), ("c d",), ("a", "c d")]),
    ],
)
def test_models_expand(text: str, expected: list[tuple[str, ...]]) -> None:
    assert list(model_terms(text, NAMES)) == expected


@pytest.mark.parametrize("text", ["", "a +", "a b", "a ~ b", "e", "a:b", "a(b)", "a**b", "import os"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        model_terms(text, NAMES)


def test_independence_has_the_margins_as_fit() -> None:
    model = loglinear(clustered(), ["size", "exporter"])
    expected = np.outer(model.observed.sum(axis=1), model.observed.sum(axis=0))
    np.testing.assert_allclose(model.fitted, expected, atol=1e-13)
    logs = np.log(model.joint.n * expected)
    assert model.coefficients.select("Intercept") == pytest.approx(logs.mean(), rel=1e-12)
    assert model.coefficients.select("size[small]") == pytest.approx(logs[0].mean() - logs.mean(), rel=1e-10)


def test_the_saturated_model_fits_exactly() -> None:
    model = loglinear(clustered(), ["size", "exporter"], model="size*exporter")
    np.testing.assert_allclose(model.fitted, model.observed, atol=1e-12)


@pytest.mark.parametrize("design", list(DESIGNS))
@pytest.mark.parametrize("statistic", ["F", "Chisq", "lincom", "saddlepoint"])
def test_pearsons_test_of_independence_is_that_of_the_crosstab(design: str, statistic: str) -> None:
    survey = Survey(firms(), DESIGNS[design], weights="w")
    model = loglinear(survey, ["sector", "exporter"])
    table = crosstab(survey, "sector ~ exporter").test(statistic)  # type: ignore[arg-type]
    larger = loglinear(survey, ["sector", "exporter"], model="sector*exporter")
    for result in (
        loglinear_test(model, statistic=statistic, of="pearson"),  # type: ignore[arg-type]
        loglinear_test(model, larger, statistic=statistic, of="pearson"),  # type: ignore[arg-type]
    ):
        assert result.statistic == pytest.approx(table.statistic, rel=1e-8)
        assert result.p_value == pytest.approx(table.p_value, rel=1e-7)


def test_the_wald_test_is_that_of_the_coefficients() -> None:
    survey = clustered()
    names = ["size", "exporter", "sector"]
    small = loglinear(survey, names)
    large = loglinear(survey, names, model="size*exporter + sector")
    added = [place for place, name in enumerate(large.coefficients.names) if ":" in name]
    beta, covariance = large.coefficients.estimate[added], large.coefficients.covariance[np.ix_(added, added)]
    wald = beta @ np.linalg.solve(covariance, beta) / len(added)
    assert loglinear_test(small, large, statistic="Wald").statistic == pytest.approx(wald, rel=1e-8)


def test_refusals() -> None:
    survey = clustered()
    small, other = loglinear(survey, ["size", "exporter"]), loglinear(survey, ["size", "sector"])
    with pytest.raises(EstimationError, match="different tables"):
        loglinear_test(small, other)
    with pytest.raises(EstimationError, match="is not within"):
        loglinear_test(small, small)
    frame = firms()
    frame.loc[frame["size"] == "large", "exporter"] = "yes"
    holed = Survey(frame, DESIGNS["clusters"], weights="w")
    with pytest.raises(EstimationError, match="no finite estimate"):
        loglinear(holed, ["size", "exporter"], model="size*exporter")
    with pytest.raises(EstimationError, match="without a finite estimate"):
        loglinear_test(loglinear(holed, ["size", "exporter"]))
    with pytest.raises(EstimationError, match="each named once"):
        loglinear(survey, ["size", "size"])
