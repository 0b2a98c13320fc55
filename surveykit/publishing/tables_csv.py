"""Tables as CSV: one row a cell, full precision, with everything that the cell rests on."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveykit.publishing.inert import escape_spreadsheet
from surveykit.publishing.reliability import standing
from surveykit.publishing.style import TableStyle
from surveykit.results import Estimate, Table, TestResult

__all__ = ["csv_text", "data_frame", "frame_csv"]


def data_frame(record: Table | Estimate | TestResult, style: TableStyle) -> pd.DataFrame:
    """Long frame of a record: one row a cell, small bases withheld, then what holds for all cells.

    Columns ``standing`` (``suppressed``, ``flagged``, ``empty``) and ``statistic, unit, weight, level, definition,
    base, year, source, synthetic, illustrative`` close every row, so that no number is without its base and source.
    """
    frame = record.to_frame()
    if isinstance(record, TestResult):
        shared: dict[str, str | float | bool] = {"weight": record.weight}
    else:
        status = standing(record, style.minimum_base, style.flag_base).reshape(-1)
        hidden = status == "suppressed"
        kept = {"n", "weighted_n", "base_n", "base_weighted_n", "effective_n", "df"}
        numeric = [name for name in frame.columns if frame[name].dtype.kind == "f" and name not in kept]
        frame.loc[hidden, numeric] = np.nan
        frame["standing"] = status
        shared = {"statistic": record.statistic, "unit": "", "weight": record.weight, "level": record.level}
        if isinstance(record, Table):
            shared |= {"unit": record.unit, "base": record.base, "definition": record.definition}
    source = style.source or (record.source if isinstance(record, Table) else "")
    shared |= {"year": style.year, "source": source, "notes": " ".join(record.notes)}
    shared |= {"synthetic": record.synthetic, "illustrative": style.illustrative}
    for name, value in shared.items():
        if name not in frame.columns:
            frame[name] = value
    if "row_kind" in frame.columns:
        # Means and medians stand below shares with a statistic of their own.
        own = frame["row_kind"].isin(["mean", "median"])
        frame.loc[own, "statistic"] = frame.loc[own, "row_kind"]
        frame["unit"] = frame["unit"].mask(own & (frame["unit"] == "share"), "")
        responses = frame["row_kind"] == "response"
        frame.loc[responses, "statistic"] = "share of responses"
    return frame


def csv_text(record: Table | Estimate | TestResult, style: TableStyle) -> str:
    """Write a record as CSV."""
    return frame_csv(data_frame(record, style))


def frame_csv(frame: pd.DataFrame) -> str:
    """Write a frame as CSV with inert text, numbers unrounded and line feeds at line ends.

    Text that a spreadsheet program would read as a formula gets an apostrophe in front.
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([escape_spreadsheet(name) for name in frame.columns])
    columns: Sequence[Sequence[object]] = [frame[name].tolist() for name in frame.columns]
    writer.writerows([_field(value) for value in row] for row in zip(*columns, strict=True))
    return target.getvalue()


def _field(value: object) -> object:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.number):
        return "" if math.isnan(value) else repr(value.item() if isinstance(value, np.number) else value)
    return escape_spreadsheet(value)
