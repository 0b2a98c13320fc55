"""Which cells may be shown: small bases, empty cells, disclosure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surveykit.results import Estimate, Table

__all__ = ["PUBLISHED", "is_published", "standing", "standing_of_bases"]

#: What the field `interval` of a table says when its numbers were published by others, without bases and errors.
PUBLISHED = "published"


def is_published(record: Table | Estimate) -> bool:
    """Whether a record holds numbers that others published, which have no sample here."""
    return isinstance(record, Table) and record.interval == PUBLISHED


def standing_of_bases(
    base_n: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_], minimum_base: int, flag_base: int
) -> npt.NDArray[np.str_]:
    """Standing of cells by their unweighted bases: ``""``, ``"flagged"``, ``"suppressed"`` or ``"empty"``."""
    small = np.where(base_n < minimum_base, "suppressed", np.where(base_n < flag_base, "flagged", ""))
    return np.where(missing, np.where(base_n < minimum_base, small, "empty"), small)


def standing(record: Table | Estimate, minimum_base: int, flag_base: int) -> npt.NDArray[np.str_]:
    """Standing of every cell of a table ``(L, R, C)`` or estimate ``(p,)``.

    A cell is suppressed when the number of firms behind its base is below `minimum_base`, flagged below `flag_base`.
    Numbers that others published are shown as they are, also single cells (fact ``"published"``). A table whose fact
    ``"withheld"`` is true in a cell (disclosure control) does not show that cell either.
    """
    missing = np.isnan(record.estimate)
    if is_published(record):
        found = np.where(missing, "empty", "")
    elif isinstance(record, Table):
        found = standing_of_bases(record.base_n, missing, minimum_base, flag_base)
        outside = record.facts.get("published")
        if outside is not None:
            found = np.where(outside.astype(np.bool_), np.where(missing, "empty", ""), found)
    else:
        found = standing_of_bases(record.n.astype(np.int64), missing, minimum_base, flag_base)
    withheld = record.facts.get("withheld")
    return found if withheld is None else np.where(withheld.astype(np.bool_), "suppressed", found)
