"""Weights against those that R's survey package recorded."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitWarning
from surveykit.weighting import Population, Weights, base_weights, calibrate, post_stratify, rake, trim

TOTALS = {"Intercept": 6194, "stype[H]": 755, "stype[M]": 1018, "api99": 3914069}
POPULATION = Population(
    {
        ("stype",): {("E",): 4421.0, ("H",): 755.0, ("M",): 1018.0},
        ("sch.wide",): {("No",): 1072.0, ("Yes",): 5122.0},
    }
)
CALIBRATIONS: dict[str, dict[str, Any]] = {
    "dcal_lin": {},
    "dcal_rak": {"method": "raking"},
    "dcal_logit": {"method": "logit", "bounds": (0.5, 2)},
    "dcal_bnd": {"bounds": (0.5, 1.6)},
    "dcal_agg": {"within": "dnum"},
}


@pytest.fixture(scope="module")
def start(reference: Path) -> Weights:
    return base_weights(pd.read_csv(reference / "oracle/data/apiclus1.csv"), "pw")


def recorded(reference: Path, name: str) -> np.ndarray:
    table = pd.read_csv(reference / f"oracle/weights/{name}_weights.csv")
    return table.iloc[:, -1].to_numpy(np.float64)


@pytest.mark.parametrize("name", CALIBRATIONS)
def test_calibration(reference: Path, start: Weights, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SurveykitWarning)  # aggregate calibration makes three weights negative
        found = calibrate(start, TOTALS, formula="~ stype + api99", **CALIBRATIONS[name])
    np.testing.assert_allclose(found.values, recorded(reference, name), rtol=1e-9)


def test_post_stratification_and_raking(reference: Path, start: Weights) -> None:
    found = post_stratify(start, POPULATION, by="stype")
    np.testing.assert_allclose(found.values, recorded(reference, "dps"), rtol=1e-12)
    np.testing.assert_allclose(rake(start, POPULATION).values, recorded(reference, "drk"), rtol=1e-8)


def test_trimming(reference: Path, start: Weights) -> None:
    calibrated = calibrate(start, TOTALS, formula="~ stype + api99")
    once = trim(calibrated, lower=25, upper=50, strict=False)
    np.testing.assert_allclose(once.values, recorded(reference, "dtrim"), rtol=1e-11)
    assert once.steps[-1].facts["outside"] == 4
    inside = trim(calibrated, lower=25, upper=45)
    np.testing.assert_allclose(inside.values, recorded(reference, "dtrim_strict"), rtol=1e-11)
