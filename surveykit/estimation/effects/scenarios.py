"""Rows as they would be if variables took other values: the design matrix under a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, Key
from surveykit.errors import EstimationError, listing
from surveykit.estimation.effects.variables import Target
from surveykit.estimation.models.row_model import RowModel
from surveykit.estimation.row_scores import Part, Rows, scan
from surveykit.expressions import Column, Expr, Values, evaluate, names
from surveykit.formulas import factor_data

__all__ = ["Scenario", "ScenarioRows", "Setting"]


@dataclass(frozen=True)
class Setting:
    """One variable set to a value for every row, or moved by some steps.

    Parameters
    ----------
    target
        The variable.
    kind
        ``"set"`` to `value` (a level or a number), ``"step"`` by `value` numerical steps, ``"add"`` the number `value`.
    value
        See `kind`.
    """

    target: Target
    kind: Literal["set", "step", "add"]
    value: object

    def apply(self, values: Values) -> Values:
        """Values of the variable under this setting."""
        target = self.target
        if self.kind == "set" and values.categories is not None:
            code = values.categories.index(self.value) if self.value in values.categories else -1
            if code < 0:
                raise EstimationError(
                    f"'{target.name}' has no level {self.value!r}.",
                    remedy=f"Its levels are {listing(target.levels or ())}.",
                )
            return replace(values, data=np.full(len(values.data), code, np.int64), valid=None)
        assert isinstance(self.value, int | float | np.number)
        number = float(self.value)
        data = np.asarray(values.data, np.float64)
        if self.kind == "set":
            return Values(np.full(len(data), number), name=values.name)
        moved = data + number * (target.step(data) if self.kind == "step" else 1.0)
        return Values(moved, values.valid, name=values.name)


#: Settings that hold together; none leaves the rows as they are.
Scenario = tuple[Setting, ...]


class ScenarioRows:
    """The rows of a model, with what is needed to rebuild them under scenarios.

    Parameters
    ----------
    model
        The model.
    targets
        Variables that scenarios will change.
    keys
        Further grouping variables to evaluate.
    """

    def __init__(self, model: RowModel, targets: Sequence[Target], keys: Sequence[Key] = ()) -> None:
        self.model = model
        self._matrix = model.rows.matrix
        self._factors = [factor.expr for factor in self._matrix.factors]
        exprs = [*self._factors, *([model.rows.offset] if model.rows.offset is not None else [])]
        touched = [expr for expr in exprs if any(target.touches(expr) for target in targets)]
        self._columns = sorted({name for expr in touched for name in names(expr)})
        self._exprs: list[Expr] = [*exprs, *(Column(name) for name in self._columns)]
        self._keys = [key.expr for key in keys]

    def batches(self, part: Part = (0, 1)) -> Iterator[tuple[Rows, tuple[Values, ...], FloatArray, tuple[Values, ...]]]:
        """Yield each batch with the values of factors, offset and columns, the outcome ``(m,)``, and the keys."""
        response = self._matrix.response
        assert response is not None
        exprs = [response.expr, *self._exprs, *self._keys]
        for batch in scan(self.model.rows.survey, exprs, part=part):
            outcome, *rest = batch.values
            inside = batch.weight != 0
            y = np.where(inside, np.asarray(factor_data(response, outcome), np.float64), 0.0)
            yield batch, tuple(rest[: len(self._exprs)]), y, tuple(rest[len(self._exprs) :])

    def matrix(
        self, values: Sequence[Values], weight: FloatArray, scenario: Scenario = ()
    ) -> tuple[FloatArray, FloatArray]:
        """Design matrix ``(m, p)`` and offset ``(m,)`` of a batch under a scenario.

        Raises
        ------
        EstimationError
            If an expression is not defined under the scenario for a row that counts.
        """
        rows = len(weight)
        count = len(self._factors)
        factors = list(values[:count])
        offset = values[count] if self.model.rows.offset is not None else None
        given = dict(zip(self._columns, values[len(values) - len(self._columns) :], strict=True))
        changed = dict(given)
        for setting in scenario:
            if setting.target.column is not None:
                changed[setting.target.column] = setting.apply(given[setting.target.column])
        for place, expr in enumerate(self._factors):
            if any(setting.target.touches(expr) for setting in scenario):
                factors[place] = _defined(evaluate(expr, changed.__getitem__).rows(rows), weight)
            for setting in scenario:
                if setting.target.column is None and setting.target.factor == self._matrix.factors[place]:
                    factors[place] = setting.apply(values[place])
        if offset is not None and any(setting.target.touches(self._exprs[count]) for setting in scenario):
            offset = _defined(evaluate(self._exprs[count], changed.__getitem__).rows(rows), weight)
        shift = np.zeros(rows) if offset is None else np.asarray(offset.data, np.float64)
        return self._matrix.fill(factors, rows), shift

    def given(self, values: Sequence[Values], target: Target) -> FloatArray:
        """Values of a variable as they are ``(m,)``."""
        if target.column is not None:
            place = len(values) - len(self._columns) + self._columns.index(target.column)
        else:
            assert target.factor is not None
            place = self._matrix.factors.index(target.factor)
        return np.asarray(values[place].data, np.float64)


def _defined(values: Values, weight: FloatArray) -> Values:
    if values.valid is not None and not values.valid[weight != 0].all():
        raise EstimationError(
            "A scenario leaves the range of the formula for some rows.",
            remedy="Effects of a variable need its whole neighbourhood, as log(x) needs x above zero.",
        )
    return values
