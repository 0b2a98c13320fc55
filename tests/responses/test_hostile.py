"""Hostile input: each file gives a clear error or a neutral value, and nothing is lost or run."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from surveykit.errors import ReadError, SurveykitError
from surveykit.responses import read_dates, read_export
from tests.responses.files import FIXTURES, workbook


def write(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def test_zip_bomb_named_xlsx(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (200 << 20))
    with pytest.raises(ReadError, match=r"would unpack from [\d,]+ to 209,715,\d+ bytes"):
        read_export(file)


def test_entity_expansion_in_a_workbook_is_refused(tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", {"S": [["a", "b"], ["x", "y"]]})
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 100}">' for n in range(12))
    file = tmp_path / "lol.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(file, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/sharedStrings.xml":
                data = (
                    f'<?xml version="1.0"?><!DOCTYPE sst [{bomb}]><sst xmlns="x"><si><t>&e11;</t></si></sst>'.encode()
                )
            archive.writestr(name, data)
    with pytest.raises(ReadError, match="not a workbook that can be read"):
        read_export(file)


@pytest.mark.parametrize("name", ["answers.sav", "answers.xlsx", "answers.dta", "answers", "answers.csv.pdf"])
def test_wrong_extension_is_read_by_content_and_noted(tmp_path: Path, name: str) -> None:
    export = read_export(write(tmp_path / name, (FIXTURES / "plain.csv").read_bytes()))
    assert (export.platform, len(export.frame)) == ("csv", 3)
    assert "the content is text" in export.notes[0]


def test_a_workbook_named_csv(tmp_path: Path) -> None:
    export = read_export(workbook(tmp_path / "answers.csv", {"S": [["a", "b"], ["x", "y"]]}))
    assert (export.platform, export.frame.values.tolist()) == ("xlsx", [["x", "y"]])


REFUSED = {
    "log-in page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    "PDF": (b"%PDF-1.7 ...", "PDF"),
    "gzip": (gzip.compress(b"a,b\n1,2\n"), "gzip"),
    "old Excel": (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, r"\.xls"),
    "empty": (b"", "is empty"),
    "JSON": (b'[{"a": 1}]', "JSON"),
    "survey definition": (b'{"SurveyEntry": {"SurveyID": "SV_1"}}', "read_instrument"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "binary"),
    "only blank lines": (b"\n\n\n", "no rows"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_export_is_refused_by_name(tmp_path: Path, what: str) -> None:
    data, message = REFUSED[what]
    with pytest.raises(ReadError, match=message):
        read_export(write(tmp_path / "answers.csv", data))


def test_a_missing_file_suggests_a_near_one(tmp_path: Path) -> None:
    write(tmp_path / "answers.csv", "a,b\n1,2\n")
    with pytest.raises(ReadError, match=r"Did you mean 'answers\.csv'"):
        read_export(tmp_path / "anwsers.csv")


def test_truncated_inside_quotes_is_an_error_with_the_record(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"record 3 that is never closed"):
        read_export(write(tmp_path / "cut.csv", 'a,b\n1,2\n3,"half of the'))


def test_truncated_inside_a_row_is_noted_and_nothing_lost(tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "cut.csv", "a,b,c\n1,2,3\n4,5"))
    assert export.frame.fillna("").values.tolist() == [["1", "2", "3"], ["4", "5", ""]]
    assert any("may be cut off" in note for note in export.notes)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_truncated_binaries_are_clear_errors(tmp_path: Path, share: float) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0] * 500, "b": ["x", "y"] * 500})
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"))
    pyreadstat.write_dta(frame, str(tmp_path / "a.dta"))
    frame.to_parquet(tmp_path / "a.parquet")
    workbook(tmp_path / "a.xlsx", {"S": [["a", "b"], *[[1, "x"]] * 500]})
    for name in ("a.dta", "a.parquet", "a.xlsx", "a.sav"):
        data = (tmp_path / name).read_bytes()
        cut = write(tmp_path / f"cut-{name}", data[: int(len(data) * share)])
        with pytest.raises(ReadError):
            read_export(cut)


def test_rows_longer_than_the_header_keep_their_cells(tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "long.csv", "a,b\n1,2\n3,4,lost?\n5,6\n"))
    assert export.frame.shape == (3, 3)
    assert export.frame.iloc[1, 2] == "lost?"
    assert any("longer than the header (records 3)" in note for note in export.notes)


def test_duplicate_and_blank_headings(tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "d.csv", "Q,Q,,Q.1,Q\n1,2,3,4,5\n"))
    assert list(export.frame.columns) == ["Q", "Q.2", "unnamed_3", "Q.1", "Q.3"]
    assert list(export.columns["header"]) == ["Q", "Q", "", "Q.1", "Q"]
    assert any("more than once" in note for note in export.notes)


def test_mixed_encodings_are_read_byte_by_byte_and_counted(tmp_path: Path) -> None:
    data = "name,town\nJürgen,Köln\nÅsa,Göteborg\n".encode() + "José,Málaga\n".encode("cp1252")
    export = read_export(write(tmp_path / "mixed.csv", data))
    assert export.frame["name"].tolist() == ["Jürgen", "Åsa", "José"]
    assert export.frame["town"].tolist() == ["Köln", "Göteborg", "Málaga"]
    assert any("2 bytes are not UTF-8" in note for note in export.notes)


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("cp932", "cp932"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("euc_jp", "euc_jp"),
        ("utf-8-sig", "utf-8-sig"),
    ],
)
def test_japanese_in_every_usual_encoding(tmp_path: Path, codec: str, said: str) -> None:
    text = "会社,サービス\nあさひ,クラウドをつかっています\nみどり,いいえ\n"
    export = read_export(write(tmp_path / "ja.csv", text.encode(codec)))
    assert export.encoding == said
    assert export.frame["サービス"].tolist() == ["クラウドをつかっています", "いいえ"]


def test_a_named_encoding_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "a\nü\n".encode("cp1252"))
    with pytest.raises(ReadError, match="not valid utf-8"):
        read_export(file, encoding="utf-8")
    with pytest.raises(ReadError, match="not known"):
        read_export(file, encoding="utf-9")


def test_formulas_are_text_and_never_run(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["firm", "note"],
        ["A", "=cmd|' /C calc'!A0"],
        ["B", ("=1+1", 2)],
        ["C", ("=HYPERLINK(1)", "")],
    ]
    export = read_export(workbook(tmp_path / "f.xlsx", {"S": rows}))
    assert export.frame["note"].tolist() == ["=cmd|' /C calc'!A0", "2", "=HYPERLINK(1)"]
    assert any("2 cells hold a formula" in note for note in export.notes)
    text = read_export(write(tmp_path / "f.csv", "firm,note\nA,=cmd|' /C calc'!A0\nB,+1\n"))
    assert text.frame["note"].tolist() == ["=cmd|' /C calc'!A0", "+1"]


def test_html_in_answers_stays_text(tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "h.csv", "firm,note\nA,<script>alert(1)</script>\n"))
    assert export.frame["note"].tolist() == ["<script>alert(1)</script>"]


def test_dates_in_the_wrong_locale_are_not_guessed() -> None:
    open_order = read_dates(pd.Series(["01/02/2026", "03/04/2026"], name="when"))
    assert open_order.order == "unknown"
    assert open_order.values.isna().all()
    assert "day and month" in open_order.notes[0]
    mixed = read_dates(pd.Series(["13/02/2026", "02/13/2026"], name="when"))
    assert mixed.order == "unknown"
    wrong = read_dates(pd.Series(["2026-13-45", "2026-01-02"], name="when"))
    assert wrong.values.notna().tolist() == [False, True]


def test_leading_zeros_and_long_ids_survive(tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "z.csv", "id,post\n00012345678901234567,0607\n3,9999\n"))
    assert export.frame.values.tolist() == [["00012345678901234567", "0607"], ["3", "9999"]]


def test_excel_separator_line_and_empty_tail(tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "e.csv", "sep=;\r\na;b\r\n1;2\r\n;\r\n3;4\r\n;\r\n;\r\n"))
    assert export.frame.fillna("").values.tolist() == [["1", "2"], ["", ""], ["3", "4"]]
    assert any("2 rows without any value at the end" in note for note in export.notes)


def test_a_zip_archive_names_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("survey/answers.csv", "a,b\n1,2\n")
    with pytest.raises(ReadError, match=r"survey/answers\.csv"):
        read_export(file)


def test_unknown_or_unfitting_platforms_are_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="Did you mean 'qualtrics'"):
        read_export(FIXTURES / "plain.csv", "qualtrix")
    with pytest.raises(SurveykitError, match="does not write"):
        read_export(FIXTURES / "plain.csv", "spss")


_MEMORY = """
import resource, sys
from surveykit.responses import read_export
seen = []
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
start = peak()
export = read_export(sys.argv[1], progress=lambda done, total: seen.append(done / total))
print(len(export.frame), peak() - start, len(seen), seen[-1] == 1.0, seen == sorted(seen))
"""


def test_memory_stays_below_the_size_of_a_large_file(tmp_path: Path) -> None:
    """A 300 MB file of mostly free text needs less than 200 MB, and says how far it is."""
    header = (FIXTURES / "qualtrics_three_rows.csv").read_bytes().split(b"\r\n")[:3]
    file = tmp_path / "large.csv"
    text = "the digital services that our firm buys abroad are cheaper " * 8
    with file.open("wb") as out:
        out.write(b"\r\n".join(header) + b"\r\n")
        number = 0
        while out.tell() < 300 << 20:
            rows = []
            for _ in range(5000):
                number += 1
                rows.append(
                    f"2026-07-05 09:00:00,2026-07-05 09:10:00,IP Address,192.0.2.10,100,{number % 900},True,"
                    f"2026-07-05 09:10:01,R_{number:015x},,anonymous,JA,"
                    f"Yes,Cloud storage,,,{text}{number},Good,Bad,Cheaper,{number % 100},p1"
                )
            out.write("\r\n".join(rows).encode() + b"\r\n")
    result = subprocess.run([sys.executable, "-c", _MEMORY, str(file)], capture_output=True, text=True, check=True)
    rows_read, megabytes, calls, finished, rising = result.stdout.split()
    assert int(rows_read) == number
    assert int(megabytes) < 200
    assert (int(calls) > 5, finished, rising) == (True, "True", "True")
