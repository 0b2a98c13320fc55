"""Respondents of one kind times answers: the counts that meet every target, as near as possible to those planned.

Respondents whose answers mean the same to all targets and rules form a cell. Over the counts ``N[cell, answer]`` each
target is linear, so that the whole numbers nearest to the plan come from a mixed-integer programme (controlled
rounding). A share is met where ``|sum(event) - share * sum(base)| <= 1/2``: no other
whole number of respondents is nearer, whatever the base turns out to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from surveykit.errors import DataError, listing
from surveykit.responses.simulation.records import Target

__all__ = ["Cells", "Demand", "cells_of", "solve"]

_FloatArray = npt.NDArray[np.float64]
_BoolArray = npt.NDArray[np.bool_]
_IntArray = npt.NDArray[np.intp]
# Deviations from the plan grow dearer: up to a fifth, up to half, and beyond, of the planned count.
_SLACK = 1e-7
_STEPS = ((0.2, 1.0), (0.3, 2.0), (np.inf, 4.0))


@dataclass(frozen=True)
class Demand:
    """One target seen by one question: what each answer of each respondent adds to its numerator and base.

    Attributes
    ----------
    event, base
        ``(n, answers)``.
    low, high
        Bounds of ``sum(event - level * base)``; infinite where open.
    """

    target: Target
    event: _FloatArray
    base: _FloatArray
    level: float
    low: float
    high: float


@dataclass(frozen=True)
class Cells:
    """Respondents by what their answers mean: cell of each, sizes, and one respondent to stand for each cell."""

    cell: npt.NDArray[np.intp]
    size: npt.NDArray[np.intp]
    member: npt.NDArray[np.intp]


def cells_of(allowed: _BoolArray, demands: Sequence[Demand]) -> Cells:
    """Group respondents, ``(n,)``, by allowed answers and contributions to targets."""
    parts = [allowed.astype(np.float64)]
    for demand in demands:
        parts += [demand.event, demand.base]
    signature = np.ascontiguousarray(np.hstack(parts))
    keys = signature.view([("", signature.dtype)] * signature.shape[1]).ravel()
    _, member, cell = np.unique(keys, return_index=True, return_inverse=True)
    return Cells(cell.ravel().astype(np.intp), np.bincount(cell.ravel(), minlength=len(member)), member)


def solve(cells: Cells, allowed: _BoolArray, planned: _FloatArray, demands: Sequence[Demand]) -> _IntArray:
    """Counts ``(cells, answers)`` nearest to `planned` that meet every demand.

    Raises
    ------
    DataError
        Targets that cannot hold together (a smallest such set is named), or one that cannot hold at all.
    """
    found = _nearest(cells, allowed, planned, demands)
    if found is None:
        _refuse(cells, allowed, planned, demands)
        raise AssertionError("unreachable")
    return found


def _nearest(cells: Cells, allowed: _BoolArray, planned: _FloatArray, demands: Sequence[Demand]) -> _IntArray | None:
    shape = planned.shape
    count = planned.size
    steps = len(_STEPS)
    scale = planned.ravel() + 1
    caps = np.concatenate([scale * width for width, _ in _STEPS])
    prices = np.concatenate([price / scale for _, price in _STEPS])
    # Variables: N, then what N exceeds the plan by in steps, then what it falls short by.
    upper = np.concatenate([np.where(allowed[cells.member], cells.size[:, None], 0).ravel().astype(float), caps, caps])
    one = sparse.identity(count, format="csr")
    spread = sparse.hstack([one] * steps, format="csr")
    rows = sparse.kron(sparse.identity(shape[0]), np.ones((1, shape[1])), format="csr")
    blank = sparse.csr_matrix((shape[0], 2 * steps * count))
    limits = [
        LinearConstraint(sparse.hstack([one, -spread, spread], format="csr"), planned.ravel(), planned.ravel()),
        LinearConstraint(sparse.hstack([rows, blank], format="csr"), cells.size, cells.size),
    ]
    for demand in demands:
        weights = (demand.event - demand.level * demand.base)[cells.member].ravel()
        row = sparse.csr_matrix(np.concatenate([weights, np.zeros(2 * steps * count)]))
        limits.append(LinearConstraint(row, demand.low - _SLACK, demand.high + _SLACK))
    integral = np.concatenate([np.full(count, 1.0), np.zeros(2 * steps * count)])
    found = milp(
        np.concatenate([np.zeros(count), prices, prices]), constraints=limits, bounds=Bounds(0, upper),
        integrality=integral, options={"mip_rel_gap": 0.02, "node_limit": 200_000},
    )  # fmt: skip
    if found.x is None and found.status == 1:
        raise DataError(
            f"Whole numbers for targets {listing([demand.target.id for demand in demands])} were not found in time.",
            remedy="Simulate fewer respondents, or leave out targets on overlapping bases.",
        )
    if found.x is None:
        return None
    counts: _IntArray = np.rint(found.x[:count]).astype(np.intp).reshape(shape)
    return counts


def _refuse(cells: Cells, allowed: _BoolArray, planned: _FloatArray, demands: Sequence[Demand]) -> None:
    """Name a smallest set of targets that cannot hold together."""
    kept = list(demands)
    for demand in demands:
        rest = [other for other in kept if other is not demand]
        if _nearest(cells, allowed, planned, rest) is None:
            kept = rest
    if len(kept) != 1:
        raise DataError(
            f"Targets {listing([demand.target.id for demand in kept])} cannot all hold: "
            + "; ".join(str(demand.target) for demand in kept)
            + ".",
            remedy="Check the numbers and their bases ('among', 'base'), or leave one out.",
        )
    (demand,) = kept
    size = np.asarray(cells.size, np.float64)
    widest = np.where(allowed, demand.base, -np.inf).max(axis=1)
    fixed = bool((widest == np.where(allowed, demand.base, np.inf).min(axis=1)).all())
    reach = np.where(allowed, demand.event, -np.inf).max(axis=1)[cells.member]
    least = np.where(allowed, demand.event, np.inf).min(axis=1)[cells.member]
    base = float((widest[cells.member] * size).sum())
    range_text = f"between {float((least * size).sum()):g} and {float((reach * size).sum()):g} of {base:g}"
    raise DataError(
        f"Target '{demand.target.id}' cannot be reached ({demand.target})"
        + (f": {range_text} respondents can have it." if fixed else "."),
        remedy="Earlier answers, routing or rules decide it; change what is assumed of the questions before it.",
    )
