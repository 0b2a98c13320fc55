"""Rows in memory: levels and codes of every kind, sums in steps, frames that change afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.design import Design
from surveykit.engine import MemoryEngine, open_engine
from surveykit.engine.grouping import distinct, factorise, group_sums, key_codes
from surveykit.estimation.descriptive import mean, proportion
from surveykit.expressions import Column, Values
from surveykit.survey import Survey

NUMBERS = st.one_of(
    st.lists(st.integers(-5, 5), min_size=1),
    st.lists(st.integers(-(2**40), 2**40), min_size=1),
    st.lists(st.sampled_from([0.0, -0.0, 0.5, 2.0, 1e9, 3e10, -1.25]), min_size=1),
)


@given(NUMBERS, st.randoms(use_true_random=False))
def test_levels_and_codes_of_numbers(numbers: list[float], random: Any) -> None:
    data = np.array(numbers)
    valid = np.array([random.random() < 0.8 for _ in numbers])
    for mask in (None, valid):
        levels = distinct(Values(data, mask))
        assert levels == tuple(label for label in factorise(Values(data, mask))[1] if label is not None)
        assert levels == tuple(sorted(set((data if mask is None else data[mask]).tolist())))
        if levels:
            codes, known = key_codes(Values(data, mask), levels)
            held = np.ones(len(data), np.bool_) if known is None else known
            assert (held == (True if mask is None else mask)).all()
            assert [levels[code] for code in codes[held]] == data[held].tolist()


def test_levels_that_are_missing_from_a_list_are_not_counted() -> None:
    codes, known = key_codes(Values(np.array([1, 2, 3, 7])), (1, 3))
    assert known is not None
    assert known.tolist() == [True, False, True, False]
    assert codes[known].tolist() == [0, 1]
    codes, known = key_codes(Values(np.array([0, 1, -1]), np.array([True, True, False]), ("a", "b")), ("b",))
    assert known is not None
    assert known.tolist() == [False, True, False]


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.float32, np.bool_])
def test_small_integers_do_not_wrap(kind: Any) -> None:
    frame = pd.DataFrame({"y": np.array([100, 100, 120, 1]).astype(kind), "w": [100.0, 100.0, 1.0, 1.0]})
    wide = frame.assign(y=frame.y.astype(float))
    assert mean(Survey(frame, weights="w"), ["y", "y * y"]).estimate.tolist() == pytest.approx(
        mean(Survey(wide, weights="w"), ["y", "y * y"]).estimate.tolist()
    )


@given(st.integers(1, 400), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_sums_in_steps(rows: int, chunk: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"h": rng.integers(0, 2, rows), "y": rng.normal(1e3, 1, rows), "g": rng.integers(3, 6, rows)})
    frame.loc[(rng.random(rows) < 0.2) & (np.arange(rows) > 0), "y"] = np.nan
    frame["w"] = rng.integers(0, 3, rows) + (np.arange(rows) == 0)
    for design in (Design(lonely="adjust"), Design(strata="h", lonely="adjust"), Design(clusters="h", lonely="adjust")):
        whole = mean(Survey(frame, design, "w"), "y", by="g")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("surveykit.engine.memory.CHUNK", chunk)
            stepped = mean(Survey(frame, design, "w"), "y", by="g")
        size = np.nanmax(whole.se, initial=0)
        np.testing.assert_allclose(stepped.estimate, whole.estimate, rtol=1e-12)
        np.testing.assert_allclose(stepped.se, whole.se, rtol=1e-9, atol=1e-7 * size)
        assert stepped.n.tolist() == whole.n.tolist()
        assert stepped.df.tolist() == whole.df.tolist()


def test_group_sums_of_no_group() -> None:
    weight, y = np.array([1.0, 2.0]), np.array([3, 5], np.int8)
    assert group_sums(None, 1, weight, [None, y]).tolist() == [[3.0, 13.0]]
    assert group_sums(np.array([1, 1]), 3, weight, [None, y]).tolist() == [[0, 0], [3, 13], [0, 0]]


def test_a_frame_that_changes_afterwards() -> None:
    frame = pd.DataFrame({"y": [1.0, 2.0, 3.0], "g": ["a", "b", "a"]})
    survey = Survey(frame)
    assert mean(survey, "y").estimate.tolist() == [2.0]
    frame.loc[0, "y"] = 100.0
    frame["g"] = "z"
    frame["new"] = 1
    assert mean(survey, "y").estimate.tolist() == [2.0]
    assert proportion(survey, "g").names == ("a", "b")
    assert survey.engine.columns == ("y", "g")


def test_column_kinds(engine_data: Any) -> None:
    frame = pd.DataFrame({"t": ["b", None, "a"], "b": pd.array([True, None, False], "boolean"), "i": [3, 1, 2]})
    engine = open_engine(*engine_data(frame))
    assert engine.levels(Column("t")) == ("a", "b")
    assert engine.levels(Column("b")) == (False, True)
    assert engine.levels(Column("i")) == (1, 2, 3)
    assert engine.describe(Column("t")).categories == ("a", "b")


def test_mappings_and_engines_are_opened() -> None:
    engine = open_engine({"y": [1.0, 2.0]})
    assert isinstance(engine, MemoryEngine)
    assert open_engine(engine) is engine
