"""Planted faults are flagged where they were planted, and nothing is changed."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import ColumnError, QualityError
from surveykit.quality import Rules, bursts, indicators, outside_window, publisher_table, screen, traps_failed
from tests.quality.panel import answers, responses

B_ALL = [f"B_{row}" for row in range(1, 7)]
A_ALL = [f"A_{row}" for row in range(1, 7)]


@cache
def clean_indicators(rules: Rules) -> pd.DataFrame:
    return indicators(responses(), rules)


FAULTS: list[tuple[str, dict[str, dict[int, Any]], Rules]] = [
    ("speeder_flag", {"P_dur": {3: 20}}, Rules()),
    ("slow_outlier_flag", {"P_dur": {3: 9000}}, Rules()),
    ("longstring_B_flag", {name: {3: 4} for name in B_ALL}, Rules()),
    ("longstring_A_flag", {name: {3: 4} for name in A_ALL[:5]}, Rules()),
    ("straightlined_flag", {name: {3: 2} for name in (*A_ALL, *B_ALL)}, Rules()),
    ("response_spread_A_flag", {name: {3: 2} for name in A_ALL}, Rules()),
    ("acquiescence_B_flag", {"B_1": {3: 4}, "B_2": {3: 5}, "B_3": {3: 4}, "B_4": {3: 4}, "B_5": {3: 5}}, Rules()),
    ("trap_B_T_flag", {"B_T": {3: 4}}, Rules()),
    ("trap_T2_flag", {"T2_2": {3: 1}}, Rules()),
    ("trap_T3_flag", {"F1": {3: 1}, "T3": {3: 40}}, Rules()),
    ("duplicate_id_flag", {"P_id": {3: "r0"}}, Rules()),
    ("duplicate_id_flag", {"T4": {3: "corporate"}, "P_ipc": {}, "P_dev": {3: "d1"}}, Rules(identity=("P_dev",))),
    ("duplicate_device_flag", {"P_dev": {3: "d0"}}, Rules()),
    ("gibberish_flag", {"T4": {3: "asdfghjkl"}}, Rules()),
    ("similar_text_flag", {"T4": {3: "海外のクラウドを使って設計データを取引先と共有しています。0"}}, Rules()),
    ("logic_flag", {"X1": {3: 1}, "X2": {3: 40}}, Rules()),
    ("check_K1_flag", {"X1": {3: 1}, "X2": {3: 40}}, Rules()),
    ("honeypot_flag", {"P_hp": {3: "http://x"}}, Rules()),
    ("bot_score_flag", {"P_cap": {3: 0.1}}, Rules()),
    ("country_flag", {"P_ipc": {3: "VN"}}, Rules(country="JP")),
    ("outside_window_flag", {"P_t0": {3: "2024-10-06T00:00:00"}}, Rules(field=("2024-07-05", "2024-10-05"))),
]


@pytest.mark.parametrize(
    ("flag", "planted", "rules"), FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_planted_fault_is_flagged(flag: str, planted: dict[str, dict[int, Any]], rules: Rules) -> None:
    clean = clean_indicators(rules)
    faulty = indicators(responses(**planted), rules)
    assert bool(faulty[flag].fillna(False)[3])
    if flag in clean.columns:
        assert not bool(clean[flag].fillna(False)[3])
        others = faulty.index != 3
        changed = faulty.loc[others, flag].fillna(False) != clean.loc[others, flag].fillna(False)
        assert changed.sum() <= 2


def test_warnings_are_no_errors() -> None:
    found = indicators(responses(X1={3: 2}, X2={3: 0}))
    assert bool(found["check_K2_flag"][3])
    assert not bool(found["logic_flag"][3])


def test_an_order_that_was_not_recorded_judges_only_what_it_can() -> None:
    """Rows of B rotate: without P_ord the run is unknown, but a whole battery alike is a run in any order."""
    found = indicators(responses(**{name: {3: 4} for name in B_ALL}))
    assert found["longstring_B"].isna().all()
    assert bool(found["longstring_B_flag"][3])
    shown = dict.fromkeys(range(60), "B: 1,2,3,4,5,6,7")
    known = indicators(responses(P_ord=shown, **{name: {3: 4} for name in B_ALL}))
    assert known["longstring_B"][3] == 6


def test_who_was_screened_out_is_not_judged() -> None:
    found = indicators(responses(S1={3: 9}, P_dur={3: 4}))
    flags = found.loc[3, [name for name in found.columns if name.endswith("_flag")]]
    assert flags.isna().all()


def test_traps_that_were_not_answered_are_not_failed() -> None:
    failed = traps_failed(*[(one := responses(T3={3: -98}, B_T={3: np.nan})).instrument, one.frame])
    assert failed.columns.tolist() == ["B_T", "T2", "T3"]
    assert failed.loc[3, ["B_T", "T3"]].isna().all()
    assert not failed.fillna(False).to_numpy().any()


def test_an_open_band_has_no_upper_limit() -> None:
    assert not bool(indicators(responses(F1={3: 3}, T3={3: 100_000}))["trap_T3_flag"][3])


def test_the_first_complete_copy_is_kept() -> None:
    found = indicators(responses(P_id={5: "r1"}, S0={1: 2}))
    assert bool(found["duplicate_id_flag"].fillna(False)[5]) is False
    assert bool(indicators(responses(P_id={5: "r1"}))["duplicate_id_flag"][5])


def test_copies_of_all_answers_are_found() -> None:
    table = answers()
    names = [name for name in table.columns if not name.startswith("P_")]
    table.loc[9, names] = table.loc[4, names]
    found = indicators(responses(table))
    assert found["duplicate_answers_flag"].fillna(False).to_numpy().nonzero()[0].tolist() == [9]


def test_nothing_is_changed_and_the_index_is_kept() -> None:
    table = answers().set_index(pd.Index([f"case {number}" for number in range(60)]))
    given = responses(table)
    before, states = given.frame.copy(), given.disposition.copy()
    found = indicators(given)
    screen(given)
    assert found.index.equals(table.index)
    pd.testing.assert_frame_equal(given.frame, before)
    pd.testing.assert_frame_equal(given.disposition, states)


def test_bursts_are_of_one_publisher() -> None:
    starts = pd.Series([f"2024-08-01T09:00:{second:02d}" for second in range(0, 60, 6)])
    who = pd.Series(["a", "b"] * 5)
    assert bursts(starts, fewest=10).all()
    assert not bursts(starts, who, fewest=6).any()
    assert bursts(starts, who, fewest=5).all()
    apart = pd.Series(["2024-08-01T09:00:00", "2024-08-01T09:01:00"])
    assert not bursts(apart, fewest=2).any()


def test_the_publisher_table_shows_the_farm() -> None:
    rows = range(0, 60, 3)
    given = screen(responses(T2_2=dict.fromkeys(rows, 1), P_cap=dict.fromkeys(rows, 0.2)))
    table = publisher_table(given, indicators(given)).set_index("publisher")
    assert table.loc["north", "removed_share"] == 1
    assert table.loc["south", "removed_share"] == 0
    assert table.loc["north", "trap_T2_flag"] == 1
    assert table["starts"].sum() == 60
    assert table.loc["north", "counts"] == 0


def test_errors_name_thing_and_remedy() -> None:
    given = responses()
    cases = [
        (lambda: indicators(given, Rules(seconds="P_durr")),
         "Column 'P_durr' is not in the data. Did you mean 'P_dur' or 'P_id'?"),
        (lambda: indicators(given, Rules(identity=("P_de",))),
         "Column 'P_de' is not in the answers. Did you mean 'P_dev' or 'P_id' or 'P_ord'?"),
        (lambda: outside_window(given.frame["P_t0"], "5 July", "2024-10-05"),
         "'5 July' is no day of the field. Write it as 2024-07-05."),
        (lambda: outside_window(given.frame["P_t0"], "2024-10-05", "2024-07-05"),
         "The field ends on 2024-07-05, before it begins on 2024-10-05. Exchange them."),
        (lambda: bursts(pd.Series(["noon"])),
         "Start 'noon' is no date and time (1 such). Write starts as 2024-07-05T09:30:00 (UTC)."),
        (lambda: publisher_table(given, pd.DataFrame(), publisher="P_pubb"),
         "Column 'P_pubb' is not in the data. Did you mean 'P_pub' or 'P_pg' or 'P_hp'?"),
    ]  # fmt: skip
    for act, message in cases:
        with pytest.raises((QualityError, ColumnError)) as error:
            act()
        assert str(error.value) == message
