"""Whose answers count: indicators, screening that marks and never drops, and what became of every case."""

from surveykit.quality.duplicates import exact_duplicates, near_duplicates
from surveykit.quality.indicators import Battery, batteries, indicators
from surveykit.quality.openends import gibberish, gibberish_reason
from surveykit.quality.screening import DEFAULT_RULES, Rules, exclusion_flow, replay, screen

__all__ = [
    "DEFAULT_RULES",
    "Battery",
    "Rules",
    "batteries",
    "exact_duplicates",
    "exclusion_flow",
    "gibberish",
    "gibberish_reason",
    "indicators",
    "near_duplicates",
    "replay",
    "screen",
]
