"""Toplines: every question by its kind, answers by size, declared scores, and books of tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimationError
from surveykit.estimation.descriptive import mean
from surveykit.estimation.tabulation import topline
from surveykit.instrument import parse_instrument, read_instrument
from surveykit.responses import code_answers
from surveykit.responses.simulation import simulate
from surveykit.survey import Survey
from tests.estimation.test_tabulation import rows

ROOT = Path(__file__).resolve().parents[2]


def test_answers_by_size_and_scales_as_they_are() -> None:
    survey = Survey(rows(), weights="w")
    book = topline(survey, ["sector", "rating"], sort=True)
    shares = book["sector"].estimate[0, :, 0]
    assert (np.diff(shares) <= 0).all()
    assert [one.text for one in book["rating"].rows] == [
        "none",
        "little",
        "some",
        "much",
        "all",
    ]


def test_the_topline_has_every_question_by_its_kind() -> None:
    instrument = read_instrument(ROOT / "instruments" / "digital_services_firm.yaml")
    book = topline(Survey(simulate(instrument, None, 120, 1), selection="opt-in"))
    assert book.left_out == {}
    boxes = book["U1"]
    assert [one.text for one in boxes.columns] == ["respondents", "responses"]
    assert boxes.rows[-1].text == "Responses per respondent"
    assert boxes.rows[0].question.startswith("Which services from foreign providers")
    # Answers that are none are no responses.
    assert np.isnan(boxes.cell("None of these", "responses")["estimate"])
    assert [one.kind for one in book["V1"].rows] == ["level"] * 5 + ["net", "net", "mean"]
    assert book["V1"].definition.endswith("1 = Not at all valuable to 5 = Extremely valuable")
    assert [one.kind for one in book["F3"].rows] == ["mean", "median"]
    assert book["F3"].unit == "year"
    assert {name for name in book if name.startswith("V4_")} == {one.name for one in instrument.columns.of("V4")}
    assert book["S5"].rows[0].text == "answered"
    rating = {level.text: place for place, level in enumerate(book["V1"].rows[:5], start=1)}
    values = sum(place * book["V1"].cell(text)["estimate"] for text, place in rating.items())
    assert book["V1"].cell("Mean")["estimate"] == pytest.approx(values, rel=1e-12)


def test_scores_make_means_of_declared_numbers() -> None:
    survey = Survey(rows(), weights="w")
    table = topline(survey, ["rating"], scores={"rating": {"none": 0, "little": 1, "all": 10}})["rating"]
    scored = "(0 if rating == 'none' else (1 if rating == 'little' else 10))"
    expected = mean(survey.where("rating in ('none', 'little', 'all')"), scored)
    found = table.cell("Mean")
    for fact in ("estimate", "se", "df"):
        assert found[fact] == pytest.approx(getattr(expected, fact)[0], rel=1e-9)
    assert found["base_n"] == expected.n[0]


def test_a_book_is_a_mapping_that_names_what_it_lacks() -> None:
    book = topline(Survey(rows(), weights="w"), ["size", "sales"])
    assert list(book) == ["size", "sales"]
    assert book.to_frame()["question"].tolist() == ["size"] * 3 + ["sales"] * 2
    with pytest.raises(EstimationError, match="Did you mean 'sales'"):
        book["sale"]
    frame = pd.DataFrame(
        {"note": [f"text {place}" for place in range(60)], "lost": [None] * 60, "size": ["s", "l"] * 30}
    )
    whole = topline(Survey(frame.astype({"lost": "str"})))
    assert whole["note"].cell("answered")["estimate"] == 1.0
    assert list(whole.left_out) == ["lost"]


RATING = """
instrument: tiny
version: 1.0.0
title: Tiny
unit: firm
languages: [en]
questions:
  - id: R
    type: single
    ordered: true
    label: How useful
    options: {1: Useless, 2: Hardly, 3: Fairly, 4: Useful, 98: "Don't know"}
"""


def test_only_points_of_a_scale_are_in_its_nets_and_mean() -> None:
    codes = np.array([1, 2, 3, 3, 4, 98] * 20)
    answers = code_answers(pd.DataFrame({"R": codes}), parse_instrument(RATING))
    table = topline(Survey(answers))["R"]
    assert [one.text for one in table.rows[5:]] == ["Top two", "Bottom two", "Mean"]
    # A net is of everybody who answered, the mean of those who gave a point of the scale.
    assert table.cell("Top two")["estimate"] == pytest.approx(3 / 6)
    assert table.cell("Bottom two")["estimate"] == pytest.approx(2 / 6)
    assert table.cell("Mean")["estimate"] == pytest.approx(np.mean([1, 2, 3, 3, 4]))
    assert table.cell("Mean")["base_n"] == 100
    # In plain data nobody says which ordered answer is a point of a scale.
    levels = ["No", "Rather no", "Rather yes", "Yes", "Don't know"]
    frame = pd.DataFrame({"q": pd.Categorical(levels * 20, levels, ordered=True)})
    assert [one.kind for one in topline(Survey(frame))["q"].rows] == ["level"] * 5
