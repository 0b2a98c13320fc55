"""Definitions of digital-related trade as data, and whether a data set can resolve them.

Five sources draw the line in five places, and the sign of a headline can depend on it. A definition is therefore never
implied: it has a name, it travels with the numbers, and one that the data cannot resolve is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from surveykit.classifications.industries import tile_activity
from surveykit.classifications.services import express, service_item
from surveykit.classifications.tables import read_rows, read_yaml
from surveykit.classifications.tree import classification
from surveykit.errors import ClassificationError, did_you_mean, listing

__all__ = ["Definition", "Resolution", "definition", "definitions", "digital_related_items"]


@dataclass(frozen=True)
class Resolution:
    """How a definition is computed from the items that a data set holds.

    Parameters
    ----------
    definition
        Name of the definition.
    terms
        Code in the data -> coefficient (+1 or -1).
    approximate
        Whether an item was replaced by its nearest, not the same, items.
    note
        What was replaced by what; empty when nothing was.
    """

    definition: str
    terms: Mapping[str, float]
    approximate: bool = False
    note: str = ""


@dataclass(frozen=True)
class Definition:
    """One way to draw the line around digital-related trade.

    ``kind`` is ``"services"`` (EBOPS items) or ``"value added"`` (ISIC activities); ``basis`` says what is measured.
    """

    id: str
    title: str
    source: str
    kind: str
    basis: str
    items: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    exports: str = "EXPORTS"
    imports: str = "IMPORTS"
    aggregate: str = ""
    approximate: tuple[tuple[str, tuple[str, ...]], ...] = ()
    instead: str = ""
    caveat: str = ""

    def resolve(self, available: Iterable[str], *, approximate: bool = False) -> Resolution:
        """Say how the definition is computed from the codes that a data set holds.

        Parameters
        ----------
        available
            EBOPS items (or ISIC activities) in the data.
        approximate
            Allow an item of a national classification to be replaced by the nearest EBOPS items.

        Raises
        ------
        ClassificationError
            The data cannot resolve the definition; the message says which item, and what to use instead.

        Examples
        --------
        >>> dict(definition("meti2025").resolve(["SH", "SI1", "SI2", "SI3", "SJ2"]).terms)
        {'SH': 1.0, 'SI1': 1.0, 'SI2': 1.0, 'SI3': 1.0, 'SJ2': 1.0}
        """
        held = frozenset(available)
        if self.kind == "value added":
            return Resolution(self.id, self._activities(held))
        if self.aggregate and self.aggregate in held:
            return Resolution(self.id, {self.aggregate: 1.0})
        terms, missing = express(self.items, held)
        near = dict(self.approximate)
        replaced = []
        if missing and approximate:
            for item in [item for item in missing if item in near]:
                extra, lacking = express(near[item], held)
                if not lacking:
                    terms = {**terms, **extra}
                    missing = [other for other in missing if other != item]
                    replaced.append(f"'{item}' replaced by the nearest items {' + '.join(near[item])}")
        if missing:
            raise self._refusal(missing, held, near)
        return Resolution(self.id, terms, bool(replaced), "; ".join(replaced))

    def _activities(self, held: frozenset[str]) -> dict[str, float]:
        isic = classification("isic4")
        names = " and ".join(f"'{code}' ({isic.name(code)})" for code in self.activities)
        try:
            tiles = [tile for code in self.activities for tile in tile_activity(sorted(held), code)]
        except ClassificationError:
            raise ClassificationError(
                f"Definition '{self.id}' needs activity {names} of trade in value added, which the data do not hold.",
                remedy="Give value-added data (indicators or read_tiva) with that activity; service items are not it.",
            ) from None
        return dict.fromkeys(tiles, 1.0)

    def _refusal(
        self, missing: list[str], held: frozenset[str], near: Mapping[str, tuple[str, ...]]
    ) -> ClassificationError:
        wanted = "; ".join(f"'{item}' ({service_item(item).name})" for item in missing)
        shown = listing(sorted(held), limit=20)
        replaceable = [item for item in missing if item in near and not express(near[item], held)[1]]
        remedies = [f"Pass approximate=True to take {' + '.join(near[item])} for '{item}'." for item in replaceable]
        other = _nearest_resolved(self.instead, held)
        if other:
            remedies.append(f"Use '{other.id}' instead ({' + '.join(other.items)}: {other.caveat.rstrip('.')}).")
        if not remedies:
            remedies.append("Give data with the missing items.")
        caveat = f" {self.caveat}" if self.caveat and near.keys() & set(missing) else ""
        return ClassificationError(
            f"Definition '{self.id}' needs {wanted}, which the data do not tell apart (they hold {shown}).{caveat}",
            remedy=" ".join(remedies),
        )


def _nearest_resolved(name: str, held: frozenset[str]) -> Definition | None:
    while name:
        candidate = definition(name)
        if not express(candidate.items, held)[1]:
            return candidate
        name = candidate.instead
    return None


def definitions() -> tuple[str, ...]:
    """Names of the definitions that ship with the package.

    Examples
    --------
    >>> definitions()
    ('matsuse2023', 'meti2025', 'csis2025', 'unctad_dds', 'oecd_tiva_J')
    """
    return tuple(read_yaml("definitions.yaml"))


@cache
def definition(name: str) -> Definition:
    """Return a definition of digital-related trade by its name.

    Examples
    --------
    >>> definition("meti2025").items
    ('SH', 'SI', 'SJ2')
    """
    entries = read_yaml("definitions.yaml")
    if name not in entries:
        raise ClassificationError(f"Definition '{name}' is unknown.", remedy=did_you_mean(name, entries))
    entry = entries[name]
    near = tuple((item, tuple(parts)) for item, parts in entry.get("approximate", {}).items())
    return Definition(
        id=name,
        title=entry["title"],
        source=entry["source"],
        kind=entry["kind"],
        basis=entry["basis"],
        items=tuple(entry.get("items", ())),
        activities=tuple(entry.get("activities", ())),
        exports=entry.get("exports", "EXPORTS"),
        imports=entry.get("imports", "IMPORTS"),
        aggregate=entry.get("aggregate", ""),
        approximate=near,
        instead=entry.get("instead", ""),
        caveat=" ".join(entry.get("caveat", "").split()),
    )


def digital_related_items(balance: str, *, printed: bool = True) -> tuple[str, ...]:
    """EBOPS items of one of the balances of Matsuse et al. (2023): digital, goods, people, money, others.

    Parameters
    ----------
    balance
        ``"digital"``, ``"goods"``, ``"people"``, ``"money"`` or ``"others"``.
    printed
        As METI's English table prints it; ``False`` gives the probable original, which differs for items that stand in
        the neighbouring column there (for example contract manufacturing: printed people, probably goods).

    Examples
    --------
    >>> digital_related_items("digital")
    ('SH:copyrights', 'SI1', 'SI2', 'SI3', 'SJ2')
    """
    column = "matsuse2023_as_printed_in_METI_EN" if printed else "matsuse2023_probable_original"
    rows = read_rows("digital_related.csv")
    known = {row[column] for row in rows}
    if balance not in known:
        raise ClassificationError(f"Balance '{balance}' is unknown.", remedy=did_you_mean(balance, sorted(known)))
    return tuple(row["ebops2010_item"] for row in rows if row[column] == balance)
