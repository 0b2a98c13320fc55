"""Calibration: weights moved as little as possible to meet population totals (Deville and Särndal 1992)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import factorise, group_sums, key_codes
from surveykit.errors import ColumnError, SurveykitWarning, WeightingError, did_you_mean, listing
from surveykit.expressions import Column, Expr, Literal, Values
from surveykit.formulas import DesignMatrix, compile_terms
from surveykit.weighting.auxiliaries import Margin, collapse, in_memory, refuse_missing, weighing
from surveykit.weighting.distances import CalibrationMethod, Distance, distance
from surveykit.weighting.newton import Solved, calibrate_factors
from surveykit.weighting.records import Weights
from surveykit.weighting.steps import Adjustment, Projection, Step

__all__ = ["calibrate"]

_ALLOWED = 1e-6


def calibrate(
    weights: Weights,
    totals: Mapping[str, float],
    *,
    formula: str,
    method: CalibrationMethod = "linear",
    bounds: tuple[float, float] | None = None,
    variance: str | None = None,
    within: str | None = None,
    tolerance: float = 1e-10,
    rounds: int = 200,
) -> Weights:
    """Calibrate weights to totals of categories and numbers.

    Linearised standard errors take residuals from the auxiliaries, fitted with the weights before, as R survey does;
    where every row began with weight 1, with the weights that the calibration equations themselves give a row
    (Demnati and Rao 2004).

    Parameters
    ----------
    weights
        Weights before.
    totals
        Population total of each column of the formula, as ``{"Intercept": 6194, "size[large]": 755, "sales": 3.9e6}``.
    formula
        Right-hand side, as ``"~ size + sales"``; the first level of a category is the reference, ``- 1`` leaves out the
        intercept.
    method
        ``"linear"`` (generalised regression), ``"raking"``, ``"logit"`` (with bounds) or ``"entropy"``.
    bounds
        Smallest and largest factor on the weights.
    variance
        Column or expression of the variance of the working model; factors then depend on the auxiliaries divided by it.
    within
        Column whose groups (clusters of the first stage) shall have one factor each.
    tolerance
        Largest difference from a total, relative to it.
    rounds
        Most Newton steps.

    Raises
    ------
    WeightingError
        If a total is missing or unknown, or the totals cannot be met within the bounds; the worst total is named.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.weighting import base_weights
    >>> firms = pd.DataFrame({"staff": [1.0, 2.0, 6.0]})
    >>> calibrate(base_weights(firms), {"Intercept": 30, "staff": 60}, formula="~ staff").values.round(2)
    array([14.29, 12.14,  3.57])
    """
    engine = in_memory(weights.engine)
    matrix = compile_terms(formula, engine)
    wanted = _wanted(matrix, totals)
    spread = None if variance is None else _spread(engine, variance)
    lines = _lines(matrix, engine, weights.values, spread, within)
    solve = _solver(lines, wanted, distance(method, bounds), tolerance, rounds)
    found = solve(lines.sums(weights.values))
    if found.error > _ALLOWED:
        raise _not_met(matrix, found.errors, wanted, method, bounds)

    def again(sums: FloatArray) -> Solved:
        solved = solve(sums)
        if solved.error > _ALLOWED:
            raise _not_met(matrix, solved.errors, wanted, method, bounds)
        return solved

    values = weights.values * lines.spread(found.factors)
    working = weights.values
    if not weights.from_design:
        working = working * lines.spread(lines.slope(found, distance(method, bounds)))
    negative = int(np.count_nonzero(values < 0))
    _warn_negative(negative, float(values.min()), method)
    detail = f"to {matrix.text.strip().lstrip('~').strip()} ({method}" + (f", factors {bounds})" if bounds else ")")
    if negative:
        detail += f"; {negative} weights are negative"
    projection_exprs = tuple(Column(name) for name in lines.columns) if within is not None else _expressions(matrix)
    step = Step(
        "calibrate",
        detail,
        Projection(projection_exprs, working, None if spread is None else spread[0], lines.columns),
        facts={"rounds": found.rounds, "negative": negative, "totals": dict(totals), "formula": formula},
        adjustment=lines.adjustment(again, distance(method, bounds)),
    )
    return weights.then(values, step)


def _warn_negative(count: int, least: float, method: str) -> None:
    if count:
        warnings.warn(
            f"Calibration ({method}) made {count} weight(s) negative, the least {least:.4g}. "
            "Pass bounds, as bounds=(0.2, 5), or method='raking'.",
            SurveykitWarning,
            stacklevel=3,
        )


@dataclass(frozen=True)
class _Lines:
    """Distinct rows of the auxiliaries: rows, cells, or groups that share a factor.

    Parameters
    ----------
    matrix
        ``(m, q)``.
    cell
        ``(n,)`` line of each row, or None where lines are rows.
    scale
        ``(m,)`` variance of the working model, or None.
    columns
        Where groups share a factor: their means of the auxiliaries, as columns of the rows.
    """

    matrix: FloatArray
    cell: IntArray | None
    scale: FloatArray | None
    columns: dict[str, Values]

    def sums(self, weights: FloatArray) -> FloatArray:
        return weights if self.cell is None else group_sums(self.cell, len(self.matrix), weights, [None])[:, 0]

    def spread(self, factors: FloatArray) -> FloatArray:
        return factors if self.cell is None else factors[self.cell]

    def slope(self, found: Solved, metric: Distance) -> FloatArray:
        """How much the factor of each line responds to the multipliers, ``(m,)``."""
        assert found.multipliers is not None
        predictor = self.matrix if self.scale is None else self.matrix / self.scale[:, None]
        return metric.slope(predictor @ found.multipliers)

    def adjustment(self, solve: Callable[[FloatArray], Solved], metric: Distance) -> Adjustment:
        if self.cell is not None:
            return Adjustment(len(self.matrix), self.cell, solve)
        predictor = self.matrix if self.scale is None else self.matrix / self.scale[:, None]
        return Adjustment(len(self.matrix), None, solve, predictor, metric.factor)


def _solver(
    lines: _Lines, wanted: FloatArray, metric: Distance, tolerance: float, rounds: int
) -> Callable[[FloatArray], Solved]:
    return lambda start: calibrate_factors(
        lines.matrix, start, wanted, metric, spread=lines.scale, tolerance=tolerance, rounds=rounds
    )


def _lines(
    matrix: DesignMatrix,
    engine: MemoryEngine,
    weights: FloatArray,
    spread: tuple[Expr, FloatArray] | None,
    within: str | None,
) -> _Lines:
    values = [engine.evaluate(factor.expr) for factor in matrix.factors]
    used = weighing(weights)
    for factor, value in zip(matrix.factors, values, strict=True):
        refuse_missing(f"The auxiliary '{factor.name}'", value.valid, used)
    scale = None if spread is None else spread[1]
    if within is not None:
        return _groups(matrix.fill(values, engine.rows), engine, weights, scale, within)
    if scale is not None or any(factor.levels is None for factor in matrix.factors):
        return _Lines(matrix.fill(values, engine.rows), None, scale, {})
    coded = [key_codes(value, factor.levels or ()) for factor, value in zip(matrix.factors, values, strict=True)]
    margins = [
        Margin(factor.name, factor.levels or (), codes, ())
        for factor, (codes, _) in zip(matrix.factors, coded, strict=True)
    ]
    if not margins:
        return _Lines(np.ones((1, len(matrix.columns))), np.zeros(engine.rows, np.int32), None, {})
    cells = collapse(margins, used)
    first = [Values(codes, None, tuple(factor.levels or ())) for factor, codes in
             zip(matrix.factors, cells.codes, strict=True)]  # fmt: skip
    return _Lines(matrix.fill(first, len(cells.rows)), cells.cell, None, {})


def _groups(x: FloatArray, engine: MemoryEngine, weights: FloatArray, scale: FloatArray | None, within: str) -> _Lines:
    """Auxiliaries replaced by their weighted means in each group, which then has one factor."""
    if within not in engine.columns:
        raise ColumnError(within, engine.columns)
    if scale is not None:
        raise WeightingError(
            "within and variance cannot be combined: the rows of a group share one factor.",
            remedy="Leave out one of the two.",
        )
    codes, labels = factorise(engine.evaluate(Column(within)))
    sums = np.bincount(codes, weights=weights, minlength=len(labels))
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.column_stack(
            [np.bincount(codes, weights=weights * column, minlength=len(labels)) / sums for column in x.T]
        )
    means = np.where(np.isfinite(means), means, 0.0)
    names = [f"__surveykit_auxiliary_{place}" for place in range(x.shape[1])]
    columns = {name: Values(column[codes]) for name, column in zip(names, means.T, strict=True)}
    return _Lines(means, codes, None, columns)


def _wanted(matrix: DesignMatrix, totals: Mapping[str, float]) -> FloatArray:
    names = matrix.names
    unknown = [name for name in totals if name not in names]
    missing = [name for name in names if name not in totals]
    if unknown or missing:
        parts = [f"unknown {listing(unknown)}" if unknown else "", f"missing {listing(missing)}" if missing else ""]
        hint = did_you_mean(unknown[0], names) if unknown else f"The columns are {listing(names, limit=20)}."
        raise WeightingError(
            f"The totals do not fit the formula '{matrix.text}': {'; '.join(part for part in parts if part)}.",
            remedy=hint,
        )
    wanted = np.array([float(totals[name]) for name in names])
    if not np.isfinite(wanted).all():
        raise WeightingError("A population total is missing or infinite.", remedy="Check the totals.")
    return wanted


def _spread(engine: MemoryEngine, variance: str) -> tuple[Expr, FloatArray] | None:
    if variance in engine.columns:
        expr: Expr = Column(variance)
    else:
        expr = Literal(float(variance)) if _is_number(variance) else _unknown(engine, variance)
    data = np.asarray(engine.evaluate(expr).data, np.float64)
    if not np.all(data > 0):
        raise WeightingError(f"variance='{variance}' must be positive in every row.")
    return expr, data


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unknown(engine: MemoryEngine, name: str) -> Expr:
    raise ColumnError(name, engine.columns)


def _expressions(matrix: DesignMatrix) -> tuple[Expr, ...]:
    found = [matrix.column_expr(place) for place in range(len(matrix.columns))]
    return tuple(Literal(1) if expr is None else expr for expr in found)


def _not_met(
    matrix: DesignMatrix, errors: FloatArray, wanted: FloatArray, method: str, bounds: tuple[float, float] | None
) -> WeightingError:
    off = np.abs(errors) / np.maximum(np.abs(wanted), 1.0)
    place = int(off.argmax())
    why = f" within factors {bounds}" if bounds else ""
    return WeightingError(
        f"The totals cannot be met{why} (method '{method}'): '{matrix.names[place]}' is {off[place]:.2%} off "
        f"({errors[place] + wanted[place]:,.6g} instead of {wanted[place]:,.6g}).",
        remedy="Widen the bounds, merge small categories, or leave out a total that contradicts the others.",
    )
