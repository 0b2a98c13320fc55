"""Oracle: every verified fact about the real exports holds, read from the file of facts and not retyped."""

from __future__ import annotations

import copy

import pytest

from surveykit.errors import ReadError
from surveykit.responses import read_export
from tests.reference import REFERENCE
from tests.responses.expected_checks import CHECKS
from tests.responses.expected_facts import DEFINITIONS, expected, facts, read, unsupported

pytestmark = pytest.mark.skipif(
    REFERENCE is None, reason="the reference data (shared/reference) are not beside this checkout"
)
CHECKED = [pair for pair in facts() if unsupported(*pair) is None]
DEFINED = sorted({file for file, key in facts() if unsupported(file, key) in DEFINITIONS.values()})


@pytest.mark.parametrize(("file", "key"), CHECKED)
def test_fact_holds(file: str, key: str) -> None:
    CHECKS[key](read(file), copy.deepcopy(expected()[file][key]))


@pytest.mark.parametrize("file", DEFINED)
def test_definitions_are_refused_with_the_way_to_read_them(file: str) -> None:
    assert REFERENCE is not None
    with pytest.raises(ReadError, match=r"read_instrument|\.xlsx or CSV"):
        read_export(REFERENCE / "exports" / file)


def test_every_fact_is_checked_or_has_a_reason() -> None:
    assert {key for _, key in CHECKED} <= set(CHECKS)
    assert len(CHECKED) > 250
