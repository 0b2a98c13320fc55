"""Cross-tabs: counts or percentages with intervals, margins and the covariance that their tests need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surveykit.engine import FloatArray, IntArray, Key, Request
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.crosstabs.cells import (
    CountsAndShares,
    Frame,
    Percent,
    base_degrees_of_freedom,
    count_cells,
    share_cells,
    share_intervals,
    with_margins,
)
from surveykit.estimation.crosstabs.formula import TableFormula, key_of, split_formula
from surveykit.estimation.descriptive import Missing, refuse_missing
from surveykit.estimation.linearise import Solution, solve, warn_if_empty
from surveykit.estimation.proportion_intervals import IntervalMethod
from surveykit.results import CELL_ARRAYS, Estimate, Heading, JointCounts, Table
from surveykit.survey import Survey

__all__ = ["MAX_CELLS", "Counts", "crosstab"]

#: Largest number of cells: their covariance is a square of that size.
MAX_CELLS = 4_000

_STATISTIC: dict[Percent, str] = {
    "column": "share of column",
    "row": "share of row",
    "total": "share of table",
    None: "population count",
}


@dataclass(frozen=True)
class Counts:
    """Weighted counts of all cells; their own scores."""

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., C)``."""
        return sums[..., 0]

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Contribution of partial sums."""
        return sums[..., 0]


def crosstab(
    survey: Survey,
    formula: str,
    *,
    percent: Percent = None,
    margins: bool = True,
    level: float = 0.95,
    method: IntervalMethod = "logit",
    missing: Missing = "drop",
) -> Table:
    """Cross-tabulate, with standard errors, intervals, bases and everything that tests of the table need.

    One pass over the data gives the weighted counts of all cells with their joint covariance; percentages, margins and
    tests are arithmetic on those.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"row ~ column | layer"``, ``"row ~ column"``, ``"row"`` or ``"row ~ 1"`` (one way), ``"row | layer"``. Each
        side is a column or an expression, ``"`comp.imp` ~ sales > 100"``; a name that is no plain word stands between
        backticks.
    percent
        Which counts a percentage is of: those of its ``"column"``, its ``"row"`` or the whole table (``"total"``); in a
        table with layers, of its layer. None gives population counts.
    margins
        Whether to add a total row and a total column.
    level
        Confidence level.
    method
        Interval of percentages, as in :func:`surveykit.estimation.proportion`; counts have t intervals.
    missing
        ``"drop"`` leaves rows with a missing variable out as outside the domain, and says how many; ``"fail"`` refuses.

    Returns
    -------
    Table
        ``.test()`` tests independence, ``.to_frame()`` is long, ``.wide()`` is square. A count of a cell without rows
        is 0, without a standard error; flags say why a cell is empty.

    Raises
    ------
    EstimationError
        If the table has more than 4,000 cells.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"size": list("slslss"), "exporter": list("ynynny"), "w": [1.0, 2.0, 1.0, 2.0, 1.0, 3.0]})
    >>> crosstab(Survey(firms, weights="w"), "size ~ exporter", percent="column").wide().round(3)
    exporter    n    y  Total
    size
    l         0.8  0.0    0.4
    s         0.2  1.0    0.6
    Total     1.0  1.0    1.0
    """
    sides = split_formula(formula)
    _refuse_percent(percent, sides)
    keys = [key_of(survey, text) for text in (sides.layer, sides.row, sides.column) if text]
    request = Request((None,), tuple(keys))
    if request.cells > MAX_CELLS:
        raise EstimationError(
            f"The table {formula!r} has {request.cells} cells, more than {MAX_CELLS}.", remedy="Merge levels first."
        )
    layer_key, row_key, column_key = _by_side(sides, keys)
    frame = Frame(_size(layer_key), len(row_key.levels), _size(column_key), margins, percent, not sides.column)
    replicated = None if survey.replicates is None else CountsAndShares(frame)
    solution = solve(survey, request, replicated or Counts())
    names = [key.name for key in keys]
    refuse_missing(solution.total.missing, names, missing)
    warn_if_empty(survey, solution, "table")
    rows = (*_levels(row_key), *([Heading(row_key.name, kind="total")] if margins else []))
    columns = _levels(column_key) if column_key else (Heading("", kind="total"),)
    if column_key and margins:
        columns = (*columns, Heading(column_key.name, kind="total"))
    return Table(
        statistic=_STATISTIC[percent],
        unit="count" if percent is None else "share",
        layers=_levels(layer_key) if layer_key else (Heading(""),),
        rows=rows,
        columns=columns,
        **_facts(survey, request, solution, frame, replicated=replicated, level=level, method=method),
        joint=_joint(survey, solution, frame, layer_key, replicated),
        weight=survey.weight_name,
        level=level,
        interval="t" if percent is None else method,
        base=survey.domain_text,
        notes=_notes(survey, solution, names),
        synthetic=survey.synthetic,
    )


def _refuse_percent(percent: Percent, sides: TableFormula) -> None:
    if percent not in _STATISTIC:
        raise EstimationError(f"percent={percent!r} is not known.", remedy="Choose 'column', 'row', 'total' or None.")
    if percent == "row" and not sides.column:
        raise EstimationError(
            "In a table of one variable every row would be 100 % of itself.",
            remedy='Choose percent="column" or "total".',
        )


def _by_side(sides: TableFormula, keys: list[Key]) -> tuple[Key | None, Key, Key | None]:
    rest = list(keys)
    layer = rest.pop(0) if sides.layer else None
    row = rest.pop(0)
    return layer, row, rest.pop(0) if sides.column else None


def _size(key: Key | None) -> int:
    return len(key.levels) if key else 1


def _levels(key: Key) -> tuple[Heading, ...]:
    return tuple(Heading(key.name, level) for level in key.levels)


def _facts(
    survey: Survey,
    request: Request,
    solution: Solution,
    frame: Frame,
    *,
    replicated: CountsAndShares | None,
    level: float,
    method: IntervalMethod,
) -> dict[str, Any]:
    """Arrays ``(L, R', C')`` of a table."""
    counts = with_margins(frame.split(solution.total.sums[:, 0]), 1, 2)
    rows = with_margins(frame.split(solution.total.rows.astype(np.int64)), 1, 2)
    row, column = frame.base()
    base_n, base_weight = rows[:, row, column], counts[:, row, column]
    squares = _weight_squares(survey, request)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = base_weight**2 / with_margins(frame.split(squares), 1, 2)[:, row, column]
    df = base_degrees_of_freedom(solution, frame)
    flags = np.where(base_n == 0, "empty base", np.where(rows == 0, "empty cell", ""))
    if frame.percent is None:
        estimate, se, low, high = count_cells(counts, solution, frame, df, level)
    else:
        direct, odds = replicated.standard_errors(solution) if replicated else (None, None)
        estimate, se, fixed = share_cells(counts, solution, frame, direct)
        shares = _as_estimate(estimate, se, df, base_n, base_weight, level)
        spread = None if odds is None else odds.ravel()
        ends = share_intervals(survey, request, shares, effective=effective.ravel(), odds=spread, method=method)
        low, high = (np.where(fixed, estimate, end.reshape(estimate.shape)) for end in ends)
        flags = np.where(fixed & (base_n > 0), "fixed", flags)
    values = (estimate, se, low, high, rows, counts, base_n, base_weight, effective, df, flags)
    return {name: array[frame.shown] for name, array in zip(CELL_ARRAYS, values, strict=True)}


def _weight_squares(survey: Survey, request: Request) -> FloatArray:
    """Sums of squared weights by cell, ``(C,)``."""
    where = survey.domain if request.where is None else request.where
    return survey.engine.weight_moments(survey.index, replace(request, where=where))[1]


def _as_estimate(
    share: FloatArray, se: FloatArray, df: FloatArray, n: IntArray, weighted: FloatArray, level: float
) -> Estimate:
    """Shares as a flat estimate, for the intervals."""
    return Estimate(
        statistic="proportion",
        names=tuple(map(str, range(share.size))),
        labels={},
        estimate=share.ravel(),
        covariance=np.diag(se.ravel() ** 2),
        df=df.ravel(),
        n=n.ravel(),
        weighted_n=weighted.ravel(),
        level=level,
    )


def _joint(
    survey: Survey, solution: Solution, frame: Frame, layer_key: Key | None, replicated: CountsAndShares | None
) -> tuple[JointCounts, ...]:
    """Counts of each layer with their covariance, and the design's degrees of freedom there."""
    size = frame.rows * frame.columns
    if solution.total.missing:
        df = solve(survey, Request((None,), (layer_key,) if layer_key else ()), Counts()).degrees_of_freedom()
    else:
        df = solution.degrees_of_freedom(np.repeat(np.arange(frame.layers), size))
    counts = frame.split(solution.total.sums[:, 0])
    rows = frame.split(solution.total.rows.astype(np.int64))
    parts = []
    for layer in range(frame.layers):
        own = slice(layer * size, (layer + 1) * size)
        shares = replicated.share_covariance(solution, layer) if replicated else None
        parts.append(JointCounts(counts[layer], solution.covariance[own, own], rows[layer], float(df[layer]), shares))
    return tuple(parts)


def _notes(survey: Survey, solution: Solution, names: list[str]) -> tuple[str, ...]:
    notes = selection_note(survey)
    if solution.total.missing:
        shown = ", ".join(f"'{name}'" for name in names)
        notes = (*notes, f"{solution.total.missing} row(s) of the domain have no answer in {shown} and are left out.")
    return notes
