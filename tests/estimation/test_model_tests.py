"""Tests of model terms: R's digits and the identities between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.models.comparisons import r_squared, sequential_tests
from surveykit.estimation.models.likelihood_intervals import profile_intervals
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.tests import likelihood_ratio_test, score_test, wald_test
from surveykit.estimation.regression.regression import regress
from surveykit.results import TestResult
from surveykit.survey import Survey
from tests.estimation.firms import clustered, firms
from tests.estimation.recorded import entry, survey_of

FORMULA = "exporter ~ sales + sector"


def _model(name: str, formula: str, family: str = "gaussian") -> Model:
    return regress(survey_of(name), formula, family=family)


@pytest.mark.parametrize(
    ("name", "design", "formula", "terms"),
    [
        ("apistrat.rtt_wald", "dstrat", "api00 ~ ell + ellq", "~ ellq"),
        ("ict.rtt_wald", "dict", "speed_quanti ~ lemp + division", ["division"]),
        ("apistrat.rtt_waldchi", "dstrat", "api00 ~ ell + `comp.imp`", "`comp.imp`"),
        ("ict.rtt_waldchi", "dict", "speed_quanti ~ lemp + size", "size"),
    ],
)
def test_wald_tests_are_rs(name: str, design: str, formula: str, terms: Any) -> None:
    recorded = entry(name)
    chi_square = "chisq" in recorded
    result = wald_test(_model(design, formula), terms, df=float("inf") if chi_square else None)
    assert result.statistic == pytest.approx(recorded["chisq" if chi_square else "Ftest"][0], rel=1e-6)
    assert result.df == recorded["df"][0]
    assert result.ddf == (float("inf") if chi_square else recorded["ddf"][0])
    assert result.p_value == pytest.approx(recorded["p"][0], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "design", "formula", "terms"),
    [
        ("apistrat.rtt_lrt", "dstrat", "hi ~ ell + `comp.imp`", "`comp.imp`"),
        ("ict.rtt_lrt", "dict", "big ~ lemp + size", "~ size"),
    ],
)
def test_likelihood_ratio_tests_are_rs(name: str, design: str, formula: str, terms: str) -> None:
    recorded = entry(name)
    result = likelihood_ratio_test(_model(design, formula, "binomial"), terms, reference="saddlepoint")
    assert result.statistic == pytest.approx(recorded["chisq"][0], rel=1e-6)
    np.testing.assert_allclose(result.facts["eigenvalues"], recorded["lambda"], rtol=1e-6)
    assert (result.df, result.ddf) == (recorded["df"][0], recorded["ddf"][0])
    assert result.p_value == pytest.approx(recorded["p"][0], abs=1e-6)
    exact = likelihood_ratio_test(_model(design, formula, "binomial"), terms)
    assert exact.p_value == pytest.approx(recorded["p"][0], abs=5e-3)


def test_score_tests_are_rs() -> None:
    statistic, ddf, p_value = entry("api.scoretest")["estimates"]
    result = score_test(_model("dstrat", "api00 ~ ell"), "~ meals")
    assert result.statistic == pytest.approx(statistic, rel=1e-6)
    assert result.ddf == ddf
    assert result.p_value == pytest.approx(p_value, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "design", "formula"),
    [("apistrat.anova", "dstrat", "hi ~ ell + `comp.imp`"), ("ict.anova", "dict", "big ~ lemp + size")],
)
def test_sequential_tests_are_rs(name: str, design: str, formula: str) -> None:
    found = sequential_tests(_model(design, formula, "binomial"), reference="saddlepoint")
    first = next(iter(found.tests.values()))
    assert first.p_value == pytest.approx(entry(name)["estimates"][0], rel=1e-6)


def test_profile_intervals_are_rs() -> None:
    found = profile_intervals(_model("dstrat", "hi ~ ell", "binomial"))
    expected = np.array(entry("api.confint_lik")["matrix"])
    np.testing.assert_allclose(found.low, expected[:, 0], rtol=1e-4)
    np.testing.assert_allclose(found.high, expected[:, 1], rtol=1e-4)


def test_one_coefficient_is_tested_by_its_t() -> None:
    model = regress(clustered(), FORMULA, family="binomial")
    place = model.names.index("sales")
    result = wald_test(model, "sales")
    assert result.statistic == pytest.approx(model.facts["t"][place] ** 2)
    assert result.p_value == pytest.approx(model.facts["p"][place], rel=1e-9)


def test_with_one_eigenvalue_the_likelihood_ratio_is_an_f() -> None:
    model = regress(clustered(), FORMULA, family="binomial")
    result = likelihood_ratio_test(model, "sales")
    scaled = result.statistic / result.facts["eigenvalues"][0]
    assert result.p_value == pytest.approx(stats.f.sf(scaled, 1, result.ddf), rel=1e-8)
    normal = likelihood_ratio_test(model, "sales", df=float("inf"))
    assert normal.p_value == pytest.approx(stats.chi2.sf(scaled, 1), rel=1e-8)


def test_in_a_linear_model_likelihood_ratio_and_wald_are_one_for_a_coefficient() -> None:
    model = regress(clustered(), "sales ~ size + w")
    wald, ratio = wald_test(model, "w"), likelihood_ratio_test(model, "w")
    assert ratio.p_value == pytest.approx(wald.p_value, rel=1e-7)
    working = score_test(regress(clustered(), "sales ~ size"), "w", method="working")
    design_based = score_test(regress(clustered(), "sales ~ size"), "w", df=working.ddf)
    assert working.p_value == pytest.approx(design_based.p_value, rel=1e-8)


def test_weights_may_be_rescaled() -> None:
    other = clustered(w=firms()["w"] * 1e3)
    verbs: list[Callable[[Model], TestResult]] = [
        lambda model: wald_test(model, "sector"),
        lambda model: likelihood_ratio_test(model, "sector"),
        lambda model: score_test(model, "~ w"),
        lambda model: score_test(model, "~ w", method="working"),
    ]
    for verb in verbs:
        base = verb(regress(clustered(), FORMULA, family="binomial"))
        same = verb(regress(other, FORMULA, family="binomial"))
        assert same.p_value == pytest.approx(base.p_value, rel=1e-5)


def test_without_weights_and_clusters_they_are_those_of_the_textbook() -> None:
    """With many rows drawn from the model the design-based tests tend to the likelihood's own."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"x": rng.normal(size=4000), "z": rng.normal(size=4000)})
    frame["y"] = (rng.random(4000) < 1 / (1 + np.exp(-0.3 - 0.5 * frame["x"]))).astype(int)
    survey = Survey(frame, Design())
    model = regress(survey, "y ~ x + z", family="binomial")
    ratio = likelihood_ratio_test(model, "z")
    assert ratio.facts["eigenvalues"][0] == pytest.approx(1, abs=0.1)
    score = score_test(regress(survey, "y ~ x", family="binomial"), "z", method="working")
    assert score.statistic == pytest.approx(ratio.statistic, rel=0.05)
    tests = sequential_tests(model, method="wald").to_frame()
    assert tests["term"].tolist() == ["x", "z"]
    assert tests["p_value"].iloc[0] < 1e-20


