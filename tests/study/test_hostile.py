"""A study file from a stranger cannot leave its folder, run code or reach the network, and labels stay inert."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from surveykit.errors import StudyError, SurveykitError
from surveykit.study import build, read_study
from tests.study.studies import STUDY, firms, small_study, store

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENT = ROOT / "instruments" / "creators.yaml"
OUTSIDE = [
    "s3://bucket/firms.parquet",
    "httpfs:https://example.org/firms.parquet",
    "http:/example.org/firms.csv",
    "firms.csv?raw=true",
    "part-{1,2}.csv",
    "./../small/../../secret.csv",
    "/etc/passwd",
    "../secret.csv",
    "a/../../secret.csv",
    "https://example.org/firms.csv",
    "//host/share/firms.csv",
    "C:\\firms.csv",
    "~/firms.csv",
    "*.csv",
    "file:///etc/passwd",
    "firms.csv\x00.txt",
    "$HOME/firms.csv",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_paths_that_lead_out_are_refused(path: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    folder = small_study(tmp_path / "small", STUDY.replace("file: firms.csv", f"file: '{path}'"))
    with pytest.raises(SurveykitError):
        build(folder, store=store(tmp_path))
    assert not (folder / "out").exists()


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small")
    (folder / "firms.csv").rename(tmp_path / "secret.csv")
    (folder / "firms.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(StudyError, match="symbolic link"):
        build(folder, store=store(tmp_path))


def test_an_output_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small")
    (tmp_path / "elsewhere").mkdir()
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="symbolic link"):
        build(folder, store=store(tmp_path))
    assert list((tmp_path / "elsewhere").iterdir()) == []


PLACES = [
    ("data: {file: firms.csv, synthetic: true}", "data: {file: ../secret.csv, synthetic: true}"),
    ("tables:\n", "tables:\n  - {id: stolen, published: ../secret.csv}\n"),
    ("tables:\n", "tables:\n  - {id: stolen, mean: [staff], needs: {file: ../secret.csv, download: x}}\n"),
    ("data:", "population: {file: ../secret.csv}\nweights: {margins: [size]}\nunused:"),
    ("weights: {column: weight}", "weights: {one: {margins: [size], population: {file: ../secret.csv}}}"),
    ("derived:", "trade: [{id: stolen, read: gdp, file: ../secret.csv}]\nderived:"),
    ("derived:", "samples: [{id: other, title: x, data: {file: ../secret.csv}}]\nderived:"),
    ("data: {file: firms.csv, synthetic: true}", "instrument: ../secret.csv\nresponses: {file: firms.csv}"),
]


@pytest.mark.parametrize(("good", "bad"), PLACES)
def test_every_key_that_names_a_file_stays_inside(good: str, bad: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    folder = small_study(tmp_path / "small", STUDY.replace(good, bad, 1).replace("unused: {", "# {"))
    with pytest.raises(StudyError):
        build(folder, store=store(tmp_path))
    assert not (folder / "out").exists()


def test_a_folder_on_the_way_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    firms().to_csv(tmp_path / "elsewhere" / "firms.csv", index=False)
    folder = small_study(tmp_path / "small", STUDY.replace("file: firms.csv", "file: data/firms.csv"))
    (folder / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="symbolic link"):
        build(folder, store=store(tmp_path))


def test_the_study_file_itself_may_not_be_a_link(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small")
    (folder / "study.yaml").rename(tmp_path / "other.yaml")
    (folder / "study.yaml").symlink_to(tmp_path / "other.yaml")
    with pytest.raises(StudyError, match="symbolic link"):
        read_study(folder)


def test_nothing_opens_a_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*address: object) -> None:
        raise AssertionError(f"a build asked for {address}")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    evil = "![x](https://example.org/a.png) <img src=https://example.org/b.png>"
    folder = small_study(tmp_path / "small", STUDY.replace("en: Sizes,", f'en: "{evil}",'))
    frame = firms()
    frame["size"] = frame["size"].replace("large", "https://example.org/firms.parquet")
    frame.to_csv(folder / "firms.csv", index=False)
    assert build(folder, store=store(tmp_path)).failed == {}
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    assert "<img src=https" not in page


@pytest.mark.parametrize("option", ["rosters", "progress", "keep_personal", "salt", "shet"])
def test_readers_take_only_options_that_name_no_file(option: str, tmp_path: Path) -> None:
    text = STUDY.replace(
        "data: {file: firms.csv, synthetic: true}",
        f"instrument: i.yaml\nresponses: {{file: firms.csv, options: {{{option}: x}}}}",
    )
    folder = small_study(tmp_path / "small", text)
    shutil.copyfile(INSTRUMENT, folder / "i.yaml")
    outcome = build(folder, store=store(tmp_path))
    assert "is no option of the reader here" in outcome.failed["sizes"]


def test_a_bomb_of_nested_lists_is_refused(tmp_path: Path) -> None:
    for text in ("[" * 5_000, "study: " + "{a: " * 500 + "1" + "}" * 500, "title: " + "x" * 30_000_000):
        with pytest.raises(StudyError):
            read_study(small_study(tmp_path / "small", text))


def test_a_kill_in_the_middle_leaves_the_old_output_whole(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small")
    build(folder, store=store(tmp_path))
    before = {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from surveykit.study import Store, build\n"
        "def stop(name, at, total):\n"
        "    if at == total:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "build(sys.argv[1], force=True, store=Store(Path(sys.argv[2])), progress=stop)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, folder, tmp_path / "other"], check=False, cwd=ROOT)
    assert ended.returncode == -signal.SIGKILL
    assert {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()} == before


def test_an_error_while_writing_leaves_the_old_output_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_study(tmp_path / "small")
    build(folder, store=store(tmp_path))
    before = {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "manifest.json":
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StudyError, match="No space left on device"):
        build(folder, store=store(tmp_path))
    assert {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()} == before
    assert [path.name for path in folder.iterdir() if path.name.startswith(".out")] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small")
    (folder / "firms.csv").unlink()
    os.mkfifo(folder / "firms.csv")
    with pytest.raises(StudyError, match="not a plain file"):
        build(folder, store=store(tmp_path))


def test_a_named_root_may_be_read_and_never_written(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "studies" / "small", STUDY.replace("file: firms.csv", "file: ../../data/firms.csv"))
    (tmp_path / "data").mkdir()
    firms().to_csv(tmp_path / "data" / "firms.csv", index=False)
    with pytest.raises(StudyError, match="leads out"):
        read_study(folder)
    before = sorted(path.name for path in (tmp_path / "data").iterdir())
    assert build(folder, roots=[tmp_path], store=store(tmp_path / "kept")).failed == {}
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == before


CODE = [
    ("crosstab: size ~ exporter", "crosstab: \"size ~ __import__('os').system('touch hacked')\""),
    ("formula: sales ~ staff + C(size)", "formula: \"sales ~ I(__import__('os').system('touch hacked'))\""),
    ("value: staff > 100", 'value: "().__class__.__bases__"'),
    ("value: staff > 100", "value: \"open('/etc/passwd')\""),
]


@pytest.mark.parametrize(("good", "bad"), CODE)
def test_code_is_not_run(good: str, bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = small_study(tmp_path / "small", STUDY.replace(good, bad))
    assert build(folder, store=store(tmp_path)).failed
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system [ls]", "&a [1]\nb: *a", "%YAML 1.1\n---\n{}"])
def test_yaml_that_is_more_than_data_is_refused(text: str, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small", f"study: {text}\n")
    with pytest.raises(StudyError):
        read_study(folder)


@pytest.mark.parametrize(
    ("reader", "verb"),
    [("dds", "fetch_tiva"), ("dds", "read_icio"), ("dds", "__class__"), ("dds", "from_pymrio")],
)
def test_only_verbs_of_trade_are_called(reader: str, verb: str, tmp_path: Path) -> None:
    more = f"trade:\n  - {{id: rows, read: {reader}, file: firms.csv, verb: {verb}}}\n"
    text = STUDY.replace("models:\n", "  - {id: traded, trade: rows}\nmodels:\n") + more
    folder = small_study(tmp_path / "small", text)
    assert "traded" in build(folder, store=store(tmp_path)).failed


def test_labels_come_out_inert(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>=HYPERLINK(1)"
    text = (
        STUDY.replace("A small study", evil).replace("en: Sizes,", f'en: "{evil}",').replace("Of the exporters", evil)
    )
    folder = small_study(tmp_path / "small", text)
    frame = firms()
    frame["size"] = frame["size"].replace("small", "=cmd|' /C calc'!A0<img src=x onerror=alert(1)>")
    frame.to_csv(folder / "firms.csv", index=False)
    outcome = build(folder, store=store(tmp_path))
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    written = (folder / "out" / "tables" / "staff.csv").read_text(encoding="utf-8")
    assert "\n=cmd" not in written
    assert ",=cmd" not in written
    assert "sizes" in outcome.failed  # the number that the text quotes names a level that is no longer there


MISTAKES = """\
study: Bad Name
title: A study
colour: red
data: {file: firms.csv}
tables:
  - {id: one, crosstab: size, mean: [staff]}
  - {id: two, percent: columns}
