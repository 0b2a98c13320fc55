"""Readers of inter-country tables: one per source, all aligned by label, all through the same checks."""

__all__: list[str] = []
