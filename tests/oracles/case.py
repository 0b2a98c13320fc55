"""What a predicate sees: an entry on which surveykit and R part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from surveykit.errors import SurveykitError
from tests.oracles.judge import Comparison
from tests.oracles.pack import Entry, number
from tests.oracles.sample import Sample
from tests.oracles.session import Session
from tests.oracles.syntax import Call, Constant, Name, Node, parse, walk
from tests.oracles.values import UnsupportedError

__all__ = ["Case", "drops_missing", "has_missing"]


@dataclass(frozen=True)
class Case:
    """An entry on which surveykit and R part.

    Parameters
    ----------
    answer, refusal
        What surveykit returned, or the error that it raised.
    comparison
        The fields compared; None where one of the two refused.
    """

    session: Session
    entry: Entry
    answer: Any
    refusal: SurveykitError | None
    comparison: Comparison | None

    @property
    def call(self) -> Call:
        node = parse(self.entry.call)
        return node if isinstance(node, Call) else Call(node, ())

    @property
    def off(self) -> set[str]:
        """Fields that differ."""
        return set() if self.comparison is None else {item.field for item in self.comparison.off}

    def calls(self, *names: str) -> bool:
        """Whether one of these functions is called anywhere in it."""
        return any(isinstance(node, Call) and node.name in names for node in walk(self.call))

    def recorded(self, *names: str) -> list[float]:
        """Recorded numbers of some fields, flat."""
        return [item for name in names for item in _flat(self.entry.get(name))]

    def sample(self) -> Sample | None:
        """The design that the pack names."""
        try:
            found = self.session.design(self.entry.design_id)
        except (UnsupportedError, SurveykitError):
            return None
        return found if isinstance(found, Sample) else None

    def frame(self) -> pd.DataFrame | None:
        name = self.entry.get("dataset")
        return self.session.pack.frame(name) if name in self.session.pack.datasets else None

    def columns_in(self, sample: Sample) -> list[Node]:
        """Columns of a design that the call names, as expressions."""
        return [node for node in walk(self.call) if isinstance(node, Name) and node.text in sample.frame.columns]

    def columns(self) -> list[str]:
        """Columns of the data that the call names."""
        frame = self.frame()
        named = {node.text for node in walk(self.call) if isinstance(node, Name)}
        return [] if frame is None else [column for column in frame.columns if column in named]


def _flat(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _flat(item)
    elif isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif value is None or isinstance(value, int | float) or value in ("NaN", "Inf", "-Inf"):
        yield number(value)


def drops_missing(call: Call) -> bool:
    """Whether na.rm=TRUE stands anywhere in a call."""
    return any(
        argument.name == "na.rm" and isinstance(argument.value, Constant) and argument.value.value is True
        for node in walk(call)
        if isinstance(node, Call)
        for argument in node.arguments
    )


def has_missing(case: Case) -> bool:
    frame = case.frame()
    return frame is not None and any(bool(frame[column].isna().any()) for column in case.columns())
