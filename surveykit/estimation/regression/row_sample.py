"""A sample of the rows of a model: where to begin where there are many."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from surveykit.engine import MemoryEngine
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.survey import every

__all__ = ["MANY", "SAMPLE", "many", "sample_of"]

#: From this many rows on a fit to some of them comes first.
MANY = 131_072

#: About how many these are.
SAMPLE = 32_768

_Model = TypeVar("_Model", bound=OutcomeRows)


def many(rows: OutcomeRows) -> bool:
    """Whether a walk over the rows costs more than finding out where to begin it."""
    return rows.survey.engine.rows >= MANY


def sample_of(rows: _Model) -> _Model | None:
    """Return the model of every k-th row; None where rows are few, or in files, of which every one is read anyway."""
    if not many(rows) or not isinstance(rows.survey.engine, MemoryEngine):
        return None
    # Odd, because rows often come in groups of an even number.
    return replace(rows, survey=every(rows.survey, rows.survey.engine.rows // SAMPLE | 1, rows.exprs))
