"""Rubin's rules against recorded numbers of R and against their own limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import EstimationError
from surveykit.estimation.pooling.rubin import combine, likelihood_statistic, mean_statistic, wald_statistic
from tests.quality.test_imputation import firms


@pytest.fixture(scope="module")
def entries(reference: Path) -> dict[str, Any]:
    found = json.loads((reference / "oracle/oracle.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry for entry in found}


@pytest.fixture(scope="module")
def surveys(reference: Path) -> list[sk.Survey]:
    frame = pd.read_csv(reference / "oracle/data/ict_mi.csv")
    parts = [part.reset_index(drop=True) for _, part in frame.groupby("imp")]
    return [sk.Survey(part, sk.Design(strata="strata"), weights="w_calib") for part in parts]


def test_means_and_totals(entries: dict[str, Any], surveys: list[sk.Survey]) -> None:
    pooled = {
        "mi.mean": sk.pool([sk.mean(one, ["speed", "big"]) for one in surveys], complete_df=np.inf),
        "mi.tot": sk.pool([sk.total(one, "big") for one in surveys], complete_df=np.inf),
        "mi.glm": sk.pool([sk.regress(one, "speed ~ lemp + big") for one in surveys], complete_df=np.inf),
    }
    for name, found in pooled.items():
        entry = entries[name]
        np.testing.assert_allclose(found.estimate, entry["estimates"], rtol=1e-8)
        np.testing.assert_allclose(found.se, entry["ses"], rtol=1e-6)
        np.testing.assert_allclose(found.df, entry["df"], rtol=1e-6)
        np.testing.assert_allclose(found.facts["missing_information"], entry["missinfo"], rtol=1e-6)


def test_the_design_caps_the_degrees_of_freedom(surveys: list[sk.Survey]) -> None:
    found = sk.pool([sk.mean(one, "speed") for one in surveys])
    assert found.df[0] < min(sk.mean(one, "speed").df[0] for one in surveys)


def test_without_missing_values_nothing_is_added() -> None:
    one, covariance = np.array([[2.0, 3.0]] * 5), np.repeat(np.array([[[4.0, 1.0], [1.0, 9.0]]]), 5, axis=0)
    found = combine(one, covariance, np.array([50.0, np.inf]))
    np.testing.assert_allclose(found.covariance, covariance[0])
    assert found.df[1] == np.inf
    assert found.df[0] == pytest.approx(51 / 53 * 50)
    statistic, k, ddf, _ = wald_statistic(found, 5, np.inf)
    assert (k, ddf) == (2, np.inf)
    assert statistic == pytest.approx(one[0] @ np.linalg.inv(covariance[0]) @ one[0] / 2)
    assert mean_statistic([6.0] * 5, 2.0)[0] == pytest.approx(3)
    assert likelihood_statistic([6.0] * 5, [6.0] * 5, 2)[0] == pytest.approx(3)


def test_one_coefficient_has_one_test(surveys: list[sk.Survey]) -> None:
    larger = sk.pool([sk.regress(one, "speed ~ lemp + big") for one in surveys])
    smaller = sk.pool([sk.regress(one, "speed ~ lemp") for one in surveys])
    wald = sk.pooled_wald_test(larger, ["big"])
    assert sk.pooled_wald_test(larger, "big").statistic == wald.statistic
    t = larger.estimate[2] / larger.se[2]
    assert wald.statistic == pytest.approx(t**2)
    ratio = sk.pooled_likelihood_ratio_test(larger, smaller)
    assert ratio.statistic == pytest.approx(wald.statistic, rel=0.35)
    d2 = sk.pool([sk.wald_test(sk.regress(one, "speed ~ lemp + big"), "big") for one in surveys])
    assert d2.p_value < 0.1
    assert d2.method.endswith("pooled by D2")


def test_tables_and_verbs_of_imputed_data() -> None:
    imputed = sk.impute(firms(), ["sales", "rating"], method="bootstrap", within="size", m=4, seed=1)
    surveys = sk.imputed_survey(imputed)
    table = sk.pool(surveys, sk.crosstab, "rating ~ size", percent="column")
    by_hand = [sk.crosstab(one, "rating ~ size", percent="column").estimate for one in surveys.surveys]
    np.testing.assert_allclose(table.estimate, np.mean(by_hand, axis=0))
    assert (table.se >= 0).all()
    test = sk.pool(surveys, lambda one: sk.crosstab(one, "rating ~ size").test())
    assert test.p_value < 1e-6
    found = sk.pool(surveys.where("sector == 'A'"), sk.mean, "sales")
    assert any("imputed cells: sales" in note for note in found.notes)
    assert found.df[0] < surveys.surveys[0].engine.rows


def test_refusals() -> None:
    survey = sk.Survey(pd.DataFrame({"sales": [1.0, 2.0, 3.0]}))
    one = sk.mean(survey, "sales")
    with pytest.raises(EstimationError, match="cannot be pooled"):
        sk.pool([one])
    with pytest.raises(EstimationError, match="estimates"):
        sk.pool([one, sk.mean(survey, "sales + 1")])
    imputed = sk.impute(firms(), "sales", within="size", m=2, seed=1)
    with pytest.raises(EstimationError, match="were imputed"):
        sk.imputed_survey(imputed, weights="sales")
