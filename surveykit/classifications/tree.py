"""A classification: codes with names in a tree, with its edition, validity and source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from surveykit.classifications.tables import read_rows, read_yaml
from surveykit.errors import ClassificationError, did_you_mean

__all__ = ["Category", "Classification", "classification", "classifications"]


@dataclass(frozen=True, slots=True)
class Category:
    """One line of a classification: its code, name, parent code ("" at the top) and level (1 = top)."""

    code: str
    name: str
    parent: str = ""
    level: int = 1
    note: str = ""


@dataclass(frozen=True)
class Classification:
    """Codes in a tree.

    Parameters
    ----------
    id
        Short name, for example ``"isic4"``.
    title
        Full title with the edition.
    categories
        Code -> :class:`Category`, in the order of the classification.
    source
        Who maintains it.
    valid_from, valid_to
        Years between which it is the edition in force (``None`` = open).
    """

    id: str
    title: str
    categories: Mapping[str, Category] = field(repr=False)
    source: str = ""
    valid_from: int | None = None
    valid_to: int | None = None

    def __contains__(self, code: object) -> bool:
        return code in self.categories

    def __iter__(self) -> Iterator[Category]:
        return iter(self.categories.values())

    def __len__(self) -> int:
        return len(self.categories)

    def __getitem__(self, code: str) -> Category:
        try:
            return self.categories[code]
        except KeyError:
            raise ClassificationError(
                f"Code '{code}' is not in {self.title}.", remedy=did_you_mean(code, self.categories)
            ) from None

    def name(self, code: str) -> str:
        """Name of a code."""
        return self[code].name

    def codes(self, level: int | None = None) -> tuple[str, ...]:
        """All codes, or those of one level, in the order of the classification."""
        return tuple(c.code for c in self if level is None or c.level == level)

    def children(self, code: str) -> tuple[str, ...]:
        """Codes right below a code."""
        parent = self[code].code
        return tuple(c.code for c in self if c.parent == parent)

    def leaves(self, code: str) -> tuple[str, ...]:
        """Codes below a code that have nothing below them; the code itself when it is a leaf.

        Examples
        --------
        >>> classification("isic4").leaves("H")
        ('H49', 'H50', 'H51', 'H52', 'H53')
        """
        below = self.children(code)
        return tuple(leaf for child in below for leaf in self.leaves(child)) if below else (code,)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Codes above a code, the nearest first."""
        found: list[str] = []
        parent = self[code].parent
        while parent:
            found.append(parent)
            parent = self[parent].parent
        return tuple(found)

    def check(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Return the codes, or raise one error that lists every code that is not in the classification."""
        asked = tuple(codes)
        unknown = [code for code in dict.fromkeys(asked) if code not in self.categories]
        if unknown:
            hints = "; ".join(f"'{code}': {did_you_mean(code, self.categories)}" for code in unknown)
            raise ClassificationError(f"{len(unknown)} code(s) are not in {self.title}. {hints}")
        return asked


def classifications() -> tuple[str, ...]:
    """Names of the classifications that ship with the package.

    Examples
    --------
    >>> "ebops2010" in classifications()
    True
    """
    return tuple(read_yaml("classifications.yaml"))


@cache
def classification(name: str) -> Classification:
    """Return a shipped classification by its short name.

    Parameters
    ----------
    name
        One of :func:`classifications`: ``"isic4"``, ``"isic31"``, ``"jsic"``, ``"ebops2010"``, ``"bpm6"``,
        ``"icio2023"``, ``"icio2025"``, ``"wiod13"``, ``"wiod16"``, ``"figaro"``, ``"adb"``.

    Raises
    ------
    ClassificationError
        The name is unknown; the message lists the nearest.

    Examples
    --------
    >>> classification("isic4").name("J")
    'Information and communication'
    >>> classification("ebops2010").children("SI")
    ('SI1', 'SI2', 'SI3')
    """
    catalogue = read_yaml("classifications.yaml")
    if name not in catalogue:
        raise ClassificationError(f"Classification '{name}' is unknown.", remedy=did_you_mean(name, catalogue))
    entry = catalogue[name]
    rows = [row for row in read_rows(entry["file"]) if row.get("scheme", name) == name]
    categories = {
        row["code"]: Category(
            row["code"], row["name"], row.get("parent", ""), int(row.get("level") or 1), row.get("note", "")
        )
        for row in rows
    }
    return Classification(
        name, entry["title"], categories, entry["source"], entry.get("valid_from"), entry.get("valid_to")
    )
