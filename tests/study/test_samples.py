"""Several samples in one study, tables of items, columns set side by side, arithmetic on numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import StudyError
from surveykit.study import build
from surveykit.study.loading import read_study
from surveykit.study.records import Workshop
from tests.study.studies import firms, small_study, store

STUDY = """\
study: several
title: {en: Two samples, ja: 二つの標本}
languages: [en, ja]
data: {file: firms.csv, synthetic: true}
derived:
  - id: kind
    value: "'big' if staff > 100 else 'small'"
    label: {en: Kind, ja: 種類}
    levels: {big: {en: Big, ja: 大}, small: {en: Small, ja: 小}}
samples:
  - id: others
    title: {en: Other firms, ja: 他の企業}
    data: {file: others.csv, synthetic: true}
    weights: {column: weight}
tables:
  - {id: kinds, title: {en: Kinds, ja: 種類}, crosstab: kind ~ exporter, percent: column}
  - id: answers
    title: {en: Answers, ja: 回答}
    sample: others
    grid: [q_1, q_2]
    labels: {q_1: {en: First, ja: 一}, q_2: Second}
  - id: conditions
    title: {en: Conditions, ja: 条件}
    sample: others
    items:
      over: ["1", "2"]
      words: q_{item}
      columns:
        - {id: agree, when: "q_{item} == 'yes'", label: {en: Agree, ja: 賛成}}
        - id: large_agree
          when: "q_{item} == 'yes'"
          among: "size_{item} == 'large'"
          label: {en: Agree among the large, ja: 大企業の賛成}
  - {id: staff, title: Staff, mean: [staff], by: [size]}
  - {id: printed, title: Printed, published: printed.csv, rows: size, value: staff}
  - id: both
    title: {en: Surveyed and printed, ja: 調査値と公表値}
    unit: persons
    beside:
      - {of: staff, label: {en: Surveyed, ja: 調査}}
      - {of: printed, label: {en: Printed, ja: 公表}, rows: {L: large, S: small}}
figures:
  - {id: figure_both, kind: dots, of: both, title: {en: Staff, ja: 従業者数}}
  - {id: figure_answers, kind: stacked, of: answers, title: {en: Answers, ja: 回答}}
numbers:
  agree: {of: conditions, row: "1", column: agree, format: percent1}
  disagree: {compute: 100 - agree, format: percent1}
  items: {of: conditions, fact: rows, format: whole}
listings:
  - id: books
    title: {en: Books, ja: 文献}
    columns: [Who, {en: What, ja: 内容}]
    lines: [[Smith, {en: Wealth, ja: 富}]]
texts:
  - {text: {en: "{agree} agree, {disagree} do not, of {items} items.", ja: "{agree}、{disagree}、{items}"}}
