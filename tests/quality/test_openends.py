"""Gibberish is flagged, ordinary Japanese and English are not."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.quality.openends import gibberish, gibberish_reason

ORDINARY_JA = (
    "海外の生成AIで英文の提案書を下書きしています。",
    "特になし",
    "なし",
    "AWS上で基幹システムを運用している。",
    "ＺｏｏｍとＳｌａｃｋを毎日使用",
    "メール",
    "いろいろ",
    "顧客管理にSalesforceを導入しています。",
    "ウェブ会議（Zoom、Teams）で海外拠点と連絡。",
    "サーバー、データのバックアップなど。",
    "2019年から3つの拠点で使っている",
    "ますます便利になっている",
)
ORDINARY_EN = (
    "We run our order system on a foreign cloud platform.",
    "Foreign analytics software shows us which products sell abroad.",
    "Storage",
    "ERP, CRM, and BI tools",
    "Microsoft 365 for e-mail and documents",
    "AWS",
    "Mostly strengths in rhythmic schedules, but crypts are not used",
    "None",
    "n/a we do not use it",
    "We use Google Workspace and Zoom with our suppliers in Asia.",
)


@pytest.mark.parametrize("text", ORDINARY_JA)
def test_ordinary_japanese_is_not_flagged(text: str) -> None:
    assert gibberish_reason(text, language="ja") == ""
    assert gibberish_reason(text, language="en") == ""


@pytest.mark.parametrize("text", ORDINARY_EN)
@pytest.mark.parametrize("language", ["en", "ja", ""])
def test_ordinary_english_is_not_flagged(text: str, language: str) -> None:
    assert gibberish_reason(text, language=language) == ""


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("ああああああ", "ja", "fewer than three different characters"),
        ("aaaaabbbb", "en", "fewer than three different characters"),
        ("あいうあいうあいうあいう", "ja", "the same letters over and over"),
        ("asdfghj", "en", "keyboard row"),
        ("ｑｗｅｒｔｙ", "ja", "keyboard row"),
        ("lkjhgf", "en", "keyboard row"),
        ("12345 678", "en", "digits, signs or an address only"),
        ("。。。・・・！？", "ja", "digits, signs or an address only"),
        ("https://example.org/offer", "en", "digits, signs or an address only"),
        ("xkcdvbnm trplkj", "en", "no words"),
        ("dkslaf jeiwoq vncmxz rueiwo", "ja", "no Japanese in a Japanese interview"),
        ("How do you use it?", "en", "copy of the question"),
    ],
)
def test_each_rule_names_itself(text: str, language: str, reason: str) -> None:
    assert gibberish_reason(text, language=language, question="How do you use it?") == reason


def test_the_language_is_each_respondents_own() -> None:
    texts = pd.Series(["good service nice company thanks", "good service nice company thanks", None, " "])
    flags = gibberish(texts, language=pd.Series(["ja", "en", "ja", "ja"]))
    assert flags[:2].tolist() == [True, False]
    assert flags.isna().tolist() == [False, False, True, True]


@given(st.text(max_size=60), st.sampled_from(["en", "ja", ""]))
def test_any_text_gets_an_answer(text: str, language: str) -> None:
    assert isinstance(gibberish_reason(text, language=language), str)
