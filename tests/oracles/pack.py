"""A pack of recorded answers: its data with their declared types, its designs and its entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

__all__ = ["Entry", "Pack", "number"]

_SPECIAL = {"NaN": float("nan"), "Inf": float("inf"), "-Inf": float("-inf")}


def number(value: Any) -> float:
    """A number as packs write it: null is R's NA, and NaN and infinities are words."""
    if value is None:
        return float("nan")
    return _SPECIAL[value] if isinstance(value, str) and value in _SPECIAL else float(value)


@dataclass(frozen=True)
class Entry:
    """One call with its recorded answer."""

    record: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.record["id"])

    @property
    def call(self) -> str:
        return str(self.record["call"])

    @property
    def design_id(self) -> str:
        return str(self.record.get("design_id") or "")

    @property
    def options(self) -> Mapping[str, Any]:
        return self.record.get("options") or {}

    @property
    def error(self) -> str | None:
        """What R stopped with, or None."""
        return self.record.get("error")

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self.record.get("warnings") or ())

    @property
    def firm(self) -> bool:
        """Whether versions of R's package agree, without error or warning: where agreement is owed."""
        versions = str(self.record.get("r41") or "same")
        return not self.error and not self.warnings and (versions == "same" or versions.startswith("error in 4.1-1"))

    def get(self, name: str) -> Any:
        return self.record.get(name)


@dataclass(frozen=True)
class Pack:
    """A folder in the pack format."""

    folder: Path
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @cached_property
    def content(self) -> Mapping[str, Any]:
        return dict(json.loads((self.folder / "oracle.json").read_text(encoding="utf-8")))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(Entry(record) for record in self.content["entries"])

    @property
    def designs(self) -> Mapping[str, Mapping[str, Any]]:
        return dict(self.content["designs"])

    @property
    def datasets(self) -> Mapping[str, Mapping[str, Any]]:
        return dict(self.content["datasets"])

    def frame(self, name: str) -> pd.DataFrame:
        """One data set, its columns as declared: factors with all their levels in order."""
        if name not in self._frames:
            declared = self.datasets[name]
            raw = pd.read_csv(self.folder / declared["file"], dtype=str, keep_default_na=False, na_values=[""])
            self._frames[name] = pd.DataFrame(
                {column: _typed(raw[column], kind) for column, kind in declared["columns"].items()}
            )
        return self._frames[name]

    def weights(self, file: str) -> pd.DataFrame:
        """Recorded weights: one row a row of the data."""
        return pd.read_csv(self.folder / file, float_precision="round_trip")


def _typed(raw: pd.Series, declared: Mapping[str, Any]) -> pd.Series:
    kind = declared["type"]
    if kind in ("factor", "ordered"):
        return pd.Series(pd.Categorical(raw, categories=declared["levels"], ordered=kind == "ordered"))
    if kind == "string":
        return raw.astype("str")
    numbers = raw.map(float, na_action="ignore").astype("float64")
    if kind == "bool01":
        return numbers.astype("boolean")
    if kind == "int" and not numbers.isna().any():
        return numbers.astype("int64")
    return numbers
