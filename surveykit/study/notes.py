"""Notes of estimates in Japanese: what the estimation room says in English, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

__all__ = ["design_in", "in_japanese", "notes_in", "test_name_in"]

_TESTS = {
    "Pearson's X^2, Rao and Scott's second-order correction": "ピアソンのカイ二乗検定(Rao-Scott の二次補正)",
    "Pearson's X^2, Rao and Scott's second-order correction, chi-square": (
        "ピアソンのカイ二乗検定(Rao-Scott の二次補正、カイ二乗分布)"
    ),
    "Pearson's X^2, Rao and Scott's first-order correction": "ピアソンのカイ二乗検定(Rao-Scott の一次補正)",
    "Pearson's X^2, exact distribution of the linear combination of chi-squares": (
        "ピアソンのカイ二乗検定(カイ二乗の線形結合の分布)"
    ),
    "Pearson's X^2, saddlepoint approximation": "ピアソンのカイ二乗検定(鞍点近似)",
    "Design-based Wald test": "標本設計に基づくワルド検定",
    "Design-based Wald test, adjusted for the design's df": "標本設計に基づくワルド検定(自由度調整済み)",
}
_DESIGNS = (
    ("rows are the sampling units", "回答ごとに抽出"),
    (r"strata by (.+?)(?=、|$)", r"層:\1"),
    (r"clusters by (.+?)(?=、|$)", r"集落:\1"),
)


def _weighting(text: str) -> str:
    """``weighted by 'w'`` in Japanese."""
    name = text.removeprefix("weighted by '").removesuffix("'")
    return "ウエイトなし" if text == "unweighted" else f"ウエイト「{name}」"


def _beside(found: re.Match[str]) -> str:
    """The line that describes one of several models side by side."""
    heading, formula, family, link, n, weight, design, df, deviance = found.groups()
    shown = f"{heading}:{formula}({family}、{link})、n = {n}、{_weighting(weight)}、{design}、残差自由度 {df}"
    return f"{shown}、逸脱度 {deviance}。" if deviance else f"{shown}。"


_MODEL = (
    r"(.+?): (.+ ~ .+) \((.+), (\w+)\); n = (\d+), (weighted by '.+'|unweighted), (.+), (.+) residual .+ of freedom"
    r"(?:, deviance (.+))?\."
)

_SENTENCES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (
        r"Intervals are model-based: they hold if selection is ignorable given the weighting margins\.",
        "区間はモデルに基づく(ウエイトの変数を所与として回答の選択が無視できる場合に成り立つ)。",
    ),
    (
        r"ILLUSTRATIVE POPULATION: the weights rest on invented counts\.",
        "例示の母集団:ウエイトは架空の企業数に基づく。",
    ),
    (
        r"(\d+) row\(s\) of the domain have no answer in (.+) and are left out\.",
        r"\2 に回答のない \1 件は集計に含まない。",
    ),
    (r"Rows without an answer are left out item by item\.", "回答のない行は項目ごとに除く。"),
    (r"(\d+) row\(s\) of the domain have no answer and are left out\.", r"回答のない \1 件は集計に含まない。"),
    (r"Domain: responses that count\.", "集計対象:有効回答。"),
    (r"Domain: responses that count and (.+)\.", r"集計対象:有効回答のうち \1。"),
    (r"Domain: (.+)\.", r"集計対象:\1。"),
    (
        r"Letters name the columns that a cell exceeds \(capital p < ([\d.]+), small p < ([\d.]+); .+: (\w+); .+",
        r"文字は、その列より割合が高いことを示す(大文字 p < \1、小文字 p < \2。多重比較の調整:\3。最初の列が A)。",
    ),
    (
        r"The smallest expected count is ([\d.]+): the approximation may be poor\.",
        r"期待度数の最小値は \1 であり、近似が粗い可能性がある。",
    ),
    (r"Left out because they depend on other columns: (.+)\.", r"他の変数に従属するため除外:\1。"),
    (
        r"Effects are associations given the other variables of the model; they are causal only if .+",
        "効果はモデルの他の変数を所与とした関連であり、調査設計が保証しない限り因果関係を意味しない。",
    ),
    (
        r"Standard errors rest on a kernel estimate of the density of the outcome at the quantile\.",
        "標準誤差は分位点における密度のカーネル推定に基づく。",
    ),
    (
        _MODEL,
        _beside,
    ),
    (
        r"(.+?): n = (\d+), (weighted by '.+'|unweighted), (.+) degrees of freedom\.",
        lambda found: f"{found[1]}:n = {found[2]}、{_weighting(found[3])}、自由度 {found[4]}。",
    ),
)
_COMPILED = tuple((re.compile(pattern), text) for pattern, text in _SENTENCES)


def in_japanese(note: str) -> str:
    """Say a note in Japanese; one that is not known stays as it is.

    Examples
    --------
    >>> in_japanese("12 row(s) of the domain have no answer and are left out.")
    '回答のない 12 件は集計に含まない。'
    >>> in_japanese("Something new.")
    'Something new.'
    """
    for pattern, text in _COMPILED:
        found = pattern.fullmatch(note)
        if found:
            return found.expand(text) if isinstance(text, str) else text(found)
    return note


def notes_in(language: str, notes: Iterable[str]) -> tuple[str, ...]:
    """Notes in a language of the page."""
    return tuple(in_japanese(note) for note in notes) if language == "ja" else tuple(notes)


def design_in(language: str, note: str) -> str:
    """Words for a sampling design inside a note."""
    if language == "ja":
        for english, japanese in _DESIGNS:
            note = re.sub(english, japanese, note)
    return note


def test_name_in(language: str, method: str) -> str:
    """Name of a test in a language of the page.

    Examples
    --------
    >>> test_name_in("ja", "Design-based Wald test")
    '標本設計に基づくワルド検定'
    """
    return _TESTS.get(method, method) if language == "ja" else method
