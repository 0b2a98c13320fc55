"""The validator: golden text over a file in which nearly everything is wrong, and one case a rule where it matters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from surveykit.errors import InstrumentError
from surveykit.instrument import check_instrument, parse_instrument, read_instrument
from tests.instrument.examples import HEAD, TINY

GOLDEN = Path(__file__).parent / "golden"


def findings_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "i.yaml"
    path.write_text(text, encoding="utf-8")
    return [str(finding) for finding in check_instrument(path)[1]]


def test_everything_at_once() -> None:
    """All findings of a broken file, each with file, line and remedy, as golden text."""
    _, findings = check_instrument(GOLDEN / "broken.yaml")
    told = "\n".join(str(finding) for finding in findings) + "\n"
    golden = GOLDEN / "broken.txt"
    if os.environ.get("SURVEYKIT_WRITE_GOLDEN"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"does not hold together \(\d+ errors\)") as caught:
        read_instrument(GOLDEN / "broken.yaml")
    assert sum(finding.severity == "error" for finding in findings) == str(caught.value).count(": error [")


def test_sound_file_has_no_findings(tmp_path: Path) -> None:
    assert findings_of(tmp_path, TINY) == []


BAND = (
    HEAD
    + """
questions:
  - id: B1
    type: band
    unit: UNIT
    whole: WHOLE
    label: {en: Band, ja: 帯}
    options:
      - {code: 1, FIRST, mid: 5, label: {en: low, ja: 低}}
      - {code: 2, SECOND, mid: 60, label: {en: high, ja: 高}}
