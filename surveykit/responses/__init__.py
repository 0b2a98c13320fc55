"""What was answered: one reader per platform, coding to the instrument, and the import report.

:func:`read_export` reads a platform's file as it is; :func:`read_responses` codes it to an instrument;
:func:`for_analysis` turns codes into categories; :func:`draft_instrument` writes a first instrument.
"""

from __future__ import annotations

from surveykit.responses.analysis import Analysis, for_analysis
from surveykit.responses.dates import Dates, read_dates
from surveykit.responses.draft import draft_instrument
from surveykit.responses.export import Export, MissingRange, Question, Roster
from surveykit.responses.reading import code_answers, read_responses
from surveykit.responses.recognise import read_export
from surveykit.responses.records import ImportReport, Responses
from surveykit.responses.selection import indicators, split_joined

__all__ = [
    "Analysis",
    "Dates",
    "Export",
    "ImportReport",
    "MissingRange",
    "Question",
    "Responses",
    "Roster",
    "code_answers",
    "draft_instrument",
    "for_analysis",
    "indicators",
    "read_dates",
    "read_export",
    "read_responses",
    "split_joined",
]
