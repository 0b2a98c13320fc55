"""Times ipfn. usage: weighting_ipfn.py PARQUET MARGINS rake REPEATS."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from timing import report, worst_margin

warnings.simplefilter("ignore")
from ipfn import ipfn  # noqa: E402


def main() -> None:
    """Time raking."""
    path, margins, repeats = sys.argv[1], sys.argv[2], int(sys.argv[4])
    data = pd.read_parquet(path)
    wanted = json.loads(Path(margins).read_text())
    targets = [
        pd.Series(counts, index=pd.Index(range(len(counts)), name=name), name="total")
        for name, counts in wanted.items()
    ]

    def coded() -> pd.DataFrame:
        return data[list(wanted)].assign(total=data["w"])

    def raked(sample: pd.DataFrame) -> np.ndarray:
        margins = [[name] for name in wanted]
        solver = ipfn.ipfn(sample.copy(), targets, margins, convergence_rate=1e-6, rate_tolerance=0)
        return solver.iteration()["total"].to_numpy()

    ready = coded()
    report(
        lambda: raked(coded()),
        lambda: raked(ready),
        lambda answer: [float(answer.sum()), float(answer @ data["y"]) / float(answer.sum())],
        repeats,
        extra=lambda answer: {"margins": worst_margin(data, wanted, answer)},
    )


main()
