"""Every engine gives the same estimates: verbs that exist, designs of every kind, types of every kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.design import Design
from surveykit.errors import SurveykitWarning
from surveykit.estimation.descriptive import count, mean, proportion, ratio, total
from surveykit.estimation.quantiles.quantiles import quantile
from surveykit.estimation.regression.regression import regress
from surveykit.results import Estimate
from surveykit.survey import Survey
from tests.engines import open_as

SPREAD = ("se", "low", "high")
FIELDS = ("estimate", "se", "df", "n", "weighted_n", "low", "high")


def same(first: Estimate, second: Estimate) -> None:
    """Two estimates agree in labels, bases and numbers."""
    assert first.names == second.names
    assert dict(first.labels) == dict(second.labels)
    assert first.notes == second.notes
    size = np.nanmax(np.abs([first.se, second.se]), initial=0.0)
    for field in FIELDS:
        a, b = getattr(first, field), getattr(second, field)
        # A standard error of zero is the root of a difference of equal numbers: known to the root of their digits.
        np.testing.assert_allclose(b, a, rtol=1e-10, atol=1e-11 + 2e-8 * size * (field in SPREAD), err_msg=field)
    # A covariance is known to the digits of its two standard errors, not to its own.
    scale = np.where(first.se > 1e-7 * size, first.se, size or 1.0)
    scaled = [one.covariance / np.outer(scale, scale) for one in (first, second)]
    np.testing.assert_allclose(scaled[1], scaled[0], rtol=0, atol=1e-10)
    for name, values in first.facts.items():
        np.testing.assert_allclose(second.facts[name], values, rtol=1e-10, err_msg=name)


def firms(rows: int = 600, seed: int = 5) -> pd.DataFrame:
    """A two-stage sample with columns of every kind that an engine reads."""
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 40, rows)
    region = town % 5
    frame = pd.DataFrame({"region": np.array(["North", "south", "Éast", "west", "an 'o\"dd\\ one"])[region]})
    frame["town"] = town + 1000
    frame["firm"] = np.arange(rows)
    frame["towns"] = 20 + 5 * region
    frame["firms"] = 100 + frame.groupby("town").firm.transform("size")
    frame["w"] = rng.lognormal(2, 0.6, rows)
    frame.loc[rng.random(rows) < 0.05, "w"] = 0.0
    frame["sales"] = rng.lognormal(8, 1, rows).round(2)
    frame.loc[rng.random(rows) < 0.1, "sales"] = np.nan
    frame["staff"] = rng.integers(1, 120, rows).astype(np.int8)
    frame["exports"] = rng.random(rows) < 0.4
    frame["half"] = rng.integers(0, 4, rows) / 2
    frame["size"] = rng.choice(["small", "large", "Medium"], rows)
    frame.loc[rng.random(rows) < 0.1, "size"] = None
    frame["year"] = 2000 + rng.random(rows)
    return frame


DESIGNS: dict[str, tuple[Design, str | None]] = {
    "nothing": (Design(), None),
    "weights": (Design(), "w"),
    "strata": (Design(strata="region"), "w"),
    "strata with fpc": (Design(strata="region", fpc="big"), None),
    "clusters": (Design(strata="region", clusters="town"), "w"),
    "nested labels": (Design(strata="region", clusters="half", nest=True), "w"),
    "clusters with fpc": (Design(strata="region", clusters="town", fpc="towns"), None),
    "each firm a cluster": (Design(strata="region", clusters="firm"), "w"),
    "two stages": (Design(strata="region", clusters=["town", "half"], fpc=["towns", "halves"]), "w"),
    "two stages, rows last": (Design(strata="region", clusters="town", fpc=["towns", "firms"]), None),
}
VERBS: dict[str, Callable[[Survey], Estimate]] = {
    "mean": lambda survey: mean(survey, ["sales", "exports", "staff"], deff="with"),
    "mean by text and truth": lambda survey: mean(survey, "sales", by=["size", "exports"], deff="without"),
    "mean by halves": lambda survey: mean(survey, "year", by="half"),
    "mean of an expression": lambda survey: mean(survey, "log(sales) / staff", by="staff > 60"),
    "total in a domain": lambda survey: total(survey.where("size == 'small' and sales > 2000"), "sales", deff="with"),
    "domain of one stratum": lambda survey: mean(survey.where("region == 'west'"), "staff", by="exports"),
    "ratio": lambda survey: ratio(survey, "sales", "staff", by="size", deff="without"),
    "proportion": lambda survey: proportion(survey, "size", by="region"),
    "crossed": lambda survey: proportion(survey, ["size", "half"], method="beta"),
    "count": lambda survey: count(survey, by=["region", "size"]),
    "quantile": lambda survey: quantile(survey, "sales", [0.1, 0.5, 0.9]),
    "quantile by": lambda survey: quantile(survey, "staff", 0.5, by="exports"),
    "regression": lambda survey: regress(survey, "log(sales) ~ staff + C(size) * exports"),
    "logit": lambda survey: regress(survey, "exports ~ log(sales) + C(region)", family="binomial"),
}


def with_extra(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(big=400 + 10 * (frame.town % 5), halves=6)


@pytest.mark.parametrize("design", DESIGNS)
def test_engines_agree(design: str, make_survey: Callable[..., Survey]) -> None:
    frame = with_extra(firms())
    declared, weights = DESIGNS[design]
    expected, found = Survey(frame, declared, weights), make_survey(frame, declared, weights)
    assert repr(found) == repr(expected)
    for verb in VERBS.values():
        same(verb(expected), verb(found))


def test_empty_domain(make_survey: Callable[..., Survey]) -> None:
    frame = firms()
    found = make_survey(frame, Design(strata="region", clusters="town"), "w")
    with pytest.warns(SurveykitWarning, match="No row with a positive weight"):
        estimate = mean(found.where("staff > 500"), "sales")
    assert np.isnan(estimate.estimate).all()
    assert estimate.n.tolist() == [0]


@st.composite
def samples(draw: Callable[..., Any]) -> tuple[pd.DataFrame, Design, str | None]:
    """Small samples with ties, missing values, zero weights, empty cells and designs of one or two stages."""
    rows = draw(st.integers(6, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    strata = draw(st.integers(1, 3))
    frame = pd.DataFrame({"h": np.arange(rows) % strata, "psu": rng.integers(0, 4, rows)})
    frame["ssu"] = rng.integers(0, 3, rows)
    frame["y"] = np.where(rng.random(rows) < draw(st.sampled_from([0.0, 0.2])), np.nan, rng.integers(-3, 4, rows) / 2)
    frame["x"] = rng.random(rows) * 10 ** draw(st.integers(-3, 6))
    frame["g"] = np.where(rng.random(rows) < 0.1, None, rng.choice(["b", "a", "C"], rows))
    frame["w"] = rng.integers(0, 4, rows) + (np.arange(rows) == 0)
    frame["n1"], frame["n2"] = 50 + frame.h, 20
    kind = draw(st.sampled_from(["rows", "strata", "clusters", "stages", "rows last"]))
    lonely = draw(st.sampled_from(["adjust", "average", "remove"])) if kind == "rows" else "adjust"
    design = {
        "rows": Design(lonely=lonely),
        "strata": Design(strata="h", lonely=lonely),
        "clusters": Design(strata="h", clusters="psu", nest=True, lonely=lonely),
        "stages": Design(strata="h", clusters=["psu", "ssu"], fpc=["n1", "n2"], nest=True, lonely=lonely),
        "rows last": Design(strata="h", clusters="psu", fpc=["n1", "n2"], nest=True, lonely=lonely),
    }[kind]
    return frame, design, draw(st.sampled_from(["w", None]))


@settings(max_examples=40)
@given(samples())
def test_engines_agree_on_random_designs(sample: tuple[pd.DataFrame, Design, str | None]) -> None:
    frame, design, weights = sample
    connection = duckdb.connect()
    with TemporaryDirectory() as folder:
        expected = Survey(frame, design, weights)
        for kind in ("duckdb-parquet", "duckdb-relation"):
            data, engine = open_as(kind, frame, Path(folder) / kind, connection)
            found = Survey(data, design, weights, engine=engine)
            for survey_verb in (
                lambda survey: mean(survey, ["x", "y"], by="g"),
                lambda survey: total(survey, "y * x", by="y"),
                lambda survey: proportion(survey.where("x > 0"), "g", method="mean"),
            ):
                same(survey_verb(expected), survey_verb(found))
    connection.close()
