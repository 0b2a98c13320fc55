"""The pages on surveys and estimates and on models run as they stand."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("page", "words"), [("estimation.md", ["SYNTHETIC", "ILLUSTRATIVE"]), ("models.md", ["SYNTHETIC"])]
)
def test_the_page_runs(
    page: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 4
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(script))
    printed = capsys.readouterr().out
    assert [word for word in words if word not in printed] == []
