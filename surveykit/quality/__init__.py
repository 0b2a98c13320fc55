"""Whose answers count: indicators, screening that marks and never drops, and what became of every case."""

from surveykit.quality.batteries import Battery, batteries
from surveykit.quality.dispositions import OutcomeRates, disposition_codes, dispositions, outcome_rates
from surveykit.quality.duplicates import exact_duplicates, near_duplicates
from surveykit.quality.editing import Edited, edit, logic_errors
from surveykit.quality.fieldwork import bursts, outside_window, publisher_table
from surveykit.quality.flow import ExclusionFlow, FlowStep, exclusion_flow
from surveykit.quality.indicators import indicators
from surveykit.quality.nonresponse import item_nonresponse
from surveykit.quality.openends import gibberish, gibberish_reason
from surveykit.quality.rules import DEFAULT_RULES, Rules, read_rules
from surveykit.quality.screening import replay, screen
from surveykit.quality.text_similarity import similar_texts
from surveykit.quality.traps import traps_failed

__all__ = [
    "DEFAULT_RULES",
    "Battery",
    "Edited",
    "ExclusionFlow",
    "FlowStep",
    "OutcomeRates",
    "Rules",
    "batteries",
    "bursts",
    "disposition_codes",
    "dispositions",
    "edit",
    "exact_duplicates",
    "exclusion_flow",
    "gibberish",
    "gibberish_reason",
    "indicators",
    "item_nonresponse",
    "logic_errors",
    "near_duplicates",
    "outcome_rates",
    "outside_window",
    "publisher_table",
    "read_rules",
    "replay",
    "screen",
    "similar_texts",
    "traps_failed",
]
