"""The sample that every peer is timed on: stratified, clustered, unequal weights, rows in random order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["STRATA", "draw", "write"]

STRATA = 50
_SEED = 20261122
_INTEGERS = ("stratum", "psu", "dom", "c1", "c2", "d1", "d2", "yb")


def draw(rows: int) -> dict[str, np.ndarray]:
    """Draw a sample.

    About twenty clusters of unequal size in each of fifty strata; ten domains, two five-level categories, two dummies,
    three
    covariates, a continuous and a binary outcome with cluster effects, lognormal weights.
    """
    rng = np.random.default_rng([_SEED, rows])
    clusters = rng.integers(15, 26, STRATA)
    stratum_of = np.repeat(np.arange(STRATA), clusters)
    share = rng.gamma(4.0, size=len(stratum_of))
    psu = rng.choice(len(stratum_of), rows, p=share / share.sum()).astype(np.int32)
    psu[: len(stratum_of)] = np.arange(len(stratum_of))
    stratum = stratum_of[psu].astype(np.int32)
    effect = rng.normal(0, 0.5, len(stratum_of))[psu]
    level = rng.lognormal(3, 0.4, STRATA)[stratum]
    weight = rng.lognormal(0, 0.5, rows) * level * (1e6 / rows)
    dom = rng.choice(10, rows, p=np.arange(1, 11) / 55).astype(np.int32)
    c1 = np.clip(np.floor(2.5 + 1.1 * rng.normal(size=rows) + 0.5 * effect), 0, 4).astype(np.int32)
    c2 = np.clip(np.floor(2.5 + rng.normal(size=rows) + 0.1 * (c1 - 2)), 0, 4).astype(np.int32)
    d1, d2 = ((rng.random(rows) < p).astype(np.int32) for p in (0.5, 0.35))
    x1, x2, x3 = rng.normal(size=rows) + 0.3 * effect, rng.gamma(2.0, size=rows), rng.normal(size=rows) * 2
    y = 10 + 1.5 * x1 - 0.7 * x2 + 0.2 * x3 + 0.5 * d1 - 0.3 * d2 + effect + 3 * rng.normal(size=rows)
    predictor = -0.4 + 0.4 * x1 - 0.25 * x2 + 0.1 * x3 + 0.3 * d1 - 0.2 * d2 + 0.6 * effect
    yb = (rng.random(rows) < 1 / (1 + np.exp(-predictor))).astype(np.int32)
    named = {"stratum": stratum, "psu": psu, "w": weight, "dom": dom, "c1": c1, "c2": c2, "d1": d1, "d2": d2}
    named |= {"yb": yb, "y": y, "x1": x1, "x2": x2, "x3": x3}
    order = rng.permutation(rows)
    return {name: np.ascontiguousarray(values[order]) for name, values in named.items()}


def write(rows: int, folder: Path) -> None:
    """Write the sample as Parquet, and as raw columns for R."""
    target = folder / f"sample-{rows}.parquet"
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    columns = draw(rows)
    raw = folder / f"raw-{rows}"
    raw.mkdir(exist_ok=True)
    for name, values in columns.items():
        values.astype("<i4" if name in _INTEGERS else "<f8").tofile(raw / f"{name}.bin")
    pq.write_table(pa.table(columns), target, compression="zstd", row_group_size=122_880)
