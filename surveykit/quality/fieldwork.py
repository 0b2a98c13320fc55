"""Where and when interviews were given, and what that says of those who sent the respondents."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from surveykit.errors import ColumnError, QualityError
from surveykit.responses import Responses

__all__ = ["bursts", "outside_window", "publisher_table"]


def _times(starts: pd.Series) -> pd.Series:
    stamps = pd.to_datetime(starts, errors="coerce", utc=True, format="ISO8601")
    wrong = starts.notna() & stamps.isna()
    if wrong.any():
        raise QualityError(
            f"Start '{str(starts[wrong].iloc[0])[:40]}' is no date and time ({int(wrong.sum())} such).",
            remedy="Write starts as 2024-07-05T09:30:00 (UTC).",
        )
    return stamps


def outside_window(starts: pd.Series, first: str, last: str) -> pd.Series:
    """Whether an interview began before the first or after the last day of the field; missing without a start.

    Parameters
    ----------
    starts
        ``(n,)`` ISO dates and times, UTC where they do not say otherwise.
    first, last
        Days such as ``"2024-07-05"``, both of which belong to the field.

    Examples
    --------
    >>> outside_window(pd.Series(["2024-07-05T00:10:00", "2024-10-06T01:00:00"]), "2024-07-05", "2024-10-05").tolist()
    [False, True]
    """
    days = []
    for day in (first, last):
        try:
            days.append(date.fromisoformat(str(day)))
        except ValueError:
            raise QualityError(f"'{day}' is no day of the field.", remedy="Write it as 2024-07-05.") from None
    if days[0] > days[1]:
        raise QualityError(f"The field ends on {days[1]}, before it begins on {days[0]}.", remedy="Exchange them.")
    stamps = _times(starts)
    begin, end = pd.Timestamp(days[0], tz="UTC"), pd.Timestamp(days[1], tz="UTC") + pd.Timedelta(days=1)
    outside = (stamps < begin) | (stamps >= end)
    return outside.astype("boolean").mask(stamps.isna()).rename("outside_window")


def bursts(starts: pd.Series, publisher: pd.Series | None = None, *, fewest: int = 5) -> pd.Series:
    """Whether `fewest` or more interviews from one publisher began within any 60 seconds, this one among them.

    Parameters
    ----------
    starts
        ``(n,)`` ISO dates and times.
    publisher
        ``(n,)`` who sent the respondent; all the same where left out.

    Examples
    --------
    >>> starts = pd.Series([f"2024-07-05T09:00:{second:02d}" for second in (0, 10, 20, 59)] + ["2024-07-05T11:00:00"])
    >>> bursts(starts, fewest=4).tolist()
    [True, True, True, True, False]
    """
    stamps = _times(starts)
    flag = np.zeros(len(stamps), np.bool_)
    known = stamps.notna().to_numpy()
    groups = np.zeros(len(stamps), np.intp) if publisher is None else pd.factorize(publisher)[0]
    seconds = np.where(known, (stamps - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(), np.nan)
    for group in np.unique(groups):
        rows = np.flatnonzero((groups == group) & known)
        rows = rows[np.argsort(seconds[rows], kind="stable")]
        ordered = seconds[rows]
        until = np.searchsorted(ordered, ordered + 60.0, side="left")
        for start in np.flatnonzero(until - np.arange(len(rows)) >= fewest):
            flag[rows[start : until[start]]] = True
    return pd.Series(flag, starts.index).astype("boolean").mask(~known).rename("burst")


def publisher_table(responses: Responses, flags: pd.DataFrame, *, publisher: str = "P_pub") -> pd.DataFrame:
    """One row a publisher: starts, what became of them, and the share of each flag. Farms show here first.

    Parameters
    ----------
    responses
        Screened answers.
    flags
        What :func:`surveykit.quality.indicators.indicators` gave for them.
    publisher
        Column that says who sent a respondent; those without are the row ``(not stated)``.

    Returns
    -------
    DataFrame
        ``publisher, starts, complete, counts, removed_share``, then the share of each flag among its complete and
        partial interviews for which it applies; most starts first.
    """
    frame = responses.frame
    source = frame if publisher in frame.columns else responses.paradata
    if publisher not in source.columns:
        raise ColumnError(publisher, [*map(str, frame.columns), *map(str, responses.paradata.columns)])
    who = source[publisher].astype("string").fillna("(not stated)")
    state = responses.disposition["state"]
    usable = state.isin(["complete", "partial"])
    names = [name for name in flags.columns if name.endswith("_flag")]
    shares = flags[names].astype("Float64").where(usable).groupby(who).mean()
    table = pd.DataFrame(
        {
            "starts": who.groupby(who).size(),
            "complete": (state == "complete").groupby(who).sum(),
            "counts": responses.counted.groupby(who).sum(),
        }
    )
    table["removed_share"] = (~responses.counted).where(usable).astype("Float64").groupby(who).mean().astype("float64")
    joined = table.join(shares.astype("float64")).reset_index(names="publisher")
    return joined.sort_values(["starts", "publisher"], ascending=[False, True], ignore_index=True)
