"""Importing the package is nearly free: rooms and the libraries they need load on first use."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median

HEAVY = (
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "sklearn",
    "matplotlib",
    "seaborn",
    "duckdb",
    "pydantic",
    "pyarrow",
    "narwhals",
)


def _python(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120)
    return done.stdout


def _seconds_to_import(module: str) -> float:
    # Processor time, so that what else the machine does counts little.
    script = f"import time; start = time.process_time(); import {module}; print(time.process_time() - start)"
    return float(_python(script))


def test_importing_surveykit_loads_no_heavy_library_and_no_room() -> None:
    loaded = set(json.loads(_python("import json, sys, surveykit; print(json.dumps(sorted(sys.modules)))")))
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("surveykit")} == {"surveykit"}


def test_importing_surveykit_costs_at_most_one_and_a_half_times_pandas() -> None:
    _seconds_to_import("pandas")  # once, so that files are in the cache for both
    rounds = [(_seconds_to_import("surveykit"), _seconds_to_import("pandas")) for _ in range(5)]
    ours, pandas = (median(times) for times in zip(*rounds, strict=True))
    assert ours <= 1.5 * pandas, f"import surveykit took {ours:.3f} s, import pandas {pandas:.3f} s"
