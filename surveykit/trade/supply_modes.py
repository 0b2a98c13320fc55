"""Modes of supply: gross sales in modes 1 to 4 beside the value added of Mode 5, never added together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveykit.classifications.services import service_item
from surveykit.errors import TradeError, did_you_mean, listing
from surveykit.trade.frames import only, require_columns, require_unique, services_frame
from surveykit.trade.tismos import TISMOS_KEYS

__all__ = [
    "GROSS",
    "MARGINS",
    "MODES",
    "MODE_CATEGORIES",
    "TOTAL",
    "VALUE_ADDED",
    "mode_shares",
    "mode_totals",
    "modes",
]

GROSS = "gross sales"
VALUE_ADDED = "value added"
MODES: tuple[str, ...] = ("Mode 1", "Mode 2", "Mode 3", "Mode 4")
MARGINS = "SWSJ34"
TOTAL = "SOXSW"
_ALL_GOODS = ("_T", "A-C", "GOODS")  # all goods exports together; rows by industry would be added twice
# Categories of Table II-1-2-10 in the order of the table; together they make up the total.
MODE_CATEGORIES: tuple[str, ...] = (
    "SJXSJ34",
    "SWSJ34",
    "SFSG",
    "SISK1",
    "SC",
    "SDASDB3",
    "SE",
    "SH",
    "SA",
    "SDB2SK22",
    "SB",
    "SDB1SK21",
    "SK24",
    "SK23",
)


def modes(
    frame: pd.DataFrame,
    *,
    mode5: pd.DataFrame | None = None,
    categories: Sequence[str] = MODE_CATEGORIES,
    tolerance: float = 0.5,
) -> pd.DataFrame:
    """Set trade by service and mode in one table, Mode 5 apart (Table II-1-2-10 and Figure II-1-2-7).

    Parameters
    ----------
    frame
        From :func:`surveykit.trade.read_tismos`: one economy, flow and year or several.
    mode5
        Services value added in goods exports: indicators ``MODE5_DOM`` or ``MODE5_TOT`` of
        :func:`surveykit.trade.indicators` in a money unit; the rows of all goods together are taken.
    categories
        Service categories that do not overlap.
    tolerance
        How far each category may be off by rounding, in units of the last digit that the data carry; beyond that a
        total that differs from the sum is refused.

    Returns
    -------
    pandas.DataFrame
        The long frame with columns ``mode``, ``basis`` (``"gross sales"`` for modes 1 to 4, ``"value added"`` for Mode
        5), ``service`` (name) and ``margins`` (true for distribution, whose gross sales are mostly the goods sold).
        Totals by mode follow from :func:`mode_totals`; a total over both bases does not exist.

    Raises
    ------
    TradeError
        Categories that are missing, or that do not add to the published total of their mode.
    """
    _require_modes(frame)
    require_unique(frame, TISMOS_KEYS, place="The data by mode")
    lacking = [code for code in categories if code not in set(frame["activity"])]
    if lacking:
        raise TradeError(
            f"Categories {listing(lacking)} are not in the data by mode.",
            remedy=f"They hold {listing(sorted(frame['activity'].unique()), limit=20)}.",
        )
    part = frame[frame["activity"].isin(categories)].copy()
    _check_total(part, frame[frame["activity"] == TOTAL], tuple(categories), tolerance)
    part["service"] = [service_item(code).name for code in part["activity"]]
    part["margins"] = part["activity"] == MARGINS
    order = {code: place for place, code in enumerate(categories)}
    part = part.assign(_order=part["activity"].map(order)).sort_values(
        ["indicator", "reporter", "year", "_order", "mode"], ignore_index=True
    )
    tables = [part.drop(columns="_order")]
    if mode5 is not None:
        tables.append(_mode5(mode5, part))
    return pd.concat(tables, ignore_index=True)


def _require_modes(frame: pd.DataFrame) -> None:
    require_columns(frame, (*TISMOS_KEYS, "value", "unit", "basis"), place="The data by mode")
    if not set(frame["mode"]) & set(MODES):
        raise TradeError("The data hold none of modes 1 to 4.", remedy="Read them with read_tismos.")


def _check_total(part: pd.DataFrame, total: pd.DataFrame, categories: tuple[str, ...], tolerance: float) -> None:
    if total.empty or set(categories) != set(MODE_CATEGORIES):
        return
    keys = ["indicator", "reporter", "year", "mode"]
    added = part.groupby(keys, as_index=False)[["value"]].sum()
    both = added.merge(total[[*keys, "value"]], on=keys, suffixes=("_added", "_published"))
    gap = (both["value_added"] - both["value_published"]).abs()
    allowed = tolerance * _last_digit(total["value"]) * (len(categories) + 1)
    wrong = both[gap > allowed + 1e-9 * both["value_published"].abs()]
    if len(wrong):
        row = wrong.iloc[0]
        raise TradeError(
            f"Categories of {row['reporter']} {row['year']} {row['mode']} add to {row['value_added']:,.3f}, "
            f"the published total is {row['value_published']:,.3f}: more than rounding.",
            remedy="Check the table for a misread or missing category.",
        )


def _last_digit(values: pd.Series) -> float:
    """Unit of the last digit that the values carry: 100 for billions printed with one decimal."""
    numbers = values.dropna().to_numpy(dtype=np.float64)
    for digits in range(-3, 10):
        if np.allclose(numbers, np.round(numbers, digits), rtol=0, atol=1e-6):
            return float(10.0**-digits)
    return 0.0


def _mode5(mode5: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    require_columns(mode5, ("indicator", "reporter", "year", "value", "unit"), place="The Mode 5 data")
    known = mode5[mode5["indicator"].str.startswith("MODE5") & ~mode5["unit"].str.startswith("PCT")]
    if "activity" in known.columns:
        known = known[known["activity"].isin(_ALL_GOODS)]
    if known.empty:
        raise TradeError(
            "The Mode 5 data hold no level of services value added in goods exports (MODE5_DOM, MODE5_TOT).",
            remedy="Compute it with trade.indicators(table, ['MODE5_DOM']).",
        )
    unit = only(part, "unit", place="The data by mode", remedy="Bring them into one unit.")
    if only(known, "unit", place="The Mode 5 data", remedy="Keep one unit.") != unit:
        raise TradeError(f"Mode 5 is not in {unit}.", remedy="Bring both into one unit.")
    only(known, "indicator", place="The Mode 5 data", remedy="Keep MODE5_DOM (domestic) or MODE5_TOT (all origins).")
    rows = known[known["reporter"].isin(part["reporter"])].copy()
    years = sorted(set(rows["year"]) - set(part["year"]))
    rows["reason"] = f"year differs from modes 1 to 4: {years}" if years else ""
    return services_frame(
        rows.assign(mode="Mode 5", basis=VALUE_ADDED, service="Services value added in goods exports", margins=False)
    )


def mode_totals(table: pd.DataFrame, *, basis: str = GROSS, margins: bool = True) -> pd.DataFrame:
    """Totals by mode within one basis, with each mode's share of them.

    Parameters
    ----------
    table
        From :func:`modes`.
    basis
        ``"gross sales"`` or ``"value added"``. A total of both is refused: sales contain what they were made of.
    margins
        Whether distribution (``SWSJ34``) counts; leave it out to see services apart from the margins on goods.

    Returns
    -------
    pandas.DataFrame
        Columns `indicator, reporter, year, mode, value, share_pct, unit, basis, margins`.
    """
    require_columns(table, ("mode", "basis", "margins", "value", "unit"), place="The table by mode")
    known = sorted(table["basis"].unique())
    if basis not in known:
        raise TradeError(
            f"basis='{basis}' is not one basis of the table.",
            remedy=f"{did_you_mean(basis, known)} Gross sales and value added have no common total.",
        )
    part = table[(table["basis"] == basis) & (margins | ~table["margins"])]
    keys = ["indicator", "reporter", "year"]
    only(part, "unit", place="The table by mode", remedy="Bring it into one unit.")
    totals = part.groupby([*keys, "mode", "unit"], as_index=False)[["value"]].sum(min_count=1)
    whole = totals.groupby(keys)["value"].transform("sum")
    totals["share_pct"] = (100.0 * totals["value"] / whole).where(whole != 0)
    totals = totals.assign(basis=basis, margins=margins)
    result: pd.DataFrame = totals[[*keys, "mode", "value", "share_pct", "unit", "basis", "margins"]]
    return result


def mode_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Share of each of modes 1 to 4 in the gross sales of a service, in percent.

    Parameters
    ----------
    table
        From :func:`modes` or :func:`surveykit.trade.read_tismos`.

    Returns
    -------
    pandas.DataFrame
        The rows of modes 1 to 4 with the value as percent (``PCT``); missing with a reason where nothing is sold.
    """
    _require_modes(table)
    part = table[table["basis"] == GROSS].copy()
    whole = part.groupby(["indicator", "reporter", "year", "activity"])["value"].transform("sum")
    part["value"] = (100.0 * part["value"] / whole).where(whole != 0)
    part["reason"] = part["reason"].mask(whole == 0, "nothing sold in any mode")
    return part.assign(unit="PCT", method="share of modes 1 to 4")
