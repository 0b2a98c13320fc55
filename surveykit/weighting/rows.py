"""The rows that weights belong to: a frame, or the cases of a Responses."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from surveykit.engine import MemoryEngine, open_engine
from surveykit.errors import WeightingError, listing
from surveykit.expressions import Values
from surveykit.expressions.values import BoolArray
from surveykit.responses import Responses, for_analysis
from surveykit.weighting.auxiliaries import in_memory

__all__ = ["COUNTS", "Cases", "open_rows"]

#: Column that says, for every case of a Responses, whether estimates use it.
COUNTS = "__surveykit_counts"

Cases = Literal["counted", "all"]
_CASES = ("counted", "all")


def open_rows(data: Any, cases: Cases) -> tuple[MemoryEngine, BoolArray | None, bool]:
    """Open data that may be a Responses.

    Parameters
    ----------
    data
        A frame, a file, or a :class:`surveykit.Responses`.
    cases
        Cases of a Responses that shall weigh something: those that estimates use, or all.

    Returns
    -------
    engine
        The rows; of a Responses all cases, with categories, band edges and the column :data:`COUNTS`.
    weighing
        ``(n,)`` rows that shall weigh something; None for all.
    synthetic
        Whether the rows are invented.
    """
    if cases not in _CASES:
        raise WeightingError(f"cases={cases!r} is not known.", remedy=f"Choose one of {listing(_CASES)}.")
    if not isinstance(data, Responses):
        return in_memory(open_engine(data)), None, False
    counted = data.counted.to_numpy(np.bool_)
    if not counted.any():
        raise WeightingError(
            f"None of the {len(counted)} cases counts.", remedy="Check the screening rules and the import report."
        )
    engine = in_memory(for_analysis(data).engine().with_columns({COUNTS: Values(counted)}))
    return engine, counted if cases == "counted" and not counted.all() else None, data.synthetic
