"""Screening: rules written down before the field, applied to everybody, dropping nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from surveykit.errors import QualityError
from surveykit.instrument.question import REMOVED
from surveykit.quality.editing import Edited, edit
from surveykit.quality.indicators import indicators
from surveykit.quality.ledger import append, digest, package_version, read_ledger
from surveykit.quality.rules import DEFAULT_RULES, Rules, matching
from surveykit.responses import Responses

__all__ = ["replay", "screen"]


@dataclass(frozen=True)
class _Flags:
    """Flags of every case, by what they do: exclude alone, or as one of several signals (name of its flags)."""

    hard: pd.DataFrame
    soft: pd.DataFrame
    signals: tuple[tuple[str, ...], ...]
    without_data: tuple[str, ...]

    def signals_held(self) -> pd.Series:
        """Number ``(n,)`` of independent soft signals."""
        held = pd.Series(0, self.soft.index, dtype="int64")
        for names in self.signals:
            held += self.soft[list(names)].any(axis=1)
        return held


def screen(
    responses: Responses, rules: Rules | Mapping[str, Any] | None = None, *, ledger: str | Path | None = None
) -> Responses:
    """Mark each case as counting or not, with its reasons.

    Nobody is dropped: weighting for non-response and outcome rates need everybody. A case counts if its interview is
    complete or sufficiently partial, no hard rule holds and fewer than ``soft_limit`` independent soft signals do.
    Values that contradict earlier ones (rules of severity ``error``) become -93, after they were judged.

    Parameters
    ----------
    responses
        Coded answers.
    rules
        Pre-registered rules; :data:`DEFAULT_RULES` by default.
    ledger
        File to which the steps are appended as JSON lines: rules, hashes of input and outcome, cells changed, counts
        by rule.

    Returns
    -------
    Responses
        The same cases; ``disposition`` gains ``hard``, ``soft`` (numbers of flags and of signals), ``reason``, and
        ``counts`` is decided.

    Raises
    ------
    QualityError
        If a rule names a flag that cannot exist.
    """
    chosen = rules if isinstance(rules, Rules) else DEFAULT_RULES if rules is None else Rules.from_dict(rules)
    flags = _flags(responses, chosen)
    edited = edit(responses) if chosen.edit else None
    answers = responses if edited is None else edited.responses
    screened = replace(answers, disposition=_decided(responses.disposition, flags, chosen.soft_limit))
    if ledger is not None:
        if edited is not None:
            append(Path(ledger), _edit_entry(responses, edited))
        append(Path(ledger), _screen_entry(responses, screened, chosen, flags))
    return screened


def _flags(responses: Responses, rules: Rules) -> _Flags:
    measured = indicators(responses, rules)
    flags = measured[[name for name in measured.columns if name.endswith("_flag")]].fillna(False).astype("bool")
    names = list(flags.columns)
    missing: list[str] = []

    def found(pattern: str) -> tuple[str, ...]:
        hits = matching(pattern, names)
        if not hits:
            missing.append(pattern)
        return hits

    hard = [name for pattern in rules.hard for name in found(pattern)]
    signals: list[tuple[str, ...]] = []
    for signal in rules.soft:
        if isinstance(signal, str):
            signals.extend((name,) for name in found(signal))
        elif together := tuple(dict.fromkeys(name for pattern in signal for name in found(pattern))):
            signals.append(together)
    signals = list(dict.fromkeys(signals))
    soft = list(dict.fromkeys(name for signal in signals for name in signal))
    return _Flags(flags[list(dict.fromkeys(hard))], flags[soft], tuple(signals), tuple(missing))


def _decided(before: pd.DataFrame, flags: _Flags, limit: int) -> pd.DataFrame:
    state, soft = before["state"], flags.signals_held()
    excluded = flags.hard.any(axis=1) | (soft >= limit)
    hard_rows, soft_rows = flags.hard.to_numpy(), flags.soft.to_numpy()
    reasons = before["reason"].astype("str").where(~state.isin(["complete", "partial"]), "").tolist()
    usable = state.isin(["complete", "partial"])
    for place in (usable & excluded).to_numpy().nonzero()[0].tolist():
        hard = hard_rows[place].any()
        names = flags.hard.columns[hard_rows[place]] if hard else flags.soft.columns[soft_rows[place]]
        reasons[place] = ("hard: " if hard else "soft: ") + ", ".join(name.removesuffix("_flag") for name in names)
    return before.assign(
        counts=(usable & ~excluded).to_numpy(),
        hard=flags.hard.sum(axis=1).to_numpy(),
        soft=soft.to_numpy(),
        reason=pd.Series(reasons, before.index, dtype="str"),
    )


def _edit_entry(before: Responses, edited: Edited) -> dict[str, Any]:
    log = edited.log
    return {
        "step": "edit",
        "version": package_version(),
        "input": digest(before.frame),
        "rows": int(log["row"].nunique()),
        "cells": [
            [str(check), str(row), str(column), value, REMOVED]
            for check, row, column, value in zip(
                log["check"], log["row"], log["column"], log["before"].astype(float).tolist(), strict=True
            )
        ],
        "outcome": digest(edited.responses.frame),
    }


def _screen_entry(before: Responses, after: Responses, rules: Rules, flags: _Flags) -> dict[str, Any]:
    return {
        "step": "screen",
        "version": package_version(),
        "rules": rules.to_dict(),
        "input": digest(before.frame),
        "cases": len(before.frame),
        "counted_before": int(before.counted.sum()),
        "counted": int(after.counted.sum()),
        "flagged": {name: int(frame[name].sum()) for frame in (flags.hard, flags.soft) for name in frame.columns},
        "without_data": list(flags.without_data),
        "outcome": digest(after.disposition),
    }


def replay(responses: Responses, ledger: str | Path) -> Responses:
    """Apply the screening steps of a ledger again, and check that they give what is recorded.

    Raises
    ------
    QualityError
        If the answers differ from those that were screened, or the outcome does.
    """
    current = responses
    edited: str | None = None
    for number, entry in enumerate(read_ledger(ledger), start=1):
        if entry["step"] == "edit":
            edited = entry.get("outcome")
        if entry["step"] != "screen":
            continue
        if entry.get("input") != digest(current.frame):
            raise QualityError(
                f"Line {number} of the ledger was written for other answers.", remedy="Use the file that was screened."
            )
        current = screen(current, entry["rules"])
        wrong_edit = bool(entry["rules"].get("edit")) and edited is not None and digest(current.frame) != edited
        if wrong_edit or digest(current.disposition) != entry.get("outcome"):
            raise QualityError(
                f"Line {number} of the ledger records another outcome than these rules give now "
                f"(written by version {entry.get('version', 'unknown')}).",
                remedy="The package has changed since; screen anew and keep both ledgers.",
            )
    return current
