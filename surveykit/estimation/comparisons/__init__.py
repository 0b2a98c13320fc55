"""Two groups of firms compared: adjusted differences with overlap diagnostics, decomposition of a gap."""

from __future__ import annotations

__all__: list[str] = []
