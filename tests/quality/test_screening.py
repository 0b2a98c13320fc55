"""Screening marks and drops nobody; rules, ledger, replay, editing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import QualityError, ReadError
from surveykit.quality import DEFAULT_RULES, Rules, edit, read_rules, replay, screen
from tests.quality.panel import answers, responses

PARTS = "The parts are hard, soft, soft_limit, edit, seconds, country, field, burst, identity."
MEANT = "Did you mean 'speeder_flag' or 'even_odd_flag' or 'half_answered_flag'?"
B_ALL = [f"B_{row}" for row in range(1, 7)]


def test_one_signal_flags_and_two_exclude() -> None:
    screened = screen(responses(T2_2={3: 1, 4: 1}, P_cap={4: 0.1}))
    marks = screened.disposition
    assert marks.loc[3, ["counts", "soft", "reason"]].tolist() == [True, 1, ""]
    assert marks.loc[4, ["counts", "soft", "reason"]].tolist() == [False, 2, "soft: trap_T2, bot_score"]
    assert len(screened.frame) == 60


def test_one_straight_line_is_one_signal() -> None:
    """It is a long run, without spread, and agrees with the reversed item: still one sign of one thing."""
    screened = screen(responses(**{name: {3: 4} for name in B_ALL}))
    assert screened.disposition.loc[3, "soft"] == 1
    assert bool(screened.disposition.loc[3, "counts"])


def test_each_trap_counts() -> None:
    screened = screen(responses(T2_2={3: 1}, B_T={3: 5}))
    assert screened.disposition.loc[3, "reason"] == "soft: trap_B_T, trap_T2"


def test_a_hard_rule_excludes_alone() -> None:
    screened = screen(responses(P_hp={3: "bot"}, P_id={7: "r2"}))
    assert screened.disposition.loc[[3, 7], "reason"].tolist() == ["hard: honeypot", "hard: duplicate_id"]
    assert not screened.disposition.loc[[3, 7], "counts"].any()


def test_half_an_interview_is_too_little() -> None:
    table = answers()
    asked = [name for name in table.columns if name[0] in "ABT"] + ["X1", "X2", "X3"]
    table.loc[3, asked] = np.nan
    screened = screen(responses(table))
    assert screened.disposition.loc[3, "reason"] == "hard: half_answered"
    assert screened.disposition["counts"].sum() == 59


def test_refusals_and_screen_outs_keep_their_reason() -> None:
    screened = screen(responses(S0={3: 2}, S1={4: 9}))
    assert screened.disposition.loc[[3, 4], "reason"].tolist() == ["declined to take part", "screened out by an answer"]
    assert not screened.disposition.loc[[3, 4], "counts"].any()


@settings(max_examples=4)
@given(st.dictionaries(st.integers(0, 59), st.sampled_from(["T2_2", "P_cap", "P_hp"]), max_size=12), st.integers(1, 4))
def test_stricter_rules_never_let_more_count(faults: dict[int, str], limit: int) -> None:
    planted: dict[str, dict[int, object]] = {}
    for row, name in faults.items():
        planted.setdefault(name, {})[row] = {"T2_2": 1, "P_cap": 0.1, "P_hp": "x"}[name]
    given_ = responses(**planted)  # type: ignore[arg-type]
    strict = screen(given_, Rules(soft_limit=limit)).counted
    mild = screen(given_, Rules(soft_limit=limit + 1)).counted
    assert (strict <= mild).all()
    assert len(strict) == 60


def test_screening_twice_is_screening_once() -> None:
    once = screen(responses(T2_2={3: 1}, P_cap={3: 0.1}, P_hp={5: "x"}))
    pd.testing.assert_frame_equal(screen(once).disposition, once.disposition)


# Editing


def test_the_later_of_two_contradicting_answers_is_removed_and_logged() -> None:
    given_ = responses(X1={3: 1}, X2={3: 40.0})
    edited = edit(given_)
    assert edited.responses.frame.loc[3, "X2"] == -93
    assert edited.responses.frame.loc[3, "X1"] == 1
    assert edited.log.to_dict("records") == [{"check": "K1", "row": 3, "column": "X2", "before": 40.0, "after": -93}]
    assert edited.responses.frame["exporter"].isna()[3]
    assert given_.frame.loc[3, "X2"] == 40
    assert len(edited.responses.frame) == len(given_.frame)
    assert edit(edited.responses).log.empty


def test_warnings_change_nothing() -> None:
    given_ = responses(X1={3: 2}, X2={3: 0.0})
    assert edit(given_).responses is given_


def test_screening_edits_unless_told_not_to() -> None:
    given_ = responses(X1={3: 1}, X2={3: 40.0})
    assert screen(given_).frame.loc[3, "X2"] == -93
    assert screen(given_, {"edit": False}).frame.loc[3, "X2"] == 40


# Ledger


def test_a_replay_gives_the_same_bytes(tmp_path: Path) -> None:
    given_ = responses(T2_2={3: 1}, P_cap={3: 0.1}, X1={8: 1}, X2={8: 30.0})
    rules = Rules(soft_limit=2, country="JP", field=("2024-07-05", "2024-10-05"))
    first = screen(given_, rules, ledger=tmp_path / "one.jsonl")
    again = screen(given_, rules, ledger=tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    back = replay(given_, tmp_path / "one.jsonl")
    assert back.disposition.to_csv() == first.disposition.to_csv() == again.disposition.to_csv()
    assert back.frame.to_csv() == first.frame.to_csv()
    steps = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text("utf-8").splitlines()]
    assert [step["step"] for step in steps] == ["edit", "screen"]
    assert steps[0]["cells"] == [["K1", "8", "X2", 30.0, -93]]
    assert steps[1]["flagged"]["trap_T2_flag"] == 1
    assert steps[1]["counted_before"] - steps[1]["counted"] == 1
    assert "honeypot_flag" in steps[1]["without_data"]
    assert Rules.from_dict(steps[1]["rules"]) == rules


def test_the_ledger_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    screen(responses(), ledger=path)
    before = path.read_bytes()
    screen(responses(), Rules(soft_limit=3), ledger=path)
    assert path.read_bytes().startswith(before)
    assert len(path.read_bytes()) > len(before)


def test_a_replay_refuses_other_answers_outcomes_and_files(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    screen(responses(), ledger=path)
    with pytest.raises(QualityError) as error:
        replay(responses(P_cap={3: 0.2}), path)
    assert str(error.value) == "Line 2 of the ledger was written for other answers. Use the file that was screened."
    changed = path.read_text("utf-8").replace('"soft_limit": 2', '"soft_limit": 1').splitlines()
    entry = json.loads(changed[1])
    entry["outcome"] = "0" * 64
    path.write_text("\n".join([changed[0], json.dumps(entry)]), encoding="utf-8")
    with pytest.raises(QualityError, match="records another outcome than these rules give now"):
        replay(responses(), path)
    path.write_text("[1, 2]\n", encoding="utf-8")
    with pytest.raises(ReadError) as cut:
        replay(responses(), path)
    assert str(cut.value) == (
        "ledger.jsonl: Line 1 is no step of a ledger. The file was changed or cut; use a copy that nobody has edited."
    )
    with pytest.raises(ReadError, match=r"absent\.jsonl' is not there"):
        replay(responses(), tmp_path / "absent.jsonl")


# Rules


def test_rules_are_read_from_a_study_file(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "study: x\nscreening:\n  options:\n    rules:\n      hard: [honeypot_flag]\n"
        "      soft: [speeder_flag, [trap_*_flag, gibberish_flag]]\n      soft_limit: 1\n",
        encoding="utf-8",
    )
    rules = read_rules(path)
    assert rules.soft == ("speeder_flag", ("trap_*_flag", "gibberish_flag"))
    assert rules.hard == ("honeypot_flag",)
    assert rules.edit
    screened = screen(responses(T2_2={3: 1}), rules)
    assert not screened.counted[3]


def test_rules_survive_a_round_trip() -> None:
    rules = Rules(hard=("honeypot_flag",), field=("2024-01-01", "2024-02-01"), identity=("S1",))
    assert Rules.from_dict(json.loads(json.dumps(rules.to_dict()))) == rules
    assert Rules.from_dict({}) == DEFAULT_RULES


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"hard": "honeypot_flag", "softlimit": 2},
            "'hard' is 'honeypot_flag': it should be a list of flags. 'softlimit' is no part of screening rules. "
            "Did you mean 'soft_limit' or 'soft'? " + PARTS,
        ),
        ({"soft_limit": 0}, "soft_limit is 0. Give a whole number from 1."),
        ({"burst": 1}, "burst is 1. Give a whole number from 2."),
        (
            {"soft_limit": True},
            "'soft_limit' is True: it should be a whole number. " + PARTS,
        ),
        (
            {"soft": ["speedr_flag"]},
            f"No indicator is called 'speedr_flag'. {MEANT}",
        ),
    ],
)
def test_wrong_rules_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(QualityError) as error:
        screen(responses(), values)
    assert str(error.value) == message


def test_a_rule_without_data_is_no_error() -> None:
    """A rule may be registered before the field and the platform then not deliver the column."""
    assert screen(responses(), {"hard": ["honeypot_flag"], "soft": ["page_*_flag", "speeder_flag"][1:]}).counted.all()
