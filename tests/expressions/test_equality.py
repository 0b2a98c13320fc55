"""NumPy and SQL say the same: random expressions over random rows with missing values, evaluated by both."""

from __future__ import annotations

import math
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import ExpressionError
from surveykit.expressions import Expr, SqlColumn, Values, evaluate, parse, to_sql

NUMBERS = ("a", "b", "whole")
CHOICES = {"size": ("small", "medium", "large"), "rating": ("low", "mid", "high"), "odd name (%)": ("x", "it's")}
ORDERED = frozenset({"rating"})
EDGES = {"lo": np.array([0.0, 10.0, 25.0]), "hi": np.array([10.0, 25.0, np.inf]), "mid": np.array([5.0, 17.5, np.nan])}
BANDS = ("0-10", "10-25", "25+")

finite = st.floats(-50, 50).map(lambda value: round(value, 3))
rows = st.fixed_dictionaries(
    {
        "a": st.none() | finite,
        "b": st.none() | finite,
        "whole": st.none() | st.integers(-4, 4),
        "flag": st.none() | st.booleans(),
        "band": st.none() | st.integers(0, 2),
        **{name: st.none() | st.integers(0, len(labels) - 1) for name, labels in CHOICES.items()},
    }
)
tables = st.lists(rows, min_size=1, max_size=6)


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(list(CHOICES)))
    label = (
        draw(st.sampled_from((*CHOICES[name], "unknown")))
        if name not in ORDERED
        else draw(st.sampled_from(CHOICES[name]))
    )
    symbols = ("==", "!=", "<", "<=", ">", ">=") if name in ORDERED else ("==", "!=")
    text = "'" + label.replace("'", "\\'") + "'"
    if draw(st.booleans()):
        return f"{_quoted(name)} {draw(st.sampled_from(symbols))} {text}"
    negated = draw(st.sampled_from(("in", "not in")))
    return f"{_quoted(name)} {negated} ({text}, {CHOICES[name][0]!r})"


numbers: st.SearchStrategy[str] = st.deferred(
    lambda: (
        st.sampled_from(NUMBERS)
        | finite.map(repr)
        | st.sampled_from(("mid(band)", "lo(band)", "hi(band)"))
        | st.builds("({} {} {})".format, numbers, st.sampled_from("+-*/%"), numbers)
        | st.builds("(-{})".format, numbers)
        | st.builds(
            "{}({})".format, st.sampled_from(("abs", "floor", "ceil", "round", "sqrt", "log", "log10")), numbers
        )
        | st.builds("exp({} / 60)".format, st.sampled_from(NUMBERS))
        | st.builds("({} ** {})".format, st.sampled_from(NUMBERS), st.sampled_from(("2", "3", "-1", "0.5")))
        | st.builds("{}({}, {})".format, st.sampled_from(("min", "max")), numbers, numbers)
        | st.builds("({} if {} else {})".format, numbers, truths, numbers)
    )
)
truths: st.SearchStrategy[str] = st.deferred(
    lambda: (
        st.just("flag")
        | comparisons()
        | st.builds("({} {} {})".format, numbers, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), numbers)
        | st.builds("missing({})".format, st.sampled_from((*NUMBERS, "size", "flag")))
        | st.builds("({} {} {})".format, truths, st.sampled_from(("and", "or")), truths)
        | st.builds("(not {})".format, truths)
        | st.builds("whole {} (1, 2, -3)".format, st.sampled_from(("in", "not in")))
    )
)


def _columns(table: list[dict[str, Any]]) -> dict[str, Values]:
    frame = pd.DataFrame(table)

    def column(name: str, dtype: Any, **facts: Any) -> Values:
        valid = frame[name].notna().to_numpy(bool)
        data = np.array([dtype(value) if known else dtype(0) for value, known in zip(frame[name], valid, strict=True)])
        return Values(data, None if valid.all() else valid, name=name, **facts)

    found = {name: column(name, float) for name in NUMBERS} | {"flag": column("flag", bool)}
    found["band"] = column("band", int, categories=BANDS, ordered=True, edges=EDGES)
    for name, labels in CHOICES.items():
        found[name] = column(name, int, categories=labels, ordered=name in ORDERED)
    return found


