"""Coding to an instrument: the same answers in any platform's clothes become the same codes; misfits are listed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import ColumnError, DataError, SurveykitError
from surveykit.instrument import Instrument, parse_instrument, read_instrument
from surveykit.quality import indicators
from surveykit.responses import code_answers, draft_instrument, for_analysis, read_export, read_responses
from tests.responses.files import FIXTURES
from tests.responses.writers import TINY, WRITERS, answers, as_qualtrics, table


@pytest.fixture(scope="module")
def tiny() -> Instrument:
    return parse_instrument(TINY)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("platform", WRITERS)
def test_the_same_answers_become_the_same_codes(tmp_path: Path, tiny: Instrument, platform: str, seed: int) -> None:
    frame = answers(seed=seed)
    file = tmp_path / "export.csv"
    file.write_text(WRITERS[platform](frame), encoding="utf-8")
    responses = read_responses(file, tiny)
    assert responses.report is not None
    assert responses.report.platform == platform
    assert len(responses.report.unknown) == 0
    assert responses.report.ambiguous == ()
    for name in frame.columns:
        assert responses.frame[name].astype(float).tolist() == frame[name].astype(float).tolist(), name


def test_routed_past_is_never_no(tiny: Instrument, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("X1,X2,U1_1,U1_2\n2,,,\n1,,1,\n,,,1\n")
    frame = read_responses(file, tiny).frame
    assert frame["X2"].tolist() == [0, -96, -97]
    assert frame["U1_1"].tolist() == [-96, 1, 0]
    assert frame["U1_2"].tolist() == [-96, 0, 1]


def test_what_is_no_option_is_removed_listed_and_counted(tiny: Instrument, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("X1,N1\nYes,12\nMaybe,about ten\nMaybe,3\n1,4\n")
    responses = read_responses(file, tiny)
    assert responses.report is not None
    assert responses.frame["X1"].tolist() == [-93, -93, -93, 1]
    assert responses.frame["N1"].tolist() == [12, -93, 3, 4]
    unknown = responses.report.unknown.set_index(["column", "value"])["count"].to_dict()
    assert unknown == {("X1", "Maybe"): 2, ("X1", "Yes"): 1, ("N1", "about ten"): 1}
    assert "Maybe" not in str(responses.report)


def test_near_wordings_are_listed_and_only_used_when_confirmed(tiny: Instrument, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        'X1,How good they are? [Quality],Which service do you use?\n1,Good,Video\n2,Bad,Video\n1,Good,"Cloud, hosted"\n'
    )
    responses = read_responses(file, tiny)
    assert responses.report is not None
    assert responses.report.to_confirm["question"].tolist() == ["U1"]
    assert (responses.frame["U1_2"] == -96).all()
    confirmed = read_responses(file, tiny, matches={"Which service do you use?": "U1"})
    assert confirmed.frame["U1_2"].tolist() == [1, 1, 0]
    assert confirmed.report is not None
    assert confirmed.report.matched.set_index("question")["how"]["U1"] == "given"


def test_codes_or_labels_is_asked_and_never_guessed(tmp_path: Path) -> None:
    scale = parse_instrument(
        "instrument: s\nversion: 1.0.0\ntitle: S\nunit: firm\nlanguages: [en]\nquestions:\n"
        "  - {id: R1, type: single, label: Rate, options: {1: '0', 2: '1', 3: '2'}}\n"
    )
    file = tmp_path / "a.csv"
    file.write_text("R1\n1\n2\n1\n")
    responses = read_responses(file, scale)
    assert responses.report is not None
    assert responses.report.ambiguous == ("R1",)
    assert read_responses(file, scale, written={"R1": "labels"}).frame["R1"].tolist() == [2, 3, 2]
    assert read_responses(file, scale, written={"R1": "codes"}).frame["R1"].tolist() == [1, 2, 1]


def test_qualtrics_99_is_seen_but_unanswered_and_not_a_refusal(tiny: Instrument, tmp_path: Path) -> None:
    text = as_qualtrics(answers(20))
    rows = list(csv.reader(io.StringIO(text)))
    rows[3][4] = "-99"
    file = tmp_path / "q.csv"
    file.write_text(table(rows))
    assert read_responses(file, tiny).frame["X1"].iloc[0] == -96


def test_a_write_in_ticks_its_box(tiny: Instrument, tmp_path: Path) -> None:
    file = tmp_path / "g.csv"
    file.write_text(
        "Timestamp,Which services do you use?\n"
        + "".join(
            f'7/2{n}/2026 9:00:00,"{cell}"\n'
            for n, cell in enumerate(["Video, Fax", "Video", '"Cloud, hosted", Video'.replace('"', ""), "Video"])
        )
    )
    responses = read_responses(file, tiny, platform="google-forms", matches={"Which services do you use?": "U1"})
    assert responses.frame["U1_97"].tolist() == [1, 0, 0, 0]
    assert responses.frame["U1_97t"].fillna("").tolist() == ["Fax", "", "", ""]


def test_personal_data_stay_out_unless_asked_for(tmp_path: Path) -> None:
    instrument = parse_instrument(draft_instrument(read_export(FIXTURES / "qualtrics_three_rows.csv")))
    plain = read_responses(FIXTURES / "qualtrics_three_rows.csv", instrument)
    assert "IPAddress" not in plain.paradata.columns
    assert "192.0.2" not in f"{plain} {plain.report} {plain!r}"
    hashed = read_responses(FIXTURES / "qualtrics_three_rows.csv", instrument, salt="pepper")
    assert hashed.paradata["IPAddress (hashed)"].str.len().eq(64).all()
    assert hashed.paradata["IPAddress (hashed)"].nunique() == 5
    kept = read_responses(FIXTURES / "qualtrics_three_rows.csv", instrument, keep_personal=True)
    assert kept.paradata["IPAddress"].iloc[0] == "192.0.2.10"


def test_copies_are_found_without_keeping_what_is_personal(tmp_path: Path) -> None:
    header = "P_id,P_ip,A1"
    file = tmp_path / "panel.csv"
    file.write_text(f"{header}\nK-1,192.0.2.1,1\nk-2,192.0.2.2,2\nK-1 ,192.0.2.2,1\n,,2\n", encoding="utf-8")
    instrument = parse_instrument(
        """
