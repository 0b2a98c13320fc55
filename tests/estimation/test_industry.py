"""Indicators of industries: what is attached, what the clusters do, and the wild bootstrap."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.errors import ColumnError, DataError, EstimationError, SurveykitWarning
from surveykit.estimation.descriptive import mean
from surveykit.estimation.industry import attach_industry, two_level_regression, wild_cluster_bootstrap
from surveykit.estimation.regression.regression import regress
from surveykit.survey import Survey

WORDS = {"definition": "foreign value added in exports", "year": 2020, "source": "an input-output table"}


def sample(industries: int, firms: int = 12, slope: float = 0.0, seed: int = 1) -> tuple[Survey, pd.DataFrame]:
    """Firms whose errors are shared within industries."""
    rng = np.random.default_rng(seed)
    code = [f"C{number:02d}" for number in range(industries)]
    table = pd.DataFrame({"code": code, "share": rng.uniform(size=industries)})
    place = np.repeat(np.arange(industries), firms)
    x = rng.normal(size=len(place))
    y = slope * table["share"].to_numpy()[place] + x + rng.normal(size=industries)[place] + rng.normal(size=len(place))
    frame = pd.DataFrame({"industry": np.array(code)[place], "x": x, "y": y, "w": rng.uniform(1, 3, len(place))})
    return Survey(frame, weights="w"), table


def attached(industries: int, **options: float) -> object:
    survey, table = sample(industries, **options)  # type: ignore[arg-type]
    return attach_industry(survey, table, on="industry", key="code", **WORDS)  # type: ignore[arg-type]


def test_every_firm_has_the_number_of_its_industry() -> None:
    survey, table = sample(8)
    firms = attach_industry(survey, table.iloc[:6], on="industry", key="code", **WORDS)  # type: ignore[arg-type]
    by = mean(firms.survey, "share", by="industry")
    assert by.estimate[:6] == pytest.approx(table["share"][:6])
    assert np.isnan(by.estimate[6:]).all()
    assert firms.unmatched == {"C06": 12, "C07": 12}
    assert "2020" in firms.note
    assert "24 firm(s)" in firms.note


def test_what_does_not_fit_is_refused() -> None:
    survey, table = sample(4)
    with pytest.raises(DataError, match="occurs more than once"):
        attach_industry(survey, pd.concat([table, table]), on="industry", key="code", **WORDS)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="one classification"):
        attach_industry(survey, table.assign(code="X" + table["code"]), on="industry", key="code", **WORDS)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="already a column"):
        attach_industry(survey, table.rename(columns={"share": "x"}), on="industry", key="code", **WORDS)  # type: ignore[arg-type]
    with pytest.raises(ColumnError, match="industri"):
        attach_industry(survey, table, on="industri", key="code", **WORDS)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="definition of the indicators is empty"):
        attach_industry(survey, table, on="industry", key="code", definition=" ", year=2020, source="s")
    more = table.assign(b=[1, 2, 4, 3], c=[1, 0, 0, 1])
    firms = attach_industry(survey, more, on="industry", key="code", **WORDS)  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="cannot carry"):
        two_level_regression(firms, "y ~ share + b + c")


def test_standard_errors_are_those_of_a_survey_clustered_by_industry() -> None:
    firms = attached(40)
    model = two_level_regression(firms, "y ~ x + share")  # type: ignore[arg-type]
    survey = firms.survey  # type: ignore[attr-defined]
    columns = {name: survey.engine.column(name) for name in ("x", "y", "share", "w", "industry")}
    frame = pd.DataFrame({name: columns[name].data.astype(float) for name in ("x", "y", "share", "w", "industry")})
    other = regress(
        Survey(frame, Design(clusters="industry"), weights="w"), "y ~ x + share", small_sample="satterthwaite"
    )
    assert model.covariance == pytest.approx(other.covariance)
    assert model.df == pytest.approx(other.df)
    assert model.se[2] > 2 * regress(survey, "y ~ x + share").se[2]
    assert any("an input-output table" in note for note in model.notes)


def test_few_industries_are_warned_of() -> None:
    with pytest.warns(SurveykitWarning, match=r"10 industries.*wild_cluster_bootstrap"):
        two_level_regression(attached(10), "y ~ share")  # type: ignore[arg-type]
    firms = attached(12, slope=1.0)
    binary = firms.survey  # type: ignore[attr-defined]
    with pytest.warns(SurveykitWarning, match="12 industries"):
        model = two_level_regression(firms, "I(y > 0) ~ x + share", family="binomial")  # type: ignore[arg-type]
    assert model.df[0] == 10
    assert binary.engine.rows == 144


def test_the_wild_bootstrap_holds_its_size_where_the_usual_test_does_not() -> None:
    """160 samples of 8 industries without an effect: rejections at 5 % of the naive test and of the bootstrap."""
    naive, wild = 0, 0
    for seed in range(160):
        firms = attached(8, firms=6, seed=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = two_level_regression(firms, "y ~ share")  # type: ignore[arg-type]
        naive += regress(firms.survey, "y ~ share").facts["p"][1] < 0.05  # type: ignore[attr-defined]
        wild += wild_cluster_bootstrap(model, "share", draws=399, seed=seed).p_value < 0.05
    assert naive > 40
    assert 2 <= wild <= 16


def test_the_wild_bootstrap_finds_a_strong_effect_and_refuses_what_it_is_not_made_for() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = two_level_regression(attached(20, slope=8.0), "y ~ x + share")  # type: ignore[arg-type]
    assert wild_cluster_bootstrap(model, "share", draws=999, seed=1).p_value < 0.01
    assert wild_cluster_bootstrap(model, "x", draws=999, seed=1).p_value < 0.01
    again = wild_cluster_bootstrap(model, "share", draws=99, seed=3)
    assert again.p_value == wild_cluster_bootstrap(model, "share", draws=99, seed=3).p_value
    with pytest.raises(EstimationError, match="not a coefficient"):
        wild_cluster_bootstrap(model, "z", seed=1)
