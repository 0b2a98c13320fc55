"""What R computes on plain data: vectors, factors, arithmetic and the few functions that conditions and designs use."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["FUNCTIONS", "Listing", "UnsupportedError", "Vector", "as_numbers", "as_texts", "label_text", "take"]


class UnsupportedError(Exception):
    """Something in a call that has no translation; the text is the reason that the report counts."""


@dataclass(frozen=True)
class Vector:
    """An atomic vector with optional names."""

    values: tuple[Any, ...]
    names: tuple[str | None, ...] = ()

    def get(self, name: str) -> Any:
        return self.values[self.names.index(name)]


@dataclass(frozen=True)
class Listing:
    """A list with optional names."""

    items: tuple[Any, ...]
    names: tuple[str | None, ...] = field(default=())

    def get(self, name: str) -> Any:
        if name not in self.names:
            raise UnsupportedError(f"a list without an element '{name}'")
        return self.items[self.names.index(name)]


def as_numbers(value: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Numbers ``(n,)`` of a scalar, vector or column; missing is NaN."""
    found: np.ndarray[Any, np.dtype[np.float64]]
    if isinstance(value, pd.Series) and isinstance(value.dtype, pd.CategoricalDtype):
        codes = value.cat.codes.to_numpy()
        found = np.where(codes < 0, np.nan, codes + 1.0).astype(np.float64)
        return found
    if isinstance(value, pd.Series):
        found = value.astype("Float64").to_numpy(np.float64, na_value=np.nan).astype(np.float64)
        return found
    if isinstance(value, Vector):
        return np.array([np.nan if item is None else float(item) for item in value.values], np.float64)
    if isinstance(value, np.ndarray):
        return value.astype(np.float64)
    return np.array([np.nan if value is None else float(value)], np.float64)


def label_text(value: Any) -> str:
    """A value as R's as.character gives it."""
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | np.floating):
        return f"{value:.15g}"
    return str(value)


def as_texts(value: Any) -> list[str | None]:
    """Labels of a vector or column; missing is None."""
    if isinstance(value, Vector):
        return [None if item is None else label_text(item) for item in value.values]
    if isinstance(value, pd.Series):
        return [None if missing else label_text(item) for item, missing in zip(value, value.isna(), strict=True)]
    return [None if value is None else label_text(value)]


def factor(value: Any, levels: Any = None, labels: Any = None, ordered: bool | None = None) -> pd.Series:
    """A factor: levels sorted as R sorts them unless given."""
    found = _factor(value, levels, labels)
    return found if ordered is None else found.cat.as_ordered() if ordered else found.cat.as_unordered()


def _factor(value: Any, levels: Any, labels: Any) -> pd.Series:
    if isinstance(value, pd.Series) and isinstance(value.dtype, pd.CategoricalDtype) and levels is None:
        kept = [label for label in value.cat.categories if (value == label).any()]
        return value.cat.set_categories(kept) if labels is None else value.cat.rename_categories(as_texts(labels))
    texts = pd.Series(as_texts(value), index=value.index if isinstance(value, pd.Series) else None, dtype=object)
    if levels is not None:
        order = [text for text in as_texts(levels) if text is not None]
    elif isinstance(value, pd.Series) and pd.api.types.is_numeric_dtype(value.dtype):
        order = [label_text(number) for number in sorted(value.dropna().unique())]
    else:
        order = sorted({text for text in texts if text is not None})
    found = pd.Series(pd.Categorical(texts, categories=order), index=texts.index)
    return found if labels is None else found.cat.rename_categories(as_texts(labels))


def _as_factor(value: pd.Series) -> pd.Series:
    return value if isinstance(value.dtype, pd.CategoricalDtype) else factor(value)


def _nlevels(value: pd.Series) -> int:
    return len(_as_factor(value).cat.categories)


def interaction(*factors: pd.Series) -> pd.Series:
    """Crossed factor; the first varies fastest among the levels."""
    crossed = [item if isinstance(item.dtype, pd.CategoricalDtype) else factor(item) for item in factors]
    levels = [""]
    for number, item in enumerate(reversed(crossed)):
        names = [str(label) for label in item.cat.categories]
        levels = names if number == 0 else [f"{name}.{rest}" for rest in levels for name in names]
    texts = [as_texts(item) for item in crossed]
    joined = [None if None in row else ".".join(str(text) for text in row) for row in zip(*texts, strict=True)]
    return pd.Series(pd.Categorical(joined, categories=levels), index=factors[0].index)


