"""Coverage of 95 % intervals over repeated samples: populations, seeds and sizes are fixed here, before any run.

Population (i) is light-tailed: intervals of the mean, total, ratio, median, proportion and logit coefficients are
expected to cover 93 to 97 % over 2,000 samples, and at least 93 % with estimated response propensities. Population
(ii) is lognormal with a take-all stratum: its coverage is reported, without a threshold. What falls outside is listed
with the bias, the ratio of the mean standard error to the spread of the estimates, and the share that covers; a
population is not changed to get inside.

``python -m tests.weighting.coverage --samples 2000`` prints the table; a small run of it is among the tests.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

import surveykit as sk
from surveykit.weighting import base_weights, rake
from surveykit.weighting.nonresponse import adjust_nonresponse
from tests.simulation import Covered, Interval, markdown, record, summary

__all__ = ["DESIGNS", "PAGE", "POPULATIONS", "REASONS", "VARIANCES", "covered", "light_tailed", "lognormal"]

SEEDS = {"population": 20261101, "samples": 20261102}
UNITS, TOWNS = 20_000, 400
CLUSTERS, PER_STRATUM, ROWS = 60, 100, 400
REPLICATES = 200
PAGE = Path(__file__).with_name("COVERAGE.md")
HEAD = """# Simulated coverage of 95 % intervals under designs and weights

Run on {date}: `python -m tests.weighting.coverage --samples 2000 --write`. Seeds: population {population}, sample k of
each design from ({samples}, number of the design, k); all stand in `coverage.py` and were fixed before the runs. Truth
is that of the whole population. Bias is in standard deviations of the estimates over the samples; se / sd is the mean
standard error over that standard deviation; "too low" is the share of intervals that end below the truth. With 2,000
samples a coverage of 95 % has a standard error of 0.5 points. Bootstraps have 200 replicates (Rao and Wu); the median
under JKn is the replicate variance of the distribution function, inverted. While the runs went on, the degrees of
freedom of bootstraps became the rank of their weights (199, where rows are units, in place of nearly 399); the ends of
intervals of the earlier samples would move by 0.3 % of the half-width, which is too little to show. Bootstraps of
estimated propensities, fitted again in each replicate, were stopped for time at the number of samples that is printed
(the first of each thousand).