def test_the_last_sequential_test_is_the_test_of_the_last_term() -> None:
    model = regress(clustered(), FORMULA, family="binomial")
    last = sequential_tests(model).tests["sector"]
    assert last.p_value == pytest.approx(likelihood_ratio_test(model, "sector").p_value, rel=1e-9)
    by_wald = sequential_tests(model, method="wald").tests["sector"]
    assert by_wald.p_value == pytest.approx(wald_test(model, "sector").p_value, rel=1e-6)


def test_profile_intervals_in_a_linear_model_are_those_of_t() -> None:
    model = regress(clustered(), "sales ~ w")
    found = profile_intervals(model, level=0.9)
    np.testing.assert_allclose(found.confint(0.9), model.confint(0.9), rtol=1e-8)
    alone = profile_intervals(regress(clustered(), "sales ~ 1"))
    np.testing.assert_allclose(alone.low, regress(clustered(), "sales ~ 1").low, rtol=1e-8)
    with pytest.raises(EstimationError, match="not a confidence level"):
        profile_intervals(model, level=1.2)


def test_r_squared() -> None:
    rows = firms()
    unweighted = regress(Survey(rows), "sales ~ w")
    found = r_squared(unweighted)
    assert found.deviance == pytest.approx(np.corrcoef(rows["sales"], rows["w"])[0, 1] ** 2, rel=1e-9)
    assert found.adjusted < found.deviance
    binary = r_squared(regress(clustered(), FORMULA, family="binomial"))
    assert 0 < binary.cox_snell < binary.nagelkerke < 1
    with pytest.raises(EstimationError, match="no intercept"):
        r_squared(regress(clustered(), "sales ~ 0 + w"))


def test_refusals() -> None:
    model = regress(clustered(), FORMULA, family="binomial")
    with pytest.raises(EstimationError, match="'w' is not a term"):
        wald_test(model, "w")
    with pytest.raises(EstimationError, match="adds no column"):
        score_test(model, "~ sales")
    with pytest.raises(EstimationError, match="method='lrt' is not known"):
        score_test(model, "~ w", method="lrt")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="reference='r' is not known"):
        likelihood_ratio_test(model, "sector", reference="r")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="-1 residual degrees of freedom"):
        wald_test(model, "sector", df=-1)
    with pytest.raises(EstimationError, match="no intercept"):
        sequential_tests(regress(clustered(), "sales ~ 0 + w"))


def test_results_carry_their_base() -> None:
    result = wald_test(regress(clustered().where("sales > 3"), FORMULA, family="binomial"), "sector")
    assert result.n == int((firms()["sales"] > 3).sum())
    assert result.weight == "w"
    assert any("sales > 3" in note for note in result.notes)
    assert "sector are zero" in repr(result)
