"""Choices side by side, bounds that hold, and statistics of one's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import EstimationError
from surveykit.weighting import base_weights, rake
from tests.estimation.firms import clustered, firms
from tests.weighting.samples import POPULATION, panel

FIRMS = panel()
SURVEY = sk.Survey(FIRMS, weights=rake(base_weights(FIRMS), POPULATION), selection="opt-in")


def rows(table: sk.Table) -> list[str]:
    return [heading.text for heading in table.rows]


def test_each_row_is_the_verb_on_its_own_survey() -> None:
    table = sk.sensitivity(
        SURVEY,
        sk.mean,
        "sales",
        weights={"equal": base_weights(FIRMS)},
        leave_out="sector",
        domains={"large": "size == 'l'"},
    )
    assert rows(table)[:2] == ["as analysed", "unweighted"]
    assert "without sector = A" in rows(table)
    by_name = dict(zip(rows(table), table.estimate[0, :, 0].tolist(), strict=True))
    assert by_name["as analysed"] == sk.mean(SURVEY, "sales").estimate[0]
    assert by_name["unweighted"] == pytest.approx(FIRMS["sales"].mean())
    assert by_name["weights 'equal'"] == pytest.approx(by_name["unweighted"])
    assert by_name["large"] == sk.mean(SURVEY.where("size == 'l'"), "sales").estimate[0]
    assert by_name["trimmed at 3 x mean"] > by_name["as analysed"]
    np.testing.assert_allclose(table.facts["difference"][0, :, 0], table.estimate[0, :, 0] - by_name["as analysed"])


def test_a_test_is_no_row() -> None:
    with pytest.raises(EstimationError, match="needs estimates"):
        sk.sensitivity(SURVEY, sk.crosstab, "size ~ sector")


def test_bounds_are_sharp() -> None:
    survey = sk.Survey(pd.DataFrame({"y": [0.0, 1.0, 2.0, 5.0], "w": [1.0, 2.0, 1.0, 1.0]}), weights="w")
    found = sk.selection_bounds(survey, "y", low=0, high=5, coverage=[1, 0], odds=[1, 2]).estimate[0]
    np.testing.assert_allclose(found[0], 9 / 5)
    np.testing.assert_allclose(found[1], [0, 5])
    np.testing.assert_allclose(found[2], 9 / 5)
    w, y = np.array([1.0, 2.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.0, 5.0])
    every = [w * np.where([place >> bit & 1 for bit in range(4)], 2, 0.5) for place in range(16)]
    means = [float(own @ y / own.sum()) for own in every]
    np.testing.assert_allclose(found[3], [min(means), max(means)])
    with pytest.raises(EstimationError, match="beyond 0 and 1"):
        sk.selection_bounds(survey, "y", low=0, high=1)


def test_a_mean_of_ones_own_is_the_mean() -> None:
    survey = sk.replicate(clustered(), "bootstrap", replicates=50, seed=1).where("exporter == 'yes'")
    found = sk.estimate(survey, lambda x, w: float(w @ x["sales"] / w.sum()), "sales")
    wanted = sk.mean(survey, "sales")
    for name in ("estimate", "se", "df", "n", "weighted_n"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-10)
    with pytest.raises(EstimationError, match="finite numbers"):
        sk.estimate(survey, lambda x, w: float("nan"), "sales")
    with pytest.raises(EstimationError, match="needs replicate weights"):
        sk.estimate(clustered(), lambda x, w: 1.0, "sales")


def test_kappa_and_alpha_linearised_and_replicated() -> None:
    frame = firms().assign(again=lambda data: np.where(np.arange(len(data)) % 7, data["exporter"], "no"))
    frame = frame.assign(first=frame["sales"], second=frame["sales"] * 1.1 + frame["firm"] % 5, third=frame["w"])
    survey = sk.Survey(frame, sk.Design(strata="region", clusters="town"), weights="w")
    jackknife = sk.replicate(survey, "JKn")
    for found, other in (
        (sk.kappa(survey, "exporter", "again"), sk.kappa(jackknife, "exporter", "again")),
        (sk.cronbach_alpha(survey, ["first", "second"]), sk.cronbach_alpha(jackknife, ["first", "second"])),
    ):
        np.testing.assert_allclose(found.estimate, other.estimate, rtol=1e-12)
        np.testing.assert_allclose(found.se, other.se, rtol=0.25)
    same = sk.kappa(survey, "exporter", "exporter")
    assert (same.estimate[0], same.se[0]) == (pytest.approx(1), pytest.approx(0, abs=1e-12))
