"""Every renderer and figure: takes records, computes nothing statistical."""

from surveykit.publishing.presentation import Presentation
from surveykit.publishing.published_numbers import published
from surveykit.publishing.rendering import FORMATS, Record, present, render, save
from surveykit.publishing.style import TableStyle
from surveykit.publishing.tables_csv import data_frame
from surveykit.publishing.tables_html import STYLESHEET, Html

__all__ = [
    "FORMATS",
    "STYLESHEET",
    "Html",
    "Presentation",
    "Record",
    "TableStyle",
    "data_frame",
    "present",
    "published",
    "render",
    "save",
]
