"""Finding surveykit's verbs by name: one that lands is used, one that is missing is said to be missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import surveykit
from tests.oracles.values import UnsupportedError

__all__ = ["verb"]

#: Rooms that define verbs, for names that the public face does not list yet.
_ROOMS = (
    "estimation", "weighting", "replication", "results", "design", "survey", "replication.recalibration",
    "weighting.population", "weighting.trim", "estimation.spread", "estimation.model_comparisons",
    "estimation.likelihood_intervals", "variance",
)  # fmt: skip


@cache
def verb(name: str) -> Callable[..., Any]:
    """A public verb or noun of surveykit.

    Raises
    ------
    UnsupportedError
        If there is none of that name.
    """
    if name in surveykit.__all__:
        return getattr(surveykit, name)  # type: ignore[no-any-return]
    for room in _ROOMS:
        try:
            module = import_module(f"surveykit.{room}")
        except ModuleNotFoundError:
            continue
        found = getattr(module, name, None)
        if callable(found) and name in getattr(module, "__all__", ()):
            return found  # type: ignore[no-any-return]
    raise UnsupportedError(f"sk.{name} is not there yet")
