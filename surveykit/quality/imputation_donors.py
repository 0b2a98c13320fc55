"""Hot decks: missing answers taken from a firm that is alike and did answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import QualityError, listing
from surveykit.expressions.values import BoolArray

__all__ = ["Drawn", "draw_nearest", "draw_within"]


@dataclass
class Drawn:
    """Row numbers of the donors of some rows, ``(rows, m)``, and how they were found."""

    donors: IntArray
    notes: list[str] = field(default_factory=list)


def draw_within(
    cells: Sequence[npt.NDArray[np.generic]],
    names: Sequence[str],
    needed: BoolArray,
    donors: BoolArray,
    *,
    imputations: int,
    least: int,
    bootstrap: bool,
    rng: np.random.Generator,
) -> Drawn:
    """Draw donors at random within cells; where a cell has too few, the last variable of the cells is given up.

    Parameters
    ----------
    cells
        Variables of the cells, ``(n,)`` labels each, the most important first.
    needed, donors
        ``(n,)`` rows that need a donor, and rows that can be one.
    least
        Fewest donors of a cell.
    bootstrap
        Draw from a bootstrap sample of the donors (approximate Bayesian bootstrap, Rubin and Schenker 1986), so that
        the imputations also vary as much as the donors' distribution is uncertain.
    """
    found = np.full((len(needed), imputations), -1, np.int64)
    notes = []
    waiting = needed.copy()
    for depth in range(len(cells), -1, -1):
        if not waiting.any():
            break
        code = _cell_codes(cells[:depth], len(needed))
        pools = {cell: rows.to_numpy() for cell, rows in pd.Series(np.flatnonzero(donors)).groupby(code[donors])}
        before = int(waiting.sum())
        for cell in np.unique(code[waiting]).tolist():
            pool = pools.get(cell, np.zeros(0, np.int64))
            if len(pool) < (least if depth else 1):
                continue
            rows = np.flatnonzero(waiting & (code == cell))
            for number in range(imputations):
                chosen = rng.choice(pool, len(pool)) if bootstrap else pool
                found[rows, number] = rng.choice(chosen, len(rows))
            waiting[rows] = False
        if depth < len(cells):
            kept = " x ".join(names[:depth]) or "all rows"
            notes.append(f"{before - int(waiting.sum())} row(s) found a donor only within {kept}.")
    if waiting.any():
        raise QualityError(
            f"{int(waiting.sum())} row(s) have no donor.", remedy="Nobody answered all of the variables."
        )
    return Drawn(found[needed], [note for note in notes if not note.startswith("0 ")])


def _cell_codes(cells: Sequence[npt.NDArray[np.generic]], rows: int) -> IntArray:
    if not cells:
        return np.zeros(rows, np.int64)
    keys = pd.MultiIndex.from_arrays([pd.Series(cell).astype(str) for cell in cells])
    codes: IntArray = pd.factorize(keys)[0]
    return codes


def draw_nearest(
    matrix: FloatArray,
    names: Sequence[str],
    needed: BoolArray,
    donors: BoolArray,
    *,
    imputations: int,
    nearest: int,
    rng: np.random.Generator,
) -> Drawn:
    """Draw one of the nearest donors at random, by Euclidean distance of standardised predictors.

    Parameters
    ----------
    matrix
        ``(n, q)`` predictors without missing values.
    nearest
        Number of donors to draw from.
    """
    if np.isnan(matrix).any():
        bad = [name for name, column in zip(names, matrix.T, strict=True) if np.isnan(column).any()]
        raise QualityError(
            f"The predictors {listing(bad)} are missing in some rows.", remedy="Use complete predictors, or within=."
        )
    pool = np.flatnonzero(donors)
    if len(pool) < nearest:
        raise QualityError(f"{len(pool)} donors are fewer than k={nearest}.", remedy="Use a smaller k.")
    scale = matrix.std(axis=0)
    scaled = matrix / np.where(scale > 0, scale, 1.0)
    _, near = cKDTree(scaled[pool]).query(scaled[needed], k=nearest)
    near = np.asarray(near).reshape(int(needed.sum()), nearest)
    picks = rng.integers(nearest, size=(len(near), imputations))
    return Drawn(pool[np.take_along_axis(near, picks, axis=1)])
