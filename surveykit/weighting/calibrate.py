"""Calibration: weights moved as little as possible to meet population totals (Deville and Särndal 1992)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from surveykit.engine import FloatArray, MemoryEngine
from surveykit.engine.grouping import factorise
from surveykit.errors import ColumnError, WeightingError, did_you_mean, listing
from surveykit.expressions import Column, Expr, Literal, Values
from surveykit.formulas import DesignMatrix, compile_terms
from surveykit.weighting.auxiliaries import in_memory
from surveykit.weighting.distances import CalibrationMethod, distance
from surveykit.weighting.newton import calibrate_factors
from surveykit.weighting.records import Projection, Step, Weights

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
    x = _matrix(matrix, engine)
    wanted = _wanted(matrix, totals)
    spread = None if variance is None else _spread(engine, variance)
    projection_exprs, columns = _expressions(matrix), {}
    if within is not None:
        x, columns = _group_means(x, engine, within)
        projection_exprs = tuple(Column(name) for name in columns)
    found = calibrate_factors(
        x,
        weights.values,
        wanted,
        distance(method, bounds),
        spread=None if spread is None else spread[1],
        tolerance=tolerance,
        rounds=rounds,
    )
    if found.error > _ALLOWED:
        raise _not_met(matrix, found.errors, wanted, method, bounds)
    values = weights.values * found.factors
    negative = int(np.count_nonzero(values < 0))
    detail = f"to {matrix.text.strip().lstrip('~').strip()} ({method}" + (f", factors {bounds})" if bounds else ")")
    if negative:
        detail += f"; {negative} weights are negative"
    projection = Projection(projection_exprs, weights.values, None if spread is None else spread[0], columns)
    return weights.then(
        values,
        Step(
            "calibrate",
            detail,
            projection,
            facts={"rounds": found.rounds, "negative": negative, "totals": dict(totals)},
        ),
    )


def _matrix(matrix: DesignMatrix, engine: MemoryEngine) -> FloatArray:
    values = [engine.evaluate(factor.expr) for factor in matrix.factors]
    for factor, value in zip(matrix.factors, values, strict=True):
        if value.valid is not None and not value.valid.all():
            rows = np.flatnonzero(~value.valid) + 1
            raise WeightingError(
                f"The auxiliary '{factor.name}' is missing in {len(rows)} row(s): {listing(rows.tolist(), limit=5)}.",
                remedy="Impute it before calibrating.",
            )
    return matrix.fill(values, engine.rows)


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


def _group_means(x: FloatArray, engine: MemoryEngine, within: str) -> tuple[FloatArray, dict[str, Values]]:
    """Auxiliaries replaced by their means in each group, and the same as columns."""
    if within not in engine.columns:
        raise ColumnError(within, engine.columns)
    codes, labels = factorise(engine.evaluate(Column(within)))
    sizes = np.bincount(codes, minlength=len(labels))
    means = np.column_stack([np.bincount(codes, weights=column, minlength=len(labels)) / sizes for column in x.T])
    spread = means[codes]
    return spread, {f"__surveykit_auxiliary_{place}": Values(spread[:, place]) for place in range(x.shape[1])}


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
