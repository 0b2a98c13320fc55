"""Concordances: weighted, many to many, with what could not be carried over reported.

A link without a weight says "this code falls into several targets and nobody published how much into each". Such
amounts are never spread in silence: they go to the residual, or follow the main target, or are split by weights that
the caller supplies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, get_args

import pandas as pd

from surveykit.classifications.industries import Industry, industry, industry_schemes
from surveykit.classifications.tables import read_rows
from surveykit.classifications.tree import classification, classifications
from surveykit.errors import ClassificationError, ColumnError, did_you_mean, listing

__all__ = ["Concordance", "Conversion", "Link", "Split", "concordance", "concordances"]

Split = Literal["residual", "refuse", "main"]
_ROUNDING = 1e-12  # shares that add to one but for floating point leave nothing over


@dataclass(frozen=True, slots=True)
class Link:
    """One source code to one target code.

    ``weight`` is the share (0-1) of the source that goes to the target; ``None`` when the share is not known. ``main``
    marks the target that takes most of the source.
    """

    source: str
    target: str
    weight: float | None
    main: bool


@dataclass(frozen=True)
class Conversion:
    """Amounts carried over, and what was left.

    Parameters
    ----------
    values
        Columns ``code`` (target) and ``value``, beside the columns that identify the series.
    residual
        Columns ``code`` (source), ``value``, ``reason``, beside the same identifying columns.
    total
        Sum of the amounts given; ``values`` and ``residual`` add to it.
    """

    values: pd.DataFrame
    residual: pd.DataFrame
    total: float

    @property
    def residual_share(self) -> float:
        """Residual as a share (0-1) of the total; missing when the total is zero."""
        return float(self.residual["value"].sum()) / self.total if self.total else math.nan


@dataclass(frozen=True)
class Concordance:
    """Links from the codes of one classification to those of another."""

    source: str
    target: str
    links: tuple[Link, ...] = field(repr=False)

    def targets(self, code: str) -> tuple[Link, ...]:
        """Links of a source code; empty when the code has no counterpart."""
        classification(self.source)[code]
        return tuple(link for link in self.links if link.source == code)

    def main(self, code: str) -> str | None:
        """Return the target that a code mostly belongs to, for classing units (firms); ``None`` when there is none.

        Examples
        --------
        >>> concordance("jsic", "isic4").main("G"), concordance("jsic", "isic4").main("T")
        ('J', None)
        """
        return next((link.target for link in self.targets(code) if link.main), None)

    def is_exact(self, code: str) -> bool:
        """Whether the shares of a code's targets are known and complete."""
        weights = [link.weight for link in self.targets(code)]
        known = [weight for weight in weights if weight is not None]
        return bool(known) and len(known) == len(weights) and math.isclose(math.fsum(known), 1.0)

    def apply(
        self,
        frame: pd.DataFrame,
        *,
        code: str = "code",
        value: str = "value",
        split: Split = "residual",
        weights: Mapping[tuple[str, str], float] | None = None,
    ) -> Conversion:
        """Carry amounts from source codes to target codes.

        Parameters
        ----------
        frame
            One row per source code (and series); other columns identify the series and are kept.
        code, value
            Names of the columns with source codes and amounts.
        split
            What to do with a code whose shares are not known: leave it in the residual, refuse, or give all to its main
            target.
        weights
            Shares (0-1) for such codes: ``(source, target) -> share``, for example from value added. Shares of a source
            must not exceed one; what is missing to one goes to the residual.

        Raises
        ------
        ClassificationError
            Unknown codes (all listed), a code together with one of its parts, weights that exceed one, or
            ``split="refuse"`` with an unknown share.
        """
        self._check(frame, code, value, split)
        links = self._resolved(split, weights or {}, set(frame[code]))
        identity = [column for column in frame.columns if column not in (code, value)]
        given = frame.rename(columns={code: "source", value: "amount"})
        shares = pd.DataFrame(
            [(source, target, share) for source, found in links.items() for target, share in found.items()],
            columns=["source", "code", "share"],
        )
        carried = given.merge(shares, on="source", how="inner")
        carried["value"] = carried["amount"] * carried["share"]
        values = carried.groupby([*identity, "code"], as_index=False, sort=True, dropna=False)[["value"]].sum()
        rest = {source: 1.0 - math.fsum(found.values()) for source, found in links.items()}
        left = given.assign(value=given["amount"] * given["source"].map(rest)).rename(columns={"source": "code"})
        left = left[left["code"].map(rest).abs() > _ROUNDING]
        left["reason"] = [self._reason(source, links[source]) for source in left["code"]]
        residual = left[[*identity, "code", "value", "reason"]].reset_index(drop=True)
        return Conversion(values, residual, float(given["amount"].sum()))

    def _check(self, frame: pd.DataFrame, code: str, value: str, split: str) -> None:
        for column in (code, value):
            if column not in frame.columns:
                raise ColumnError(column, frame.columns)
        if split not in get_args(Split):
            raise ClassificationError(f"split='{split}' is unknown.", remedy=did_you_mean(split, get_args(Split)))
        tree = classification(self.source)
        present = set(tree.check(str(item) for item in frame[code].unique()))
        both = sorted(item for item in present if present & set(tree.ancestors(item)))
        if both:
            raise ClassificationError(
                f"Codes {listing(both)} stand beside a code that contains them, so sums would count them twice.",
                remedy="Keep one level.",
            )

    def _resolved(
        self, split: str, weights: Mapping[tuple[str, str], float], codes: set[str]
    ) -> dict[str, dict[str, float]]:
        stray = [pair for pair in weights if not any((link.source, link.target) == pair for link in self.links)]
        if stray:
            raise ClassificationError(f"Weights are given for links that do not exist: {listing(stray)}.")
        found: dict[str, dict[str, float]] = {}
        unknown = []
        for code in sorted(codes):
            links = self.targets(code)
            given = {link.target: weights[code, link.target] for link in links if (code, link.target) in weights}
            if given:
                if min(given.values()) < 0 or math.fsum(given.values()) > 1 + 1e-9:
                    raise ClassificationError(
                        f"Weights of '{code}' are {given}; shares lie between 0 and 1 and add to at most 1."
                    )
                found[code] = given
            elif links and all(link.weight is not None for link in links):
                found[code] = {link.target: link.weight for link in links if link.weight is not None}
            else:
                unknown += [code] if links else []
                found[code] = {link.target: 1.0 for link in links if link.main} if split == "main" else {}
        if unknown and split == "refuse":
            raise ClassificationError(
                f"The shares of {listing(unknown)} in {self.target} are not known.",
                remedy="Pass weights=, or split='main' or split='residual'.",
            )
        return found

    def _reason(self, code: str, shares: Mapping[str, float]) -> str:
        links = self.targets(code)
        if not links:
            return f"no counterpart in {self.target}"
        if shares:
            return f"shares given add to {math.fsum(shares.values()):.6g}"
        return "shares among " + ", ".join(link.target for link in links) + " are not known"


