"""Labelled data files: coded answers as SPSS ``.sav`` or Stata ``.dta``, with labels and missing codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyreadstat

from surveykit.errors import ColumnError, PublishingError
from surveykit.instrument.columns import Column
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import label_text
from surveykit.instrument.spss import (
    LABEL_BYTES,
    VALUE_LABEL_BYTES,
    clipped,
    clipped_characters,
    spss_level,
    variable_label,
)

__all__ = ["STATA_MISSING", "write_dta", "write_sav"]

#: Extended missing values of Stata for the missing codes.
STATA_MISSING: Final[Mapping[int, str]] = {-99: "a", -98: "b", -97: "c", -96: "d", -95: "e", -94: "f", -93: "g"}
_STATA_LABEL: Final = 80


def write_sav(instrument: Instrument, frame: pd.DataFrame, path: str | Path, *, language: str | None = None) -> Path:
    """Write coded answers as an SPSS file with labels and the missing range -99 to -93.

    Parameters
    ----------
    instrument
        What was asked.
    frame
        Coded answers, ``(n, columns)``; only the instrument's columns are written, personal ones too.
    path
        File name that ends in ``.sav`` or ``.zsav``.
    language
        Language of the labels; default the published one.

    Returns
    -------
    pathlib.Path
        The file written. Multiple-response sets cannot be stored by the writer used;
        :func:`surveykit.instrument.spss.to_spss_syntax` declares them.
    """
    path, language = Path(path), language or instrument.published
    columns = _present(instrument, frame)
    low, high = min(instrument.missing), max(instrument.missing)
    pyreadstat.write_sav(
        pd.DataFrame({column.name: _plain(column, frame[column.name]) for column in columns}),
        str(path),
        file_label=clipped(label_text(instrument.title, language), 64),
        column_labels={column.name: variable_label(column, language, LABEL_BYTES) for column in columns},
        compress=path.suffix.lower() == ".zsav",
        variable_value_labels={
            column.name: {code: clipped(label_text(label, language), VALUE_LABEL_BYTES) for code, label in
                          {**column.values, **column.missing}.items()}
            for column in columns if column.coded
        },
        missing_ranges={
            column.name: [{"lo": low, "hi": high}] for column in columns if column.kind not in ("text", "date")
        },
        variable_measure={column.name: spss_level(column).lower() for column in columns},
    )  # fmt: skip
    return path


def write_dta(instrument: Instrument, frame: pd.DataFrame, path: str | Path, *, language: str | None = None) -> Path:
    """Write coded answers as a Stata file; -99 to -93 become the extended missing values ``.a`` to ``.g``.

    Parameters
    ----------
    instrument, frame, path, language
        As in :func:`write_sav`; the file name ends in ``.dta``.
    """
    path, language = Path(path), language or instrument.published
    columns = _present(instrument, frame)
    pyreadstat.write_dta(
        pd.DataFrame({column.name: _tagged(column, frame[column.name]) for column in columns}),
        str(path),
        file_label=clipped(label_text(instrument.title, language), _STATA_LABEL),
        column_labels={
            column.name: variable_label(column, language, _STATA_LABEL, clipped_characters) for column in columns
        },
        variable_value_labels={column.name: _stata_labels(column, language) for column in columns if column.coded},
        missing_user_values={
            column.name: list(STATA_MISSING.values()) for column in columns if column.kind not in ("text", "date")
        },
        version=15,
    )
    return path


def _present(instrument: Instrument, frame: pd.DataFrame) -> list[Column]:
    columns = [column for column in instrument.columns if column.name in frame.columns]
    if not columns:
        remedy = "Code the answers to the instrument first."
        raise ColumnError(instrument.columns.names[0], frame.columns, remedy=remedy)
    return columns


def _plain(column: Column, series: pd.Series[Any]) -> pd.Series[Any]:
    if column.kind in ("text", "date"):
        return series.astype("object").where(series.notna(), "").astype("str").astype("object")
    return pd.to_numeric(series).astype("Float64").astype("float64")


def _tagged(column: Column, series: pd.Series[Any]) -> pd.Series[Any]:
    plain = _plain(column, series)
    if column.kind in ("text", "date"):
        return plain
    tagged = plain.astype("object")
    for code, letter in STATA_MISSING.items():
        tagged = tagged.mask(np.asarray(plain == code), letter)
    return tagged


def _stata_labels(column: Column, language: str) -> dict[Any, str]:
    labels: dict[Any, str] = {code: label_text(label, language) for code, label in column.values.items() if code >= 0}
    if len(labels) != len(column.values):
        raise PublishingError(f"Column '{column.name}' has a negative code.", remedy="Renumber it.")
    labels.update({STATA_MISSING[code]: label_text(label, language) for code, label in column.missing.items()})
    return labels
