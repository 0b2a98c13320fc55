"""Banner tables in every format: spanning headings, letters, bases, statistics below, and labels of strangers."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from rich.cells import cell_len

from surveykit.errors import PublishingError
from surveykit.estimation.tabulation import banner_tables, topline
from surveykit.publishing import TableStyle, present, render, save
from surveykit.results import Table, TableBook
from surveykit.survey import Survey
from tests.publishing import records

GOLDEN = Path(__file__).parent / "golden"
SUFFIX = {"terminal": "txt", "html": "html", "latex": "tex", "markdown": "md", "csv": "csv"}
TEXT = (*SUFFIX, "notebook")
NETS = {"view": {"Agree or rather agree": ["rather agree", "agree"]}}


@cache
def firms() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    count = 600
    size = rng.choice(["small", "medium", "large"], count, p=[0.65, 0.3, 0.05])
    frame = pd.DataFrame(
        {
            "size": pd.Categorical(size, ["small", "medium", "large"], ordered=True),
            "exporter": rng.choice(["no", "yes"], count),
            "cloud": rng.random(count) < 0.3 + 0.3 * (size == "medium"),
            "ads": rng.random(count) < 0.15,
            "sales": rng.gamma(2.0, 3.0, count).round(2),
            "w": rng.uniform(1.0, 5.0, count).round(2),
        }
    )
    levels = ["disagree", "rather disagree", "rather agree", "agree"]
    frame["view"] = pd.Categorical(rng.choice(levels, count, p=[0.05, 0.35, 0.35, 0.25]), levels, ordered=True)
    return frame


@cache
def book() -> TableBook:
    survey = Survey(firms(), weights="w")
    questions = ["view", {"services": ["cloud", "ads"]}, "sales"]
    across = ["size", "exporter > size", {"uses": ["cloud", "ads"]}]
    return banner_tables(survey, questions, by=across, nets=NETS, percent="both")


@cache
def weighed() -> Table:
    sets = {"Firms": "w", "Unweighted": None}
    return banner_tables(
        Survey(firms(), weights="w"), ["view"], by=["size"], weights=sets, nets=NETS, compare_total=True
    )["view"]


@pytest.mark.parametrize("kind", list(SUFFIX))
def test_golden(kind: str) -> None:
    made = render(weighed(), kind, title="Views", number="Table 2", statistics=("n",), show="estimate")  # type: ignore[call-overload]
    assert made == (GOLDEN / f"banner.{SUFFIX[kind]}").read_text(encoding="utf-8")


def test_the_terminal_never_cuts_a_number() -> None:
    for width in (40, 80, 120):
        made = render(book()["services"], width=width, minimum_base=0)
        for line in present(book()["services"], TableStyle(minimum_base=0)).blocks[0].lines:
            for cell in line.cells:
                assert cell.full in made
        # Labels and numbers keep to the width; only a column that is wider alone may pass it.
        assert max(cell_len(line) for line in made.splitlines()) <= max(width, 60)


def test_columns_stand_below_everything_that_they_are_part_of() -> None:
    shown = present(book()["view"], TableStyle())
    assert shown.depth == 3
    assert [column.path for column in shown.columns][:2] == [(), ("size",)]
    assert shown.columns[4].path == ("exporter", "no", "size")
    spans = shown.spans()
    assert spans[0] == [("", 1), ("size", 3), ("exporter", 6), ("uses", 2)]
    assert spans[1] == [("", 4), ("no", 3), ("yes", 3), ("", 2)]
    for line in spans:
        assert sum(count for _, count in line) == len(shown.columns)
    html = render(book()["view"], "html")
    assert html.count('scope="colgroup" colspan="6">exporter') == 1
    assert len(re.findall(r'<th scope="col"', html)) == len(shown.columns) + 1


def test_letters_name_columns_from_left_to_right() -> None:
    shown = present(book()["view"], TableStyle())
    assert "".join(column.letter for column in shown.columns) == "ABCDEFGHIJK"
    assert shown.columns[0].letter == ""
    assert weighed().columns[0].letter == "T"


def test_both_bases_and_the_effective_size_stand_below() -> None:
    lines = {line.text: line for line in present(weighed(), TableStyle()).blocks[0].lines if line.kind == "base"}
    assert list(lines) == ["n", "Weighted n", "Effective n"]
    assert [cell.value for cell in lines["n"].cells] == weighed().base_n[0, 0].tolist()
    assert [cell.value for cell in lines["Weighted n"].cells] == weighed().base_weighted_n[0, 0].tolist()
    effective = [cell.value for cell in lines["Effective n"].cells]
    np.testing.assert_allclose(effective, weighed().effective_n[0, 0], atol=1e-6)


def test_small_columns_are_withheld_with_all_that_stands_below() -> None:
    style = TableStyle(statistics=("n", "se", "weighted_n", "effective_n", "cv"))
    shown = present(book()["view"], style)
    small = [place for place, size in enumerate(book()["view"].base_n[0, 0]) if size < 30]
    assert small
    for line in shown.blocks[0].lines:
        if line.kind != "base":
            assert all(line.cells[place].text == ".." for place in small)
            assert all(line.cells[place].value is None for place in small)
    rows = list(csv.DictReader(io.StringIO(render(book()["view"], "csv"))))
    hidden = [row for row in rows if row["standing"] == "suppressed"]
    assert hidden
    assert all(row["estimate"] == row["se"] == row["low"] == row["high"] == "" for row in hidden)


def test_statistics_below_are_those_of_the_table() -> None:
    table = book()["view"]
    lines = present(table, TableStyle(statistics=("se", "n"), minimum_base=0)).blocks[0].lines
    assert [line.text for line in lines[:3]] == ["disagree", "SE", "n"]
    assert [cell.value for cell in lines[1].cells] == table.se[0, 0].tolist()
    assert [cell.value for cell in lines[2].cells] == table.n[0, 0].tolist()
    with pytest.raises(PublishingError, match="is no statistic"):
        render(table, statistics=("median",))


def test_uncertain_numbers_are_marked_and_the_mark_is_explained() -> None:
    table = book()["view"]
    lines = present(table, TableStyle(minimum_base=0)).blocks[0].lines
    for row, line in enumerate(lines[: len(table.rows)]):
        for column, cell in enumerate(line.cells):
            estimate, se = table.estimate[0, row, column], table.se[0, row, column]
            assert ("†" in cell.mark) == bool(estimate > 0 and se > 0.33 * estimate)
    assert "† standard error above 33%" in render(table, "markdown")
    assert "†" not in render(table, "markdown", maximum_cv=None)
    assert r"\tnote{$\dagger$}" in render(table, "latex", minimum_base=0)


def test_boxes_are_percent_of_respondents_and_of_responses() -> None:
    shown = present(book()["services"], TableStyle())
    groups = [line.group for line in shown.blocks[0].lines if line.kind in ("level", "response")]
    assert groups == ["Percent of respondents"] * 2 + ["Percent of responses"] * 2
    table = topline(Survey(firms()), [{"services": ["cloud", "ads"]}])["services"]
    assert [column.text for column in present(table, TableStyle()).columns] == [
        "Percent of respondents",
        "Percent of responses",
    ]
    japanese = render(table, lang="ja")
    assert "回答総数に占める割合" in japanese
    assert "1 社当たり回答数" in japanese


def test_means_have_their_own_statistic_in_data() -> None:
    rows = list(csv.DictReader(io.StringIO(render(book()["sales"], "csv"))))
    assert {row["statistic"] for row in rows} == {"mean", "median"}
    both = list(csv.DictReader(io.StringIO(render(weighed(), "csv"))))
    assert {row["weight"] for row in both} == {"w", "unweighted"}
    assert {row["column_above"] for row in both} == {"Firms", "Unweighted"}


def test_workbooks_hold_numbers_below_merged_headings(tmp_path: Path) -> None:
    workbook = load_workbook(save(book(), tmp_path / "tabs.xlsx", minimum_base=0))
    assert workbook.sheetnames == ["Index", "view", "services", "sales"]
    sheet = workbook["view"]
    assert sheet.freeze_panes == "B10"
    numbers = {cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)}
    table = book()["view"]
    assert set(table.estimate.ravel().tolist()) <= numbers
    assert set(table.se.ravel().tolist()) <= numbers
    assert set(table.base_n.ravel().tolist()) <= numbers
    merged = {sheet.cell(one.min_row, one.min_col).value for one in sheet.merged_cells.ranges}
    assert {"size", "exporter", "no", "yes", "uses"} <= merged
    letters = [mark for mark in table.facts["letters"].ravel().tolist() if mark]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert sorted(mark for mark in texts if mark in letters) == sorted(letters)
    assert not any(cell.data_type == "f" for one in workbook for row in one.iter_rows() for cell in row)


def test_a_book_is_one_file_of_any_format(tmp_path: Path) -> None:
    for suffix in (".txt", ".html", ".tex", ".md", ".csv", ".xlsx"):
        assert save(book(), tmp_path / f"tabs{suffix}").stat().st_size > 1000
    rows = list(csv.DictReader(io.StringIO((tmp_path / "tabs.csv").read_text(encoding="utf-8"))))
    assert list(dict.fromkeys(row["question"] for row in rows)) == ["view", "services", "sales"]
    assert sum(1 for _ in rows) == sum(table.estimate.size for table in book().values())
    assert render(book(), "xlsx") == render(book(), "xlsx")
    with pytest.raises(PublishingError, match="no table"):
        render(TableBook({}))


def test_wide_banners_in_japanese_keep_their_columns_in_line() -> None:
    survey = Survey(records.firms("ja"), weights="w")
    table = banner_tables(survey, ["answer"], by=["sector", "size"])["answer"]
    assert table.shape[2] == 16
    made = render(table, lang="ja", width=100, title="回答")
    panels = made.split("\n\n")
    assert len(panels) > 1
    for panel in panels:
        rules = [line for line in panel.splitlines() if set(line) == {"─"}]
        assert len(rules) == 1
        body = panel.split(rules[0], 1)[1].splitlines()[1:]
        numbers = [line for line in body if re.search(r"\d+\.\d \(\d", line)]
        assert numbers
        assert {cell_len(line) for line in numbers} == {cell_len(rules[0])}


def hostile() -> TableBook:
    names = records.HOSTILE
    count = 60 * len(names)
    label = np.repeat(names, 60)
    frame = pd.DataFrame({"label": label, "answer": ["<b>yes</b>", "=no()"] * (count // 2), "w": 1.0})
    frame["one"] = np.arange(count) % 3 == 0
    frame["two"] = np.arange(count) % 2 == 0
    frame["@SUM(q)"] = frame["answer"]
    survey = Survey(frame, weights="w")
    made = banner_tables(
        survey,
        ["answer", {names[7]: ["one", "two"]}, "@SUM(q)"],
        by=["label", ["answer", "@SUM(q)"], {names[0]: ["one", "two"]}],
        weights={names[2]: "w", names[9]: None},
        nets={"answer": {names[3]: ["=no()"]}, names[7]: {names[8]: ["one"]}},
        percent="both",
    )
    return TableBook(dict(made), {names[0]: names[1]})


@pytest.mark.parametrize("kind", TEXT)
def test_no_control_characters_leave(kind: str) -> None:
    made = render(hostile(), kind)  # type: ignore[call-overload]
    hidden = [one for one in made if unicodedata.category(one) in ("Cc", "Cf", "Cs") and one != "\n"]
    assert hidden == []


def test_labels_of_strangers_are_no_markup() -> None:
    html = render(hostile(), "html")
    assert set(re.findall(r"<([a-z]+)", html)) <= {
        "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "sup", "p", "strong",
    }  # fmt: skip
    assert "&lt;script&gt;" in html
    latex = render(hostile(), "latex")
    assert r"\input" not in latex
    assert r"\write" not in latex
    assert r"\textbackslash{}input" in latex
    markdown = render(hostile(), "markdown")
    assert "<script" not in markdown
    assert "](javascript" not in markdown.replace(r"\]", "")


def test_labels_of_strangers_are_no_formulas(tmp_path: Path) -> None:
    for row in csv.reader(io.StringIO(render(hostile(), "csv"))):
        for field in row:
            number = re.fullmatch(r"-?\d[\d.e+-]*", field)
            assert number or not re.match(r"\s*[=+\-@]", field), field
    workbook = load_workbook(save(hostile(), tmp_path / "hostile.xlsx"))
    for sheet in workbook:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not (isinstance(cell.value, str) and re.match(r"\s*[=+\-@]", cell.value)), cell.value


def test_the_columns_of_latex_are_as_many_as_it_says() -> None:
    for table in book().values():
        made = render(table, "latex", minimum_base=0)
        wanted = len(re.search(r"\\begin\{tabular\}\{(\w+)\}", made)[1])  # type: ignore[index]
        body = made[made.index(r"\toprule") : made.index(r"\bottomrule")]
        for line in body.splitlines():
            if not line.endswith(r"\\"):
                continue
            spans = [int(one) for one in re.findall(r"\\multicolumn\{(\d+)\}", line)]
            cells = line.replace(r"\&", "").count("&") + 1
            assert cells - len(spans) + sum(spans) == wanted, line
            assert list(accumulate(spans))[-1:] <= [wanted]
