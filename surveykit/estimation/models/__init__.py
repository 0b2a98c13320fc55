"""What a fitted model is, and what is asked of it: tests, predictions, comparisons, tables."""

from __future__ import annotations

__all__: list[str] = []
