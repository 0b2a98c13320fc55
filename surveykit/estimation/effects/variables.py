"""The variables of a model, as effects see them: a number that moves, or a category that is set to a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError, did_you_mean
from surveykit.estimation.models.row_model import RowModel
from surveykit.expressions import Arithmetic, Call, Column, Expr, names
from surveykit.formulas import Factor

__all__ = ["Target", "named_targets", "targets_of"]

#: Steps of the numerical derivative, in standard deviations of the variable; of sixth order, so exact to about 1e-11.
_STEP = 0.01


@dataclass(frozen=True)
class Target:
    """One variable of a model.

    Parameters
    ----------
    name
        As it is called in results.
    column
        Column that is changed in every factor that mentions it; None where the factor itself is the variable.
    factor
        The factor of that name, where it is one.
    levels
        Levels of a category, or (0, 1) of a number that is only ever 0 or 1; None for a number that moves.
    spread, mean
        Standard deviation and mean of a number that moves.
    """

    name: str
    column: str | None
    factor: Factor | None
    levels: tuple[object, ...] | None
    spread: float = 1.0
    mean: float = 0.0

    def step(self, values: FloatArray) -> FloatArray:
        """Steps ``(m,)`` of the numerical derivative; they never cross zero, where a logarithm would end."""
        near = np.where(values == 0, np.inf, np.abs(values) / 4)
        return np.minimum(_STEP * self.spread, near)

    def touches(self, expr: Expr) -> bool:
        """Whether an expression changes with the variable."""
        return self.column is not None and self.column in names(expr)


def targets_of(model: RowModel) -> tuple[Target, ...]:
    """All variables of a model, in the order of its formula."""
    engine = model.rows.survey.engine
    found: dict[str, tuple[str | None, Factor | None]] = {}
    for factor in model.rows.matrix.factors:
        if isinstance(factor.expr, Column):
            found.setdefault(factor.name, (factor.expr.name, factor))
            continue
        numbers = [name for name in names(factor.expr) if engine.describe(Column(name)).categories is None]
        if factor.levels is not None or not numbers:
            found.setdefault(factor.name, (None, factor))
        for name in numbers if factor.levels is None else ():
            found.setdefault(name, (name, None))
    return tuple(_target(model, name, column, factor) for name, (column, factor) in found.items())


def named_targets(model: RowModel, wanted: str | Sequence[str] | None) -> tuple[Target, ...]:
    """Variables by name: those of the model, or a factor as the formula has it, such as ``mid(size)``.

    Raises
    ------
    EstimationError
        If the model has no such variable.
    """
    every = {target.name: target for target in targets_of(model)}
    if wanted is None:
        if not every:
            raise EstimationError("The model has no variables, only an intercept.")
        return tuple(every.values())
    factors = {factor.name: factor for factor in model.rows.matrix.factors}
    chosen = []
    for name in [wanted] if isinstance(wanted, str) else wanted:
        bare = name[2:-1] if name.startswith("C(") and name.endswith(")") else name
        if bare in every:
            chosen.append(every[bare])
        elif bare in factors:
            chosen.append(_target(model, bare, None, factors[bare]))
        else:
            raise EstimationError(
                f"'{name}' is not a variable of {model.rows.matrix.text!r}.",
                remedy=did_you_mean(bare, [*every, *factors]),
            )
    return tuple(chosen)


def _target(model: RowModel, name: str, column: str | None, factor: Factor | None) -> Target:
    if factor is not None and factor.levels is not None:
        return Target(name, column, factor, factor.levels)
    expr = Column(column) if column is not None else factor.expr if factor is not None else None
    assert expr is not None
    mean, spread, binary = _summary(model, expr, name)
    levels: tuple[object, ...] | None = (0, 1) if binary else None
    return Target(name, column, factor, levels, spread if spread > 0 else max(abs(mean), 1.0), mean)


def _summary(model: RowModel, expr: Expr, name: str) -> tuple[float, float, bool]:
    """Mean and standard deviation of a number over the rows of the model, and whether it is only ever 0 or 1."""
    survey, response = model.rows.survey, model.rows.matrix.response
    assert response is not None
    square = Arithmetic("*", expr, expr)
    terms = (square, Call("abs", (Arithmetic("-", square, expr),)))
    complete = (response.expr, *(factor.expr for factor in model.rows.matrix.factors))
    request = Request((None, expr, *terms), where=survey.domain, complete=complete)
    weight, total, squares, between = survey.engine.totals(survey.index, request).sums[0].tolist()
    if not weight > 0:
        raise EstimationError(f"No row of the model has '{name}'.", remedy="Check the domain.")
    mean = total / weight
    return mean, float(np.sqrt(max(squares / weight - mean**2, 0.0))), between == 0
