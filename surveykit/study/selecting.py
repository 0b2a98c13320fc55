"""Rows of published tables and trade results, chosen by the values that a study file names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from surveykit.errors import ColumnError, StudyError, listing

__all__ = ["dropped", "kept"]


def kept(frame: pd.DataFrame, keep: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of a frame in which columns have given values, compared as text.

    Parameters
    ----------
    frame
        Long: one row a number.
    keep
        One value, or several, by column. Rows stand in the order of the values of the last column with several.

    Raises
    ------
    StudyError
        If a column has no such value.

    Examples
    --------
    >>> kept(pd.DataFrame({"year": [2010, 2023], "value": [1.7, 11.7]}), {"year": "2023"})["value"].item()
    11.7
    """
    for column, wanted in keep.items():
        if column not in frame.columns:
            raise ColumnError(column, map(str, frame.columns))
        allowed = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
        found = frame[column].astype("str")
        strange = [one for one in allowed if one not in set(found)]
        if strange:
            raise StudyError(
                f"Column '{column}' has no value {listing(strange)}.",
                remedy=f"It has {listing(sorted(found.unique()))}.",
            )
        frame = frame[found.isin(allowed)]
        if len(allowed) > 1:
            order = frame[column].astype("str").map({value: place for place, value in enumerate(allowed)})
            frame = frame.iloc[order.argsort(kind="stable")]
    return frame


def dropped(frame: pd.DataFrame, drop: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of a frame in which columns do not have given values, compared as text.

    Examples
    --------
    >>> dropped(pd.DataFrame({"name": ["U.S.", "World"], "value": [1.0, 9.0]}), {"name": "World"})["name"].item()
    'U.S.'
    """
    for column, unwanted in drop.items():
        if column not in frame.columns:
            raise ColumnError(column, map(str, frame.columns))
        refused = [str(one) for one in (unwanted if isinstance(unwanted, list) else [unwanted])]
        frame = frame[~frame[column].astype("str").isin(refused)]
    return frame
