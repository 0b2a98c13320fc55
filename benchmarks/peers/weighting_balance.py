"""Times balance. usage: weighting_balance.py PARQUET MARGINS rake REPEATS."""

from __future__ import annotations

import itertools
import json
import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from timing import report, worst_margin

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from balance.weighting_methods.rake import rake  # noqa: E402


def main() -> None:
    """Time raking; the target is a frame of the cells whose weights are the products of the margins."""
    path, margins, repeats = sys.argv[1], sys.argv[2], int(sys.argv[4])
    wanted = json.loads(Path(margins).read_text())
    # Its NumPy is older than what today's pyarrow is built for.
    raw = Path(path.replace("sample-", "raw-").removesuffix(".parquet"))
    data = pd.DataFrame({name: np.fromfile(raw / f"{name}.bin", "<i4") for name in wanted})
    data = data.assign(**{name: np.fromfile(raw / f"{name}.bin", "<f8") for name in ("w", "y")})
    total = sum(wanted["dom"])
    cells = list(itertools.product(range(10), range(5), range(5)))
    target = pd.DataFrame(cells, columns=list(wanted)).astype(str)
    share = [wanted["dom"][a] * wanted["c1"][b] * wanted["c2"][c] / total**2 for a, b, c in cells]

    def coded() -> pd.DataFrame:
        return data[list(wanted)].astype(str)

    def raked(sample: pd.DataFrame) -> np.ndarray:
        options = {"transformations": None, "convergence_rate": 1e-6, "rate_tolerance": 1e-10}
        found = rake(sample, data["w"], target, pd.Series(share), variables=list(wanted), **options)
        weights = found["weight"].to_numpy()
        return weights * total / weights.sum()

    ready = coded()
    report(
        lambda: raked(coded()),
        lambda: raked(ready),
        lambda answer: [float(answer.sum()), float(answer @ data["y"]) / float(answer.sum())],
        repeats,
        extra=lambda answer: {"margins": worst_margin(data, wanted, answer)},
    )


main()