"""
ABOUT = {
    "light-tailed": "20,000 firms, 400 towns, four regions; stratified: 100 firms a region; clustered: 60 towns, all "
    "their firms; raked: 400 firms, raked to size and region, anew in each replicate; response propensities: 800 "
    "firms, about 450 answers, logistic propensities. Expected: 93 to 97 %, and at least 93 % with propensities.",
    "lognormal": "Sales are lognormal and the 100 largest firms are all taken. Reported, without a threshold: in a "
    "sample without the largest of the others both the mean and its standard error are too small, so that intervals of "
    "mean, total and ratio end below the truth more than twice as often as they begin above it. The take-all stratum "
    "keeps the coverage near 95 % all the same.",
}

# Why the full run found a case outside 93-97 %.
REASONS: dict[str, str] = {}
VARIANCES = ("linearised", "JKn", "bootstrap")


def light_tailed() -> pd.DataFrame:
    """Population (i): four strata, 400 towns that differ a little, outcomes that are nearly normal."""
    rng = np.random.default_rng(SEEDS["population"])
    town = np.repeat(np.arange(TOWNS), UNITS // TOWNS)
    frame = pd.DataFrame({"town": town, "region": town % 4})
    lean = rng.normal(0, 0.4, TOWNS)[town]
    frame["size"] = pd.Categorical(np.array(["s", "m", "l"])[np.digitize(rng.normal(lean, 1), [0.2, 1.0])])
    large = (frame["size"] == "l").to_numpy(float)
    frame["staff"] = rng.normal(10 + 3 * large + frame["region"], 2)
    frame["sales"] = rng.normal(20 + 4 * large + 2 * lean + frame["staff"], 4)
    frame["exports"] = rng.uniform(size=UNITS) < 1 / (1 + np.exp(-(-0.6 + 0.8 * large + 0.15 * (frame["staff"] - 12))))
    frame["exports"] = frame["exports"].astype(float)
    return frame


def lognormal() -> pd.DataFrame:
    """Population (ii): sales are lognormal, and the largest firms are all taken."""
    frame = light_tailed()
    rng = np.random.default_rng(SEEDS["population"] + 1)
    frame["sales"] = np.exp(rng.normal(2 + 0.8 * (frame["size"] == "l"), 1.2))
    largest = frame["sales"].rank(ascending=False) <= PER_STRATUM
    frame["region"] = np.where(largest, 4, frame["region"])
    return frame


POPULATIONS: dict[str, Callable[[], pd.DataFrame]] = {"light-tailed": light_tailed, "lognormal": lognormal}


def stratified(population: pd.DataFrame, rng: np.random.Generator) -> sk.Survey:
    """100 firms of each stratum; a stratum of 100 is taken whole."""
    parts = [part.sample(PER_STRATUM, random_state=rng) for _, part in population.groupby("region")]
    frame = pd.concat(parts, ignore_index=True)
    frame["N"] = frame["region"].map(population["region"].value_counts())
    return sk.Survey(frame, sk.Design(strata="region", fpc="N"))


def clustered(population: pd.DataFrame, rng: np.random.Generator) -> sk.Survey:
    """60 of 400 towns, all their firms."""
    frame = population[population["town"].isin(rng.choice(TOWNS, CLUSTERS, replace=False))].reset_index(drop=True)
    frame["towns"] = TOWNS
    return sk.Survey(frame, sk.Design(clusters="town", fpc="towns"))


def raked(population: pd.DataFrame, rng: np.random.Generator) -> sk.Survey:
    """400 firms at random, raked to size and region."""
    frame = population.sample(ROWS, random_state=rng).reset_index(drop=True)
    frame["w"] = UNITS / ROWS
    margins = {name: population[name].value_counts().to_dict() for name in ("size", "region")}
    return sk.Survey(frame, weights=rake(base_weights(frame, "w"), margins))


def respondents(population: pd.DataFrame, rng: np.random.Generator) -> sk.Survey:
    """800 firms at random of which those with few staff answer less often; propensities are estimated."""
    frame = population.sample(2 * ROWS, random_state=rng).reset_index(drop=True)
    frame["w"] = UNITS / (2 * ROWS)
    frame["answered"] = rng.uniform(size=len(frame)) < 1 / (1 + np.exp(-(0.3 + 0.2 * (frame["staff"] - 12))))
    start = base_weights(frame, "w")
    options = {"predictors": ["size", "staff"], "method": "propensity", "folds": 1, "classes": None}
    return sk.Survey(frame, weights=adjust_nonresponse(start, "answered", **options))  # type: ignore[arg-type]


DESIGNS: dict[str, Callable[[pd.DataFrame, np.random.Generator], sk.Survey]] = {
    "stratified": stratified,
    "clustered": clustered,
    "raked": raked,
    "response propensities": respondents,
}


def _statistics(survey: sk.Survey) -> Iterator[tuple[str, sk.Estimate]]:
    yield "mean", sk.mean(survey, "sales")
    yield "total", sk.total(survey, "sales")
    yield "ratio", sk.ratio(survey, "sales", "staff")
    yield "proportion", sk.mean(survey, "exports")
    yield "median", sk.quantile(survey, "sales", 0.5)
    logit = sk.regress(survey, "exports ~ staff", family="binomial")
    yield "logit", logit.contrast({"staff": {"staff": 1}})


def _truth(population: pd.DataFrame) -> dict[str, float]:
    found = {name: float(one.estimate[0]) for name, one in _statistics(sk.Survey(population))}
    return found | {"median": float(np.quantile(population["sales"], 0.5, method="inverted_cdf"))}


def _variances(survey: sk.Survey, design: str, seed: int) -> Iterator[tuple[str, sk.Survey]]:
    yield VARIANCES[0], survey
    again = None if survey.weighting is None else True
    if design != "response propensities":
        yield "JKn", sk.replicate(survey, "JKn", recalibrate=again)
    yield "bootstrap", sk.replicate(survey, "bootstrap", replicates=REPLICATES, seed=seed, recalibrate=again)


def covered(
    name: str,
    samples: int,
    *,
    designs: Iterable[str] = tuple(DESIGNS),
    replicated: bool = True,
    folder: Path | None = None,
) -> list[Covered]:
    """Draw samples and count how often the intervals hold the truth.

    Parameters
    ----------
    name
        Population.
    samples
        Number of samples of each design.
    designs
        Names of the designs; the lognormal population has its take-all stratum and is sampled by strata only.
    replicated
        Whether to count replicate variances too, which takes most of the time.
    folder
        Where samples are kept, a file of JSON lines each design; ``None`` keeps nothing.
    """
    population = POPULATIONS[name]()
    truth = _truth(population)
    lines = []
    for design in designs:
        if name == "lognormal" and design != "stratified":
            continue
        path = folder / f"{name}-{design.replace(' ', '-')}.jsonl" if folder else None
        found = record(range(samples), partial(_sample, population, design, replicated), path)
        truths = {f"{design}, {kind}, {what}": truth[what] for kind in VARIANCES for what in truth}
        lines += summary(found, truths)
    return lines


def _sample(population: pd.DataFrame, design: str, replicated: bool, number: int) -> dict[str, Interval | None]:
    rng = np.random.default_rng([SEEDS["samples"], list(DESIGNS).index(design), number])
    survey, found = DESIGNS[design](population, rng), dict[str, Interval | None]()
    for kind, one in islice(_variances(survey, design, number), None if replicated else 1):
        for what, made in _statistics(one):
            values = (made.estimate[0], made.low[0], made.high[0], made.se[0])
            found[f"{design}, {kind}, {what}"] = cast(Interval, tuple(float(value) for value in values))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the coverage of every statistic; those outside 93 to 97 % are marked."""
    parser = argparse.ArgumentParser(prog="python -m tests.weighting.coverage", description=__doc__)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument(
        "--population", choices=list(POPULATIONS), action="append", help="only this (both unless given)"
    )
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} beside this file")
    parser.add_argument("--design", choices=list(DESIGNS), action="append", help="only these (all unless given)")
    parser.add_argument("--linearised", action="store_true", help="leave out replicate variances")
    parser.add_argument("--record", type=Path, help="folder of JSON lines; samples already there are not drawn again")
    options = parser.parse_args(arguments)
    page = HEAD.format(date=datetime.now(UTC).date(), samples=SEEDS["samples"], population=SEEDS["population"])
    for name in options.population or POPULATIONS:
        lines = covered(
            name,
            options.samples,
            designs=options.design or tuple(DESIGNS),
            replicated=not options.linearised,
            folder=options.record,
        )
        for line in lines:
            sys.stdout.write(line.text() + "\n")
        page += (
            f"## Population: {name}\n\n{ABOUT[name]}\n\n{markdown(lines, REASONS if name == 'light-tailed' else {})}\n"
        )
    if options.write:
        PAGE.write_text(page.rstrip("\n") + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
