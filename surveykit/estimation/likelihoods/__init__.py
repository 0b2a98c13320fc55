"""Likelihoods of outcomes that are no generalised linear model: each is one small file of derivatives."""

from __future__ import annotations

__all__: list[str] = []
