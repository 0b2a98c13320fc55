"""Samples that the tests of weighting share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveykit.weighting import Population

__all__ = ["POPULATION", "cases", "panel"]

POPULATION = Population(
    {
        ("size",): {("s",): 700.0, ("m",): 200.0, ("l",): 100.0},
        ("sector",): {("A",): 300.0, ("B",): 450.0, ("C",): 250.0},
    }
)


def panel(rows: int = 300, seed: int = 3) -> pd.DataFrame:
    """An opt-in panel in which large firms are far too many."""
    rng = np.random.default_rng(seed)
    size = pd.Categorical(rng.choice(["s", "m", "l"], rows, p=[0.3, 0.3, 0.4]), ["s", "m", "l"], ordered=True)
    sector = pd.Categorical(rng.choice(list("ABC"), rows))
    large = (np.asarray(size) == "l").astype(float)
    sales = np.exp(rng.normal(1 + large, 0.5)).round(3)
    return pd.DataFrame({"size": size, "sector": sector, "sales": sales, "w": rng.uniform(1, 5, rows).round(2)})


def cases(rows: int = 1500, seed: int = 4) -> pd.DataFrame:
    """A drawn sample of which part answered, depending on size and sector."""
    frame = panel(rows, seed)
    rng = np.random.default_rng(seed + 1)
    chance = 0.3 + 0.3 * (frame["size"] == "l") + 0.2 * (frame["sector"] == "A")
    frame["answered"] = rng.uniform(size=rows) < chance
    return frame
