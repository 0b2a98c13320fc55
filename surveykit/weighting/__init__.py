"""Whom the answers stand for: base weights, non-response, calibration, trimming, and the record of every step."""

from surveykit.weighting.records import Projection, Replicates, Step, Weights

__all__ = ["Projection", "Replicates", "Step", "Weights"]
