"""What a scenario returns: effects for every draw of its parameters, and the assumptions they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import TradeError
from surveykit.trade.activities import Activity, find_activities
from surveykit.trade.long_frames import long_frame
from surveykit.trade.tables import InterCountryTable, region_index

__all__ = ["ScenarioResult", "Shock", "as_draws", "describe_shock", "foreign_rows", "scenario_rows"]

_Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ScenarioResult:
    """Effects of a scenario.

    Parameters
    ----------
    rows
        What each effect is: long frame without numbers (indicator, reporter, activity, unit, method ...) `(R,)`.
    draws
        Effects by draw of the parameters `(D, R)`.
    assumptions
        What the numbers rest on, one sentence each.
    """

    rows: pd.DataFrame
    draws: _Matrix
    assumptions: tuple[str, ...]

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Summarise the draws.

        Parameters
        ----------
        level
            Share of the draws between ``low`` and ``high``.

        Returns
        -------
        pandas.DataFrame
            The long frame with ``value`` (mean over draws), ``low``, ``high`` (quantiles; missing for a single draw)
            and ``draws``.
        """
        if not 0 < level < 1:
            raise TradeError(f"level={level} is not between 0 and 1.", remedy="Use for example 0.95.")
        frame = self.rows.copy()
        frame["value"] = self.draws.mean(axis=0)
        single = len(self.draws) < 2
        tails = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        at = frame.columns.get_loc("value")
        assert isinstance(at, int)
        for offset, (name, values) in enumerate(zip(("low", "high"), tails, strict=True), start=1):
            frame.insert(at + offset, name, np.nan if single else values)
        frame["draws"] = len(self.draws)
        return frame


@dataclass(frozen=True, eq=False)
class Shock:
    """Which purchases a scenario touches.

    Parameters
    ----------
    country
        Position of the buying country.
    suppliers
        Positions of the supplying countries.
    activity
        What they supply.
    rows
        Rows of the table that supply it `(K,)`, true or false.
    """

    country: int
    suppliers: tuple[int, ...]
    activity: Activity
    rows: NDArray[np.bool_]


def foreign_rows(table: InterCountryTable, country: str, origin: str | Sequence[str], origin_industry: object) -> Shock:
    """Resolve the supplying countries and industries of a scenario.

    Parameters
    ----------
    table
        Inter-country table.
    country
        Buying country.
    origin
        ``"foreign"`` for all others, or supplying countries.
    origin_industry
        What they supply: activity, industry or list.
    """
    buyer = region_index(table, country)
    if origin == "foreign":
        suppliers = tuple(position for position in range(len(table.regions)) if position != buyer)
    else:
        names = [origin] if isinstance(origin, str) else list(origin)
        suppliers = tuple(region_index(table, name) for name in names)
    if buyer in suppliers:
        raise TradeError(f"'{country}' is among the foreign suppliers.", remedy="Leave it out of origin=.")
    activity = find_activities(table.industries, origin_industry, scheme=table.scheme, members=table.members)[0]  # type: ignore[arg-type]
    inside = np.isin(np.array(table.industries)[table.industry_of], activity.industries)
    return Shock(buyer, suppliers, activity, inside & np.isin(table.region_of, suppliers))


def describe_shock(table: InterCountryTable, shock: Shock) -> str:
    """Name the purchases touched, for the assumptions."""
    names = [table.regions[position] for position in shock.suppliers]
    everyone = len(names) == len(table.regions) - 1
    suppliers = "all other countries" if everyone else ", ".join(names)
    note = f" ({shock.activity.note})" if shock.activity.note else ""
    return f"Purchases by {table.regions[shock.country]} of {shock.activity.code}{note} from {suppliers}."


def as_draws(values: ArrayLike, name: str, *, low: float, high: float) -> _Matrix:
    """Check a parameter, a number or an array of draws `(D,)`.

    Raises
    ------
    TradeError
        Not a vector, empty, not finite, or outside its range.
    """
    draws = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if draws.ndim != 1 or not len(draws):
        raise TradeError(f"{name} has shape {draws.shape}.", remedy="Give a number or one number per draw.")
    wrong = ~np.isfinite(draws) | (draws < low) | (draws > high)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise TradeError(
            f"{name} is {draws[at]} in draw {at}; it must lie between {low} and {high}.",
            remedy="It is a share: 0.1 means 10 percent.",
        )
    return draws


def scenario_rows(table: InterCountryTable, columns: dict[str, object], size: int) -> pd.DataFrame:
    """Long frame that names effects, its values still open."""
    return long_frame(table, {**columns, "value": np.full(size, np.nan)})
