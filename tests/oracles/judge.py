"""Comparing an answer with the recorded one, field by field, at the tolerances of the pack's own documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.oracles.pack import Entry, number
from tests.oracles.values import Listing, Vector

__all__ = ["Comparison", "Difference", "Tolerance", "compare", "observed_fields"]

FloatArray = npt.NDArray[np.float64]
_NEGLIGIBLE = 1e-7  # a standard error below this share of its estimate counts as zero


@dataclass(frozen=True)
class Tolerance:
    """How far an answer may be off: relative for estimates and for what rests on a variance, absolute for p-values."""

    estimate: float
    spread: float
    p_value: float = 1e-6
    #: Whether the numbers themselves are probabilities.
    probabilities: bool = False


_TOLERANCES = {
    "closed": Tolerance(1e-8, 1e-6),
    "calibrated": Tolerance(1e-6, 1e-6),
    "weights": Tolerance(1e-5, 1e-5),
    "regression": Tolerance(1e-6, 1e-6),
    "iterated": Tolerance(1e-4, 1e-4),
    "quantile": Tolerance(1e-12, 1e-6),
    "interpolated": Tolerance(1e-8, 1e-6),
    "probability": Tolerance(1e-6, 1e-6, probabilities=True),
    "mixture": Tolerance(1e-6, 1e-6, 1e-4),  # tail of a weighted sum of chi-squares
}
# What describes a result instead of being one, and what only R has.
_DESCRIPTIVE = frozenset(
    {
        "id", "dataset", "design_id", "design", "call", "fn", "args", "estimand", "tags", "options", "warnings",
        "class", "r41", "differs_in_4_1_1", "values_4_1_1", "note", "df_note", "names", "rownames", "colnames",
        "by", "columns", "groups", "method", "statistic_name", "parameter_name", "estimate_name", "formula",
        "family", "link", "strata", "rep_type", "test_terms", "dim", "dimnames", "ties", "pre", "normalise_error",
        "error", "rotation_rows", "rows",
    }
)  # fmt: skip
_EXACT_ESTIMATES = frozenset({"estimates", "ci_lower", "ci_upper", "counts_column_major"})
_ALIGNED = frozenset(
    {"estimates", "ses", "vcov", "ci95", "ci95_t", "deff", "t", "p_value", "df", "variance", "missinfo", "matrix"}
)
_INFINITE = float("inf")
_EXACT = frozenset({"n", "n_used", "nimp", "nrep", "converged", "design_df", "dof"})


@dataclass(frozen=True)
class Difference:
    """One field that is off: its name, the relative difference and both values."""

    field: str
    size: float
    text: str


@dataclass(frozen=True)
class Comparison:
    """Fields compared, the largest relative difference within tolerance or not, and those that are off."""

    fields: tuple[str, ...]
    worst: float
    off: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return bool(self.fields) and not self.off


def observed_fields(answer: Any) -> tuple[dict[str, Any], str]:
    """Fields of an answer and the row of tolerances that applies to it."""
    if hasattr(answer, "fields"):
        return answer.fields(), getattr(answer, "precision", "closed")
    if isinstance(answer, Vector):
        found: dict[str, Any] = {"estimates": [number(value) for value in answer.values]}
        if len(answer.values) == 1:
            found["matrix"] = [found["estimates"]]
        if any(answer.names):
            found["names"] = tuple(str(name) for name in answer.names)
        return found, "closed"
    if isinstance(answer, Listing):
        inner = [observed_fields(item) for item in answer.items]
        return {"results": [fields for fields, _ in inner]}, inner[0][1] if inner else "closed"
    if isinstance(answer, int | float | np.number):
        return {"estimates": [float(answer)]}, "closed"
    return {}, "closed"


def compare(entry: Entry, answer: Any) -> Comparison:
    """Compare every result that the entry records with surveykit's.

    A field that the entry has and the answer has not is a difference, so that nothing passes by being silent.
    """
    observed, precision = observed_fields(answer)
    level = _Level(_one_scale(entry.record), _one_scale(observed), _TOLERANCES[precision], "")
    found = list(level.fields())
    sizes = [difference.size for _, difference in found]
    off = tuple(difference for passed, difference in found if not passed)
    return Comparison(tuple(difference.field for _, difference in found), max(sizes, default=0.0), off)


Judged = tuple[bool, Difference]


def _one_scale(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Scales of replicates in one place: only the products of the common scale and each one's own mean something."""
    if "scale" not in fields or "rscales" not in fields:
        return fields
    kept = {name: value for name, value in fields.items() if name != "scale"}
    return {**kept, "rscales": _array(fields["rscales"]) * number(fields["scale"])}


