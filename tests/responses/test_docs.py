"""The page on reading exports: its blocks run, and its list of what is not supported is the generated one."""

from __future__ import annotations

import doctest
from pathlib import Path

import pandas as pd
import pytest

from tests.reference import REFERENCE
from tests.responses.expected_facts import unsupported_table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reading-exports.md"


def test_the_blocks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pd.option_context("display.width", 120, "display.max_columns", 20, "display.max_colwidth", 45):
        failed, attempted = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert attempted > 10
    assert failed == 0


@pytest.mark.skipif(REFERENCE is None, reason="the reference data (shared/reference) are not beside this checkout")
def test_the_list_of_what_is_not_supported_is_the_generated_one() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listed = text.split("<!-- not supported: begin -->")[1].split("<!-- not supported: end -->")[0].strip()
    assert listed == unsupported_table()
