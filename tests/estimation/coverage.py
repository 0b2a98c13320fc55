"""Simulated coverage of 95 % intervals: the main coefficient and its marginal effect, family by family.

    python -m tests.estimation.coverage --samples 2000

The population is a finite one of 20,000 firms in 200 towns, made from the seed below before any sample is drawn; truth
is
the fit (and the average effect) on the whole population. Each sample is stratified by size and draws towns, then firms,
with unequal weights. A share outside 93-97 % is marked; its bias stands beside it.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.effects.marginal import average_marginal_effects
from surveykit.estimation.quantile_regression import quantile_regression
from surveykit.estimation.regression import regress
from surveykit.estimation.survival.cox import cox
from surveykit.estimation.survival.parametric import survival_regression
from surveykit.survey import Survey

__all__ = ["FAMILIES", "Covered", "covered", "main", "population"]

POPULATION_SEED = 20_260_101
SAMPLE_SEED = 7


def _family(outcome: str, family: str, **options: Any) -> Callable[[Survey], Any]:
    return lambda survey: regress(survey, f"{outcome} ~ x + z", family=family, **options)


FAMILIES: dict[str, tuple[Callable[[Survey], Any], bool]] = {
    "gaussian": (_family("number", "gaussian"), True),
    "binomial": (_family("yes", "binomial"), True),
    "poisson": (_family("count", "poisson"), True),
    "negative_binomial": (_family("count", "negative_binomial"), True),
    "fractional_logit": (_family("share", "fractional_logit"), True),
    "ordered_logit": (_family("level", "ordered_logit"), True),
    "ordered_probit": (_family("level", "ordered_probit"), True),
    "multinomial": (_family("level", "multinomial"), True),
    "interval": (_family("band", "interval"), True),
    "tobit": (_family("cut", "tobit", limits=(0, 4)), True),
    "cox": (lambda survey: cox(survey, "time ~ x + z", event="seen"), False),
    "weibull": (lambda survey: survival_regression(survey, "time ~ x + z", event="seen"), False),
    "median": (lambda survey: quantile_regression(survey, "number ~ x + z"), False),
}


@dataclass(frozen=True)
class Covered:
    """One line of the result: shares of intervals that hold the truth, and bias in standard errors."""

    family: str
    what: str
    coverage: float
    bias: float
    samples: int
    refused: int

    def text(self) -> str:
        mark = "" if 0.93 <= self.coverage <= 0.97 else "  outside 93-97 %"
        return (
            f"{self.family:18} {self.what:12} {self.coverage:6.1%}  bias {self.bias:+.2f} se  "
            f"n = {self.samples}, refused {self.refused}{mark}"
        )


def population() -> pd.DataFrame:
    """All firms, with outcomes of every kind from the same two variables and an effect of the town."""
    rng = np.random.default_rng(POPULATION_SEED)
    towns, firms = 200, 100
    town = np.repeat(np.arange(towns), firms)
    stratum = np.where(town < 120, "small", "large")
    x = rng.normal(size=len(town)) + 0.3 * rng.normal(size=towns)[town]
    z = rng.integers(0, 2, len(town))
    shared = 0.3 * rng.normal(size=towns)[town]
    latent = 0.5 + 0.8 * x - 0.5 * z + 0.4 * (stratum == "large") + shared + rng.logistic(size=len(town))
    frame = pd.DataFrame({"town": town, "stratum": stratum, "x": x, "z": z, "number": latent, "cut": latent.clip(0, 4)})
    frame["yes"] = (latent > 0).astype(int)
    frame["band"] = pd.cut(latent, [-np.inf, -2, -1, 0, 1, 2, 4, np.inf])
    frame["level"] = pd.cut(latent, [-np.inf, -1, 0.5, 2, np.inf], labels=["a", "b", "c", "d"])
    frame["count"] = rng.poisson(np.exp(0.3 + 0.4 * x - 0.3 * z + shared) * rng.gamma(2, 0.5, len(town)))
    frame["share"] = 1 / (1 + np.exp(-latent))
    life = rng.weibull(1.5, len(town)) * 10 * np.exp(-0.4 * x + 0.2 * z)
    end = rng.uniform(2, 20, len(town))
    frame["time"], frame["seen"] = np.minimum(life, end), (life <= end).astype(int)
    return frame


def draw(frame: pd.DataFrame, rng: np.random.Generator) -> Survey:
    """Towns by stratum, then firms within them; weights are the inverse of the chances."""
    parts = []
    for stratum, towns in (("small", 20), ("large", 30)):
        every = frame.loc[frame["stratum"] == stratum, "town"].unique()
        for town in rng.choice(every, towns, replace=False):
            firms = int(rng.integers(8, 15))
            rows = frame[frame["town"] == town].sample(firms, random_state=int(rng.integers(2**31)))
            parts.append(rows.assign(w=len(every) / towns * 100 / firms))
    sample = pd.concat(parts, ignore_index=True)
    return Survey(sample, Design(strata="stratum", clusters="town"), weights="w")


def _values(fitted: Any, effects: bool) -> dict[str, tuple[float, float, float, float]]:
    place = next(number for number, name in enumerate(fitted.names) if name == "x" or name.endswith(": x"))
    found = {"coefficient": (fitted, place)}
    if effects:
        found["effect"] = (average_marginal_effects(fitted, "x"), 0)
    return {
        name: (float(one.estimate[at]), float(one.low[at]), float(one.high[at]), float(one.se[at]))
        for name, (one, at) in found.items()
    }


def covered(family: str, samples: int) -> list[Covered]:
    """Coverage of one family over some samples."""
    fit, effects = FAMILIES[family]
    frame = population()
    whole = Survey(frame)
    truth = {name: value[0] for name, value in _values(fit(whole), effects).items()}
    hits: dict[str, list[tuple[bool, float]]] = {name: [] for name in truth}
    rng, refused = np.random.default_rng(SAMPLE_SEED), 0
    for _ in range(samples):
        survey = draw(frame, rng)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = _values(fit(survey), effects)
        except EstimationError:
            refused += 1
            continue
        for name, (estimate, low, high, se) in values.items():
            hits[name].append((low <= truth[name] <= high, (estimate - truth[name]) / se))
    return [
        Covered(
            family,
            name,
            float(np.mean([hit for hit, _ in each])),
            float(np.mean([bias for _, bias in each])),
            len(each),
            refused,
        )
        for name, each in hits.items()
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print one line a family and quantity."""
    parser = argparse.ArgumentParser(prog="python -m tests.estimation.coverage", description=__doc__)
    parser.add_argument("--samples", type=int, default=1_000, help="samples a family")
    parser.add_argument("--family", choices=sorted(FAMILIES), help="only this one")
    options = parser.parse_args(arguments)
    for family in [options.family] if options.family else FAMILIES:
        for line in covered(family, options.samples):
            sys.stdout.write(line.text() + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