instrument: tiny
version: 1.0.0
title: {en: Copies}
unit: firm
languages: [en]
questions:
  - {id: P_id, type: hidden, unique: true, personal: true, label: {en: Id}}
  - {id: P_ip, type: hidden, personal: true, label: {en: Address}}
  - id: A1
    type: single
    label: {en: Exports}
    options: [{code: 1, label: {en: "Yes"}}, {code: 2, label: {en: "No"}}]
"""
    )
    responses = read_responses(file, instrument)
    assert responses.pseudonyms is not None
    assert list(responses.frame.columns) == ["A1"]
    assert responses.pseudonyms["P_id"].tolist() == [1, 2, 1, pd.NA]
    assert responses.pseudonyms["P_ip"].tolist() == [1, 2, 2, pd.NA]
    assert "192.0.2" not in repr(responses) + str(responses.report)
    assert indicators(responses)["duplicate_id_flag"].tolist() == [False, False, True, False]


def test_dispositions_and_break_offs() -> None:
    instrument = parse_instrument(draft_instrument(read_export(FIXTURES / "qualtrics_three_rows.csv")))
    responses = read_responses(FIXTURES / "qualtrics_three_rows.csv", instrument)
    assert responses.disposition["state"].tolist() == ["complete", "complete", "partial", "complete", "complete"]
    assert responses.counted.all()
    assert (responses.frame.loc[2, "R9_1"]) == -95
    assert responses.report is not None
    assert responses.report.left_out == {"preview": 1, "test": 0}
    assert len(responses.report.sha256) == 64


def test_an_export_of_another_survey_is_refused(tiny: Instrument) -> None:
    with pytest.raises(DataError, match=r"No question of 'plain\.csv' is in instrument 'tiny'"):
        read_responses(FIXTURES / "plain.csv", tiny)
    with pytest.raises(ColumnError, match="is not in the export"):
        read_responses(FIXTURES / "plain.csv", tiny, matches={"sise": "X1"})
    with pytest.raises(SurveykitError, match="not in instrument"):
        read_responses(FIXTURES / "plain.csv", tiny, matches={"size": "X9"})


DRAFTED = sorted(path.name for path in FIXTURES.iterdir())


@pytest.mark.parametrize("name", DRAFTED)
def test_every_draft_validates_and_codes_its_own_export(name: str) -> None:
    export = read_export(FIXTURES / name, keep_preview=True, keep_test=True)
    instrument = parse_instrument(draft_instrument(export))
    responses = read_responses(export, instrument)
    assert responses.report is not None
    assert responses.report.absent == ()
    assert len(responses.report.unknown) == 0
    assert len(for_analysis(responses).frame) == len(export.frame)


def test_for_analysis_gives_words_order_and_edges(tiny: Instrument) -> None:
    responses = code_answers(answers(), tiny, synthetic=True)
    analysis = for_analysis(responses)
    frame = responses.frame
    assert list(analysis.frame["X1"].cat.categories) == ["Yes, always", "No"]
    assert not analysis.frame["X1"].cat.ordered
    assert analysis.frame["X2"].cat.ordered
    assert analysis.frame["V4_1"].cat.ordered
    assert list(for_analysis(responses, "ja").frame["X2"].cat.categories) == ["なし", "25以下", "25超"]
    assert (analysis.frame["X1"].isna() == (frame["X1"] < 0)).all()
    assert analysis.reasons["X2"].tolist() == [min(0, code) for code in frame["X2"]]
    assert str(analysis.frame["U1_1"].dtype) == "boolean"
    assert analysis.frame["N1"].min() > 0
    assert {edge: values.tolist() for edge, values in analysis.edges["X2"].items()} == {
        "lo": [0.0, 0.0, 25.0],
        "hi": [0.0, 25.0, 100.0],
        "mid": [0.0, 12.5, 62.5],
    }
    values = analysis.values()["X2"]
    assert values.ordered
    assert values.edges is not None
    assert analysis.synthetic
    assert str(responses).startswith("SYNTHETIC 60 cases of tiny 1.0.0")


def test_the_real_instruments_take_their_own_codes_back(tmp_path: Path) -> None:
    for path in sorted((Path(__file__).parents[2] / "instruments").glob("*.yaml")):
        instrument = read_instrument(path)
        rng = np.random.default_rng(7)
        data = {}
        for column in instrument.columns:
            if column.kind in ("single", "ordered", "band"):
                data[column.name] = rng.choice(list(column.values), 30)
            elif column.kind == "indicator":
                data[column.name] = rng.choice([0, 1], 30)
        frame = pd.DataFrame(data)
        file = tmp_path / f"{path.stem}.csv"
        frame.to_csv(file, index=False)
        read = read_responses(file, instrument)
        again = code_answers(frame, instrument)
        names = [name for name in frame.columns if name in read.frame.columns]
        pd.testing.assert_frame_equal(read.frame[names], again.frame[names], check_dtype=False)
        assert read.report is not None
        assert len(read.report.unknown) == 0
