"""Replicate weights that come with the data: as published with ACS, RECS, NHANES, or in SPSS and Stata files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from surveykit.engine import FloatArray, MemoryEngine, open_engine
from surveykit.engine.weights import check_weights
from surveykit.errors import ColumnError, DesignError, WeightingError, listing
from surveykit.expressions import Column
from surveykit.weighting.records import Replicates

__all__ = ["replicate_weights"]

_KINDS = ("BRR", "Fay", "JK1", "JKn", "JK2", "ACS", "SDR", "bootstrap", "other")


def replicate_weights(
    data: Any,
    columns: str | Sequence[str],
    *,
    base: str,
    kind: str,
    scale: float | None = None,
    rscales: Sequence[float] | None = None,
    mse: bool = False,
    combined: bool = True,
    rho: float | None = None,
    df: float | None = None,
) -> Replicates:
    """Take replicate weights from columns.

    Parameters
    ----------
    data
        A frame in memory, or a file.
    columns
        Names of the columns, or a pattern that they match whole, as ``"rep_[0-9]+"``; in the order of the data.
    base
        Column of the full-sample weight.
    kind
        ``"BRR"``, ``"Fay"`` (with `rho`), ``"JK1"``, ``"JKn"``, ``"JK2"``, ``"ACS"`` or ``"SDR"``, ``"bootstrap"``,
        ``"other"``.
    scale, rscales
        Scales of the variance; those of the kind by default. ``"JKn"`` needs rscales, ``"other"`` needs scale.
    mse
        Measure deviations from the full-sample estimate.
    combined
        Whether the columns hold weights (True), or factors on the base weight.
    rho
        Fay's coefficient.
    df
        Degrees of freedom; the rank of the weights minus 1 by default.

    Raises
    ------
    WeightingError
        If columns are missing, unequal in length, negative in total, or do not fit the base weight.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"w": [1.0, 1.0], "r1": [2.0, 0.0], "r2": [0.0, 2.0]})
    >>> replicate_weights(firms, "r[0-9]", base="w", kind="BRR").replicates
    2
    """
    engine = open_engine(data)
    if not isinstance(engine, MemoryEngine):
        raise WeightingError("Replicate weights are read from rows in memory.", remedy="Load the file as a frame.")
    if kind not in _KINDS:
        raise WeightingError(f"kind={kind!r} is not known.", remedy=f"Choose one of {listing(_KINDS, limit=9)}.")
    names = _names(engine, columns, base)
    full = _numbers(engine, base)
    check_weights(engine.evaluate(Column(base)), f"column '{base}'")
    matrix = np.column_stack([_numbers(engine, name) for name in names])
    factors = _factors(matrix, full, names) if combined else matrix
    own_scale, own_rscales = _scales(kind, matrix.shape[1], scale, rscales, rho)
    return Replicates(kind, own_scale, own_rscales, mse, factors, None, full, df)


def _names(engine: MemoryEngine, columns: str | Sequence[str], base: str) -> list[str]:
    if base not in engine.columns:
        raise ColumnError(base, engine.columns)
    if isinstance(columns, str):
        try:
            pattern = re.compile(columns)
        except re.error as error:
            raise WeightingError(f"The pattern {columns!r} cannot be read: {error}.") from None
        found = [name for name in engine.columns if pattern.fullmatch(name)]
        if not found:
            raise WeightingError(
                f"No column matches the pattern {columns!r}.", remedy="Check the names of the columns."
            )
        return found
    for name in columns:
        if name not in engine.columns:
            raise ColumnError(name, engine.columns)
    return list(columns)


def _numbers(engine: MemoryEngine, name: str) -> FloatArray:
    values = engine.evaluate(Column(name))
    if values.categories is not None or (values.valid is not None and not values.valid.all()):
        raise WeightingError(
            f"Column '{name}' must hold a number in every row.", remedy="Check the file for blanks and text."
        )
    return np.asarray(values.data, np.float64)


def _factors(matrix: FloatArray, full: FloatArray, names: list[str]) -> FloatArray:
    lost = (full == 0)[:, None] & (matrix != 0)
    if lost.any():
        row, column = np.argwhere(lost)[0]
        raise WeightingError(
            f"Row {row + 1} has base weight 0 and {names[column]} = {matrix[row, column]:g}.",
            remedy="These replicate weights belong to another base weight.",
        )
    mean = matrix.mean()
    if mean < 0.2 * full.mean() or mean > 5 * full.mean():
        raise WeightingError(
            f"The replicate weights average {mean:g} and the base weight {full.mean():g}.",
            remedy="If the columns hold factors on the base weight, pass combined=False.",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(full[:, None] != 0, matrix / full[:, None], 0.0)


def _scales(
    kind: str, count: int, scale: float | None, rscales: Sequence[float] | None, rho: float | None
) -> tuple[float, FloatArray]:
    if kind == "Fay" and (rho is None or not 0 <= rho < 1):
        raise DesignError(f"kind='Fay' needs rho at least 0 and less than 1, not {rho!r}.")
    if kind == "JKn" and rscales is None:
        raise DesignError(
            "kind='JKn' needs rscales, one a replicate.", remedy="They are (n - 1) / n of each unit's stratum."
        )
    if kind == "other" and scale is None:
        raise DesignError("kind='other' needs a scale.", remedy="It is in the documentation of the data.")
    usual = {
        "BRR": 1 / count,
        "Fay": 1 / (count * (1 - (rho or 0.0)) ** 2),
        "JK1": (count - 1) / count,
        "ACS": 4 / count,
        "SDR": 4 / count,
        "bootstrap": 1 / max(count - 1, 1),
    }
    each = np.ones(count) if rscales is None else np.asarray(rscales, np.float64)
    if each.shape != (count,):
        raise DesignError(f"{each.size} rscale(s) are given for {count} replicate(s).", remedy="Give one a replicate.")
    if not np.all(each >= 0):
        raise DesignError("rscales must not be negative.")
    return usual.get(kind, 1.0) if scale is None else float(scale), each
