"""Dates and time stamps in the many orders platforms and locales write them.

12/13/2018 can only be month first; 05/06/2018 can be either. The order is settled by the whole column,
and where even that leaves it open the dates stay unread rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["Dates", "read_dates"]

_PATTERN = re.compile(
    r"^\s*(?P<a>\d{1,4})[-/.年](?P<b>\d{1,2})[-/.月](?P<c>\d{1,4})日?"
    r"(?:[T ,]+(?P<before>[^\d\s]+\s*)?(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<after>[^\d+\-]*)"
    r"(?P<zone>(?:GMT|UTC|Z)?\s?[+\-]?\d{0,2}:?\d{0,2})?)?\s*$"
)
_AFTERNOON = re.compile(r"p\.?\s?m|午後|下午|오후|μ\.?μ", re.IGNORECASE)
_MORNING = re.compile(r"a\.?\s?m|午前|上午|오전|π\.?μ", re.IGNORECASE)


@dataclass(frozen=True)
class Dates:
    """A column read as dates.

    Attributes
    ----------
    values
        Time stamps in the file's own clock; missing where a cell could not be read.
    order
        ``ymd``, ``mdy``, ``dmy`` or ``unknown``.
    notes
        What was doubtful.
    """

    values: pd.Series[Any]
    order: str
    notes: tuple[str, ...]


def read_dates(column: pd.Series[Any], order: str | None = None) -> Dates:
    """Read a column of dates, settling the order of day and month by the whole column.

    Parameters
    ----------
    column
        Cells as text.
    order
        ``ymd``, ``mdy`` or ``dmy`` when it is known.

    Examples
    --------
    >>> read_dates(pd.Series(["12/13/2018", "01/02/2019"])).order
    'mdy'
    >>> read_dates(pd.Series(["01/02/2019"])).order
    'unknown'
    """
    matches = [_PATTERN.match(cell) if isinstance(cell, str) else None for cell in column]
    order = order or _settle([match for match in matches if match])
    stamps = [_stamp(match, order) if match else None for match in matches]
    values = pd.Series(pd.to_datetime(pd.Series(stamps, index=column.index, dtype=object)), index=column.index)
    notes = []
    answered = int(column.notna().sum())
    unread = answered - int(values.notna().sum())
    name = f"Column '{str(column.name)[:40]}'" if isinstance(column.name, str) else "The time stamp"
    if order == "unknown" and answered:
        notes.append(
            f"{name}: no date tells day and month apart; the dates are left as text (pass order='dmy' or 'mdy')."
        )
    elif unread:
        notes.append(f"{name}: {unread} of {answered} dates do not fit the order {order} and are left as text.")
    return Dates(values, order, tuple(notes))


def _settle(matches: list[re.Match[str]]) -> str:
    if not matches:
        return "unknown"
    if sum(len(match["a"]) == 4 for match in matches) > len(matches) / 2:
        return "ymd"
    first = sum(int(match["a"]) > 12 for match in matches)
    second = sum(int(match["b"]) > 12 for match in matches)
    if first and second:
        return "dmy" if first > 20 * second else "mdy" if second > 20 * first else "unknown"
    return "dmy" if first else "mdy" if second else "unknown"


def _stamp(match: re.Match[str], order: str) -> pd.Timestamp | None:
    places = {"ymd": "abc", "mdy": "cab", "dmy": "cba"}.get(order)
    if places is None:
        return None
    year, month, day = (int(match[place]) for place in places)
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    hour, minute, second = (int(match[part] or 0) for part in ("h", "m", "s"))
    half = f"{match['before'] or ''} {match['after'] or ''}"
    if _AFTERNOON.search(half) and hour < 12:
        hour += 12
    elif _MORNING.search(half) and hour == 12:
        hour = 0
    try:
        return pd.Timestamp(year=year, month=month, day=day, hour=hour, minute=minute, second=second)
    except ValueError:
        return None
