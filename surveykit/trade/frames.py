"""The long frame of services trade, and the checks that its users need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from surveykit.classifications.countries import find_country
from surveykit.classifications.groups import area, find_area
from surveykit.errors import ColumnError, TradeError, listing

__all__ = [
    "NOT_APPLICABLE",
    "SERVICES_COLUMNS",
    "SERVICES_KEYS",
    "WORLD",
    "area_filter",
    "chosen",
    "is_country",
    "only",
    "require_columns",
    "require_unique",
    "services_frame",
]

SERVICES_COLUMNS: tuple[str, ...] = (
    "indicator",
    "reporter",
    "partner",
    "activity",
    "origin_area",
    "origin_activity",
    "year",
    "value",
    "unit",
    "method",
    "source",
    "edition",
    "reason",
)
# What identifies one number of a services-trade series.
SERVICES_KEYS: tuple[str, ...] = ("indicator", "reporter", "partner", "activity", "year")
WORLD = "WLD"
NOT_APPLICABLE = "_Z"  # a dimension that the indicator does not have

_EMPTY: Mapping[str, str] = {
    "partner": NOT_APPLICABLE,
    "activity": NOT_APPLICABLE,
    "origin_area": NOT_APPLICABLE,
    "origin_activity": NOT_APPLICABLE,
    "reason": "",
}


def services_frame(
    rows: pd.DataFrame | Sequence[Mapping[str, object]], **constants: str | float | None
) -> pd.DataFrame:
    """Bring rows into the long frame: its columns first and in order, further columns after them.

    Parameters
    ----------
    rows
        Frame or records with some of the columns.
    **constants
        Columns that hold one value. A dimension that neither names is ``_Z``, not applicable.

    Returns
    -------
    pandas.DataFrame
        Columns `indicator, reporter, partner, activity, origin_area, origin_activity, year, value, unit, method,
        source, edition, reason`; text as ``str``, year as ``Int64``, value as ``float64``. ``reason`` says why a value
        is missing.

    Examples
    --------
    >>> frame = services_frame([{"reporter": "JPN", "value": 1.0}], indicator="EXPORTS", unit="USD_MN")
    >>> frame[["indicator", "reporter", "value", "unit"]].to_dict("records")
    [{'indicator': 'EXPORTS', 'reporter': 'JPN', 'value': 1.0, 'unit': 'USD_MN'}]
    """
    frame = pd.DataFrame(rows).copy()
    for name, value in constants.items():
        frame[name] = value
    for name in SERVICES_COLUMNS:
        if name not in frame.columns:
            frame[name] = _EMPTY.get(name)
        elif name in _EMPTY:
            frame[name] = frame[name].fillna(_EMPTY[name])
    extra = [name for name in frame.columns if name not in SERVICES_COLUMNS]
    frame = frame[[*SERVICES_COLUMNS, *extra]].reset_index(drop=True)
    texts = [name for name in SERVICES_COLUMNS if name not in {"year", "value"}]
    return frame.astype(dict.fromkeys(texts, "str") | {"year": "Int64", "value": "float64"})


def require_columns(frame: pd.DataFrame, names: Iterable[str], *, place: str) -> None:
    """Raise :class:`ColumnError` for the first column that is not there."""
    for name in names:
        if name not in frame.columns:
            raise ColumnError(name, [str(column) for column in frame.columns], place=place)


def require_unique(frame: pd.DataFrame, keys: Sequence[str], *, place: str) -> None:
    """Refuse a frame in which two rows say the value of one thing.

    Raises
    ------
    TradeError
        Names the first repeated keys; summing over them would count twice.
    """
    repeated = frame[frame.duplicated(list(keys), keep="first")]
    if len(repeated):
        first = ", ".join(f"{key}={value}" for key, value in repeated.iloc[0][list(keys)].items())
        raise TradeError(
            f"{place} holds {len(repeated)} row(s) twice, the first: {first}.",
            remedy="Keep one edition and one value per row, or filter by method, source or edition.",
        )


def only(frame: pd.DataFrame, column: str, *, place: str, remedy: str) -> str:
    """Return the one value that a column holds, or refuse."""
    values = sorted(frame[column].dropna().unique())
    if len(values) != 1:
        what = f"more than one {column}: {listing(values)}" if values else f"no {column}"
        raise TradeError(f"{place} holds {what}.", remedy=remedy)
    return str(values[0])


def area_filter(labels: str | Iterable[str] | None) -> frozenset[str] | None:
    """Turn reporters or partners as a user writes them into codes; ``None`` means all."""
    if labels is None:
        return None
    asked = [labels] if isinstance(labels, str) else list(labels)
    return frozenset(area(label).code for label in asked)


def chosen(frame: pd.DataFrame, column: str, wanted: object, *, place: str) -> pd.DataFrame:
    """Rows whose column has one of the values wanted (``None`` = all); refuses values that no row has.

    Economies are taken by any code or name.
    """
    if wanted is None:
        return frame
    values = [wanted] if isinstance(wanted, str | int) else list(wanted)  # type: ignore[call-overload]
    if column in ("reporter", "partner"):
        held = set(frame[column])
        values = [value if value in held else _code(str(value)) for value in values]
    lacking = [value for value in values if not (frame[column] == value).any()]
    if lacking:
        raise TradeError(
            f"{place} has no {column} {listing(lacking)}.",
            remedy=f"It has {listing(sorted(frame[column].unique().tolist()), limit=15)}.",
        )
    return frame[frame[column].isin(values)]


def _code(label: str) -> str:
    found = find_area(label)
    return found.code if found is not None else label


def is_country(code: object) -> bool:
    """Whether a reporter or partner code is a single economy (not the world, not a group)."""
    return isinstance(code, str) and find_country(code) is not None
