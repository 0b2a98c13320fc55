"""The published facts in data/ are those of the manifest, with source and licence in every row."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
FOLDERS = ("facts", "meti2025", "population", "quoted")
FREE = (
    "CC0 1.0",
    "CC BY 4.0",
    "Government of Japan Standard Terms",
    "OECD terms (attribution); underlying table Government",
    "METI website",
)


def _manifest() -> list[dict[str, str]]:
    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("entry", _manifest(), ids=lambda entry: entry["file"])
def test_file_is_what_the_manifest_says(entry: dict[str, str]) -> None:
    path = DATA / entry["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"], "run python data/make_manifest.py"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == int(entry["rows"])
    assert all(row["source"] and row["licence"] for row in rows)


def test_manifest_lists_every_file() -> None:
    held = {path.relative_to(DATA).as_posix() for folder in FOLDERS for path in (DATA / folder).glob("*.csv")}
    assert held == {entry["file"] for entry in _manifest()}


def test_tables_are_under_free_licences() -> None:
    for entry in _manifest():
        if not entry["file"].startswith("quoted/"):
            assert all(licence.startswith(FREE) for licence in entry["licence"].split(" | ")), entry["file"]


def test_no_path_of_a_workplace_is_shipped() -> None:
    for entry in _manifest():
        text = (DATA / entry["file"]).read_text(encoding="utf-8")
        assert "/tmp/" not in text
        assert "/work/" not in text
