"""YAML written is YAML read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.instrument import parse_instrument, read_instrument
from surveykit.instrument.loading import parse_yaml
from surveykit.instrument.writing import shape_to_yaml, to_yaml
from tests.instrument.examples import FIELD_INSTRUMENTS, TINY


@pytest.mark.parametrize("path", FIELD_INSTRUMENTS, ids=lambda path: path.stem)
def test_written_instrument_reads_back_equal(path: Path) -> None:
    instrument = read_instrument(path)
    assert parse_instrument(to_yaml(instrument)) == instrument


def test_writing_is_stable() -> None:
    once = to_yaml(parse_instrument(TINY))
    assert to_yaml(parse_instrument(once)) == once


ODD = "\ufeff\u2028\u2029\ufffe\uffff"
HARD = ["no", "NO", "1e3", "08", "0x1", "~", "null", "a: b", "- x", "?", "{item}", "*x", "&x", "!t", "%a", "# c"]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=ODD), max_size=30),
    st.sampled_from(HARD),
)


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_any_text_survives(options: list[str], label: str) -> None:
    shape = {"label": {"en": label}, "options": [{"code": 1, "label": {"en": text}} for text in options], "x": options}
    assert parse_yaml(shape_to_yaml(shape)).data == shape
