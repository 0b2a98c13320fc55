"""Whom the answers stand for: base weights, non-response, calibration, trimming, and the record of every step."""

from surveykit.weighting.base import base_weights
from surveykit.weighting.calibrate import calibrate
from surveykit.weighting.population import Population, PopulationLike, read_population
from surveykit.weighting.poststratify import post_stratify
from surveykit.weighting.rake import rake
from surveykit.weighting.records import Projection, Replicates, Step, Weights

__all__ = [
    "Population",
    "PopulationLike",
    "Projection",
    "Replicates",
    "Step",
    "Weights",
    "base_weights",
    "calibrate",
    "post_stratify",
    "rake",
    "read_population",
]
