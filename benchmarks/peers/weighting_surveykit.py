"""Times surveykit. usage: weighting_surveykit.py PARQUET MARGINS OPERATION REPEATS."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from timing import report, worst_margin

import surveykit as sk


def main() -> None:
    """Time one operation, as the command line asks."""
    path, margins, operation, repeats = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    data = pd.read_parquet(path)
    wanted = json.loads(Path(margins).read_text())
    population = {name: dict(enumerate(counts)) for name, counts in wanted.items()}
    design = sk.Design(strata="stratum", clusters="psu")

    if operation == "rake":
        begun = sk.base_weights(data, "w")

        def raked(weights: sk.Weights) -> np.ndarray:
            return sk.rake(weights, population, tolerance=1e-6).values

        report(
            lambda: raked(sk.base_weights(data, "w")),
            lambda: raked(begun),
            lambda answer: [float(answer.sum()), float(answer @ data["y"]) / float(answer.sum())],
            repeats,
            extra=lambda answer: {"margins": worst_margin(data, wanted, answer)},
        )
        return
    count = 1000 if operation.endswith("1000") else 200
    survey = sk.Survey(data, design, weights="w")

    def estimate(survey: sk.Survey) -> sk.Estimate:
        replicated = sk.replicate(survey, "bootstrap", replicates=count, seed=1)
        if operation == "model1000":
            return sk.regress(replicated, "y ~ x1 + x2 + x3 + d1 + d2")
        if operation == "median200":
            return sk.quantile(replicated, "y", 0.5, interval="quantile")
        return sk.mean(replicated, "y", by="dom")

    report(
        lambda: estimate(sk.Survey(data, design, weights="w")),
        lambda: estimate(survey),
        lambda answer: answer.estimate.tolist(),
        repeats,
    )


main()
