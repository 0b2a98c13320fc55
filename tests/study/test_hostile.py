"""A study file from a stranger cannot leave its folder, run code or reach the network, and labels stay inert."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from surveykit.errors import StudyError, SurveykitError
from surveykit.study import build, read_study
from tests.study.studies import STUDY, firms, small_study, store

OUTSIDE = [
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
