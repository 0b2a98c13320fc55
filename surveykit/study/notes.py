"""Notes of estimates in Japanese: what the estimation room says in English, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["in_japanese", "notes_in"]

_SENTENCES = (
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
            return found.expand(text)
    return note


def notes_in(language: str, notes: Iterable[str]) -> tuple[str, ...]:
    """Notes in a language of the page."""
    return tuple(in_japanese(note) for note in notes) if language == "ja" else tuple(notes)
