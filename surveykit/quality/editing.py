"""Answers that contradict each other: the later one is removed and logged; the respondent stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pandas as pd

from surveykit.expressions import Expr, names
from surveykit.instrument import Instrument, derive
from surveykit.instrument.answers import check_answers
from surveykit.instrument.question import REMOVED
from surveykit.responses import Responses

__all__ = ["Edited", "edit", "errors_among", "logic_errors"]


@dataclass(frozen=True)
class Edited:
    """Answers after editing, and every cell that was changed.

    Attributes
    ----------
    responses
        The answers; removed values are -93, derived variables computed again.
    log
        One row a cell: ``check`` (id of the rule), ``row`` (label), ``column``, ``before``, ``after``.
    """

    responses: Responses = field(repr=False)
    log: pd.DataFrame = field(repr=False)


def logic_errors(responses: Responses) -> pd.DataFrame:
    """Rules of severity ``error`` that each case breaks, ``(n, rules)``; no warnings, no repeated keys."""
    return errors_among(responses.instrument, check_answers(responses.instrument, responses.frame))


def errors_among(instrument: Instrument, broken: pd.DataFrame) -> pd.DataFrame:
    """Of the rules ``(n, rules)`` those of severity ``error``."""
    errors = [check.id for check in instrument.checks if check.severity == "error"]
    own = [question.id for question in instrument.questions if question.check is not None]
    return broken[[name for name in broken.columns if name in {*errors, *own}]]


def edit(responses: Responses) -> Edited:
    """Remove the value that breaks a rule of severity ``error``.

    Of the questions that a rule compares, the one that stands last in the questionnaire gives way, since the earlier
    one decided what came after it; a question's own ``check`` concerns that question. Only answers are removed: what
    was not asked or not answered keeps its code. Warnings change nothing.

    Parameters
    ----------
    responses
        Coded answers.

    Returns
    -------
    Edited
        New responses with -93 in place of the removed values, and the log.
    """
    instrument = responses.instrument
    broken = logic_errors(responses)
    frame = responses.frame.copy()
    rows: list[pd.DataFrame] = []
    for rule in broken.columns:
        hit = broken[rule].to_numpy()
        for name in _gives_way(instrument, str(rule), frame):
            before = pd.to_numeric(frame[name], errors="coerce")
            change = hit & before.notna().to_numpy() & ~before.between(-97, REMOVED).to_numpy()
            if not change.any():
                continue
            cells = {
                "check": str(rule),
                "row": frame.index[change],
                "column": name,
                "before": before[change].to_numpy(),
            }
            rows.append(pd.DataFrame({**cells, "after": REMOVED}))
            frame[name] = frame[name].mask(change, REMOVED)
    if not rows:
        return Edited(responses, pd.DataFrame({"check": [], "row": [], "column": [], "before": [], "after": []}))
    again = derive(instrument, frame)
    for name in again.columns:
        if name in frame.columns:
            frame[name] = again[name]
    return Edited(replace(responses, frame=frame), pd.concat(rows, ignore_index=True))


def _gives_way(instrument: Instrument, rule: str, frame: pd.DataFrame) -> list[str]:
    """Coded and number columns of the question that a rule blames."""
    blamed = rule
    for check in instrument.checks:
        if check.id == rule:
            order = [question.id for question in instrument.questions if question.type != "hidden"]
            named = {found for expr in (check.when, check.require) for found in _questions(instrument, expr)}
            blamed = max((name for name in named if name in order), key=order.index, default="")
    return [
        column.name
        for column in instrument.columns.of(blamed)
        if (column.coded or column.kind == "number") and column.name in frame.columns
    ]


def _questions(instrument: Instrument, expr: Expr) -> Iterator[str]:
    """Questions that an expression names, those behind derived variables included."""
    known = {question.id for question in instrument.questions}
    derived = {each.id: each for each in instrument.derived}
    for name in names(expr):
        if name in known:
            yield name
        elif name in instrument.columns:
            yield instrument.columns[name].question
        elif name in derived:
            one = derived[name]
            inner = [one.value] if one.value is not None else [case.when for case in one.cases]
            for each in inner:
                yield from _questions(instrument, each)
