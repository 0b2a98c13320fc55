"""Small studies to build in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from surveykit.study import Store

__all__ = ["STUDY", "firms", "small_study", "store"]

STUDY = """\
study: small
title: {en: A small study, ja: 小さな調査}
languages: [en, ja]
data: {file: firms.csv, synthetic: true}
weights: {column: weight}
derived:
  - {id: large, value: staff > 100, label: {en: Large firm, ja: 大企業}}
tables:
  - {id: sizes, title: {en: Sizes, ja: 規模}, crosstab: size ~ exporter, percent: column, test: F, letters: true}
  - {id: staff, title: Staff, mean: [staff], by: [size]}
  - {id: everything, topline: true}
models:
  - {id: sales_model, title: Sales, formula: sales ~ staff + C(size)}
figures:
  - {id: figure_sizes, kind: stacked, of: sizes, title: {en: Sizes of exporters, ja: 輸出企業の規模}}
numbers:
  small_exporters: {of: sizes, row: small, column: "yes"}
  effect: {of: sales_model, term: staff, format: three}
texts:
  - text: {en: "Of the exporters {small_exporters} are small.", ja: "輸出企業の {small_exporters} は小企業。"}
"""


def firms() -> pd.DataFrame:
    """Invented firms."""
    rng = np.random.default_rng(7)
    n = 300
    size = rng.choice(["small", "medium", "large"], n)
    staff = np.select([size == "small", size == "medium"], [rng.integers(1, 20, n), rng.integers(20, 200, n)], 800)
    return pd.DataFrame(
        {
            "size": size,
            "exporter": rng.choice(["yes", "no"], n),
            "staff": staff,
            "sales": (staff * rng.lognormal(1, 0.5, n)).round(2),
            "weight": rng.uniform(1, 20, n).round(3),
        }
    )


def small_study(folder: Path, text: str = STUDY) -> Path:
    """Write a study with its data; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    firms().to_csv(folder / "firms.csv", index=False)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return folder


def store(folder: Path) -> Store:
    """A store of finished outputs that no other test sees."""
    return Store(folder / "store")
