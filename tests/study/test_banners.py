"""Banner tables and toplines of a study: one block of the page, in every language, under several sets of weights."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

import surveykit as sk
from surveykit.errors import StudyError
from surveykit.responses.simulation import as_asked
from surveykit.study import build
from tests.study.studies import firms, small_study, store

ROOT = Path(__file__).resolve().parents[2]
STUDY = """\
study: tabs
title: {en: Tabs, ja: 集計}
languages: [en, ja]
data: {file: firms.csv, synthetic: true}
weights:
  firms: {column: weight, name: {en: Firms, ja: 企業}}
derived:
  - {id: large, value: staff > 100, label: {en: Large firm, ja: 大企業}}
tables:
  - id: tabs
    title: {en: Everything by size, ja: 規模別}
    banner: [size, "large > exporter"]
    questions: [exporter, sales, {Both: [large, staff > 500]}]
    nets: {exporter: {Any: ["yes", "no"]}}
    labels: {Any: {en: Any answer, ja: 回答あり}}
    boxes: both
    weights: [firms, none]
    statistics: [n]
    minimum_base: 0
    show: estimate
  - {id: top, title: Topline, topline: [size, sales], weights: firms}
"""


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / "out" / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_banner_is_one_block_one_workbook_and_one_csv(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "tabs", STUDY)
    outcome = build(folder, store=store(tmp_path))
    assert outcome.failed == {}
    found = rows(folder, "tabs")
    assert list(dict.fromkeys(row["question"] for row in found)) == ["exporter", "sales", "Both"]
    workbook = load_workbook(folder / "out" / "tables" / "tabs.xlsx")
    assert workbook.sheetnames == ["Index", "exporter", "sales", "Both"]
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    for text in ("Any answer", "回答あり", "Large firm", "大企業", "企業", "ウエイトなし", "回答総数に占める割合"):
        assert text in page
    assert page.count("SYNTHETIC DATA") >= 3


def test_its_cells_are_those_of_the_verbs_under_each_set_of_weights(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "tabs", STUDY)
    build(folder, store=store(tmp_path))
    found = rows(folder, "tabs")
    frame = firms().assign(large=firms()["staff"] > 100)
    for weight in ("weight", None):
        survey = sk.Survey(frame, weights=weight)
        expected = sk.crosstab(survey, "exporter ~ size", percent="column").to_frame()
        for level in ("yes", "no"):
            for size in ("small", "medium", "large"):
                (own,) = [
                    row
                    for row in found
                    if (row["question"], row["row"], row["column_variable"], row["column"], row["column_above"])
                    == ("exporter", level, "size", size, "firms" if weight else "none")
                ]
                (cell,) = expected[(expected["row"] == level) & (expected["column"] == size)].to_dict("records")
                for fact in ("estimate", "se", "low", "high", "base_n", "base_weighted_n", "effective_n"):
                    np.testing.assert_allclose(float(own[fact]), cell[fact], rtol=1e-9)


def test_it_is_the_same_to_the_byte_again(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "tabs", STUDY)
    build(folder, store=store(tmp_path))
    first = {path.name: path.read_bytes() for path in (folder / "out" / "tables").iterdir()}
    build(folder, store=store(tmp_path / "other"))
    assert first == {path.name: path.read_bytes() for path in (folder / "out" / "tables").iterdir()}


def test_an_instrument_words_its_banners_in_both_languages(tmp_path: Path) -> None:
    instrument = sk.read_instrument(ROOT / "instruments" / "digital_services_firm.yaml")
    folder = tmp_path / "worded"
    folder.mkdir()
    as_asked(sk.simulate(instrument, None, 300, 1)).to_csv(folder / "SYNTHETIC_a.csv", index=False)
    (folder / "instrument.yaml").write_text(
        (ROOT / "instruments" / "digital_services_firm.yaml").read_text("utf-8"), "utf-8"
    )
    text = (
        "study: worded\ntitle: Worded\nlanguages: [ja, en]\ninstrument: instrument.yaml\n"
        "responses: {file: SYNTHETIC_a.csv, synthetic: true}\ndesign: {selection: opt-in}\n"
        "tables:\n  - {id: tabs, banner: [size4, U1], questions: [V1, U1]}\n  - {id: top, topline: [V1, U1, FS1]}\n"
    )
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    outcome = build(folder, store=store(tmp_path))
    assert outcome.failed == {}
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    for one in (
        "クラウドストレージ・バックアップ",
        "Cloud storage, backup",
        "上位 2 区分",
        "Top two",
        "平均は階級の中央の値による",
    ):
        assert one in page
    japanese = load_workbook(folder / "out" / "tables" / "tabs.xlsx")["V1"]
    shown = [cell.value for row in japanese.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert not [text for text in shown if "valuable" in text]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{id: a, banner: [size], crosstab: size ~ exporter}", "exactly one of"),
        ("{id: a, topline: true, questions: [size]}", "names its questions itself"),
        ("{id: a, banner: [size], adjust: tukey}", "adjust"),
        ("{id: a, banner: [size]}\nfigures:\n  - {id: f, kind: stacked, of: a}", "which is no table or model"),
    ],
)
def test_what_contradicts_is_refused_with_its_line(line: str, message: str, tmp_path: Path) -> None:
    text = "study: wrong\ntitle: Wrong\ndata: {file: firms.csv, synthetic: true}\ntables:\n  - " + line + "\n"
    with pytest.raises(StudyError, match=message):
        build(small_study(tmp_path / "wrong", text), store=store(tmp_path))


def test_a_question_that_is_not_there_fails_alone(tmp_path: Path) -> None:
    text = STUDY + "  - {id: lost, banner: [size], questions: [exprter]}\n"
    outcome = build(small_study(tmp_path / "tabs", text), store=store(tmp_path))
    assert list(outcome.failed) == ["lost"]
    assert "Did you mean 'exporter'" in outcome.failed["lost"]


def test_labels_of_strangers_are_inert_on_the_page(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    script = "<script>alert('x')</script>"
    pd.DataFrame({"size": [script, "=1+1"] * 60, "q": [script, "\x1b[31m=no()"] * 60}).to_csv(
        folder / "firms.csv", index=False
    )
    text = "study: hostile\ntitle: Hostile\ndata: {file: firms.csv, synthetic: true}\ntables:\n"
    (folder / "study.yaml").write_text(text + "  - {id: tabs, banner: [size], questions: [q]}\n", encoding="utf-8")
    assert build(folder, store=store(tmp_path)).failed == {}
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    assert script not in page
    assert "&lt;script&gt;alert" in page
    assert "\x1b" not in page
