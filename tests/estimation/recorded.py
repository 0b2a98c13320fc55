"""Results recorded from R, and the surveys that they were computed on, for the tests of this room."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.survey import Survey
from tests.reference import REFERENCE

__all__ = ["ENTRIES", "entry", "numbers", "survey_of"]

_DESIGNS: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "dstrat": ("apistrat", {"strata": "stype", "fpc": "fpc"}, "pw"),
    "dclus1": ("apiclus1", {"clusters": "dnum", "fpc": "fpc"}, "pw"),
    "dclus2": ("apiclus2", {"clusters": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}, None),
    "dsrs": ("apisrs", {"fpc": "fpc"}, None),
    "dnh": ("nhanes0910", {"clusters": "SDMVPSU", "strata": "SDMVSTRA", "nest": True}, "WTMEC2YR"),
    "dict": ("ict_resp", {"strata": "strata"}, "w_calib"),
    "djvs": ("jvs", {"strata": "stratum"}, "weight"),
    "dmu": ("mu284_2st", {"clusters": ["id1", "id2"], "fpc": ["n1", "n2"]}, None),
    "dstd": ("nhanes0910", {"clusters": "SDMVPSU", "strata": "SDMVSTRA", "nest": True}, "WTMEC2YR"),
    "dpbc": ("pbc", {"strata": "edema"}, "w"),
    "de1": ("edge", {"clusters": "psu"}, "w"),
}


def _pack() -> dict[str, Any]:
    if REFERENCE is None:
        return {"entries": [], "datasets": {}}
    loaded: dict[str, Any] = json.loads((REFERENCE / "oracle" / "oracle.json").read_text(encoding="utf-8"))
    return loaded


_PACK = _pack()
#: Entries without an R error on designs that are made here.
ENTRIES: dict[str, dict[str, Any]] = {
    one["id"]: one for one in _PACK["entries"] if one.get("design_id") in _DESIGNS and "error" not in one
}


def entry(name: str) -> dict[str, Any]:
    """One recorded result; the test is skipped where the reference data are absent."""
    if not ENTRIES:
        pytest.skip("the reference data (shared/reference) are not beside this checkout")
    return ENTRIES[name]


def numbers(values: list[Any]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Recorded numbers, R's NaN and NA as NaN."""
    return np.array([np.nan if value in (None, "NaN") else float(value) for value in values])


@cache
def survey_of(name: str) -> Survey:
    """Survey of a recorded design."""
    if REFERENCE is None:
        pytest.skip("the reference data (shared/reference) are not beside this checkout")
    data, design, weights = _DESIGNS[name]
    frame = pd.read_csv(REFERENCE / "oracle" / "data" / f"{data}.csv", low_memory=False)
    for column, kind in _PACK["datasets"][data]["columns"].items():
        if kind["type"] in ("factor", "ordered"):
            frame[column] = _categories(frame[column], kind["levels"], ordered=kind["type"] == "ordered")
    return Survey(frame, Design(**design), weights=weights)


def _categories(values: pd.Series[Any], levels: list[str], *, ordered: bool) -> pd.Categorical:
    if pd.api.types.is_numeric_dtype(values):
        labels = {float(level): level for level in levels}
        values = values.map(lambda value: labels.get(float(value)), na_action="ignore")
    return pd.Categorical(values, categories=levels, ordered=ordered)
