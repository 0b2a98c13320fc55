"""Dispositions, rates, item nonresponse and the exclusion flow."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import ColumnError, QualityError
from surveykit.quality import disposition_codes, dispositions, exclusion_flow, item_nonresponse, outcome_rates, screen
from surveykit.responses import Responses
from tests.quality.panel import answers, responses


@cache
def mixed() -> Responses:
    """Rows 0-1 refuse, 2-4 screened out, 5 duplicate, 6 honeypot, 7 answers too little, 8 two traps; 51 of 60 count."""
    table = answers()
    table.loc[7, [name for name in table.columns if name[0] in "ABT"] + ["X1", "X2", "X3"]] = np.nan
    return screen(
        responses(
            table,
            S0={0: 2, 1: 2},
            S1={2: 9, 3: 9, 4: 9},
            P_id={5: "r40", 40: "r40", 41: "r41"},
            P_hp={6: "x"},
            T2_2={8: 1},
            F1={10: -98},
            B_T={8: 5},
        )
    )


def test_every_case_has_a_disposition() -> None:
    found = dispositions(mixed())
    assert found["name"].value_counts().to_dict() == {
        "complete": 51, "screened_out": 3, "explicit_refusal": 2, "removed": 2, "duplicate": 1, "break_off": 1,
    }  # fmt: skip
    assert found.loc[[0, 2, 40, 6, 7, 8, 9], "disp"].tolist() == ["2.111", "4.1", "4.9", "2.3", "2.12", "2.3", "1.1"]


def test_the_codes_say_that_they_are_to_be_verified() -> None:
    codes = disposition_codes()
    assert not codes["verified"].any()
    assert codes["code"].is_unique
    assert set(codes["group"]) == {"I", "P", "R", "NC", "O", "U", "N"}


def test_rates_of_a_list_sample_follow_the_formulas() -> None:
    found = outcome_rates(mixed(), sample="list", invitations=400)
    rates = found.rates.set_index("rate")["share"]
    i, r, o, u = 51, 3, 2, 400 - 59
    e = (i + r + o) / (i + r + o + 3)
    expected = {
        "RR1": i / (i + r + o + u),
        "RR3": i / (i + r + o + e * u),
        "RR5": i / (i + r + o),
        "COOP1": i / (i + r + o),
        "COOP3": i / (i + r),
        "REF1": r / (i + r + o + u),
        "REF2": r / (i + r + o + e * u),
        "REF3": r / (i + r + o),
    }
    assert {name: rates[name] for name in expected} == pytest.approx(expected)
    assert rates["RR1"] <= rates["RR3"] <= rates["RR5"]
    assert found.eligibility == pytest.approx(e)
    assert found.counts["n"].sum() == 401  # the copy came without an invitation of its own
    one = outcome_rates(mixed(), sample="list", invitations=400, eligibility=1.0).rates.set_index("rate")["share"]
    assert one["RR3"] == one["RR1"]


def test_an_opt_in_sample_has_no_response_rate() -> None:
    found = outcome_rates(mixed())
    assert found.statement == (
        "Response rate not computable: the sample is opt-in and nobody knows who saw the invitation."
    )
    rates = found.rates.set_index("rate")
    assert rates.index.tolist() == ["COMR", "BOR", "SOR"]
    assert rates["share"].to_dict() == pytest.approx({"COMR": 51 / 54, "BOR": 1 / 54, "SOR": 3 / 57})
    invited = outcome_rates(mixed(), invitations=1000)
    assert invited.rates.set_index("rate").loc["PR", "share"] == pytest.approx(0.051)
    assert "SYNTHETIC" in str(found)


def test_who_met_a_full_quota_is_told_apart() -> None:
    given = responses(S1={2: 9, 3: 9})
    frame = given.frame.assign(full=[number == 2 for number in range(60)])
    told = Responses(frame, given.instrument, None, given.disposition, given.paradata, synthetic=True)
    found = dispositions(screen(told), quota_filled="full")
    assert found.loc[[2, 3], "disp"].tolist() == ["4.8", "4.1"]
    flow = exclusion_flow(screen(told), quota_filled="full")
    assert [step.n for step in flow.steps] == [60, 60, 59, 58, 58, 58, 58, 58]


def test_the_flow_adds_up() -> None:
    given = mixed()
    flow = exclusion_flow(given, by="F1", language="ja")
    assert [(step.id, step.n, step.removed) for step in flow.steps] == [
        ("started", 60, 0),
        ("consented", 58, 2),
        ("in_scope", 55, 3),
        ("completed", 54, 1),
        ("not_duplicate", 53, 1),
        ("no_hard", 52, 1),
        ("analysed", 51, 1),
    ]
    assert flow.steps[-1].n == given.counted.sum()
    assert all(sum(step.by.values()) == step.n for step in flow.steps)
    assert list(flow.steps[0].by) == ["1～10人", "11～50人", "51人以上", "不明"]
    assert flow.steps[-1].reasons == {"trap_B_T": 1, "trap_T2": 1}
    assert flow.steps[1].label["ja"] == "調査協力に同意"
    english = exclusion_flow(given, by="S1", language="en").to_frame()
    assert english.columns.tolist() == [
        "step",
        "label",
        "n",
        "removed",
        "reasons",
        "Makers",
        "Services",
        "Neither",
    ]
    assert str(flow).startswith("SYNTHETIC\n     60  回答開始\n     58  調査協力に同意  (-2: declined to take part 2)")


def test_answers_that_were_not_screened_have_a_flow_too() -> None:
    assert [step.n for step in exclusion_flow(responses(S0={1: 2})).steps] == [60, 59, 59, 59, 59, 59, 59]


def test_item_nonresponse_counts_those_who_were_asked() -> None:
    table = answers()
    table["X1"] = 2
    table.loc[:29, "X1"] = 1
    table["X2"] = np.where(table["X1"] == 2, 5.0, 0.0)
    table["X3"] = np.where(table["X1"] == 2, 3.0, np.nan)
    table.loc[40, "X3"] = np.nan
    given = responses(table, F1={5: -98}, A_2={6: np.nan}, T4={8: None}, S0={9: 2})
    found = item_nonresponse(given, language="en").set_index(["question", "item"])
    x3 = found.loc[("X3", pd.NA)] if ("X3", pd.NA) in found.index else found.loc["X3"].iloc[0]
    # A zero that routing declares is an answer: non-exporters sell to no country.
    assert x3[["eligible", "valid", "unanswered"]].tolist() == [59, 58, 1]
    assert x3["rate"] == pytest.approx(1 / 59)
    f1 = found.loc["F1"].iloc[0]
    assert f1[["eligible", "valid", "dont_know", "refused"]].tolist() == [59, 58, 1, 0]
    assert found.loc[("A", 2), ["eligible", "unanswered"]].tolist() == [59, 1]
    assert found.loc[("A", 2), "label"] == "Opinions - b"
    assert found.loc["T4"].iloc[0][["eligible", "valid"]].tolist() == [59, 58]
    assert (found["eligible"] == found[["valid", "refused", "dont_know", "unanswered", "removed"]].sum(axis=1)).all()
    assert "P_id" not in found.index


def test_item_nonresponse_by_a_variable_adds_up() -> None:
    given = responses(F1={5: -98, 6: -98})
    whole, split = item_nonresponse(given), item_nonresponse(given, by="S1", language="ja")
    assert set(split["S1"]) == {"製造", "サービス", "対象外"}
    counts = ["eligible", "valid", "dont_know", "unanswered"]
    together = split.groupby(["question", "item"], dropna=False)[counts].sum()
    pd.testing.assert_frame_equal(
        together.sort_index(), whole.set_index(["question", "item"])[counts].sort_index(), check_index_type=False
    )


def test_questions_that_the_export_lacks_are_left_out() -> None:
    found = item_nonresponse(responses(answers().drop(columns=["T4", "T3"])))
    assert not {"T3", "T4"} & set(found["question"])


def test_wrong_arguments_are_named() -> None:
    given = mixed()
    cases = [
        (lambda: outcome_rates(given, sample="list"),
         "A list sample needs the number of invitations. Pass invitations=, or sample='opt-in'."),
        (lambda: outcome_rates(given, sample="list", invitations=10),
         "10 invitations are fewer than the 59 people who came. Check the number."),
        (lambda: outcome_rates(given, sample="panel"), "A sample is not 'panel'. Say 'opt-in' or 'list'."),
        (lambda: outcome_rates(given, eligibility=1.5), "eligibility=1.5 is no share. Give a number from 0 to 1."),
        (lambda: exclusion_flow(given, by="F11"), "Column 'F11' is not in the answers. Did you mean 'F1'?"),
        (lambda: item_nonresponse(given, by="F11"), "Column 'F11' is not in the answers. Did you mean 'F1'?"),
        (lambda: dispositions(given, quota_filled="S11"), "Column 'S11' is not in the data. Did you mean 'S1'?"),
    ]  # fmt: skip
    for act, message in cases:
        with pytest.raises((QualityError, ColumnError)) as error:
            act()
        assert str(error.value) == message
