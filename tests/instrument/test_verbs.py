"""Codebook, comparison, start, show and the command line."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from surveykit.errors import InstrumentError, ReadError
from surveykit.instrument import parse_instrument, read_instrument
from surveykit.instrument.cli import instrument
from surveykit.instrument.codebook import codebook, to_html_codebook, to_markdown_codebook, write_codebook
from surveykit.instrument.comparing import compare_instruments
from surveykit.instrument.exchange import EXPORTS, export_instrument, import_draft
from surveykit.instrument.starting import new_instrument, show_instrument
from tests.instrument.examples import FIELD_INSTRUMENTS, INSTRUMENTS, TINY

A = INSTRUMENTS / "digital_services_firm.yaml"


@pytest.mark.parametrize("path", FIELD_INSTRUMENTS, ids=lambda path: path.stem)
def test_codebook_has_every_question_and_code(path: Path, tmp_path: Path) -> None:
    read = read_instrument(path)
    entries = {entry.id: entry for entry in codebook(read)}
    assert set(entries) == {q.id for q in read.questions if q.type != "note"} | {d.id for d in read.derived}
    page, text = to_html_codebook(read), to_markdown_codebook(read)
    for entry in entries.values():
        assert f'<h2 id="{entry.id}">' in page
        assert f"## {entry.id}\n" in text
    book = openpyxl.load_workbook(write_codebook(read, tmp_path / "codebook.xlsx"))
    assert book.sheetnames == ["columns", "codes", "missing"]
    assert [row[0].value for row in book["columns"].iter_rows(min_row=2)] == [
        *read.columns.names,
        *(d.id for d in read.derived),
    ]


def test_codebook_shows_edges_as_intervals() -> None:
    text = to_markdown_codebook(read_instrument(A))
    assert "| 3 | (25, 50] | 25％超～50％ | Over 25 to 50 % |" in text
    assert "| 3 | [25, 50) | 25％以上50％未満 | 25 to under 50 % |" in text


def test_hostile_labels_stay_text(tmp_path: Path) -> None:
    text = TINY.replace("{en: Where,", "{en: \"=cmd|'/C calc'!A0 <script>x</script> | [a](b)\",")
    hostile = parse_instrument(text)
    assert "<script>" not in to_html_codebook(hostile)
    assert "<script>" not in to_markdown_codebook(hostile)
    assert "\\|" in to_markdown_codebook(hostile)
    with zipfile.ZipFile(write_codebook(hostile, tmp_path / "a.xlsx")) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


def test_same_codebook_each_time(tmp_path: Path) -> None:
    tiny = parse_instrument(TINY)
    for suffix in ("xlsx", "html", "md"):
        first = write_codebook(tiny, tmp_path / f"a.{suffix}").read_bytes()
        assert first == write_codebook(tiny, tmp_path / f"b.{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("{en: Storage,", "{en: Store,", ["wording  U1: option 7 [en]: Storage -> Store"]),
        ("ask_if: X2 > 0", "ask_if: X2 > 1", ["routing  X3: ask_if: X2 > 0 -> X2 > 1"]),
        ("hi: 25, closed: right", "hi: 25, closed: neither", ["data     X2: option 1 closed: right -> neither"]),
        ("value: count(U1)", "value: count(U1) + 1", ["data     n_services: derived: count(U1) -> count(U1) + 1"]),
        ("    else: 0\n", "", ["data     X2: else: [0] -> -"]),
        ("{id: X3, type: number", "{id: X9, type: number",
         ["data     X3: question: number -> -", "added    X9: question: - -> number"]),
        ("require: mid(X2) <= 90", "require: mid(X2) <= 80", ["data     K2: check: mid(X2) <= 90 -> mid(X2) <= 80"]),
        ("version: 1.0.0", "version: 1.0.1", ["wording  instrument: version: 1.0.0 -> 1.0.1"]),
        ("", "", []),
    ],
)  # fmt: skip
def test_differences(old: str, new: str, lines: list[str]) -> None:
    before, after = parse_instrument(TINY), parse_instrument(TINY.replace(old, new) if "closed: neither" not in new else
        TINY.replace(old, new).replace("lo: 25, hi: 100, closed: right", "lo: 25, hi: 100, closed: both"))  # fmt: skip
    changes = [str(change) for change in compare_instruments(before, after)]
    assert [line for line in changes if "option 2 closed" not in line] == lines


def test_a_new_instrument_is_sound() -> None:
    for languages in (["en"], ["ja", "en"], ["ja"]):
        assert parse_instrument(new_instrument("mine", languages=languages)).languages == tuple(languages)
    assert "TO BE TRANSLATED" in new_instrument("mine", languages=["de"])
    with pytest.raises(InstrumentError, match="Call it 'my_survey'"):
        new_instrument("my survey")


def test_show() -> None:
    shown = show_instrument(read_instrument(A))
    assert "55 questions, 349 columns, 13 derived, 12 checks; languages ja, en" in shown
    one = show_instrument(read_instrument(A), question="FS1", language="ja")
    assert "      3 [25, 50)       25％以上50％未満" in one
    with pytest.raises(InstrumentError, match="Did you mean 'FS1'"):
        show_instrument(read_instrument(A), question="FSI")


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(instrument, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_command_line(tmp_path: Path) -> None:
    assert run("check", *FIELD_INSTRUMENTS)[0] == 0
    broken = Path(__file__).parent / "golden" / "broken.yaml"
    status, told = run("check", broken)
    assert status == 1
    assert told == (broken.parent / "broken.txt").read_text(encoding="utf-8")
    assert len(json.loads(run("check", "--json", broken)[1])) == told.count("\n")
    mine = tmp_path / "mine.yaml"
    assert run("new", mine, "--language", "ja", "--language", "en")[0] == 0
    assert run("check", "--strict", mine)[0] == 0
    status, told = run("new", mine)
    assert status == 1
    assert "exists already" in told
    assert "X2" in run("show", mine)[1]
    assert run("diff", mine, mine) == (0, "No differences.\n")
    changed = tmp_path / "changed.yaml"
    changed.write_text(mine.read_text(encoding="utf-8").replace("else: 0 ", "else: 1 "), encoding="utf-8")
    assert run("diff", mine, changed)[0] == 1
    assert json.loads(run("diff", "--json", mine, changed)[1])[0]["effect"] == "data"
    assert run("schema", tmp_path / "schema.json")[0] == 0


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_every_export(tmp_path: Path, name: str) -> None:
    ending = {"xlsform": "xlsx", "surveyjs": "json", "ddi": "xml", "table-schema": "json", "spss": "sps",
              "codebook": "html", "preview": "html", "yaml": "yaml"}[name]  # fmt: skip
    status, _ = run("export", INSTRUMENTS / "dfft_experts.yaml", name, tmp_path / f"out.{ending}")
    assert status == 0
    assert (tmp_path / f"out.{ending}").stat().st_size > 1_000


def test_import(tmp_path: Path) -> None:
    form = export_instrument(read_instrument(A), "xlsform", tmp_path / "form.xlsx")
    assert run("import", form, tmp_path / "again.yaml")[0] == 0
    assert read_instrument(tmp_path / "again.yaml") == read_instrument(A)
    with pytest.raises(ReadError, match=r"No reader for '\.doc' files"):
        import_draft(tmp_path / "form.doc")
    with pytest.raises(InstrumentError, match="Did you mean 'xlsform'"):
        export_instrument(read_instrument(A), "xlsfrom", tmp_path / "x")
