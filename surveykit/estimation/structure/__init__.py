"""Structure in the answers: components, factors, correlations behind ratings, segments."""

from __future__ import annotations

__all__: list[str] = []
