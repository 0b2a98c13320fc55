"""Quantiles: rules, intervals, replicates, and the distribution function."""

from __future__ import annotations

__all__: list[str] = []
