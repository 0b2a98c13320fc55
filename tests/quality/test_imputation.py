"""Imputed values are values that somebody gave, the answers stay, and what was not asked is not imputed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import QualityError
from surveykit.instrument import parse_instrument
from surveykit.quality.imputation import impute
from surveykit.responses import Responses, code_answers, read_responses

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "synthetic" / "SYNTHETIC_digital_services_japan.csv"
METHODS: dict[str, dict[str, Any]] = {
    "hotdeck": {"within": ["size", "sector"]},
    "bootstrap": {"within": ["size"]},
    "nearest": {"predictors": ["staff"]},
    "mice": {"predictors": ["size", "staff"]},
}


def firms(rows: int = 400, seed: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    size = pd.Categorical(rng.choice(["s", "l"], rows))
    staff = np.exp(rng.normal(3 + 2 * (size == "l"), 0.4)).round()
    frame = pd.DataFrame({"size": size, "staff": staff, "sector": rng.choice(list("AB"), rows)})
    frame["sales"] = (staff * np.exp(rng.normal(0, 0.2, rows))).round(1)
    rating = pd.Categorical(np.where(size == "l", "good", rng.choice(["bad", "fair"], rows)), ["bad", "fair", "good"])
    frame["rating"] = rating.as_ordered()
    frame["region"] = pd.Categorical(np.where(staff > 60, "east", rng.choice(["east", "west", "south"], rows)))
    for name in ("sales", "rating", "region"):
        frame.loc[rng.uniform(size=rows) < 0.15, name] = None
    return frame


@pytest.fixture(scope="module")
def responses() -> Responses:
    return read_responses(SAMPLE, ROOT / "instruments" / "digital_services_firm.yaml", synthetic=True)


@pytest.mark.parametrize("method", METHODS)
def test_values_are_plausible_and_answers_stay(method: Any) -> None:
    frame, names = firms(), ["sales", "rating", "region"]
    found = impute(frame, names, method=method, m=3, seed=1, **METHODS[method])
    for number in range(3):
        completed = found.data(number)
        assert isinstance(completed, pd.DataFrame)
        for name in names:
            missing = frame[name].isna()
            assert completed[name].notna().all()
            assert (completed[name][~missing] == frame[name][~missing]).all()
            assert set(completed[name][missing]) <= set(frame[name].dropna())
            assert (completed[f"{name}_imp"] == missing).all()
            assert completed[name].dtype == frame[name].dtype
    assert frame["sales"].isna().any(), "the data given are never changed"


@pytest.mark.parametrize("method", METHODS)
def test_the_seed_decides(method: Any) -> None:
    first, again, other = (
        impute(firms(), "sales", method=method, m=2, seed=seed, **METHODS[method]).values["sales"] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_donors_are_logged_and_come_from_the_cell() -> None:
    frame = firms()
    log = impute(frame, "sales", within=["size", "sector"], m=2, seed=1).donor_log()
    for variable in ("size", "sector"):
        own, theirs = frame.loc[log["row"], variable], frame.loc[log["donor"], variable]
        assert (own.astype(str).to_numpy() == theirs.astype(str).to_numpy()).all()
    assert (frame.loc[log["donor"], "sales"].to_numpy() == log["value"].to_numpy()).all()


def test_a_hot_deck_takes_a_row_from_one_donor() -> None:
    found = impute(firms(), ["sales", "rating"], within="size", m=1, seed=1)
    log = found.donor_log().pivot(index="row", columns="variable", values="donor").dropna()
    assert (log["sales"] == log["rating"]).all()


def test_cells_without_donors_are_widened_and_said() -> None:
    frame = pd.DataFrame({"size": list("ssssl"), "sales": [1.0, 1.0, 1.0, 1.0, None]})
    found = impute(frame, "sales", within="size", k=2, m=1, seed=1)
    assert found.notes == ("1 row(s) found a donor only within all rows.",)


def test_prediction_follows_what_predicts() -> None:
    frame = firms()
    truth = frame["staff"][frame["sales"].isna()]
    found = impute(frame, "sales", method="mice", predictors="staff", m=1, seed=1).values["sales"][:, 0]
    assert np.corrcoef(np.log(truth), np.log(found.astype(float)))[0, 1] > 0.9


def test_only_questions_that_were_put_are_imputed(responses: Responses) -> None:
    found = impute(responses, ["F1", "FS1"], within="S3", m=2, seed=1)
    codes = responses.frame["F1"]
    assert set(codes[found.flags["F1"]].unique()) <= {-99, -98, -96, -93}
    assert not found.flags["F1"][~responses.counted.to_numpy()].any()
    completed = found.data(0)
    assert isinstance(completed, Responses)
    assert (completed.frame["F1"][found.flags["F1"]] > 0).all()
    known = completed.frame.loc[found.flags["F1"], "size4"]
    assert known.notna().all(), "derived variables follow the completed answers"
    assert completed.synthetic


def test_refusals(responses: Responses) -> None:
    with pytest.raises(QualityError, match="derived from other questions"):
        impute(responses, "size4", seed=1)
    with pytest.raises(QualityError, match="weights 'staff' cannot be imputed"):
        impute(firms(), ["staff"], method="mice", weights="staff", seed=1)
    with pytest.raises(QualityError, match="Nothing is missing"):
        impute(firms(), "staff", seed=1)
    with pytest.raises(QualityError, match="uses no predictors"):
        impute(firms(), "sales", predictors="staff", seed=1)


GATE = """
instrument: gate
version: 1.0.0
title: Gate
unit: firm
languages: [en]
questions:
  - {id: X1, type: single, label: Any exports, options: {1: "Yes", 2: "No"}}
  - {id: X2, type: number, label: To how many countries, ask_if: X1 == 1, minimum: 0}
  - {id: S1, type: number, label: Staff, minimum: 0}
  - {id: S2, type: number, label: Staff abroad, minimum: 0}
