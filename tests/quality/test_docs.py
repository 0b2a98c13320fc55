"""The page on quality: its blocks run and print what it says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]


def test_the_blocks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = ROOT / "docs" / "quality.md"
    with pd.option_context("display.width", 120, "display.max_columns", 20, "display.max_colwidth", 45):
        failed, attempted = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert attempted > 10
    assert failed == 0
