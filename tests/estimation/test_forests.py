"""Importance by forests: scikit-learn's own permutation, known truth, whole sampling units, seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance
from sklearn.model_selection import KFold, cross_val_predict

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.structure.forests import _folds, forest_importance
from surveykit.estimation.structure.items import item_rows
from surveykit.replication import replicate
from surveykit.survey import Survey

OPTIONS: dict[str, Any] = {"seed": 3, "trees": 60}


def sample(rows: int = 400, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["a", "b", "noise"])
    frame["sector"] = np.array(["x", "y", "z"])[rng.integers(0, 3, rows)]
    frame["town"], frame["w"] = rng.integers(0, 30, rows), rng.uniform(1, 4, rows)
    frame["y"] = 3 * frame["a"] + frame["b"] + 2 * (frame["sector"] == "z") + rng.normal(size=rows)
    frame["kind"] = np.where(frame["y"] > 1, "high", np.where(frame["y"] < -2, "low", "middle"))
    return frame


NAMES = ["a", "b", "noise", "sector"]


def test_importance_is_near_that_of_scikit_learn() -> None:
    frame = sample(900)
    found = forest_importance(Survey(frame), "y", ["a", "b", "noise"], seed=1, trees=100)
    x, y = frame[["a", "b", "noise"]], frame["y"]
    forest = RandomForestRegressor(100, min_samples_leaf=5, max_features=1 / 3, random_state=1)
    predicted = cross_val_predict(forest, x, y, cv=KFold(5, shuffle=True, random_state=1))
    assert found.estimate[0] == pytest.approx(1 - ((y - predicted) ** 2).mean() / y.var(ddof=0), abs=0.02)
    other = []
    for train, test in KFold(5, shuffle=True, random_state=2).split(x):
        forest.fit(x.iloc[train], y.iloc[train])
        other.append(permutation_importance(forest, x.iloc[test], y.iloc[test], n_repeats=5, random_state=1))
    means = np.mean([one.importances_mean for one in other], axis=0)
    assert found.estimate[1:] == pytest.approx(means, rel=0.1, abs=0.02)


@pytest.mark.parametrize("outcome", ["y", "kind"])
def test_what_matters_is_told_from_noise(outcome: str) -> None:
    found = forest_importance(Survey(sample(), Design(clusters="town"), weights="w"), outcome, NAMES, **OPTIONS)
    assert found.select("a") > found.select("b") > abs(found.select("noise"))
    assert found.low[1] > 0
    assert found.low[3] < 0.02
    assert found.df[0] == 29
    assert 0.3 < found.select("all variables") < 1


def test_weights_decide_whose_outcome_is_predicted() -> None:
    frame = sample(600)
    part = np.arange(600) < 300
    frame["y"] = np.where(part, 3 * frame["a"], 3 * frame["b"]) + np.random.default_rng(1).normal(size=600)
    heavy = forest_importance(
        Survey(frame.assign(w=np.where(part, 50.0, 1.0)), weights="w"), "y", ["a", "b"], **OPTIONS
    )
    light = forest_importance(
        Survey(frame.assign(w=np.where(part, 1.0, 50.0)), weights="w"), "y", ["a", "b"], **OPTIONS
    )
    assert heavy.select("a") > 5 * heavy.select("b")
    assert light.select("b") > 5 * light.select("a")


def test_sampling_units_stay_whole_and_seeds_repeat() -> None:
    frame = sample()
    survey = Survey(frame, Design(clusters="town"), weights="w")
    fold = _folds(survey, item_rows(survey, NAMES, ordered=False), np.random.default_rng(1), 5)
    assert frame.assign(fold=fold).groupby("town")["fold"].nunique().max() == 1
    assert sorted(set(fold.tolist())) == [0, 1, 2, 3, 4]
    one, two = (forest_importance(survey, "y", NAMES, seed=5, trees=20) for _ in range(2))
    assert one.estimate.tolist() == two.estimate.tolist()


def test_the_jackknife_agrees_with_the_linearisation() -> None:
    survey = Survey(sample(), Design(clusters="town"), weights="w")
    linear = forest_importance(survey, "y", NAMES, **OPTIONS)
    jackknife = forest_importance(replicate(survey, "JK1"), "y", NAMES, **OPTIONS)
    assert jackknife.estimate == pytest.approx(linear.estimate)
    assert jackknife.se == pytest.approx(linear.se, rel=0.05)


def test_what_makes_no_forest_is_refused() -> None:
    frame = sample(60)
    frame["rare"] = (np.arange(60) == 0).astype(int)
    frame["region"] = frame["town"] % 3
    survey = Survey(frame)
    with pytest.raises(EstimationError, match="is no forest"):
        forest_importance(survey, "y", ["a"], seed=1, folds=1)
    with pytest.raises(EstimationError, match="3 sampling unit"):
        forest_importance(Survey(frame, Design(clusters="region")), "y", ["a"], seed=1)
    with pytest.raises(EstimationError, match="'rare' is in one fold alone"):
        forest_importance(survey, "rare", ["a"], seed=1)
