"""Industries of inter-country tables (ICIO, WIOD, FIGARO, ADB) and activity labels in terms of ISIC Rev. 4.

Tables label industries in their own way (``C10T12``, ``J62_63``, ``C10-C12``, ``71t74``, ``D58T60``). Here every
label becomes a set of ISIC Rev. 4 divisions, and the question "which industries are section J?" gets an answer that
tells whole membership from partial: in WIOD 2013 the industry ``C30`` mixes computer services with M and most of N.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from surveykit.classifications.tables import read_rows
from surveykit.classifications.tree import classification
from surveykit.errors import ClassificationError, did_you_mean, listing

__all__ = [
    "Coverage",
    "Industry",
    "Partial",
    "activity_divisions",
    "industry",
    "industry_scheme",
    "industry_schemes",
    "industry_sections",
    "select_industries",
    "tile_activity",
]

Coverage = Literal["whole", "part"]
Partial = Literal["refuse", "include", "exclude", "main"]

# Industries of WIOD 2013 that no ISIC label can be; its others (C10 to C33) read like divisions of manufacturing.
_NOT_ISIC = frozenset([*(f"C{number:02d}" for number in range(1, 10)), "C34", "C35"])
_SECTION_RANGE = re.compile(r"^([A-U])\s*(?:T|-|–|\.\.)\s*([A-U])$")
_DIVISION_PART = re.compile(r"^([A-U]?)(\d{2})(?:\s*(?:T|t|-|–)\s*[A-U]?(\d{2}))?$")

# Groups under the names that analyses use; SERV leaves construction out, as trade statistics do.
_NAMED: Mapping[str, str] = {
    "_T": "A-U",
    "TOTAL": "A-U",
    "MANUF": "C",
    "GOODS": "A-C",
    "SERV": "G-U",
    "SERVICES": "G-U",
    "BUSINESS_SERVICES": "G-N",
    "ICT_SERVICES": "J",
}


@dataclass(frozen=True)
class Industry:
    """An industry of a table in terms of ISIC Rev. 4.

    Parameters
    ----------
    scheme, code, name
        Where the label comes from; ``scheme`` is ``"isic4"`` for labels read by their structure.
    divisions
        ISIC Rev. 4 division -> ``"whole"`` or ``"part"`` of that division.
    match
        ``"exact"``, or ``"approximate"`` where the table follows another classification (ISIC Rev. 3.1).
    main
        Section that the industry mostly belongs to, a judgement where it holds several.
    """

    scheme: str
    code: str
    name: str
    divisions: Mapping[str, Coverage]
    match: str = "exact"
    main: str = ""

    @property
    def sections(self) -> dict[str, Coverage]:
        """ISIC Rev. 4 section -> whether the industry holds the whole section or a part of it."""
        isic = classification("isic4")
        found: dict[str, Coverage] = {}
        for division in self.divisions:
            section = isic[division].parent
            complete = all(self.divisions.get(other) == "whole" for other in isic.children(section))
            found[section] = "whole" if complete else "part"
        return found


def activity_divisions(activity: str) -> tuple[str, ...]:
    """Read an activity label by its structure: the ISIC Rev. 4 divisions it names.

    Parameters
    ----------
    activity
        A section (``"J"``), a range of sections (``"G-S"``, ``"GTS"``, ``"G..S"``), a list (``"D_E"``, ``"C,J"``),
        divisions (``"J58T60"``, ``"D62T63"``, ``"J62_63"``, ``"01T03"``) or a named group (``"MANUF"``, ``"SERV"``,
        ``"_T"``).

    Raises
    ------
    ClassificationError
        The label cannot be read; nothing is guessed.

    Examples
    --------
    >>> activity_divisions("J62_63")
    ('J62', 'J63')
    >>> activity_divisions("D58T60")
    ('J58', 'J59', 'J60')
    """
    isic = classification("isic4")
    text = _NAMED.get(activity.strip().upper(), activity.strip())
    whole = _one_part(text)
    if whole is None:
        pieces = [piece for piece in re.split(r"[_,;+&]", text) if piece]
        parts = [_one_part(piece.strip()) for piece in pieces]
        if not pieces or any(part is None for part in parts):
            raise ClassificationError(
                f"Activity '{activity}' is not an ISIC Rev. 4 section, division, range or list.",
                remedy="Write for example 'J', 'G-S', 'J58T60', 'J62_63' or 'MANUF'.",
            )
        whole = {division for part in parts if part is not None for division in part}
    return tuple(code for code in isic.codes(2) if code in whole)


def _one_part(text: str) -> set[str] | None:
    isic = classification("isic4")
    if text in isic:
        return set(isic.leaves(text))
    sections = isic.codes(1)
    if found := _SECTION_RANGE.match(text):
        first, last = sections.index(found[1]), sections.index(found[2])
        return {leaf for code in sections[first : last + 1] for leaf in isic.leaves(code)} or None
    if found := _DIVISION_PART.match(text):
        letter, first, last = found[1], int(found[2]), int(found[3] or found[2])
        codes = {code for code in isic.codes(2) if first <= int(code[1:]) <= last}
        # Editions of TiVA before 2023 write D before every division; any other letter must be the section's own.
        return codes if codes and (letter in ("", "D") or {code[0] for code in codes} == {letter}) else None
    return None


@cache
def _scheme(scheme: str) -> Mapping[str, Industry]:
    rows = [row for row in read_rows("industries.csv") if row["scheme"] == scheme]
    if not rows:
        raise ClassificationError(
            f"Industry scheme '{scheme}' is unknown.", remedy=did_you_mean(scheme, industry_schemes())
        )
    found: dict[str, Industry] = {}
    for row in rows:
        divisions: dict[str, Coverage] = {}
        for piece in row["isic4"].split(";"):
            for division in activity_divisions(piece.rstrip("~")):
                divisions[division] = "part" if piece.endswith("~") else "whole"
        entry = Industry(scheme, row["code"], row["name"], divisions, row["match"], row["main"])
        for label in (row["code"], *filter(None, row["aliases"].split(";"))):
            found.setdefault(label, entry)
    return found


def industry_schemes() -> tuple[str, ...]:
    """Names of the tables whose industries are known.

    Examples
    --------
    >>> industry_schemes()
    ('icio2023', 'icio2025', 'wiod16', 'figaro', 'wiod13', 'adb')
    """
    return tuple(dict.fromkeys(row["scheme"] for row in read_rows("industries.csv")))


def industry_scheme(labels: Iterable[str]) -> str | None:
    """Name the table whose industries these labels are; ``None`` when no table has them all.

    The labels ``C01`` to ``C35`` of WIOD 2013 look like ISIC divisions of manufacturing; only the whole set of labels
    tells them apart, so give all labels of the table. Of several tables that fit, the one with the fewest labels wins.

    Examples
    --------
    >>> industry_scheme([f"C{number:02d}" for number in range(1, 36)])
    'wiod13'
    """
    asked = set(labels)
    fits = [scheme for scheme in industry_schemes() if asked <= set(_scheme(scheme))]
    return min(fits, key=lambda scheme: len(_scheme(scheme))) if fits and asked else None


def industry(label: str, scheme: str | None = None) -> Industry:
    """Describe an industry label in terms of ISIC Rev. 4.

    Parameters
    ----------
    label
        Code of the industry, without the country (``"J62_63"``, ``"C30"``).
    scheme
        Table it comes from (see :func:`industry_schemes`); without it the label is read by its structure.

    Examples
    --------
    >>> industry("C30", "wiod13").sections
    {'J': 'part', 'M': 'whole', 'N': 'part'}
    >>> industry("J62_63").sections
    {'J': 'part'}
    """
    if scheme is None:
        divisions = activity_divisions(label)
        sections = {classification("isic4")[division].parent for division in divisions}
        main = sections.pop() if len(sections) == 1 else ""
        return Industry("isic4", label, label, dict.fromkeys(divisions, "whole"), main=main)
    known = _scheme(scheme)
    if label not in known:
        raise ClassificationError(f"Industry '{label}' is not in '{scheme}'.", remedy=did_you_mean(label, known))
    return known[label]


def industry_sections(labels: Iterable[str], scheme: str | None = None) -> dict[str, dict[str, Coverage]]:
    """ISIC Rev. 4 sections of every industry label of a table.

    Parameters
    ----------
    labels
        Industry labels without the country.
    scheme
        Table they come from; found from the labels when not given (:func:`industry_scheme`), else each label is read
        by its structure.

    Returns
    -------
    dict
        label -> section -> ``"whole"`` or ``"part"`` of that section.

    Examples
    --------
    >>> industry_sections(["H53", "J61"])
    {'H53': {'H': 'part'}, 'J61': {'J': 'part'}}
    """
    asked = list(labels)
    chosen = scheme if scheme is not None else industry_scheme(asked)
    return {label: industry(label, chosen).sections for label in asked}


def select_industries(
    labels: Iterable[str], activity: str, *, scheme: str | None = None, partial: Partial = "refuse"
) -> tuple[str, ...]:
    """Industries of a table that make up an activity.

    Parameters
    ----------
    labels
        All industry labels of the table, without the country, in its order.
    activity
        What :func:`activity_divisions` reads (``"J"``, ``"C"``, ``"G-S"``, ``"MANUF"``), or one of the labels itself.
    scheme
        Table the labels come from; found from them when not given.
    partial
        What to do with an industry that holds the activity beside something else: refuse, include or exclude it, or
        put it where its main section lies (``"main"``, for activities made of whole sections).

    Returns
    -------
    tuple of str
        The labels, in the order given.

    Raises
    ------
    ClassificationError
        An industry holds only partly the activity and ``partial="refuse"``; or no industry holds it.

    Examples
    --------
    >>> select_industries(["C26", "H53", "J58T60", "J61", "J62_63", "K"], "J", scheme="icio2023")
    ('J58T60', 'J61', 'J62_63')
    """
    asked = list(labels)
    if partial not in get_args(Partial):
        raise ClassificationError(f"partial='{partial}' is unknown.", remedy=did_you_mean(partial, get_args(Partial)))
    if activity in asked:
        return (activity,)
    chosen = scheme if scheme is not None else industry_scheme(asked)
    wanted = set(activity_divisions(activity))
    entries = {label: industry(label, chosen) for label in asked}
    keep = {label for label, entry in entries.items() if set(entry.divisions) <= wanted}
    mixed = {label: entry for label, entry in entries.items() if label not in keep and set(entry.divisions) & wanted}
    if mixed and partial == "refuse":
        detail = "; ".join(f"{label} = {_spell(entry)}" for label, entry in mixed.items())
        raise ClassificationError(
            f"Activity '{activity}' cannot be told apart in these industries: {detail}.",
            remedy="Name the industries, or pass partial='main', 'include' or 'exclude'.",
        )
    if partial == "include":
        keep |= set(mixed)
    if partial == "main":
        isic = classification("isic4")
        keep |= {label for label, entry in mixed.items() if entry.main and set(isic.leaves(entry.main)) <= wanted}
    if not keep:
        raise ClassificationError(
            f"No industry of the table holds activity '{activity}'.", remedy=f"The table has {listing(asked)}."
        )
    return tuple(label for label in asked if label in keep)


def tile_activity(codes: Iterable[str], activity: str) -> tuple[str, ...]:
    """Choose from the activity codes of a data set those that make up an activity exactly, without overlap.

    Parameters
    ----------
    codes
        Activity codes in the data (``C``, ``J58T60``, ``D62T63``, ``GTT`` ...). Codes that are no ISIC Rev. 4
        activities are left aside.
    activity
        What :func:`activity_divisions` reads (``"J"``, ``"G-S"``).

    Raises
    ------
    ClassificationError
        The codes leave a part of the activity uncovered, or are those of WIOD 2013, which only look like ISIC.

    Examples
    --------
    >>> tile_activity(["C", "J58T60", "J61", "J62_63", "D62T63"], "J")
    ('J58T60', 'J61', 'J62_63')
    """
    held = list(dict.fromkeys(codes))
    if activity in held:
        return (activity,)
    foreign = sorted(set(held) & _NOT_ISIC)
    if foreign:
        raise ClassificationError(
            f"Activities {listing(foreign)} are no ISIC Rev. 4 divisions: the codes are those of WIOD 2013.",
            remedy="Ask for industries of that table by name, or select them with select_industries.",
        )
    wanted = set(activity_divisions(activity))
    spans: dict[str, set[str]] = {}
    for code in held:
        try:
            spans[code] = set(activity_divisions(code))
        except ClassificationError:
            continue
    open_divisions = set(wanted)
    tiles = []
    for code, span in sorted(spans.items(), key=lambda pair: -len(pair[1])):
        if span <= open_divisions:
            tiles.append(code)
            open_divisions -= span
    if open_divisions:
        raise ClassificationError(
            f"The data do not cover activity '{activity}': {listing(sorted(open_divisions))} are missing.",
            remedy=f"They hold {listing(held, limit=20)}; download the missing activities or name another.",
        )
    return tuple(code for code in held if code in tiles)


def _spell(entry: Industry) -> str:
    return "+".join(f"{code}{'' if how == 'whole' else ' (part)'}" for code, how in entry.sections.items())