def cut(value: pd.Series, breaks: Any, labels: Any = None, right: bool = True) -> pd.Series:
    """Bands closed on the right unless told otherwise."""
    edges = as_numbers(breaks)
    if labels is None:
        ends = [label_text(float(f"{edge:.3g}")) for edge in edges]
        names = [f"({low},{high}]" if right else f"[{low},{high})" for low, high in pairwise(ends)]
    else:
        names = [str(text) for text in as_texts(labels)]
    bands = pd.cut(value.astype("float64"), list(edges), labels=names, right=right, ordered=False)
    return pd.Series(bands, index=value.index)


def _arithmetic(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def apply(left: Any, right: Any = None) -> Any:
        if right is None:  # the unary operators
            left, right = 0.0, left
        with np.errstate(all="ignore"):
            return _like(function(as_numbers(left), as_numbers(right)), left, right)

    return apply


def _like(result: Any, *sources: Any) -> Any:
    for source in sources:
        if isinstance(source, pd.Series):
            return pd.Series(result, index=source.index)
    return float(result[0]) if len(result) == 1 else Vector(tuple(float(item) for item in result))


def _compare(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        series = next((side for side in (left, right) if isinstance(side, pd.Series)), None)
        if any(_is_text(side) for side in (left, right)):
            a, b = (np.array(_order_texts(side, series), dtype=object) for side in (left, right))
            missing = np.array([x is None or y is None for x, y in np.broadcast(a, b)])
            held = np.array([False if x is None or y is None else function(x, y) for x, y in np.broadcast(a, b)])
        else:
            a, b = as_numbers(left), as_numbers(right)
            missing, held = np.isnan(a + b), function(a, b)
        return _truths(held, missing, series)

    return apply


def _is_text(value: Any) -> bool:
    if isinstance(value, pd.Series):
        return isinstance(value.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(value.dtype)
    return isinstance(value, str) or (isinstance(value, Vector) and any(isinstance(item, str) for item in value.values))


def _order_texts(side: Any, series: pd.Series | None) -> list[Any]:
    texts = as_texts(side)
    if series is not None and isinstance(series.dtype, pd.CategoricalDtype) and series.cat.ordered:
        order = {str(label): place for place, label in enumerate(series.cat.categories)}
        return [None if text is None else order.get(text, text) for text in texts]
    return list(texts)


def _truths(held: Any, missing: Any, series: pd.Series | None) -> Any:
    if series is None:
        found = [None if gone else bool(truth) for truth, gone in zip(held, missing, strict=True)]
        return found[0] if len(found) == 1 else Vector(tuple(found))
    return pd.Series(pd.arrays.BooleanArray(np.asarray(held, bool), np.asarray(missing, bool)), index=series.index)


def _logic(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        sides = [side.astype("boolean") if isinstance(side, pd.Series) else side for side in (left, right)]
        return function(*sides)

    return apply


def take(value: Any, index: Any) -> Any:
    """``value[index]``: positions from one, names, or truth values."""
    if isinstance(index, pd.Series):
        return value[index.astype("boolean").fillna(False).to_numpy(bool)]
    if isinstance(index, str):
        return value.get(index)
    places = as_numbers(index).astype(int) - 1
    if isinstance(value, pd.Series):
        return value.iloc[places]
    if isinstance(value, Listing):
        return Listing(tuple(value.items[place] for place in places))
    if isinstance(value, Vector):
        chosen = tuple(value.values[place] for place in places)
        return chosen[0] if len(chosen) == 1 else Vector(chosen)
    if len(places) == 1 and places[0] == 0:
        return value
    raise UnsupportedError("indexing of this kind")


def _colon(low: Any, high: Any) -> Any:
    a, b = as_numbers(low)[0], as_numbers(high)[0]
    return Vector(tuple(float(item) for item in np.arange(a, b + 1 if b >= a else b - 1, 1 if b >= a else -1)))


def _seq(start: Any, stop: Any, by: Any = 1.0, length: Any = None) -> Vector:
    a, b = as_numbers(start)[0], as_numbers(stop)[0]
    if length is not None:
        return Vector(tuple(float(item) for item in np.linspace(a, b, int(as_numbers(length)[0]))))
    step = as_numbers(by)[0]
    count = int(np.floor((b - a) / step + 1e-10)) + 1
    return Vector(tuple(float(a + step * number) for number in range(count)))


def _rep(value: Any, times: Any = 1.0, each: Any = 1.0) -> Vector:
    items = value.values if isinstance(value, Vector) else (value,)
    items = tuple(item for item in items for _ in range(int(as_numbers(each)[0])))
    counts = as_numbers(times).astype(int)
    if len(counts) > 1:
        return Vector(tuple(item for item, count in zip(items, counts, strict=True) for _ in range(count)))
    return Vector(items * int(counts[0]))


def _summary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    def apply(value: Any, **named: Any) -> float:
        numbers = as_numbers(value)
        return float(function(numbers[~np.isnan(numbers)] if named.get("na.rm") else numbers))

    return apply


def _minimum(values: Any) -> Any:
    return min(values) if isinstance(values, list) else np.min(values)


def _maximum(values: Any) -> Any:
    return max(values) if isinstance(values, list) else np.max(values)


def _extreme(function: Callable[[Any], Any]) -> Callable[..., Any]:
    def apply(value: Any, **named: Any) -> Any:
        if _is_text(value):
            return function([text for text in as_texts(value) if text is not None])
        numbers = as_numbers(value)
        return float(function(numbers[~np.isnan(numbers)] if named.get("na.rm") else numbers))

    return apply


def _elementwise(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        with np.errstate(all="ignore"):
            return _like(function(as_numbers(value)), value)

    return apply


def _ifelse(condition: Any, then: Any, otherwise: Any) -> Any:
    truth = condition.astype("boolean")
    sides = [side.to_numpy(object) if isinstance(side, pd.Series) else side for side in (then, otherwise)]
    if not any(_is_text(side) for side in (then, otherwise)):
        sides = [as_numbers(side) for side in (then, otherwise)]
    found = pd.Series(np.where(truth.fillna(False), *sides), index=truth.index)
    return found.where(~truth.isna(), other=np.nan)


def _levels(value: pd.Series) -> Vector:
    coded = value if isinstance(value.dtype, pd.CategoricalDtype) else factor(value)
    return Vector(tuple(str(label) for label in coded.cat.categories))


def _is_missing(value: Any) -> Any:
    if isinstance(value, pd.Series):
        return value.isna().astype("boolean")
    return value is None


def _relevel(value: pd.Series, ref: Any) -> pd.Series:
    rest = [label for label in value.cat.categories if label != ref]
    return value.cat.reorder_categories([ref, *rest])


def _membership(left: Any, right: Any) -> Any:
    options = set(as_texts(right))
    held = [text in options for text in as_texts(left)]
    return pd.Series(held, index=left.index, dtype="boolean") if isinstance(left, pd.Series) else held[0]


#: Functions of base R by name; they take evaluated arguments.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "+": _arithmetic(operator.add), "-": _arithmetic(operator.sub), "*": _arithmetic(operator.mul),
    "/": _arithmetic(np.divide), "^": _arithmetic(np.power), "%%": _arithmetic(np.mod),
    "%/%": _arithmetic(np.floor_divide),
    "==": _compare(operator.eq), "!=": _compare(operator.ne), "<": _compare(operator.lt),
    "<=": _compare(operator.le), ">": _compare(operator.gt), ">=": _compare(operator.ge),
    "&": _logic(operator.and_), "|": _logic(operator.or_),
    "!": lambda value: ~value.astype("boolean") if isinstance(value, pd.Series) else not value,
    "(": lambda value: value, "I": lambda value: value, ":": _colon, "%in%": _membership,
    "seq": _seq, "rep": _rep, "min": _extreme(_minimum), "max": _extreme(_maximum), "mean": _summary(np.mean),
    "sum": _summary(np.sum), "median": _summary(np.median), "sd": _summary(lambda x: np.std(x, ddof=1)),
    "var": _summary(lambda x: np.var(x, ddof=1)),
    "length": lambda value: float(len(value.values) if isinstance(value, Vector) else len(value)),
    "log": _elementwise(np.log), "log10": _elementwise(np.log10), "log2": _elementwise(np.log2),
    "log1p": _elementwise(np.log1p), "exp": _elementwise(np.exp), "sqrt": _elementwise(np.sqrt),
    "abs": _elementwise(np.abs), "floor": _elementwise(np.floor), "ceiling": _elementwise(np.ceil),
    "round": lambda value, digits=0.0: _like(np.round(as_numbers(value), int(digits)), value),
    "as.numeric": _elementwise(lambda numbers: numbers), "as.integer": _elementwise(np.trunc),
    "as.character": lambda value: pd.Series(as_texts(value), index=value.index, dtype="str"),
    "factor": factor, "as.factor": _as_factor,
    "droplevels": factor, "interaction": interaction, "cut": cut, "levels": _levels,
    "nlevels": _nlevels, "relevel": _relevel,
    "is.na": _is_missing, "ifelse": _ifelse,
}  # fmt: skip
