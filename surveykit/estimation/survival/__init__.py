"""How long until something happens: Cox and parametric regressions, survival curves, log-rank tests."""

from __future__ import annotations

__all__: list[str] = []
