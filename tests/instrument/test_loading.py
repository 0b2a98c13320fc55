"""Hostile and broken YAML: each is refused with its line and nothing is expanded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from surveykit.errors import InstrumentError, ReadError, SurveykitError
from surveykit.instrument import parse_instrument
from surveykit.instrument.loading import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [1]\nb: *x", "instrument:1: The file uses an anchor"),
        ("a: 1\nb: *x", "instrument:2: The file uses an alias"),
        ("a: !!python/object/apply:os.system ['ls']", "instrument:1: The file uses a tag"),
        ("a: !include other.yaml", "instrument:1: The file uses a tag"),
        ("%YAML 1.2\n---\na: 1", "instrument:1: The file uses a directive"),
        ("a: 1\n---\nb: 2", "instrument:2: The YAML cannot be read: but found another document"),
        ("a: " + "[" * 100_000, "nested deeper than 24 levels"),
        ("a: " + "{a: " * 5_000, "nested deeper than 24 levels"),
        ("- " * 3_000 + "a", "nested deeper than 24 levels"),
        ("a: 1\na: 2", "instrument:2: Key 'a' is given twice"),
        ("a: [1,\n", "instrument:2: The YAML cannot be read"),
        ("a: {b: why?, c: d}", "put quotes around a text that holds a question mark"),
        ("a: \x00", "special characters are not allowed"),
        ("", "is empty"),
        ("? [1, 2]\n: x", "neither a word nor a whole number"),
        ("1.5: x", "neither a word nor a whole number"),
        ("a: [" + "1, " * 10_000 + "1]", "A list of 10,001 entries is longer than the 2,000"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        parse_yaml(text)
    assert message in str(caught.value)


def test_billion_laughs_costs_nothing() -> None:
    laughs = ['l0: &l0 "lol"'] + [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 30)]
    start = time.perf_counter()
    with pytest.raises(InstrumentError, match="anchor"):
        parse_yaml("\n".join(laughs))
    assert time.perf_counter() - start < 0.5


def test_scalars_are_plain() -> None:
    """Words stay words: 'no' is not False, NO is Norway, 010 is ten, 12:30 is text."""
    text = "[no, NO, yes, on, 'true', true, null, ~, 010, 1_000, 12:30, 0x10, 1.5, .5, 1e3, .inf, 2024-07-05, -98]"
    assert parse_yaml(text).data == [
        "no", "NO", "yes", "on", "true", True, None, None, 10, "1_000", "12:30", "0x10", 1.5, 0.5, 1000.0, ".inf",
        "2024-07-05", -98,
    ]  # fmt: skip


def test_lines_of_nested_values() -> None:
    source = parse_yaml("a:\n  - b: 1\n    c:\n      d: 2\n")
    assert source.line(("a", 0, "c", "d")) == 4
    assert source.line(("a", 0, "nowhere", "else")) == 2


def test_files(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be opened"):
        read_yaml(tmp_path / "absent.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("title: caf\xe9".encode("latin-1"))
    with pytest.raises(ReadError, match=r"not UTF-8 \(byte 10\)"):
        read_yaml(latin)
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * 4_000_001)
    with pytest.raises(ReadError, match="4,000,001 bytes"):
        read_yaml(huge)
    marked = tmp_path / "marked.yaml"
    marked.write_bytes("﻿a: 1".encode())
    assert read_yaml(marked).data == {"a": 1}


@pytest.mark.parametrize("text", ["[1, 2]", "'x'", "questions: 3", "a: {b: [c, {d: e}]}"])
def test_wrong_shapes_are_findings(text: str) -> None:
    with pytest.raises(SurveykitError, match="does not hold together"):
        parse_instrument(text)
