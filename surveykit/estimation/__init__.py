"""Estimates and tests: every verb is a small function over one kernel."""

from surveykit.estimation.descriptive import count, mean, proportion, ratio, total

__all__ = ["count", "mean", "proportion", "ratio", "total"]
