"""The page on tables and figures runs as it stands, and prints what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tables-and-figures.md"


def test_the_page_runs_and_prints_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    shown = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    assert capsys.readouterr().out.strip() == "\n".join(shown).strip()
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == [f"figure-{place}.{name}" for place in range(1, 5) for name in ("csv", "pdf", "png", "svg")]
