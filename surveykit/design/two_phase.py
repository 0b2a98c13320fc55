"""Two-phase samples: a second sample drawn from a first one.

With final weights in the scores z, inclusion probabilities p of the second phase and p_ij jointly,

    V = sum over i, j of d1_ij (p_i p_j / p_ij) z_i z_j + sum over i, j of (1 - p_i p_j / p_ij) z_i z_j

where d1 is the form of the first phase (Särndal, Swensson and Wretman 1992, ch. 9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveykit.design.records import Design
from surveykit.design.resolve import resolve
from surveykit.design.structure import QuadraticForm, Structure
from surveykit.engine import FloatArray, IntArray, MemoryEngine, RowIndex
from surveykit.errors import DesignError, listing
from surveykit.expressions import Expr, parse
from surveykit.expressions.values import BoolArray

__all__ = ["TwoPhase", "resolve_two_phase"]

_METHODS = ("full", "approx")
_MOST_ROWS = 20_000


@dataclass(frozen=True)
class TwoPhase:
    """A sample from a sample. The data hold every row of the first phase.

    Parameters
    ----------
    first
        Design of the first phase: strata, one stage of clusters, fpc. Without fpc its population is taken as infinite
        and its draws as independent.
    second
        Design of the second phase: strata alone; its rows are drawn one by one from the strata, whose sizes are counted
        in the first phase.
    subset
        Condition that marks the rows of the second phase.
    method
        ``"full"`` uses joint probabilities of both phases; ``"approx"`` takes the first phase as drawn with
        replacement.

    Examples
    --------
    >>> TwoPhase(first=Design(clusters="firm"), second=Design(strata="size"), subset="interviewed == 1").method
    'full'
    """

    first: Design
    second: Design
    subset: str
    method: Literal["full", "approx"] = "full"

    def __post_init__(self) -> None:
        if self.method not in _METHODS:
            raise DesignError(f"method={self.method!r} is not known.", remedy=f"Choose one of {listing(_METHODS)}.")
        if len(self.first.clusters) > 1 or self.first.pps is not None or self.second.pps is not None:
            raise DesignError("A two-phase design takes one stage of equal-probability sampling at each phase.")
        if self.second.clusters or self.second.fpc:
            raise DesignError(
                "The second phase draws rows, and counts the sizes of its strata in the first phase.",
                remedy="Leave clusters= and fpc= out of the second design.",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the design names."""
        parts = (*self.first.strata, *self.first.clusters, *self.first.fpc, *self.second.strata)
        return tuple(name for name in parts if name is not None)

    def describe(self) -> str:
        """Say the design in words."""
        return f"two phases: {self.first.describe()}, then {self.second.describe()} where {self.subset}"


def resolve_two_phase(
    design: TwoPhase, engine: MemoryEngine, weight: Expr | None
) -> tuple[MemoryEngine, RowIndex, Structure, FloatArray]:
    """Find both phases in the data.

    Parameters
    ----------
    weight
        Weight of the first phase, or None for its expansion (1 without fpc).

    Returns
    -------
    engine
        The rows of the second phase.
    index, structure, weights
        Of these rows; weights ``(n2,)`` are those of both phases together.
    """
    drawn = engine.evaluate(parse(design.subset)).true()
    if not drawn.any():
        raise DesignError(f"No row is in the second phase ({design.subset!r}).", remedy="Check the condition.")
    first_index, first, expansion = resolve(design.first, engine)
    if int(drawn.sum()) > _MOST_ROWS:
        raise DesignError(
            f"The second phase has {int(drawn.sum())} rows; its variance needs a matrix of their pairs, at most "
            f"{_MOST_ROWS} rows."
        )
    _, second_all, _ = resolve(Design(strata=_only(design.second.strata)), engine)
    stratum = second_all.stages[0].stratum
    probability = _second_phase(stratum, drawn)
    if weight is not None:
        own = np.asarray(engine.evaluate(weight).data, np.float64)[drawn]
    else:
        own = np.ones(int(drawn.sum())) if expansion is None else expansion[engine.unit_codes(first_index)[drawn]]
    units = engine.unit_codes(first_index)[drawn]
    form = _form(design, first, units, stratum[drawn], probability)
    rows = engine.take(drawn)
    index, structure, _ = resolve(Design(strata=_only(design.second.strata), lonely=design.second.lonely), rows)
    stage = structure.stages[0]
    completed = Structure((stage,), structure.lonely, structure.domain_lonely, structure.rows_are_units, form)
    return rows, index, completed, own / probability


def _only(strata: tuple[str | None, ...]) -> str | None:
    if len(strata) > 1:
        raise DesignError(
            f"The second phase names {len(strata)} stages of strata.", remedy="Cross them into one column first."
        )
    return strata[0] if strata else None


def _second_phase(stratum: IntArray, drawn: BoolArray) -> FloatArray:
    """Inclusion probabilities ``(n2,)`` of the second phase."""
    sampled = np.bincount(stratum[drawn], minlength=int(stratum.max()) + 1).astype(np.float64)
    sizes = np.bincount(stratum).astype(np.float64)
    if np.any((sampled == 0) & (sizes > 0)):
        raise DesignError(
            "A stratum of the second phase has rows in the first phase and none in the second.",
            remedy="Merge it with another stratum.",
        )
    probability: FloatArray = (sampled / sizes)[stratum[drawn]]
    return probability


def _form(design: TwoPhase, first: Structure, units: IntArray, stratum: IntArray, p: FloatArray) -> QuadraticForm:
    same = stratum[:, None] == stratum[None, :]
    counts = np.bincount(stratum).astype(np.float64)[stratum]
    sizes = counts / p
    with np.errstate(divide="ignore", invalid="ignore"):
        within = (counts / sizes) * (sizes - 1) / (counts - 1)
    ratio = np.where(same, np.where(counts > 1, within, 1.0)[:, None], 1.0)
    np.fill_diagonal(ratio, p)
    second = 1 - ratio
    if design.method == "approx":
        return QuadraticForm(second + _with_replacement(first, units, ratio))
    return QuadraticForm(second + _first_form(first, units) * ratio)


def _first_form(first: Structure, units: IntArray) -> FloatArray:
    """``1 - p_i p_j / p_ij`` of the first phase, for pairs of rows."""
    stage = first.stages[0]
    stratum = stage.stratum[units]
    fraction, sampled = stage.fraction[stratum], stage.sampled[stratum]
    same_unit = units[:, None] == units[None, :]
    form = np.where(same_unit, (1 - fraction)[:, None], 0.0)
    finite = fraction > 0
    if finite.any():
        with np.errstate(divide="ignore", invalid="ignore"):
            population = sampled / fraction
            apart = 1 - sampled * (population - 1) / (population * (sampled - 1))
        pair = (stratum[:, None] == stratum[None, :]) & ~same_unit & finite[:, None]
        form = np.where(pair, np.nan_to_num(apart)[:, None], form)
    return form


def _with_replacement(first: Structure, units: IntArray, ratio: FloatArray) -> FloatArray:
    """First phase drawn with replacement, its units' sums of squares estimated from the second."""
    stage = first.stages[0]
    stratum = stage.stratum[units]
    n = stage.sampled[stratum]
    factor = n / np.maximum(n - 1, 1)
    form = np.where(stratum[:, None] == stratum[None, :], -(factor / n)[:, None], 0.0)
    same_unit = units[:, None] == units[None, :]
    return form + np.where(same_unit, factor[:, None] * ratio, 0.0)
