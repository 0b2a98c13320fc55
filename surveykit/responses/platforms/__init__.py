"""One module per survey platform; each says how surely it recognises a table and reads it."""

from __future__ import annotations

__all__: list[str] = []
