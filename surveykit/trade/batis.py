"""Balanced trade in services (BaTiS, OECD-WTO): both mirrors, streamed with filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from surveykit.classifications.groups import find_area
from surveykit.classifications.services import service_items
from surveykit.classifications.tree import classification
from surveykit.errors import TradeError, did_you_mean, listing
from surveykit.trade.delimited import Keep, match_headers, read_filtered, read_header
from surveykit.trade.frames import SERVICES_KEYS, area_filter, require_unique, services_frame
from surveykit.trade.panels import year_column

__all__ = ["BatisValue", "read_batis"]

BatisValue = Literal["balanced", "final", "reported"]

# Our name -> spellings of the WTO mirror, the OECD mirror and earlier editions.
_HEADERS: Mapping[str, Sequence[str]] = {
    "reporter": ("Reporter", "REF_AREA"),
    "partner": ("Partner", "COUNTERPART_AREA"),
    "flow": ("Flow", "ACCOUNTING_ENTRY"),
    "item": ("Item_code", "Item", "MEASURE"),
    "year": ("Year", "TIME_PERIOD"),
    "reported": ("Reported_value",),
    "final": ("Final_value",),
    "balanced": ("Balanced_value",),
    "methodology": ("Final_value_methodology", "(Final_value_)Methodology", "Methodology"),
}
_FLOWS: Mapping[str, str] = {
    "X": "EXPORTS",
    "EXP": "EXPORTS",
    "EXPORT": "EXPORTS",
    "EXPORTS": "EXPORTS",
    "C": "EXPORTS",
    "M": "IMPORTS",
    "IMP": "IMPORTS",
    "IMPORT": "IMPORTS",
    "IMPORTS": "IMPORTS",
    "D": "IMPORTS",
}


def read_batis(
    path: str | Path,
    *,
    value: BatisValue,
    reporters: str | Iterable[str] | None = None,
    partners: str | Iterable[str] | None = None,
    items: str | Iterable[str] | None = None,
    flows: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
    edition: str | None = None,
    methodology: bool = False,
    max_rows: int = 5_000_000,
) -> pd.DataFrame:
    """Read BaTiS from the WTO or the OECD mirror.

    The bulk file has about 3 GB; it is streamed in blocks and only the rows asked for are kept.

    Parameters
    ----------
    path
        CSV, CSV in gzip or zip, or Parquet.
    value
        Which of the three series: ``"reported"`` as published by the economy, ``"final"`` with gaps filled, or
        ``"balanced"``, in which exports to a partner equal that partner's imports. They differ, so one must be chosen:
        for Argentina's computer and telecommunication services in 2023 balanced is 45 percent below final.
    reporters, partners
        Economies, groups or ``"WLD"``, by any code or name; all when not given.
    items
        EBOPS 2010 items (``"S"``, ``"SI"``, ``"SJ2"``).
    flows
        ``"exports"``, ``"imports"`` or both.
    years
        One year or several.
    edition
        Edition of the file, kept in the result; taken from the file name when not given.
    methodology
        Add the column ``methodology``, the file's note on how each final value came about.
    max_rows
        Refuse instead of filling the memory when more rows match.

    Returns
    -------
    pandas.DataFrame
        Long frame: indicator ``EXPORTS`` or ``IMPORTS``, areas as ISO3,
        activity an EBOPS item, value in USD million (``USD_MN``), method the series chosen. A value that the file lacks
        is missing; only ``"reported"`` has such gaps.

    Raises
    ------
    TradeError
        ``value`` not one of the three, unknown items, rows twice, or a filter that nothing matches.
    ReadError
        Columns not found, damaged file.
    ClassificationError
        An economy that is not known.

    Notes
    -----
    Source: OECD-WTO Balanced Trade in Services, BPM6 edition.
    """
    if value not in get_args(BatisValue):
        raise TradeError(
            f"value='{value}' is not a series of BaTiS.", remedy=did_you_mean(str(value), get_args(BatisValue))
        )
    place = Path(path).name
    header, _ = read_header(path)
    wanted = ("reporter", "partner", "flow", "item", "year", value, *(("methodology",) if methodology else ()))
    columns = match_headers(header, {name: _HEADERS[name] for name in wanted}, place=place)
    chosen_items = _item_filter(items)
    keep: dict[str, Keep] = {
        "reporter": partial(_keep_area, area_filter(reporters)),
        "partner": partial(_keep_area, area_filter(partners)),
        "flow": _keep_flow(flows),
        "item": partial(_keep_in, chosen_items),
        "year": partial(_keep_in, _year_filter(years)),
    }
    table = read_filtered(path, columns, keep=keep, numbers=(value,), max_rows=max_rows)
    rows = table.to_pandas().rename(columns={"item": "activity", "flow": "indicator", value: "value"})
    _require_rows(chosen_items, rows, place)
    rows["year"] = year_column(rows["year"], place=place)
    stated = edition if edition is not None else place
    frame = services_frame(rows, unit="USD_MN", method=value, source="OECD-WTO BaTiS", edition=stated)
    frame["reason"] = frame["reason"].mask(frame["value"].isna(), f"no {value} value in the file")
    require_unique(frame, SERVICES_KEYS, place=f"'{place}'")
    return frame.sort_values(list(SERVICES_KEYS), ignore_index=True)


def _keep_area(wanted: frozenset[str] | None, label: str) -> str | None:
    found = find_area(label)
    code = found.code if found is not None else label
    return code if wanted is None or code in wanted else None


def _keep_in(wanted: frozenset[str] | None, label: str) -> str | None:
    return label if wanted is None or label in wanted else None


def _keep_flow(flows: str | Iterable[str] | None) -> Callable[[str], str | None]:
    asked = None if flows is None else [flows] if isinstance(flows, str) else list(flows)
    unknown = [flow for flow in asked or [] if flow.upper() not in _FLOWS]
    if unknown:
        raise TradeError(f"Flow {listing(unknown)} is unknown.", remedy="Write 'exports' or 'imports'.")
    wanted = None if asked is None else {_FLOWS[flow.upper()] for flow in asked}

    def keep(label: str) -> str | None:
        flow = _FLOWS.get(label.strip().upper())
        if flow is None:
            raise TradeError(f"Flow '{label}' in the file is unknown.", remedy=f"Known are {listing(_FLOWS)}.")
        return flow if wanted is None or flow in wanted else None

    return keep


def _item_filter(items: str | Iterable[str] | None) -> frozenset[str] | None:
    if items is None:
        return None
    asked = [items] if isinstance(items, str) else list(items)
    tree = classification("ebops2010")
    known = [*tree.codes(), *service_items()]
    unknown = [item for item in asked if item not in known]
    if unknown:
        hints = " ".join(f"'{item}': {did_you_mean(item, known)}" for item in unknown)
        raise TradeError(f"{len(unknown)} item(s) are not in EBOPS 2010.", remedy=hints)
    return frozenset(asked)


def _year_filter(years: int | Iterable[int] | None) -> frozenset[str] | None:
    if years is None:
        return None
    return frozenset(str(year) for year in ([years] if isinstance(years, int) else years))


def _require_rows(wanted: frozenset[str] | None, rows: pd.DataFrame, place: str) -> None:
    if rows.empty:
        raise TradeError(
            f"Nothing in '{place}' matches the filters.", remedy="Check reporters, partners, items and years."
        )
    present = rows["activity"]
    lacking = sorted((wanted or frozenset()) - set(present.unique()))
    if lacking:
        raise TradeError(
            f"Items {listing(lacking)} are not in '{place}' for these filters.",
            remedy=f"It holds {listing(sorted(present.unique()), limit=15)}.",
        )
