"""Digital-related trade under every definition, and whether a headline survives the change of definition."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from surveykit.classifications.definitions import Definition, Resolution, definition, definitions
from surveykit.classifications.groups import area
from surveykit.classifications.services import express
from surveykit.errors import ClassificationError, TradeError, listing
from surveykit.trade.frames import WORLD, chosen, require_columns, services_frame
from surveykit.trade.services import sum_items

__all__ = ["by_closeness", "definition_series", "digital_balances", "join_series", "series_growth_inputs"]

_APART: tuple[str, ...] = ("definition", "unit", "method", "source", "edition")


def definition_series(frame: pd.DataFrame, name: str, *, approximate: bool = False) -> pd.DataFrame:
    """Exports and imports of digital-related trade under one definition.

    Parameters
    ----------
    frame
        Services-trade series (EBOPS items), or value-added indicators for ``"oecd_tiva_J"``.
    name
        A definition: ``"matsuse2023"``, ``"meti2025"``, ``"csis2025"``, ``"unctad_dds"``, ``"oecd_tiva_J"``.
    approximate
        Allow an item of a national classification to be replaced by the nearest EBOPS items; the method says so.

    Returns
    -------
    pandas.DataFrame
        Long frame with a column ``definition``; ``activity`` is the definition too, so that series of two definitions
        never meet under one key.

    Raises
    ------
    ClassificationError
        The data cannot resolve the definition; the message says what to use instead.
    """
    rule = definition(name)
    pair = frame[frame["indicator"].isin([rule.exports, rule.imports])]
    if pair.empty:
        raise ClassificationError(
            f"Definition '{name}' needs the indicators '{rule.exports}' and '{rule.imports}'; the data hold "
            f"{listing(sorted(frame['indicator'].unique()))}.",
            remedy="Give value-added data (indicators or read_tiva)."
            if rule.kind == "value added"
            else "Give trade data.",
        )
    parts = []
    for indicator, label in ((rule.exports, "EXPORTS"), (rule.imports, "IMPORTS")):
        side = pair[pair["indicator"] == indicator]
        if side.empty:
            continue
        if rule.kind == "value added":
            side = side[side["partner"].isin(["W", WORLD, "_Z"]) & ~side["unit"].str.startswith("PCT")]
            side = side.assign(partner=WORLD)
        solved = _resolve(rule, side, label, approximate=approximate)
        summed = sum_items(side, solved.terms, label=name).assign(indicator=label)
        if solved.note:
            summed["method"] = summed["method"] + f"; {solved.note}"
        parts.append(summed)
    return services_frame(pd.concat(parts, ignore_index=True)).assign(definition=name, basis=rule.basis)


def _resolve(rule: Definition, side: pd.DataFrame, label: str, *, approximate: bool) -> Resolution:
    try:
        return rule.resolve(side["activity"].unique(), approximate=approximate)
    except ClassificationError as error:
        raise ClassificationError(error.what, where=label.capitalize(), remedy=error.remedy) from None


def digital_balances(
    *frames: pd.DataFrame,
    reporter: str,
    year: int,
    only_definitions: Iterable[str] | None = None,
    partner: str = WORLD,
    approximate: bool = False,
) -> pd.DataFrame:
    """Balance of digital-related trade under every definition, in one call.

    Parameters
    ----------
    *frames
        Data sets; each definition takes the first that resolves it, and never mixes two.
    reporter, year, partner
        Whose balance, when, with whom.
    only_definitions
        Names of definitions; all when not given.
    approximate
        As in :func:`definition_series`.

    Returns
    -------
    pandas.DataFrame
        Columns `definition, title, exports, imports, balance, unit, basis, method, source, edition, status, reason`.
        ``status`` is ``"ok"``, ``"incomplete"`` (a side is missing) or ``"refused"``; then ``reason`` says why and what
        to use instead. No sum over rows is meaningful: the definitions overlap.
    """
    if not frames:
        raise TradeError("No data are given.", remedy="Pass at least one frame, for example from read_batis.")
    names = tuple(only_definitions) if only_definitions is not None else definitions()
    who = area(reporter).code
    return pd.DataFrame([_one_balance(frames, name, who, year, partner, approximate=approximate) for name in names])


def by_closeness(frames: Sequence[pd.DataFrame], name: str) -> list[pd.DataFrame]:
    """Data sets in the order in which a definition tries them: those that lack least first, else as given."""
    rule = definition(name)

    def lacking(frame: pd.DataFrame) -> int:
        pair = frame[frame["indicator"].isin([rule.exports, rule.imports])]
        if pair.empty:
            return len(rule.items) + 1
        held = frozenset(pair["activity"])
        if rule.kind == "value added" or rule.aggregate in held:
            return 0
        return len(express(rule.items, held)[1])

    return sorted(frames, key=lacking)


def _one_balance(
    frames: Sequence[pd.DataFrame], name: str, reporter: str, year: int, partner: str, *, approximate: bool
) -> dict[str, object]:
    rule = definition(name)
    empty = dict.fromkeys(("exports", "imports", "balance"), float("nan"))
    row: dict[str, object] = {"definition": name, "title": rule.title, **empty, "unit": "", "basis": rule.basis}
    row |= {"method": "", "source": "", "edition": "", "status": "refused", "reason": ""}
    reasons: list[str] = []
    for frame in by_closeness(frames, name):
        part = frame[(frame["reporter"] == reporter) & (frame["year"] == year)]
        if part.empty:
            reasons.append(f"The data hold no {reporter} in {year}.")
            continue
        try:
            series = definition_series(part, name, approximate=approximate)
        except (ClassificationError, TradeError) as error:
            reasons.append(str(error))
            continue
        series = series[series["partner"] == partner]
        sides = {side: series[series["indicator"] == side.upper()] for side in ("exports", "imports")}
        values = {
            side: float(rows["value"].iloc[0]) if len(rows) == 1 else float("nan") for side, rows in sides.items()
        }
        several = [side for side, rows in sides.items() if len(rows) > 1]
        if several:
            reasons.append(f"The data hold {' and '.join(several)} more than once (methods or editions mixed).")
            continue
        if len(series):
            row |= {key: str(series[key].iloc[0]) for key in ("unit", "method", "source", "edition")}
        missing = [side for side, value in values.items() if math.isnan(value)]
        reason = f"no {' and '.join(missing)} in the data" if missing else ""
        status = "incomplete" if missing else "ok"
        return row | values | {"balance": values["exports"] - values["imports"], "status": status, "reason": reason}
    return row | {"reason": reasons[0]}


def join_series(*frames: pd.DataFrame, differing: Iterable[str] = ()) -> pd.DataFrame:
    """Put series into one frame, refusing those that measure different things.

    Parameters
    ----------
    *frames
        Long frames.
    differing
        What may differ, said explicitly: ``"definition"``, ``"unit"``, ``"method"``, ``"source"``, ``"edition"``.

    Raises
    ------
    TradeError
        The series differ in something that was not named.

    Examples
    --------
    >>> one = services_frame([{"reporter": "JPN", "value": 1.0}], unit="USD_MN").assign(definition="csis2025")
    >>> two = one.assign(definition="meti2025")
    >>> join_series(one, two)
    Traceback (most recent call last):
    ...
    surveykit.errors.TradeError: The series differ in definition: 'csis2025', 'meti2025'. Pass differing=...
    >>> len(join_series(one, two, differing=["definition"]))
    2
    """
    allowed = set(differing)
    unknown = sorted(allowed - set(_APART))
    if unknown:
        raise TradeError(f"differing={listing(unknown)} is unknown.", remedy=f"Name any of {listing(_APART)}.")
    joined = pd.concat(frames, ignore_index=True)
    require_columns(joined, ("reporter", "value", "unit"), place="The series")
    clashes: dict[str, list[str]] = {}
    for column in _APART:
        values = set(joined[column].fillna("none").astype("str")) if column in joined.columns else set()
        if len(values) > 1 and column not in allowed:
            clashes[column] = sorted(values)
    if clashes:
        said = "; ".join(f"{column}: {listing(values)}" for column, values in clashes.items())
        raise TradeError(
            f"The series differ in {said}.",
            remedy=f"Pass differing={list(clashes)} to put them side by side all the same, and say so in the note.",
        )
    return joined


def series_growth_inputs(
    frame: pd.DataFrame, name: str, reporter: str, years: tuple[int, int], *, approximate: bool = False
) -> dict[str, float]:
    """First and last exports and imports of a definition, for :func:`surveykit.trade.definition_switch`."""
    who = area(reporter).code
    series = definition_series(frame[frame["reporter"] == who], name, approximate=approximate)
    series = series[series["partner"] == WORLD]
    found = {}
    for side in ("EXPORTS", "IMPORTS"):
        for label, year in zip(("first", "last"), years, strict=True):
            rows = chosen(
                series[series["indicator"] == side], "year", year, place=f"{side.capitalize()} under '{name}'"
            )
            if len(rows) != 1 or rows["value"].isna().any():
                raise TradeError(
                    f"{side.capitalize()} of {who} in {year} under '{name}' have {len(rows)} values or a gap.",
                    remedy="Keep one method and edition, with both years.",
                )
            found[f"{side.lower()}_{label}"] = float(rows["value"].iloc[0])
    return found
