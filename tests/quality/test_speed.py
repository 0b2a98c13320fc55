"""Speed relative to the route, page times, batteries in shown order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import QualityError
from surveykit.instrument.routing import asked
from surveykit.quality.batteries import batteries, in_shown_order
from surveykit.quality.speed import idle_pages, items_seen, page_ratio, page_seconds, seconds_per_item, speed_ratio
from tests.quality.panel import instrument, responses


def test_a_short_route_is_not_a_fast_answer() -> None:
    """Non-users see 2 of 20 items and take a tenth of the time; nobody is fast, whatever raw duration says."""
    users = pd.DataFrame({f"q{item}": [True] * 20 + [item < 2] * 20 for item in range(20)})
    seconds = pd.Series([200.0] * 20 + [20.0] * 20)
    ratio = speed_ratio(seconds, users)
    assert ratio.tolist() == [1.0] * 40
    seconds[25] = 6.0
    assert speed_ratio(seconds, users)[25] == pytest.approx(0.3)


def test_rare_routes_are_compared_with_everybody() -> None:
    items = pd.DataFrame({"a": [True] * 12, "b": [True] * 11 + [False]})
    ratio = speed_ratio(pd.Series([20.0] * 11 + [5.0]), items)
    assert ratio[11] == pytest.approx(0.5)


def test_only_complete_interviews_make_the_median() -> None:
    items = pd.DataFrame({"a": [True] * 24})
    seconds = pd.Series([10.0] * 12 + [1.0] * 12)
    complete = pd.Series([True] * 12 + [False] * 12)
    assert speed_ratio(seconds, items, complete=complete)[20] == pytest.approx(0.1)


@settings(max_examples=20)
@given(st.floats(0.1, 100))
def test_units_of_time_do_not_matter(factor: float) -> None:
    rng = np.random.default_rng(1)
    items = pd.DataFrame(rng.random((40, 5)) < 0.8)
    seconds = pd.Series(rng.uniform(10, 100, 40))
    np.testing.assert_allclose(speed_ratio(seconds * factor, items), speed_ratio(seconds, items), rtol=1e-9)


def test_hidden_questions_are_no_items_and_grids_count_their_rows() -> None:
    answered = responses()
    items = items_seen(answered.instrument, answered.frame, asked(answered.instrument, answered.frame))
    assert "P_id" not in items.columns
    assert items["A"].unique().tolist() == [6]
    assert items["B"].unique().tolist() == [7]
    assert set(items["X3"]) == {0, 1}
    none = pd.DataFrame({"a": [0]})
    assert seconds_per_item(pd.Series([3.0]), none).isna().all()


def test_one_page_left_open_does_not_hide_a_fast_reader() -> None:
    rows = ["10;20;30"] * 12 + ["2;4;3600", "10;20;3600"]
    pages = page_seconds(pd.Series(rows))
    items = pd.DataFrame({"a": [True] * 14})
    ratio = page_ratio(pages, items)
    assert ratio[12] == pytest.approx(0.2)
    assert ratio[13] == pytest.approx(1)
    assert idle_pages(pages).tolist() == [0] * 12 + [1, 1]


def test_wrong_page_times_are_named() -> None:
    with pytest.raises(QualityError) as error:
        page_seconds(pd.Series(["12;forty"]))
    assert str(error.value) == "'forty' is no number of seconds on a page. Write page times as '12;40;8.5'."


def test_the_shown_order_puts_answers_in_their_places() -> None:
    battery = batteries(instrument())[1]
    assert battery.items == ("B_1", "B_2", "B_3", "B_4", "B_5", "B_6")
    assert battery.reversed_items == ("B_5",)
    assert battery.traps == {"B_T": 2}
    answers = pd.DataFrame([[1, 2, 3, 4, 5, 6]] * 3, columns=battery.items).astype(float)
    ordered, known = in_shown_order(battery, answers, pd.Series(["A: 1,2; B: 6,5,7,4,3,2,1", None, "B: 1,2"]))
    assert ordered.iloc[0].tolist() == [6, 5, 4, 3, 2, 1]
    assert known.tolist() == [True, False, False]
    with pytest.raises(QualityError) as error:
        in_shown_order(battery, answers, pd.Series(["B=1,2", None, None]))
    assert str(error.value) == (
        "The shown order 'B=1,2' cannot be read. "
        "Write it as 'V4: 3,1,2; R1: 2,1' (row codes by question) in column P_ord."
    )


def test_turning_reversed_items_twice_gives_them_back() -> None:
    battery = batteries(instrument())[1]
    answers = pd.DataFrame([[1, 2, 3, 4, 5, 1]], columns=battery.items).astype(float)
    assert battery.turned(answers)["B_5"].tolist() == [1]
    pd.testing.assert_frame_equal(battery.turned(battery.turned(answers)), answers)
