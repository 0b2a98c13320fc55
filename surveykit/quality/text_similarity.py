"""Open answers that are nearly the same text."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from math import ceil, sqrt

import pandas as pd

__all__ = ["similar_texts"]

_MOST_COMPARED = 50


def similar_texts(answers: pd.Series, *, cosine: float = 0.9, shortest: int = 12) -> pd.Series:
    """Whether an open answer is nearly the text of an earlier one: cosine of their sets of trigrams above a limit.

    Two texts beyond the limit share at least one of their rarest trigrams, so only those are compared (prefix
    filtering: no pair is lost, except that a text is compared with at most fifty others a trigram).

    Parameters
    ----------
    answers
        ``(n,)`` texts.
    cosine
        Limit; capital letters, width of characters and spaces do not count.
    shortest
        Texts of fewer characters are left out: short answers are alike by nature.

    Returns
    -------
    Series
        Missing where nothing, or too little, was written.

    Examples
    --------
    >>> texts = pd.Series(["We store drawings abroad.", "we store  drawings abroad", "Payments only, daily"])
    >>> similar_texts(texts).tolist()
    [False, True, False]
    """
    texts = [_plain(text) if isinstance(text, str) else "" for text in answers]
    grams = {text: _trigrams(text) for text in dict.fromkeys(texts) if len(text) >= shortest}
    frequency = Counter(gram for found in grams.values() for gram in found)
    bucket: dict[str, list[str]] = defaultdict(list)
    alike: set[str] = set()
    for text, found in grams.items():
        rare = sorted(found, key=lambda gram: (frequency[gram], gram))
        prefix = rare[: len(rare) - ceil(cosine * cosine * len(rare)) + 1]
        others = dict.fromkeys(other for gram in prefix for other in bucket[gram][:_MOST_COMPARED])
        if any(_cosine(found, grams[other]) > cosine for other in others):
            alike.add(text)
        for gram in prefix:
            bucket[gram].append(text)
    flags: list[bool | None] = []
    seen: set[str] = set()
    for text in texts:
        flags.append(text in alike or text in seen if text in grams else None)
        seen.add(text)
    return pd.Series(pd.array(flags, dtype="boolean"), answers.index, name="similar_text")


def _plain(text: str) -> str:
    kept = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in kept if character.isalnum())


def _trigrams(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 3] for place in range(len(text) - 2))


def _cosine(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / sqrt(len(one) * len(other))
