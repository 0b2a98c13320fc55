"""The examples of the page on studies build as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from surveykit.study import build
from tests.study.studies import store
from tests.study.test_features import rich

PAGE = Path(__file__).resolve().parents[2] / "docs" / "studies.md"
BLOCKS = [
    block
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if not block.startswith(("replicates:", "screening:"))
]
HEAD = "study: page\ntitle: A page\nlanguages: [en, ja]\ndata: {file: firms.csv, synthetic: true}\n"
WEIGHTS = next(block for block in BLOCKS if "weights:" in block).partition("tables:")[0]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_an_example_builds(block: str, tmp_path: Path) -> None:
    before = "" if block.startswith("population:") else WEIGHTS
    outcome = build(rich(tmp_path / "page", HEAD + before + block), store=store(tmp_path))
    assert outcome.failed == {}


def test_the_example_of_sensitivity_builds(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    block = text[text.index("  - id: robust") :].partition("```")[0]
    outcome = build(rich(tmp_path / "page", f"{HEAD}{WEIGHTS}tables:\n{block}"), store=store(tmp_path))
    assert outcome.failed == {}


def test_the_example_of_replicates_builds(tmp_path: Path) -> None:
    line = next(
        one for one in PAGE.read_text(encoding="utf-8").splitlines() if one.startswith("replicates: {kind: boot")
    )
    tables = "tables:\n  - {id: staff, title: Staff, mean: [staff]}\n"
    outcome = build(rich(tmp_path / "page", f"{HEAD}{WEIGHTS}{line}\n{tables}"), store=store(tmp_path))
    assert outcome.failed == {}
