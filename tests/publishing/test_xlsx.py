"""Workbooks: numbers as numbers, an index with links, panes that stay, equal bytes."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from openpyxl import load_workbook

from surveykit.errors import PublishingError
from surveykit.publishing import render, save
from tests.publishing import records


def test_cells_hold_numbers_with_formats(tmp_path: Path) -> None:
    table = records.answers()
    sheet = load_workbook(save({"Answers": table}, tmp_path / "t.xlsx"))["Answers"]
    found = {
        cell.value: cell.number_format for row in sheet.iter_rows() for cell in row if isinstance(cell.value, float)
    }
    for value in table.estimate[0, :-1].ravel().tolist():
        assert found[value] == "0.0%"
    sizes = {cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int)}
    assert set(table.base_n[0, 0].tolist()) <= sizes
    assert sheet.freeze_panes == "B8"


def test_marks_of_small_bases_are_in_the_format(tmp_path: Path) -> None:
    table = records.answers()
    path = save(table, tmp_path / "t.xlsx", minimum_base=0, flag_base=10_000)
    book = load_workbook(path)
    sheet = book[book.sheetnames[1]]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == table.estimate[0, 0, 0])
    assert cell.number_format == '0.0%"*"'


def test_index_links_to_every_sheet(tmp_path: Path) -> None:
    tables = {"Answers: all?": records.answers(), "x" * 40: records.shares(), "X" * 40: records.models()[0]}
    book = load_workbook(save(tables, tmp_path / "t.xlsx"))
    assert book.sheetnames == ["Index", "Answers  all", "x" * 31, f"{'X' * 29} 2"]
    links = [book["Index"].cell(row, 1).hyperlink.location for row in (2, 3, 4)]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]


def test_suppressed_cells_are_text(tmp_path: Path) -> None:
    book = load_workbook(save(records.answers(), tmp_path / "t.xlsx", minimum_base=10_000))
    values = [cell.value for row in book[book.sheetnames[1]].iter_rows() for cell in row]
    assert ".." in values
    assert not any(isinstance(value, float) and 0 < value <= 1 for value in values)


def test_equal_tables_give_equal_bytes() -> None:
    first = render(records.answers(), "xlsx")
    time.sleep(1.1)  # dates in a zip have a resolution of a second or two
    assert render(records.answers(), "xlsx") == first


def test_no_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishingError, match="no record"):
        save({}, tmp_path / "t.xlsx")


@pytest.mark.office
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    path = save({"Answers": records.answers(), "Model": records.models()[0]}, tmp_path / "t.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    export = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
    command = [office, profile, "--headless", "--convert-to", export, "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = (tmp_path / "t-Answers.csv").read_text(encoding="utf-8")
    assert f"{100 * records.answers().estimate[0, 0, 0]:.12f}"[:12] in text


def test_workbook_opens_in_memory() -> None:
    assert load_workbook(io.BytesIO(render(records.shares(), "xlsx"))).sheetnames[0] == "Index"
