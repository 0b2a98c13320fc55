"""The sampling units of a design, found in columns of the rows, or of groups of rows that a query counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from surveykit.engine.grouping import combine, dense_codes, factorise
from surveykit.engine.records import DesignColumns, FloatArray, IntArray, UnitTable
from surveykit.errors import DesignError
from surveykit.expressions import Values

__all__ = ["FoundUnits", "Lines", "find_units"]


@dataclass(frozen=True)
class Lines:
    """What a design is read from: rows, or groups of rows that agree in every design column.

    Parameters
    ----------
    column
        Gives the values of a design column, ``(lines,)``.
    count
        Number of lines.
    rows
        ``(lines,)`` rows behind each line; None where each line is a row.
    lowest, highest
        For groups, the smallest and the largest value of each fpc column, ``(lines,)``.
    """

    column: Callable[[str], Values]
    count: int
    rows: IntArray | None = None
    lowest: Mapping[str, Values] = field(default_factory=dict)
    highest: Mapping[str, FloatArray] = field(default_factory=dict)

    def numbers(self) -> IntArray:
        """Numbers of the lines, in the narrowest usual integer."""
        return np.arange(self.count, dtype=np.int32 if self.count < 2**31 else np.int64)


@dataclass(frozen=True)
class FoundUnits:
    """Units of every stage and where each line belongs.

    Parameters
    ----------
    stages
        Unit tables, outermost first; the arrays by unit are empty where groups were read and rows are the units.
    unit
        ``(lines,)`` unit of the deepest stage that has clusters; None where there is none.
    stratum
        ``(lines,)`` stratum at the deepest stage.
    rows_are_units
        Whether each unit of the last stage is one row.
    """

    stages: tuple[UnitTable, ...]
    unit: IntArray | None
    stratum: IntArray
    rows_are_units: bool


def find_units(design: DesignColumns, lines: Lines) -> FoundUnits:
    """Find the sampling units of each stage.

    Raises
    ------
    DesignError
        If a design column is missing somewhere, clusters cross strata, or a stratum has two values of its fpc.
    """
    stages: list[UnitTable] = []
    unit: IntArray | None = None
    names: tuple[str, ...] = ()
    stratum: IntArray = np.zeros(0, np.int32)
    for depth, (strata, cluster, fpc) in enumerate(zip(design.strata, design.clusters, design.fpc, strict=True)):
        stratum, labels = _strata(lines, unit, strata, names)
        per_stratum = _fpc(lines, fpc, stratum, labels)
        if cluster is None and lines.rows is not None:
            sampled = np.bincount(stratum, weights=lines.rows, minlength=len(labels)).astype(np.float64)
            nothing = np.zeros(0, np.int32)
            stages.append(UnitTable(nothing, None if unit is None else nothing, labels, per_stratum, sampled))
            return FoundUnits(tuple(stages), unit, stratum, rows_are_units=True)
        must_nest = depth == 0 and strata is not None and not design.nest
        line_units, first = _units(lines, cluster, stratum, labels, must_nest=must_nest)
        parent = None if unit is None else unit[first]
        stages.append(UnitTable(stratum[first], parent, labels, per_stratum))
        unit = line_units
        if depth + 1 < len(design.strata) and design.strata[depth + 1] is None:
            names = _unit_names(lines, cluster, first)
    rows = lines.count if lines.rows is None else int(lines.rows.sum())
    return FoundUnits(tuple(stages), unit, stratum, rows_are_units=stages[-1].units == rows)


def _unit_names(lines: Lines, cluster: str | None, first: IntArray) -> tuple[str, ...]:
    """What the units are called that are the strata of the next stage: their column and label."""
    if cluster is None:
        return tuple(f"row {line + 1}" for line in first.tolist())
    codes, labels = _codes(lines, cluster, "clusters")
    return tuple(f"{cluster} {labels[code]}" for code in codes[first].tolist())


def _strata(
    lines: Lines, parent: IntArray | None, name: str | None, units: tuple[str, ...]
) -> tuple[IntArray, tuple[str, ...]]:
    if name is None:
        if parent is None:
            return np.zeros(lines.count, np.int32), ("all",)
        return parent, units
    codes, labels = _codes(lines, name, "strata")
    if parent is None:
        return codes, tuple(str(label) for label in labels)
    crossed, present = dense_codes(combine(parent, codes, len(labels)))
    return crossed, tuple(str(labels[code % len(labels)]) for code in present.tolist())


def _codes(lines: Lines, name: str, role: str) -> tuple[IntArray, tuple[object, ...]]:
    codes, labels = factorise(lines.column(name))
    if labels and labels[-1] is None:
        missing = codes == len(labels) - 1
        count = int(missing.sum() if lines.rows is None else lines.rows[missing].sum())
        raise DesignError(
            f"Column '{name}' ({role}) is missing in {count} row(s).",
            remedy="Every row needs its place in the design.",
        )
    return codes, labels


def _fpc(lines: Lines, name: str | None, stratum: IntArray, labels: tuple[str, ...]) -> FloatArray:
    if name is None:
        return np.full(len(labels), np.nan)
    values = lines.lowest[name] if name in lines.lowest else lines.column(name)
    if (values.valid is not None and not values.valid.all()) or values.categories is not None:
        raise DesignError(f"Column '{name}' (fpc) must hold numbers in every row.")
    low = values.data.astype(np.float64, copy=False)
    high = lines.highest.get(name, low)
    per_stratum = np.empty(len(labels))
    per_stratum[stratum] = low
    differs = (per_stratum[stratum] != low) | (high != low)
    if differs.any():
        first = int(stratum[differs].min())
        inside = stratum == first
        raise DesignError(
            f"Column '{name}' (fpc) takes both {low[inside].min():g} and {high[inside].max():g} in stratum "
            f"'{labels[first]}'.",
            remedy="A stratum has one population size.",
        )
    return per_stratum


def _units(
    lines: Lines, cluster: str | None, stratum: IntArray, labels: tuple[str, ...], *, must_nest: bool
) -> tuple[IntArray, IntArray]:
    """Unit of each line, and one line of each unit."""
    if cluster is None:
        return lines.numbers(), lines.numbers()
    codes, found = _codes(lines, cluster, "clusters")
    crossed, present = dense_codes(combine(stratum, codes, len(found)))
    if must_nest and len(present) > len(found):
        _refuse_crossing(cluster, present, found, labels)
    if len(present) == lines.count and lines.rows is None:
        return lines.numbers(), lines.numbers()
    first = np.empty(len(present), np.intp)
    first[crossed] = lines.numbers()
    return crossed, first


def _refuse_crossing(cluster: str, present: IntArray, found: tuple[object, ...], labels: tuple[str, ...]) -> None:
    strata, clusters = np.divmod(present, len(found))
    order = np.argsort(clusters, kind="stable")
    twice = order[1:][clusters[order][1:] == clusters[order][:-1]]
    code = int(clusters[twice[0]])
    among = [labels[stratum] for stratum in strata[clusters == code][:2].tolist()]
    raise DesignError(
        f"Cluster '{found[code]}' of column '{cluster}' lies in two strata, '{among[0]}' and '{among[1]}'.",
        remedy="If cluster labels start anew in each stratum, pass nest=True; otherwise correct the columns.",
    )
