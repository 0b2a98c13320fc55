"""Earlier steps taken again from other weights."""

from __future__ import annotations

from surveykit.engine import FloatArray
from surveykit.engine.grouping import group_sums
from surveykit.errors import WeightingError
from surveykit.weighting.records import Weights
from surveykit.weighting.steps import Adjustment

__all__ = ["adjusted", "take_again"]


def adjusted(adjustment: Adjustment, weights: FloatArray) -> FloatArray:
    """Weights ``(n,)`` after an adjustment."""
    start = weights
    if adjustment.cell is not None:
        start = group_sums(adjustment.cell, adjustment.lines, weights, [None])[:, 0]
    factors = adjustment.solve(start).factors
    return weights * (factors if adjustment.cell is None else factors[adjustment.cell])


def take_again(weights: Weights, values: FloatArray) -> FloatArray:
    """Calibrate other values as these weights were calibrated: every step whose margins still hold, in order."""
    steps: list[Adjustment] = []
    for step in weights.steps:
        if step.ends_calibration:
            steps.clear()
        if step.projection is not None and step.adjustment is not None:
            steps.append(step.adjustment)
    if not steps:
        raise WeightingError(
            f"The weights '{weights.name}' have met no margins that could be met again.",
            remedy="Rake or calibrate first, or leave out rerake.",
        )
    for adjustment in steps:
        values = adjusted(adjustment, values)
    return values
