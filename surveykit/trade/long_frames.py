"""The long frame in which every result of the room leaves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveykit.trade.tables import InterCountryTable

__all__ = ["ALL", "COLUMNS", "NOT_APPLICABLE", "WORLD", "long_frame", "repeated"]

COLUMNS = (
    "indicator",
    "reporter",
    "partner",
    "activity",
    "origin_area",
    "origin_activity",
    "year",
    "value",
    "unit",
    "method",
    "source",
    "edition",
    "reason",
)
ALL = "_T"  # all activities
WORLD = "W"  # all partners
NOT_APPLICABLE = "_Z"  # a dimension that the indicator does not have


def long_frame(table: InterCountryTable, columns: Mapping[str, object]) -> pd.DataFrame:
    """Build the long frame of a result.

    Parameters
    ----------
    table
        Table the numbers come from; gives year, source and edition.
    columns
        The other columns, as arrays of one length or single values. ``reason`` says why a value is missing.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`.
    """
    given: dict[str, object] = {
        "partner": WORLD,
        "activity": ALL,
        "origin_area": NOT_APPLICABLE,
        "origin_activity": NOT_APPLICABLE,
        "source": table.source,
        "edition": table.edition,
        "reason": "",
        **columns,
    }
    length = len(np.asarray(given["value"]))
    nowhere = np.zeros(length, dtype=np.intp)
    data: dict[str, object] = {}
    for name in COLUMNS:
        if name == "year":
            data[name] = pd.array([table.year] * length, dtype="Int64")
        elif name == "value":
            data[name] = np.asarray(given[name], dtype=np.float64)
        else:
            text = given[name]
            data[name] = repeated([text], nowhere) if isinstance(text, str) else pd.Series(text, dtype="str")
    return pd.DataFrame(data, index=range(length))


def repeated(labels: Sequence[str], at: NDArray[np.intp]) -> pd.Series:
    """Text column `(n,)` from a short list of labels and the position of each row's label; -1 is the last one.

    Examples
    --------
    >>> repeated(["JPN", "W"], np.array([0, -1])).to_list()
    ['JPN', 'W']
    """
    return pd.Series(pd.array(list(labels), dtype="str").take(at % len(labels)))
