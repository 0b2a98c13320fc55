"""A small clustered sample of firms that the tests of tables share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from surveykit.design import Design
from surveykit.survey import Survey

__all__ = ["DESIGNS", "clustered", "firms"]

DESIGNS: dict[str, Design] = {
    "rows": Design(),
    "strata": Design(strata="region"),
    "clusters": Design(strata="region", clusters="town"),
    "two stages": Design(strata="region", clusters=["town", "firm"], fpc=["towns", "firms"]),
}


def firms(rows: int = 240, seed: int = 5) -> pd.DataFrame:
    """Rows with a weight, strata, towns, two categories, a number and missing answers."""
    rng = np.random.default_rng(seed)
    region = rng.integers(0, 3, rows)
    town = region * 10 + rng.integers(0, 6, rows)
    lean = rng.random(40)[town]
    size = np.array(["small", "medium", "large"])[(rng.random(rows) * 2 + lean).astype(int) % 3]
    exporter = np.where(rng.random(rows) < 0.25 + 0.5 * lean * (size == "large"), "yes", "no")
    sales = np.exp(rng.normal(2 + lean + (exporter == "yes"), 0.7, rows)).round(1)
    frame = pd.DataFrame(
        {"region": region, "town": town, "firm": np.arange(rows), "exporter": exporter, "sales": sales}
    )
    frame["size"] = pd.Categorical(size, categories=["small", "medium", "large"], ordered=True)
    frame["sector"] = np.array(["A", "B", "C"])[rng.integers(0, 3, rows)]
    frame["w"] = rng.uniform(1, 9, rows).round(2)
    frame["towns"], frame["firms"] = 20, 60
    frame["answer"] = pd.Series(np.where(rng.random(rows) < 0.1, None, exporter), dtype="str")
    return frame


def clustered(**columns: Any) -> Survey:
    """Survey of the firms, clustered by town."""
    return Survey(firms().assign(**columns), DESIGNS["clusters"], weights="w")
