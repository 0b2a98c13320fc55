"""Variances: the kernel from score totals to a covariance, and its other door, replicate weights."""

from surveykit.variance.kernel import (
    Presence,
    RowTotals,
    covariance,
    covariance_from_moments,
    covariance_from_rows,
    stage_coefficients,
    unit_presence,
)
from surveykit.variance.replicated import (
    FixedDegrees,
    rank_degrees,
    reaches_every_replicate,
    replicate_covariance,
    replicate_degrees,
)

__all__ = [
    "FixedDegrees",
    "Presence",
    "RowTotals",
    "covariance",
    "covariance_from_moments",
    "covariance_from_rows",
    "rank_degrees",
    "reaches_every_replicate",
    "replicate_covariance",
    "replicate_degrees",
    "stage_coefficients",
    "unit_presence",
]
