"""XLSForm: compiles without a warning, comes back whole, and foreign forms become drafts."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from surveykit.errors import InstrumentError, ReadError
from surveykit.instrument import parse_instrument, read_instrument
from surveykit.instrument.writing import instrument_of
from surveykit.instrument.xlsform import write_xlsform
from surveykit.instrument.xlsform_reading import read_xlsform
from tests.instrument.examples import FIELD_INSTRUMENTS, TINY

pyxform = pytest.importorskip("pyxform.xls2xform", reason="pyxform checks the forms")


@pytest.mark.parametrize("path", FIELD_INSTRUMENTS, ids=lambda path: path.stem)
def test_compiles_and_comes_back_whole(path: Path, tmp_path: Path) -> None:
    instrument = read_instrument(path)
    form = write_xlsform(instrument, tmp_path / "form.xlsx")
    compiled = pyxform.convert(str(form))
    assert compiled.warnings == []
    assert f"<h:title>{instrument.title['ja']}</h:title>" in compiled.xform
    assert instrument_of(read_xlsform(form)) == instrument


def test_tiny_comes_back_whole(tmp_path: Path) -> None:
    instrument = parse_instrument(TINY)
    assert instrument_of(read_xlsform(write_xlsform(instrument, tmp_path / "form.xlsx"))) == instrument


def test_same_bytes(tmp_path: Path) -> None:
    instrument = parse_instrument(TINY)
    first = write_xlsform(instrument, tmp_path / "a.xlsx").read_bytes()
    assert first == write_xlsform(instrument, tmp_path / "b.xlsx").read_bytes()


def test_a_label_changed_in_the_workbook_is_taken_over(tmp_path: Path) -> None:
    form = write_xlsform(parse_instrument(TINY), tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(form)
    for sheet, old, new in (("survey", "Which services", "Which of these"), ("choices", "Storage", "Stores"),
                            ("survey", "Cheaper", "Lower price")):  # fmt: skip
        cell = next(cell for row in book[sheet].iter_rows() for cell in row if cell.value == old)
        cell.value = new
    book.save(form)
    again = instrument_of(read_xlsform(form))
    assert again.question("U1").label["en"] == "Which of these"
    assert again.lists["services"][1].label["en"] == "Stores"
    assert again.question("V1").rows[0].label["en"] == "Lower price"


def test_formulas_stay_text(tmp_path: Path) -> None:
    text = TINY.replace("{en: Where,", "{en: \"=cmd|'/C calc'!A0\",").replace("{en: Mail,", '{en: "@SUM(1)",')
    form = write_xlsform(parse_instrument(text), tmp_path / "form.xlsx")
    with zipfile.ZipFile(form) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())
    again = instrument_of(read_xlsform(form))
    assert again.question("S1").label["en"] == "=cmd|'/C calc'!A0"


FOREIGN = {
    "survey": [
        ["type", "name", "label::English (en)", "relevant", "required"],
        ["start", "start", "", "", ""],
        ["deviceid", "device", "", "", ""],
        ["begin_group", "house", "House", "", ""],
        ["select_one yesno", "owns", "Owns?", "", "yes"],
        ["integer", "rooms", "Rooms", "${owns} = 'yes'", ""],
        ["select_multiple goods", "goods", "Goods", "${owns} = 'yes' and ${rooms} > 2", ""],
        ["text", "why", "Why", "selected(${goods}, 'tv') or not(selected(${goods}, 'radio'))", ""],
        ["text", "odd", "Odd", "regex(${why}, 'x')", ""],
        ["geopoint", "place", "Place", "", ""],
        ["end_group", "", "", "", ""],
    ],
    "choices": [
        ["list_name", "name", "label::English (en)"],
        ["yesno", "yes", "Yes"],
        ["yesno", "no", "No"],
        ["goods", "tv", "Television"],
        ["goods", "radio", "Radio"],
    ],
}


def test_foreign_form(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in FOREIGN.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "foreign.xlsx")
    draft = read_xlsform(tmp_path / "foreign.xlsx")
    instrument = instrument_of(draft)
    assert [question.id for question in instrument.questions] == [
        "start", "device", "owns", "rooms", "goods", "why", "odd", "place",
    ]  # fmt: skip
    assert instrument.question("device").personal
    assert instrument.question("rooms").texts["ask_if"] == "owns == 1"
    assert instrument.question("goods").texts["ask_if"] == "(owns == 1) and (rooms > 2)"
    assert instrument.question("why").texts["ask_if"] == "(selected(goods, 1)) or (not (selected(goods, 2)))"
    assert instrument.question("owns").options[0].tags == {"choice": "yes"}
    assert [note[:38] for note in draft.notes] == [
        "The condition of 'odd' was left out (X", "Field 'place' of type 'geopoint' is ke",
    ]  # fmt: skip
    assert parse_instrument(draft.yaml) == instrument


@pytest.mark.parametrize(
    "name", ["kobo_cruncher_form", "ona_children_form", "ona_tutorial_repeats_form", "xlsform_all_question_types",
             "xlsform_or_other", "xlsform_socioeconomic", "xlsform_surveycto_backcheck"],
)  # fmt: skip
def test_real_forms_become_drafts(reference: Path, name: str) -> None:
    """Forms from the field: every question is kept; what is left to mend is a matter of translations and labels."""
    draft = read_xlsform(reference / "exports" / f"{name}.xlsx")
    assert len(draft.shape["questions"]) >= 2
    rules = {finding.rule for finding in draft.findings if finding.severity == "error"}
    assert rules <= {"translation", "same-label", "unreachable", "later-question", "expression", "undefined-code"}, (
        draft.findings
    )


def test_hostile_workbooks(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no workbook")
    with pytest.raises(ReadError, match=r"is not an \.xlsx workbook"):
        read_xlsform(tmp_path / "text.xlsx")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 310_000_000)
    with pytest.raises(ReadError, match="zip bomb"):
        read_xlsform(tmp_path / "bomb.xlsx")
    with pytest.raises(ReadError, match="cannot be opened"):
        read_xlsform(tmp_path / "absent.xlsx")
    book = openpyxl.Workbook()
    book.save(tmp_path / "empty.xlsx")
    with pytest.raises(ReadError, match="no sheet 'survey'"):
        read_xlsform(tmp_path / "empty.xlsx")
    sheet = book.create_sheet("survey")
    sheet.append(["type", "name", "label"])
    book.save(tmp_path / "bare.xlsx")
    with pytest.raises(InstrumentError, match="questions"):
        instrument_of(read_xlsform(tmp_path / "bare.xlsx"))