"""


def others() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 200
    size = rng.choice(["small", "large"], n)
    answers = {
        f"q_{item}": rng.choice(np.array(["yes", "no", None], dtype=object), n, p=[0.5, 0.4, 0.1]) for item in (1, 2)
    }
    return pd.DataFrame({**answers, "size_1": size, "size_2": size, "weight": rng.uniform(1, 5, n).round(3)})


def study(folder: Path, text: str = STUDY) -> Path:
    made = small_study(folder, text)
    others().to_csv(made / "others.csv", index=False)
    (made / "printed.csv").write_text("size,staff\nL,812\nS,9\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = study(tmp_path_factory.mktemp("several") / "several")
    outcome = build(folder, store=store(folder.parent))
    assert outcome.failed == {}
    return folder


def test_each_sample_has_its_own_rows_weights_and_methods(built: Path) -> None:
    manifest = json.loads((built / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert {"firms.csv", "others.csv"} <= set(manifest["inputs"])
    page = (built / "out" / "index.html").read_text(encoding="utf-8")
    assert "Methods: Other firms" in page
    assert "調査方法:他の企業" in page


def test_a_grid_has_the_cells_of_one_way_tables(built: Path) -> None:
    table = pd.read_csv(built / "out" / "tables" / "answers.csv")
    survey = sk.Survey(others(), weights="weight")
    for item in ("q_1", "q_2"):
        one = sk.crosstab(survey, item, percent="total").cell("yes")
        found = table[(table["row"] == item) & (table["column"] == "yes")].iloc[0]
        np.testing.assert_array_equal(found[["estimate", "se", "base_n"]], [one["estimate"], one["se"], one["base_n"]])


def test_conditions_are_shares_of_their_own_domain(built: Path) -> None:
    table = pd.read_csv(built / "out" / "tables" / "conditions.csv")
    survey = sk.Survey(others(), weights="weight").where("size_2 == 'large'")
    one = sk.crosstab(survey, "q_2 == 'yes'", percent="total").cell(True)
    found = table[(table["row"].astype(str) == "2") & (table["column"] == "large_agree")].iloc[0]
    np.testing.assert_array_equal(found[["estimate", "se", "base_n"]], [one["estimate"], one["se"], one["base_n"]])


def test_columns_side_by_side_keep_base_and_interval(built: Path) -> None:
    table = Workshop(read_study(built)).record("both")
    assert isinstance(table, sk.results.Table)
    means = sk.mean(sk.Survey(firms()), "staff", by="size")
    place = list(means.labels["size"]).index("large")
    surveyed, printed = table.cell("large", "0"), table.cell("large", "1")
    assert (surveyed["estimate"], surveyed["low"]) == (means.estimate[place], means.low[place])
    assert (printed["estimate"], printed["base_n"], printed["published"]) == (812, 0, True)
    assert [one.level for one in table.rows] == ["large", "small"]
    drawn = pd.read_csv(built / "out" / "figures" / "figure_both.csv", comment="#")
    assert drawn["value"].notna().all()


def test_words_stand_in_both_languages_and_arithmetic_in_the_text(built: Path) -> None:
    page = (built / "out" / "index.html").read_text(encoding="utf-8")
    for words in ("Agree among the large", "大企業の賛成", "Surveyed", "公表", "Wealth", "富"):
        assert words in page
    share = (
        100 * sk.crosstab(sk.Survey(others(), weights="weight"), "q_1 == 'yes'", percent="total").cell(True)["estimate"]
    )
    assert f"{100 - share:.1f} %" in page


def test_published_cells_stand_beside_sampled_ones_without_a_base(built: Path) -> None:
    text = (built / "out" / "tables" / "both.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" *"): line for line in text.splitlines() if line.startswith("|")}
    assert rows["n"].rstrip(" |").endswith("-")
    sizes = firms()["size"].value_counts()
    assert f"n = {min(sizes['large'], sizes['small'])}–{max(sizes['large'], sizes['small'])}" in text
    assert "n = 0" not in text


def test_a_figure_may_carry_the_number_of_a_paper(tmp_path: Path) -> None:
    folder = study(
        tmp_path / "several", STUDY.replace("{id: figure_both, kind", "{id: figure_both, number: II-1-2-5, kind")
    )
    outcome = build(folder, store=store(tmp_path))
    assert "Figure II-1-2-5. Staff" in (outcome.folder / "index.html").read_text(encoding="utf-8")


def test_a_file_that_an_output_does_not_read_leaves_it_as_it_was(tmp_path: Path) -> None:
    folder = study(tmp_path / "several")
    build(folder, store=store(tmp_path))
    with (folder / "others.csv").open("a", encoding="utf-8") as file:
        file.write("yes,yes,small,small,2.0\n")
    made = build(folder, store=store(tmp_path)).made
    assert {"answers", "conditions", "figure_answers", "methods"} == set(made)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sample: others\n    grid", "sample: theirs\n    grid", "sample 'theirs', which is not in 'samples'"),
        ("{of: staff, label", "{of: later, label", "'later', which is no table before it"),
        ("compute: 100 - agree", "compute: 100 - items", "'items', which is no named number before it"),
        ("lines: [[Smith,", "lines: [[Smith, X,", "has 3 cells, and there are 2 columns"),
        ("disagree: {compute: 100 - agree,", "disagree: {", "needs either 'of' or 'compute'"),
        ("{id: figure_answers, kind", "{id: figure_answers, number: '1', kind", "are both number 1"),
    ],
)
def test_contradictions_are_told_with_their_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in STUDY
    folder = study(tmp_path / "several", STUDY.replace(old, new))
    with pytest.raises(StudyError, match=message):
        build(folder, store=store(tmp_path))