def concordances() -> tuple[tuple[str, str], ...]:
    """Pairs of classifications with a direct concordance; others are found through ISIC Rev. 4."""
    direct = dict.fromkeys((row["from"], row["to"]) for row in read_rows("concordances.csv"))
    tables = industry_schemes()
    return (*direct, *((table, "isic4") for table in tables), *(("isic4", table) for table in tables))


@cache
def concordance(source: str, target: str) -> Concordance:
    """Return the concordance between two classifications.

    Parameters
    ----------
    source, target
        Names of :func:`surveykit.classifications.classifications`. Towards ``"isic4"`` the targets are sections; from
        ``"isic4"`` towards a table the sources are sections and divisions. Without a direct concordance the two are
        linked through the sections of ISIC Rev. 4, and shares that are not known stay unknown.

    Raises
    ------
    ClassificationError
        Unknown classification, or no way between the two.

    Examples
    --------
    >>> [(link.target, link.weight) for link in concordance("wiod13", "isic4").targets("C27")]
    [('J', None), ('H', None)]
    >>> concordance("isic4", "icio2025").main("J61")
    'J61'
    """
    known = classifications()
    for name in (source, target):
        if name not in known:
            raise ClassificationError(f"Classification '{name}' is unknown.", remedy=did_you_mean(name, known))
    direct = tuple(
        Link(row["source"], row["target"], float(row["weight"]) if row["weight"] else None, row["main"] == "1")
        for row in read_rows("concordances.csv")
        if row["from"] == source and row["to"] == target and row["target"]
    )
    if direct:
        return Concordance(source, target, direct)
    if backward := _reversed(source, target):
        return Concordance(source, target, backward)
    tables = industry_schemes()
    if source in tables and target == "isic4":
        return Concordance(source, target, _industry_links(source))
    if source in tables and target in tables:
        return Concordance(source, target, _table_links(source, target))
    if source == "isic4" and target in tables:
        return Concordance(source, target, _division_links(target))
    if "isic4" in (source, target) or "bpm6" in (source, target):
        raise ClassificationError(
            f"There is no concordance from '{source}' to '{target}'.",
            remedy=f"Available: {', '.join(f'{one} -> {other}' for one, other in concordances())}.",
        )
    return _through_isic(source, target)


