"""The command line: help in golden text, JSON, clean errors, and real microdata against recorded numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from surveykit.cli import COMMANDS, main
from tests.reference import REFERENCE
from tests.study.studies import firms, small_study

GOLDEN = Path(__file__).with_name("golden_help.txt")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False, terminal_width=100)


def help_of_all() -> str:
    """Help of the program and of each command."""
    parts = [_run("--help").output] + [f"== {name}\n{_run(name, '--help').output}" for name in COMMANDS]
    return "\n".join(parts)


def test_help_is_the_golden_text() -> None:
    assert help_of_all() == GOLDEN.read_text(encoding="utf-8"), "run python -m tests.cli"


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "firms.csv"
    firms().to_csv(path, index=False)
    return str(path)


@pytest.mark.parametrize(
    "command",
    ["describe", "mean staff", "crosstab size~exporter", "regress sales~staff", "topline", "banner --by size"],
)
def test_verbs_write_text_and_json(command: str, data: str) -> None:
    verb, *rest = command.split()
    text = _run(verb, data, *rest, "--weights", "weight")
    assert text.exit_code == 0, text.output
    found = _run(verb, data, *rest, "--weights", "weight", "--json")
    assert json.loads(found.stdout)


def test_banners_are_printed_and_written(data: str, tmp_path: Path) -> None:
    shared = [
        "banner",
        data,
        "exporter",
        "Large",
        "--by",
        "size",
        "--by",
        "Large",
        "--boxes",
        "Large=staff > 100,sales > 900",
    ]
    text = _run(*shared, "--weights", "weight", "--show", "estimate", "--width", "90")
    assert text.exit_code == 0, text.output
    assert "(A)" in text.stdout
    assert "Percent of respondents" in text.stdout
    for suffix in ("xlsx", "html", "csv"):
        target = tmp_path / f"tabs.{suffix}"
        assert _run(*shared, "--out", str(target)).stdout.strip() == str(target)
        assert target.stat().st_size > 1000
    found = _run("banner", data, "exporter", "--by", "size", "--boxes", "Large")
    assert found.exit_code == 2
    assert "is not NAME=COLUMNS" in found.output


def test_errors_are_one_clean_line(data: str) -> None:
    found = _run("mean", data, "staf")
    assert found.exit_code == 1
    assert found.output == "Error: Column 'staf' is not in the data. Did you mean 'staff'?\n"


def test_build_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYKIT_CACHE", str(tmp_path / "cache"))
    folder = small_study(tmp_path / "small")
    found = _run("build", str(folder), "--json")
    assert found.exit_code == 3
    assert json.loads(found.stdout)["failed"] == {}


def test_read_and_draft_show_questions_and_no_answers(data: str, tmp_path: Path) -> None:
    assert json.loads(_run("read", data, "--json").stdout)["respondents"] == 300
    out = tmp_path / "draft.yaml"
    assert _run("draft", data, "--out", str(out)).exit_code == 0
    assert "questions:" in out.read_text(encoding="utf-8")
    assert _run("draft", data, "--out", str(out)).exit_code == 1


def test_instrument_commands_are_there() -> None:
    path = Path(__file__).resolve().parents[2] / "instruments" / "creators.yaml"
    assert _run("instrument", "check", str(path)).exit_code == 0


def _recorded(name: str) -> dict[str, Any]:
    assert REFERENCE is not None
    entries = json.loads((REFERENCE / "oracle" / "oracle.json").read_text(encoding="utf-8"))["entries"]
    return next(entry for entry in entries if entry["id"] == name)


JVS = ("jvs.csv", "-s", "stratum", "-w", "weight")
ICT = ("ict_resp.csv", "-s", "strata", "-w", "w_calib")
MICRODATA = [
    ("jvs.mean", "mean", ["emp", "vac"], JVS),
    ("ict.mean", "mean", ["speed_quanti", "lturn"], ICT),
    ("jvs.glm_gauss", "regress", ["emp ~ vac + size"], JVS),
    ("jvs.by_mean", "mean", ["emp", "--by", "nace"], JVS),
]


@pytest.mark.skipif(REFERENCE is None, reason="the reference data (shared/reference) are not beside this checkout")
@pytest.mark.parametrize(("name", "verb", "what", "design"), MICRODATA, ids=[line[0] for line in MICRODATA])
def test_real_firm_microdata_agree_with_r(name: str, verb: str, what: list[str], design: tuple[str, ...]) -> None:
    assert REFERENCE is not None
    file, *options = design
    found = _run(verb, str(REFERENCE / "oracle" / "data" / file), *what, *options, "--json")
    assert found.exit_code == 0, found.output
    rows = json.loads(found.stdout)["rows"]
    recorded = _recorded(name)
    np.testing.assert_allclose([row["estimate"] for row in rows], recorded["estimates"], rtol=1e-8)
    np.testing.assert_allclose([row["se"] for row in rows], recorded["ses"], rtol=1e-8)


@pytest.mark.skipif(REFERENCE is None, reason="the reference data (shared/reference) are not beside this checkout")
def test_a_crosstab_of_real_firms_prints_rs_test() -> None:
    assert REFERENCE is not None
    data = str(REFERENCE / "oracle" / "data" / "jvs.csv")
    found = _run("crosstab", data, "nace ~ size", "-s", "stratum", "-w", "weight", "--test", "Chisq")
    assert found.exit_code == 0, found.output
    recorded = _recorded("jvs.chisq_Chisq")
    statistic = float(np.ravel(recorded.get("statistic", recorded.get("estimates")))[0])
    assert f"= {statistic:.4f}" in found.stdout
