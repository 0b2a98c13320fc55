"""What the language refuses, in the words that users see: the wording is kept as golden text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from surveykit.errors import ExpressionError, SurveykitError
from surveykit.expressions import ChoiceColumns, Expr, Values, evaluate, expand_choices, names, parse, quote_name

GOLDEN = Path(__file__).parent / "golden" / "refusals.txt"

#: Texts that try to be more than an expression, or are less.
PARSED = (
    "",
    "   ",
    "a +",
    "a ==== b",
    "firm.__class__",
    "__import__('os').system('id')",
    "a[0]",
    "lambda: 1",
    "[x for x in a]",
    "f'{a}'",
    "open('secrets')",
    "eval('1')",
    "lgo(a)",
    "log(a, 2)",
    "log(x=a)",
    "log(*a)",
    "a is None",
    "a in b",
    "a in (b, 1)",
    "~a",
    "a & b",
    "a << 2",
    "a := 3",
    "None",
    "b'bytes'",
    "1j",
    "...",
    "`unclosed",
    "`` > 1",
    "__a",
    "a; b",
    "a if b",
    "max(a)",
    "((((((((((" * 7 + "a" + "))))))))))" * 7,
    "not " * 300 + "a",
    "a" * 10_001,
)
EVALUATED = (
    "size + 1",
    "size > 'small'",
    "rating > 'excellent'",
    "share * 2",
    "sales == 'much'",
    "sales in ('much',)",
    "mid(size)",
    "mid(sales)",
    "any(U1)",
    "round(sales, sales)",
    "1 if sales > 0 else size",
)
CHOSEN = ("any(size)", "selected(U1, 99)", "count(1)")

_COLUMNS = {
    "sales": Values(np.array([1.0]), name="sales"),
    "size": Values(np.array([0]), categories=("small", "large"), name="size"),
    "rating": Values(np.array([0]), categories=("poor", "good"), ordered=True, name="rating"),
    "share": Values(
        np.array([0]),
        categories=("0-10", "10+"),
        ordered=True,
        edges={"lo": np.array([0.0, 10.0]), "hi": np.array([10.0, 20.0]), "mid": np.array([5.0, 15.0])},
        name="share",
    ),
}
_GROUPS = {"U1": ChoiceColumns({7: "U1_07", 8: "U1_08"}, frozenset({8}))}


def _evaluate(text: str) -> Values:
    return evaluate(parse(text), _COLUMNS.__getitem__)


def _expand(text: str) -> Expr:
    return expand_choices(parse(text), _GROUPS)


STEPS: tuple[tuple[Callable[[str], object], tuple[str, ...]], ...] = (
    (parse, PARSED),
    (_evaluate, EVALUATED),
    (_expand, CHOSEN),
)


def _messages() -> str:
    lines = []
    for step, texts in STEPS:
        for text in texts:
            with pytest.raises(ExpressionError) as caught:
                step(text)
            lines.append(f"{text[:60]!r}\n    {caught.value}")
    return "\n".join(lines) + "\n"


def test_refusals_have_their_golden_wording() -> None:
    assert _messages() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", PARSED)
def test_every_refusal_names_what_and_how_to_go_on(text: str) -> None:
    with pytest.raises(SurveykitError) as caught:
        parse(text)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "name", ["size", "Export share (%)", "class", "and", "log", "売上高", "a b", "x.y", "1st", "it's"]
)
def test_a_quoted_name_reads_back_as_that_column(name: str) -> None:
    assert names(parse(quote_name(name))) == (name,)


def test_a_name_with_a_backtick_cannot_be_written() -> None:
    with pytest.raises(ExpressionError, match="backtick"):
        quote_name("a`b")


def test_text_that_looks_like_code_stays_text() -> None:
    found = parse("size == '__import__(\"os\")'")
    assert names(found) == ("size",)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("any(U1)", "U1_07 == 1"),
        ("selected(U1, 8)", "U1_08 == 1"),
        ("count(U1) >= 1", "(1 if U1_07 == 1 else 0) >= 1"),
    ],
)
def test_multiple_choices_become_plain_comparisons(text: str, same: str) -> None:
    assert _expand(text) == parse(same)


if __name__ == "__main__":
    GOLDEN.write_text(_messages(), encoding="utf-8")
