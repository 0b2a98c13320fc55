"""Time spent, relative to what a respondent was asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveykit.errors import QualityError
from surveykit.instrument import Instrument

__all__ = ["idle_pages", "items_seen", "page_ratio", "page_seconds", "seconds_per_item", "speed_ratio"]

_FEWEST_ON_ROUTE = 10


def items_seen(instrument: Instrument, frame: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Items put to each respondent by question, ``(n, questions)``.

    A grid counts each of its rows and a loop each item that was drawn; hidden questions and notes, and questions that
    the answers do not have at all, count nothing.

    Parameters
    ----------
    frame
        Coded answers.
    asked
        ``(n, questions)`` True where a question was asked.
    """
    counts: dict[str, pd.Series] = {}
    for question in instrument.questions:
        columns = [column for column in instrument.columns.of(question.id) if column.name in frame.columns]
        if question.type in ("hidden", "note") or not columns:
            continue
        put = asked[question.id].astype(np.int64)
        if question.type in ("grid", "loop"):
            first = {column.item: column.name for column in reversed(columns) if column.coded}
            coded = frame[list(first.values())].apply(pd.to_numeric, errors="coerce")
            put = put * (coded.notna() & ~coded.isin([-97, -95, -94])).sum(axis=1)
        counts[question.id] = put
    return pd.DataFrame(counts, index=frame.index)


def seconds_per_item(seconds: pd.Series, items: pd.DataFrame) -> pd.Series:
    """Seconds for each item that was put to the respondent; missing where none was.

    Parameters
    ----------
    seconds
        ``(n,)`` length of the interview.
    items
        ``(n, questions)`` items put: True or their number.
    """
    number = items.sum(axis=1).astype(np.float64)
    return (seconds.astype(np.float64) / number.where(number > 0)).rename("seconds_per_item")


def _routes(items: pd.DataFrame) -> pd.Series:
    return pd.util.hash_pandas_object(items > 0, index=False)


def _relative(measure: pd.Series, route: pd.Series, usable: pd.Series) -> pd.Series:
    """Measure over the median of the usable rows on the same route, or of all where the route has fewer than ten."""
    inside = usable & measure.notna()
    overall = measure[inside].median()
    by_route = measure[inside].groupby(route[inside])
    medians = by_route.median().where(by_route.size() >= _FEWEST_ON_ROUTE, overall)
    usual = route.map(medians).fillna(overall)
    return measure / usual.where(usual > 0)


def speed_ratio(seconds: pd.Series, items: pd.DataFrame, *, complete: pd.Series | None = None) -> pd.Series:
    """Seconds per item relative to the median of complete interviews on the same route.

    A short route is not a fast answer: firms that use no foreign service are asked less. Routes with fewer than ten
    complete interviews are compared with the median of all.

    Parameters
    ----------
    seconds, items
        As in :func:`seconds_per_item`.
    complete
        ``(n,)`` interviews that make the medians; all by default.

    Examples
    --------
    >>> items = pd.DataFrame({"a": [True] * 3, "b": [True] * 3})
    >>> speed_ratio(pd.Series([10.0, 20.0, 30.0]), items).tolist()
    [0.5, 1.0, 1.5]
    """
    pace = seconds_per_item(seconds, items)
    usable = pd.Series(True, pace.index) if complete is None else complete.astype(bool)
    return _relative(pace, _routes(items), usable).rename("speed_ratio")


def page_seconds(recorded: pd.Series) -> pd.DataFrame:
    """Seconds by page, ``(n, pages)``, from texts such as ``"12;40;8.5"``; an empty part is a page not shown.

    Raises
    ------
    QualityError
        If a part is no number.

    Examples
    --------
    >>> page_seconds(pd.Series(["12;40", "9;;3"]))
          0     1    2
    0  12.0  40.0  NaN
    1   9.0   NaN  3.0
    """
    parts = recorded.astype("string").str.split(";", expand=True)
    texts = parts.apply(lambda column: column.str.strip().replace("", pd.NA))
    numbers = texts.apply(pd.to_numeric, errors="coerce")
    wrong = texts.notna() & numbers.isna()
    if wrong.to_numpy().any():
        bad = texts.to_numpy()[wrong.to_numpy()][0]
        raise QualityError(
            f"'{str(bad)[:40]}' is no number of seconds on a page.", remedy="Write page times as '12;40;8.5'."
        )
    seconds: pd.DataFrame = numbers.astype("float64")
    return seconds


def page_ratio(pages: pd.DataFrame, items: pd.DataFrame, *, complete: pd.Series | None = None) -> pd.Series:
    """Median over a respondent's pages of the page time relative to its median on the same route.

    Unlike the length of the interview it is not moved by one page left open over lunch.

    Parameters
    ----------
    pages
        ``(n, pages)`` seconds, see :func:`page_seconds`.
    items, complete
        As in :func:`speed_ratio`.
    """
    route = _routes(items)
    usable = pd.Series(True, pages.index) if complete is None else complete.astype(bool)
    ratios = pd.DataFrame({page: _relative(pages[page], route, usable) for page in pages.columns}, index=pages.index)
    return ratios.median(axis=1).rename("page_ratio")


def idle_pages(pages: pd.DataFrame, *, seconds: float = 300.0, times: float = 10.0) -> pd.Series:
    """Pages that took more than `seconds` and more than `times` their median: reported, since work interrupts."""
    usual = pages.median(axis=0)
    return ((pages > seconds) & (pages > times * usual)).sum(axis=1).rename("idle_pages")
