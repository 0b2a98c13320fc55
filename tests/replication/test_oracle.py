"""Replicates and calibration inside them, against R's recorded weights and standard errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.weighting import Population, Replicates, Weights
from tests.weighting.test_oracle import POPULATION, TOTALS

STEPS: dict[str, Callable[[Weights], Weights]] = {
    "dps_rep": lambda weights: sk.post_stratify(weights, POPULATION, by="stype"),
    "drk_rep": lambda weights: sk.rake(weights, POPULATION),
    "dcal_rep": lambda weights: sk.calibrate(weights, TOTALS, formula="~ stype + api99"),
}


@pytest.fixture(scope="module")
def pack(reference: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((reference / "oracle/oracle.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def supplied(reference: Path, pack: dict[str, Any]) -> sk.Survey:
    """The jackknife that R made, as supplied weights."""
    record = pack["designs"]["rclus1_jk1"]
    table = pd.read_csv(reference / "oracle/weights/rclus1_jk1_repweights.csv")
    base = table.pop("base").to_numpy(np.float64)
    factors = table.to_numpy(np.float64) / base[:, None]
    scales = np.array(record["rscales"], np.float64)
    replicates = Replicates("JK1", record["scale"], scales, record["mse"], factors, None, base)
    return sk.Survey(pd.read_csv(reference / "oracle/data/apiclus1.csv"), weights=replicates)


@pytest.mark.parametrize("name", STEPS)
def test_means_after_calibration_in_each_replicate(pack: dict[str, Any], supplied: sk.Survey, name: str) -> None:
    entry = next(one for one in pack["entries"] if one["id"] == f"{name}.mean")
    found = sk.mean(sk.recalibrate(supplied, STEPS[name]), ["api00", "enroll"])
    np.testing.assert_allclose(found.estimate, entry["estimates"], rtol=1e-8)
    np.testing.assert_allclose(found.se, entry["ses"], rtol=1e-6)


@pytest.mark.parametrize("name", ["dps_rep", "dcal_rep"])
def test_weights_of_every_replicate(reference: Path, supplied: sk.Survey, name: str) -> None:
    wanted = pd.read_csv(reference / f"oracle/weights/{name}_repweights.csv").drop(columns="base").to_numpy()
    replicates = sk.recalibrate(supplied, STEPS[name]).replicates
    assert replicates is not None
    found = np.column_stack([replicates.weights(number) for number in range(replicates.replicates)])
    np.testing.assert_allclose(found, wanted, rtol=1e-8)


def test_made_and_supplied_replicates_agree(reference: Path, supplied: sk.Survey) -> None:
    frame = pd.read_csv(reference / "oracle/data/apiclus1.csv")
    made = sk.replicate(sk.Survey(frame, sk.Design(clusters="dnum", fpc="fpc"), weights="pw"), "JK1", mse=False)
    for step in STEPS.values():
        one, other = (sk.mean(sk.recalibrate(survey, step), "api00") for survey in (made, supplied))
        np.testing.assert_allclose(one.se, other.se, rtol=1e-8)


def test_degrees_of_freedom_of_a_domain(reference: Path, supplied: sk.Survey) -> None:
    frame = pd.read_csv(reference / "oracle/data/apiclus1.csv")
    linearised = sk.Survey(frame, sk.Design(clusters="dnum", fpc="fpc"), weights="pw")
    for survey in (supplied, sk.replicate(linearised, "JK1")):
        assert sk.mean(survey.where("stype == 'H'"), "api00").df[0] == 7
        by = sk.mean(survey, "api00", by="stype")
        np.testing.assert_array_equal(by.df, sk.mean(linearised, "api00", by="stype").df)


def test_population_record_is_what_the_file_says() -> None:
    assert isinstance(POPULATION, Population)
    assert POPULATION.total == 6194
