"""Variances, covariances and correlations."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimationError
from surveykit.estimation.spread import correlation, covariance, variance
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms
from tests.estimation.recorded import ENTRIES, entry, survey_of


@pytest.mark.parametrize("name", [name for name, one in ENTRIES.items() if one["fn"] == "svyvar"])
def test_covariances_are_rs(name: str) -> None:
    recorded = entry(name)
    variables = re.search(r"svyvar\(~([^,]+),", recorded["call"])
    assert variables is not None
    found = covariance(survey_of(recorded["design_id"]), variables.group(1).split("+"))
    np.testing.assert_allclose(found.estimate, recorded["estimates"], rtol=1e-8)
    np.testing.assert_allclose(found.se, recorded["ses"], rtol=1e-6)
    np.testing.assert_allclose(found.covariance, recorded["vcov"], rtol=1e-6)


def test_correlations_are_rs() -> None:
    found = correlation(survey_of("dsrs"), ["api00", "api99", "ell"])
    np.testing.assert_allclose(found.estimate.reshape(3, 3), entry("srs.cor")["matrix"], rtol=1e-8)


def test_without_weights_they_are_the_samples_own() -> None:
    frame = firms().assign(costs=lambda data: data["sales"] ** 0.5)
    matrix = frame[["sales", "costs"]].cov().to_numpy()
    survey = Survey(frame)
    np.testing.assert_allclose(covariance(survey, ["sales", "costs"]).estimate, matrix.reshape(-1))
    np.testing.assert_allclose(variance(survey, ["sales", "costs"]).estimate, np.diagonal(matrix))
    np.testing.assert_allclose(correlation(survey, ["sales", "costs"]).estimate[1], frame["sales"].corr(frame["costs"]))


@pytest.mark.parametrize("design", DESIGNS)
def test_groups_agree_with_domains_and_weights_may_be_rescaled(design: str) -> None:
    frame = firms().assign(costs=lambda data: data["sales"] ** 0.5)
    survey = Survey(frame, DESIGNS[design], weights="w")
    scaled = Survey(frame.assign(w=frame["w"] * 1e4), DESIGNS[design], weights="w")
    for verb in (covariance, correlation):
        found = verb(survey, ["sales", "costs"], by="size").to_frame()
        rescaled = verb(scaled, ["sales", "costs"], by="size").to_frame()
        np.testing.assert_allclose(rescaled[["estimate", "se"]], found[["estimate", "se"]], rtol=1e-8, atol=1e-12)
        for size, cell in found.groupby("size", observed=True):
            alone = verb(survey.where(f"size == '{size}'"), ["sales", "costs"]).to_frame()
            for column in ("estimate", "se", "df", "n"):
                np.testing.assert_allclose(cell[column].to_numpy(), alone[column].to_numpy(), rtol=1e-8, atol=1e-12)


def test_a_shift_loses_no_digits_and_changes_nothing() -> None:
    near = covariance(clustered(), ["sales", "w"])
    far = covariance(clustered(sales=firms()["sales"] + 1e9), ["sales", "w"])
    np.testing.assert_allclose(far.estimate, near.estimate, rtol=1e-6)
    np.testing.assert_allclose(far.se, near.se, rtol=1e-6)


def test_correlation_follows_the_delta_method_and_has_the_error_of_its_slope_under_no_correlation() -> None:
    survey = clustered(costs=firms()["sales"] ** 0.5)
    matrix = covariance(survey, ["sales", "costs"])
    by_delta = matrix.contrast({"r": "`sales:costs` / sqrt(`sales:sales` * `costs:costs`)"})
    found = correlation(survey, ["sales", "costs"])
    assert found.estimate[2] == pytest.approx(by_delta.estimate[0], rel=1e-12)
    assert found.se[2] == pytest.approx(by_delta.se[0], rel=1e-6)
    np.testing.assert_array_equal(found.se[[0, 3]], 0.0)


def test_constants_have_no_correlation() -> None:
    frame = pd.DataFrame({"a": [0.1] * 7, "b": [1.0, 2, 3, 4, 5, 6, 9], "w": [0.3, 0.1, 0.7, 1.1, 2, 3, 1]})
    survey = Survey(frame, weights="w")
    assert variance(survey, "a").estimate[0] == 0
    assert np.isnan(correlation(survey, ["a", "b"]).estimate[:3]).all()


def test_missing_values_are_dropped_together_or_refused() -> None:
    survey = clustered(costs=firms()["sales"].where(firms()["sales"] > 3))
    kept = firms()["sales"] > 3
    assert int(variance(survey, ["w", "costs"]).n[0]) == int(kept.sum())
    with pytest.raises(EstimationError, match="missing in 'w', 'costs'"):
        variance(survey, ["w", "costs"], missing="fail")
    with pytest.raises(EstimationError, match="No variable"):
        covariance(survey, [])
