"""The long frame in which every result of the room leaves it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from surveykit.trade.tables import InterCountryTable

__all__ = ["ALL", "COLUMNS", "NOT_APPLICABLE", "WORLD", "long_frame"]

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
    data = {name: given.get(name) for name in COLUMNS if name != "year"}
    frame = pd.DataFrame(data, index=range(length))
    year = pd.Series([table.year] * length, dtype="Int64")
    frame.insert(COLUMNS.index("year"), "year", year)
    texts = [name for name in COLUMNS if name not in {"year", "value"}]
    return frame.astype(dict.fromkeys(texts, "str") | {"value": "float64"})
