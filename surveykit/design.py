"""How the sample was drawn: :class:`Design` as declared, :class:`Structure` as found in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from surveykit.engine import DesignColumns, Engine, FloatArray, IntArray, RowIndex, UnitTable
from surveykit.errors import DesignError, listing

__all__ = ["Design", "Lonely", "Stage", "Structure", "resolve"]

Lonely = Literal["fail", "remove", "adjust", "average", "certainty"]
_LONELY: tuple[str, ...] = ("fail", "remove", "adjust", "average", "certainty")


@dataclass(frozen=True)
class Design:
    """How the sample was drawn. Each of `strata`, `clusters`, `fpc` is a column or a list of columns, outermost stage first.

    Parameters
    ----------
    strata
        Columns of the strata of each stage; None where a stage is not stratified.
    clusters
        Columns of the sampling units of each stage; without any, every row is a sampling unit.
    fpc
        Finite populations of each stage: population counts of the stratum where any value exceeds 1, otherwise sampling
        fractions. With `pps` it is the inclusion probability of the unit.
    nest
        Whether cluster labels start anew in each stratum.
    lonely
        What a stratum with one sampling unit adds to the variance: ``"fail"`` refuses; ``"remove"`` and ``"certainty"`` add
        nothing; ``"adjust"`` takes its distance from the mean of all units; ``"average"`` adds the mean of the other strata.
    domain_lonely
        Whether ``"adjust"`` and ``"average"`` also apply to strata with one unit inside a domain.
    pps
        Sampling with unequal probabilities without replacement: ``"brewer"``, ``"overton"``, ``"hartley-rao"``, ``"poisson"``, or a
        matrix of joint inclusion probabilities ``(n, n)``.
    pps_variance
        ``"horvitz-thompson"`` or ``"yates-grundy"``, for a joint matrix and for ``"hartley-rao"``, ``"overton"``.
    order
        Column that holds the order of a systematic sample, for successive-difference replicates.

    Examples
    --------
    >>> Design(strata="region", clusters=["town", "firm"], fpc=["towns", "firms"]).clusters
    ('town', 'firm')
    """

    strata: Any = None
    clusters: Any = None
    fpc: Any = None
    nest: bool = False
    lonely: Lonely = "fail"
    domain_lonely: bool = False
    pps: Any = None
    pps_variance: Literal["horvitz-thompson", "yates-grundy"] = "horvitz-thompson"
    order: str | None = None

    def __init__(
        self,
        *,
        strata: str | Sequence[str | None] | None = None,
        clusters: str | Sequence[str] | None = None,
        fpc: str | Sequence[str | None] | None = None,
        nest: bool = False,
        lonely: Lonely = "fail",
        domain_lonely: bool = False,
        pps: Any = None,
        pps_variance: Literal["horvitz-thompson", "yates-grundy"] = "horvitz-thompson",
        order: str | None = None,
    ) -> None:
        if lonely not in _LONELY:
            raise DesignError(f"lonely={lonely!r} is not known.", remedy=f"Choose one of {listing(_LONELY)}.")
        values = {
            "strata": _columns(strata, "strata"),
            "clusters": _columns(clusters, "clusters"),
            "fpc": _columns(fpc, "fpc"),
            "nest": nest,
            "lonely": lonely,
            "domain_lonely": domain_lonely,
            "pps": pps,
            "pps_variance": pps_variance,
            "order": order,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def depth(self) -> int:
        """Number of stages declared."""
        return max(len(self.clusters), len(self.strata), len(self.fpc), 1)

    def describe(self) -> str:
        """Say the design in words."""
        parts = []
        if self.strata:
            parts.append(f"stratified by {', '.join(name for name in self.strata if name)}")
        parts.append(f"clusters {' > '.join(self.clusters)}" if self.clusters else "rows are the sampling units")
        if self.fpc:
            parts.append(f"finite population {', '.join(name for name in self.fpc if name)}")
        if self.pps is not None:
            parts.append(f"unequal probabilities ({self.pps if isinstance(self.pps, str) else 'joint probabilities'})")
        return "; ".join(parts)


def _columns(given: str | Sequence[str | None] | None, role: str) -> tuple[str | None, ...]:
    if given is None:
        return ()
    names = (given,) if isinstance(given, str) else tuple(given)
    bad = [name for name in names if name is not None and not isinstance(name, str)]
    if bad:
        raise DesignError(
            f"{role}={given!r}: {bad[0]!r} is not a column name.", remedy="Give a column name or a list of them."
        )
    return names


@dataclass(frozen=True)
class Stage:
    """One stage of sampling, as found.

    Parameters
    ----------
    stratum
        ``(U,)`` stratum code of each sampled unit.
    parent
        ``(U,)`` unit of the stage before that holds it, or None at the first stage.
    sampled
        ``(H,)`` units sampled in each stratum.
    fraction
        ``(H,)`` sampling fraction; 0 without a finite-population correction.
    labels
        ``(H,)`` names of the strata.
    """

    stratum: IntArray
    parent: IntArray | None
    sampled: FloatArray
    fraction: FloatArray
    labels: tuple[str, ...] = field(repr=False)

    @property
    def lonely(self) -> IntArray:
        """Strata with one sampled unit that is not the whole population."""
        return np.flatnonzero((self.sampled == 1) & (self.fraction < 1))


@dataclass(frozen=True)
class Structure:
    """The stages of a design with their counts and fractions: what a variance needs to know.

    Parameters
    ----------
    stages
        Outermost first, only as deep as the finite-population corrections reach.
    lonely, domain_lonely
        As in :class:`Design`.
    rows_are_units
        Whether the units of the last stage are the rows.
    """

    stages: tuple[Stage, ...]
    lonely: Lonely
    domain_lonely: bool
    rows_are_units: bool

    @property
    def by_moments(self) -> bool:
        """Whether one pass of second moments by stratum is enough."""
        return self.rows_are_units and len(self.stages) == 1


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
            f"Stratum '{table.strata_labels[stratum]}' has {int(sampled[stratum])} sampled units at stage {number + 1}, "
            f"more than its population of {given[stratum]:g} (column '{fpc}').",
            remedy="The fpc holds the number of units in the population of the stratum.",
        )
    return sampled / given


def _expansion(stages: tuple[Stage, ...]) -> FloatArray:
    factor: FloatArray | None = None
    for stage in stages:
        fraction = np.where(stage.fraction > 0, stage.fraction, 1.0)
        own = 1.0 / fraction[stage.stratum]
        factor = own if factor is None or stage.parent is None else own * factor[stage.parent]
    assert factor is not None
    return factor
