"""From a declared design to the structure of the sample."""

from __future__ import annotations

import numpy as np

from surveykit.design.records import Design
from surveykit.design.structure import Stage, Structure
from surveykit.design.unequal import unequal
from surveykit.engine import DesignColumns, Engine, FloatArray, RowIndex, UnitTable
from surveykit.errors import DesignError

__all__ = ["resolve"]


def resolve(design: Design, engine: Engine) -> tuple[RowIndex, Structure, FloatArray | None]:
    """Find the sampling units of a design in the data.

    Returns
    -------
    index
        How rows belong to units, for the engine.
    structure
        Counts and fractions, for the variance.
    expansion
        ``(U,)`` product over stages of population / sample by deepest unit, or None without fpc.

    Raises
    ------
    DesignError
        If clusters cross strata, a population is smaller than its sample, or a column is missing somewhere.
    """
    depth = _useful_depth(design)
    columns = DesignColumns(
        strata=_padded(design.strata, depth),
        clusters=_padded(design.clusters, depth),
        fpc=_padded(() if design.pps is not None else design.fpc, depth),
        nest=design.nest,
    )
    index = engine.index(columns)
    stages = tuple(_stage(table, columns.fpc[number], number) for number, table in enumerate(index.stages))
    structure = Structure(stages, design.lonely, design.domain_lonely, index.rows_are_units)
    if design.pps is not None:
        return unequal(design, engine, index, structure)
    return index, structure, _expansion(stages) if any(columns.fpc) else None


def _useful_depth(design: Design) -> int:
    """Count the stages that add to the variance: a stage counts only if the one before has an fpc."""
    stages = max(len(design.clusters), 1)
    corrected = 0
    for name in design.fpc if design.pps is None else ():
        if name is None:
            break
        corrected += 1
    if corrected > stages:
        if not design.clusters or corrected > stages + 1:
            raise DesignError(
                f"{corrected} fpc columns are given for {stages} stage(s).",
                remedy="Give one fpc column a stage, outermost first.",
            )
        return corrected
    return min(stages, corrected + 1)


def _padded(names: tuple[str | None, ...], depth: int) -> tuple[str | None, ...]:
    return (*names, *([None] * depth))[:depth]


def _stage(table: UnitTable, fpc: str | None, number: int) -> Stage:
    sampled = table.sampled
    if sampled is None:
        sampled = np.bincount(table.stratum, minlength=table.strata).astype(np.float64)
    if fpc is None:
        fraction = np.zeros(table.strata)
    else:
        fraction = _fractions(table, sampled, fpc, number)
    return Stage(table.stratum, table.parent, sampled, fraction, table.strata_labels)


def _fractions(table: UnitTable, sampled: FloatArray, fpc: str, number: int) -> FloatArray:
    given = table.fpc
    if not np.all(given > 0):
        raise DesignError(
            f"Column '{fpc}' (fpc) has values that are not positive.", remedy="Give population counts or fractions."
        )
    if np.all(given <= 1):
        return given
    if np.any((given < 1) & (given > 0)):
        raise DesignError(
            f"Column '{fpc}' (fpc) mixes fractions and counts.",
            remedy="Give population counts, or fractions, not both.",
        )
    short = np.flatnonzero(given < sampled * (1 - 1e-9))
    if len(short):
        stratum = int(short[0])
        raise DesignError(
            f"Stratum '{table.strata_labels[stratum]}' has {int(sampled[stratum])} sampled units at stage "
            f"{number + 1}, more than its population of {given[stratum]:g} (column '{fpc}').",
            remedy="The fpc holds the number of units in the population of the stratum.",
        )
    return sampled / given


def _expansion(stages: tuple[Stage, ...]) -> FloatArray:
    factor: FloatArray | None = None
    for number, stage in enumerate(stages):
        fraction = np.where(stage.fraction > 0, stage.fraction, 1.0)
        by_stratum = number == len(stages) - 1 and not len(stage.stratum)
        own = 1.0 / (fraction if by_stratum else fraction[stage.stratum])
        factor = own if factor is None or stage.parent is None else own * factor[stage.parent]
    assert factor is not None
    return factor
