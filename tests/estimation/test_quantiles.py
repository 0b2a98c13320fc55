"""Quantiles: R's digits, and what must hold whatever the software."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.design import Design
from surveykit.engine import Request
from surveykit.errors import DataError, EstimationError
from surveykit.estimation.quantiles.cdf import cdf
from surveykit.estimation.quantiles.quantiles import quantile
from surveykit.replication import replicate
from surveykit.results import Estimate
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms
from tests.estimation.recorded import ENTRIES, entry, numbers, survey_of

#: R returns a number for a median of missing values; its "score" ends are the subject of a test of their own below.
_NOT_FOLLOWED = ("edge.na_q", "apistrat.qi_score", "ict.qi_score")
RECORDED = [
    name
    for name, one in ENTRIES.items()
    if one["fn"] == "svyquantile" and "subset" not in one["call"] and name not in _NOT_FOLLOWED
]
RULES = ["math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"]


def _option(call: str, name: str, default: str) -> str:
    found = re.search(name + r'=\s*"?([\w.]+)"?', call)
    return found.group(1) if found else default


@pytest.mark.parametrize("name", RECORDED)
def test_quantiles_are_rs(name: str) -> None:
    recorded = entry(name)
    call = recorded["call"]
    rule = _option(call, "qrule", "math")
    options: dict[str, Any] = {
        "rule": "shahvaish-unscaled" if rule == "shahvaish" else rule,
        "interval": _option(call, "interval.type", "mean"),
        "level": 1 - float(_option(call, "alpha", "0.05")),
        "df": float("inf") if "df=Inf" in call else None,
    }
    for variable, values in recorded["variables"].items():
        found = quantile(survey_of(recorded["design_id"]), variable, values["p"], **options)
        np.testing.assert_allclose(found.estimate, numbers(values["estimates"]), rtol=1e-12)
        np.testing.assert_allclose(found.low, numbers(values["ci_lower"]), rtol=1e-10)
        np.testing.assert_allclose(found.high, numbers(values["ci_upper"]), rtol=1e-10)
        np.testing.assert_allclose(found.se, numbers(values["ses"]), rtol=1e-8)


def test_the_distribution_function_is_rs() -> None:
    found = cdf(survey_of("dstrat"), "api00", [500, 600, 700, 800])
    np.testing.assert_allclose(found.estimate, entry("api.cdf")["estimates"], rtol=1e-12)


def test_score_ends_are_where_the_test_of_the_share_turns() -> None:
    survey = clustered()
    found = quantile(survey, "sales", [0.25, 0.5], interval="score")
    values = np.unique(firms()["sales"])
    shares = cdf(survey, "sales", values.tolist())
    with np.errstate(divide="ignore"):
        for place, probability in enumerate((0.25, 0.5)):
            z = (shares.estimate - probability) / shares.se
            t = (found.high[place] - found.low[place]) / (2 * found.se[place])
            assert found.low[place] == values[z >= -t][0]
            assert found.high[place] == values[z > t][0]


@pytest.mark.parametrize("name", ["apistrat.qi_score", "ict.qi_score"])
def test_rs_score_ends_are_ours_read_through_the_unweighted_distribution(name: str) -> None:
    """Why R is not followed: it takes the unweighted share up to each end and reads it back as a weighted quantile.

    Its root finder stops just above or just below the jump, so either of two neighbouring values goes in.
    """
    recorded = entry(name)
    survey = survey_of(recorded["design_id"])
    ((variable, values),) = recorded["variables"].items()
    found = quantile(survey, variable, values["p"], interval="score")
    rows = survey.engine.weighted_values(survey.index, Request((survey.expression(variable),)), None)[0].values
    for ours, theirs in ((found.low, values["ci_lower"]), (found.high, values["ci_upper"])):
        for end, recorded_end in zip(ours.tolist(), theirs, strict=True):
            shares = [float((rows <= end).mean()), float((rows < end).mean())]
            assert recorded_end in quantile(survey, variable, shares).estimate


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("interval", ["mean", "beta", "xlogit", "asin", "score"])
def test_groups_agree_with_domains(design: str, interval: Any) -> None:
    survey = Survey(firms(), DESIGNS[design], weights="w")
    found = quantile(survey, "sales", [0.3, 0.6], by=["size", "exporter"], interval=interval).to_frame()
    for (size, exporter), cell in found.groupby(["size", "exporter"], observed=True):
        alone = quantile(
            survey.where(f"size == '{size}' and exporter == '{exporter}'"), "sales", [0.3, 0.6], interval=interval
        ).to_frame()
        for column in ("estimate", "se", "low", "high", "df", "n"):
            np.testing.assert_allclose(cell[column].to_numpy(), alone[column].to_numpy(), rtol=1e-10)


@pytest.mark.parametrize("rule", RULES)
def test_scale_of_weights_and_order_of_rows_do_not_matter(rule: Any) -> None:
    base = quantile(clustered(), "sales", [0.1, 0.5, 0.9], rule=rule)
    scaled = quantile(clustered(w=firms()["w"] * 1e-3), "sales", [0.1, 0.5, 0.9], rule=rule)
    np.testing.assert_allclose(scaled.estimate, base.estimate, rtol=1e-9)
    np.testing.assert_allclose(scaled.se, base.se, rtol=1e-7)
    if rule in ("math", "school", "hf1", "hf2", "hf3"):
        shuffled = Survey(firms().sample(frac=1, random_state=3), DESIGNS["clusters"], weights="w")
        again = quantile(shuffled, "sales", [0.1, 0.5, 0.9], rule=rule)
        np.testing.assert_array_equal(again.estimate, base.estimate)
        np.testing.assert_allclose(again.se, base.se, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 4)), min_size=2, max_size=25),
    probability=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]),
    rule=st.sampled_from(["math", "school"]),
)
def test_a_weight_stands_for_so_many_rows(rows: list[tuple[int, int]], probability: float, rule: Any) -> None:
    values, weights = zip(*rows, strict=True)
    weighted = Survey(pd.DataFrame({"y": values, "w": weights}), weights="w")
    repeated = Survey(pd.DataFrame({"y": np.repeat(values, weights)}))
    found = quantile(weighted, "y", probability, rule=rule).estimate[0]
    assert found == quantile(repeated, "y", probability, rule=rule).estimate[0]
    method: Any = "inverted_cdf" if rule == "math" else "averaged_inverted_cdf"
    assert found == np.quantile(np.repeat(values, weights), probability, method=method)


@pytest.mark.parametrize(
    ("rule", "method"),
    [("hf4", "interpolated_inverted_cdf"), ("hf5", "hazen"), ("hf6", "weibull"), ("hf7", "linear"),
     ("hf8", "median_unbiased"), ("hf9", "normal_unbiased")],
)  # fmt: skip
def test_interpolating_rules_are_hyndman_and_fans(rule: Any, method: Any) -> None:
    frame = firms(37)
    shares = [0.05, 0.1, 0.33, 0.5, 0.77, 0.95]
    found = quantile(Survey(frame), "sales", shares, rule=rule)
    np.testing.assert_allclose(found.estimate, np.quantile(frame["sales"], shares, method=method), rtol=1e-12)


def test_large_data_are_not_sorted_whole_and_give_the_same() -> None:
    rng = np.random.default_rng(4)
    rows = 200_000
    for values in (
        rng.lognormal(3, 2, rows),
        rng.integers(0, 5, rows).astype(float),
        np.sort(rng.normal(size=rows)),
        np.append(np.full(rows - 10, 7.0), np.arange(10.0)),
    ):
        frame = pd.DataFrame({"y": values, "w": rng.uniform(0.1, 20, rows)})
        order = np.argsort(values, kind="stable")
        running = np.cumsum(frame["w"].to_numpy()[order])
        shares = [0.001, 0.2, 0.5, 0.9, 0.9999]
        expected = values[order][np.searchsorted(running, np.array(shares) * running[-1])]
        found = quantile(Survey(frame, weights="w"), "y", shares)
        np.testing.assert_array_equal(found.estimate, expected)
        known = ~np.isnan(found.low)
        assert (found.low[known] <= found.estimate[known]).all()
        assert (found.high >= found.estimate)[~np.isnan(found.high)].all()


def test_several_variables_drop_rows_together_and_keep_covariances() -> None:
    survey = clustered(costs=firms()["sales"].where(firms()["sales"] > 3) * 2)
    found = quantile(survey, ["sales", "costs"], [0.5, 0.75])
    assert found.names == ("sales:0.5", "sales:0.75", "costs:0.5", "costs:0.75")
    np.testing.assert_allclose(found.estimate[2:], found.estimate[:2] * 2)
    assert any("left out" in note for note in found.notes)
    # Twice the same variable is twice the same error.
    assert found.contrast({"costs:0.5": 1, "sales:0.5": -2}).se[0] == pytest.approx(0, abs=1e-6)
    with pytest.raises(EstimationError, match="missing in"):
        quantile(survey, "costs", missing="fail")


def test_what_the_data_do_not_bound_is_missing_and_said() -> None:
    frame = pd.DataFrame({"y": np.arange(12.0)})
    found = quantile(Survey(frame), "y", [0.05, 0.5, 0.99])
    assert np.isnan(found.low[0])
    assert np.isnan(found.high[2])
    assert any("do not bound" in note and "xlogit" in note for note in found.notes)
    inside = quantile(Survey(frame), "y", [0.05, 0.5], interval="xlogit")
    assert np.isfinite([*inside.low, *inside.high]).all()


def test_a_constant_has_itself_for_every_quantile() -> None:
    found = quantile(Survey(pd.DataFrame({"k": [3.0] * 9})), "k", [0.1, 0.5, 1.0])
    np.testing.assert_array_equal(found.estimate, 3.0)
    np.testing.assert_array_equal(found.se, 0.0)


def test_empty_domains_are_missing_and_named() -> None:
    with pytest.warns(match="sales > 1000000"):
        found = quantile(clustered().where("sales > 1000000"), "sales")
    assert isinstance(found, Estimate)
    assert np.isnan(found.estimate).all()


def test_zero_weights_and_missing_values_take_no_part() -> None:
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4, 99, np.nan], "w": [1.0, 1, 1, 1, 0, 5]})
    found = quantile(Survey(frame, weights="w"), "y", [0.5, 1.0], rule="school")
    np.testing.assert_array_equal(found.estimate, [2.5, 4.0])


def test_refusals() -> None:
    survey = clustered()
    with pytest.raises(EstimationError, match=r"1\.5 is not a probability"):
        quantile(survey, "sales", [0.5, 1.5])
    with pytest.raises(EstimationError, match="rule='r7' is not known"):
        quantile(survey, "sales", rule="r7")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="interval='t' is not known"):
        quantile(survey, "sales", interval="t")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="categories"):
        quantile(survey, "sector")
    with pytest.raises(EstimationError, match="finite"):
        cdf(survey, "sales", [float("nan")])


def test_the_distribution_function_by_group() -> None:
    survey = clustered()
    found = cdf(survey, "sales", [10, 20], by="size")
    assert found.names[:2] == ("sales <= 10:small", "sales <= 10:medium")
    alone = cdf(survey.where("size == 'medium'"), "sales", [10, 20])
    np.testing.assert_allclose(found.estimate[[1, 4]], alone.estimate)
    np.testing.assert_allclose(found.se[[1, 4]], alone.se)


def test_a_quantile_and_the_distribution_function_are_inverse() -> None:
    survey = Survey(firms(), Design(), weights="w")
    found = quantile(survey, "sales", [0.2, 0.7])
    shares = cdf(survey, "sales", found.estimate.tolist()).estimate
    before = cdf(survey, "sales", (found.estimate - 1e-9).tolist()).estimate
    assert (before < [0.2, 0.7]).all()
    assert (shares >= [0.2, 0.7]).all()


@pytest.mark.parametrize("interval", ["mean", "quantile"])
def test_replicates_give_each_group_its_interval(interval: Any) -> None:
    survey = replicate(clustered(), "bootstrap", replicates=40, seed=2)
    found = quantile(survey, "sales", [0.3, 0.6], by="size", interval=interval).to_frame()
    for size, cell in found.groupby("size", observed=True):
        alone = quantile(survey.where(f"size == '{size}'"), "sales", [0.3, 0.6], interval=interval).to_frame()
        for column in ("estimate", "se", "low", "high", "n"):
            np.testing.assert_allclose(cell[column].to_numpy(), alone[column].to_numpy(), rtol=1e-10)
    rows = Survey(firms(), Design(), weights="w")
    by_rows = quantile(replicate(rows, "bootstrap", replicates=200, seed=2), "sales", [0.3, 0.6], interval=interval)
    np.testing.assert_allclose(by_rows.se, quantile(rows, "sales", [0.3, 0.6]).se, rtol=0.5)


def test_even_ranks_count_distinct_values() -> None:
    """R survey 4.1-1: svyquantile(~x, svydesign(id=~1, weights=~w, ...), (2:7)/8, qrule="hf3") is 2 2 4 4 6 6."""
    frame = pd.DataFrame({"x": [1.0, 1, 2, 3, 4, 5, 6, 7], "w": 1.0})
    for engine_data in (frame, frame.sample(frac=1, random_state=1)):
        found = quantile(Survey(engine_data, weights="w"), "x", [share / 8 for share in range(2, 8)], rule="hf3")
        np.testing.assert_array_equal(found.estimate, [2, 2, 4, 4, 6, 6])
