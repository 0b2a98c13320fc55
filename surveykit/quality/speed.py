"""Time spent, relative to what a respondent was asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["seconds_per_item", "speed_ratio"]

_FEWEST_ON_ROUTE = 10


def seconds_per_item(seconds: pd.Series, asked: pd.DataFrame) -> pd.Series:
    """Seconds for each question that was put to the respondent.

    Parameters
    ----------
    seconds
        ``(n,)`` length of the interview.
    asked
        ``(n, questions)`` True where a question was asked.
    """
    items = asked.sum(axis=1).astype(np.float64)
    return (seconds.astype(np.float64) / items.where(items > 0)).rename("seconds_per_item")


def speed_ratio(seconds: pd.Series, asked: pd.DataFrame, *, complete: pd.Series | None = None) -> pd.Series:
    """Seconds per item relative to the median of complete interviews on the same route.

    A short route is not a fast answer: firms that use no foreign service are asked less. Routes with fewer than ten
    complete
    interviews are compared with the median of all.

    Parameters
    ----------
    seconds, asked
        As in :func:`seconds_per_item`.
    complete
        ``(n,)`` interviews that make the medians; all by default.

    Examples
    --------
    >>> asked = pd.DataFrame({"a": [True] * 3, "b": [True] * 3})
    >>> speed_ratio(pd.Series([10.0, 20.0, 30.0]), asked).tolist()
    [0.5, 1.0, 1.5]
    """
    pace = seconds_per_item(seconds, asked)
    usable = pace.notna() if complete is None else pace.notna() & complete.astype(bool)
    route = pd.util.hash_pandas_object(asked.astype(bool), index=False)
    overall = pace[usable].median()
    by_route = pace[usable].groupby(route[usable])
    medians = by_route.median().where(by_route.size() >= _FEWEST_ON_ROUTE, overall)
    usual = route.map(medians).fillna(overall)
    return (pace / usual).rename("speed_ratio")
