"""What was asked: instruments declared once in YAML, and everything that can be made from them.

:func:`read_instrument` gives a frozen :class:`Instrument`; ``instrument.columns`` is the interface that
coding, quality, weighting, estimation and publishing read.
"""

from surveykit.instrument.answers import check_answers, derive
from surveykit.instrument.columns import Band, Column, ColumnKind, Columns
from surveykit.instrument.findings import Finding
from surveykit.instrument.model import About, Case, Check, Derived, Instrument, Module
from surveykit.instrument.question import MISSING_LABELS, ElseCase, Label, Option, Question, label_text
from surveykit.instrument.reading import check_instrument, parse_instrument, read_instrument
from surveykit.instrument.routing import Routed, asked, route
from surveykit.instrument.schema import json_schema, write_json_schema
from surveykit.instrument.validation import validate

__all__ = [
    "MISSING_LABELS",
    "About",
    "Band",
    "Case",
    "Check",
    "Column",
    "ColumnKind",
    "Columns",
    "Derived",
    "ElseCase",
    "Finding",
    "Instrument",
    "Label",
    "Module",
    "Option",
    "Question",
    "Routed",
    "asked",
    "check_answers",
    "check_instrument",
    "derive",
    "json_schema",
    "label_text",
    "parse_instrument",
    "read_instrument",
    "route",
    "validate",
    "write_json_schema",
]
