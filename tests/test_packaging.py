"""What ships: dependencies, pinned versions, licence, make targets, documentation links."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from docs.build import broken_links, pages

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TARGETS = {"help", "report", "test", "lint", "types", "bench", "oracle", "docs", "all-tests", "ci", "clean"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if not line.startswith("#")]
    assert [row for row in rows if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", row)] == []
    return dict(row.split("==") for row in rows)


def test_constraints_are_names_and_versions_only_sorted_and_once_each() -> None:
    names = list(_pinned())
    assert names == sorted(names)


def test_every_dependency_is_pinned() -> None:
    extras = PROJECT["optional-dependencies"].values()
    wanted = {
        _normal(re.split(r"[\[<>=~! ]", line)[0]) for lines in (PROJECT["dependencies"], *extras) for line in lines
    }
    assert wanted - set(_pinned()) - {"surveykit"} == set()


def test_the_licence_is_stated_alike_everywhere() -> None:
    assert PROJECT["license"] == "GPL-3.0-or-later"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "GPL-3.0-or-later" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_help_lists_every_target() -> None:
    text = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    listed = {line.split()[1] for line in text.splitlines() if line.startswith("  make ")}
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert declared is not None
    assert listed == set(declared[1].split())
    assert listed >= TARGETS


def test_links_in_the_documentation_lead_somewhere() -> None:
    markdown = {path: (ROOT / path).read_text(encoding="utf-8") for path in pages()}
    assert Path("README.md") in markdown
    assert broken_links(markdown) == []


def test_a_broken_link_is_found() -> None:
    assert broken_links({Path("docs/x.md"): "[a](nowhere.md) [b](../README.md#start)"}) == [
        "docs/x.md: no file 'nowhere.md'"
    ]