def _sql_column(name: str) -> SqlColumn:
    quoted = '"' + name + '"'
    if name in NUMBERS:
        return SqlColumn(quoted, name=name)
    if name == "flag":
        return SqlColumn(quoted, "truth", name=name)
    if name == "band":
        return SqlColumn(quoted, "category", BANDS, True, EDGES, name)
    return SqlColumn(quoted, "category", CHOICES[name], name in ORDERED, None, name)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _by_numpy(expr: Expr, table: list[dict[str, Any]]) -> list[Any]:
    found = evaluate(expr, _columns(table).__getitem__).rows(len(table))
    valid = np.ones(len(table), bool) if found.valid is None else found.valid
    return [value.item() if known else None for value, known in zip(found.data, valid, strict=True)]


def _by_sql(expr: Expr, table: list[dict[str, Any]], connection: duckdb.DuckDBPyConnection) -> list[Any]:
    kinds = dict.fromkeys(NUMBERS, "DOUBLE") | {"flag": "BOOLEAN"}
    names = ["a", "b", "whole", "flag", "band", *CHOICES]
    definition = ", ".join(f'"{name}" {kinds.get(name, "INTEGER")}' for name in names)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE rows_ (place INTEGER, {definition})")
    marks = ", ".join("?" * (len(names) + 1))
    connection.executemany(
        f"INSERT INTO rows_ VALUES ({marks})",
        [[place, *(row[name] for name in names)] for place, row in enumerate(table)],
    )
    sql = to_sql(expr, _sql_column).sql
    return [value for (value,) in connection.execute(f"SELECT {sql} FROM rows_ ORDER BY place").fetchall()]


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(float(one), float(other), rel_tol=1e-12, abs_tol=1e-12)


@settings(max_examples=60)
@given(text=truths, table=tables)
def test_conditions_agree(text: str, table: list[dict[str, Any]], connection: duckdb.DuckDBPyConnection) -> None:
    _assert_equal(text, table, connection)


@settings(max_examples=60)
@given(text=numbers, table=tables)
def test_numbers_agree(text: str, table: list[dict[str, Any]], connection: duckdb.DuckDBPyConnection) -> None:
    _assert_equal(text, table, connection)


def _assert_equal(text: str, table: list[dict[str, Any]], connection: duckdb.DuckDBPyConnection) -> None:
    expr = parse(text)
    one, other = _by_numpy(expr, table), _by_sql(expr, table, connection)
    assert all(map(_same, one, other)), f"{text}: NumPy {one}, SQL {other}"


MISSING = [{"a": None, "b": 1.0, "whole": 0, "flag": None, "band": None, **dict.fromkeys(CHOICES)}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("flag and b > 5", False),  # false decides whatever the missing side is
        ("flag or b > 0", True),
        ("flag and b > 0", None),
        ("flag or b > 5", None),
        ("not flag", None),
        ("a > 0", None),
        ("a + b", None),
        ("b / whole", None),  # a result that is not finite is missing
        ("log(whole)", None),
        ("sqrt(-b)", None),
        ("missing(a)", True),
        ("missing(b)", False),
        ("size == 'small'", None),
        ("size not in ('small', 'large')", None),
        ("1 if flag else 2", None),
        ("mid(band)", None),
        ("min(a, b)", None),
        ("round(2.5 * b)", 2.0),  # half to even
        ("round(b * 0.125, 2)", 0.12),
    ],
)
def test_missing_values_follow_the_logic_of_sql(text: str, value: Any, connection: duckdb.DuckDBPyConnection) -> None:
    expr = parse(text)
    for found in (_by_numpy(expr, MISSING), _by_sql(expr, MISSING, connection)):
        assert _same(found[0], value), found


BOTH_REFUSE = ["size + 1", "size < 'small'", "band * 2", "rating > 'never'", "a == 'x'", "mid(size)", "a in ('x',)"]


@pytest.mark.parametrize("text", BOTH_REFUSE)
def test_both_refuse_what_has_no_meaning(text: str) -> None:
    expr = parse(text)
    with pytest.raises(ExpressionError):
        evaluate(expr, _columns(MISSING).__getitem__)
    with pytest.raises(ExpressionError):
        to_sql(expr, _sql_column)
