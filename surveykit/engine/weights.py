"""What weights may be: finite, not negative, not all zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.errors import DataError
from surveykit.expressions import Values
from surveykit.expressions.values import BoolArray

__all__ = ["SHOWN", "all_zero", "bad_weights", "check_weights", "text_weights"]

#: Rows that a message names.
SHOWN = 5
_REMEDY = {
    "missing": "Give those rows a weight, or leave them out before building the Survey.",
    "negative": "Weights count how many firms a firm stands for; they are zero or more.",
}


def check_weights(values: Values, label: str) -> None:
    """Refuse weights that are missing, infinite, negative or all zero.

    Raises
    ------
    DataError
        With the numbers of the rows (counted from 1).
    """
    if values.categories is not None:
        raise text_weights(label)
    if values.valid is not None and not values.valid.all():
        raise _bad(label, "missing", ~values.valid)
    data = values.data.astype(np.float64, copy=False)
    if data.min() < 0:
        raise _bad(label, "negative", data < 0)
    if data.max() == 0:
        raise all_zero(label)


def _bad(label: str, kind: str, where: BoolArray) -> DataError:
    rows = np.flatnonzero(where)
    return bad_weights(label, kind, len(rows), (rows[:SHOWN] + 1).tolist())


def bad_weights(label: str, kind: str, count: int, first: Sequence[int]) -> DataError:
    """Make the error for weights that cannot be used.

    Parameters
    ----------
    kind
        ``"missing"`` or ``"negative"``.
    count
        Rows concerned.
    first
        Numbers of the first few of them, counted from 1.
    """
    shown = ", ".join(repr(row) for row in list(first)[:SHOWN])
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    return DataError(f"The weights ({label}) are {kind} in {count} row(s): {shown}{more}.", remedy=_REMEDY[kind])


def all_zero(label: str) -> DataError:
    """Make the error for weights that are all zero."""
    return DataError(f"The weights ({label}) are all zero.", remedy="Check the column.")


def text_weights(label: str) -> DataError:
    """Make the error for weights that are no numbers."""
    return DataError(f"The weights ({label}) hold text.", remedy="Weights are numbers.")
