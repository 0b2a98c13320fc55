"""Times surveykit. usage: surveykit_peer.py PARQUET OPERATION REPEATS [memory|duckdb]."""

from __future__ import annotations

import sys

import pandas as pd
from timing import report

import surveykit as sk


def main() -> None:
    """Time one operation, as the command line asks."""
    path, operation, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
    in_memory = len(sys.argv) < 5 or sys.argv[4] == "memory"
    data = pd.read_parquet(path) if in_memory else path
    design = sk.Design(strata="stratum", clusters="psu")
    engine = "memory" if in_memory else "duckdb"

    def prepare() -> sk.Survey:
        return sk.Survey(data, design, weights="w", engine=engine)

    covariates = "x1 + x2 + x3 + d1 + d2"
    operations = {
        "mean": lambda survey: sk.mean(survey, "y"),
        "domains": lambda survey: sk.mean(survey, "y", by="dom"),
        "crosstab": lambda survey: sk.crosstab(survey, "c1 ~ c2", percent="total", margins=False),
        "linear": lambda survey: sk.regress(survey, f"y ~ {covariates}"),
        "logistic": lambda survey: sk.regress(survey, f"yb ~ {covariates}", family="binomial"),
        "median": lambda survey: sk.quantile(survey, "y", [0.5]),
    }

    def run(survey: sk.Survey) -> object:
        answer = operations[operation](survey)
        return (answer, answer.test()) if operation == "crosstab" else answer

    def results(answer: object) -> list[float]:
        if operation == "crosstab":
            return [answer[1].statistic, answer[1].df, answer[1].ddf]
        return [*answer.estimate.tolist(), *answer.se.tolist()]

    prepared = prepare()
    report(lambda: run(prepare()), lambda: run(prepared), results, repeats)


main()
