"""All indicators of a set of responses, from what its instrument says of batteries, traps, routing and paradata."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from surveykit.errors import ColumnError
from surveykit.instrument import check_answers, label_text
from surveykit.instrument.routing import asked as asked_of
from surveykit.quality.batteries import Battery, batteries, in_shown_order, valid_numbers
from surveykit.quality.duplicates import exact_duplicates, near_duplicates
from surveykit.quality.editing import errors_among
from surveykit.quality.fielded import fielded
from surveykit.quality.fieldwork import bursts, outside_window
from surveykit.quality.openends import gibberish
from surveykit.quality.patterns import (
    acquiescence,
    average_run,
    even_odd_consistency,
    longstring,
    mahalanobis,
    mahalanobis_cutoff,
    response_spread,
    straightlined,
    synonym_consistency,
    synonym_pairs,
)
from surveykit.quality.rules import Rules
from surveykit.quality.speed import idle_pages, items_seen, page_ratio, page_seconds, seconds_per_item, speed_ratio
from surveykit.quality.text_similarity import similar_texts
from surveykit.quality.traps import traps_failed
from surveykit.responses import Responses

__all__ = ["indicators"]

_DURATION = ("P_dur", "duration", "Duration (in seconds)", "interviewtime", "_duration")
_FEWEST_SECONDS = 1.0
_SLOW = 5.0
_EXTREME = 0.01
_FEWEST_ANSWERS = 20
_FEWEST_PAIRS = 5

_Found = dict[str, pd.Series]


def indicators(responses: Responses, rules: Rules | None = None) -> pd.DataFrame:
    """Compute every indicator that the data allow.

    Parameters
    ----------
    responses
        Coded answers of everybody.
    rules
        Where the length of the interview stands, country and days of the field, starts that make a burst, further
        columns that tell firms apart; :class:`Rules` as they are by default.

    Returns
    -------
    DataFrame
        One row a case: measures (``speed_ratio``, ``longstring_V4`` ...), and flags whose names end in ``_flag``: true,
        false, or missing where an indicator does not apply (no answer, an interview that ended in the screener). An
        indicator that the data do not allow has no column. No case is removed.
    """
    chosen = rules or Rules()
    asked = asked_of(responses.instrument, responses.frame)
    items = items_seen(responses.instrument, responses.frame, asked)[list(fielded(responses))]
    found: _Found = {}
    found |= _speed(responses, items, chosen.seconds)
    found |= _batteries(responses)
    failed = traps_failed(responses.instrument, responses.frame)
    found |= {f"trap_{name}_flag": failed[name] for name in failed.columns}
    found |= _duplicates(responses, chosen)
    found |= _open_ends(responses)
    found |= _completeness(responses, items)
    found |= _logic(responses)
    found |= _context(responses, chosen)
    table = pd.DataFrame(found, index=responses.frame.index)
    interviewed = responses.disposition["state"].isin(["complete", "partial"])
    # Who was screened out or declined has no answers to judge; the flags would only say how short the screener is.
    for name in table.columns.intersection(["seconds_per_item", "speed_ratio", "page_ratio"]):
        table[name] = table[name].where(interviewed)
    for name in table.columns[table.columns.str.endswith("_flag")]:
        table[name] = table[name].astype("boolean").mask(~interviewed)
    return table


def _find(responses: Responses, name: str | None, usual: Iterable[str]) -> pd.Series | None:
    for candidate in (name,) if name is not None else usual:
        for source in (responses.frame, responses.paradata):
            if candidate in source.columns and bool(source[candidate].notna().any()):
                found: pd.Series = source[candidate]
                return found
    if name is not None:
        raise ColumnError(name, [*map(str, responses.frame.columns), *map(str, responses.paradata.columns)])
    return None


def _flag(condition: pd.Series, measure: pd.Series) -> pd.Series:
    return condition.astype("boolean").mask(measure.isna())


def _speed(responses: Responses, items: pd.DataFrame, seconds: str | None) -> _Found:
    complete = responses.disposition["state"] == "complete"
    found: _Found = {}
    recorded = _find(responses, seconds, _DURATION)
    if recorded is not None:
        duration = pd.to_numeric(recorded, errors="coerce")
        duration = duration.where(duration > 0)
        found["seconds_per_item"] = seconds_per_item(duration, items)
        found["speed_ratio"] = speed_ratio(duration, items, complete=complete)
    pages = _find(responses, None, ("P_pg",))
    if pages is not None:
        times = page_seconds(pages)
        found["page_ratio"] = page_ratio(times, items, complete=complete)
        found["idle_pages"] = idle_pages(times)
    # Page times judge where there are any: one page left open does not make a fast reader slow.
    ratio = found.get("page_ratio", pd.Series(np.nan, items.index)).fillna(
        found.get("speed_ratio", pd.Series(np.nan, items.index))
    )
    if not found:
        return {}
    floor = found.get("seconds_per_item", pd.Series(np.nan, items.index)) < _FEWEST_SECONDS
    found["speeder_flag"] = _flag((ratio < 1 / 3) | floor, ratio)
    slow = found.get("speed_ratio", ratio) > _SLOW
    if "idle_pages" in found:
        slow |= found["idle_pages"] > 0
    found["slow_outlier_flag"] = _flag(slow, ratio)
    return found


def _batteries(responses: Responses) -> _Found:
    found: _Found = {}
    flat: list[pd.Series] = []
    scales: list[tuple[Battery, pd.DataFrame]] = []
    shown = _find(responses, None, ("P_ord",))
    for battery in batteries(responses.instrument):
        answers = valid_numbers(responses.frame, battery.items)
        if not bool(answers.notna().to_numpy().any()):
            continue
        scales.append((battery, answers))
        flat.append(straightlined(answers))
        found |= _runs(battery, answers, shown)
        found |= _spread(battery, answers)
        if battery.reversed_items and len(battery.reversed_items) < len(battery.items):
            straight = [name for name in battery.items if name not in battery.reversed_items]
            agree = float(sorted(battery.levels)[len(battery.levels) // 2 + len(battery.levels) % 2])
            found[f"acquiescence_{battery.question}_flag"] = acquiescence(
                answers, dict.fromkeys(battery.reversed_items, straight), agree
            )
    if len(flat) >= 2:
        together = pd.concat(flat, axis=1).astype("Float64")
        share = together.mean(axis=1).astype(float)
        found["straightlined_share"] = share
        found["straightlined_flag"] = _flag((share >= 0.5) & (together.notna().sum(axis=1) >= 2), share)
    return found | _consistency(scales)


def _runs(battery: Battery, answers: pd.DataFrame, shown: pd.Series | None) -> _Found:
    """Longest run as shown. Where the order is not known only a battery answered alike throughout can be told."""
    ordered, known = in_shown_order(battery, answers, shown)
    answered = answers.notna().sum(axis=1)
    usable = answered >= 3
    run = longstring(ordered).where(known)
    same = straightlined(answers).astype("boolean")
    if battery.reversed_items:
        flag = same
    else:
        flag = _flag(run > answered / 2, run)
        most = pd.concat([(answers == level).sum(axis=1) for level in battery.levels], axis=1).max(axis=1)
        unknown = pd.Series(pd.NA, answers.index, dtype="boolean").mask(most <= answered / 2, False).mask(same, True)
        flag = flag.where(known, unknown)
    name = battery.question
    return {
        f"longstring_{name}": run,
        f"average_run_{name}": average_run(ordered).where(known),
        f"longstring_{name}_flag": flag.astype("boolean").where(usable, pd.NA),
    }


def _spread(battery: Battery, answers: pd.DataFrame) -> _Found:
    name = battery.question
    spread, distance = response_spread(answers), mahalanobis(answers)
    low, high = spread.quantile(_EXTREME), spread.quantile(1 - _EXTREME)
    return {
        f"response_spread_{name}": spread,
        # Strictly below the usual spread as well: where most answer alike, answering alike says nothing.
        f"response_spread_{name}_flag": _flag((spread <= low) & (spread < spread.median()), spread),
        f"high_spread_{name}_flag": _flag((spread >= high) & (spread > spread.median()), spread),
        f"mahalanobis_{name}": distance,
        f"mahalanobis_{name}_flag": _flag(distance > mahalanobis_cutoff(len(battery.items)), distance),
    }


def _consistency(scales: list[tuple[Battery, pd.DataFrame]]) -> _Found:
    """Synonyms, antonyms and even-odd over all batteries; no column where they cannot be estimated.

    Within one battery every pair goes with every other, and a correlation over such pairs is noise.
    """
    if len(scales) < 2:
        return {}
    found: _Found = {}
    answers = pd.concat([one for _, one in scales], axis=1)
    for name, critical, beyond in (("synonyms", 0.6, -1.0), ("antonyms", -0.6, 1.0)):
        pairs = synonym_pairs(answers, critical)
        if len(pairs) >= _FEWEST_PAIRS:
            measure = synonym_consistency(answers, pairs)
            found[name] = measure
            found[f"{name}_flag"] = _flag(measure * beyond > 0, measure)
    if len(scales) >= 3:
        turned = pd.concat([battery.turned(one) for battery, one in scales], axis=1)
        measure = even_odd_consistency(turned, [battery.items for battery, _ in scales])
        found["even_odd"] = measure
        found["even_odd_flag"] = _flag(measure < 0.30, measure)
    return found


def _duplicates(responses: Responses, rules: Rules) -> _Found:
    frame, instrument = _with_pseudonyms(responses), responses.instrument
    state = responses.disposition["state"]
    rank = pd.Series(np.where(state == "complete", 0, np.where(state == "partial", 1, 2)), frame.index)
    found: _Found = {}
    for name in rules.identity:
        if name not in frame.columns:
            raise ColumnError(name, map(str, frame.columns), place="the answers")
    keys = [*instrument.keys, *((question.id,) for question in instrument.questions if question.unique)]
    keys += [(name,) for name in rules.identity]
    usable = [key for key in keys if all(name in frame.columns and frame[name].notna().any() for name in key)]
    if usable:
        repeated = [exact_duplicates(frame, key, rank) for key in usable]
        found["duplicate_id_flag"] = pd.concat(repeated, axis=1).any(axis=1).astype("boolean")
    for flag, key in (("duplicate_device_flag", ("P_dev",)), ("duplicate_address_flag", ("P_ip", "P_ua"))):
        if all(name in frame.columns and frame[name].notna().any() for name in key):
            found[flag] = exact_duplicates(frame, key, rank).astype("boolean")
    return found | _same_answers(responses)


def _with_pseudonyms(responses: Responses) -> pd.DataFrame:
    """Answers, with numbers in place of ids, devices and addresses that were kept out."""
    if responses.pseudonyms is None:
        return responses.frame
    left = [name for name in responses.pseudonyms.columns if name not in responses.frame.columns]
    return pd.concat([responses.frame, responses.pseudonyms[left]], axis=1)


def _same_answers(responses: Responses) -> _Found:
    frame, complete = responses.frame, responses.disposition["state"] == "complete"
    hidden = {question.id for question in responses.instrument.questions if question.type == "hidden"}
    asked = [
        each for each in responses.instrument.columns if each.question not in hidden and each.name in frame.columns
    ]
    coded = [each.name for each in asked if each.coded]
    answers = valid_numbers(frame, coded)
    enough = complete & (answers.notna().sum(axis=1) >= _FEWEST_ANSWERS)
    if not enough.any():
        return {}
    whole = frame.loc[enough, [each.name for each in asked]]
    same = whole.duplicated(keep="first").reindex(frame.index)
    pairs = near_duplicates(answers[enough])
    near = pd.Series(frame.index.isin(pairs["second"]), frame.index)
    return {
        "duplicate_answers_flag": same.astype("boolean").fillna(False),
        "near_duplicate_flag": near.astype("boolean"),
    }


def _open_ends(responses: Responses) -> _Found:
    frame, instrument = responses.frame, responses.instrument
    spoken = _find(responses, None, ("P_lang", "UserLanguage", "startlanguage"))
    fielded = pd.Series(instrument.fielded, frame.index)
    language = fielded if spoken is None else spoken.astype("string").str.casefold().str[:2].fillna(instrument.fielded)
    hidden = {question.id for question in instrument.questions if question.type == "hidden"}
    nonsense, similar = [], []
    for column in instrument.columns:
        if column.kind != "text" or column.personal or column.question in hidden or column.name not in frame.columns:
            continue
        text = frame[column.name]
        if pd.api.types.is_numeric_dtype(text) or not text.notna().any():
            continue
        wording = label_text(column.question_label or column.label, instrument.fielded)
        # A short name of a product or firm is what a write-in asks for; its rules are those on letters only.
        nonsense.append(gibberish(text, language="" if column.write_in else language, question=wording))
        if not column.write_in:
            similar.append(similar_texts(text))
    found: _Found = {}
    for name, flags in (("gibberish_flag", nonsense), ("similar_text_flag", similar)):
        if flags:
            together = pd.concat(flags, axis=1)
            found[name] = together.any(axis=1).astype("boolean").mask(together.isna().all(axis=1))
    return found


def _completeness(responses: Responses, items: pd.DataFrame) -> _Found:
    """Share of the questions put to a respondent that have an answer; don't know and refused are answers."""
    frame = responses.frame
    given = np.zeros(len(frame))
    for question in items.columns:
        answered = np.zeros(len(frame), np.bool_)
        for column in responses.instrument.columns.of(str(question)):
            if column.name in frame.columns:
                values = frame[column.name]
                numbers = pd.to_numeric(values, errors="coerce")
                answered |= (values.notna() & ~numbers.isin([-93, -94, -95, -96, -97])).to_numpy()
        given += answered & (items[question] > 0).to_numpy()
    partial = responses.disposition["state"] == "partial"
    # A broken-off interview has put fewer questions; the share is of those that its route would have had.
    put = (items > 0).sum(axis=1).astype(float)
    unreached = _not_reached(responses, items)
    put = put.where(~partial, put + unreached)
    share = pd.Series(given, frame.index) / put.where(put > 0)
    return {"answered_share": share, "half_answered_flag": _flag(share < 0.5, share)}


