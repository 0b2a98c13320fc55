"""Item nonresponse: of those who were asked, how many answered each question."""

from __future__ import annotations

import pandas as pd

from surveykit.errors import ColumnError
from surveykit.instrument import Column, label_text
from surveykit.instrument.routing import asked as asked_of
from surveykit.quality.fielded import fielded
from surveykit.quality.levels import levels_of
from surveykit.responses import Responses

__all__ = ["item_nonresponse"]

_REASONS = {"refused": -99, "dont_know": -98, "unanswered": -96, "removed": -93}


def item_nonresponse(
    responses: Responses, *, by: str | None = None, everybody: bool = False, language: str | None = None
) -> pd.DataFrame:
    """Count answers and their absence by question.

    Parameters
    ----------
    responses
        Coded answers.
    by
        Column (of answers or derived) by whose levels the rows are repeated.
    everybody
        Count all complete and partial interviews, also those that screening took out.
    language
        Of the labels; the instrument's published one by default.

    Returns
    -------
    DataFrame
        One row a question (and grid row or loop item, and level of `by`): ``question, item, label, eligible, valid,
        refused`` (-99), ``dont_know`` (-98), ``unanswered`` (-96), ``removed`` (-93), ``rate``. Eligible are those to
        whom it was put: not applicable, not administered and not reached are no nonresponse, and a zero that routing
        declares is an answer.
        Questions that nobody answered (the export lacks them) are left out. ``rate`` is 1 - valid / eligible, missing
        where nobody was eligible.
    """
    speak = language or responses.instrument.published
    keep = responses.disposition["state"].isin(["complete", "partial"]) if everybody else responses.counted
    frame = responses.frame[keep]
    if by is not None and by not in frame.columns:
        raise ColumnError(by, map(str, frame.columns), place="the answers")
    asked = asked_of(responses.instrument, responses.frame)[keep]
    levels = [("", pd.Series(True, frame.index))] if by is None else levels_of(responses.instrument, frame, by, speak)
    rows: list[dict[str, object]] = []
    put = set(fielded(responses))
    for question in responses.instrument.questions:
        if question.id not in put:
            continue
        columns = [
            c for c in responses.instrument.columns.of(question.id) if not c.write_in and c.name in frame.columns
        ]
        for item in dict.fromkeys(column.item for column in columns):
            own = [column for column in columns if column.item == item]
            label = label_text(own[0].question_label, speak)
            if item is not None:
                label = f"{label} - {label_text(_item_label(own[0]), speak)}" if _item_label(own[0]) else label
            state = _state(frame, own, asked[question.id])
            for level, inside in levels:
                row: dict[str, object] = {"question": question.id, "item": item, "label": label}
                row |= {} if by is None else {by: level}
                rows.append(row | _counted(state[inside]))
    names = ["question", "item", "label", *([by] if by is not None else []), "eligible", "valid", *_REASONS, "rate"]
    table = pd.DataFrame(rows, columns=names)
    table["item"] = table["item"].astype("Int64")
    return table


def _item_label(column: Column) -> dict[str, str]:
    return dict(column.short) if column.option is None else {}


def _state(frame: pd.DataFrame, columns: list[Column], put: pd.Series) -> pd.Series:
    """``valid``, a reason, or missing for those who were not asked, ``(n,)``."""
    state = pd.Series(pd.NA, frame.index, dtype="string")
    if columns[0].coded or columns[0].kind == "number":
        values = frame[[column.name for column in columns]].apply(pd.to_numeric, errors="coerce")
        for name, code in _REASONS.items():
            state = state.mask((values == code).any(axis=1), name)
        answered = (values.notna() & ~((values >= -99) & (values <= -93))).any(axis=1)
        return state.mask(answered, "valid")
    values = frame[columns[0].name]
    written = values.notna() & (values.astype("string").fillna("").str.strip() != "")
    return state.mask(put & ~written, "unanswered").mask(put & written, "valid")


def _counted(state: pd.Series) -> dict[str, object]:
    found = state.value_counts()
    eligible = int(state.notna().sum())
    valid = int(found.get("valid", 0))
    reasons = {name: int(found.get(name, 0)) for name in _REASONS}
    return {"eligible": eligible, "valid": valid, **reasons, "rate": 1 - valid / eligible if eligible else float("nan")}
