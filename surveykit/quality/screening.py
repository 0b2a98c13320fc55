"""Screening: rules written down before the field, applied to everybody, dropping nobody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from surveykit.errors import QualityError, did_you_mean, listing
from surveykit.quality.indicators import indicators
from surveykit.responses import Responses

__all__ = ["DEFAULT_RULES", "Rules", "exclusion_flow", "replay", "screen"]


@dataclass(frozen=True)
class Rules:
    """Pre-registered rules.

    Parameters
    ----------
    hard
        Flags any one of which excludes a case. Patterns may end in ``*``.
    soft
        Flags that count towards `soft_limit`.
    soft_limit
        Number of soft flags that exclude a case.
    seconds, country
        Passed to :func:`surveykit.quality.indicators.indicators`.
    """

    hard: tuple[str, ...] = ("duplicate_id_flag", "duplicate_answers_flag", "honeypot_flag", "half_answered_flag")
    soft: tuple[str, ...] = (
        "speeder_flag",
        "longstring_*_flag",
        "straightlined_flag",
        "response_spread_*_flag",
        "mahalanobis_*_flag",
        "synonyms_flag",
        "acquiescence_*_flag",
        "trap_flag",
        "near_duplicate_flag",
        "gibberish_flag",
        "bot_score_flag",
        "country_flag",
    )
    soft_limit: int = 2
    seconds: str | None = None
    country: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the ledger."""
        return {
            "hard": list(self.hard),
            "soft": list(self.soft),
            "soft_limit": self.soft_limit,
            "seconds": self.seconds,
            "country": self.country,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Rules:
        """Rules from plain values, as in a study file."""
        known = set(cls.__dataclass_fields__)
        for name in values:
            if name not in known:
                raise QualityError(
                    f"'{name}' is no part of screening rules.", remedy=did_you_mean(str(name), sorted(known))
                )
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return cls(**plain)


DEFAULT_RULES = Rules()


@dataclass(frozen=True)
class _Found:
    flags: pd.DataFrame
    hard: tuple[str, ...]
    soft: tuple[str, ...] = field(default=())


def screen(
    responses: Responses, rules: Rules | Mapping[str, Any] | None = None, *, ledger: str | Path | None = None
) -> Responses:
    """Mark each case as counting or not, with its reasons.

    Nobody is dropped: weighting for non-response and outcome rates need everybody. A case counts if its interview is
    complete or
    sufficiently partial, no hard rule holds and fewer than ``soft_limit`` soft ones do.

    Parameters
    ----------
    responses
        Coded answers.
    rules
        Pre-registered rules; :data:`DEFAULT_RULES` by default.
    ledger
        File to which the step is appended as JSON lines: rules, hashes of input and outcome, counts by rule.

    Returns
    -------
    Responses
        The same answers; ``disposition`` gains ``hard``, ``soft`` (counts), ``reason``, and ``counts`` is decided.

    Raises
    ------
    QualityError
        If a rule names a flag that cannot exist.
    """
    chosen = rules if isinstance(rules, Rules) else DEFAULT_RULES if rules is None else Rules.from_dict(rules)
    found = _flags(responses, chosen)
    hard, soft = found.flags[list(found.hard)].fillna(False), found.flags[list(found.soft)].fillna(False)
    state = responses.disposition["state"]
    usable = state.isin(["complete", "partial"])
    excluded = hard.any(axis=1) | (soft.sum(axis=1) >= chosen.soft_limit)
    counts = usable & ~excluded
    reasons = [
        _reason(str(state.iloc[place]), hard.iloc[place], soft.iloc[place], chosen.soft_limit)
        for place in range(len(state))
    ]
    disposition = responses.disposition.assign(
        counts=counts.to_numpy(),
        hard=hard.sum(axis=1).to_numpy(),
        soft=soft.sum(axis=1).to_numpy(),
        reason=reasons,
    )
    screened = replace(responses, disposition=disposition)
    if ledger is not None:
        _append(Path(ledger), _entry(responses, screened, chosen, found))
    return screened


def _flags(responses: Responses, rules: Rules) -> _Found:
    measured = indicators(responses, seconds=rules.seconds, country=rules.country)
    flags = measured[[name for name in measured.columns if name.endswith("_flag")]].astype("boolean")
    names = list(flags.columns)
    return _Found(flags, _matching(rules.hard, names), _matching(rules.soft, names))


_KNOWN = (*DEFAULT_RULES.hard, *DEFAULT_RULES.soft, "logic_flag")


def _matching(patterns: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for pattern in patterns:
        head, star, tail = pattern.partition("*")
        hits = [name for name in names if name == pattern or (star and name.startswith(head) and name.endswith(tail))]
        if not hits and pattern not in _KNOWN and not any(_same_family(pattern, known) for known in _KNOWN):
            raise QualityError(f"No indicator is called '{pattern}'.", remedy=did_you_mean(pattern, [*names, *_KNOWN]))
        found += hits
    return tuple(dict.fromkeys(found))


def _same_family(pattern: str, known: str) -> bool:
    head, star, tail = known.partition("*")
    return bool(star) and pattern.startswith(head) and pattern.endswith(tail)


def _reason(state: str, hard: pd.Series, soft: pd.Series, limit: int) -> str:
    if state not in ("complete", "partial"):
        return state.replace("_", " ")
    broken = [str(name).removesuffix("_flag") for name in hard.index[hard.to_numpy(bool)]]
    if broken:
        return "hard: " + ", ".join(broken)
    marks = [str(name).removesuffix("_flag") for name in soft.index[soft.to_numpy(bool)]]
    if len(marks) >= limit:
        return "soft: " + ", ".join(marks)
    return ""


def _digest(frame: pd.DataFrame) -> str:
    text = frame.to_csv(index=True, lineterminator="\n", float_format="%.17g")
    return hashlib.sha256(text.encode()).hexdigest()


def _entry(before: Responses, after: Responses, rules: Rules, found: _Found) -> dict[str, Any]:
    flags = found.flags.fillna(False)
    return {
        "step": "screen",
        "rules": rules.to_dict(),
        "input": _digest(before.frame),
        "cases": len(before.frame),
        "flagged": {name: int(flags[name].sum()) for name in (*found.hard, *found.soft)},
        "counted": int(after.counted.sum()),
        "outcome": _digest(after.disposition),
    }


def _append(path: Path, entry: Mapping[str, Any]) -> None:
    line = json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n"
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(line)


def replay(responses: Responses, ledger: str | Path) -> Responses:
    """Apply the screening steps of a ledger again, and check that they give what is recorded.

    Raises
    ------
    QualityError
        If the answers differ from those that were screened, or the outcome does.
    """
    path = Path(ledger)
    if not path.is_file():
        raise QualityError(f"The ledger '{path}' is not there.", remedy="Check the path.")
    current = responses
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        entry = json.loads(line)
        if entry.get("step") != "screen":
            continue
        if entry["input"] != _digest(current.frame):
            raise QualityError(
                f"Line {number} of the ledger was written for other answers.", remedy="Use the file that was screened."
            )
        current = screen(current, entry["rules"])
        if _digest(current.disposition) != entry["outcome"]:
            raise QualityError(
                f"Line {number} of the ledger records another outcome than these rules give now.",
                remedy="The package has changed since; screen anew and keep both ledgers.",
            )
    return current


def exclusion_flow(responses: Responses, *, by: str | None = None) -> pd.DataFrame:
    """Counts of the exclusion flow, from everybody who started to those who count.

    Parameters
    ----------
    by
        Column of the answers by whose values the counts are split as well.

    Returns
    -------
    DataFrame
        Columns ``step, label, n, removed`` and, with `by`, one more a level.
    """
    disposition = responses.disposition
    hard = disposition["hard"] if "hard" in disposition.columns else pd.Series(0, disposition.index)
    usable = disposition["state"].isin(["complete", "partial"])
    refused = disposition["state"] != "refused"
    in_scope = refused & (disposition["state"] != "screened_out")
    not_hard = in_scope & usable & (hard == 0)
    steps = [
        ("started", "Interviews started", pd.Series(True, disposition.index)),
        ("consented", "Consented", refused),
        ("in scope", "In scope", in_scope),
        ("usable", "Complete, or partial with enough answers", in_scope & usable),
        ("no hard rule", "Without duplicates and hard failures", not_hard),
        ("analysed", "Analysed", not_hard & responses.counted),
    ]
    if by is not None and by not in responses.frame.columns:
        raise QualityError(
            f"Column '{by}' is not among the answers.", remedy=f"Columns: {listing(responses.frame.columns)}."
        )
    rows: list[dict[str, Any]] = []
    before: int | None = None
    for step, label, inside in steps:
        n = int(inside.sum())
        row: dict[str, Any] = {"step": step, "label": label, "n": n, "removed": 0 if before is None else before - n}
        if by is not None:
            row |= {
                str(level): int(count)
                for level, count in responses.frame.loc[inside, by].value_counts(sort=False).items()
            }
        rows.append(row)
        before = n
    return pd.DataFrame(rows)