"""


def test_every_mistake_is_listed_with_its_line(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small", MISTAKES)
    with pytest.raises(StudyError) as error:
        read_study(folder)
    text = str(error.value)
    assert "study.yaml:1: study is 'Bad Name'" in text
    assert "study.yaml:3: 'colour' is not known in the study." in text
    assert "study.yaml:7: tables.1.percent is 'columns'" in text


def test_contradictions_are_listed_with_their_line(tmp_path: Path) -> None:
    text = MISTAKES.replace("Bad Name", "good").replace("colour: red\n", "").replace("percent: columns", "mean: [a]")
    text += "figures:\n  - {id: one, kind: bars, of: ones}\n"
    folder = small_study(tmp_path / "small", text)
    with pytest.raises(StudyError) as error:
        read_study(folder)
    assert "study.yaml:5: Table 'one' needs exactly one of" in str(error.value)
    assert "study.yaml:8: The id 'one' is used twice, first in line 5." in str(error.value)
    assert "Figure 'one' draws 'ones', which is no table or model. Did you mean 'one'?" in str(error.value)


def test_synthetic_files_must_be_declared(tmp_path: Path) -> None:
    text = STUDY.replace("{file: firms.csv, synthetic: true}", "{file: SYNTHETIC_firms.csv}")
    with pytest.raises(StudyError, match="calls itself synthetic"):
        read_study(small_study(tmp_path / "small", text))
