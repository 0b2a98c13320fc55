"""Reasons for which cases do not count, in words: the flags of screening and the dispositions of interviews."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["flag_words", "reason_labels"]

_WORDS: tuple[tuple[str, str, str], ...] = (
    (r"duplicate_id", "same respondent twice", "回答者IDの重複"),
    (r"duplicate_answers", "same answers twice", "回答内容の重複"),
    (r"duplicate_device", "same device", "同一端末"),
    (r"duplicate_address", "same address", "同一アドレス"),
    (r"near_duplicate", "nearly the same answers", "回答内容の酷似"),
    (r"honeypot", "filled a hidden field", "非表示項目への入力"),
    (r"half_answered", "less than half answered", "回答が半分未満"),
    (r"speeder", "answered too fast", "回答時間が短い"),
    (r"slow_outlier", "answered too slowly", "回答時間が長い"),
    (r"longstring_(\w+)", r"same answer in a row (\1)", r"同じ回答の連続(\1)"),
    (r"straightlined", "straight lines", "全項目に同じ回答"),
    (r"response_spread_(\w+)", r"no spread of answers (\1)", r"回答のばらつきなし(\1)"),
    (r"high_spread_(\w+)", r"erratic answers (\1)", r"回答のばらつき大(\1)"),
    (r"acquiescence_(\w+)", r"agreed with everything (\1)", r"すべてに同意(\1)"),
    (r"mahalanobis_(\w+)", r"unusual pattern (\1)", r"特異な回答パターン(\1)"),
    (r"synonyms", "contradicted like questions", "類似質問への矛盾"),
    (r"antonyms", "contradicted opposite questions", "反対質問への矛盾"),
    (r"even_odd", "inconsistent halves", "前後半の不一致"),
    (r"trap_(\w+)", r"failed the attention check (\1)", r"注意確認に不合格(\1)"),
    (r"check_(\w+)", r"broke a check (\1)", r"整合性確認に違反(\1)"),
    (r"logic", "broke the logic", "論理矛盾"),
    (r"gibberish", "meaningless text", "無意味な文字列"),
    (r"similar_text", "copied text", "自由記述の酷似"),
    (r"bot_score", "likely a program", "自動回答の疑い"),
    (r"country", "from another country", "対象国外からの接続"),
    (r"outside_window", "outside the field period", "調査期間外"),
    (r"burst", "started in a burst", "集中的な回答開始"),
    (r"declined to take part", "declined to take part", "調査に不同意"),
    (r"screened out by an answer", "screened out by an answer", "対象外(スクリーニング)"),
    (r"break[- ]off", "broke off", "中断"),
    (r"quota full|quota filled", "quota full", "割当終了"),
)


def flag_words(flag: str, language: str) -> str:
    """Say a flag, or the reason of a disposition, in words; one that is not known stays as it is.

    Examples
    --------
    >>> flag_words("speeder_flag", "en"), flag_words("trap_T1", "ja"), flag_words("own rule", "ja")
    ('answered too fast', '注意確認に不合格(T1)', 'own rule')
    """
    name = flag.removesuffix("_flag")
    for pattern, english, japanese in _WORDS:
        if (found := re.fullmatch(pattern, name)) is not None:
            return found.expand(japanese if language == "ja" else english)
    return flag


def reason_labels(reasons: Iterable[str], language: str) -> dict[str, str]:
    """What is printed for each reason."""
    return {reason: flag_words(reason, language) for reason in reasons}
