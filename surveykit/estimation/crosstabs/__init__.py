"""Cross-tabulations, their tests, and log-linear models."""

from __future__ import annotations

__all__: list[str] = []
