"""All indicators of a set of responses, from what its instrument says of batteries, traps, routing and paradata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveykit.errors import QualityError
from surveykit.instrument import Instrument
from surveykit.instrument.answers import check_answers
from surveykit.instrument.routing import asked as asked_of
from surveykit.quality.duplicates import exact_duplicates, near_duplicates
from surveykit.quality.openends import gibberish
from surveykit.quality.patterns import (
    acquiescence,
    longstring,
    mahalanobis,
    mahalanobis_cutoff,
    response_spread,
    straightlined,
    synonym_consistency,
    synonym_pairs,
)
from surveykit.quality.speed import seconds_per_item, speed_ratio
from surveykit.responses import Responses

__all__ = ["Battery", "batteries", "indicators"]

_DURATION = ("P_dur", "duration", "Duration (in seconds)", "interviewtime", "_duration")
_FEWEST_SECONDS = 1.0


@dataclass(frozen=True)
class Battery:
    """The items of one grid question.

    Parameters
    ----------
    question
        Id of the grid.
    items
        Columns of its substantive items, in the order of the questionnaire.
    reversed_items
        Those whose scale is turned round.
    traps
        Column to the answer that it asks for.
    levels
        Substantive codes of the scale.
    """

    question: str
    items: tuple[str, ...]
    reversed_items: tuple[str, ...]
    traps: dict[str, int]
    levels: tuple[int, ...]


def batteries(instrument: Instrument) -> tuple[Battery, ...]:
    """Grids with an ordered scale and at least three items."""
    found = []
    for question in instrument.questions:
        if question.type != "grid" or not question.ordered:
            continue
        columns = {column.item: column.name for column in instrument.columns.of(question.id)}
        rows = [(row, columns[row.code]) for row in question.rows if row.code in columns]
        items = tuple(name for row, name in rows if row.trap is None)
        traps = {name: int(row.trap) for row, name in rows if row.trap is not None}
        turned = tuple(name for row, name in rows if row.reverse)
        if len(items) >= 3:
            levels = tuple(option.code for option in question.options if option.code >= 0)
            found.append(Battery(question.id, items, turned, traps, levels))
    return tuple(found)


def indicators(responses: Responses, *, seconds: str | None = None, country: str | None = None) -> pd.DataFrame:
    """Compute every indicator that the data allow.

    Parameters
    ----------
    responses
        Coded answers of everybody.
    seconds
        Column with the length of the interview in seconds, among answers or paradata; a usual name is looked for.
    country
        Country of the field, as the platform writes it; compared with the column ``P_ipc`` where there is one.

    Returns
    -------
    DataFrame
        One row a case: measures (``speed_ratio``, ``longstring`` ...), and flags whose names end in ``_flag``, true,
        false or
        missing where an indicator does not apply. No case is removed.
    """
    frame, instrument = responses.frame, responses.instrument
    columns: dict[str, pd.Series] = {}
    asked = asked_of(instrument, frame)
    columns |= _speed(responses, asked, seconds)
    columns |= _batteries(responses)
    columns |= _traps(responses)
    columns |= _duplicates(responses)
    columns |= _openends(responses)
    columns["answered_share"] = _answered_share(responses, asked)
    columns["half_answered_flag"] = (columns["answered_share"] < 0.5).astype("boolean")
    columns |= _logic(responses)
    columns |= _context(responses, country)
    return pd.DataFrame(columns, index=frame.index)


def _find(responses: Responses, name: str | None, usual: tuple[str, ...]) -> pd.Series | None:
    for candidate in (name,) if name is not None else usual:
        for source in (responses.frame, responses.paradata):
            if candidate in source.columns:
                return source[candidate]
    if name is not None:
        raise QualityError(
            f"Column '{name}' is neither among the answers nor the paradata.", remedy="Name the column of the duration."
        )
    return None


def _speed(responses: Responses, asked: pd.DataFrame, seconds: str | None) -> dict[str, pd.Series]:
    found = _find(responses, seconds, _DURATION)
    if found is None:
        return {}
    duration = pd.to_numeric(found, errors="coerce")
    duration = duration.where(duration > 0)
    complete = responses.disposition["state"] == "complete"
    ratio = speed_ratio(duration, asked, complete=complete)
    pace = seconds_per_item(duration, asked)
    flag = ((ratio < 1 / 3) | (pace < _FEWEST_SECONDS)).astype("boolean").mask(ratio.isna())
    return {"speed_ratio": ratio, "seconds_per_item": pace, "speeder_flag": flag}


def _valid(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    numbers = frame[list(names)].apply(pd.to_numeric, errors="coerce")
    valid: pd.DataFrame = numbers.where(numbers >= 0)
    return valid


def _batteries(responses: Responses) -> dict[str, pd.Series]:
    found: dict[str, pd.Series] = {}
    flat: list[pd.Series] = []
    scales: list[pd.DataFrame] = []
    for battery in batteries(responses.instrument):
        answers = _valid(responses.frame, battery.items)
        if answers.notna().sum().sum() == 0:
            continue
        run = longstring(answers)
        answered = answers.notna().sum(axis=1)
        limit = answered if battery.reversed_items else answered / 2 + 0.5
        found[f"longstring_{battery.question}"] = run
        found[f"longstring_{battery.question}_flag"] = _flag((run >= limit) & (answered >= 3), run)
        flat.append(straightlined(answers))
        scales.append(answers)
        spread = response_spread(answers)
        found[f"response_spread_{battery.question}"] = spread
        found[f"response_spread_{battery.question}_flag"] = _flag(spread <= spread.quantile(0.01), spread)
        distance = mahalanobis(answers)
        found[f"mahalanobis_{battery.question}"] = distance
        found[f"mahalanobis_{battery.question}_flag"] = _flag(
            distance > mahalanobis_cutoff(len(battery.items)), distance
        )
        if battery.reversed_items:
            straight = [name for name in battery.items if name not in battery.reversed_items]
            agree = float(sorted(battery.levels)[len(battery.levels) // 2 + len(battery.levels) % 2])
            found[f"acquiescence_{battery.question}_flag"] = acquiescence(
                answers, dict.fromkeys(battery.reversed_items, straight), agree
            )
    if len(flat) >= 2:
        found |= _synonyms(pd.concat(scales, axis=1))
        share = pd.concat(flat, axis=1).astype("Float64").mean(axis=1)
        found["straightlined_share"] = share.astype(float)
        found["straightlined_flag"] = _flag(found["straightlined_share"] >= 0.5, found["straightlined_share"])
    return found


def _synonyms(answers: pd.DataFrame) -> dict[str, pd.Series]:
    """Within-person consistency over pairs that go together; items of one scale alone say nothing about it."""
    pairs = synonym_pairs(answers)
    if len(pairs) < 3:
        return {}
    consistency = synonym_consistency(answers, pairs)
    return {"synonyms": consistency, "synonyms_flag": _flag(consistency < 0, consistency)}


def _flag(condition: pd.Series, measure: pd.Series) -> pd.Series:
    return condition.astype("boolean").mask(measure.isna())


def _traps(responses: Responses) -> dict[str, pd.Series]:
    wanted: dict[str, set[int]] = {}
    for battery in batteries(responses.instrument):
        wanted |= {name: {code} for name, code in battery.traps.items()}
    failed = [
        (~_valid(responses.frame, (name,))[name].isin(codes))
        .astype("boolean")
        .mask(_valid(responses.frame, (name,))[name].isna())
        for name, codes in wanted.items()
        if name in responses.frame.columns
    ]
    if not failed:
        return {}
    together = pd.concat(failed, axis=1)
    count = together.astype("Float64").sum(axis=1, min_count=1)
    return {"traps_failed": count.astype(float), "trap_flag": _flag(count.astype(float) > 0, count.astype(float))}


def _duplicates(responses: Responses) -> dict[str, pd.Series]:
    frame, instrument = responses.frame, responses.instrument
    found: dict[str, pd.Series] = {}
    if "P_id" in frame.columns and frame["P_id"].notna().any():
        found["duplicate_id_flag"] = exact_duplicates(frame, ["P_id"]).astype("boolean")
    substantive = [column.name for column in instrument.columns if column.coded and not column.name.startswith("P_")]
    present = [name for name in substantive if name in frame.columns]
    if len(present) >= 20:
        complete = responses.disposition["state"] == "complete"
        same = frame[present].duplicated(keep="first") & complete
        found["duplicate_answers_flag"] = same.astype("boolean")
        answers = _valid(frame, tuple(present)).where(complete)
        pairs = near_duplicates(answers)
        found["near_duplicate_flag"] = pd.Series(frame.index.isin(pairs["second"]), frame.index).astype("boolean")
    return found


def _openends(responses: Responses) -> dict[str, pd.Series]:
    flags = []
    for column in responses.instrument.columns:
        if (
            column.kind != "text"
            or column.personal
            or column.name.startswith("P_")
            or column.name not in responses.frame
        ):
            continue
        text = responses.frame[column.name]
        if text.notna().any() and not pd.api.types.is_numeric_dtype(text):
            fielded = responses.instrument.languages[0]
            flags.append(gibberish(text, language=fielded, question=column.label.get(fielded, "")))
    if not flags:
        return {}
    together = pd.concat(flags, axis=1)
    return {"gibberish_flag": together.any(axis=1).astype("boolean").mask(together.isna().all(axis=1))}


def _answered_share(responses: Responses, asked: pd.DataFrame) -> pd.Series:
    """Share of the questions put to a respondent that have an answer."""
    answered = pd.DataFrame(False, index=asked.index, columns=asked.columns)
    for question in asked.columns:
        names = [
            column.name
            for column in responses.instrument.columns.of(question)
            if column.name in responses.frame.columns
        ]
        for name in names:
            values = responses.frame[name]
            numbers = pd.to_numeric(values, errors="coerce")
            answered[question] |= values.notna() & ~numbers.isin([-93.0, -94.0, -95.0, -96.0, -97.0])
    put = asked.sum(axis=1).to_numpy(np.float64)
    given = (answered & asked).sum(axis=1).to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.Series(given / put, asked.index)


def _logic(responses: Responses) -> dict[str, pd.Series]:
    broken = check_answers(responses.instrument, responses.frame)
    if "row" not in broken.columns or broken.empty:
        return {"logic_flag": pd.Series(False, responses.frame.index, dtype="boolean")}
    return {"logic_flag": pd.Series(responses.frame.index.isin(broken["row"]), responses.frame.index).astype("boolean")}


def _context(responses: Responses, country: str | None) -> dict[str, pd.Series]:
    frame = responses.frame
    found: dict[str, pd.Series] = {}
    if country is not None and "P_ipc" in frame.columns:
        found["country_flag"] = (frame["P_ipc"] != country).astype("boolean").mask(frame["P_ipc"].isna())
    if "P_hp" in frame.columns:
        filled = frame["P_hp"].notna() & (frame["P_hp"].astype("string").fillna("").str.strip() != "")
        found["honeypot_flag"] = filled.astype("boolean")
    if "P_cap" in frame.columns:
        score = pd.to_numeric(frame["P_cap"], errors="coerce")
        score = score.where(score >= 0)
        found["bot_score_flag"] = _flag(score < 0.5, score)
    return found
