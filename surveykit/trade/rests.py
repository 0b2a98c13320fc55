"""Some economies, and what the others make up: parts that add to the world."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from surveykit.classifications.groups import area
from surveykit.errors import TradeError, listing
from surveykit.trade.frames import SERVICES_KEYS, WORLD, chosen, only, require_columns, require_unique, services_frame

__all__ = ["REST", "exports_plus_imports", "in_unit", "with_rest"]

#: Code of what is left over.
REST = "_REST"
_MILLIONS = {"USD_MN": 1.0, "USD_100MN": 100.0, "USD_BN": 1000.0}


def with_rest(
    frame: pd.DataFrame, economies: Iterable[str], *, side: Literal["reporter", "partner"] = "reporter"
) -> pd.DataFrame:
    """Keep some economies and add what the rest of the world makes up.

    Parameters
    ----------
    frame
        Services-trade series that hold the world among the reporters or partners.
    economies
        Economies of the figure, by any code or name, in its order.
    side
        Whether they are reporters (who exports) or partners (to whom).

    Returns
    -------
    pandas.DataFrame
        Their rows, in their order, and one row ``_REST`` for each series and year: the world less their sum. It is
        missing, with the reason, where one of them or the world is missing.

    Raises
    ------
    TradeError
        No world in the data, or economies that add to more than the world.

    Examples
    --------
    >>> rows = [{"indicator": "EXPORTS", "reporter": r, "partner": "WLD", "activity": "SI", "year": 2023, "value": v,
    ...          "unit": "USD_BN", "method": "final", "source": "Invented", "edition": "1"}
    ...         for r, v in (("WLD", 100.0), ("IRL", 20.0), ("IND", 15.0))]
    >>> with_rest(pd.DataFrame(rows), ["Ireland", "India"])[["reporter", "value"]].values.tolist()
    [['IRL', 20.0], ['IND', 15.0], ['_REST', 65.0]]
    """
    if side not in ("reporter", "partner"):
        raise TradeError(f"side='{side}' is unknown.", remedy="Write 'reporter' or 'partner'.")
    keys = [name for name in (*SERVICES_KEYS, "unit", "method", "source", "edition") if name != side]
    require_columns(frame, (*keys, side, "value"), place="The data")
    require_unique(frame, (*keys, side), place="The data")
    codes = [area(label).code for label in economies]
    whole = frame[frame[side] == WORLD][[*keys, "value"]].rename(columns={"value": "world"})
    if whole.empty:
        raise TradeError(f"The data hold no {side} '{WORLD}', so there is no rest.", remedy="Read the world too.")
    parts = chosen(frame, side, codes, place="The data")
    wide = parts.pivot(index=keys, columns=side, values="value").reindex(columns=codes)
    other = wide.index.get_level_values("partner" if side == "reporter" else "reporter")
    for code in codes:  # nobody trades with itself, so that flow is not missing
        wide[code] = wide[code].mask((other == code) & wide[code].isna(), 0.0)
    rest = whole.set_index(keys)["world"].reindex(wide.index) - wide.sum(axis=1, skipna=False)
    over = rest < -1e-6 * wide.sum(axis=1).abs()
    if over.any():
        first = dict(zip(keys, rest.index[np.flatnonzero(over.to_numpy())[0]], strict=True))
        raise TradeError(
            f"{listing(codes, limit=12)} add to more than the world in {first['year']} ({first['activity']}).",
            remedy="Take series of one source and method, and economies that do not overlap.",
        )
    left = rest.rename("value").reset_index()
    left[side] = REST
    left["reason"] = np.where(left["value"].isna(), "an economy or the world is missing", "")
    both = pd.concat([parts, services_frame(left)], ignore_index=True)
    order = {code: place for place, code in enumerate([*codes, REST])}
    return both.sort_values(["year", side], key=lambda column: column.map(order) if column.name == side else column,
                            kind="stable", ignore_index=True)  # fmt: skip


def exports_plus_imports(frame: pd.DataFrame) -> pd.DataFrame:
    """Trade in both directions: exports plus imports.

    Returns
    -------
    pandas.DataFrame
        Long frame, indicator ``TRADE``, in the unit of the input; where one side is missing the sum is missing, and
        ``reason`` says which.
    """
    keys = ["reporter", "partner", "activity", "year", "unit", "method", "source", "edition"]
    require_columns(frame, ("indicator", *keys, "value"), place="The data")
    require_unique(frame, ("indicator", *keys), place="The data")
    wide = frame.pivot(index=keys, columns="indicator", values="value").reindex(columns=["EXPORTS", "IMPORTS"])
    result = wide.index.to_frame(index=False)
    result["value"] = wide.sum(axis=1, skipna=False).to_numpy()
    missing = wide.isna().to_numpy()
    sides = np.array(["exports", "imports"])
    result["reason"] = ["missing: " + " and ".join(sides[row]) if row.any() else "" for row in missing]
    return services_frame(result, indicator="TRADE")


def in_unit(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Money values in another unit, as billions for print.

    Parameters
    ----------
    frame
        Series in one money unit.
    unit
        ``"USD_MN"``, ``"USD_100MN"`` or ``"USD_BN"``.

    Raises
    ------
    TradeError
        If the frame holds several units, or one that is no money.
    """
    now = only(frame, "unit", place="The data", remedy="Bring them into one unit.")
    for name in (now, unit):
        if name not in _MILLIONS:
            raise TradeError(f"Unit '{name}' is no money unit.", remedy=f"Use one of {listing(_MILLIONS)}.")
    return frame.assign(value=frame["value"] * _MILLIONS[now] / _MILLIONS[unit], unit=unit)
