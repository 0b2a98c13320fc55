"""Estimates from several imputed data sets, by Rubin's rules."""

from __future__ import annotations

__all__: list[str] = []
