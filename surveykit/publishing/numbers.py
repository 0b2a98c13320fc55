"""How numbers are printed: decimals, percentages, rounding that adds to 100."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["FloatArray", "bounded", "decimals_for", "number", "round_to_total", "whole"]

FloatArray = npt.NDArray[np.float64]


def number(value: float, decimals: int) -> str:
    """Print a number with a fixed number of decimals, thousands apart, and no negative zero.

    A number that would round to zero without being zero keeps two significant digits.

    Examples
    --------
    >>> number(1234.56, 1), number(-0.04, 1), number(-1e-9, 2), number(0.0, 1)
    ('1,234.6', '-0.04', '-1e-09', '0.0')
    """
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    shown = f"{value:,.{decimals}f}"
    if value != 0 and float(shown.replace(",", "")) == 0:
        return f"{value:.2g}"
    return shown


def bounded(value: float, decimals: int) -> str:
    """Print a number as :func:`number` does; one that would round to zero is given its bound instead.

    A share of 0.027 % among shares with one decimal is ``<0.1``: more digits would say more than its neighbours.

    Examples
    --------
    >>> bounded(0.027, 1), bounded(-0.027, 1), bounded(0.0, 1), bounded(0.96, 1)
    ('<0.1', '>-0.1', '0.0', '1.0')
    """
    if value == 0 or not math.isfinite(value) or float(f"{value:.{decimals}f}") != 0:
        return number(value, decimals)
    least = f"{10.0**-decimals:.{decimals}f}"
    return f"<{least}" if value > 0 else f">-{least}"


def whole(value: float) -> str:
    """Print a base: whole numbers as such, small weighted ones with a decimal.

    Examples
    --------
    >>> whole(6523), whole(1234.56), whole(12.34)
    ('6,523', '1,235', '12.3')
    """
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.1f}"


def decimals_for(values: FloatArray, unit: str) -> int:
    """Decimals at which a set of numbers of one unit is printed: one for shares, none for counts.

    Other units get about three significant digits at the size of their median, but no zeros that none of them needs.

    Examples
    --------
    >>> decimals_for(np.array([2.0, -4.0, 60.0]), "USD"), decimals_for(np.array([2.5, -4.0]), "USD")
    (0, 1)
    """
    if unit == "share":
        return 1
    if unit == "count":
        return 0
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if not sizes.size:
        return 0
    median = float(np.median(sizes))
    wanted = int(np.clip(2 - math.floor(math.log10(median)), 0, 4))
    enough = (d for d in range(wanted) if bool((np.abs(np.round(sizes, d) - sizes) <= 1e-9 * sizes).all()))
    return next(enough, wanted)


def round_to_total(values: Sequence[float], decimals: int) -> list[float]:
    """Round so that the rounded numbers add to the rounded total: largest remainders go up.

    Parameters
    ----------
    values
        Not negative; ties go to the larger value, then to the earlier.

    Examples
    --------
    >>> round_to_total([33.333, 33.333, 33.334], 0)
    [33.0, 33.0, 34.0]
    >>> sum(round_to_total([12.5, 12.5, 25.0, 50.0], 0))
    100.0
    """
    scale = 10**decimals
    scaled = [value * scale for value in values]
    floors = [math.floor(value + 1e-9) for value in scaled]
    up = round(math.fsum(scaled)) - sum(floors)
    order = sorted(range(len(scaled)), key=lambda place: (floors[place] - scaled[place], -scaled[place], place))
    for place in order[: max(up, 0)]:
        floors[place] += 1
    return [floor / scale for floor in floors]
