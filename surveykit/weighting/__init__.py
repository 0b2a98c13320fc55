"""Whom the answers stand for: base weights, non-response, calibration, trimming, and the record of every step."""

from surveykit.weighting.base import base_weights
from surveykit.weighting.calibrate import calibrate
from surveykit.weighting.diagnostics import WeightSummary
from surveykit.weighting.population import Population, PopulationLike, read_population
from surveykit.weighting.poststratify import post_stratify
from surveykit.weighting.rake import rake
from surveykit.weighting.records import Replicates, Weights
from surveykit.weighting.steps import Projection, Step
from surveykit.weighting.trim import trim
from surveykit.weighting.weight_sets import WeightSets, times_size

__all__ = [
    "Population",
    "PopulationLike",
    "Projection",
    "Replicates",
    "Step",
    "WeightSets",
    "WeightSummary",
    "Weights",
    "base_weights",
    "calibrate",
    "post_stratify",
    "rake",
    "read_population",
    "times_size",
    "trim",
]
