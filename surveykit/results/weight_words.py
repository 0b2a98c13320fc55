"""How a result names its weight."""

from __future__ import annotations

__all__ = ["UNWEIGHTED", "weighted_by"]

#: Name of the weight where there is none.
UNWEIGHTED = "unweighted"


def weighted_by(weight: str) -> str:
    """Return ", weighted by 'w'", ", unweighted", or nothing for numbers that no weight is said of.

    Examples
    --------
    >>> weighted_by("w"), weighted_by(UNWEIGHTED), weighted_by("")
    (", weighted by 'w'", ', unweighted', '')
    """
    if not weight:
        return ""
    return f", {UNWEIGHTED}" if weight == UNWEIGHTED else f", weighted by '{weight}'"
