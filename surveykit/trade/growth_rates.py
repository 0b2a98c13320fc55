"""Growth rates: five formulas that all get called "annual growth", and what the rounding of printed numbers allows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Literal, get_args

from surveykit.errors import TradeError, did_you_mean

__all__ = ["Growth", "GrowthMethod", "Number", "Printed", "growth", "growth_formulas", "printed", "which_growth"]

GrowthMethod = Literal["cagr", "total", "total_per_period", "mean_annual", "log"]
Number = float | int | str | Decimal

_FORMULAS: Mapping[str, str] = {
    "cagr": "100 ((last/first)^(1/periods) - 1)",
    "total": "100 (last/first - 1)",
    "total_per_period": "100 (last/first - 1) / periods",
    "mean_annual": "mean of 100 (x[t]/x[t-1] - 1)",
    "log": "100 ln(last/first) / periods",
}


@dataclass(frozen=True, slots=True)
class Printed:
    """A number with the interval of values that print so.

    ``low`` and ``high`` bound the true value: half a unit of the last digit to both sides for a rounded number, one
    unit away from zero for a truncated one.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Growth:
    """A growth rate.

    Parameters
    ----------
    percent
        The rate in percent (per period, but for ``method="total"``).
    low, high
        Interval that the rounding of the inputs allows, in percent; equal to ``percent`` for inputs given exactly.
    method, formula
        Which formula.
    periods
        Number of periods between first and last.
    """

    percent: float
    low: float
    high: float
    method: str
    formula: str
    periods: float

    def __float__(self) -> float:
        return self.percent

    def __str__(self) -> str:
        interval = "" if self.low == self.high else f" [{self.low:.2f}, {self.high:.2f}]"
        return f"{self.percent:.2f}%{interval} ({self.method}: {self.formula}, {self.periods:g} periods)"


def growth_formulas() -> dict[str, str]:
    """Method -> formula of every growth rate that :func:`growth` knows."""
    return dict(_FORMULAS)


def printed(number: Number, *, rounding: float | None = None, truncated: bool = False) -> Printed:
    """Return the interval of true values behind a printed number.

    Parameters
    ----------
    number
        Text or Decimal keeps its printed digits (``"1.70"`` is between 1.695 and 1.705); a float counts as exact unless
        ``rounding`` is given.
    rounding
        Half-width of the interval, in units of the number (0.05 for one decimal).
    truncated
        The number was cut off, not rounded: the true value lies up to one unit farther from zero.

    Examples
    --------
    >>> printed("1,169")
    Printed(value=1169.0, low=1168.5, high=1169.5)
    >>> printed("1.7", truncated=True)
    Printed(value=1.7, low=1.7, high=1.8)
    """
    if isinstance(number, str | Decimal):
        try:
            decimal = Decimal(str(number).replace(",", "").replace("−", "-").strip())
        except InvalidOperation:
            raise TradeError(
                f"'{number}' is not a number.", remedy="Give it as printed, for example '1,169.0'."
            ) from None
        exponent = decimal.as_tuple().exponent
        unit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(0)
        value = float(decimal)
        half = Decimal(str(rounding)) if rounding is not None else unit / 2
        if truncated:
            ends = (decimal, decimal + (2 * half if decimal >= 0 else -2 * half))
            return Printed(value, float(min(ends)), float(max(ends)))
        return Printed(value, float(decimal - half), float(decimal + half))
    value = float(number)
    half_width = rounding or 0.0
    if half_width < 0:
        raise TradeError(f"rounding={rounding} is negative.", remedy="Give the half-width of the interval.")
    if truncated:
        sign = 1.0 if value >= 0 else -1.0
        return Printed(value, min(value, value + 2 * sign * half_width), max(value, value + 2 * sign * half_width))
    return Printed(value, value - half_width, value + half_width)


