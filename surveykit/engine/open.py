"""From whatever holds the data to the engine that reads it."""

from __future__ import annotations

from typing import Any

from surveykit.engine.memory import MemoryEngine
from surveykit.engine.records import Engine

__all__ = ["open_engine"]


def open_engine(data: Any) -> Engine:
    """Choose the engine for some data.

    Parameters
    ----------
    data
        A pandas, Polars or Arrow frame, a mapping of arrays, or an engine (returned as it is).
    """
    return data if isinstance(data, MemoryEngine) else MemoryEngine(data)
