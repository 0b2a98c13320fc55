"""Names from elsewhere as ids of this package."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["identifier"]


def identifier(text: str) -> str:
    """Nearest allowed id: letters, digits and underscores, beginning with a letter, at most 32.

    Examples
    --------
    >>> identifier("Q1.a"), identifier("2nd visit"), identifier("élève"), identifier("名前")
    ('Q1_a', 'q_2nd_visit', 'eleve', 'q')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    joined = re.sub(r"[^A-Za-z0-9_]+", "_", plain).strip("_")
    if not joined or not joined[0].isalpha():
        joined = f"q_{joined}".rstrip("_")
    return joined[:32].rstrip("_")
