"""The README's examples run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import surveykit

README = Path(__file__).resolve().parents[1] / "README.md"


def _examples() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def _firms() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    n = 240
    return pd.DataFrame(
        {
            "size": rng.choice(["small", "medium", "large"], n),
            "exporter": rng.choice(["yes", "no"], n),
            "turnover": rng.lognormal(3, 1, n).round(1),
            "region": np.repeat(["North", "South"], n // 2),
            "district": np.repeat(np.arange(24), n // 24),
            "districts": np.repeat([80, 120], n // 2),
            "weight": rng.uniform(5, 40, n).round(2),
        }
    )


def test_the_examples_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = _examples()
    assert len(examples) >= 2
    assert not set(re.findall(r"\bsk\.(\w+)", "".join(examples))) - set(surveykit.__all__)
    monkeypatch.chdir(tmp_path)
    _firms().to_csv("firms.csv", index=False)
    for shipped in ("instruments", "data"):
        (tmp_path / shipped).symlink_to(README.parent / shipped)
    space: dict[str, object] = {}
    for example in examples:
        exec(compile(example, str(README), "exec"), space)
    shown = re.findall(r"^```text\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    book = space["book"]
    assert isinstance(book, surveykit.TableBook)
    assert [str(book["V1"]).startswith(text) for text in shown] == [True]
