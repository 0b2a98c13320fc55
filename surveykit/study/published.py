"""Numbers that others published, or that a trade verb gave, as tables that renderers and figures take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from surveykit.errors import ColumnError, StudyError, listing
from surveykit.publishing.reliability import PUBLISHED
from surveykit.results import Heading, Table

__all__ = ["kept", "published_table"]


def kept(frame: pd.DataFrame, keep: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of a frame in which columns have given values, compared as text.

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
    return frame


def published_table(
    frame: pd.DataFrame,
    *,
    rows: str,
    columns: str | None = None,
    value: str = "value",
    unit: str = "",
    statistic: str = "",
    source: str = "",
    notes: Sequence[str] = (),
    synthetic: bool = False,
) -> Table:
    """Arrange numbers without a sample of ours as a table.

    Parameters
    ----------
    frame
        Long: one row a number.
    rows, columns
        Columns that hold the headings; the order of first occurrence is kept.
    value
        Column of the numbers; one number a cell.
    unit, statistic, source, notes
        In words.
    synthetic
        Whether the numbers are invented.

    Raises
    ------
    StudyError
        If two numbers fall into one cell.
    """
    for name in (rows, value, *([columns] if columns else [])):
        if name not in frame.columns:
            raise ColumnError(name, map(str, frame.columns), place="the numbers")
    along = _levels(frame[rows])
    across = _levels(frame[columns]) if columns else [""]
    shape = (1, len(along), len(across))
    numbers = np.full(shape, np.nan)
    filled = np.zeros(shape, np.bool_)
    for row, column, number in zip(
        frame[rows].astype("str"),
        frame[columns].astype("str") if columns else [""] * len(frame),
        pd.to_numeric(frame[value], errors="coerce"),
        strict=True,
    ):
        place = (0, along.index(row), across.index(column))
        if filled[place]:
            raise StudyError(
                f"Two numbers stand in row '{row}'{f', column {column!r}' if column else ''}.",
                remedy="Narrow them down in keep:, or name another column for rows or columns.",
            )
        numbers[place], filled[place] = float(number), True
    nothing = np.full(shape, np.nan)
    none = np.zeros(shape, np.int64)
    heads = [Heading(columns or "", name) for name in across] if columns else [Heading("", kind="total", label=" ")]
    return Table(
        statistic=statistic or unit or "value",
        unit=unit,
        layers=(Heading(""),),
        rows=tuple(Heading(rows, name) for name in along),
        columns=tuple(heads),
        estimate=numbers,
        se=nothing,
        low=nothing,
        high=nothing,
        n=none,
        weighted_n=nothing,
        base_n=none,
        base_weighted_n=nothing,
        effective_n=nothing,
        df=nothing,
        flags=np.full(shape, "", dtype="<U1"),
        interval=PUBLISHED,
        source=source,
        notes=tuple(notes),
        synthetic=synthetic,
    )


def _levels(column: pd.Series) -> list[str]:
    return list(dict.fromkeys(column.astype("str")))
