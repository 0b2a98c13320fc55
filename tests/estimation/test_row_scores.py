"""Row scores streamed in batches and parts are the sums of all rows."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.estimation.descriptive import mean
from surveykit.estimation.row_scores import ScoreSums, scan
from surveykit.survey import Survey, with_weights
from surveykit.weighting import base_weights, calibrate, rake
from tests.estimation.firms import DESIGNS, firms


def _scores(survey: Survey, size: int, parts: int) -> ScoreSums:
    centre = mean(survey, "sales")
    joined: ScoreSums | None = None
    for number in range(parts):
        sums = ScoreSums(survey, 1)
        for batch in scan(survey, [survey.expression("sales")], size=size, part=(number, parts)):
            scores = batch.weight * (batch.values[0].data - centre.estimate[0]) / centre.weighted_n[0]
            sums.add(batch, scores[:, None])
        joined = sums if joined is None else joined.merge(sums)
    assert joined is not None
    return joined


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("calibrated", [False, True])
@pytest.mark.parametrize(("size", "parts"), [(1000, 1), (7, 1), (50, 3)])
def test_a_mean_from_its_row_scores(design: str, calibrated: bool, size: int, parts: int) -> None:
    survey = Survey(firms(), DESIGNS[design], "w").where("exporter == 'yes'")
    if calibrated:
        first = rake(base_weights(firms(), "w"), {"sector": {"A": 300.0, "B": 500.0, "C": 400.0}})
        second = calibrate(first, {"Intercept": 1300.0, "w": 7000.0}, formula="~ w")
        survey = with_weights(survey, second)
        assert len(survey.calibration) >= 1
    sums, expected = _scores(survey, size, parts), mean(survey, "sales")
    np.testing.assert_allclose(sums.covariance(np.eye(1)), expected.covariance, rtol=1e-9)
    assert sums.degrees_of_freedom() == expected.df[0]
    assert sums.rows == expected.n[0]
    assert sums.weight == pytest.approx(expected.weighted_n[0])


def test_every_row_is_walked_over_once() -> None:
    survey = Survey(firms(), DESIGNS["clusters"], "w")
    starts = [
        (batch.start, len(batch.weight))
        for number in range(4)
        for batch in scan(survey, [survey.expression("sales")], size=17, part=(number, 4))
    ]
    rows = [row for start, length in starts for row in range(start, start + length)]
    assert rows == list(range(240))


def test_weights_are_zero_outside_and_where_something_is_missing() -> None:
    frame = firms()
    frame.loc[::5, "sales"] = np.nan
    survey = Survey(frame, DESIGNS["strata"], "w").where("sector == 'A'")
    (batch,) = scan(survey, [survey.expression("sales")])
    inside = (frame["sector"] == "A") & frame["sales"].notna()
    np.testing.assert_array_equal(batch.weight, np.where(inside, frame["w"], 0.0))
    np.testing.assert_array_equal(batch.full_weight, frame["w"])
