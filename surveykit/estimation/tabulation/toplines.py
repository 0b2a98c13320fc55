"""The topline: one table for every question, by its kind; the first thing to read of any survey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from surveykit.estimation.proportion_intervals import IntervalMethod
from surveykit.estimation.tabulation.across import Everyone
from surveykit.estimation.tabulation.banners import Plan, Weighting, tables_of
from surveykit.estimation.tabulation.lines import Choices
from surveykit.estimation.tabulation.naming import Names, Nets, Question, Scores
from surveykit.instrument import Instrument
from surveykit.results import Table, TableBook
from surveykit.survey import Survey

__all__ = ["topline"]


def topline(
    survey: Survey,
    questions: Sequence[Question] | None = None,
    *,
    weights: Weighting | None = None,
    nets: Nets | None = None,
    scores: Scores | None = None,
    sort: bool = False,
    level: float = 0.95,
    method: IntervalMethod = "logit",
    instrument: Instrument | None = None,
) -> TableBook:
    """Tabulate every question by its kind.

    A single choice has the percent of each answer; boxes the percent of respondents and of responses; a rating its
    nets and its mean too; a number its mean and median; an open question the share that answered. Every table carries
    the wording and both bases.

    Parameters
    ----------
    survey
        Rows, design, weights, domain.
    questions, weights, nets, scores, sort, level, method, instrument
        As in :func:`banner_tables`.

    Returns
    -------
    TableBook
        One table a question. Where all questions are asked for, those that cannot be tabulated are in ``left_out``.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"size": ["s", "l", "s", "s"], "sales": [1.0, 5.0, 2.0, 4.0], "cloud": [1, 0, 1, 1],
    ...                       "ads": [0, 1, 1, 0]})
    >>> book = sk.topline(sk.Survey(firms), ["size", "sales", {"Services": ["cloud", "ads"]}])
    >>> book["Services"].estimate[0].round(3)
    array([[0.75, 0.6 ],
           [0.5 , 0.4 ],
           [1.25,  nan]])
    """
    names = Names(survey, instrument or survey.instrument, nets or {}, scores or {}, responses=True)
    choices = Choices(level, method)
    book = tables_of(names, questions, Plan((Everyone(()),), choices, sort=sort), weights)
    return replace(book, tables={name: _side_by_side(table) for name, table in book.items()})


def _side_by_side(table: Table) -> Table:
    """Put the percent of responses beside that of respondents."""
    places = [place for place, one in enumerate(table.rows) if one.kind == "response"]
    if not places:
        return table
    kept = [place for place, one in enumerate(table.rows) if one.kind != "response"]
    beside = {table.rows[place].level: place for place in places}
    order = [beside.get(table.rows[place].level, -1) if table.rows[place].kind == "level" else -1 for place in kept]
    arrays: dict[str, Any] = {}
    for name, array in table.arrays().items():
        second = array[:, order].copy()
        blank = np.array(order) < 0
        if second.dtype.kind == "f" and name not in _BASES:
            second[:, blank] = np.nan
        elif name not in _BASES:
            second[:, blank] = second.dtype.type()
        else:
            second[:, blank] = array[:, kept][:, blank]
        arrays[name] = np.concatenate([array[:, kept], second], axis=2)
    facts = {name: arrays.pop(name) for name in table.facts}
    respondents, responses = (
        tuple(replace(one, level=name, kind="response", variable=table.rows[0].variable) for one in table.columns)
        for name in ("respondents", "responses")
    )
    return replace(table, rows=tuple(table.rows[place] for place in kept), columns=(*respondents, *responses),
                   facts=facts, **arrays)  # fmt: skip


_BASES = ("base_n", "base_weighted_n", "effective_n", "df")
