"""Rendered tables: what they say agrees with the record, carries its bases, and stays as it was looked at (golden)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import PublishingError
from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.publishing import TableStyle, present, published, render, save
from surveykit.publishing.numbers import round_to_total
from surveykit.results import Table
from surveykit.survey import Survey
from tests.publishing import records

GOLDEN = Path(__file__).parent / "golden"
SUFFIX = {"terminal": "txt", "html": "html", "latex": "tex", "markdown": "md", "csv": "csv"}


@pytest.fixture
def table() -> Table:
    frame = pd.DataFrame(
        {
            "size": pd.Categorical(["small"] * 90 + ["large"] * 70 + ["huge"] * 20, ["small", "large", "huge"]),
            "exporter": (["yes"] * 30 + ["no"] * 60) + (["yes"] * 45 + ["no"] * 25) + (["yes"] * 12 + ["no"] * 8),
            "w": [1.0, 2.0, 3.0] * 60,
        }
    )
    made = crosstab(Survey(frame, weights="w"), "exporter ~ size", percent="column")
    return made.annotate(base="all firms", source="Example survey", definition="exports of goods or services").letters()


@pytest.mark.parametrize("kind", list(SUFFIX))
def test_golden(table: Table, kind: str) -> None:
    made = render(table, kind, title="Who exports", number="Table 1", year="2024")  # type: ignore[call-overload]
    assert made == (GOLDEN / f"table.{SUFFIX[kind]}").read_text(encoding="utf-8")


def test_japanese_golden(table: Table) -> None:
    made = render(table, "terminal", lang="ja", title="輸出企業", show="interval", rounding="total", decimals=0)
    assert made == (GOLDEN / "table_ja.txt").read_text(encoding="utf-8")


def test_printed_shares_are_those_of_the_record(table: Table) -> None:
    shown = present(table, TableStyle(minimum_base=0))
    for row, line in enumerate(shown.blocks[0].lines[: len(table.rows)]):
        for column, cell in enumerate(line.cells):
            assert cell.value == table.estimate[0, row, column]
            assert cell.text == f"{100 * table.estimate[0, row, column]:.1f}"


def test_small_bases_are_withheld_everywhere_and_marked_below_fifty(table: Table) -> None:
    shown = present(table, TableStyle())
    huge = [line.cells[2] for line in shown.blocks[0].lines if line.kind != "base"]
    assert [cell.text for cell in huge] == [".."] * 3
    assert all(cell.value is None and cell.se is None and not cell.letters for cell in huge)
    rows = list(csv.DictReader(io.StringIO(render(table, "csv"))))
    withheld = [row for row in rows if row["column"] == "huge"]
    assert {row["standing"] for row in withheld} == {"suppressed"}
    assert all(row["estimate"] == row["se"] == row["low"] == row["high"] == "" for row in withheld)
    flagged = present(table, TableStyle(flag_base=80)).blocks[0].lines[0].cells[1]
    assert (flagged.mark, flagged.value) == ("*", table.estimate[0, 0, 1])
    everything = present(table, TableStyle(minimum_base=0, flag_base=0)).blocks[0].lines[0].cells[2]
    assert everything.value == table.estimate[0, 0, 2]


def test_both_bases_stand_in_every_percentage_table(table: Table) -> None:
    lines = {line.text: line for line in present(table, TableStyle()).blocks[0].lines}
    assert [cell.text for cell in lines["n"].cells] == ["90", "70", "20", "180"]
    assert [cell.value for cell in lines["Weighted n"].cells] == table.base_weighted_n[0, 0].tolist()
    by_row = crosstab(records.survey(), "size ~ exporter", percent="row")
    shown = present(by_row, TableStyle())
    assert [column.text for column in shown.columns] == ["no", "yes", "Total", "n", "Weighted n"]
    whole = present(crosstab(records.survey(), "size ~ exporter", percent="total"), TableStyle())
    assert [line.text for line in whole.blocks[0].lines[-2:]] == ["n", "Weighted n"]


def test_letters_are_those_of_the_table(table: Table) -> None:
    shown = present(table, TableStyle(minimum_base=0))
    assert [column.letter for column in shown.columns] == ["A", "B", "C", ""]
    assert [[cell.letters for cell in line.cells] for line in shown.blocks[0].lines[:3]] == [
        [str(one) for one in line] for line in table.facts["letters"][0]
    ]
    assert not any(column.letter for column in present(table, TableStyle(letters=False)).columns)


def test_layers_are_blocks_with_bases_of_their_own() -> None:
    layered = records.sizes()
    shown = present(layered, TableStyle())
    assert [block.text for block in shown.blocks] == [f"answer: {name}" for name in records.ANSWERS["en"]]
    assert shown.blocks[1].lines[-2].cells[0].text == f"{layered.base_n[1, 0, 0]:,}"
    assert render(layered, "html").count('scope="rowgroup"') == 6


@pytest.mark.parametrize("decimals", [0, 1])
def test_rounding_to_a_total_adds_to_100(decimals: int) -> None:
    table = records.answers()
    shown = present(table, TableStyle(rounding="total", decimals=decimals))
    lines = [line for line in shown.blocks[0].lines if line.kind == "level"]
    for column in range(len(table.columns)):
        printed = [float(line.cells[column].text) for line in lines]
        assert sum(printed) == pytest.approx(100, abs=1e-9)
        for value, row in zip(printed, range(len(lines)), strict=True):
            assert abs(value - 100 * table.estimate[0, row, column]) < 10.0**-decimals
    assert "add to 100" in render(table, "markdown", rounding="total", decimals=0)


def test_largest_remainders() -> None:
    assert round_to_total([0.4, 0.4, 0.2], 0) == [1.0, 0.0, 0.0]
    assert round_to_total([100.0], 1) == [100.0]
    assert sum(round_to_total([14.2857] * 7, 1)) == pytest.approx(100.0)


def test_shares_that_do_not_add_are_rounded_alone() -> None:
    table = records.answers()
    several = replace(table, estimate=table.estimate * 1.3)
    assert "add to 100" not in render(several, "terminal", rounding="total")


def test_synthetic_and_illustrative_marks_are_in_every_format() -> None:
    table = replace(records.answers(), synthetic=True)
    for kind in ("terminal", "html", "notebook", "latex", "markdown"):
        made = render(table, kind, illustrative=True)  # type: ignore[call-overload]
        assert "SYNTHETIC DATA" in made
        assert "ILLUSTRATIVE" in made
    assert "合成データ" in render(table, "html", lang="ja")
    rows = list(csv.DictReader(io.StringIO(render(table, "csv", illustrative=True))))
    assert {(row["synthetic"], row["illustrative"]) for row in rows} == {("true", "true")}


def test_every_number_in_a_csv_carries_what_it_rests_on(table: Table) -> None:
    frame = pd.read_csv(io.StringIO(render(table, "csv", year="2024")))
    assert set(frame["weight"]) == {"w"}
    assert set(frame["source"]) == {"Example survey"}
    assert set(frame["year"]) == {2024}
    assert set(frame["definition"]) == {"exports of goods or services"}
    kept = frame["standing"].isna()
    np.testing.assert_array_equal(frame["estimate"][kept], table.to_frame()["estimate"][kept])


def test_html_has_headings_with_scope_and_unrounded_values(table: Table) -> None:
    made = render(table, "html")
    assert made.count('scope="row"') == 5
    assert made.count('scope="col"') == 5
    assert f'data-value="{table.estimate[0, 0, 0]!r}"'.replace("np.float64(", "").replace(")", "") in made
    assert "<script" not in made
    assert "style=" not in made
    assert "95% interval" in made


def test_notebook_html_shows_itself() -> None:
    made = render(records.answers(), "notebook")
    assert made._repr_html_().startswith("<style>")  # type: ignore[attr-defined]


def test_estimates_models_and_tests(table: Table) -> None:
    made = render(records.shares(), "markdown", decimals=2)
    first = records.shares()
    assert f"{100 * first.estimate[0]:.2f}" in made
    model = records.models()[0]
    shown = present(model, TableStyle())
    assert [column.text for column in shown.columns] == ["Estimate", "SE", "Low", "High", "p"]
    assert [line.cells[0].value for line in shown.blocks[0].lines] == model.estimate.tolist()
    test = table.test()
    assert f"{test.p_value:.3f}" in render(test) or "<0.001" in render(test)
    assert present(test, TableStyle()).blocks[0].lines[0].cells[0].value == test.statistic


def test_published_numbers_need_no_bases() -> None:
    made = render(records.balances(), "markdown")
    assert "60" in made
    assert ".." not in made
    assert "| n " not in made
    assert "Source: Example" in made


def test_missing_published_numbers_say_why() -> None:
    frame = pd.DataFrame({"r": ["a", "b"], "value": [1.0, np.nan], "reason": ["", "confidential"]})
    cells = present(published(frame, rows="r"), TableStyle()).blocks[0].lines[1].cells
    assert (cells[0].text, cells[0].hover) == ("-", "confidential")


def test_wide_tables_are_never_cut_in_a_terminal() -> None:
    made = render(records.answers(), "terminal", width=20)
    assert "…" not in made
    table = records.answers()
    assert all(f"{100 * value:.1f}" in made for value in table.estimate[0, 0])


def test_saving_is_whole_or_nothing(table: Table, tmp_path: Path) -> None:
    path = save(table, tmp_path / "table.md", title="Who exports")
    assert path.read_text(encoding="utf-8") == render(table, "markdown", title="Who exports")
    with pytest.raises(PublishingError, match="Make the folder first"):
        save(table, tmp_path / "no" / "table.md")
    with pytest.raises(PublishingError, match="does not end in a format"):
        save(table, tmp_path / "table.docm")
    with pytest.raises(PublishingError, match="cannot go into one"):
        save({"a": table, "b": table}, tmp_path / "table.csv")
    assert [one.name for one in tmp_path.iterdir()] == ["table.md"]


def test_refusals(table: Table) -> None:
    with pytest.raises(PublishingError, match="Did you mean 'markdown'"):
        render(table, "markdwn")  # type: ignore[call-overload]
    with pytest.raises(PublishingError, match=r"'decimal' is not an option of tables. Did you mean 'decimals'"):
        render(table, "html", decimal=1)  # type: ignore[call-overload]
    with pytest.raises(PublishingError, match="lang='fr'"):
        render(table, lang="fr")  # type: ignore[call-overload]
    with pytest.raises(PublishingError, match="published"):
        render(pd.DataFrame({"a": [1]}))  # type: ignore[call-overload]


def test_shares_of_a_whole_table_rest_on_all_of_it() -> None:
    firms = pd.DataFrame({"size": ["s", "l"] * 40, "exporter": ["y", "n", "n", "n"] * 20})
    table = crosstab(Survey(firms), "size ~ exporter", percent="total", margins=False)
    assert "n = 80." in str(render(table, "markdown"))
