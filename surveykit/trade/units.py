"""Units of trade values: spellings of files -> one unit, USD million."""

from __future__ import annotations

import re
from collections.abc import Mapping

from surveykit.errors import TradeError, listing

__all__ = ["to_usd_million", "unit_from_name"]

_FACTORS: Mapping[str, float] = {
    "USD_MN": 1.0,
    "USD million": 1.0,
    "USD million current": 1.0,
    "USD_BN": 1000.0,
    "USD billion": 1000.0,
    "USD current": 1e-6,
    "USD": 1e-6,
    "current US$": 1e-6,
    "USD_100MN": 100.0,
}
_NAMES = ((r"(musd|usd[ _]?m(n|illion)?|millions?)", "USD_MN"), (r"(busd|usd[ _]?b(n|illion)?|billions?)", "USD_BN"))


def to_usd_million(unit: str) -> float:
    """Factor that turns a value in a unit into USD million.

    Examples
    --------
    >>> to_usd_million("USD current"), to_usd_million("USD_BN")
    (1e-06, 1000.0)
    """
    folded = {name.casefold(): factor for name, factor in _FACTORS.items()}
    if unit.casefold() not in folded:
        raise TradeError(f"Unit '{unit}' is unknown.", remedy=f"Known are {listing(_FACTORS, limit=12)}.")
    return folded[unit.casefold()]


def unit_from_name(column: str) -> str | None:
    """Read the unit from a column name such as ``value_musd`` or ``value_usd_bn``; ``None`` when it does not say.

    Examples
    --------
    >>> unit_from_name("value_usd_mn"), unit_from_name("value")
    ('USD_MN', None)
    """
    text = column.casefold()
    return next((unit for pattern, unit in _NAMES if re.search(pattern, text)), None)
