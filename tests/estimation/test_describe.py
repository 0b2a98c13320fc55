"""What a survey rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.errors import ColumnError
from surveykit.estimation.describe import describe
from surveykit.estimation.descriptive import mean
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, firms


@pytest.mark.parametrize("design", DESIGNS)
def test_counts_and_degrees_of_freedom_are_those_of_the_estimates(design: str) -> None:
    survey = Survey(firms(), DESIGNS[design], weights="w")
    for one in (survey, survey.where("size == 'large'")):
        about, estimate = describe(one), mean(one, "sales")
        assert about.df == estimate.df[0]
        assert about.used == estimate.n[0]
        assert about.weight_sum == pytest.approx(estimate.weighted_n[0])


def test_weights_are_described() -> None:
    frame = firms()
    frame.loc[:4, "w"] = 0.0
    about = describe(Survey(frame, weights="w"), ["answer", "sales"])
    weights = frame["w"][5:]
    assert about.zero_weights == 5
    assert about.weight_median == weights.median()
    assert about.weight_cv == pytest.approx(weights.std(ddof=0) / weights.mean())
    assert about.effective_n == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert about.weighting_effect == pytest.approx(1 + about.weight_cv**2)
    assert about.missing == {"answer": int(frame["answer"].isna().sum()), "sales": 0}
    assert set(describe(Survey(frame, weights="w"), "all").missing) == set(frame.columns)
    with pytest.raises(ColumnError, match="Did you mean 'sales'"):
        describe(Survey(frame, weights="w"), ["sale"])


def test_lonely_strata_are_named_without_failing() -> None:
    frame = pd.DataFrame({"stratum": list("aaabbc"), "y": np.arange(6.0), "g": [1, 1, 1, 1, 2, 1]})
    survey = Survey(frame, Design(strata="stratum"), synthetic=True)
    about = describe(survey)
    assert about.lonely_strata == ("c",)
    shown = repr(about)
    assert "1: c; lonely='fail'" in shown
    assert "SYNTHETIC DATA" in shown
    assert describe(survey.where("g == 2")).alone_in_domain == ("b",)
    assert "<th>strata</th><td>3</td>" in about._repr_html_()
    assert about.to_frame()["item"].iloc[0] == "data"


def test_an_empty_domain_has_nothing() -> None:
    about = describe(Survey(firms(), weights="w").where("sales > 1000000"))
    assert (about.used, about.strata, about.sampling_units) == (0, 0, 0)
    assert np.isnan(about.weight_min)
    assert "nan" in repr(about)


def test_replicates_of_a_domain_have_its_degrees_of_freedom() -> None:
    frame = pd.DataFrame({"h": [1, 1, 2, 2, 3, 3], "y": [1.0, 2.0, 4.0, 3.0, 5.0, 9.0], "w": 1.0})
    jackknife = replicate(Survey(frame, Design(strata="h"), weights="w"), "JKn")
    assert describe(jackknife).df == 3
    domain = jackknife.where("h < 3")
    assert describe(domain).df == mean(domain, "y").df[0]
