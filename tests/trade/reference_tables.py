"""The reference tables, read once, and the files of expected values beside them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from surveykit.trade import InterCountryTable, read_icio
from tests.reference import REFERENCE

__all__ = ["LEVEL", "POINTS", "expected_frame", "expected_json", "folder", "reference_table", "stems"]

LEVEL = 1e-6  # relative, for levels: the files keep six decimals
POINTS = 1e-4  # percentage points, for shares


def folder() -> Path:
    if REFERENCE is None:
        pytest.skip("the reference data (shared/reference) are not beside this checkout")
    return REFERENCE / "trade"


def stems(pattern: str) -> list[str]:
    """Tables that have a file of expected values ``<table>_expected_<...>`` matching the pattern."""
    if REFERENCE is None:
        return []
    names = sorted(path.name for path in (REFERENCE / "trade").glob(f"*_expected_{pattern}"))
    return [name.partition("_expected_")[0] for name in names]


@cache
def reference_table(stem: str) -> InterCountryTable:
    found = sorted(folder().glob(f"{stem}.csv*"))
    return read_icio(found[0])


def expected_frame(stem: str, name: str) -> pd.DataFrame:
    return pd.read_csv(folder() / f"{stem}_expected_{name}.csv")


def expected_json(stem: str, name: str) -> Any:
    suffix = f"_{name}" if name else ""
    return json.loads((folder() / f"{stem}_expected{suffix}.json").read_text())
