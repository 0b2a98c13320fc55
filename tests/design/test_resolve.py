"""From a declared design to its stages: depth, nesting, fractions, expansion; the same on every engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.errors import DesignError
from surveykit.estimation.descriptive import mean
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, firms


def test_columns_are_one_or_a_list() -> None:
    assert Design(strata="region") == Design(strata=["region"])
    assert Design(strata=[None, "size"], clusters=["town", "firm"]).strata == (None, "size")
    assert Design(strata="region", clusters="town", fpc="towns", order="firm").columns == (
        "region",
        "town",
        "towns",
        "firm",
    )
    assert (
        Design(clusters=["town", "firm"], pps="brewer").describe()
        == "clusters town > firm; unequal probabilities (brewer)"
    )


@pytest.mark.parametrize(
    ("design", "stages", "rows_are_units"),
    [
        (Design(), 1, True),
        (Design(strata="region", clusters="town"), 1, False),
        (
            Design(strata="region", clusters=["town", "firm"]),
            1,
            False,
        ),  # nothing is known of a second stage without fpc
        (Design(strata="region", clusters=["town", "firm"], fpc="towns"), 2, True),
        (Design(strata="region", clusters="town", fpc=["towns", "firms"]), 2, True),
        (Design(clusters="firm"), 1, True),
    ],
)
def test_a_stage_counts_where_the_one_before_has_a_finite_population(
    design: Design, stages: int, rows_are_units: bool, make_survey: Callable[..., Survey]
) -> None:
    structure = make_survey(firms(), design, "w").structure
    assert len(structure.stages) == stages
    assert structure.rows_are_units == rows_are_units


def test_structures_agree_between_engines(make_survey: Callable[..., Survey]) -> None:
    expected = Survey(firms(), DESIGNS["two stages"], "w").structure
    found = make_survey(firms(), DESIGNS["two stages"], "w").structure
    for first, second in zip(expected.stages, found.stages, strict=True):
        np.testing.assert_array_equal(np.sort(first.sampled), np.sort(second.sampled))
        np.testing.assert_allclose(np.sort(first.fraction), np.sort(second.fraction), rtol=1e-12)


def test_nested_labels_are_units_of_their_stratum(make_survey: Callable[..., Survey]) -> None:
    frame = firms()
    again = frame.assign(town=frame["town"] % 10)
    with pytest.raises(DesignError, match=r"lies in two strata, '.*' and '.*'.*pass nest=True"):
        make_survey(again, Design(strata="region", clusters="town"), "w")
    nested = make_survey(again, Design(strata="region", clusters="town", nest=True), "w")
    plain = Survey(frame, Design(strata="region", clusters="town"), "w")
    np.testing.assert_allclose(mean(nested, "sales").covariance, mean(plain, "sales").covariance, rtol=1e-10)


def test_fractions_and_counts_are_told_apart() -> None:
    frame = pd.DataFrame({"y": [1.0, 2.0, 4.0], "N": [3, 3, 3], "f": [1.0, 1.0, 1.0], "g": [0.5, 0.5, 0.5]})
    assert Survey(frame, Design(fpc="N")).structure.stages[0].fraction.tolist() == [1.0]
    assert Survey(frame, Design(fpc="f")).structure.stages[0].fraction.tolist() == [1.0]
    assert Survey(frame, Design(fpc="g")).structure.stages[0].fraction.tolist() == [0.5]
    assert mean(Survey(frame, Design(fpc="N")), "y").se[0] == 0.0


def test_a_stage_may_have_no_finite_population() -> None:
    frame = firms()
    with_none = Survey(frame, Design(clusters=["town", "firm"], fpc=[None, "firms"]), "w")
    first = Survey(frame, Design(clusters="town"), "w")
    np.testing.assert_allclose(mean(with_none, "sales").covariance, mean(first, "sales").covariance)


def test_lonely_strata_are_found() -> None:
    frame = firms(20).assign(region=[0] * 19 + [1])
    stage = Survey(frame, Design(strata="region", lonely="remove")).structure.stages[0]
    assert [stage.labels[code] for code in stage.lonely] == ["1"]
