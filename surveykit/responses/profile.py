"""What a column of answers looks like: how many values, whether they are numbers or dates, which kind of question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["MOST_OPTIONS", "Profile", "holds", "kind_of", "natural_order", "profile"]

_NUMBER = re.compile(r"[+-]?(\d{1,15}([.,]\d+)?|[.,]\d+)([eE][+-]?\d+)?$")
_DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T].*)?$")
_SAMPLE = 50_000
MOST_OPTIONS = 60


@dataclass(frozen=True)
class Profile:
    """Distribution of one column.

    Attributes
    ----------
    answered
        Cells that are not empty.
    counts
        Distinct values with their counts, most frequent first.
    numeric, dates
        Whether every value is a number, or a calendar date.
    length
        Mean length of an answer in characters.
    """

    answered: int
    counts: dict[str, int]
    numeric: bool
    dates: bool
    length: float

    @property
    def values(self) -> tuple[str, ...]:
        """The distinct values."""
        return tuple(self.counts)


def holds(column: pd.Series[Any], value: str) -> bool:
    """Whether a value occurs in a column; of a very long text column the first 50,000 cells are searched."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return value in column.cat.categories
    return bool((column.iloc[:_SAMPLE] == value).any())


def profile(column: pd.Series[Any]) -> Profile:
    """Describe a column; of a very long one the first 50,000 cells."""
    sample = column.iloc[:_SAMPLE]
    tally = sample.dropna().astype(str).value_counts()
    counts = {str(value): int(count) for value, count in tally.items() if count}
    answered = sum(counts.values())
    return Profile(
        answered=answered,
        counts=counts,
        numeric=bool(counts) and all(_NUMBER.match(value.strip()) for value in counts),
        dates=bool(counts) and all(_DATE.match(value.strip()) for value in counts),
        length=sum(len(value) * count for value, count in counts.items()) / answered if answered else 0.0,
    )


def kind_of(described: Profile) -> str:
    """Guess the kind of question behind a column: ``single``, ``number``, ``date`` or ``text``.

    Few values that repeat are a choice; all numbers are a number unless they are few small whole ones.

    Examples
    --------
    >>> kind_of(profile(pd.Series(["Yes", "No", "Yes", "Yes", "No"])))
    'single'
    >>> kind_of(profile(pd.Series(["12", "455", "31", "8"])))
    'number'
    """
    distinct = len(described.counts)
    if distinct == 0:
        return "text"
    if described.dates:
        return "date"
    repeated = described.answered - distinct
    if described.numeric:
        small = all(re.fullmatch(r"-?\d{1,3}", value) for value in described.counts)
        return "single" if small and distinct <= 11 and repeated >= distinct else "number"
    few = distinct <= min(MOST_OPTIONS, 2 + described.answered // 4)
    return "single" if few and repeated > 0 and described.length <= 160 else "text"


def natural_order(described: Profile) -> tuple[str, ...]:
    """The values as options: numbers by size, words by frequency."""
    if described.numeric:
        return tuple(sorted(described.counts, key=lambda value: float(value.replace(",", "."))))
    return described.values
