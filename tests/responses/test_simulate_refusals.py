"""What simulate refuses, word for word, and what it injects on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveykit.errors import DataError, InstrumentError, SurveykitError
from surveykit.instrument import check_answers, read_instrument, route
from surveykit.responses.simulation import parse_targets, read_targets, simulate, target_table

ROOT = Path(__file__).parents[2]
FIRMS = read_instrument(ROOT / "instruments" / "digital_services_firm.yaml")
TARGETS = read_targets(ROOT / "data" / "synthetic" / "digital_services_firm.targets.yaml", FIRMS)


def refused(published: str, more: str = "") -> str:
    text = f"targets: digital_services_firm\npublished:\n{published}\n{more}"
    with pytest.raises(SurveykitError) as caught:
        simulate(FIRMS, parse_targets(text, FIRMS), 100, 1)
    return str(caught.value)


def test_two_targets_that_contradict_each_other_are_named() -> None:
    said = refused(
        "  - {id: very, of: V1 == 4, percent: 60}\n"
        "  - {id: c1, of: C1 >= 3, percent: 20}\n"
        "  - {id: extremely, of: V1 == 5, percent: 50}",
        "assumed: {P_bal: {shares: {1: 1}}}",
    )
    assert said == (
        "Targets 'very', 'extremely' cannot all hold: very: V1 == 4, 60 %; extremely: V1 == 5, 50 %. "
        "Check the numbers and their bases ('among', 'base'), or leave one out."
    )


def test_a_target_that_earlier_answers_rule_out_is_named_with_what_can_be() -> None:
    said = refused("  - {id: users, of: count(U1) >= 1, percent: 100}", "assumed: {D1: {shares: {0: 20, 3: 80}}}")
    assert said == (
        "Target 'users' cannot be reached (users: count(U1) >= 1, 100 %): between 0 and 80 of 100 respondents can have "
        "it. Earlier answers, routing or rules decide it; change what is assumed of the questions before it."
    )


def test_a_target_about_several_boxes_is_refused() -> None:
    said = refused("  - {id: pair, of: 'selected(U1, 1) and selected(U1, 2)', percent: 40}")
    assert said == (
        "Target 'pair' joins 2 boxes of 'U1' (selected(U1, 1) and selected(U1, 2)). A target may be about one box, or "
        "about how many are ticked."
    )


def test_loadings_that_explain_more_than_everything_are_refused() -> None:
    said = refused("", "traits: {a: {}, b: {a: 0.8}}\nassumed: {S2: {along: {a: 0.9, b: 0.9}}}")
    assert said == (
        "The loadings {'a': 0.9, 'b': 0.9} explain a variance of 2.92, more than 1. Take smaller loadings: traits that "
        "go together add up."
    )


def test_all_faults_of_a_targets_file_are_listed_with_their_lines() -> None:
    text = """targets: creators
published:
  - {id: a, of: V9 == 5, percent: 31}
  - {id: b, of: V1 == 5, percent: 131}
  - {id: c, of: V1, percent: 31}
  - {id: d, of: V1 == 5}
assumed:
  X9: {shares: {1: 2}}
  X1: {shares: {77: 2}, along: {size: 1}}
"""
    with pytest.raises(InstrumentError) as caught:
        parse_targets(text, FIRMS, name="t.yaml")
    lines = str(caught.value).splitlines()
    assert lines[0] == "8 faults in the targets:"
    assert lines[1] == "  t.yaml:1: 'targets: creators' is about another instrument than 'digital_services_firm'."
    assert lines[2].startswith("  t.yaml:3: Target 'a': 'V9' is not in the instrument.")
    assert lines[3] == "  t.yaml:4: Target 'b': 131 is no percentage from 0 to 100."
    assert lines[4] == "  t.yaml:5: Target 'c': 'of' should be a condition."
    assert lines[5].startswith("  t.yaml:6: A published number needs 'id', 'of' and exactly one of percent")
    assert lines[6].startswith("  t.yaml:8: 'X9' is no question or column.")
    assert lines[7] == "  t.yaml:9: 'X1' has no option 77."


@pytest.mark.parametrize(
    "text", ["published: !!python/object:os.system {}", "a: &x [1]\nb: *x", "published: [{id: a, of: '__import__(1)'}]"]
)
def test_a_targets_file_is_data_not_code(text: str) -> None:
    with pytest.raises(InstrumentError):
        parse_targets(text, FIRMS)


def test_arguments_out_of_range_are_listed_together() -> None:
    with pytest.raises(DataError) as caught:
        simulate(FIRMS, None, 0, 1, careless=1.5, mode="some")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "careless=1.5 is no share from 0 to 1; n=0 is not at least 1; mode='some' is neither 'exact' nor 'random'. "
        "See help(surveykit.simulate)."
    )


def test_bad_respondents_come_on_top_and_are_known() -> None:
    answers = simulate(FIRMS, TARGETS, 300, 9, careless=0.05, speeders=0.04, duplicates=0.03, screened=20)
    kinds = answers.paradata["simulated_as"]
    assert kinds.value_counts().to_dict() == {
        "sound": 300, "screened": 20, "careless": 15, "speeder": 12, "duplicate": 9,
    }  # fmt: skip
    assert target_table(answers, TARGETS)["met"].all()
    assert answers.frame["P_id"].is_unique
    assert route(FIRMS, answers.frame[[name for name in FIRMS.columns.names if name in answers.frame]]).conflicts.empty
    assert (answers.frame.loc[kinds == "speeder", "P_dur"] < 150).all()
    rows = [f"V4_{row}" for row in (1, 2, 3, 4, 5, 6, "T")]
    grid = answers.frame.loc[kinds == "careless", rows]
    assert (grid.nunique(axis=1) == 1).all()
    assert (grid["V4_T"] != 2).any()
    copies = answers.paradata.loc[kinds == "duplicate", "copy_of"].astype(int)
    assert (kinds.loc[copies] == "sound").all()
    same = [name for name in FIRMS.columns.names if name.startswith(("V", "X", "C")) and name in answers.frame]
    assert (answers.frame.loc[copies.index, same].to_numpy() == answers.frame.loc[copies, same].to_numpy()).all()
    assert (answers.disposition.loc[kinds == "screened", "state"] != "complete").all()


def test_item_nonresponse_leaves_targets_and_rules_alone() -> None:
    answers = simulate(FIRMS, TARGETS, 300, 9, nonresponse=0.1)
    assert target_table(answers, TARGETS)["met"].all()
    assert not check_answers(FIRMS, answers.frame).to_numpy().any()
    share = (answers.frame["C3"] == -98).mean()
    assert 0.05 < share < 0.15
