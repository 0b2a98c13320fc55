"""The arithmetic of a cross-tab: from weighted counts and their covariance to cells and margins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray, Request
from surveykit.estimation.linearise import Solution
from surveykit.estimation.proportion_intervals import IntervalMethod, exact_interval, proportion_intervals
from surveykit.results import Estimate
from surveykit.results.estimate import t_quantile
from surveykit.survey import Survey

__all__ = [
    "CountsAndShares",
    "Frame",
    "Percent",
    "base_degrees_of_freedom",
    "count_cells",
    "share_cells",
    "share_intervals",
    "with_margins",
]

Percent = Literal["column", "row", "total"] | None


@dataclass(frozen=True)
class Frame:
    """Layers L, rows R and columns C of a table, whether it shows margins, and what its percentages are of.

    A table of one variable has one column, which is its total already.
    """

    layers: int
    rows: int
    columns: int
    margins: bool
    percent: Percent
    one_way: bool = False

    @property
    def shown(self) -> tuple[slice, slice, slice]:
        """Part ``(L, R', C')`` of the arrays with margins that the table shows."""
        across = self.margins and not self.one_way
        return slice(None), slice(None if self.margins else -1), slice(None if across else -1)

    def base(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Row and column of each cell's base, ``(R + 1, C + 1)`` each; margins are the last."""
        rows, columns = np.indices((self.rows + 1, self.columns + 1))
        total_row, total_column = np.full_like(rows, self.rows), np.full_like(columns, self.columns)
        if self.percent == "column" or self.one_way:
            return total_row, columns
        if self.percent == "row":
            return rows, total_column
        return total_row, total_column

    def split(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Give values of all cells ``(L * R * C,)`` their shape."""
        return array.reshape(self.layers, self.rows, self.columns)


def with_margins(array: npt.NDArray[Any], rows: int, columns: int) -> npt.NDArray[Any]:
    """Append sums over the axes `rows` and `columns`."""
    for axis in (rows, columns):
        array = np.concatenate([array, array.sum(axis=axis, keepdims=True, dtype=array.dtype)], axis=axis)
    return array


@dataclass(frozen=True)
class CountsAndShares:
    """Counts of all cells ``(C,)``, their shares in their layer ``(C,)``, percentages with margins, log odds.

    Replicates need all three: a share's replicates are not linear in those of counts. Otherwise :class:`Counts` is
    enough.

    Parameters
    ----------
    frame
        The table.
    """

    frame: Frame

    def _parts(self, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Numerators and denominators of the shares, both linear in the counts ``(..., C)``."""
        outer = counts.shape[:-1]
        square = counts.reshape(*outer, self.frame.layers, self.frame.rows, self.frame.columns)
        extended = with_margins(square, -2, -1)
        row, column = self.frame.base()
        whole = np.broadcast_to(extended[..., -1:, -1:], square.shape)
        above = extended[..., row, column]
        numerators = np.concatenate([counts, extended.reshape(*outer, -1)], axis=-1)
        return numerators, np.concatenate([whole.reshape(*outer, -1), above.reshape(*outer, -1)], axis=-1)

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., 2 C + 2 P)`` with P the cells of the table and its margins: the last are log odds."""
        numerators, denominators = self._parts(sums[..., 0])
        cells = sums.shape[-2]
        odds = numerators[..., cells:] / (denominators[..., cells:] - numerators[..., cells:])
        return np.concatenate([sums[..., 0], numerators / denominators, np.log(odds)], axis=-1)

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Contribution of partial sums: of a share ``(n - s d) / D``, of its log odds that over ``s (1 - s)``."""
        whole, base = self._parts(at[:, 0])
        part, partial = self._parts(sums[..., 0])
        share, cells = whole / base, len(at)
        change = (part - share * partial) / base
        odds = change[..., cells:] / (share * (1 - share))[cells:]
        return np.concatenate([sums[..., 0], change, odds], axis=-1)

    def share_covariance(self, solution: Solution, layer: int) -> FloatArray:
        """Covariance of one layer's shares ``(R * C, R * C)``."""
        size = self.frame.rows * self.frame.columns
        own = slice((self.frame.layers + layer) * size, (self.frame.layers + layer + 1) * size)
        return solution.covariance[own, own]

    def standard_errors(self, solution: Solution) -> tuple[FloatArray, FloatArray]:
        """Standard errors of the percentages and of their log odds, ``(L, R + 1, C + 1)`` each."""
        variances = np.diagonal(solution.covariance)[2 * len(solution.total.sums) :]
        shape = (2, self.frame.layers, self.frame.rows + 1, self.frame.columns + 1)
        percentages, odds = np.sqrt(np.maximum(variances, 0.0)).reshape(shape)
        return percentages, odds


def _margin_covariance(solution: Solution, frame: Frame, layer: int) -> FloatArray:
    """Covariance of the counts of one layer with its margins, ``((R + 1)(C + 1), (R + 1)(C + 1))``."""
    size = frame.rows * frame.columns
    own = slice(layer * size, (layer + 1) * size)
    square = solution.covariance[own, own].reshape(frame.rows, frame.columns, frame.rows, frame.columns)
    extended = with_margins(with_margins(square, 0, 1), 2, 3)
    cells = (frame.rows + 1) * (frame.columns + 1)
    return extended.reshape(cells, cells)


