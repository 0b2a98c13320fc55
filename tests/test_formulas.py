"""Formulas: the columns they make, held against formulaic's own materialiser on safe data, and what they refuse."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import formulaic
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.engine import FloatArray, MemoryEngine, open_engine
from surveykit.errors import SurveykitError
from surveykit.formulas import DesignMatrix, compile_formula, compile_terms, factor_data

GOLDEN = Path(__file__).parent / "golden" / "formulas.txt"
ROWS = 120


def _frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({name: rng.uniform(1, 5, ROWS) for name in ("y", "x", "v")})
    for name, levels in (("a", "pq"), ("b", "rst"), ("c", "uvw")):
        frame[name] = pd.Categorical(rng.choice(list(levels), ROWS), categories=list(levels))
    frame["k"] = rng.integers(1, 4, ROWS)
    frame["size"] = pd.Categorical(
        rng.choice(["small", "medium", "large"], ROWS), categories=["small", "medium", "large"], ordered=True
    )
    frame["two words"] = rng.normal(size=ROWS)
    return frame


FRAME = _frame()
ENGINE = MemoryEngine(FRAME)


def _filled(text: str) -> tuple[DesignMatrix, FloatArray]:
    matrix = compile_terms(text, ENGINE)
    values = [ENGINE.evaluate(factor.expr) for factor in matrix.factors]
    return matrix, matrix.fill(values, ROWS)


def _formulaic(text: str) -> tuple[list[str], FloatArray]:
    made = formulaic.model_matrix(text, FRAME, context={"log": np.log, "sqrt": np.sqrt, "exp": np.exp})
    return list(made.columns), np.asarray(made, np.float64)


def _projection(matrix: FloatArray) -> FloatArray:
    left, singular, _ = np.linalg.svd(matrix, full_matrices=False)
    basis = left[:, singular > 1e-9 * singular[0]]
    projection: FloatArray = basis @ basis.T
    return projection


#: Formulas whose columns are formulaic's, one by one and in its order.
SAME_COLUMNS = (
    "1", "x", "x + v", "x - 1", "0 + x", "a", "b", "a + b", "a * x", "a + b + a:b", "a * b", "x:v", "x * v",
    "log(x)", "sqrt(x) + v", "log(x) * b", "I(x ** 2)", "I(x + v)", "I(x / v) + a", "(x + v + a) ** 2", "a / x",
    "0 + b", "b - 1", "0 + a + b", "0 + b + a + x", "C(k)", "C(k) * x", "C(k) + a", "size", "size * x", "`two words`",
    "`two words`:a + a", "exp(x / 10) + C(k):x", "a * b * x", "(a + b) * x - a:x", "x + a + b + x", "a * b - x",
)  # fmt: skip

#: Formulas where formulaic codes the same space by other columns.
SAME_SPACE = (
    *SAME_COLUMNS, "a:b", "0 + a:b", "a + a:b", "b + a:b", "b + a:b:x", "a:x", "0 + a:x", "0 + a:x + b", "k + C(k):a",
    "0 + a:b + c", "a:b + b:c", "a:b:c", "a * b + a:b:c", "0 + x + a:x", "a:b + c:x", "a / b", "a / b / c", "b:a + x:c",
    "k + C(k)", "(a + b + c) ** 3", "(a + b + c) ** 2 - b:c", "a %in% b", "0 + C(k):a + x", "a:c - 1 + b:x",
)  # fmt: skip


@pytest.mark.parametrize("text", SAME_COLUMNS)
def test_columns_are_those_of_formulaic(text: str) -> None:
    matrix, found = _filled(text)
    names, expected = _formulaic(text)
    assert len(matrix.names) == len(names)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("text", SAME_SPACE)
def test_columns_span_the_space_of_formulaic(text: str) -> None:
    _, found = _filled(text)
    _, expected = _formulaic(text)
    np.testing.assert_allclose(_projection(found), _projection(expected), atol=1e-9)


@given(st.lists(st.sampled_from(["x", "v", "a", "b", "c", "C(k)", "a:b", "x:a", "b:c", "a:b:c", "0"]), min_size=1))
def test_any_sum_of_terms_spans_the_space_of_formulaic(terms: list[str]) -> None:
    if set(terms) == {"0"}:
        return
    text = " + ".join(terms)
    _, found = _filled(text)
    _, expected = _formulaic(text)
    np.testing.assert_allclose(_projection(found), _projection(expected), atol=1e-9)


def test_names_say_term_and_level() -> None:
    matrix, _ = _filled("size * log(x) + C(k)")
    assert matrix.names == (
        "Intercept", "size[medium]", "size[large]", "log(x)", "k[2]", "k[3]",
        "size[medium]:log(x)", "size[large]:log(x)",
    )  # fmt: skip
    assert [term.name for term in matrix.terms] == ["Intercept", "size", "log(x)", "k", "size:log(x)"]


@pytest.mark.parametrize("text", ["a * x + C(k)", "log(x):b + I(x > 2)", "`two words` + size"])
def test_a_column_as_an_expression_is_the_column(text: str) -> None:
    matrix, filled = _filled(text)
    for place in range(len(matrix.columns)):
        expr = matrix.column_expr(place)
        if expr is None:
            assert matrix.columns[place].name == "Intercept"
            continue
        np.testing.assert_allclose(np.asarray(ENGINE.evaluate(expr).data, float), filled[:, place])


def test_levels_keep_the_order_of_the_data(engine_data: Callable[[pd.DataFrame], tuple[Any, Any]]) -> None:
    data, engine = engine_data(FRAME)
    matrix = compile_formula("y ~ size + C(k) + a", open_engine(data, engine))
    kept = matrix.factors[0].levels == ("small", "medium", "large")
    # A CSV file has no categories: there the labels are sorted.
    assert kept or matrix.factors[0].levels == ("large", "medium", "small")
    assert matrix.factors[1].levels == (1, 2, 3)
    assert matrix.factors[2].levels == ("p", "q")


def test_levels_of_a_polars_categorical_do_not_depend_on_the_order_of_rows() -> None:
    for labels in (["q", "p", "r"], ["r", "q", "p"]):
        engine = MemoryEngine(pl.DataFrame({"a": pl.Series(labels, dtype=pl.Categorical)}))
        assert compile_terms("a", engine).factors[0].levels == ("p", "q", "r")
    chosen = pl.DataFrame({"a": pl.Series(["q", "p"], dtype=pl.Enum(["q", "p"]))})
    assert compile_terms("a", MemoryEngine(chosen)).factors[0].levels == ("q", "p")


def test_both_sides_take_comparisons_in_brackets_of_a_function() -> None:
    matrix = compile_formula("I(size == 'large') ~ I(x > 2) + C(size in ('small', 'medium'))", ENGINE)
    assert matrix.response is not None
    assert matrix.response.levels is None
    np.testing.assert_array_equal(ENGINE.evaluate(matrix.response.expr).data, FRAME["size"] == "large")
    assert matrix.names == ("Intercept", "x > 2", "size in ('small', 'medium')[True]")


@pytest.mark.parametrize("label", ["a|b", "{x}", "a ~ b", "x ** 2", "[1]", "a.b", "it''s", "+ - * :", "売上 ～"])
def test_text_between_quotes_is_a_label_whatever_its_marks(label: str) -> None:
    engine = MemoryEngine(pd.DataFrame({"y": [1.0, 2.0, 3.0], "s": [label, "other", label]}))
    matrix = compile_formula(f'y ~ I(s == "{label}")', engine)
    np.testing.assert_array_equal(engine.evaluate(matrix.factors[0].expr).data, [True, False, True])


def test_offsets_add_up_and_are_no_columns() -> None:
    matrix = compile_formula("y ~ x + offset(log(v)) + offset(k)", ENGINE)
    assert matrix.names == ("Intercept", "x")
    assert matrix.offset is not None
    np.testing.assert_allclose(ENGINE.evaluate(matrix.offset).data, np.log(FRAME["v"]) + FRAME["k"])


def test_missing_and_unknown_values_have_no_code() -> None:
    matrix = compile_formula("y ~ C(k) + a + x", ENGINE)
    new = MemoryEngine(pd.DataFrame({"k": [1.0, np.nan, 9.0], "a": ["q", None, "z"], "x": [1.0, np.nan, 3.0]}))
    codes = [factor_data(factor, new.evaluate(factor.expr)).tolist() for factor in matrix.factors]
    assert codes == [[0, -1, -1], [1, -1, -1], [1.0, 0.0, 3.0]]


REFUSED = (
    "", "x + v", "~", "y ~", "y ~ -1", "y ~ 0", "y ~ nothing", "y ~ siz", "y + x ~ v", "y:x ~ v", "1 ~ x", "y ~ x ~ v",
    "y ~ 2 * x", "y ~ 3.5 + x", "y ~ 'x'", "y ~ x v", "y ~ (x", "y ~ log(x", "y ~ x > 2", "size == 'large' ~ x",
    "y ~ x ** 2", "y ~ log(x)^2", "y ~ x ** v", "y ~ .", "y ~ x | a", "y ~ {x}", "y ~ x[0]", "y ~ [x ~ v]", "y ~ I(1)",
    "y ~ C()", "y ~ C(C(k))", "y ~ C(a, contr.sum)", "y ~ offset(x):v", "y ~ bs(x)", "y ~ poly(x, 2)", "y ~ np.log(x)",
    "y ~ x.values", "y ~ x.__class__", "y ~ `__class__`", "y ~ __import__('os').system('true')", "y ~ exec('1')",
    "y ~ (lambda: 1)()", "y ~ I((lambda: x)())", "y ~ I([x for x in a])", "y ~ Q('x')", "y ~ f'{x}'",
    "y ~ I(f'{x}')", "y ~ I(x := 3)", "y ~ x; import os", "y ~ x # all", "y ~ @x", "y ~ I(x if x else __debug__)",
    "y ~ I('x'.join(a))", "y ~ I(globals()['x'])", "y ~ I(x @ v)", "y ~ I(None)", "y ~ I(b'x' == a)",
)  # fmt: skip


def test_refusals_have_their_golden_wording() -> None:
    lines = []
    for text in REFUSED:
        with pytest.raises(SurveykitError) as caught:
            compile_formula(text, ENGINE)
        lines.append(f"{text!r}\n    {caught.value}")
    assert "\n".join(lines) + "\n" == GOLDEN.read_text(encoding="utf-8")


@given(st.text(alphabet=st.sampled_from("xyab~+-*:/()'`.^ 01[]{}|C,I=<"), max_size=25))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    with contextlib.suppress(SurveykitError):
        assert compile_formula(text, ENGINE).columns


def test_limits() -> None:
    wide = MemoryEngine(pd.DataFrame({"y": np.arange(90.0), "g": np.arange(90), "h": np.arange(90)}))
    with pytest.raises(SurveykitError, match="makes more than 5000 columns"):
        compile_formula("y ~ C(g) * C(h)", wide)
    with pytest.raises(SurveykitError, match="characters long; at most 5000 are read"):
        compile_formula("y ~ " + " + ".join(["x"] * 3000), ENGINE)
