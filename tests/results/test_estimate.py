"""Estimate: intervals, frames and how it prints."""

from __future__ import annotations

import html
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import surveykit as sk
from surveykit.errors import EstimationError
from surveykit.estimation.descriptive import mean, proportion, total
from surveykit.results import Estimate
from surveykit.results.estimate import t_quantile, two_sided_p
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms


def _made() -> Estimate:
    return Estimate(
        statistic="mean",
        names=("a", "b", "c"),
        labels={"group": ("a", "b", "c")},
        estimate=np.array([2.0, 0.0, np.nan]),
        covariance=np.diag([0.25, 4.0, np.nan]),
        df=np.array([10.0, np.inf, 0.0]),
        n=np.array([11, 5, 0]),
        weighted_n=np.array([100.0, 40.0, 0.0]),
        weight="w",
    )


def test_quantiles_and_p_values_follow_the_degrees_of_freedom() -> None:
    df = np.array([1.0, 7.5, np.inf, 0.0, -2.0])
    np.testing.assert_allclose(
        t_quantile(0.975, df), [*stats.t.ppf(0.975, [1, 7.5]), stats.norm.ppf(0.975), np.nan, np.nan]
    )
    np.testing.assert_allclose(
        two_sided_p([-2.0] * 5, df), [*2 * stats.t.sf(2, [1, 7.5]), 2 * stats.norm.sf(2), np.nan, np.nan]
    )


def test_intervals_are_t_intervals() -> None:
    found = _made()
    np.testing.assert_allclose(found.se, [0.5, 2.0, np.nan])
    np.testing.assert_allclose(found.low[:2], [2 - 0.5 * stats.t.ppf(0.975, 10), -2 * stats.norm.ppf(0.975)])
    np.testing.assert_allclose(found.confint(0.9, df=math.inf)["high"].to_numpy()[:1], [2 + 0.5 * stats.norm.ppf(0.95)])
    assert np.isnan(found.high[2])
    np.testing.assert_allclose(found.cv, [0.25, np.nan, np.nan])
    for level in (0, 1, 95, -0.5, float("nan")):
        with pytest.raises(EstimationError, match="is not a confidence level"):
            found.confint(level)


def test_a_frame_has_labels_then_results() -> None:
    found = mean(clustered(), ["sales", "w"], by=["size", "exporter"], deff="with")
    frame = found.to_frame()
    assert list(frame.columns) == [
        "variable", "size", "exporter", "estimate", "se", "low", "high", "df", "n", "weighted_n", "deff",
    ]  # fmt: skip
    assert len(frame) == len(found) == 12
    assert frame["size"].tolist()[:4] == ["small", "small", "medium", "medium"]
    assert found.names[0] == "sales:small:no"
    assert found.select("w:large:yes") == frame["estimate"].iloc[-1]


def test_n_and_weighted_n_are_the_bases() -> None:
    frame = firms()
    found = proportion(Survey(frame, DESIGNS["clusters"], "w"), "exporter", by="size")
    base = frame.groupby("size", observed=True)
    np.testing.assert_array_equal(found.n[::2], base.size())
    np.testing.assert_allclose(found.weighted_n[1::2], base["w"].sum())


def test_it_prints_with_its_weight_method_and_notes() -> None:
    found = total(Survey(firms(), DESIGNS["clusters"], "w", synthetic=True).where("sales > 5"), "sales")
    lines = repr(found).splitlines()
    assert lines[0] == "SYNTHETIC DATA; total, weighted by 'w'; 95% interval: t"
    assert lines[-1] == "Note: Domain: sales > 5."


def test_html_is_escaped() -> None:
    label = "<script>alert(1)</script>"
    found = mean(clustered(sector=label), "sales", by="sector")
    assert label not in found._repr_html_()
    assert html.escape(label) in found._repr_html_()


def test_a_heading_names_the_weight_or_says_that_there_is_none() -> None:
    firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "w": [1.0, 2.0, 2.0]})
    assert str(sk.mean(sk.Survey(firms), "sales")).startswith("mean, unweighted; 95% interval")
    assert str(sk.mean(sk.Survey(firms, weights="w"), "sales")).startswith("mean, weighted by 'w'; 95% interval")