def base_degrees_of_freedom(solution: Solution, frame: Frame) -> FloatArray:
    """Degrees of freedom of every cell's base, ``(L, R + 1, C + 1)``; of the cell itself for counts."""
    layer, row, column = np.indices((frame.layers, frame.rows, frame.columns)).reshape(3, -1)
    found = np.empty((frame.layers, frame.rows + 1, frame.columns + 1))
    if frame.percent is None:
        shape = (frame.layers, frame.rows, frame.columns)
        found[:, :-1, :-1] = solution.degrees_of_freedom(np.arange(layer.size)).reshape(shape)
    by_column = frame.percent in ("column", None) or frame.one_way
    by_row = frame.percent in ("row", None)
    found[:, -1, -1] = solution.degrees_of_freedom(layer)
    if by_column:
        found[:, -1, :-1] = solution.degrees_of_freedom(layer * frame.columns + column).reshape(frame.layers, -1)
    if by_row:
        found[:, :-1, -1] = solution.degrees_of_freedom(layer * frame.rows + row).reshape(frame.layers, -1)
    if frame.percent is not None:
        base_row, base_column = frame.base()
        found = found[:, base_row, base_column]
    return found


def count_cells(counts: FloatArray, solution: Solution, frame: Frame, df: FloatArray, level: float) -> list[FloatArray]:
    """Return the standard errors and t intervals of counts ``(L, R + 1, C + 1)``; missing where the cell has no row."""
    variances = [np.diagonal(_margin_covariance(solution, frame, layer)) for layer in range(frame.layers)]
    se = np.sqrt(np.maximum(np.stack(variances), 0.0)).reshape(counts.shape)
    se = np.where(counts > 0, se, np.nan)
    half = t_quantile((1 + level) / 2, df) * se
    return [counts, se, counts - half, counts + half]


def share_cells(
    counts: FloatArray, solution: Solution, frame: Frame, direct: FloatArray | None
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Return the shares with their standard errors ``(L, R + 1, C + 1)``, and which of them are 1 by definition.

    The linearisation of ``N_cell / N_base`` gives ``(V_cell - 2 p C_cell,base + p^2 V_base) / N_base^2``.

    Parameters
    ----------
    direct
        ``(L, R + 1, C + 1)`` standard errors from replicates, instead of the linearisation.
    """
    base_row, base_column = frame.base()
    base = counts[:, base_row, base_column]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = counts / base
    place = np.arange(counts[0].size)
    above = (base_row * (frame.columns + 1) + base_column).ravel()
    fixed = np.broadcast_to((place == above).reshape(base_row.shape), counts.shape)
    if direct is not None:
        se = direct
    else:
        layers = [
            _linearised_variance(_margin_covariance(solution, frame, layer), share[layer].ravel(), above)
            for layer in range(frame.layers)
        ]
        with np.errstate(divide="ignore", invalid="ignore"):
            se = np.sqrt(np.stack(layers)).reshape(counts.shape) / base
    return share, np.where(fixed & np.isfinite(share), 0.0, se), fixed


def _linearised_variance(matrix: FloatArray, share: FloatArray, above: npt.NDArray[np.intp]) -> FloatArray:
    """Variances of shares times their squared bases."""
    place = np.arange(len(share))
    own, shared, whole = matrix[place, place], matrix[place, above], matrix[above, above]
    variance = own - 2 * share * shared + share**2 * whole
    # What rounding leaves of terms that cancel is no variance: the design fixes these shares.
    return np.where(variance < 1e-13 * (own + share**2 * whole), 0.0, variance)


def share_intervals(
    survey: Survey,
    request: Request,
    shares: Estimate,
    *,
    effective: FloatArray,
    odds: FloatArray | None,
    method: IntervalMethod,
) -> tuple[FloatArray, FloatArray]:
    """Ends of the intervals of shares; exact on the effective size of the base where a share is 0 or 1.

    Parameters
    ----------
    shares
        ``(p,)`` shares.
    effective
        ``(p,)`` Kish's effective size of each share's base.
    odds
        ``(p,)`` standard errors of log odds from replicates, which the logit interval then has.
    """
    if odds is not None and method == "logit":
        scale = (shares.estimate * (1 - shares.estimate) * odds) ** 2
        shares, method = replace(shares, covariance=np.diag(scale)), "xlogit"
    low, high = np.full((2, len(shares.estimate)), np.nan)
    edge = (shares.estimate == 0) | (shares.estimate == 1)
    low[edge], high[edge] = exact_interval(shares.estimate[edge], effective[edge], shares.level)
    inner = np.flatnonzero(~edge & np.isfinite(shares.estimate))
    if len(inner):
        part = replace(
            shares,
            names=tuple(map(str, inner)),
            estimate=shares.estimate[inner],
            covariance=np.diag(np.diagonal(shares.covariance)[inner]),
            df=shares.df[inner],
            n=shares.n[inner],
            weighted_n=shares.weighted_n[inner],
        )
        found = proportion_intervals(survey, part, request, np.arange(len(inner)), method)
        low[inner], high[inner] = found.low, found.high
    return low, high
