"""Every blank gets its meaning; routing is the same however often it is run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import DataError
from surveykit.instrument import asked, check_answers, derive, parse_instrument, route
from tests.instrument.examples import TINY

INSTRUMENT = parse_instrument(TINY)


def rows(*answers: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(list(answers), dtype="object").reindex(columns=list(INSTRUMENT.columns.names))
    for column in INSTRUMENT.columns:
        frame[column.name] = frame[column.name].astype("str" if column.kind == "text" else "float64")
    return frame


def row(frame: pd.DataFrame, *names: str, at: int = 0) -> list[int]:
    return [int(value) for value in frame.loc[at, list(names)]]


def test_an_else_code_is_a_true_zero_only_for_a_known_filter() -> None:
    frame = route(INSTRUMENT, rows({"X1": 1}, {"X1": 2}, {}, {"X1": 2, "X2": -98})).frame
    assert row(frame, "X1", "X2", "X3", at=0) == [1, 0, -97]
    assert row(frame, "X1", "X2", "X3", at=1) == [2, -96, -97]
    assert row(frame, "X1", "X2", "X3", at=2) == [-96, -97, -97], "who skipped the filter is no non-exporter"
    assert row(frame, "X1", "X2", "X3", at=3) == [2, -98, -97]


def test_multi_select_blank_has_three_meanings() -> None:
    frame = route(INSTRUMENT, rows({"U1_01": 1}, {}, {"S1": 2})).frame
    names = ("U1_01", "U1_07", "U1_98")
    assert row(frame, *names, at=0) == [1, 0, 0], "not ticked"
    assert row(frame, *names, at=1) == [-96, -96, -96], "shown and empty"
    assert row(frame, *names, at=2) == [-97, -97, -97], "screened out before it"


def test_zeros_everywhere_are_an_empty_answer() -> None:
    zeros = dict.fromkeys(("U1_01", "U1_07", "U1_20", "U1_97", "U1_98"), 0)
    assert row(route(INSTRUMENT, rows(zeros)).frame, "U1_01", "U1_98") == [-96, -96]


def test_loop_follows_the_choices_and_its_limit() -> None:
    few = {"U1_01": 1, "U1_07": 1, "U2_01_1": 1}
    many = {"U1_01": 1, "U1_07": 1, "U1_20": 1, "U2_01_2": 1}
    frame = route(INSTRUMENT, rows(few, many)).frame
    assert row(frame, "U2_01_1", "U2_01_2", "U2_07_1", "U2_20_1", at=0) == [1, 0, -96, -97]
    assert row(frame, "U2_01_1", "U2_01_2", "U2_07_1", "U2_20_1", at=1) == [0, 1, -94, -94]


def test_module_condition_grid_and_rank() -> None:
    user = {"U1_20": 1, "V1_1": 2, "V2_3": 1}
    frame = route(INSTRUMENT, rows(user, {"U1_98": 1})).frame
    assert row(frame, "V1_1", "V1_2", "V2_1", "V2_3", at=0) == [2, -96, 0, 1]
    assert row(frame, "V1_1", "V1_2", "V2_1", "V2_3", at=1) == [-97, -97, -97, -97]


def test_break_off() -> None:
    frame = rows({"S1": 1, "U1_98": 1}, {"S1": 1, "U1_98": 1}, {})
    routed = route(INSTRUMENT, frame, complete=np.array([False, True, False])).frame
    assert row(routed, "U2_01_1", "X1", "X2", "V1_1", at=0) == [-95, -95, -95, -95]
    assert row(routed, "U2_01_1", "X1", "X2", "V1_1", at=1) == [-97, -96, -97, -97]
    assert row(routed, "S1", "X1", at=2) == [-95, -95]


def test_screen_out_and_conflict() -> None:
    routed = route(INSTRUMENT, rows({"S1": 2, "X1": 2}, {"X1": 1, "X2": 2, "X3": 4}))
    assert list(routed.ended) == ["screen_out", ""]
    assert routed.conflicts.to_dict("list") == {
        "row": [0, 1],
        "column": ["X1", "X2"],
        "value": ["2.0", "2.0"],
    }
    assert row(routed.frame, "X2", at=1) == [2], "kept, so that the rules of the instrument find it"
    dropped = route(INSTRUMENT, rows({"X1": 1, "X2": 2, "X3": 4}), keep_conflicts=False).frame
    assert row(dropped, "X1", "X2", "X3") == [1, 0, -97]


def test_ballot() -> None:
    text = TINY.replace("{id: V3, type: text,", "{id: V3, type: text, administer_if: X1 == 2,")
    text = text.replace(
        "    limit: 2\n    label: {en: Rank", "    limit: 2\n    administer_if: X1 == 2\n    label: {en: Rank"
    )
    frame = route(parse_instrument(text), rows({"U1_01": 1, "X1": 1}, {"U1_01": 1, "X1": 2})).frame
    assert row(frame, "V2_1", at=0) == [-94]
    assert row(frame, "V2_1", at=1) == [-96]


def test_text_in_a_code_column_is_refused() -> None:
    with pytest.raises(DataError, match="Column 'X1' should hold codes"):
        route(INSTRUMENT, pd.DataFrame({"X1": ["yes", "no"]}))
    with pytest.raises(DataError, match="'complete' has 3 values for 1 rows"):
        route(INSTRUMENT, rows({}), complete=[True, True, False])  # type: ignore[arg-type]


def test_derived_and_checks() -> None:
    frame = route(INSTRUMENT, rows({"U1_01": 1, "U2_01_2": 1, "X1": 1}, {"U1_98": 1, "X1": 2, "X2": 2}, {})).frame
    derived = derive(INSTRUMENT, frame)
    assert derived["n_services"].to_list() == [1, 0, pd.NA]
    assert derived["us_any"].to_list() == [0, 0, pd.NA]
    assert derived["size"].to_list() == [1, 2, pd.NA]
    contradiction = route(INSTRUMENT, rows({"X1": 1, "X2": 2})).frame
    assert check_answers(INSTRUMENT, contradiction).to_dict("list") == {"K1": [True], "K2": [False]}
    assert not check_answers(INSTRUMENT, frame).to_numpy().any()


def test_any_of_a_loop_is_unknown_while_items_are_open() -> None:
    """Not found among the services asked about, and not all were asked: missing, not 'no'."""
    found = {"U1_01": 1, "U1_07": 1, "U1_20": 1, "U2_01_1": 1}
    open_ = {"U1_01": 1, "U1_07": 1, "U1_20": 1, "U2_01_2": 1, "U2_07_2": 1}
    frame = route(INSTRUMENT, rows(found, open_)).frame
    assert derive(INSTRUMENT, frame)["us_any"].to_list() == [1, pd.NA]


CODES = {
    column.name: [np.nan, 0.0, 1.0]
    if column.kind in ("indicator", "rank")
    else [np.nan, -98.0, *map(float, column.values)]
    for column in INSTRUMENT.columns
    if column.coded
} | {"X3": [np.nan, 0.0, 3.0, -98.0]}


@st.composite
def answer_frames(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(1, 4))
    return pd.DataFrame(
        {name: draw(st.lists(st.sampled_from(codes), min_size=n, max_size=n)) for name, codes in CODES.items()}
    )


@settings(max_examples=60, deadline=None)
@given(answer_frames())
def test_routing_is_idempotent_and_leaves_no_blank(frame: pd.DataFrame) -> None:
    once = route(INSTRUMENT, frame, keep_conflicts=False)
    coded = [column.name for column in INSTRUMENT.columns if column.coded]
    assert once.frame[coded].notna().to_numpy().all()
    twice = route(INSTRUMENT, once.frame, keep_conflicts=False)
    pd.testing.assert_frame_equal(once.frame, twice.frame)
    pd.testing.assert_frame_equal(once.asked, twice.asked)
    pd.testing.assert_frame_equal(once.asked, asked(INSTRUMENT, once.frame))
    assert twice.conflicts.empty


@settings(max_examples=40, deadline=None)
@given(answer_frames())
def test_rows_are_routed_one_by_one(frame: pd.DataFrame) -> None:
    """The answers of one respondent never change the routing of another."""
    together = route(INSTRUMENT, frame).asked
    for position in range(len(frame)):
        alone = route(INSTRUMENT, frame.iloc[[position]]).asked
        assert (alone.to_numpy() == together.iloc[[position]].to_numpy()).all()