def _not_reached(responses: Responses, items: pd.DataFrame) -> pd.Series:
    """Number ``(n,)`` of questions after the point where an interview was broken off."""
    frame = responses.frame
    number = pd.Series(0.0, frame.index)
    for question in items.columns:
        columns = responses.instrument.columns.of(str(question))
        names = [each.name for each in columns if (each.coded or each.kind == "number") and each.name in frame.columns]
        if names:
            values = frame[names].apply(pd.to_numeric, errors="coerce")
            number += values.eq(-95).any(axis=1) & values.isin([-97, -95, -94]).all(axis=1)
    return number


def _logic(responses: Responses) -> _Found:
    broken = check_answers(responses.instrument, responses.frame)
    errors = errors_among(responses.instrument, broken)
    found: _Found = {
        f"check_{name}_flag": broken[name].astype("boolean")
        for name in broken.columns
        if not str(name).startswith("unique(")
    }
    if errors.shape[1]:
        found["logic_flag"] = errors.any(axis=1).astype("boolean")
    return found


def _context(responses: Responses, rules: Rules) -> _Found:
    found: _Found = {}
    place = _find(responses, None, ("P_ipc",))
    if rules.country is not None and place is not None:
        found["country_flag"] = (
            (place.astype("string").str.strip() != rules.country).astype("boolean").mask(place.isna())
        )
    starts = _find(responses, None, ("P_t0",))
    if starts is not None:
        if rules.field is not None:
            found["outside_window_flag"] = outside_window(starts, *rules.field)
        found["burst_flag"] = bursts(starts, _find(responses, None, ("P_pub",)), fewest=rules.burst)
    trapdoor = _find(responses, None, ("P_hp",))
    if trapdoor is not None:
        written = trapdoor.notna() & (trapdoor.astype("string").fillna("").str.strip() != "")
        found["honeypot_flag"] = written.astype("boolean")
    score = _find(responses, None, ("P_cap",))
    if score is not None:
        numbers = pd.to_numeric(score, errors="coerce")
        numbers = numbers.where(numbers >= 0)
        found["bot_score_flag"] = _flag(numbers < 0.5, numbers)
    return found
