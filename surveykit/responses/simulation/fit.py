"""How near answers come to published numbers: published, attainable, achieved, with the base."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from surveykit.expressions import Values
from surveykit.instrument.answers import Answers, answers_of
from surveykit.responses.records import Responses
from surveykit.responses.simulation.records import Target, Targets
from surveykit.responses.simulation.units import uses_of

__all__ = ["target_table"]

_SAID = {"share": "", "at_least": "at least ", "more_than": "over ", "mean": "mean "}


def target_table(responses: Responses, targets: Targets) -> pd.DataFrame:
    """Compare answers with published numbers.

    Parameters
    ----------
    responses
        Simulated or real answers. Cases that count are used; of simulated ones only the sound.
    targets
        The published numbers.

    Returns
    -------
    pandas.DataFrame
        One row a target, index its id: ``of``, ``among``, ``published`` (in words), ``attainable`` (nearest k/base, in
        percent; the mean itself for a mean), ``achieved`` (percent or mean), ``k``, ``base``, ``met``, ``source``,
        ``quote``.
    """
    counted = responses.counted.to_numpy()
    if "simulated_as" in responses.paradata.columns:
        counted = counted & responses.paradata["simulated_as"].eq("sound").to_numpy()
    frame = responses.frame[counted]
    shown = {}
    for question in responses.instrument.questions:
        columns = [column for column in responses.instrument.columns.of(question.id) if column.name in frame]
        put = np.zeros(len(frame), np.bool_)
        for column in columns:
            if column.coded or column.kind == "number":
                put |= ~frame[column.name].isin([-97, -95, -94]).to_numpy()
        shown[question.id] = put
    answers = answers_of(responses.instrument, frame, shown)
    rows = [_row(answers, target) for target in targets.published]
    return pd.DataFrame(rows, index=pd.Index([target.id for target in targets.published], name="target"))


def _row(answers: Answers, target: Target) -> dict[str, Any]:
    values = answers.value(target.of)
    known = _known(values)
    base = answers.holds(target.among)
    if target.base == "asked":
        uses = uses_of(target.of, answers.instrument)
        names = [answers.instrument.columns[name].question for name in uses.columns]
        last = max(names, key=[question.id for question in answers.instrument.questions].index)
        base = base & answers.shown[last]
    else:
        base = base & known
    event = np.where(known, values.data, 0).astype(np.float64) * base
    size, total = int(base.sum()), float(event.sum())
    share = total / size if size else np.nan
    row: dict[str, Any] = {"of": target.of_text, "among": target.among_text or "everybody"}
    if target.kind == "mean":
        row |= {"published": f"mean {target.value:g}", "attainable": target.value, "achieved": share, "k": pd.NA}
        met = bool(size) and abs(total - target.value * size) <= _gap(event[base]) / 2 + 1e-9
    elif target.kind == "mode":
        row |= {"published": "most frequent", "attainable": np.nan, "achieved": 100 * share, "k": round(total)}
        met = bool(size) and _leads(answers, target, base, total)
    else:
        nearest = 100 * np.rint(target.value / 100 * size) / size if size else np.nan
        said = f"{_SAID[target.kind]}{target.value:g} %"
        row |= {"published": said, "attainable": nearest, "achieved": 100 * share, "k": round(total)}
        distance = total - target.value / 100 * size
        tests = {"share": abs(distance) <= 0.5 + 1e-9, "at_least": distance >= -1e-9, "more_than": distance > 0}
        met = bool(size) and bool(tests[target.kind])
    if target.kind in ("at_least", "more_than"):
        row["attainable"] = np.nan
    return row | {"base": size, "met": met, "source": target.source, "quote": target.quote}


def _known(values: Values) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.ones(len(values.data), np.bool_) if values.valid is None else values.valid


def _gap(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    distinct = np.unique(values)
    return float(np.diff(distinct).min()) if len(distinct) > 1 else 0.0


def _leads(answers: Answers, target: Target, base: np.ndarray[Any, np.dtype[np.bool_]], total: float) -> bool:
    """Whether no other code of the question is as frequent."""
    (name,) = uses_of(target.of, answers.instrument).columns
    event = answers.holds(target.of) & base
    others = answers.data[name][base & ~event]
    others = others[others >= 0]
    return not len(others) or total > float(np.unique(others, return_counts=True)[1].max())
