"""Predictors of response or participation, as numbers for a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import key_codes
from surveykit.errors import ColumnError, WeightingError
from surveykit.expressions import Column, Expr, names, parse

__all__ = ["Feature", "feature_matrix", "features", "shared_levels"]

_MANY = 200


@dataclass(frozen=True)
class Feature:
    """One predictor.

    Parameters
    ----------
    name
        As given.
    levels
        Levels of a category; None for a number.
    values
        ``(n,)`` codes among the levels, the last code standing for missing; or numbers, NaN where missing.
    """

    name: str
    levels: tuple[object, ...] | None
    values: IntArray | FloatArray

    @property
    def missing(self) -> FloatArray:
        """Whether each row lacks it ``(n,)``."""
        lost = np.isnan(self.values) if self.levels is None else self.values == len(self.levels)
        return lost.astype(np.float64)


def features(
    engine: MemoryEngine, predictors: str | Sequence[str], levels: dict[str, tuple[object, ...]] | None = None
) -> list[Feature]:
    """Evaluate predictors; missing values are kept as a group of their own.

    Parameters
    ----------
    predictors
        Columns or expressions.
    levels
        Levels of categories that two samples share.

    Raises
    ------
    WeightingError
        If none is named, or a category has too many levels to predict with.
    """
    given = [predictors] if isinstance(predictors, str) else list(predictors)
    if not given:
        raise WeightingError("No predictor is named.", remedy='Pass for example predictors=["size", "sector"].')
    return [_feature(engine, name, None if levels is None else levels.get(name)) for name in given]


def _expression(engine: MemoryEngine, text: str) -> Expr:
    if text in engine.columns:
        return Column(text)
    expr = parse(text)
    for name in names(expr):
        if name not in engine.columns:
            raise ColumnError(name, engine.columns)
    return expr


def _feature(engine: MemoryEngine, name: str, levels: tuple[object, ...] | None) -> Feature:
    values = engine.evaluate(_expression(engine, name))
    if values.categories is None:
        numbers = values.data.astype(np.float64)
        return Feature(name, None, numbers if values.valid is None else np.where(values.valid, numbers, np.nan))
    found = levels or values.categories
    if len(found) > _MANY:
        raise WeightingError(
            f"The predictor '{name}' has {len(found)} levels, too many to predict with.",
            remedy="Group them first, as industries into sectors.",
        )
    codes, valid = key_codes(values, found)
    return Feature(name, tuple(found), codes if valid is None else np.where(valid, codes, len(found)))


def shared_levels(
    first: MemoryEngine, second: MemoryEngine, predictors: str | Sequence[str]
) -> dict[str, tuple[object, ...]]:
    """Levels of the categories that either of two samples has."""
    given = [predictors] if isinstance(predictors, str) else list(predictors)
    found = {}
    for name in given:
        kinds = [engine.evaluate(_expression(engine, name)).categories for engine in (first, second)]
        if (kinds[0] is None) != (kinds[1] is None):
            raise WeightingError(
                f"'{name}' holds categories in one sample and numbers in the other.", remedy="Code both alike."
            )
        if kinds[0] is not None and kinds[1] is not None:
            found[name] = tuple(dict.fromkeys((*kinds[0], *kinds[1])))
    return found


def feature_matrix(given: Sequence[Feature]) -> FloatArray:
    """Indicators of categories, standardised numbers, and indicators of what is missing, ``(n, q)``."""
    columns: list[FloatArray] = []
    for one in given:
        if one.levels is None:
            numbers = np.asarray(one.values, np.float64)
            known = numbers[~np.isnan(numbers)]
            if not len(known):
                raise WeightingError(f"The predictor '{one.name}' is missing in every row.", remedy="Leave it out.")
            scale = float(known.std()) or 1.0
            columns.append((np.where(np.isnan(numbers), np.median(known), numbers) - known.mean()) / scale)
        else:
            columns += [(one.values == code).astype(np.float64) for code in range(1, len(one.levels))]
        if one.missing.any():
            columns.append(one.missing)
    return np.column_stack(columns)
