"""A study file: every step from answers to page, declared once, run in order, reproducible to the byte."""

from surveykit.study.building import OUT, Outcome, build
from surveykit.study.loading import STUDY_FILE, Study, read_study
from surveykit.study.schema import json_schema, write_json_schema
from surveykit.study.starting import Begun, new_study
from surveykit.study.store import Store

__all__ = [
    "OUT",
    "STUDY_FILE",
    "Begun",
    "Outcome",
    "Store",
    "Study",
    "build",
    "json_schema",
    "new_study",
    "read_study",
    "write_json_schema",
]
