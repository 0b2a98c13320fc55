"""Numbers that others published, as a record: trade statistics, printed tables, benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import ColumnError, PublishingError, listing
from surveykit.publishing.reliability import PUBLISHED
from surveykit.results import Heading, Table

__all__ = ["published"]


def published(
    frame: pd.DataFrame,
    *,
    rows: str,
    columns: str | None = None,
    layers: str | None = None,
    value: str = "value",
    unit: str | None = None,
    source: str | None = None,
    statistic: str | None = None,
    labels: Mapping[object, str] | None = None,
    notes: Sequence[str] = (),
    synthetic: bool = False,
) -> Table:
    """Wrap a long frame of published numbers as a table, so that it can be printed and drawn.

    Parameters
    ----------
    frame
        One row a number, as the trade verbs return: ``indicator, reporter, partner, activity, ..., year, value, unit,
        source``.
    rows, columns, layers
        Columns of the frame that give the table's headings, in the order in which they occur; years in order of time.
    value
        Column of the numbers. Numbers in ``"share"`` are 0-1; ``"%"`` are percentages.
    unit, source, statistic
        Instead of the frame's columns `unit`, `source` and `indicator`.
    labels
        Level to what is printed for it.
    notes
        What a reader must know.
    synthetic
        Whether the numbers are invented.

    Returns
    -------
    Table
        Without bases and standard errors: the sample, if any, is not ours. Rules on small bases do not apply.

    Raises
    ------
    ColumnError
        If a column is missing.
    PublishingError
        If a cell has several numbers, because something else varies, or units differ.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.publishing import published
    >>> frame = pd.DataFrame({"reporter": ["JPN", "DEU"], "year": 2020, "value": [41.0, 38.5], "unit": "USD_BN"})
    >>> table = published(frame, rows="reporter", source="Example")
    >>> table.cell("JPN")["estimate"], table.unit, table.definition
    (41.0, 'USD_BN', 'year 2020')
    """
    sides = [name for name in (layers, rows, columns) if name]
    for name in (*sides, value):
        if name not in frame.columns:
            raise ColumnError(str(name), map(str, frame.columns), place="the frame")
    if frame.empty:
        raise PublishingError("The frame has no rows.", remedy="Check the filters before it.")
    _refuse_repeated(frame, sides, value)
    levels = {name: _levels(frame[name]) for name in sides}
    shape = tuple(len(levels[name]) if name else 1 for name in (layers, rows, columns))
    place = tuple(
        pd.Index(levels[name]).get_indexer(pd.Index(frame[name])) if name else np.zeros(len(frame), np.intp)
        for name in (layers, rows, columns)
    )
    numbers = np.full(shape, np.nan)
    numbers[place] = frame[value].to_numpy(np.float64, na_value=np.nan)
    facts: dict[str, npt.NDArray[np.generic]] = {}
    if "reason" in frame.columns:
        reasons = np.full(shape, "", dtype=object)
        reasons[place] = frame["reason"].fillna("").astype(str).to_numpy()
        facts["reason"] = reasons.astype(np.str_)
    found_unit = unit if unit is not None else _one(frame, "unit", "")
    return Table(
        statistic=statistic or _one(frame, "indicator", value),
        unit=found_unit,
        layers=_headings(layers, levels, labels) if layers else (Heading(""),),
        rows=_headings(rows, levels, labels),
        columns=_headings(columns, levels, labels) if columns else (Heading("", kind="total"),),
        estimate=numbers,
        **_no_sample(shape),
        flags=np.full(shape, "", dtype="<U1"),
        facts=facts,
        interval=PUBLISHED,
        definition=_constant_words(frame, sides),
        source=source if source is not None else _all(frame, "source"),
        notes=tuple(notes),
        synthetic=synthetic,
    )


def _no_sample(shape: tuple[int, ...]) -> Any:
    unknown: dict[str, Any] = {
        name: np.full(shape, np.nan) for name in ("se", "low", "high", "df", "weighted_n", "effective_n")
    }
    none = np.zeros(shape, np.int64)
    return unknown | {"base_weighted_n": np.full(shape, np.nan), "n": none, "base_n": none}


def _refuse_repeated(frame: pd.DataFrame, sides: Sequence[str], value: str) -> None:
    repeated = frame.duplicated(list(sides))
    if repeated.any():
        varying = [
            str(name) for name in frame.columns if name not in (*sides, value, "reason") and frame[name].nunique() > 1
        ]
        first = frame.loc[repeated, list(sides)].iloc[0].to_dict()
        raise PublishingError(
            f"{int(repeated.sum()) + 1} numbers stand in fewer cells, the first of them {first}.",
            remedy=f"These vary too: {listing(varying)}. Choose one of each, or give it a side of the table."
            if varying
            else "The frame holds rows twice.",
        )


def _levels(column: pd.Series) -> list[object]:
    """Levels in the order of a categorical, of numbers, or of their first occurrence."""
    if column.isna().any():
        raise PublishingError(f"Column '{column.name}' has missing values.", remedy="Name them, or leave them out.")
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [level for level in column.cat.categories if (column == level).any()]
    found = list(pd.unique(column))
    return sorted(found) if pd.api.types.is_numeric_dtype(column.dtype) else found


def _headings(
    name: str, levels: Mapping[str, Sequence[object]], labels: Mapping[object, str] | None
) -> tuple[Heading, ...]:
    return tuple(Heading(name, level, label=(labels or {}).get(level, "")) for level in levels[name])


def _one(frame: pd.DataFrame, column: str, otherwise: str) -> str:
    if column not in frame.columns:
        return otherwise
    found = list(dict.fromkeys(frame[column].dropna().astype(str)))
    if column == "unit" and len(found) > 1:
        raise PublishingError(f"Units differ: {listing(found)}.", remedy="Convert them, or make one table of each.")
    return found[0] if len(found) == 1 else otherwise


def _all(frame: pd.DataFrame, column: str) -> str:
    if column not in frame.columns:
        return ""
    return "; ".join(dict.fromkeys(text for text in frame[column].dropna().astype(str) if text))


def _constant_words(frame: pd.DataFrame, sides: Sequence[str]) -> str:
    """What holds for every number: reporter, partner, activity, year, method, where the frame says so."""
    parts = []
    for name in ("reporter", "partner", "activity", "year", "method", "edition"):
        if name in frame.columns and name not in sides and frame[name].nunique() == 1:
            text = str(frame[name].iloc[0])
            parts += [f"{name} {text}"] if text and text != "_Z" else []
    return ", ".join(parts)
