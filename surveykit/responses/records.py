"""The nouns of coded answers: Responses and the report of how they were coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from surveykit.errors import DataError, listing
from surveykit.instrument import Instrument

__all__ = ["STATES", "ImportReport", "Responses"]

STATES = ("complete", "partial", "screened_out", "refused")
"""What became of an interview, before quality rules are applied."""


@dataclass(frozen=True)
class ImportReport:
    """What an export's columns became, and what did not fit.

    Attributes
    ----------
    platform, path, sha256
        Of the raw file.
    rows
        Respondents coded.
    left_out
        Rows of the file that were not coded, by reason.
    matched
        One row per instrument question found: ``question, how, columns``; ``how`` is ``id``, ``import id``, ``label``
        or ``given``.
    unmatched
        Export questions without a place in the instrument: ``question, text``.
    absent
        Instrument questions that the export does not have.
    to_confirm
        Near matches by wording, not used: ``question, export, similarity``. Pass them in ``matches`` to use them.
    ambiguous
        Questions whose values are both codes and labels, with different meaning; not coded.
    unknown
        Values that are no option: ``column, value, count``. They are coded -93 (removed).
    conflicts
        Answers to questions that routing says were not asked: ``row, column, value``.
    personal
        Columns with personal data, which are not among the coded answers.
    notes
        Oddities of the file and of its coding.
    """

    platform: str
    path: str
    sha256: str
    rows: int
    left_out: Mapping[str, int]
    matched: pd.DataFrame = field(repr=False)
    unmatched: pd.DataFrame = field(repr=False)
    absent: tuple[str, ...]
    to_confirm: pd.DataFrame = field(repr=False)
    ambiguous: tuple[str, ...]
    unknown: pd.DataFrame = field(repr=False)
    conflicts: pd.DataFrame = field(repr=False)
    personal: tuple[str, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """The report in a few lines; holds no answer of anybody."""
        ways = self.matched["how"].value_counts()
        left = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items() if count)
        lines = [
            f"{self.path} ({self.platform}): {self.rows} respondents coded" + (f"; left out: {left}" if left else ""),
            "matched:    " + (", ".join(f"{count} by {how}" for how, count in ways.items()) or "nothing"),
        ]
        if len(self.unmatched):
            lines.append(f"unmatched:  {listing(self.unmatched['question'])}")
        if self.absent:
            lines.append(f"absent:     {listing(self.absent)}")
        lines.extend(
            f"confirm:    {row.question} <- '{row.export}' ({row.similarity:.2f})"
            for row in self.to_confirm.itertuples()
        )
        if self.ambiguous:
            lines.append(f"ambiguous:  {listing(self.ambiguous)} (codes or labels? say so in written=)")
        if len(self.unknown):
            lines.append(
                f"unknown:    {int(self.unknown['count'].sum())} values in {listing(self.unknown['column'].unique())}"
            )
        if len(self.conflicts):
            lines.append(f"conflicts:  {len(self.conflicts)} answers to questions that were not asked")
        if self.personal:
            lines.append(f"personal:   {listing(self.personal)} kept out")
        return "\n".join([*lines, *(f"note:       {note}" for note in self.notes)])


@dataclass(frozen=True)
class Responses:
    """Answers in the instrument's ids and codes, one row per respondent, nobody dropped.

    Attributes
    ----------
    frame
        The instrument's columns: codes, numbers and texts, with the missing codes -99 to -93 (-97 not applicable,
        -96 shown but unanswered, -95 not reached ...), and the derived variables.
    instrument
        What was asked.
    report
        How the answers were coded; None for answers that come from elsewhere.
    disposition
        One row per case: ``state`` (see :data:`STATES`), ``counts`` (whether estimates use it) and ``reason``.
        Screening fills the last two.
    paradata
        The platform's own columns (times, progress, language ...), personal ones left out or hashed.
    synthetic
        Whether the answers are invented; every output then says so.
    pseudonyms
        For each column with personal data a number a value, in order of appearance: it says which cases share an id, a
        device or an address, and nothing can be read back from it.
    """

    frame: pd.DataFrame = field(repr=False)
    instrument: Instrument = field(repr=False)
    report: ImportReport | None = field(repr=False)
    disposition: pd.DataFrame = field(repr=False)
    paradata: pd.DataFrame = field(repr=False)
    synthetic: bool = False
    pseudonyms: pd.DataFrame | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        beside = {"disposition": self.disposition, "paradata": self.paradata, "pseudonyms": self.pseudonyms}
        for name, other in beside.items():
            if other is not None and not other.index.equals(self.frame.index):
                raise DataError(
                    f"The {name} has other row labels than the answers ({len(other)} against {len(self.frame)} rows).",
                    remedy="Keep one row per case, with the same index.",
                )
        missing = [name for name in ("state", "counts", "reason") if name not in self.disposition.columns]
        if missing:
            raise DataError(
                f"The disposition lacks {listing(missing)}.", remedy="Its columns are state, counts and reason."
            )

    @property
    def counted(self) -> pd.Series[bool]:
        """Cases that estimates use, ``(n,)``."""
        return self.disposition["counts"].astype(bool)

    def __str__(self) -> str:
        """Say how many cases there are and what became of them."""
        states = self.disposition["state"].value_counts()
        text = f"{len(self.frame)} cases of {self.instrument.name} {self.instrument.version}: " + ", ".join(
            f"{int(states[state])} {state.replace('_', ' ')}" for state in STATES if state in states.index
        )
        counted = int(self.counted.sum())
        return f"{'SYNTHETIC ' if self.synthetic else ''}{text}; {counted} count"
