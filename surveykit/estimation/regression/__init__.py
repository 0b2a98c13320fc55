"""Regressions: generalised linear models by scoring, and those with a shape of their own."""

from __future__ import annotations

__all__: list[str] = []
