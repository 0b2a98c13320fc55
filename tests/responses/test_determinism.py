"""The same file gives the same export in another process, whatever its hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.responses.files import FIXTURES

_DUMP = """
import sys
from surveykit.responses import draft_instrument, read_export
export = read_export(sys.argv[1])
print(export.questions.to_json(force_ascii=False), export.columns.to_json(force_ascii=False))
print(draft_instrument(export), export)
"""


@pytest.mark.parametrize(
    "name", ["google_forms_ja.csv", "qualtrics_three_rows.csv", "surveymonkey_joined_headings.csv"]
)
def test_hash_seeds_change_nothing(name: str) -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", _DUMP, str(FIXTURES / name)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(seen) == 1
