"""Check printed tables: recompute what they say from what they print, and tell rounding from error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pandas as pd

from surveykit.trade.frames import require_columns
from surveykit.trade.growth_rates import Number, Printed, printed

__all__ = ["PrintedCheck", "check_mode_table", "check_ranking_table", "compare_printed"]


@dataclass(frozen=True, slots=True)
class PrintedCheck:
    """One printed number against its recomputation.

    Parameters
    ----------
    what
        What was recomputed.
    stated
        Number as printed.
    value, low, high
        Recomputed value, and the interval that the rounding of its inputs allows.
    verdict
        ``"exact"``: the recomputed value prints as stated. ``"rounding"``: it does not, but some inputs that print as
        shown would give it. ``"error"``: no inputs that print as shown give it.
    """

    what: str
    stated: str
    value: float
    low: float
    high: float
    verdict: str


def compare_printed(what: str, stated: Number, value: float, low: float, high: float) -> PrintedCheck:
    """Compare a printed number with its recomputation.

    Examples
    --------
    >>> compare_printed("share", "2.5", 2.549, 2.542, 2.556).verdict
    'exact'
    >>> compare_printed("share", "2.6", 2.549, 2.542, 2.556).verdict
    'rounding'
    >>> compare_printed("share", "2.7", 2.549, 2.542, 2.556).verdict
    'error'
    """
    text = str(stated).replace(",", "")
    target = printed(text)
    exponent = Decimal(text).as_tuple().exponent
    unit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(1)
    slack = 1e-9 * max(1.0, abs(value))
    if Decimal(repr(value)).quantize(unit, ROUND_HALF_UP) == Decimal(text):
        verdict = "exact"
    elif low - slack <= target.high and high + slack >= target.low:
        verdict = "rounding"
    else:
        verdict = "error"
    return PrintedCheck(what, text, value, low, high, verdict)


def _sum(numbers: Sequence[Printed]) -> Printed:
    return Printed(
        math.fsum(number.value for number in numbers),
        math.fsum(number.low for number in numbers),
        math.fsum(number.high for number in numbers),
    )


def _frame(checks: Sequence[PrintedCheck]) -> pd.DataFrame:
    return pd.DataFrame([{name: getattr(check, name) for name in PrintedCheck.__slots__} for check in checks])


def check_ranking_table(
    table: pd.DataFrame, *, periods: float, subtotal: str = "_SUBTOTAL", world: str = "WLD"
) -> pd.DataFrame:
    """Recompute a printed ranking (Table II-1-2-2): shares, subtotal, order and the growth of the subtotal.

    Parameters
    ----------
    table
        As printed, all numbers as text: columns `code, value, share, growth` with the rows of the economies, the
        subtotal and the world.
    periods
        Years of growth. The growth of single economies cannot be recomputed from what the table prints; that of the
        subtotal and whether the world's is possible can, from values and rates.

    Returns
    -------
    pandas.DataFrame
        One row per check (:class:`PrintedCheck`).
    """
    require_columns(table, ("code", "value", "share", "growth"), place="The printed table")
    rows = {row["code"]: row for row in table.to_dict("records")}
    values = {code: printed(str(row["value"])) for code, row in rows.items()}
    economies = [code for code in rows if code not in (subtotal, world)]
    total = values[world]
    checks = []
    for code in [*economies, subtotal]:
        part = values[code]
        low, high = 100.0 * part.low / total.high, 100.0 * part.high / total.low
        checks.append(
            compare_printed(f"{code} share", str(rows[code]["share"]), 100.0 * part.value / total.value, low, high)
        )
    added = _sum([values[code] for code in economies])
    checks.append(
        compare_printed(f"{subtotal} value", str(rows[subtotal]["value"]), added.value, added.low, added.high)
    )
    shares = _sum([printed(str(rows[code]["share"])) for code in economies])
    checks.append(
        compare_printed(f"{subtotal} share added", str(rows[subtotal]["share"]), shares.value, shares.low, shares.high)
    )
    starts = [_start(values[code], printed(str(rows[code]["growth"])), periods) for code in economies]
    first = _sum(starts)
    rate = [
        100.0 * ((b / a) ** (1.0 / periods) - 1.0)
        for a, b in ((first.value, added.value), (first.high, added.low), (first.low, added.high))
    ]
    checks.append(compare_printed(f"{subtotal} growth", str(rows[subtotal]["growth"]), *rate))
    checks += _order_checks(economies, values)
    return _frame(checks)


def _start(value: Printed, rate: Printed, periods: float) -> Printed:
    """First value that the last value and the printed compound rate imply."""
    factor = [(1.0 + percent / 100.0) ** periods for percent in (rate.value, rate.high, rate.low)]
    return Printed(value.value / factor[0], value.low / factor[1], value.high / factor[2])


def _order_checks(economies: Sequence[str], values: dict[str, Printed]) -> list[PrintedCheck]:
    checks = []
    for before, after in pairwise(economies):
        gap = values[before].value - values[after].value
        verdict = "exact" if gap >= 0 else "error"
        checks.append(
            PrintedCheck(
                f"{before} before {after}", f"{values[before].value:g}", values[after].value, gap, gap, verdict
            )
        )
    return checks


def check_mode_table(table: pd.DataFrame, *, total: str = "SOXSW") -> pd.DataFrame:
    """Recompute the totals by mode of a printed table of services by mode (Table II-1-2-10).

    Parameters
    ----------
    table
        As printed, numbers as text: column `code`, one column per mode, and a row of totals.
    total
        Code of the row of totals.
    """
    require_columns(table, ("code",), place="The printed table")
    checks = []
    for mode in [column for column in table.columns if column != "code"]:
        numbers = dict(zip(table["code"], (printed(str(value)) for value in table[mode]), strict=True))
        added = _sum([number for code, number in numbers.items() if code != total])
        stated = str(table.loc[table["code"] == total, mode].iloc[0])
        checks.append(compare_printed(f"{mode} total", stated, added.value, added.low, added.high))
    return _frame(checks)
