"""Which questions of an instrument were put to anybody at all."""

from __future__ import annotations

import pandas as pd

from surveykit.responses import Responses

__all__ = ["fielded"]


def fielded(responses: Responses) -> tuple[str, ...]:
    """Questions, in order, to which somebody gave an answer (don't know and refused are answers).

    A question that the export does not have is blank for everybody; to count that as nonresponse, or as an item that
    was read, would be wrong. Hidden questions and notes are never put.
    """
    absent = set(responses.report.absent) if responses.report is not None else set()
    found = []
    for question in responses.instrument.questions:
        if question.type in ("hidden", "note") or question.id in absent:
            continue
        for column in responses.instrument.columns.of(question.id):
            if column.name in responses.frame.columns and _answered(responses.frame[column.name]):
                found.append(question.id)
                break
    return tuple(found)


def _answered(values: pd.Series) -> bool:
    if not pd.api.types.is_numeric_dtype(values):
        return bool(values.notna().any())
    return bool((values.notna() & ~values.isin([-97, -96, -95, -94])).any())
