"""Random but possible interviews: answers that obey routing, for comparing other engines with ours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveykit.instrument import Instrument, Routed, route

__all__ = ["form_answers", "walks"]


def walks(instrument: Instrument, n: int, seed: int) -> Routed:
    """Route `n` respondents who answer at random, skip one question in ten, and never end the interview early twice."""
    random = np.random.default_rng(seed)
    data: dict[str, object] = {}
    for question in instrument.questions:
        columns = [column for column in instrument.columns.of(question.id) if not column.write_in]
        skipped = random.random(n) < 0.1
        if columns and columns[0].kind == "indicator":
            for item in dict.fromkeys(column.item for column in columns):
                chosen = [column for column in columns if column.item == item]
                ticks = random.random((n, len(chosen))) < 0.3
                exclusive = np.array([column.option in question.exclusive_codes for column in chosen])
                alone = random.random(n) < 0.2
                ticks[:, exclusive] = False
                if exclusive.any():
                    ticks[alone] = False
                    ticks[alone, np.flatnonzero(exclusive)[0]] = True
                data.update({c.name: np.where(skipped, np.nan, ticks[:, k]) for k, c in enumerate(chosen)})
            continue
        for column in columns:
            if column.coded and column.kind != "rank":
                going_on = {option.code for option in question.options if option.end is None}
                weights = [8.0 if code in going_on else 1.0 for code in column.values] + [1.0] * len(column.offered)
                codes = [*column.values, *column.offered]
                drawn = random.choice(codes, size=n, p=np.array(weights) / sum(weights))
                data[column.name] = np.where(skipped, np.nan, drawn.astype(float))
    return route(instrument, pd.DataFrame(data), keep_conflicts=False)


def form_answers(instrument: Instrument, routed: Routed, row: int) -> dict[str, object]:
    """Answers of one respondent as a form would hold them: lists for multi-selects, rows within a grid."""
    found: dict[str, object] = {}
    given, asked = routed.frame.iloc[row].to_dict(), routed.asked.iloc[row].to_dict()
    for question in instrument.questions:
        if question.answer in ("rank", "number", "text", "date", "note"):
            continue
        groups = dict.fromkeys(column.item for column in instrument.columns.of(question.id))
        for item in groups:
            columns = [column for column in instrument.columns.of(question.id, item=item) if not column.write_in]
            cells = [given[column.name] for column in columns]
            values = [int(cell) if pd.notna(cell) else None for cell in cells]
            if question.type != "hidden" and not asked[question.id]:
                continue
            if columns[0].kind == "indicator":
                ticked = [column.option for column, value in zip(columns, values, strict=True) if value == 1]
                if ticked:
                    found[columns[0].name.rsplit("_", 1)[0]] = ticked
            elif values[0] is not None and (values[0] >= 0 or values[0] in question.offer):
                if question.type == "grid":
                    found.setdefault(question.id, {})[columns[0].name] = values[0]  # type: ignore[index]
                else:
                    found[columns[0].name] = values[0]
    return found
