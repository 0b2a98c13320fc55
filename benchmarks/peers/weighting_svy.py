"""Times svy. usage: weighting_svy.py PARQUET MARGINS OPERATION REPEATS."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
import svy
from timing import report, worst_margin


def main() -> None:
    """Time one operation, as the command line asks."""
    path, margins, operation, repeats = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    frame = pl.read_parquet(path)
    wanted = json.loads(Path(margins).read_text())
    controls = {name: dict(enumerate(counts)) for name, counts in wanted.items()}

    def prepare() -> svy.Sample:
        return svy.Sample(frame, svy.Design(stratum="stratum", psu="psu", wgt="w"))

    if operation == "rake":

        def raked(sample: svy.Sample) -> object:
            return sample.weighting.rake(controls=controls, tol=1e-6).data["rk_wgt"].to_numpy()

        prepared = prepare()
        report(
            lambda: raked(prepare()),
            lambda: raked(prepared),
            lambda answer: [float(answer.sum())],
            repeats,
            extra=lambda answer: {"margins": worst_margin(frame, wanted, answer)},
        )
        return

    def means(sample: svy.Sample) -> object:
        replicated = sample.weighting.create_bs_wgts(200, rstate=1)
        return replicated.estimation.mean("y", by="dom", method="replication")

    report(
        lambda: means(prepare()),
        lambda: means(prepare()),
        lambda answer: answer.to_polars().sort("dom")["est"].to_list() if "dom" in answer.to_polars().columns
        else answer.to_polars()["est"].to_list(),
        repeats,
    )  # fmt: skip


main()
