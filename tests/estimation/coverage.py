"""Simulated coverage of 95 % intervals: the main coefficient and its marginal effect, family by family.

    python -m tests.estimation.coverage --samples 2000 --record out/families.jsonl

The population is a finite one of 20,000 firms in 200 towns, made from the seed below before any sample is drawn; truth
is the fit (and the average effect) on the whole population. Each sample is stratified by size and draws towns, then
firms, with unequal weights; every family is fitted to the same samples, and sample k is the same in every run.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.effects.marginal import average_marginal_effects
from surveykit.estimation.regression.instrumental import instrumental
from surveykit.estimation.regression.nonlinear import nonlinear
from surveykit.estimation.regression.quantile_regression import quantile_regression
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.survival.cox import cox
from surveykit.estimation.survival.parametric import survival_regression
from surveykit.estimation.two_level.random_intercepts import random_intercepts
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.simulation import Covered, Interval, markdown, record, summary

__all__ = ["FAMILIES", "FEW", "FEW_TOWNS", "PAGE", "REASONS", "Sampler", "covered", "main", "population", "truth"]

POPULATION_SEED = 20_260_101
INSTRUMENT_SEED = 20_260_102
SAMPLE_SEED = 7


def _family(outcome: str, family: str, **options: Any) -> Callable[[Survey], Any]:
    return lambda survey: regress(survey, f"{outcome} ~ x + z", family=family, **options)


# Each family's fit, and whether it has average marginal effects.
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
    "firth": (_family("yes", "binomial", penalty="firth"), True),
    "absorbed": (lambda survey: regress(survey, "number ~ x + z", absorb="sector"), False),
    "two_stage": (lambda survey: instrumental(survey, "number ~ x + z", "push + z"), False),
    "random_intercepts": (
        lambda survey: random_intercepts(
            survey, "number ~ x + z", group="town", group_weights="town_weight", scaling="size"
        ),
        False,
    ),
    "partial_proportional": (_family("level", "ordered_logit", non_proportional="x"), True),
    "nonlinear_share": (
        lambda survey: nonlinear(survey, "share ~ 1 / (1 + exp(-(a + x * b + z * c)))", start={"a": 0, "b": 1, "c": 0}),
        False,
    ),
    "nonlinear": (
        lambda survey: nonlinear(survey, "count ~ exp(a + x * b + z * c)", start={"a": 0.3, "b": 0.4, "c": -0.3}),
        False,
    ),
}

PAGE = Path(__file__).with_name("COVERAGE.md")
HEAD = """# Simulated coverage of 95 % intervals, family by family

Run on {date}: `python -m tests.estimation.coverage --samples 2000 --write`. Seeds: population {population} (instrument
and sector {more}), sample k from ({sample}, k); all stand in `coverage.py` and were fixed before the runs. The
population is 20,000 firms in 200 towns in two strata; a sample is 20 of 120 and 30 of 80 towns, 8 to 14 firms in each,
about 550 rows with unequal weights, and 48 degrees of freedom. Truth is the fit to the whole population. "Coefficient"
is that of x (of the first outcome or cut point), "effect" its average marginal effect (on the first category).

Towns are drawn without replacement and no finite-population correction is declared, as most users have it. Bias is in
standard deviations of the estimates over the samples; se / sd is the mean standard error over that standard deviation;
"too low" is the share of intervals that end below the truth. With 2,000 samples a coverage of 95 % has a standard error
of 0.5 points.

At the lower edge stand poisson (93.0 %) and its effect: the counts are skewed and x is normal, so that few firms carry
much of the slope, and linearised standard errors are 5 to 7 % too small at 50 towns. A jackknife over towns is 5 %
wider (15 samples). Random intercepts refuse the samples in which the towns differ no more than chance makes them.

What the first full run found: the median covered 97.7 % with se / sd 1.17, because the density's Gaussian kernel took
as its standard deviation a bandwidth that is made for the half-width of a uniform one; that was mended, and the row
below is after it. Firth's effect, random intercepts, partial proportional odds and nonlinear_share were added after
that run and before their own, as were the samples of eight towns.

The last rows are samples of 4 and 4 towns, about 88 firms: with few units the linearised standard error is 8 % too
small and t with few degrees of freedom makes up for it; Bell and McCaffrey's is right in the mean, and Satterthwaite's
degrees of freedom then give 95.8 %.

