"""Two groups compared: exact in cells, against the jackknife by hand, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimationError, SurveykitWarning
from surveykit.estimation.comparisons.adjusted import adjusted_comparison
from surveykit.estimation.comparisons.decomposition import oaxaca_blinder
from surveykit.estimation.descriptive import mean
from surveykit.estimation.standardise import standardised_mean
from surveykit.survey import Survey


def sample(rows: int = 400, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"size": rng.integers(0, 3, rows), "x": rng.normal(size=rows), "w": rng.uniform(1, 3, rows)})
    frame["uses"] = (rng.uniform(size=rows) < 0.3 + 0.15 * frame["size"]).astype(int)
    frame["y"] = 1 + frame["size"] + 0.5 * frame["x"] + 2 * frame["uses"] + rng.normal(size=rows)
    return frame


def jackknife(function: object, frame: pd.DataFrame) -> np.ndarray:
    found = np.array([function(frame.drop(index=row)) for row in frame.index])  # type: ignore[operator]
    size = len(frame)
    return np.sqrt((size - 1) / size * ((found - found.mean(axis=0)) ** 2).sum(axis=0))


def test_with_saturated_covariates_the_adjusted_means_are_the_standardised_ones() -> None:
    frame = sample()
    survey = Survey(frame, weights="w")
    found = adjusted_comparison(survey, "y", "uses", "C(size)").estimate
    counts = frame.groupby("size")["w"].sum().to_dict()
    standard = standardised_mean(survey, "y", by="size", population=counts, over="uses")
    assert found.estimate[:2] == pytest.approx(standard.estimate[::-1], rel=1e-7)


def test_the_standard_error_holds_all_three_models() -> None:
    frame = sample(150)

    def difference(rows: pd.DataFrame) -> np.ndarray:
        return adjusted_comparison(Survey(rows, weights="w"), "y", "uses", "C(size) + x").estimate.estimate

    found = adjusted_comparison(Survey(frame, weights="w"), "y", "uses", "C(size) + x")
    assert found.estimate.se == pytest.approx(jackknife(difference, frame), rel=0.05)
    assert np.abs(found.balance["after"]).max() < np.abs(found.balance["before"]).max()
    assert found.overlap["n"].sum() == 150


def test_poor_overlap_is_warned_of_and_separation_refused() -> None:
    frame = sample()
    rng = np.random.default_rng(1)
    frame["pushed"] = (frame["x"] * 4 + rng.logistic(size=len(frame)) > 0).astype(int)
    with pytest.warns(SurveykitWarning, match="overlap poorly"):
        adjusted_comparison(Survey(frame), "y", "pushed", "x")
    frame["same"] = (frame["x"] > 0).astype(int)
    with pytest.raises(EstimationError, match="separated by"):
        adjusted_comparison(Survey(frame), "y", "same", "x")
    with pytest.raises(EstimationError, match="must be 0 in some rows"):
        adjusted_comparison(Survey(frame), "y", "size", "x")


@pytest.mark.parametrize("reference", ["first", "second"])
def test_the_parts_of_a_gap_add_up(reference: str) -> None:
    frame = sample(200)
    frame["land"] = np.where(frame["uses"] == 1, "a", "b")
    survey = Survey(frame, weights="w")
    found = oaxaca_blinder(survey, "y ~ C(size) + x", group="land", reference=reference)  # type: ignore[arg-type]
    means = mean(survey, "y", by="land")
    assert found.estimate[0] == pytest.approx(means.estimate[0] - means.estimate[1])
    assert found.se[0] == pytest.approx(means.contrast([1.0, -1.0]).se[0], rel=1e-9)
    assert found.estimate[1] + found.estimate[2] == pytest.approx(found.estimate[0])
    assert found.estimate[3:].sum() == pytest.approx(found.estimate[1])

    def parts(rows: pd.DataFrame) -> np.ndarray:
        one = oaxaca_blinder(Survey(rows, weights="w"), "y ~ C(size) + x", group="land", reference=reference)  # type: ignore[arg-type]
        return one.estimate

    assert found.se == pytest.approx(jackknife(parts, frame), rel=0.06)


def test_a_decomposition_needs_two_groups_and_their_columns() -> None:
    frame = sample()
    frame["only"] = frame["uses"] * frame["x"]
    with pytest.raises(EstimationError, match="3 levels"):
        oaxaca_blinder(Survey(frame), "y ~ x", group="size")
    with pytest.raises(EstimationError, match="'only' cannot be told apart"):
        oaxaca_blinder(Survey(frame), "y ~ x + only", group="uses")
