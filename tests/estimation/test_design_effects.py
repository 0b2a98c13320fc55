"""Design effects against the formula of simple random sampling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surveykit.estimation.descriptive import mean, proportion, ratio, total
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms


@pytest.mark.parametrize("against", ["with", "without"])
@pytest.mark.parametrize("design", DESIGNS)
def test_they_divide_by_the_variance_of_simple_random_sampling(design: str, against: Any) -> None:
    frame = firms()
    survey = Survey(frame, DESIGNS[design], "w")
    w, y = frame["w"].to_numpy(), frame["sales"].to_numpy()
    n, size = len(frame), w.sum()
    centre = np.average(y, weights=w)
    spread = np.average((y - centre) ** 2, weights=w) * n / (n - 1)
    finite = 1 - n / size if against == "without" else 1.0
    found = mean(survey, "sales", deff=against)
    assert found.facts["deff"][0] == pytest.approx(found.se[0] ** 2 / (finite * spread / n), rel=1e-9)
    found = total(survey, "sales", deff=against)
    assert found.facts["deff"][0] == pytest.approx(found.se[0] ** 2 / (finite * size**2 * spread / n), rel=1e-9)
    found = proportion(survey, "exporter", deff=against)
    share = found.estimate
    np.testing.assert_allclose(found.facts["deff"], found.se**2 / (finite * share * (1 - share) / (n - 1)), rtol=1e-9)


def test_a_share_has_the_design_effect_of_its_indicator() -> None:
    survey = clustered()
    shares, indicator = proportion(survey, "exporter", deff="with"), mean(survey, "exporter == 'yes'", deff="with")
    assert shares.facts["deff"][1] == pytest.approx(indicator.facts["deff"][0], rel=1e-9)
    assert ratio(survey, "exporter == 'yes'", "w > 0", deff="with").facts["deff"][0] == pytest.approx(
        indicator.facts["deff"][0], rel=1e-9
    )


def test_groups_have_the_design_effects_of_their_domains() -> None:
    survey = clustered()
    by_group = mean(survey, ["sales", "w"], by="sector", deff="without")
    for place, label in enumerate("ABC"):
        alone = mean(survey.where(f"sector == '{label}'"), ["sales", "w"], deff="without")
        np.testing.assert_allclose(by_group.facts["deff"][[place, place + 3]], alone.facts["deff"], rtol=1e-9)


def test_without_a_design_there_is_none() -> None:
    survey = Survey(firms())
    np.testing.assert_allclose(mean(survey, ["sales", "w"], deff="with").facts["deff"], 1.0)


def test_a_constant_has_no_design_effect() -> None:
    assert np.isnan(mean(clustered(), ["towns", "sales"], deff="with").facts["deff"]).tolist() == [True, False]
