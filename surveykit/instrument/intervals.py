"""Bands in mathematical notation, so that "over 25" and "25 or more" look as different as they are."""

from __future__ import annotations

from typing import Protocol

__all__ = ["interval"]


class _Edges(Protocol):
    @property
    def lo(self) -> float | None: ...
    @property
    def hi(self) -> float | None: ...
    @property
    def closed(self) -> str | None: ...


def interval(band: _Edges) -> str:
    """Interval of a band, with the bracket on the side that belongs to it.

    Examples
    --------
    >>> from surveykit.instrument.columns import Band
    >>> interval(Band(25, 50, "right", None)), interval(Band(501, None, "left", None)), interval(Band(0, 0, "both", 0))
    ('(25, 50]', '[501, ∞)', '{0}')
    """
    if band.lo is not None and band.lo == band.hi:
        return f"{{{band.lo:,g}}}"
    left = "[" if band.closed in ("left", "both") and band.lo is not None else "("
    right = "]" if band.closed in ("right", "both") and band.hi is not None else ")"
    low = "-∞" if band.lo is None else f"{band.lo:,.12g}"
    high = "∞" if band.hi is None else f"{band.hi:,.12g}"
    return f"{left}{low}, {high}{right}"
