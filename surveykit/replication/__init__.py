"""Replicate weights of every kind, kept as factors by sampling unit."""

from surveykit.replication.recalibration import recalibrate
from surveykit.replication.replicate import ReplicateMethod, replicate
from surveykit.replication.supplied import replicate_weights

__all__ = ["ReplicateMethod", "recalibrate", "replicate", "replicate_weights"]
