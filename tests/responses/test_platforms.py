"""Each platform's shape is read from a small file of ours: platform, kinds of questions, options, oddities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from surveykit.responses import Export, indicators, read_dates, read_export
from tests.responses.files import FIXTURES, pollfish_workbook, workbook


def read(name: str, **options: Any) -> Export:
    return read_export(FIXTURES / name, **options)


def kinds(export: Export) -> dict[str, str]:
    return dict(zip(export.questions["id"], export.questions["type"], strict=True))


SHAPES = {
    "qualtrics_three_rows.csv": (
        "qualtrics",
        {"X1": "single", "U1": "multi", "V4": "grid", "R9": "multi", "FS": "number"},
    ),
    "qualtrics_legacy.csv": ("qualtrics", {"X1": "number", "U1": "multi"}),
    "surveymonkey_two_rows.csv": (
        "surveymonkey",
        {
            "Do you export?": "single",
            "Which services do you use?": "multi",
            "What would help?": "text",
            "Rate each:": "grid",
            "Rank these:": "grid",
        },
    ),
    "surveymonkey_one_row.csv": ("surveymonkey", {"Do you export?": "single", "Household Income": "single"}),
    "surveymonkey_joined_headings.csv": (
        "surveymonkey",
        {
            "Do you celebrate?": "single",
            "What is the main dish?": "single",
            "Which sides? Please select all that apply.": "multi",
            "Will you watch? Please select all that apply.": "multi",
            "Rate": "grid",
            "Age": "single",
        },
    ),
    "ona_options_with_slashes.csv": (
        "ona",
        {
            "available_transportation_types_to_referral_facility": "multi",
            "Specify other.": "text",
            "Is ambulance available daily or weekly?": "text",
        },
    ),
    "limesurvey_code.csv": ("limesurvey", {"X1": "single", "U1": "multi", "V4": "grid"}),
    "limesurvey_code_and_text.csv": ("limesurvey", {"X1": "single", "U1": "multi"}),
    "limesurvey_text.csv": ("limesurvey", {"Exportieren Sie?": "single", "Welche Dienste?": "multi"}),
    "kobo_both.csv": ("kobo", {"firm/size": "single", "firm/services": "multi"}),
    "kobo_joined.csv": ("kobo", {"size": "single", "services": "multi"}),
    "odk_central.csv": ("odk", {"firm-size": "text", "firm-services": "text"}),
    "ona_numbered_repeats.csv": (
        "ona",
        {"size": "text", "suppliers/name": "loop", "suppliers/country": "loop", "tools": "multi"},
    ),
    "google_forms_ja.csv": (
        "google-forms",
        {
            "輸出していますか？": "single",
            "利用しているサービス（複数選択）": "multi",
            "評価": "grid",
            "ご意見": "text",
            "ご意見.1": "text",
        },
    ),
    "google_forms_es.tsv": ("google-forms", {"¿Con qué frecuencia?": "single", "¿Qué usa?": "multi"}),
    "surveygizmo.csv": ("surveygizmo", {"Do you export?": "single", "Which services?": "multi", "Best words": "multi"}),
    "redcap_raw.csv": (
        "redcap",
        {"record_id": "number", "name_last": "text", "exports": "number", "services": "multi"},
    ),
    "redcap_labels.csv": ("redcap", {"Record ID": "number", "Do you export?": "single", "Services": "multi"}),
    "plain.csv": ("csv", {"firm": "text", "size": "single", "revenue": "number"}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_platform_and_questions_are_recognised(name: str) -> None:
    export = read(name)
    assert (export.platform, kinds(export)) == SHAPES[name]


@pytest.mark.parametrize("name", SHAPES)
def test_the_large_file_path_reads_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small = read(name)
    monkeypatch.setattr("surveykit.responses.source.LARGE_FILE", 0)
    monkeypatch.setattr("surveykit.responses.cells._BLOCK_CELLS", 20)
    monkeypatch.setattr("surveykit.responses.cells._MOST_CATEGORIES", 3)
    monkeypatch.setattr("surveykit.responses.cells._TEXT_IN_MEMORY", 10)
    large = read(name)
    pd.testing.assert_frame_equal(large.frame.astype("str"), small.frame)
    pd.testing.assert_frame_equal(large.questions, small.questions)
    assert large.notes == small.notes


def test_the_raw_file_is_identified_and_untouched() -> None:
    before = (FIXTURES / "plain.csv").read_bytes()
    export = read("plain.csv")
    assert len(export.sha256) == 64
    assert (FIXTURES / "plain.csv").read_bytes() == before


def test_qualtrics_previews_are_counted_and_set_apart() -> None:
    export = read("qualtrics_three_rows.csv")
    assert (len(export.frame), export.preview_rows, export.test_rows) == (5, 1, 0)
    assert list(export.left_out["ResponseId"]) == ["R_a3"]
    assert len(read("qualtrics_three_rows.csv", keep_preview=True).frame) == 6
    assert export.time_zone == "Asia/Tokyo"
    legacy = read("qualtrics_legacy.csv")
    assert (len(legacy.frame), legacy.preview_rows, legacy.test_rows) == (1, 1, 1)


def test_qualtrics_options_come_from_the_texts_and_other_is_a_text() -> None:
    question = read("qualtrics_three_rows.csv").question("QID2")
    assert question.options == ["Cloud storage", "Video calls", "Other (please specify)"]
    assert question.codes == ["1", "2", "97"]
    assert question.other == ["U1_97_TEXT"]


def test_qualtrics_without_its_second_and_third_row(tmp_path: Path) -> None:
    lines = (FIXTURES / "qualtrics_three_rows.csv").read_bytes().split(b"\r\n")
    file = tmp_path / "cut.csv"
    file.write_bytes(b"\r\n".join([lines[0], *lines[3:]]))
    export = read_export(file)
    assert (export.platform, len(export.frame), kinds(export)["U1"]) == ("qualtrics", 5, "multi")
    assert any("missing" in note for note in export.notes)


def test_a_comma_joined_question_keeps_options_that_hold_a_comma() -> None:
    ticks = indicators(read("qualtrics_three_rows.csv"), "R9")
    assert {name: int(ticks[name].sum()) for name in ticks} == {"Cheaper": 3, "Better, safer": 3}
    known = indicators(read("qualtrics_three_rows.csv"), "R9", options=["Cheaper", "Better, safer", "Never"])
    assert int(known["Never"].sum()) == 0


def test_who_ticked_nothing_is_missing_and_not_no() -> None:
    ticks = indicators(read("surveymonkey_two_rows.csv"), "Which services do you use?")
    assert ticks.isna().all(axis=1).tolist() == [False, False, True, False]
    kobo = indicators(read("kobo_both.csv"), "firm/services")
    assert kobo.isna().all(axis=1).tolist() == [False, False, True]


def test_bare_carriage_returns_and_odd_bytes() -> None:
    export = read("surveymonkey_two_rows.csv")
    assert (len(export.frame), export.encoding, export.header_rows) == (4, "cp1252", 2)
    assert export.frame.iloc[0]["What would help? "] == "Café"


def test_headings_that_join_question_and_option() -> None:
    export = read("surveymonkey_joined_headings.csv")
    sides = export.question("Which sides? Please select all that apply.")
    assert sides.options == ["Carrots", "Corn", "Other (please specify)"]
    assert sides.other == ["Which sides? Please select all that apply. - Other (please specify).1"]
    assert export.question("What is the main dish?").other == ["What is the main dish? - Other (please specify)"]


def test_options_whose_wording_holds_the_group_separator() -> None:
    question = read("ona_options_with_slashes.csv").question("available_transportation_types_to_referral_facility")
    assert {"boat/canoe", "donkey/mule/cart"} <= set(question.options)


def test_limesurvey_states_and_missing_words() -> None:
    export = read("limesurvey_text.csv")
    assert export.missing_codes == ("N/A",)
    assert any(note.startswith("1 of 3 rows have no submission date") for note in export.notes)
    assert read("limesurvey_code.csv").delimiter == ";"
    assert read("limesurvey_code.csv").encoding == "utf-8-sig"


def test_numbered_repeats_become_a_roster() -> None:
    roster = read("ona_numbered_repeats.csv").rosters["suppliers"]
    assert roster.frame.fillna("").values.tolist() == [
        ["1", "1", "Alpha", "USA"],
        ["1", "2", "Beta", "JPN"],
        ["2", "1", "Gamma", ""],
    ]


def test_rosters_in_files_of_their_own() -> None:
    export = read("odk_central.csv", rosters={"suppliers": FIXTURES / "odk_central_suppliers.csv"})
    roster = export.rosters["suppliers"]
    assert set(roster.frame[roster.key]) <= set(export.frame[roster.parent_key])


def test_rosters_in_sheets(tmp_path: Path) -> None:
    main: list[list[object]] = [
        ["size", "_id", "_uuid", "_submission_time", "_index"],
        ["small", 7, "u1", "2026-07-05", 1],
    ]
    members: list[list[object]] = [
        ["name", "_index", "_parent_table_name", "_parent_index"],
        ["Alpha", 1, "main", 1],
        ["Beta", 2, "main", 1],
    ]
    export = read_export(workbook(tmp_path / "k.xlsx", {"main": main, "suppliers": members}))
    assert export.platform == "kobo"
    assert (export.rosters["suppliers"].parent, len(export.rosters["suppliers"].frame)) == ("main", 2)


def test_google_forms_in_japanese_and_spanish() -> None:
    export = read("google_forms_ja.csv")
    assert export.metadata == ("タイムスタンプ", "メールアドレス")
    assert dict(export.personal) == {"メールアドレス": "e-mail address"}
    stamps = read_dates(export.frame["タイムスタンプ"])
    assert stamps.order == "ymd"
    assert stamps.values.iloc[1] == pd.Timestamp("2026-07-05 15:10")
    spanish = read("google_forms_es.tsv")
    assert spanish.metadata == ("Marca temporal", "Puntuación")
    assert spanish.question("¿Con qué frecuencia?").options == ["A veces, pocas", "Siempre"]
    assert read_dates(spanish.frame["Marca temporal"]).order == "dmy"


def test_google_forms_as_a_sheet_equals_its_csv(tmp_path: Path) -> None:
    csv = read("google_forms_es.tsv")
    rows: list[list[object]] = [list(csv.columns["header"]), *csv.frame.fillna("").values.tolist()]
    sheet = read_export(workbook(tmp_path / "forms.xlsx", {"Respuestas": rows}))
    assert sheet.platform == "google-forms"
    pd.testing.assert_frame_equal(sheet.frame, csv.frame)
    pd.testing.assert_frame_equal(sheet.questions, csv.questions)


def test_redcap_negative_codes_and_records() -> None:
    export = read("redcap_raw.csv")
    assert export.question("services").codes == ["1", "2", "-98"]
    assert any("2 records" in note for note in export.notes)


def test_pollfish(tmp_path: Path) -> None:
    export = read_export(pollfish_workbook(tmp_path / "p.xlsx"))
    assert export.platform == "pollfish"
    assert export.question("Q1").options == ["Yes", "No"]
    assert export.question("Q2").options == ["Cloud, hosted", "Video"]
    assert indicators(export, "Q2")["Cloud, hosted"].sum() == 4
    assert list(export.frame["Income"])[:2] == ["lower_i", "prefer_not_to_say"]
    assert dict(export.value_labels["Q1"]) == {"1": "Yes", "2": "No"}
    assert any("not used as a survey weight" in note for note in export.notes)


def test_questions_and_columns_are_frames_with_the_promised_fields() -> None:
    export = read("qualtrics_three_rows.csv")
    assert {"id", "text", "type", "options", "columns"} <= set(export.questions.columns)
    assert list(export.columns.columns) == ["name", "header", "label", "import_id", "role", "question", "personal"]
    assert list(export.columns["name"]) == list(export.frame.columns)


def test_the_summary_holds_no_answers() -> None:
    export = read("qualtrics_three_rows.csv")
    text = f"{export} {export!r}"
    assert "192.0.2" not in text
    assert "R_a1" not in text
    assert "IPAddress (IP address)" in str(export)
