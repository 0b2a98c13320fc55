"""Medians in the columns of a banner, as :func:`surveykit.estimation.quantiles.quantiles.quantile` gives them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray
from surveykit.estimation.quantiles.quantiles import quantile
from surveykit.estimation.tabulation.across import Across, Everyone, Levels, Nested, Ticks
from surveykit.expressions import Boolean, Compare, Expr
from surveykit.expressions import Literal as Constant
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["median_arrays"]


def median_arrays(
    survey: Survey, name: str, groups: tuple[Across, ...], base_n: npt.NDArray[np.int64], level: float
) -> dict[str, FloatArray]:
    """``estimate, se, low, high, df`` of the medians of one variable, ``(C,)`` each; NaN in columns without a row.

    Columns of one variable, or of several nested ones, are read together; boxes one by one.
    """
    found = {fact: np.full(len(base_n), np.nan) for fact in ("estimate", "se", "low", "high", "df")}
    start = 0
    for group in groups:
        size = len(group.headings)
        own = slice(start, start + size)
        start += size
        if not base_n[own].any():
            continue
        by = _by(group)
        if by is not None:
            _put(found, own, quantile(survey, name, by=by or None, level=level))
            continue
        for place, condition in enumerate(_conditions(group), start=own.start):
            if base_n[place]:
                inside = survey if condition is None else survey.where(condition)
                _put(found, slice(place, place + 1), quantile(inside, name, level=level))
    return found


def _put(found: dict[str, FloatArray], own: slice, medians: Estimate) -> None:
    for fact, array in found.items():
        array[own] = getattr(medians, fact)


def _by(group: Across) -> list[str] | None:
    """Variables whose crossed levels are the columns of a group; None where they are not."""
    if isinstance(group, Everyone):
        return []
    if isinstance(group, Levels):
        return [group.name]
    if isinstance(group, Nested):
        outer, inner = _by(group.outer), _by(group.inner)
        return None if outer is None or inner is None else [*outer, *inner]
    return None


def _conditions(group: Across) -> Iterator[Expr | None]:
    """Domain of each column."""
    if isinstance(group, Ticks):
        yield from group.exprs
    elif isinstance(group, Levels):
        yield from (Compare("==", group.exprs[0], _constant(level)) for level in group.levels)
    elif isinstance(group, Nested):
        inner = list(_conditions(group.inner))
        for high in _conditions(group.outer):
            for low in inner:
                parts = tuple(one for one in (high, low) if one is not None)
                yield Boolean("and", parts) if len(parts) > 1 else parts[0]
    else:
        yield None


def _constant(level: object) -> Constant:
    return Constant(level if isinstance(level, str | bool | int | float) else str(level))
