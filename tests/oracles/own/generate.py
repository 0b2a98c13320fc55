"""Make the invented sample: firms in sampled towns of four regions, two stages, both without replacement.

Nothing in it is real. Sizes, sectors and answers are drawn from a seeded generator; the design is exact: towns are
drawn from those of their region, firms from those of their town, and the weights are the inverse of both fractions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["DATA", "SEED", "firms"]

SEED = 20260701
DATA = Path(__file__).parent / "data" / "firms.csv"

_REGIONS = {"north": (14, 5), "south": (20, 6), "east": (9, 4), "west": (16, 5)}  # towns in the population and drawn
_SECTORS = ("food", "machines", "services", "digital")
_SIZES = ("small", "medium", "large")


def firms() -> pd.DataFrame:
    """The sample, one row a firm."""
    rng = np.random.default_rng(SEED)
    rows: list[dict[str, object]] = []
    for region, (towns, drawn) in _REGIONS.items():
        for town in range(1, drawn + 1):
            population = int(rng.integers(15, 60))
            count = min(population, int(rng.integers(8, 16)))
            level = rng.normal(0, 0.35)
            for _ in range(count):
                firm = _firm(rng, level)
                weight = towns / drawn * population / count
                rows.append(
                    {"region": region, "town": town, "towns": towns, "firms": population, "weight": weight, **firm}
                )
    frame = pd.DataFrame(rows)
    frame.insert(0, "firm", np.arange(1, len(frame) + 1))
    frame["stratum"] = frame["region"] + "." + frame["sector"]
    frame["in_sector"] = frame.groupby("sector")["firm"].transform("count") * 9
    first = (frame["sector"] == "digital").to_numpy().argmax()
    frame["cell"] = frame["sector"].where(np.arange(len(frame)) != first, "alone")
    return frame


def _firm(rng: np.random.Generator, level: float) -> dict[str, object]:
    sector = str(rng.choice(_SECTORS, p=(0.3, 0.3, 0.28, 0.12)))
    size = str(rng.choice(_SIZES, p=(0.6, 0.28, 0.12)))
    staff = int(np.clip(rng.lognormal({"small": 2.2, "medium": 3.8, "large": 5.4}[size], 0.4), 1, None))
    exporter = int(rng.random() < 1 / (1 + np.exp(1.4 - 0.35 * np.log(staff) - level)))
    sales = round(float(staff * np.exp(rng.normal(2.3 + level + 0.3 * exporter, 0.5))), 2)
    digital = round(float(np.clip(rng.beta(1.2, 6) * 100 * (2.0 if sector == "digital" else 1.0), 0, 100)), 1)
    answered = rng.random() > 0.08
    return {
        "sector": sector,
        "size": size,
        "staff": staff,
        "sales": sales,
        "exporter": exporter,
        "digital": digital if answered else None,
        "adopts": int(rng.random() < 0.15 + 0.4 * exporter) if rng.random() > 0.05 else None,
        "orders": int(rng.poisson(1 + 0.4 * np.log(staff))),
    }


def main() -> None:
    """Write the sample."""
    DATA.parent.mkdir(exist_ok=True)
    firms().to_csv(DATA, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
