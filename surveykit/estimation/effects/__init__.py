"""What a model says on the scale of its outcome: average marginal effects, predictive margins, contrasts."""

from __future__ import annotations

__all__: list[str] = []