@dataclass(frozen=True)
class _Level:
    """One level of a result: the entry itself, a variable of several, a part of a list.

    Parameters
    ----------
    expected, observed
        Fields of both sides.
    tolerance
        What is allowed.
    path
        Where it lies, for messages.
    """

    expected: Mapping[str, Any]
    observed: Mapping[str, Any]
    tolerance: Tolerance
    path: str

    def fields(self) -> Iterator[Judged]:
        for name, value in self.expected.items():
            if name in _DESCRIPTIVE or value is None or (isinstance(value, list | dict) and not value):
                continue
            where = f"{self.path}{name}"
            if name not in self.observed:
                yield False, Difference(where, _INFINITE, "surveykit gives no such number")
            elif isinstance(value, dict):
                yield from self.nested(name, value)
            elif name == "results" and isinstance(value, list) and isinstance(value[0], dict):
                for place, (one, other) in enumerate(zip(value, self.observed[name], strict=False), 1):
                    yield from _Level(one, other, self.tolerance, f"{where}[{place}].").fields()
            else:
                yield self.numbers(where, name, value, self.observed[name], self.places(name))

    def nested(self, name: str, parts: Mapping[str, Any]) -> Iterator[Judged]:
        """Cells of a printed table, variables of a quantile, strata of a separate ratio."""
        observed = self.observed[name]
        for part, value in parts.items():
            where = f"{self.path}{name}.{part}"
            known = isinstance(observed, Mapping) and part in observed
            if value is None or (part in _DESCRIPTIVE and not known):
                continue
            if not known:
                yield False, Difference(where, _INFINITE, "surveykit gives no such number")
            elif isinstance(value, dict):
                yield from _Level(value, observed[part], self.tolerance, f"{where}.").fields()
            else:
                inner = _Level({}, {}, self.tolerance, "")
                yield inner.numbers(where, part, value, observed[part], self.groups() if name == "cells" else None)

    def places(self, name: str) -> list[int] | None:
        """Places of the recorded estimates among the observed ones, by their names."""
        return _places(self.expected.get("names"), self.observed.get("names")) if name in _ALIGNED else None

    def groups(self) -> list[int] | None:
        """Places of the recorded groups among the observed ones."""
        by = self.expected.get("by")
        if not isinstance(by, dict) or self.observed.get("groups") is None:
            return None
        rows = [".".join(str(item) for item in row) for row in zip(*by.values(), strict=True)]
        return _places(rows, self.observed["groups"])

    def numbers(self, where: str, name: str, expected: Any, observed: Any, places: list[int] | None) -> Judged:
        """Compare numbers with numbers."""
        want, have = _array(expected), _array(observed)
        if places is not None and len(have) > max(places, default=-1):
            have = have[places]
            if name == "vcov":
                have = have[:, places]
        if want.shape != have.shape and want.size == have.size:
            want, have = want.ravel(), have.ravel()
        if want.shape != have.shape:
            text = f"R has {want.shape or 1} numbers, surveykit {have.shape or 1}"
            return False, Difference(where, _INFINITE, text)
        size, allowed = self.relative(name, want, have)
        bad = ~(size <= allowed)
        if not bad.any():
            return True, Difference(where, float(np.max(size, initial=0.0)), "")
        place = int(np.argmax(np.where(bad, size, -1.0)))
        text = f"R {want.ravel()[place]:.10g}, surveykit {have.ravel()[place]:.10g}"
        return False, Difference(where, float(size.ravel()[place]), text)

    def relative(self, name: str, want: FloatArray, have: FloatArray) -> tuple[FloatArray, float]:
        """Differences relative to what the number is measured in, and what is allowed."""
        same = (want == have) | (np.isnan(want) & np.isnan(have))
        with np.errstate(invalid="ignore"):
            gap = np.where(same, 0.0, np.abs(want - have))
        gap = np.where(np.isnan(gap), np.inf, gap)
        if name in ("p_value", "p") or self.tolerance.probabilities:
            return gap, self.tolerance.p_value
        if name in _EXACT:
            return gap, 0.0
        scale = np.maximum(np.abs(want), np.abs(have))
        scale = np.where(np.isfinite(scale), scale, 1.0)
        scale = np.maximum(self.matrix_scale(want) if name == "vcov" else scale, self.own_scale(name, want))
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.where(gap == 0, 0.0, gap / np.where(scale == 0, 1e-12, scale))
        return size, self.tolerance.estimate if name in _EXACT_ESTIMATES else self.tolerance.spread

    def magnitudes(self, name: str, length: int) -> FloatArray:
        """Sizes of the recorded estimates or standard errors; zeros where there are none of this length."""
        given = self.expected.get(name)
        found = np.abs(_array(given)) if given is not None else np.zeros(length)
        found = np.where(np.isfinite(found), found, 0.0)
        return found if len(found) == length else np.zeros(length)

    def own_scale(self, name: str, want: FloatArray) -> FloatArray:
        """What a number near zero is judged against: estimates against their errors, errors against their estimates."""
        estimates, ses = self.magnitudes("estimates", len(want)), self.magnitudes("ses", len(want))
        if name == "estimates":
            return ses
        if name == "ses":
            return np.where(ses < _NEGLIGIBLE * estimates, estimates, 0.0)  # both sides count as zero
        if name in ("ci95", "ci95_t"):
            return np.maximum(estimates, ses)[:, None]
        return np.zeros(1)

    def matrix_scale(self, want: FloatArray) -> FloatArray:
        """Products of standard errors; a negligible one counts with its estimate, as zero."""
        spread = np.sqrt(np.abs(np.diagonal(want)))
        estimates = self.magnitudes("estimates", len(want))
        spread = np.where(spread < _NEGLIGIBLE * estimates, estimates, spread)
        found: FloatArray = np.outer(spread, spread)
        return np.where(np.isfinite(found), found, 1.0)


def _places(expected: Sequence[str] | None, observed: Sequence[str] | None) -> list[int] | None:
    if expected is None or observed is None or list(expected) == list(observed):
        return None
    places = {name: place for place, name in enumerate(observed)}
    return [places[name] for name in expected] if all(name in places for name in expected) else None


def _array(value: Any) -> FloatArray:
    if isinstance(value, np.ndarray):
        return value.astype(np.float64)
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], list | tuple):
            return np.array([[number(item) for item in row] for row in value], np.float64)
        return np.array([number(item) for item in value], np.float64)
    return np.array([number(value)], np.float64)