def growth(
    first: Number,
    last: Number,
    periods: float,
    method: GrowthMethod = "cagr",
    *,
    rounding: float | tuple[float, float] | None = None,
    truncated: bool = False,
    path: Sequence[Number] | None = None,
) -> Growth:
    """Growth between two values, by a formula that is named in the result.

    Parameters
    ----------
    first, last
        Values of the first and the last period. As text (``"11.7"``) they count as printed and carry the rounding of
        their last digit; as numbers they are exact unless ``rounding`` is given.
    periods
        Number of periods between them: 18 from 2005 to 2023.
    method
        ``"cagr"`` compound annual rate; ``"total"`` growth over all periods; ``"total_per_period"`` that divided by the
        number of periods, which newspapers and some reports call growth per annum; ``"mean_annual"`` mean of the yearly
        rates, which needs ``path``; ``"log"`` logarithmic rate.
    rounding
        Half-width of the interval around both values, or around first and last.
    truncated
        The printed values were cut off, not rounded.
    path
        All ``periods + 1`` values, for ``"mean_annual"``.

    Returns
    -------
    Growth
        In percent, with the interval from the rounding of the inputs.

    Raises
    ------
    TradeError
        First value zero or negative, or an interval that reaches zero; ``mean_annual`` without the path.

    Examples
    --------
    >>> print(growth("1.7", "11.7", 13))
    16.00% [15.70, 16.30] (cagr: 100 ((last/first)^(1/periods) - 1), 13 periods)
    >>> round(growth(1.7809, 11.760, 13, "total_per_period").percent, 1)
    43.1
    """
    if method not in get_args(GrowthMethod):
        raise TradeError(f"method='{method}' is not a growth formula.", remedy=did_you_mean(str(method), _FORMULAS))
    if not periods > 0:
        raise TradeError(f"periods={periods} is not positive.", remedy="Count the steps: 18 from 2005 to 2023.")
    halves = rounding if isinstance(rounding, tuple) else (rounding, rounding)
    if method == "mean_annual":
        return _mean_annual(path, first, last, periods, rounding=halves[0], truncated=truncated)
    start = printed(first, rounding=halves[0], truncated=truncated)
    end = printed(last, rounding=halves[1], truncated=truncated)
    _require_positive(start, end, method)
    formula: Callable[[float, float], float] = {
        "cagr": lambda a, b: 100.0 * math.expm1(math.log(b / a) / periods) if b > 0 else -100.0,
        "total": lambda a, b: 100.0 * (b / a - 1.0),
        "total_per_period": lambda a, b: 100.0 * (b / a - 1.0) / periods,
        "log": lambda a, b: 100.0 * math.log(b / a) / periods,
    }[method]
    ends = (
        formula(start.low, end.low),
        formula(start.low, end.high),
        formula(start.high, end.low),
        formula(start.high, end.high),
    )
    exact = start.low == start.high and end.low == end.high
    value = formula(start.value, end.value)
    low, high = (value, value) if exact else (min(ends), max(ends))
    return Growth(value, low, high, method, _FORMULAS[method], periods)


def _require_positive(start: Printed, end: Printed, method: str) -> None:
    if not all(math.isfinite(number) for number in (start.value, end.value)):
        raise TradeError("Growth is not defined for a missing value.", remedy="Give both values.")
    if start.value <= 0:
        raise TradeError(
            f"Growth from {start.value:g} is not defined: the first value must be positive.",
            remedy="Report the change in level instead.",
        )
    if start.low <= 0:
        raise TradeError(
            f"The rounding of the first value {start.value:g} reaches zero, so growth has no upper bound.",
            remedy="Give the value with more digits.",
        )
    if end.value < 0 or (method == "log" and end.low <= 0):
        raise TradeError(
            f"Growth to {end.value:g} is not defined for method='{method}'.",
            remedy="Report the change in level instead.",
        )


def _mean_annual(
    path: Sequence[Number] | None,
    first: Number,
    last: Number,
    periods: float,
    *,
    rounding: float | None,
    truncated: bool,
) -> Growth:
    if path is None or len(path) != periods + 1:
        given = "none" if path is None else f"{len(path)} values"
        raise TradeError(
            f"The mean of {periods:g} yearly rates needs the {periods + 1:g} yearly values; path has {given}.",
            remedy="Pass path=[...], or use method='cagr', which needs only the first and the last value.",
        )
    values = [printed(number, rounding=rounding, truncated=truncated) for number in path]
    ends = (printed(first, rounding=rounding).value, printed(last, rounding=rounding).value)
    if (values[0].value, values[-1].value) != ends:
        raise TradeError(
            f"path runs from {values[0].value:g} to {values[-1].value:g}, not from {ends[0]:g} to {ends[1]:g}.",
            remedy="Give the path of the same series.",
        )
    for number in values[:-1]:
        _require_positive(number, number, "total")
    rates = [b.value / a.value - 1.0 for a, b in pairwise(values)]
    value = 100.0 * math.fsum(rates) / len(rates)
    low, high = _mean_bounds(values)
    exact = all(number.low == number.high for number in values)
    return Growth(
        value, value if exact else low, value if exact else high, "mean_annual", _FORMULAS["mean_annual"], periods
    )


def _mean_bounds(values: Sequence[Printed]) -> tuple[float, float]:
    """Bounds of the mean yearly rate: each rate at its own extreme, so the interval is safe but not the narrowest."""
    lows = [b.low / a.high - 1.0 for a, b in pairwise(values)]
    highs = [b.high / a.low - 1.0 for a, b in pairwise(values)]
    return 100.0 * math.fsum(lows) / len(lows), 100.0 * math.fsum(highs) / len(highs)


def which_growth(
    stated: Number,
    first: Number,
    last: Number,
    periods: float | Sequence[float],
    *,
    rounding: float | None = None,
    truncated: bool = False,
) -> list[Growth]:
    """Find the formulas that give a printed growth rate, within the rounding of all printed numbers.

    Parameters
    ----------
    stated
        The rate as printed, in percent (``"43"``).
    first, last, rounding, truncated
        As in :func:`growth`.
    periods
        One number of periods or several to try (13 and 14: a text may count both ends).

    Returns
    -------
    list of Growth
        Those whose interval meets that of the printed rate; empty when no formula explains it.

    Examples
    --------
    >>> [(found.method, found.periods) for found in which_growth("43", "1.7", "11.7", [13, 14], truncated=True)]
    [('total_per_period', 13)]
    """
    target = printed(stated)
    tried = [periods] if isinstance(periods, int | float) else list(periods)
    found = [
        growth(first, last, count, method, rounding=rounding, truncated=truncated)
        for count in tried
        for method in get_args(GrowthMethod)
        if method != "mean_annual"
    ]
    return [rate for rate in found if rate.low <= target.high and rate.high >= target.low]
