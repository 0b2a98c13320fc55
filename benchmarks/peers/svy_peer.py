"""Times svy. usage: svy_peer.py PARQUET OPERATION REPEATS."""

from __future__ import annotations

import sys

import polars as pl
import svy
from timing import report


def main() -> None:
    """Time one operation, as the command line asks."""
    path, operation, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
    frame = pl.read_parquet(path)
    covariates = ["x1", "x2", "x3", "d1", "d2"]

    def prepare() -> svy.Sample:
        return svy.Sample(frame, svy.Design(stratum="stratum", psu="psu", wgt="w"))

    operations = {
        "mean": lambda sample: sample.estimation.mean("y"),
        "domains": lambda sample: sample.estimation.mean("y", by="dom"),
        "crosstab": lambda sample: sample.categorical.tabulate("c1", "c2"),
        "linear": lambda sample: sample.glm.fit("y", x=covariates, family="gaussian"),
        "logistic": lambda sample: sample.glm.fit("yb", x=covariates, family="binomial"),
        "median": lambda sample: sample.estimation.median("y"),
    }

    def run(sample: svy.Sample) -> object:
        return operations[operation](sample)

    def results(answer: object) -> list[float]:
        if operation == "crosstab":
            return [answer.stats.f.value, answer.stats.f.df_num, answer.stats.f.df_den]
        frame = answer.to_polars()
        names = ("estimate", "std_err") if operation in ("linear", "logistic") else ("est", "se")
        return [*frame[names[0]].to_list(), *frame[names[1]].to_list()]

    prepared = prepare()
    report(lambda: run(prepare()), lambda: run(prepared), results, repeats)


main()