"""

# Why the full run found a case outside 93-97 %.
REASONS: dict[str, str] = {
    "8 towns: ordered_logit, jackknife coefficient": (
        "too wide, for two small reasons that add up. With eight towns the interval takes t with 4 degrees of freedom "
        "(8 towns, less 2 strata, less 2 slopes), but x varies within towns as much as between them, so that the "
        "standard error varies less than 4 degrees of freedom would have it; and the jackknife's is 2 % above the "
        "spread. The linearised one is 5 % below it, which makes up for the former."
    ),
    "nonlinear coefficient": (
        "heavy tails, no fault of the code. Least squares of a skewed count on an exponential rests on the few firms "
        "with a large count at a large x; where the sample has none of them both the slope and its linearised standard "
        "error are too small. The estimates' spread is 0.102, and 0.076 by their median deviation; the median standard "
        "error is 0.062. In ordinary samples jackknife and linearisation agree; in those with an outlier the jackknife "
        "is up to twice as wide. The same code on a light-tailed outcome (nonlinear_share) covers. For counts take "
        "family='poisson', which weighs them by their variance."
    ),
}


# Ways to few sampling units: fits of samples of eight towns.
FEW_TOWNS = {"small": 4, "large": 4}
FEW: dict[str, tuple[Callable[[Survey], Any], bool]] = {
    "8 towns: gaussian": (_family("number", "gaussian"), False),
    "8 towns: gaussian, bell_mccaffrey": (_family("number", "gaussian", small_sample="bell_mccaffrey"), False),
    "8 towns: gaussian, satterthwaite": (_family("number", "gaussian", small_sample="satterthwaite"), False),
    "8 towns: gaussian, jackknife": (lambda survey: FAMILIES["gaussian"][0](replicate(survey, "JKn")), False),
    "8 towns: ordered_logit": (_family("level", "ordered_logit"), False),
    "8 towns: ordered_logit, jackknife": (lambda survey: FAMILIES["ordered_logit"][0](replicate(survey, "JKn")), False),
}


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
    return frame.assign(**_more(x))


def _more(x: np.ndarray) -> dict[str, np.ndarray]:
    """An instrument of x and a sector to absorb, from a seed of their own: the columns above stay as they were."""
    rng = np.random.default_rng(INSTRUMENT_SEED)
    return {"push": 0.7 * x + rng.normal(size=len(x)), "sector": rng.integers(0, 12, len(x)).astype(str)}


class Sampler:
    """Draws towns by stratum, then firms within them; weights are the inverse of the chances."""

    def __init__(self, frame: pd.DataFrame, drawn: dict[str, int] | None = None) -> None:
        self.frame, self.drawn = frame, drawn or {"small": 20, "large": 30}
        self.rows = {town: np.asarray(rows) for town, rows in frame.groupby("town").indices.items()}
        self.towns = {name: frame.loc[frame["stratum"] == name, "town"].unique() for name in ("small", "large")}

    def draw(self, number: int) -> Survey:
        """Draw sample ``number``: some of 120 small and of 80 large towns, 8 to 14 of their 100 firms."""
        rng = np.random.default_rng([SAMPLE_SEED, number])
        chosen, weights, towns_for = [], [], []
        for stratum, towns in self.drawn.items():
            every = self.towns[stratum]
            for town in rng.choice(every, towns, replace=False):
                rows = self.rows[town]
                firms = int(rng.integers(8, 15))
                chosen.append(rng.choice(rows, firms, replace=False))
                weights.append(np.full(firms, len(every) / towns * len(rows) / firms))
                towns_for.append(np.full(firms, len(every) / towns))
        sample = self.frame.take(np.concatenate(chosen)).reset_index(drop=True)
        sample["w"], sample["town_weight"] = np.concatenate(weights), np.concatenate(towns_for)
        return Survey(sample, Design(strata="stratum", clusters="town"), weights="w")


# What the families call the coefficient of x; that of the first outcome or cut point where there are several.
_X = ("x", "b", "x (a|b)")


def _values(family: str, survey: Survey) -> dict[str, Interval]:
    fit, effects = (FAMILIES | FEW)[family]
    fitted = fit(survey)
    place = next(at for at, name in enumerate(fitted.names) if name in _X or name.endswith(": x"))
    found = {f"{family} coefficient": (fitted, place)}
    if effects:
        found[f"{family} effect"] = (average_marginal_effects(fitted, "x"), 0)
    return {
        name: (float(one.estimate[at]), float(one.low[at]), float(one.high[at]), float(one.se[at]))
        for name, (one, at) in found.items()
    }


def _cases(family: str) -> list[str]:
    return [f"{family} coefficient", *([f"{family} effect"] if (FAMILIES | FEW)[family][1] else [])]


def truth(families: list[str], frame: pd.DataFrame) -> dict[str, float]:
    """Fit each family to the whole population."""
    whole = Survey(frame.assign(town_weight=1.0), Design(clusters="town"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {case: value[0] for family in families for case, value in _values(family, whole).items()}


def covered(
    families: list[str], samples: int, path: Path | None = None, drawn: dict[str, int] | None = None
) -> list[Covered]:
    """Coverage of some families over the same samples of as many towns as `drawn` says."""
    sampler = Sampler(population(), drawn)

    def simulate(number: int) -> dict[str, Interval | None]:
        survey, found = sampler.draw(number), dict[str, Interval | None]()
        for family in families:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found.update(_values(family, survey))
            except EstimationError:
                found.update(dict.fromkeys(_cases(family)))
        return found

    return summary(record(range(samples), simulate, path), truth(families, sampler.frame))


def main(arguments: list[str] | None = None) -> int:
    """Print one line a family and quantity."""
    parser = argparse.ArgumentParser(prog="python -m tests.estimation.coverage", description=__doc__)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--family", choices=sorted(FAMILIES), help="only this one")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} beside this file")
    parser.add_argument("--record", type=Path, help="file of JSON lines; samples already in it are not drawn again")
    options = parser.parse_args(arguments)
    lines = covered([options.family] if options.family else list(FAMILIES), options.samples, options.record)
    if not options.family:
        few = options.record and options.record.with_suffix(".few.jsonl")
        lines += covered(list(FEW), options.samples, few, FEW_TOWNS)
    for line in lines:
        sys.stdout.write(line.text() + "\n")
    if options.write:
        head = HEAD.format(
            date=datetime.now(UTC).date(), population=POPULATION_SEED, more=INSTRUMENT_SEED, sample=SAMPLE_SEED
        )
        PAGE.write_text(head + markdown(lines, REASONS), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
