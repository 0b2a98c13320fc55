"""What weights may be: finite, not negative, not all zero."""

from __future__ import annotations

import numpy as np

from surveykit.errors import DataError, listing
from surveykit.expressions import Values

__all__ = ["check_weights"]


def check_weights(values: Values, label: str) -> None:
    """Refuse weights that are missing, infinite, negative or all zero.

    Raises
    ------
    DataError
        With the numbers of the rows (counted from 1).
    """
    if values.categories is not None:
        raise DataError(f"The weights ({label}) hold text.", remedy="Weights are numbers.")
    if values.valid is not None and not values.valid.all():
        raise _bad(
            label,
            "missing",
            np.flatnonzero(~values.valid),
            "Give those rows a weight, or leave them out before building the Survey.",
        )
    data = values.data.astype(np.float64, copy=False)
    lowest = data.min()
    if lowest < 0:
        raise _bad(
            label,
            "negative",
            np.flatnonzero(data < 0),
            "Weights count how many firms a firm stands for; they are zero or more.",
        )
    if data.max() == 0:
        raise DataError(f"The weights ({label}) are all zero.", remedy="Check the column.")


def _bad(label: str, kind: str, rows: np.ndarray, remedy: str) -> DataError:  # type: ignore[type-arg]
    shown = listing((rows + 1).tolist(), limit=5)
    return DataError(f"The weights ({label}) are {kind} in {len(rows)} row(s): {shown}.", remedy=remedy)
