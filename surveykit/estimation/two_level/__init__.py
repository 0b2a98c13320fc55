"""Firms within groups: random intercepts by weighted pseudo-likelihood."""

from __future__ import annotations

__all__: list[str] = []
