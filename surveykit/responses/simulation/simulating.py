"""The verb: invented answers that obey an instrument and hit published numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import DataError, listing
from surveykit.instrument import Instrument, check_answers, derive, route
from surveykit.responses.records import Responses
from surveykit.responses.simulation.interview import interview
from surveykit.responses.simulation.records import Targets
from surveykit.responses.simulation.scores import draw_traits
from surveykit.responses.simulation.state import CARELESS, SOUND, SPEEDER, State

__all__ = ["as_asked", "simulate"]

_BoolArray = npt.NDArray[np.bool_]


def simulate(
    instrument: Instrument, targets: Targets | None, n: int, seed: int, *,
    mode: Literal["exact", "random"] = "exact", careless: float = 0.0, nonresponse: float = 0.0,
    duplicates: float = 0.0, speeders: float = 0.0, screened: int = 0,
) -> Responses:  # fmt: skip
    """Draw invented answers to an instrument.

    Parameters
    ----------
    instrument
        What is asked. Routing, rules and traps are obeyed.
    targets
        Published numbers and assumptions, from :func:`read_targets`; None: every option is as likely as another.
    n
        Sound respondents. The targets are about these.
    seed
        Of the random numbers; the same seed gives the same answers.
    mode
        ``exact``: each share is the nearest ``k / base`` there is. ``random``: a simple random sample without
        replacement from a population, twenty times as large, in which the targets hold, so that shares scatter as in
        a sample and are right on average.
    careless, duplicates, speeders
        Shares of `n`, 0 to 1, of respondents added on top: who click without reading (one column in grids, failed
        traps, broken rules), who answer twice, and who take a tenth of the time.
    nonresponse
        Share of answers, 0 to 1, that are don't know or left out, where the question allows it.
    screened
        Number of interviews, added on top, that an answer of the screener ends.

    Returns
    -------
    Responses
        ``synthetic=True``. `paradata` has ``simulated_as`` (sound, careless, speeder, duplicate, screened),
        ``copy_of`` (row of the original) and ``duration_seconds``.

    Raises
    ------
    DataError
        Targets that contradict each other, the routing or the rules; each is named.

    Examples
    --------
    >>> from surveykit.instrument import parse_instrument
    >>> from surveykit.responses.simulation import parse_targets
    >>> instrument = parse_instrument('''
    ... instrument: tiny
    ... version: 1.0.0
    ... title: Tiny
    ... unit: firm
    ... languages: [en]
    ... questions:
    ...   - {id: X1, type: single, label: Any exports, options: {1: "Yes", 2: "No"}, required: true}
    ...   - {id: X3, type: single, label: For long, ask_if: X1 == 1, options: {1: "Yes", 2: "No"}, required: true}
    ... ''')
    >>> targets = parse_targets('''
    ... targets: tiny
    ... published:
    ...   - {id: exporters, of: X1 == 1, percent: 40}
    ...   - {id: old_hands, of: X3 == 1, percent: 33}
    ... ''', instrument)
    >>> answers = simulate(instrument, targets, 20, seed=1)
    >>> answers.frame["X3"].value_counts().sort_index().to_dict()
    {-97: 12, 1: 3, 2: 5}
    """
    _check_arguments(
        instrument,
        n,
        mode,
        screened,
        {"careless": careless, "nonresponse": nonresponse, "duplicates": duplicates, "speeders": speeders},
    )
    targets = targets or Targets()
    if targets.instrument and targets.instrument != instrument.name:
        raise DataError(
            f"The targets are about '{targets.instrument}', the instrument is '{instrument.name}'.",
            remedy="Read the targets with this instrument.",
        )
    rng = np.random.default_rng(seed)
    # A random sample is drawn from a population, twenty times as large at least, in which the targets hold.
    people = n if mode == "exact" else max(20 * n, 2000)
    kinds = (
        [SOUND] * people + [SPEEDER] * round(speeders * n) + [CARELESS] * round(careless * n) + ["screened"] * screened
    )
    state = State(instrument, targets, rng, kinds)
    state.nonresponse = nonresponse
    state.traits = draw_traits(targets.traits, len(kinds), rng)
    endings = sum(1 for question in instrument.questions for option in question.options if option.end)
    ends = np.full(len(kinds), -1)
    ends[len(kinds) - screened :] = rng.permutation(np.arange(screened) % max(endings, 1))
    interview(state, ends)
    frame, paradata = _hurried(state, rng)
    if people > n:
        kept = np.concatenate([np.sort(rng.choice(people, size=n, replace=False)), np.arange(people, len(kinds))])
        frame, paradata = frame.iloc[kept].reset_index(drop=True), paradata.iloc[kept].reset_index(drop=True)
    frame, paradata = _with_copies(instrument, frame, paradata, round(duplicates * n), n, rng)
    order = rng.permutation(len(frame))
    frame, paradata = frame.iloc[order], paradata.iloc[order]
    places = {int(old): new for new, old in enumerate(order)}
    paradata["copy_of"] = paradata["copy_of"].map(places, na_action="ignore").astype("Int64")
    return _responses(instrument, _numbered(instrument, frame.reset_index(drop=True)), paradata.reset_index(drop=True))


def as_asked(responses: Responses) -> pd.DataFrame:
    """Answers as a platform would export them, ``(n, columns)``.

    Blank where nothing was put or answered; -98 and -99 stay, for somebody gave them. Hidden columns that are
    blank throughout and derived variables are left out.
    """
    names = [name for name in responses.frame.columns if name in responses.instrument.columns]
    frame = responses.frame[names]
    asked = route(responses.instrument, frame).asked
    kept: dict[str, pd.Series[Any]] = {}
    for name in names:
        series = frame[name]
        if pd.api.types.is_numeric_dtype(series.dtype):
            hidden = responses.instrument.question(responses.instrument.columns[name].question).type == "hidden"
            blank = series.isin([-97, -96, -95, -94])
            if not hidden:
                blank |= ~asked[responses.instrument.columns[name].question]
            series = series.astype("Float64").mask(blank)
            if (series.dropna() % 1 == 0).all():
                series = series.astype("Int64")
        column = responses.instrument.columns[name]
        if series.notna().any() or responses.instrument.question(column.question).type != "hidden":
            kept[name] = series
    return pd.DataFrame(kept)


def _check_arguments(instrument: Instrument, n: int, mode: str, screened: int, shares: dict[str, float]) -> None:
    faults = [f"{name}={share!r} is no share from 0 to 1" for name, share in shares.items() if not 0 <= share <= 1]
    if n < 1:
        faults.append(f"n={n!r} is not at least 1")
    if mode not in ("exact", "random"):
        faults.append(f"mode={mode!r} is neither 'exact' nor 'random'")
    if screened < 0:
        faults.append(f"screened={screened!r} is negative")
    if screened and not any(option.end for question in instrument.questions for option in question.options):
        faults.append(f"screened={screened}, but no answer of '{instrument.name}' ends the interview")
    if faults:
        raise DataError("; ".join(faults) + ".", remedy="See help(surveykit.simulate).")


def _hurried(state: State, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame with durations: a tenth of their own for speeders, a short one where the screener ended it."""
    frame = pd.DataFrame(state.data)
    name = next((q.id for q in state.instrument.questions if q.type == "hidden" and q.unit == "seconds"), None)
    usual = 4 * state.instrument.constants.get("minimum_seconds", 120.0)
    seconds = frame[name].to_numpy(float) if name else np.rint(usual * np.exp(0.4 * rng.standard_normal(state.rows)))
    seconds = seconds.copy()
    floor = state.instrument.constants.get("minimum_seconds", 0.25 * usual)
    speeding = state.kinds == SPEEDER
    seconds[speeding] = np.rint(floor * rng.uniform(0.2, 0.6, state.rows))[speeding]
    if name:
        frame[name] = seconds
    paradata = pd.DataFrame(
        {
            "simulated_as": pd.Series(state.kinds.astype(str), dtype="str"),
            "copy_of": pd.Series([pd.NA] * state.rows, dtype="Int64"),
            "duration_seconds": seconds,
        }
    )
    return frame, paradata


