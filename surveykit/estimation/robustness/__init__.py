"""How far a finding rests on choices: other specifications, samples, outcomes, and unseen confounders."""

from __future__ import annotations

__all__: list[str] = []
