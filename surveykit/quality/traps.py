"""Questions whose answer shows that they were not read."""

from __future__ import annotations

import pandas as pd

from surveykit.instrument import Instrument
from surveykit.instrument.answers import answers_of
from surveykit.quality.batteries import batteries, valid_numbers

__all__ = ["traps_failed"]


def traps_failed(instrument: Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    """Whether each respondent failed each trap; missing where it was not put or not answered.

    Traps are grid rows with ``trap: code`` (any other answer fails) and questions of type ``trap`` (an answer for which
    ``fail_if`` is known to hold fails; an invented brand ticked, a number that contradicts an earlier band).

    Returns
    -------
    DataFrame
        ``(n, traps)`` nullable booleans, named by the column of the row or the id of the question.
    """
    found: dict[str, pd.Series] = {}
    for battery in batteries(instrument, fewest=1):
        for name, code in battery.traps.items():
            if name in frame.columns:
                given = valid_numbers(frame, (name,))[name]
                found[name] = (given != code).astype("boolean").mask(given.isna())
    answers = answers_of(instrument, frame)
    for question in instrument.questions:
        columns = [column for column in instrument.columns.of(question.id) if not column.write_in]
        if question.type != "trap" or question.fail_if is None or not columns:
            continue
        if any(column.name not in frame.columns for column in columns):
            continue
        names = tuple(column.name for column in columns)
        if columns[0].kind == "text":
            answered = frame[names[0]].notna()
        else:
            answered = valid_numbers(frame, names).notna().any(axis=1)
        failed = pd.Series(answers.holds(question.fail_if), frame.index)
        found[question.id] = failed.astype("boolean").mask(~answered)
    return pd.DataFrame(found, index=frame.index)