checks:
  - {id: abroad_within, require: S2 <= S1, severity: error, message: More staff abroad than in all}
"""


def _gate(**changes: list[float | None]) -> Responses:
    answers: dict[str, list[float | None]] = {
        "X1": [1, 1, 2, 2, -98, -98],
        "X2": [3, 5, -97, -97, -97, -97],
        "S1": [10, 20, 200, 300, 5, 400],
        "S2": [1, 2, 150, 250, -98, -98],
    }
    return code_answers(pd.DataFrame(answers | changes), parse_instrument(GATE))


@pytest.mark.parametrize("options", [{"method": "hotdeck", "k": 1}, {"method": "mice", "predictors": "S1", "k": 2}])
def test_draws_that_break_a_rule_are_drawn_again(options: dict[str, Any]) -> None:
    found = impute(_gate(), "S2", m=6, seed=1, **options)
    for number in range(6):
        frame = cast("Responses", found.data(number)).frame
        held = frame["S2"] >= 0
        assert (frame.loc[held, "S2"] <= frame.loc[held, "S1"]).all()
        assert frame["S2_imp"].tolist() == [False] * 4 + held.tolist()[4:]
    # Matching by staff takes the right donors at once.
    redrawn = options["method"] == "hotdeck"
    assert redrawn == any("broke 'abroad_within' and were drawn again" in note for note in found.notes)


def test_cells_stay_missing_where_every_draw_breaks_a_rule() -> None:
    found = impute(_gate(S1=[10, 20, 200, 300, 0, 400]), "S2", m=3, seed=1, k=1)
    frame = cast("Responses", found.data(2)).frame
    assert frame["S2"].tolist()[4] == -93
    assert frame["S2_imp"].tolist() == [False] * 5 + [True]
    assert "3 of them stay missing (-93), because every draw broke 'abroad_within'." in found.notes


def test_what_an_imputed_answer_would_have_led_to_was_not_administered() -> None:
    found = impute(_gate(), "X1", m=20, seed=2, k=1)
    both = set()
    for number in range(20):
        frame = cast("Responses", found.data(number)).frame
        for row in (4, 5):
            assert frame["X2"][row] == (-94 if frame["X1"][row] == 1 else -97)
            both.add(int(frame["X1"][row]))
        assert frame["X2"].tolist()[:4] == [3, 5, -97, -97]
    assert both == {1, 2}
