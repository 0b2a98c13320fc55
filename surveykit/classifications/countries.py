"""Countries by ISO 3166 and M49 codes and by the names that documents write (ROK, U.K., Viet Nam)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from surveykit.classifications.tables import read_rows
from surveykit.errors import ClassificationError, did_you_mean

__all__ = ["Country", "check_countries", "countries", "country", "find_country", "fold_name"]


@dataclass(frozen=True, slots=True)
class Country:
    """An economy with its codes.

    Parameters
    ----------
    iso3, iso2, m49
        Codes; ``m49`` keeps its leading zeros and is empty where the United Nations give none.
    name
        English short name.
    valid_from, valid_to
        Years of a code that is no longer in force (``None`` for those in force).
    note
        What became of a code that is no longer in force.
    """

    iso3: str
    iso2: str
    m49: str
    name: str
    valid_from: int | None = None
    valid_to: int | None = None
    note: str = ""


def fold_name(name: str) -> str:
    """Reduce a name to what it is recognised by: no accents, case, punctuation or leading article.

    Examples
    --------
    >>> fold_name("  The U.K. "), fold_name("Côte d’Ivoire"), fold_name("Saint Kitts & Nevis")
    ('uk', 'cotedivoire', 'stkittsandnevis')
    """
    plain = unicodedata.normalize("NFKD", name.replace("&", " and "))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    words = re.sub(r"[^\w\s]", " ", re.sub(r"['’.]", "", plain)).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return "".join("st" if word == "saint" else word for word in words)


@cache
def countries(*, former: bool = False) -> Mapping[str, Country]:
    """ISO3 -> :class:`Country`, those in force; with ``former=True`` also codes that are not any more.

    Examples
    --------
    >>> countries()["JPN"].m49
    '392'
    """
    found = {}
    for row in read_rows("countries.csv"):
        if row["valid_to"] and not former:
            continue
        start, end = (int(row[key]) if row[key] else None for key in ("valid_from", "valid_to"))
        found[row["iso3"]] = Country(row["iso3"], row["iso2"], row["m49"], row["name"], start, end, row["note"])
    return found


@cache
def _by_code() -> Mapping[str, str]:
    index: dict[str, str] = {}
    for key in ("iso3", "iso2", "m49"):
        for row in read_rows("countries.csv"):
            if row[key]:
                index.setdefault(row[key], row["iso3"])
    return index


@cache
def _by_name() -> Mapping[str, str]:
    index: dict[str, str] = {}
    for row in read_rows("countries.csv"):
        for name in (row["name"], *filter(None, row["aliases"].split(";"))):
            index.setdefault(fold_name(name), row["iso3"])
    return index


def find_country(label: str | int) -> Country | None:
    """Return the country of a label, or ``None``; see :func:`country`."""
    text = f"{label:03d}" if isinstance(label, int) else label.strip()
    code = _by_code().get(text.upper()) or _by_name().get(fold_name(text))
    return countries(former=True)[code] if code else None


def country(label: str | int, *, year: int | None = None) -> Country:
    """Find a country by any code or name in use.

    Parameters
    ----------
    label
        ISO2, ISO3, M49 (number or text), or a name as documents write it.
    year
        Year of the data; a code that was not in force then is refused.

    Raises
    ------
    ClassificationError
        Unknown label (the message lists the nearest names), a group of countries, or a code not in force in ``year``.

    Examples
    --------
    >>> [country(label).iso3 for label in ("ROK", "U.K.", "Viet Nam", "Taiwan", "JP", 276)]
    ['KOR', 'GBR', 'VNM', 'TWN', 'JPN', 'DEU']
    """
    found = find_country(label)
    if found is None:
        raise ClassificationError(f"Country '{label}' is unknown.", remedy=_hint(str(label)))
    if year is not None:
        early = found.valid_from is not None and year < found.valid_from
        late = found.valid_to is not None and year > found.valid_to
        if early or late:
            raise ClassificationError(
                f"Code '{found.iso3}' ({found.name}) was in force {found.valid_from}-{found.valid_to}, not in {year}.",
                remedy=f"It was {found.note}." if found.note else None,
            )
    return found


def _hint(label: str) -> str:
    groups = {row["group"] for row in read_rows("groups.csv")}
    if label.upper() in groups:
        return f"It is a group of countries: use group('{label.upper()}')."
    return did_you_mean(label, _spellings())


@cache
def _spellings() -> tuple[str, ...]:
    return tuple(
        name for row in read_rows("countries.csv") for name in (row["name"], *filter(None, row["aliases"].split(";")))
    )


def check_countries(labels: Iterable[str | int]) -> dict[str | int, str]:
    """Map many labels to ISO3 at once; one error lists all that are unknown."""
    found = {label: find_country(label) for label in dict.fromkeys(labels)}
    unknown = [label for label, entry in found.items() if entry is None]
    if unknown:
        hints = " ".join(f"'{label}': {_hint(str(label))}" for label in unknown)
        raise ClassificationError(f"{len(unknown)} countries are unknown.", remedy=hints)
    return {label: entry.iso3 for label, entry in found.items() if entry is not None}
