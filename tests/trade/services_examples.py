"""Small services-trade series that several tests share."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from surveykit.trade.frames import services_frame

__all__ = ["series"]


def series(rows: Iterable[tuple[str, str, str, str, int, float]], **constants: str) -> pd.DataFrame:
    """Long frame from tuples (indicator, reporter, partner, activity, year, value)."""
    names = ["indicator", "reporter", "partner", "activity", "year", "value"]
    given = {"unit": "USD_MN", "method": "balanced", "source": "test", "edition": "1"} | constants
    return services_frame(pd.DataFrame(list(rows), columns=names), **given)