"""
)


@pytest.mark.parametrize(
    ("first", "second", "unit", "whole", "rules"),
    [
        ("lo: 0, hi: 50, closed: both", "lo: 50, hi: 100, closed: right", "percent", "false", []),
        ("lo: 0, hi: 50, closed: left", "lo: 50, hi: 100, closed: both", "percent", "false", []),
        ("lo: 0, hi: 50, closed: left", "lo: 50, hi: 100, closed: right", "percent", "false", ["band-gap"]),
        ("lo: 0, hi: 50, closed: both", "lo: 50, hi: 100, closed: both", "percent", "false", ["band-overlap"]),
        ("lo: 0, hi: 40, closed: both", "lo: 50, hi: 100, closed: both", "percent", "false", ["band-gap"]),
        ("lo: 0, hi: 50, closed: right", "lo: 50, hi: 100, closed: right", "percent", "false", ["band-percent"]),
        ("lo: 0, hi: 50, closed: both", "lo: 50, hi: 90, closed: right", "percent", "false", ["band-percent"]),
        ("lo: 0, hi: 50, closed: both", "lo: 50, closed: neither", "percent", "false", ["band-percent"]),
        ("lo: 0, hi: 50, closed: both", "lo: 50, closed: neither", "EUR", "false", []),
        ("lo: 1, hi: 10, closed: both", "lo: 11, hi: 60, closed: both", "persons", "true", []),
        ("lo: 1, hi: 10, closed: both", "lo: 11, hi: 60, closed: both", "hours", "false", ["band-gap"]),
        ("lo: 1, hi: 10, closed: both", "lo: 12, hi: 60, closed: both", "persons", "true", ["band-gap"]),
        ("lo: 1, hi: 10, closed: both", "lo: 10, hi: 60, closed: both", "persons", "true", ["band-overlap"]),
        ("lo: 10, hi: 1, closed: both", "lo: 10, hi: 60, closed: both", "EUR", "false", ["band-edges"]),
        ("lo: 5, hi: 5, closed: left", "lo: 5, hi: 60, closed: both", "EUR", "false", ["band-empty"]),
        ("lo: 0, hi: 4, closed: both", "lo: 4, hi: 60, closed: right", "EUR", "false", ["band-mid"]),
        ("lo: 0, hi: 50", "lo: 50, hi: 100, closed: both", "percent", "false", ["band-closed"]),
    ],
)  # fmt: skip
def test_bands(tmp_path: Path, first: str, second: str, unit: str, whole: str, rules: list[str]) -> None:
    text = BAND.replace("FIRST", first).replace("SECOND", second).replace("UNIT", unit).replace("WHOLE", whole)
    found = findings_of(tmp_path, text)
    assert [line.split("[")[1].split("]")[0] for line in found] == rules


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ask_if: X2 > 0", "ask_if: X2 > 0 and X1 == 1", "Nobody can reach 'X3': X2 > 0 and X1 == 1 never holds."),
        ("ask_if: X2 > 0", "ask_if: V1_1 == 1", "ask_if of 'X3' looks at 'V1', which is asked later."),
        ("ask_if: X2 > 0", "ask_if: X3 > 0", "ask_if of 'X3' looks at 'X3', which is the question itself."),
        ("ask_if: X2 > 0", "ask_if: X2 == 7", "names code 7, which 'X2' does not have. Its codes: 0, 1, 2."),
        ("ask_if: X2 > 0", "ask_if: X2 > 9", "compares 'X2' with 9, outside its codes."),
        ("ask_if: X2 > 0", "ask_if: X2 == -98", "A missing answer equals nothing; ask missing(X2)."),
        ("ask_if: X2 > 0", "ask_if: selected(U1, 8)", "selected(U1, 8): 'U1' has no such option."),
        ("ask_if: X2 > 0", "ask_if: U1_07 == 2", "names code 2, which 'U1_07' does not have."),
        ("ask_if: X2 > 0", "ask_if: size == 1 and not size == 1", "Nobody can reach 'X3'"),
        ("ask_if: X2 > 0", "ask_if: X2 > 'a'", "compares 'X2' with the text 'a'"),
        ("ask_if: X2 > 0", "ask_if: shown(V9)", "'V9' is not a question."),
        ("ask_if: X2 > 0", "ask_if: X2 * 2 > 0", "calculates with the codes of 'X2'. Use mid(X2)."),
        ("ask_if: X2 > 0", "ask_if: log(X2) > 0", "calculates with the codes of 'X2'. Use mid(X2)."),
        ("ask_if: X2 > 0", "ask_if: lambda x: x", "is not allowed"),
        ("ask_if: X2 > 0", "ask_if: __import__('os') == 1", "is not allowed"),
        ("ask_if: X2 > 0", "ask_if: X2[0] == 1", "indexing"),
        ("count(U1) > 0", "count(U1) > 4", "Nobody can reach 'V1': count(U1) > 4 never holds."),
        ("over: U1", "over: V1", "Loop 'U2' runs over 'V1', which is no earlier multi question and no list."),
        ("value: count(U1)", "value: count(U2)", "count(U2) has no single meaning for a loop."),
    ],
)  # fmt: skip
def test_routing(tmp_path: Path, old: str, new: str, message: str) -> None:
    key, _, value = new.partition(": ")
    text = TINY.replace(old, f'{key}: "{value}"' if value else new)
    found = findings_of(tmp_path, text)
    assert any(message in line for line in found), found


def test_conditions_are_followed_through_other_questions(tmp_path: Path) -> None:
    """X3 rests on X2, which is asked only of exporters: asking it of non-exporters with a share reaches nobody."""
    text = TINY.replace("ask_if: X2 > 0", "ask_if: X2 > 0 and derived_none == 1")
    text = text.replace("derived:\n", "derived:\n  - {id: derived_none, value: X1 == 1, label: {en: No, ja: 無}}\n")
    assert any("Nobody can reach 'X3'" in line for line in findings_of(tmp_path, text))


@pytest.mark.parametrize(
    "broken",
    [
        "X1.__class__ == 1", "().__class__.__bases__[0].__subclasses__()", "exec('1')", "open('x') == 1", "X1 if",
        "(" * 200,
        "X1 == " + "9" * 5_000, "'a' * 10 ** 9 == X1", "X1 := 2", "[x for x in X1]", "f'{X1}'", "X1 is None",
    ],
)  # fmt: skip
def test_hostile_expressions_are_findings(tmp_path: Path, broken: str) -> None:
    text = TINY.replace("ask_if: X2 > 0", f'ask_if: "{broken}"')
    found = findings_of(tmp_path, text)
    assert any(": error [" in line for line in found)


def test_html_in_labels_is_text() -> None:
    text = TINY.replace("en: Where,", 'en: "<script>alert(1)</script>",')
    assert parse_instrument(text).question("S1").label["en"] == "<script>alert(1)</script>"


def test_ten_thousand_options(tmp_path: Path) -> None:
    options = "{" + ", ".join(f"{code}: {{en: o{code}, ja: 選{code}}}" for code in range(10_000)) + "}"
    question = f"{{id: Q1, type: single, label: {{en: a, ja: あ}}, options: {options}}}"
    found = findings_of(tmp_path, HEAD + f"questions:\n  - {question}\n")
    assert len(found) == 1
    assert "A list of 10,000 entries is longer than the 2,000 that are allowed" in found[0]
