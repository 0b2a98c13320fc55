"""Quantiles of all replicates at once are those of each replicate by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import surveykit as sk
from surveykit.engine.weighted_values import select_values
from surveykit.estimation.quantiles import replicates as quantile_replicates
from surveykit.estimation.quantiles.rules import read_quantiles
from surveykit.estimation.quantiles.steps import SortedRows, step_quantiles
from surveykit.weighting import base_weights, rake
from tests.estimation.firms import DESIGNS, firms
from tests.weighting.samples import POPULATION, panel

SHARES = np.array([0.0, 0.05, 0.25, 0.5, 0.5, 0.9, 1.0])
CLUSTERED = sk.Survey(firms(), DESIGNS["clusters"], weights="w")


def _survey(name: str) -> sk.Survey:
    frame = panel()
    if name == "units":
        return sk.replicate(CLUSTERED, "bootstrap", replicates=40, seed=1)
    if name == "rows":
        return sk.replicate(sk.Survey(frame), "bootstrap", replicates=40, seed=2)
    if name == "raked":
        raked = sk.Survey(frame, weights=rake(base_weights(frame, "w"), POPULATION))
        return sk.replicate(raked, "canty-davison", replicates=10, seed=3, recalibrate=True)
    if name == "negative":
        return sk.replicate(sk.Survey(frame), "generalised", replicates=5, seed=3)
    times = np.random.default_rng(1).integers(0, 3, size=(len(frame), 9)).astype(float)
    columns = [f"r{number}" for number in range(9)]
    given = frame.assign(**dict(zip(columns, times.T, strict=True)))
    return sk.Survey(given, weights=sk.replicate_weights(given, columns, base="w", kind="bootstrap", combined=False))


@pytest.mark.parametrize("rule", ["math", "school", "hf3", "hf7"])
@pytest.mark.parametrize("name", ["units", "rows", "raked", "negative", "supplied"])
def test_all_at_once_is_one_by_one(name: str, rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = _survey(name)
    options: dict[str, Any] = {"rule": rule, "interval": "quantile", "by": "exporter" if name == "units" else "size"}
    fast = sk.quantile(survey, "sales", [0.1, 0.5, 0.9], **options)
    monkeypatch.setattr(quantile_replicates, "STEPPING", ())
    slow = sk.quantile(survey, "sales", [0.1, 0.5, 0.9], **options)
    np.testing.assert_array_equal(fast.covariance, slow.covariance)


@pytest.mark.parametrize("rule", ["math", "school"])
@pytest.mark.parametrize("seed", range(6))
def test_ties_zeros_and_ends(rule: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 600))
    values = np.sort(rng.integers(0, 40, count).astype(float))
    weights, units = rng.integers(1, 4, count).astype(float), rng.integers(0, 12, count)
    factors = rng.integers(0, 3, (12, 30)).astype(float)
    factors[:, 0] = 0.0
    replicates = sk.Replicates("bootstrap", 1.0, np.ones(30), True, factors, units, weights)
    found = step_quantiles([SortedRows(values, weights, units)], replicates, SHARES, rule)
    assert found is not None
    for number in range(30):
        own = weights * factors[units, number]
        kept = own != 0
        wanted = read_quantiles(select_values(values[kept], own[kept], None), SHARES, rule)
        np.testing.assert_array_equal(found[number, :, 0], wanted)
