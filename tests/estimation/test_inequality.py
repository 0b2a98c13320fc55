"""Inequality: convey's digits under its conventions, identities under ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import EstimationError
from surveykit.estimation.inequality.inequality import atkinson, gini, lorenz, quantile_share_ratio, top_share
from surveykit.replication import replicate
from surveykit.results import Estimate
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms
from tests.estimation.recorded import entry, survey_of

MEASURES: dict[str, Callable[..., Estimate]] = {
    "gini": gini,
    "share ratio": quantile_share_ratio,
    "atkinson": atkinson,
    "top share": top_share,
    "lorenz": lorenz,
}


@pytest.mark.parametrize(
    ("name", "estimate"),
    [
        ("ict.gini", lambda survey: gini(survey, "turnover", convention="osier")),
        ("ict.qsr", lambda survey: quantile_share_ratio(survey, "turnover", convention="osier")),
        ("ict.atkinson", lambda survey: atkinson(survey.where("turnover > 0"), "turnover", epsilon=0.5)),
        ("ict.lorenz", lambda survey: lorenz(survey, "turnover", 5)),
    ],
)
def test_measures_are_conveys(name: str, estimate: Callable[[Survey], Estimate]) -> None:
    recorded = entry(name)
    found = estimate(survey_of("dict"))
    np.testing.assert_allclose(found.estimate, recorded["estimates"], rtol=1e-8)
    np.testing.assert_allclose(found.se, recorded["ses"], rtol=1e-6)
    assert found.df[0] == recorded["df"]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("design", DESIGNS)
def test_groups_agree_with_domains(measure: str, design: str) -> None:
    survey = Survey(firms(), DESIGNS[design], weights="w")
    found = MEASURES[measure](survey, "sales", by=["size", "exporter"]).to_frame()
    for (size, exporter), cell in found.groupby(["size", "exporter"], observed=True):
        domain = survey.where(f"size == '{size}' and exporter == '{exporter}'")
        alone = MEASURES[measure](domain, "sales").to_frame()
        for column in ("estimate", "se", "df", "n"):
            np.testing.assert_allclose(cell[column].to_numpy(), alone[column].to_numpy(), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("measure", MEASURES)
def test_scales_and_order_do_not_matter(measure: str) -> None:
    base = MEASURES[measure](clustered(), "sales")
    others = [
        clustered(w=firms()["w"] * 1e-4),
        clustered(sales=firms()["sales"] * 1e5),
        Survey(firms().sample(frac=1, random_state=1), DESIGNS["clusters"], weights="w"),
    ]
    for other in others:
        found = MEASURES[measure](other, "sales")
        np.testing.assert_allclose(found.estimate, base.estimate, rtol=1e-9)
        np.testing.assert_allclose(found.se, base.se, rtol=1e-7, atol=1e-14)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 4)), min_size=2, max_size=20))
def test_a_weight_stands_for_so_many_rows(rows: list[tuple[int, int]]) -> None:
    values, weights = zip(*rows, strict=True)
    weighted = Survey(pd.DataFrame({"y": values, "w": weights}), weights="w")
    repeated = Survey(pd.DataFrame({"y": np.repeat(values, weights)}))
    for measure in MEASURES.values():
        np.testing.assert_allclose(
            measure(weighted, "y").estimate, measure(repeated, "y").estimate, rtol=1e-9, atol=1e-12
        )
    every = np.repeat(values, weights).astype(float)
    apart = np.abs(every[:, None] - every).mean() / 2 / every.mean()
    assert gini(weighted, "y").estimate[0] == pytest.approx(apart, abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_scores_are_the_derivative_by_the_weights(measure: str) -> None:
    """The jackknife of rows is a numerical derivative: with many rows its variance is the linearised one."""
    frame = pd.DataFrame({"y": np.random.default_rng(2).lognormal(2, 0.8, 400)})
    frame["w"] = np.random.default_rng(3).uniform(1, 3, len(frame))
    options: dict[str, Any] = {"points": [0.3, 0.7]} if measure == "lorenz" else {}
    found = MEASURES[measure](Survey(frame, weights="w"), "y", **options)
    step = 1e-3
    slopes = []
    for row in range(len(frame)):
        nudged = frame.assign(w=frame["w"].where(frame.index != row, frame["w"] * (1 + step)))
        slopes.append((MEASURES[measure](Survey(nudged, weights="w"), "y", **options).estimate - found.estimate) / step)
    by_rows = np.array(slopes)
    numerical = np.sqrt(len(frame) / (len(frame) - 1) * ((by_rows - by_rows.mean(axis=0)) ** 2).sum(axis=0))
    # Along the Lorenz curve the linearisation takes a quantile between two rows where the curve has the upper one's
    # slope.
    np.testing.assert_allclose(found.se, numerical, rtol=5e-3 if measure in ("gini", "atkinson") else 1e-2)


def test_equality_and_concentration() -> None:
    equal = Survey(pd.DataFrame({"y": [4.0] * 8, "w": [1.0, 2, 3, 1, 1, 5, 1, 1]}), weights="w")
    for measure, value in ((gini, 0), (atkinson, 0), (quantile_share_ratio, 1), (top_share, 0.1)):
        found = measure(equal, "y")
        assert found.estimate[0] == pytest.approx(value, abs=1e-12)
        assert found.se[0] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(lorenz(equal, "y", 4).estimate, [0, 0.25, 0.5, 0.75, 1], atol=1e-12)
    one = Survey(pd.DataFrame({"y": [0.0] * 9 + [5.0]}))
    assert gini(one, "y").estimate[0] == pytest.approx(0.9)
    assert top_share(one, "y").estimate[0] == pytest.approx(1.0)


def test_gini_is_twice_the_area_above_the_lorenz_curve() -> None:
    survey = clustered()
    rows = firms().sort_values("sales")
    shares = [0.0, *(rows["w"].cumsum() / rows["w"].sum()).clip(upper=1.0)]
    curve = lorenz(survey, "sales", shares).estimate
    assert gini(survey, "sales").estimate[0] == pytest.approx(1 - 2 * np.trapezoid(curve, shares), rel=1e-9)


def test_shares_agree_with_the_lorenz_curve() -> None:
    survey = clustered()
    curve = lorenz(survey, "sales", [0.2, 0.8, 0.9])
    top, ratio = top_share(survey, "sales"), quantile_share_ratio(survey, "sales")
    assert top.estimate[0] == pytest.approx(1 - curve.estimate[2])
    assert top.se[0] == pytest.approx(curve.se[2])
    by_delta = curve.contrast({"ratio": "(1 - `L(0.8)`) / `L(0.2)`"})
    assert ratio.estimate[0] == pytest.approx(by_delta.estimate[0])
    assert ratio.se[0] == pytest.approx(by_delta.se[0], rel=1e-6)


def test_atkinson_is_one_measure_across_its_parameter() -> None:
    survey = clustered()
    near, at, above = (atkinson(survey, "sales", epsilon=value) for value in (1 - 1e-7, 1.0, 1 + 1e-7))
    for other in (near, above):
        assert other.estimate[0] == pytest.approx(at.estimate[0], rel=1e-5)
        assert other.se[0] == pytest.approx(at.se[0], rel=1e-5)


def test_what_is_not_defined_is_missing_or_refused() -> None:
    with pytest.raises(EstimationError, match=r"'loss' is negative in 240 row\(s\)"):
        gini(clustered(loss=-firms()["sales"]), "loss")
    zeros = clustered(exports=firms()["sales"].where(firms()["exporter"] == "yes", 0.0))
    with pytest.raises(EstimationError, match="zero or negative"):
        atkinson(zeros, "exports")
    assert np.isfinite(atkinson(zeros, "exports", epsilon=0.5).estimate[0])
    ratio = quantile_share_ratio(zeros, "exports")
    assert np.isnan(ratio.estimate[0])
    assert any("Not defined" in note for note in ratio.notes)
    calls: list[Callable[[], Estimate]] = [
        lambda: gini(zeros, "sales", convention="r"),  # type: ignore[arg-type]
        lambda: quantile_share_ratio(zeros, "sales", share=0.5),
        lambda: top_share(zeros, "sales", share=0),
        lambda: lorenz(zeros, "sales", [0.5, 2]),
        lambda: lorenz(zeros, "sales", 0),
        lambda: atkinson(zeros, "sales", epsilon=0),
    ]
    for call in calls:
        with pytest.raises(EstimationError):
            call()


def test_empty_domains_are_missing_and_named() -> None:
    for measure in MEASURES.values():
        with pytest.warns(match="sales > 1000000"):
            found = measure(clustered().where("sales > 1000000"), "sales")
        assert np.isnan(found.estimate).all()


@pytest.mark.parametrize("measure", MEASURES)
def test_replicates_agree_with_linearisation(measure: str) -> None:
    rows = Survey(firms(600), DESIGNS["strata"], weights="w")
    options: dict[str, Any] = {"points": [0.3, 0.7]} if measure == "lorenz" else {}
    linearised = MEASURES[measure](rows, "sales", by="exporter", **options)
    found = MEASURES[measure](replicate(rows, "JKn"), "sales", by="exporter", **options)
    np.testing.assert_allclose(found.estimate, linearised.estimate, rtol=1e-10)
    np.testing.assert_allclose(found.se, linearised.se, rtol=0.1)
