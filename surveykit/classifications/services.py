"""Service items: EBOPS 2010 codes, and the composites and national splits that data sets use beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from surveykit.classifications.tables import read_rows
from surveykit.classifications.tree import classification
from surveykit.errors import ClassificationError, did_you_mean

__all__ = ["ServiceItem", "express", "service_item", "service_items"]


@dataclass(frozen=True)
class ServiceItem:
    """A service item.

    Parameters
    ----------
    code, name
        For example ``"SFSG"``, insurance and financial services.
    dataset
        ``"ebops2010"``, or the data set that uses the item (``"tismos"``, ``"unctad"``, ``"national"`` ...).
    components
        Component -> +1.0 or -1.0; empty for items of the EBOPS tree itself.
    exact
        Whether the components make up the item exactly.
    """

    code: str
    name: str
    dataset: str
    components: Mapping[str, float]
    exact: bool = True
    note: str = ""


@cache
def _composites() -> Mapping[str, ServiceItem]:
    found = {}
    for row in read_rows("service_items.csv"):
        parts = {part[1:]: (-1.0 if part[0] == "-" else 1.0) for part in row["components"].split()}
        found[row["code"]] = ServiceItem(
            row["code"], row["name"], row["dataset"], parts, row["exact"] == "1", row["note"]
        )
    return found


def service_items(dataset: str | None = None) -> tuple[str, ...]:
    """Codes of the items outside the EBOPS tree, all or those of one data set."""
    return tuple(code for code, item in _composites().items() if dataset in (None, item.dataset))


def service_item(code: str) -> ServiceItem:
    """Describe a service item.

    Examples
    --------
    >>> service_item("SFSG").components
    {'SF': 1.0, 'SG': 1.0}
    """
    tree = classification("ebops2010")
    if code in tree:
        return ServiceItem(code, tree.name(code), "ebops2010", {})
    if code not in _composites():
        raise ClassificationError(
            f"Service item '{code}' is unknown.", remedy=did_you_mean(code, [*tree.codes(), *_composites()])
        )
    return _composites()[code]


def express(items: Iterable[str], available: frozenset[str]) -> tuple[dict[str, float], list[str]]:
    """Write a sum of service items in terms of the codes that a data set holds.

    Parameters
    ----------
    items
        Items whose sum is wanted; they must not overlap.
    available
        Codes in the data.

    Returns
    -------
    tuple
        Code -> coefficient, and the items that cannot be written so. An item is taken as it is, else as the sum of its
        parts, else as its parent less its siblings; items that fill a parent or a composite together are taken as that.

    Examples
    --------
    >>> express(["SI"], frozenset(["SI1", "SI2", "SI3"]))
    ({'SI1': 1.0, 'SI2': 1.0, 'SI3': 1.0}, [])
    >>> express(["SF", "SG"], frozenset(["SFSG"]))
    ({'SFSG': 1.0}, [])
    >>> express(["SI3"], frozenset(["SI", "SI1", "SI2"]))
    ({'SI': 1.0, 'SI1': -1.0, 'SI2': -1.0}, [])
    """
    wanted = list(items)
    for item in wanted:
        service_item(item)
    terms, missing = _express_each(wanted, available)
    while missing and (raised := _raised(wanted, missing, available)) is not None:
        wanted = raised
        terms, missing = _express_each(wanted, available)
    if missing and (covered := _covering(wanted, available)) is not None:
        return covered, []
    return terms, missing


def _express_each(wanted: list[str], available: frozenset[str]) -> tuple[dict[str, float], list[str]]:
    terms: dict[str, float] = {}
    missing: list[str] = []
    for item in wanted:
        found = _express_one(item, available)
        if found is None:
            missing.append(item)
            continue
        for code, sign in found.items():
            terms[code] = terms.get(code, 0.0) + sign
    return {code: sign for code, sign in terms.items() if sign}, missing


def _raised(wanted: list[str], missing: list[str], available: frozenset[str]) -> list[str] | None:
    """Write the parent where all its children are wanted and one is missing; ``None`` when there is no such parent."""
    tree = classification("ebops2010")
    for item in missing:
        parent = tree[item].parent if item in tree else ""
        if parent and parent in available and set(tree.children(parent)) <= set(wanted):
            children = set(tree.children(parent))
            first = min(wanted.index(child) for child in children)
            return [
                parent if place == first else code
                for place, code in enumerate(wanted)
                if place == first or code not in children
            ]
    return None


def _parts(item: str) -> Mapping[str, float]:
    tree = classification("ebops2010")
    if item in tree:
        return dict.fromkeys(tree.children(item), 1.0)
    entry = service_item(item)
    return entry.components if entry.exact else {}


def _downward(item: str, available: frozenset[str]) -> dict[str, float] | None:
    if item in available:
        return {item: 1.0}
    parts = _parts(item)
    if not parts:
        return None
    terms: dict[str, float] = {}
    for part, sign in parts.items():
        below = _downward(part, available)
        if below is None:
            return None
        for code, inner in below.items():
            terms[code] = terms.get(code, 0.0) + sign * inner
    return terms


def _express_one(item: str, available: frozenset[str]) -> dict[str, float] | None:
    found = _downward(item, available)
    tree = classification("ebops2010")
    if found is not None or item not in tree or not tree[item].parent:
        return found
    parent = tree[item].parent
    if parent not in available:
        return None
    terms = {parent: 1.0}
    for sibling in tree.children(parent):
        if sibling == item:
            continue
        below = _downward(sibling, available)
        if below is None:
            return None
        for code, sign in below.items():
            terms[code] = terms.get(code, 0.0) - sign
    return terms


def _leaves(item: str) -> frozenset[str] | None:
    """EBOPS leaves that an item consists of; ``None`` for items that lie outside the tree or are not exact."""
    tree = classification("ebops2010")
    if item in tree:
        return frozenset(tree.leaves(item))
    entry = service_item(item)
    if not entry.components or not entry.exact:
        return None
    found: frozenset[str] = frozenset()
    for part, sign in sorted(entry.components.items(), key=lambda pair: -pair[1]):
        leaves = _leaves(part)
        if leaves is None or (sign < 0 and not leaves <= found):
            return None
        found = found | leaves if sign > 0 else found - leaves
    return found


def _covering(items: list[str], available: frozenset[str]) -> dict[str, float] | None:
    """Cover the leaves of the items by available codes, the largest first, without overlap."""
    sets = [_leaves(item) for item in items]
    if any(leaves is None for leaves in sets):
        return None
    open_leaves = {leaf for leaves in sets if leaves is not None for leaf in leaves}
    known = (*classification("ebops2010").codes(), *_composites())
    candidates = {code: _leaves(code) for code in known if code in available}
    terms: dict[str, float] = {}
    for code, leaves in sorted(candidates.items(), key=lambda pair: -len(pair[1] or ())):
        if leaves and leaves <= open_leaves:
            terms[code] = 1.0
            open_leaves -= leaves
    return terms if not open_leaves else None
