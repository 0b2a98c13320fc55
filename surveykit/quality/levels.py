"""Levels of a variable in words, each with the cases that have it."""

from __future__ import annotations

import pandas as pd

from surveykit.instrument import Instrument, label_text

__all__ = ["levels_of"]

_NOT_STATED = {"en": "Not stated", "ja": "不明"}


def levels_of(instrument: Instrument, frame: pd.DataFrame, name: str, language: str) -> list[tuple[str, pd.Series]]:
    """Label and members ``(n,)`` of each level of a column; every case is in one of them, the last is "not stated"."""
    column = frame[name]
    words = _words(instrument, name, language)
    numbers = pd.to_numeric(column, errors="coerce") if words else column
    rest = pd.Series(True, frame.index)
    found: list[tuple[str, pd.Series]] = []
    for value in words or {value: str(value) for value in sorted(column.dropna().unique().tolist(), key=str)}:
        inside = (numbers == value).fillna(False).astype(bool)
        found.append((words.get(value, str(value)), inside))
        rest &= ~inside
    if rest.any():
        found.append((_NOT_STATED.get(language, _NOT_STATED["en"]), rest))
    return found


def _words(instrument: Instrument, name: str, language: str) -> dict[object, str]:
    if name in instrument.columns:
        return {code: label_text(label, language) for code, label in instrument.columns[name].values.items()}
    for derived in instrument.derived:
        if derived.id == name and derived.cases:
            return {case.code: label_text(case.label, language) for case in derived.cases}
    return {}
