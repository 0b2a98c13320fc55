"""Questionnaires of other platforms become drafts; what is not understood is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from surveykit.errors import ReadError
from surveykit.instrument import parse_instrument
from surveykit.instrument.limesurvey import read_limesurvey
from surveykit.instrument.qsf import read_qsf
from surveykit.instrument.redcap import read_redcap_dictionary
from surveykit.instrument.writing import Draft, instrument_of

REDCAP_HEADS = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number,'
    "Text Validation Min,Text Validation Max,Identifier?,Branching Logic (Show field only if...),Required Field?\n"
)


def test_redcap(tmp_path: Path) -> None:
    path = tmp_path / "firms.csv"
    path.write_text(
        REDCAP_HEADS
        + "record_id,intake,,text,Study ID,,,,,,y,,\n"
        + 'exports,intake,,radio,<b>Exports?</b>,"1, Yes | 0, No, never",,,,,,,y\n'
        + "goods,intake,,checkbox,Goods,\"a, Cars | b, Ships\",,,,,,[exports] = '1',\n"
        + "share,intake,,text,Share,,percent,number,0,100,,[exports] = '1' and [goods(b)] = '1',\n"
        + 'odd,more,,text,Odd,,,,,,,"datediff([a],[b]) > 3",\n',
        encoding="utf-8",
    )
    draft = read_redcap_dictionary(path)
    instrument = instrument_of(draft)
    assert [(q.id, q.type) for q in instrument.questions] == [
        ("record_id", "text"), ("exports", "single"), ("goods", "multi"), ("share", "number"), ("odd", "text"),
    ]  # fmt: skip
    assert instrument.question("record_id").personal
    assert instrument.question("exports").options[1].label == {"en": "No, never"}
    assert instrument.question("share").texts["ask_if"] == "exports == 1 and selected(goods, 2)"
    assert instrument.question("goods").options[1].tags == {"choice": "b"}
    assert draft.notes == ("The branching logic of 'odd' was left out: datediff([a],[b]) > 3",)
    assert parse_instrument(draft.yaml) == instrument


def qsf(*questions: dict[str, object]) -> str:
    elements = [{"Element": "SQ", "PrimaryAttribute": f"QID{n}", "Payload": q} for n, q in enumerate(questions)]
    return json.dumps({"SurveyEntry": {"SurveyName": "Firms", "SurveyLanguage": "EN"}, "SurveyElements": elements})


def test_qsf(tmp_path: Path) -> None:
    choices = {"1": {"Display": "<b>Yes</b>"}, "2": {"Display": "No", "TextEntry": "true"}}
    path = tmp_path / "a.qsf"
    path.write_text(
        qsf(
            {"DataExportTag": "exports", "QuestionType": "MC", "Selector": "SAVR", "Choices": choices,
             "RecodeValues": {"1": "1", "2": "0"}, "ChoiceOrder": ["2", "1"], "QuestionText": "Exports?<br>Now"},
            {"DataExportTag": "use", "QuestionType": "MC", "Selector": "MAVR", "Choices": choices,
             "DisplayLogic": {"0": 1}},
            {"DataExportTag": "agree", "QuestionType": "Matrix", "Selector": "Likert", "SubSelector": "SingleAnswer",
             "Choices": {"1": {"Display": "Cheap"}}, "Answers": {"1": {"Display": "No"}, "2": {"Display": "Yes"}}},
            {"DataExportTag": "age", "QuestionType": "Slider", "Selector": "HSLIDER",
             "Choices": {"1": {"Display": "Years"}}, "Configuration": {"CSSliderMin": 0, "CSSliderMax": 120}},
            {"DataExportTag": "map", "QuestionType": "HeatMap", "Choices": []},
        ), encoding="utf-8",
    )  # fmt: skip
    draft = read_qsf(path)
    instrument = instrument_of(draft)
    assert [(column.name, column.kind) for column in instrument.columns] == [
        ("exports", "single"), ("exports_0t", "text"), ("use_1", "indicator"), ("use_2", "indicator"),
        ("use_2t", "text"),
        ("agree_1", "single"), ("age_1", "number"), ("map", "text"),
    ]  # fmt: skip
    assert instrument.question("exports").label == {"en": "Exports? Now"}
    assert [option.code for option in instrument.question("exports").options] == [0, 1]
    assert [note[:24] for note in draft.notes] == ["'use' has display logic,", "'map' is of type HeatMap"]


@pytest.mark.parametrize(
    ("name", "questions"),
    [("qualtrics_manytypes.qsf", 52), ("qualtrics_climate_prolific.qsf", 39), ("qualtrics_multianswer.qsf", 5),
     ("qualtrics_tutorial_preview.qsf", 7)],
)  # fmt: skip
def test_real_qsf(reference: Path, name: str, questions: int) -> None:
    draft = read_qsf(reference / "exports" / name)
    assert len(draft.shape["questions"]) >= questions * 0.7
    assert _errors(draft) == []


@pytest.mark.parametrize("name", ["checkboxes-1", "clinical-trial-1", "longitudinal", "simple"])
def test_real_redcap(reference: Path, name: str) -> None:
    draft = read_redcap_dictionary(reference / "exports" / f"redcap_{name}_dictionary.csv")
    assert _errors(draft) == []


def test_real_limesurvey(reference: Path) -> None:
    draft = read_limesurvey(reference / "exports" / "limesurvey_digitaltwins.lss")
    assert len(draft.shape["questions"]) == 54
    assert len(draft.shape["modules"]) == 16
    assert _errors(draft) == []
    fields = {question["id"]: question for question in draft.shape["questions"]}
    assert fields["Fach"]["type"] == "multi"
    assert fields["Fach"]["options"][0]["label"] == {"de": "Maschinenbau"}


def _errors(draft: Draft) -> list[str]:
    return [str(finding) for finding in draft.findings if finding.severity == "error"]


@pytest.mark.parametrize(
    ("reader", "name", "content", "message"),
    [
        (read_qsf, "a.qsf", "{", "is no Qualtrics survey file"),
        (read_qsf, "a.qsf", "[" * 100_000, "is no Qualtrics survey file"),
        (read_qsf, "a.qsf", "[]", "is no Qualtrics survey file"),
        (read_redcap_dictionary, "a.csv", "a,b\n1,2\n", "is no REDCap dictionary"),
        (read_limesurvey, "a.lss", "<document>", "is no XML"),
        (read_limesurvey, "a.lss", "<document/>", "is no LimeSurvey survey"),
        (read_limesurvey, "a.lss", '<!DOCTYPE x [<!ENTITY a "b">]><document>&a;</document>', "declares XML entities"),
    ],
)
def test_files_that_are_none(tmp_path: Path, reader: object, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ReadError, match=message):
        reader(tmp_path / name)  # type: ignore[operator]
