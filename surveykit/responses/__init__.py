"""What was answered: one reader per platform, coding to the instrument, and the import report."""

from __future__ import annotations

from surveykit.responses.dates import Dates, read_dates
from surveykit.responses.export import Export, MissingRange, Question, Roster
from surveykit.responses.recognise import read_export
from surveykit.responses.selection import indicators, split_joined

__all__ = [
    "Dates",
    "Export",
    "MissingRange",
    "Question",
    "Roster",
    "indicators",
    "read_dates",
    "read_export",
    "split_joined",
]
