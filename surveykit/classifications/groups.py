"""Groups of countries with the time for which they hold, and the areas of trade data that are no country."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from surveykit.classifications.countries import Country, country, find_country, fold_name
from surveykit.classifications.tables import read_rows
from surveykit.errors import ClassificationError, did_you_mean

__all__ = ["Area", "Group", "area", "area_codes", "find_area", "group", "groups"]

# Labels that name more than one composition: refused, because the sums differ by the United Kingdom or Croatia.
_AMBIGUOUS: Mapping[str, tuple[str, ...]] = {
    "eu27": ("EU27_2020", "EU27_2007"),
    "eurozone": ("EA19", "EA20"),
}
_NAMES: Mapping[str, str] = {
    "europeanunion": "EU",
    "euroarea": "EA",
    "eu272020": "EU27_2020",
    "eu272007": "EU27_2007",
    "eu27from2020": "EU27_2020",
    "europeanunion27countriesfrom0122020": "EU27_2020",
    "europeanunion28": "EU28",
    "europeanunion28countries": "EU28",
    "nafta": "USMCA",
}


@dataclass(frozen=True, slots=True)
class Group:
    """A group of countries in one composition.

    Parameters
    ----------
    code, name
        For example ``"EU27_2020"``.
    members
        ISO3 codes, sorted.
    year
        Year the composition is that of (end of the year); ``None`` for a fixed composition or the latest one.
    fixed
        Whether the composition is part of the group's definition (EU28) or changes with the year (EU, ASEAN, OECD).
    """

    code: str
    name: str
    members: tuple[str, ...]
    year: int | None
    fixed: bool

    def __contains__(self, label: object) -> bool:
        if not isinstance(label, str):
            return False
        found = find_country(label)
        return found is not None and found.iso3 in self.members

    def __len__(self) -> int:
        return len(self.members)


@dataclass(frozen=True, slots=True)
class Area:
    """What a column of reporters or partners can hold: a country, a group, the world, the rest of it, or nothing named.

    ``kind`` is ``"country"``, ``"group"`` or ``"aggregate"``.
    """

    code: str
    name: str
    kind: str


@cache
def groups() -> Mapping[str, str]:
    """Code -> name of the groups that ship with the package.

    Examples
    --------
    >>> groups()["G7"]
    'Group of Seven'
    """
    return {row["group"]: row["name"] for row in read_rows("groups.csv")}


def _group_code(label: str) -> str | None:
    folded = fold_name(label)
    if folded in _AMBIGUOUS:
        choices = " or ".join(repr(code) for code in _AMBIGUOUS[folded])
        raise ClassificationError(f"Group '{label}' names more than one composition.", remedy=f"Write {choices}.")
    known = groups()
    if label.strip().upper() in known:
        return label.strip().upper()
    if folded in _NAMES:
        return _NAMES[folded]
    return next((code for code, name in known.items() if fold_name(name) == folded), None)


def group(label: str, *, year: int | None = None) -> Group:
    """Return a group of countries.

    Parameters
    ----------
    label
        ``"EU27_2020"``, ``"EU28"``, ``"EU"``, ``"ASEAN"``, ``"G7"``, ``"OECD"`` ... (see :func:`groups`).
    year
        Composition at the end of that year, for groups whose members change. Without it the latest composition known.
        Fixed compositions (``EU28``, ``EU27_2020``) keep their members in every year, as statistics do.

    Raises
    ------
    ClassificationError
        Unknown group, a label with more than one composition (``"EU27"``), or a year in which the group had no members.

    Examples
    --------
    >>> len(group("EU27_2020")), "GBR" in group("EU", year=2019), "GBR" in group("EU", year=2020)
    (27, True, False)
    """
    code = _group_code(label)
    if code is None:
        remedy = did_you_mean(label, groups())
        if found := find_country(label):
            remedy = f"It is a country: use country('{found.iso3}')."
        raise ClassificationError(f"Group '{label}' is unknown.", remedy=remedy)
    rows = [row for row in read_rows("groups.csv") if row["group"] == code]
    fixed = not any(row["from"] for row in rows)
    moment = f"{year}-12" if year is not None else "9999-12"
    members = sorted(
        row["iso3"]
        for row in rows
        if (row["from"] or "0000-00") <= moment and (not row["until"] or moment < row["until"])
    )
    if not members:
        first = min(row["from"] for row in rows)[:4]
        raise ClassificationError(
            f"Group '{code}' ({groups()[code]}) had no members in {year}.", remedy=f"Its first year is {first}."
        )
    return Group(code, groups()[code], tuple(members), None if fixed else year, fixed)


@cache
def _aggregates() -> Mapping[str, Area]:
    index: dict[str, Area] = {}
    for row in read_rows("areas.csv"):
        for label in (row["code"], row["name"], *filter(None, row["aliases"].split(";"))):
            index.setdefault(fold_name(label), Area(row["code"], row["name"], "aggregate"))
    return index


def find_area(label: str | int) -> Area | None:
    """Return the area of a label, or ``None``; see :func:`area`."""
    found = find_country(label)
    if found is not None:
        return Area(found.iso3, found.name, "country")
    text = str(label)
    aggregate = _aggregates().get(fold_name(text))
    if aggregate is not None:
        return aggregate
    code = _group_code(text)
    return Area(code, groups()[code], "group") if code else None


def area(label: str | int) -> Area:
    """Find a country, group or aggregate (world, rest of the world) by any label in use.

    Examples
    --------
    >>> [area(label).code for label in ("WL", "W", "JP", "European Union", "RoW")]
    ['WLD', 'WLD', 'JPN', 'EU', 'ROW']
    """
    found = find_area(label)
    if found is None:
        remedy = did_you_mean(str(label), [*groups(), *(entry.name for entry in _all_countries())])
        raise ClassificationError(f"Area '{label}' is unknown.", remedy=remedy)
    return found


def area_codes(labels: Iterable[str | int]) -> dict[str | int, str]:
    """Codes of many areas at once: ISO3 for countries, group code, ``WLD``, ``ROW``.

    Raises
    ------
    ClassificationError
        One error that lists every unknown label.

    Examples
    --------
    >>> area_codes(["AR", "WL"])
    {'AR': 'ARG', 'WL': 'WLD'}
    """
    found = {label: find_area(label) for label in dict.fromkeys(labels)}
    unknown = [label for label, entry in found.items() if entry is None]
    if unknown:
        names = [*groups(), *(entry.name for entry in _all_countries())]
        hints = "; ".join(f"'{label}': {did_you_mean(str(label), names)}" for label in unknown[:8])
        raise ClassificationError(f"{len(unknown)} area(s) are unknown.", remedy=hints)
    return {label: entry.code for label, entry in found.items() if entry is not None}


def _all_countries() -> tuple[Country, ...]:
    return tuple(country(row["iso3"]) for row in read_rows("countries.csv"))
