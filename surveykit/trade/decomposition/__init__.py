"""Decompositions of gross exports, each under its own name: totals agree, the split of foreign content does not."""

__all__: list[str] = []