def _with_copies(
    instrument: Instrument, frame: pd.DataFrame, paradata: pd.DataFrame, copies: int, n: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Append second interviews of some sound respondents."""
    if not copies:
        return frame, paradata
    originals = rng.choice(n, size=copies, replace=False)
    again, about = frame.iloc[originals].copy(), paradata.iloc[originals].copy()
    about["simulated_as"], about["copy_of"] = "duplicate", originals
    about["duration_seconds"] = np.rint(about["duration_seconds"] * rng.uniform(0.8, 1.1, copies))
    for question in instrument.questions:
        if question.type == "hidden" and question.unit == "seconds":
            again[question.id] = about["duration_seconds"]
    return pd.concat([frame, again], ignore_index=True), pd.concat([paradata, about], ignore_index=True)


def _numbered(instrument: Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    """Fresh values for unique columns, in the final order."""
    unique: Sequence[str] = [question.id for question in instrument.questions if question.unique]
    for name in unique:
        frame[name] = [f"SYNTHETIC-{row + 1:04d}" for row in range(len(frame))]
    return frame


def _responses(instrument: Instrument, frame: pd.DataFrame, paradata: pd.DataFrame) -> Responses:
    """Code the frame as any other one, and refuse it if routing or rules find a fault."""
    routed = route(instrument, frame)
    obeying = ~paradata["simulated_as"].isin([CARELESS, SPEEDER, "duplicate"])
    broken = check_answers(instrument, routed.frame[obeying]).any()
    faults = [str(name) for name in broken.index[broken]]
    if len(routed.conflicts) or faults:
        raise DataError(
            f"The simulated answers break {listing(faults or routed.conflicts['column'].unique())}.",
            remedy="This rule joins several boxes of one question; simulate cannot obey it yet.",
        )
    ended = routed.ended.to_numpy()
    state = np.select([ended == "screen_out", ended == "refusal"], ["screened_out", "refused"], "complete")
    reason = np.select([state == "screened_out", state == "refused"],
                       ["screened out by an answer", "declined to take part"], "")  # fmt: skip
    disposition = pd.DataFrame(
        {"state": pd.Series(state, dtype="str"), "counts": ended == "", "reason": pd.Series(reason, dtype="str")},
        index=frame.index,
    )
    coded = pd.concat([routed.frame, derive(instrument, routed.frame)], axis=1)
    return Responses(coded, instrument, None, disposition, paradata, synthetic=True)
