"""Rules of screening, written down before the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from surveykit.errors import QualityError, did_you_mean
from surveykit.instrument.loading import read_yaml

__all__ = ["DEFAULT_RULES", "Rules", "Signal", "matching", "read_rules"]

Signal = str | tuple[str, ...]
"""One flag, or several that show the same thing and count once. ``*`` stands for any text."""


@dataclass(frozen=True)
class Rules:
    """Pre-registered rules: which flags exclude a case.

    Parameters
    ----------
    hard
        Flags any one of which excludes a case. ``*`` stands for any text.
    soft
        Signals that count towards `soft_limit`. A straight line in a battery is a long run, has no spread and agrees
        with the reversed item: flags that show the same thing stand together in a tuple and count once; flags that
        match a pattern on its own (each trap) count one by one.
    soft_limit
        Number of independent soft signals that excludes a case.
    edit
        Whether values that break an ``error`` rule of the instrument are removed (-93) first; see
        :func:`surveykit.quality.editing.edit`.
    seconds
        Column with the length of the interview in seconds; a usual name is looked for.
    country
        Country of the field as the platform writes it in ``P_ipc``; without it the place is not judged.
    field
        First and last day of the field, ``("2024-07-05", "2024-10-05")``; without it the day is not judged.
    burst
        Starts from one publisher within a minute that make a burst.
    identity
        Further columns that tell firms apart (corporate number, domain); a repetition is a duplicate.
    """

    hard: tuple[str, ...] = ("duplicate_id_flag", "duplicate_answers_flag", "honeypot_flag", "half_answered_flag")
    soft: tuple[Signal, ...] = (
        "speeder_flag",
        ("longstring_*_flag", "straightlined_flag", "response_spread_*_flag", "acquiescence_*_flag"),
        ("mahalanobis_*_flag", "synonyms_flag", "antonyms_flag", "even_odd_flag"),
        "trap_*_flag",
        ("duplicate_device_flag", "duplicate_address_flag", "near_duplicate_flag"),
        "gibberish_flag",
        "bot_score_flag",
        "country_flag",
        ("outside_window_flag", "burst_flag"),
    )
    soft_limit: int = 2
    edit: bool = True
    seconds: str | None = None
    country: str | None = None
    field: tuple[str, str] | None = None
    burst: int = 5
    identity: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.soft_limit < 1:
            raise QualityError(f"soft_limit is {self.soft_limit!r}.", remedy="Give a whole number from 1.")
        if self.burst < 2:
            raise QualityError(f"burst is {self.burst!r}.", remedy="Give a whole number from 2.")
        if self.field is not None and len(self.field) != 2:
            raise QualityError(f"field has {len(self.field)} days.", remedy="Give the first and the last day.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a file or the ledger."""
        plain: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            plain[each.name] = _plain(value) if isinstance(value, tuple) else value
        return plain

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Rules:
        """Rules from plain values, as in a study file; what is left out keeps its default.

        Raises
        ------
        QualityError
            If a name or a value is no part of rules; all of them are listed.
        """
        known = [each.name for each in fields(cls)]
        wrong = []
        plain: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                wrong.append(f"'{name}' is no part of screening rules. {did_you_mean(str(name), known)}".strip())
            elif not _fits(str(name), value):
                wrong.append(f"'{name}' is {value!r:.60}: it should be {_SHAPES[str(name)]}.")
            else:
                plain[str(name)] = _frozen(value)
        if wrong:
            raise QualityError(" ".join(wrong), remedy=f"The parts are {', '.join(known)}.")
        return cls(**plain)


_SHAPES = {
    "hard": "a list of flags",
    "soft": "a list of flags, or of lists of flags that count once",
    "soft_limit": "a whole number",
    "edit": "true or false",
    "seconds": "a column",
    "country": "a country",
    "field": "two days",
    "burst": "a whole number",
    "identity": "a list of columns",
}


def _fits(name: str, value: object) -> bool:
    def texts(these: object) -> bool:
        return isinstance(these, list | tuple) and all(isinstance(one, str) for one in these)

    if name in ("hard", "identity"):
        return texts(value)
    if name == "soft":
        return isinstance(value, list | tuple) and all(isinstance(one, str) or texts(one) for one in value)
    if name == "field":
        return value is None or (texts(value) and isinstance(value, list | tuple) and len(value) == 2)
    if name in ("soft_limit", "burst"):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool) if name == "edit" else value is None or isinstance(value, str)


def _plain(value: tuple[Any, ...]) -> list[Any]:
    return [_plain(one) if isinstance(one, tuple) else one for one in value]


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value


DEFAULT_RULES = Rules()


def read_rules(path: str | Path) -> Rules:
    """Rules from a YAML file: a study file with ``screening: {options: {rules: ...}}``, or the rules alone.

    Raises
    ------
    ReadError, InstrumentError
        If the file is no plain YAML.
    QualityError
        If what it says are no rules.
    """
    data: Any = read_yaml(Path(path)).data
    for key in ("screening", "options", "rules"):
        if isinstance(data, dict) and key in data:
            data = data[key]
    if not isinstance(data, dict):
        raise QualityError(f"'{Path(path).name}' holds no screening rules.", remedy="Write them as names and values.")
    return Rules.from_dict(data)


_OPTIONAL = (
    "logic_flag",
    "slow_outlier_flag",
    "similar_text_flag",
    "high_spread_*_flag",
    "check_*_flag",
    *DEFAULT_RULES.hard,
    *(one for signal in DEFAULT_RULES.soft for one in ((signal,) if isinstance(signal, str) else signal)),
)


def matching(pattern: str, names: Sequence[str]) -> tuple[str, ...]:
    """Flags that a pattern of a rule means; none where the data do not allow the indicator.

    Raises
    ------
    QualityError
        If no indicator of that name exists.
    """
    hits = tuple(name for name in names if _fits_pattern(name, pattern))
    if not hits and not any(pattern == known or _fits_pattern(pattern, known) for known in _OPTIONAL):
        raise QualityError(
            f"No indicator is called '{pattern}'.", remedy=did_you_mean(pattern, [*names, *_OPTIONAL]) or None
        )
    return hits


def _fits_pattern(name: str, pattern: str) -> bool:
    head, star, tail = pattern.partition("*")
    if not star:
        return name == pattern
    return len(name) > len(head) + len(tail) and name.startswith(head) and name.endswith(tail)
