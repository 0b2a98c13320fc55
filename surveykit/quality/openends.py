"""Open answers that say nothing: rules that a reader can check, in Latin and Japanese script.

No rule claims to tell whether a machine wrote the text.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

__all__ = ["gibberish", "gibberish_reason"]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_WORD = re.compile(r"[a-z]{5,}")
_URL = re.compile(r"(https?://\S+|www\.\S+)", re.IGNORECASE)
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
_SMALL_WORD = re.compile(
    r"a|about|all|also|an|and|any|are|as|at|be|because|been|but|by|can|could|do|does|each|every|firm|for|from|had|"
    r"has|have|he|her|his|how|i|if|in|into|is|it|its|just|many|more|most|much|my|no|not|of|on|one|only|or|other|"
    r"our|out|over|she|so|some|such|than|that|the|their|them|then|there|they|this|through|to|too|under|up|us|use|"
    r"used|uses|using|very|was|we|were|what|when|where|which|while|who|will|with|would|you|your"
)
_REPEATED = re.compile(r"(.{1,4}?)\1{3,}")


def gibberish_reason(text: str, *, language: str = "en", question: str = "") -> str:
    """Name the first rule that a text breaks; empty if none.

    Parameters
    ----------
    text
        The answer.
    language
        Language of the interview; in ``"ja"`` a long answer without kana or kanji is a mismatch, unless it reads as an
        English sentence: that is an answer in another language.
    question
        Wording of the question: an answer that copies it says nothing.

    Examples
    --------
    >>> gibberish_reason("asdfghj"), gibberish_reason("Better quality and support"), gibberish_reason("ああああああ")
    ('keyboard row', '', 'fewer than three different characters')
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if not plain:
        return ""
    letters = [character for character in plain if not character.isspace()]
    # Japanese doubles words of two characters (いろいろ, まあまあ); only longer answers are too poor to mean anything.
    if len(letters) >= 5 and len(set(letters)) < 3:
        return "fewer than three different characters"
    if not any(character.isalpha() for character in _URL.sub("", plain)):
        return "digits, signs or an address only"
    if question and plain == unicodedata.normalize("NFKC", question).strip().casefold():
        return "copy of the question"
    joined = "".join(letters)
    repeated = _REPEATED.search(joined)
    if repeated and len(repeated.group(0)) >= 0.6 * len(joined):
        return "the same letters over and over"
    if any(_walks(word) for word in _WORD.findall(plain)):
        return "keyboard row"
    return _script(plain, joined, language)


def _walks(word: str) -> bool:
    """Whether a word is mostly a walk along a keyboard row, forwards or backwards."""
    for row in (*_ROWS, *(line[::-1] for line in _ROWS)):
        for size in range(len(word), 4, -1):
            if size >= 0.7 * len(word) and any(
                word[start : start + size] in row for start in range(len(word) - size + 1)
            ):
                return True
    return False


def _english(plain: str) -> bool:
    """Whether a text reads as an English sentence: a fifth of its words or more are the language's small words."""
    words = re.findall(r"[a-z']+", plain)
    return len(words) >= 4 and sum(bool(_SMALL_WORD.fullmatch(word)) for word in words) >= 0.2 * len(words)


def _script(plain: str, joined: str, language: str) -> str:
    if language == "ja" and len(joined) >= 20 and not _JAPANESE.search(plain) and not _english(plain):
        return "no Japanese in a Japanese interview"
    latin = [character for character in joined if "a" <= character <= "z"]
    if len(latin) >= 8 and len(latin) > 0.8 * len(joined) and language != "ja":
        vowels = sum(character in "aeiouy" for character in latin) / len(latin)
        if vowels < 0.15 or vowels > 0.85:
            return "no words"
    return ""


def gibberish(answers: pd.Series, *, language: str | pd.Series = "en", question: str = "") -> pd.Series:
    """Whether each open answer breaks a rule of :func:`gibberish_reason`; missing where nothing was written.

    Parameters
    ----------
    answers
        ``(n,)`` texts.
    language
        Language of the interview: one for all, or ``(n,)``.
    question
        Wording of the question.
    """
    spoken = language if isinstance(language, pd.Series) else pd.Series(language, answers.index)
    known = answers.notna() & (answers.astype("string").fillna("").str.strip() != "")
    flag = pd.array([False] * len(answers), dtype="boolean")
    flag[~known.to_numpy()] = pd.NA
    for place in known.to_numpy().nonzero()[0].tolist():
        flag[place] = bool(
            gibberish_reason(str(answers.iloc[place]), language=str(spoken.iloc[place]), question=question)
        )
    return pd.Series(flag, answers.index, name="gibberish")