def _reversed(source: str, target: str) -> tuple[Link, ...]:
    rows = [row for row in read_rows("concordances.csv") if row["from"] == target and row["to"] == source]
    tops = set(classification(target).codes(1)) if target == "isic31" else None
    rows = [row for row in rows if row["target"] and (tops is None or row["source"] not in tops)]
    origins: dict[str, list[str]] = {}
    mains: dict[str, list[str]] = {}
    rows = sorted(rows, key=lambda row: not row["weight"])
    for row in rows:
        origins.setdefault(row["target"], []).append(row["source"])
        if row["main"] == "1":
            mains.setdefault(row["target"], []).append(row["source"])
    links = []
    for code, found in origins.items():
        main = next(iter(mains.get(code, found if len(found) == 1 else [])), None)
        links += [Link(code, origin, 1.0 if len(found) == 1 else None, origin == main) for origin in found]
    return tuple(links)


def _industry_links(scheme: str) -> tuple[Link, ...]:
    links = []
    for code in classification(scheme).codes():
        entry = industry(code, scheme)
        ordered = sorted(entry.sections, key=lambda section: (section != entry.main, section))
        links += [Link(code, section, 1.0 if len(ordered) == 1 else None, section == entry.main) for section in ordered]
    return tuple(links)


def _division_links(scheme: str) -> tuple[Link, ...]:
    isic = classification("isic4")
    entries = {code: industry(code, scheme) for code in classification(scheme).codes()}
    return tuple(
        link
        for code in isic.codes()
        for link in _holders(code, dict.fromkeys(isic.leaves(code), "whole"), code[0], entries)
    )


def _table_links(source: str, target: str) -> tuple[Link, ...]:
    entries = {code: industry(code, target) for code in classification(target).codes()}
    links: list[Link] = []
    for code in classification(source).codes():
        entry = industry(code, source)
        links += _holders(code, entry.divisions, entry.main, entries)
    return tuple(links)


def _holders(code: str, divisions: Mapping[str, str], section: str, entries: Mapping[str, Industry]) -> list[Link]:
    """Industries that share a division with a code; the share is known only where one of them holds it all."""
    holders = [name for name, entry in entries.items() if set(divisions) & set(entry.divisions)]
    same = [name for name in holders if entries[name].main == section]
    main = holders[0] if len(holders) == 1 else (same[0] if len(same) == 1 else None)
    alone = len(holders) == 1 and all(entries[holders[0]].divisions.get(division) == "whole" for division in divisions)
    return [Link(code, name, 1.0 if alone else None, name == main) for name in holders]


def _through_isic(source: str, target: str) -> Concordance:
    first, second = concordance(source, "isic4"), concordance("isic4", target)
    found: dict[tuple[str, str], Link] = {}
    for link in first.links:
        for onward in second.links:
            if onward.source != link.target:
                continue
            known = link.weight is not None and onward.weight is not None
            weight = link.weight * onward.weight if known and link.weight and onward.weight else None
            pair = (link.source, onward.target)
            before = found.get(pair)
            if before is not None:
                weight = None if before.weight is None or weight is None else before.weight + weight
            main = (link.main and onward.main) or (before is not None and before.main)
            found[pair] = Link(*pair, weight, main)
    return Concordance(source, target, tuple(found.values()))
