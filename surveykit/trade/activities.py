"""Which industries of a table an activity means: a code of the table, an ISIC section, a range or a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from surveykit.classifications.industries import activity_divisions, industry, select_industries
from surveykit.errors import ClassificationError, TradeError, did_you_mean, listing

__all__ = ["Activity", "carries_sections", "find_activities", "find_activity"]

# Section letter, section letter with division(s), or bare division(s): C, C10T12, J62_63, D58T60, 71t74, M69_M70.
_ISIC_LABEL = re.compile(r"^(?:[A-U](?:_[A-U])*|[A-U]?\d{2}[A-Z]?(?:[Tt_-][A-U]?\d{2})*)$")


@dataclass(frozen=True)
class Activity:
    """A set of industries under one name.

    Parameters
    ----------
    code
        Name in results: what was asked for, a list joined with ``+``, ``_T`` for all.
    industries
        Codes of the table, in its order.
    note
        What the reader should know about an approximate match; empty when the match is exact.
    """

    code: str
    industries: tuple[str, ...]
    note: str = ""


def carries_sections(codes: Sequence[str], scheme: str | None) -> bool:
    """Whether ISIC sections can be found among these industries at all.

    Without a known scheme every label must itself be written in ISIC terms: a label such as ``GOODS`` means whatever
    its author put into it.
    """
    return scheme is not None or all(_ISIC_LABEL.match(code) for code in codes)


def find_activity(
    codes: Sequence[str],
    asked: str | Iterable[str] | None,
    *,
    scheme: str | None = None,
    members: Mapping[str, tuple[str, ...]] | None = None,
) -> Activity:
    """Resolve what was asked into industries of the table.

    Parameters
    ----------
    codes
        Industry codes of the table.
    asked
        ``None`` or ``"_T"`` for all; a code of the table; an ISIC Rev. 4 section, range or group (``"C"``, ``"G-S"``,
        ``"SERV"``); or a list of these, whose members are added.
    scheme
        Classification of the codes.
    members
        For an aggregated table: code -> codes of the scheme it was made of.

    Raises
    ------
    TradeError
        The table cannot tell the activity apart from others.

    Examples
    --------
    >>> find_activity(["C26", "J58T60", "J61", "J62_63", "K"], "J").industries
    ('J58T60', 'J61', 'J62_63')
    >>> find_activity([f"C{n:02d}" for n in range(1, 36)], "J", scheme="wiod13").industries
    ('C27',)
    """
    if asked is None or asked == "_T":
        return Activity("_T", tuple(codes))
    if isinstance(asked, str):
        return _one(codes, asked, scheme, members or {})
    wanted = list(asked)
    if not wanted:
        raise TradeError("An empty list of industries was asked for.", remedy="Leave it out for all industries.")
    parts = [_one(codes, name, scheme, members or {}, together=wanted) for name in wanted]
    chosen = {code for part in parts for code in part.industries}
    notes = " ".join(dict.fromkeys(part.note for part in parts if part.note))
    return Activity("+".join(wanted), tuple(code for code in codes if code in chosen), notes)


def find_activities(
    codes: Sequence[str],
    asked: str | Iterable[str] | None,
    *,
    scheme: str | None = None,
    members: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Activity, ...]:
    """Resolve like :func:`find_activity`, where ``"each"`` gives every industry of the table by itself."""
    if asked == "each":
        return tuple(Activity(code, (code,)) for code in codes)
    return (find_activity(codes, asked, scheme=scheme, members=members),)


def _one(
    codes: Sequence[str],
    asked: str,
    scheme: str | None,
    members: Mapping[str, tuple[str, ...]],
    together: Sequence[str] = (),
) -> Activity:
    if asked in codes:
        return Activity(asked, (asked,))
    if not carries_sections([part for code in codes for part in members.get(code, (code,))], scheme):
        raise TradeError(
            f"Activity '{asked}' is not an industry of the table, whose labels carry no ISIC sections "
            f"({listing(codes)}).",
            remedy=f"{did_you_mean(asked, codes)} Or name several industries in a list.",
        )
    whole = [part for code in codes for part in members.get(code, (code,))]
    selected, note = _select(whole, asked, scheme, codes, together)
    chosen, mixed = [], []
    for code in codes:
        inside = [part in selected for part in members.get(code, (code,))]
        if all(inside):
            chosen.append(code)
        elif any(inside):
            mixed.append(code)
    if mixed or not chosen:
        raise TradeError(
            f"Activity '{asked}' cannot be told apart in the aggregated industries {listing(mixed or codes)}.",
            remedy="Name the industries themselves, or aggregate less.",
        )
    return Activity(asked, tuple(chosen), note)


def _select(
    whole: Sequence[str], asked: str, scheme: str | None, codes: Sequence[str], together: Sequence[str]
) -> tuple[set[str], str]:
    """Select the exact industries of an activity; where the table follows another classification, the nearest ones."""
    try:
        return set(select_industries(whole, asked, scheme=scheme)), ""
    except ClassificationError as error:
        approximate = scheme is not None and any(industry(code, scheme).match == "approximate" for code in whole)
        union = _select_together(whole, asked, scheme, together)
        if union:
            return union, ""
        if not approximate:
            raise TradeError(error.what, remedy=_remedy(asked, codes, error)) from error
    try:
        chosen = select_industries(whole, asked, scheme=scheme, partial="main")
    except ClassificationError as error:
        raise TradeError(error.what, remedy=_remedy(asked, codes, error)) from error
    touched = set(select_industries(whole, asked, scheme=scheme, partial="include"))
    mixed = [code for code in whole if code in touched and _is_mixed(code, asked, scheme)]
    return set(chosen), (
        f"{asked} is approximate in {scheme}: taken as {'+'.join(_spans(whole, chosen))}; "
        f"{', '.join(mixed)} hold it beside other activities."
    )


def _select_together(whole: Sequence[str], asked: str, scheme: str | None, together: Sequence[str]) -> set[str]:
    """Industries inside several activities asked for as one list, such as ``M69T82`` inside M and N."""
    sections = [name for name in together if name not in whole]
    if len(sections) < 2 or asked not in sections:
        return set()
    try:
        return set(select_industries(whole, "_".join(sections), scheme=scheme))
    except ClassificationError:
        return set()


def _is_mixed(code: str, asked: str, scheme: str | None) -> bool:
    return not set(industry(code, scheme).divisions) <= set(activity_divisions(asked))


def _spans(whole: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """Shorten runs of neighbouring codes: C03, C04, C05 becomes C03-C05."""
    runs: list[list[str]] = []
    for position, code in enumerate(whole):
        if code not in chosen:
            continue
        if runs and position and whole[position - 1] == runs[-1][-1]:
            runs[-1].append(code)
        else:
            runs.append([code])
    return [run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]


def _remedy(asked: str, codes: Sequence[str], error: ClassificationError) -> str:
    if "cannot be told apart" in error.what:
        return "Name industries of the table instead, one or a list of them."
    return f"{did_you_mean(asked, codes)} Sections are written 'C', ranges 'G-S'."
