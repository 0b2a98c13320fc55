"""Whom the answers stand for, as records: :class:`Weights` with the steps that made them, and :class:`Replicates`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.engine import Engine, FloatArray, ReplicateFactors
from surveykit.errors import WeightingError
from surveykit.weighting.diagnostics import WeightSummary, summarise
from surveykit.weighting.estimated import Estimated
from surveykit.weighting.steps import Projection, Step

__all__ = ["Replicates", "Weights"]

_DONE = {
    "rake": "raked",
    "post-stratify": "post-stratified",
    "calibrate": "calibrated",
    "trim": "trimmed",
    "nonresponse": "adjusted for nonresponse",
    "size": "times size",
}
_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Weights:
    """Weights of some rows and how they were made.

    Parameters
    ----------
    name
        Name in outputs, as ``"size x sector, Economic Census 2021"``.
    engine
        The rows.
    values
        ``(n,)`` final weights, in row order.
    steps
        How they were made, first step first.
    illustrative
        Whether a population figure behind them is invented; every output then says so.
    synthetic
        Whether the rows are invented; every output then says so.
    reasons
        Whether the rows are coded responses, whose missing answers have a reason.
    named_by_user
        Whether later steps leave the name as it is; otherwise they add themselves to it.
    """

    name: str
    engine: Engine = field(repr=False)
    values: FloatArray = field(repr=False)
    steps: tuple[Step, ...] = ()
    illustrative: bool = False
    synthetic: bool = False
    named_by_user: bool = False
    reasons: bool = False

    def __post_init__(self) -> None:
        if self.values.shape != (self.engine.rows,):
            raise WeightingError(
                f"{len(self.values)} weights are given for {self.engine.rows} rows.",
                remedy="Weights follow the rows of the data, one each.",
            )

    @property
    def projections(self) -> tuple[Projection | Estimated, ...]:
        """What the steps do to a variance and holds for the final weights, first step first."""
        found: list[Projection | Estimated] = []
        after: FloatArray | None = None
        for step in self.steps:
            if step.ends_calibration:
                found = [one for one in found if isinstance(one, Estimated)]
            if step.ends_estimation:
                found = [one for one in found if isinstance(one, Projection)]
            if step.projection is not None:
                found.append(step.projection)
                after = step.values
            if step.estimated is not None:
                found.append(step.estimated)
        changed = after is not None and after is not self.values
        return tuple(replace(one, after=after) if changed and isinstance(one, Projection) else one for one in found)

    @property
    def taken_as_known(self) -> tuple[str, ...]:
        """What variances take as known though it was estimated; empty if nothing."""
        found: list[str] = []
        for number, step in enumerate(self.steps):
            if step.taken_as_known:
                found.append(step.taken_as_known)
            elif step.estimated is not None and any(later.ends_estimation for later in self.steps[number + 1 :]):
                found.append(f"{step.kind} adjustments before the weights were trimmed")
        return tuple(found)

    @property
    def from_design(self) -> bool:
        """Whether they began with the weights of a sampling design, not with 1 for every row."""
        return not (self.steps and self.steps[0].facts.get("equal", False))

    def then(self, values: FloatArray, step: Step, *, illustrative: bool = False) -> Weights:
        """Return these weights after one more step."""
        step = replace(step, values=values)
        name = self.name if self.named_by_user else f"{self.name}, {_DONE.get(step.kind, step.kind)}"
        return replace(
            self,
            name=name,
            values=values,
            steps=(*self.steps, step),
            illustrative=self.illustrative or illustrative,
        )

    def named(self, name: str) -> Weights:
        """Return the same weights under another name."""
        return replace(self, name=name, named_by_user=True)

    def describe(self) -> WeightSummary:
        """Say what the weights do: effective sample size, design effect, distribution, margins before and after.

        Examples
        --------
        >>> import pandas as pd
        >>> import surveykit as sk
        >>> firms = pd.DataFrame({"size": ["s", "s", "l"]})
        >>> weights = sk.rake(sk.base_weights(firms), {"size": {"s": 90, "l": 10}})
        >>> round(weights.describe().effective_n, 3)
        2.41
        """
        return summarise(self.name, self.engine, self.values, self.steps, self._labels())

    def _labels(self) -> tuple[str, ...]:
        labels = ("SYNTHETIC DATA",) if self.synthetic else ()
        return (*labels, "ILLUSTRATIVE POPULATION: invented counts") if self.illustrative else labels

    def to_frame(self) -> pd.DataFrame:
        """Return the weights after every step, one row a respondent, one column a step."""
        columns = {
            f"{number} {step.kind}": step.values for number, step in enumerate(self.steps) if step.values is not None
        }
        return pd.DataFrame(columns) if columns else pd.DataFrame({self.name: self.values})

    def __str__(self) -> str:
        """Name the weights and the steps that made them."""
        head = f"Weights '{self.name}' of {self.engine.rows} rows, adding to {self.values.sum():,.6g}"
        lines = [*self._labels(), head, *(f"  {step.kind}: {step.detail}" for step in self.steps)]
        return "\n".join(lines)

    def pipe(self, function: Callable[Concatenate[Weights, _P], _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Apply a verb, as ``weights.pipe(sk.rake, population, margins=["size"])``."""
        return function(self, *args, **kwargs)


@dataclass(frozen=True)
class Replicates:
    """Replicate weights: the other door to a variance.

    ``V = scale x sum over r of rscales_r (theta_r - centre)(theta_r - centre)'``, centred at the full-sample estimate
    if `mse`, otherwise at the mean of the replicates with a positive rscale.

    Parameters
    ----------
    kind
        ``"JK1"``, ``"JKn"``, ``"BRR"``, ``"Fay"``, ``"bootstrap"``, ``"SDR"``, ``"other"`` ...
    scale, rscales
        A number and ``(R,)``.
    mse
        Where deviations are measured from.
    factors
        ``(U, R)`` factors on the weights by unit, or ``(n, R)`` by row where `units` is None; after calibration in each
        replicate a product of factors that is worked out in blocks.
    units
        ``(n,)`` unit of each row.
    base
        ``(n,)`` full-sample weights.
    df
        Degrees of freedom; None for the rank of the replicate weights minus 1.
    deleted
        Where each replicate deletes one unit: ``(U,)`` stratum of each unit, -1 for units that none deletes. It gives
        that rank at once.
    """

    kind: str
    scale: float
    rscales: FloatArray = field(repr=False)
    mse: bool
    factors: FloatArray | ReplicateFactors = field(repr=False)
    units: npt.NDArray[np.integer[Any]] | None = field(repr=False)
    base: FloatArray = field(repr=False)
    df: float | None = None
    deleted: npt.NDArray[np.integer[Any]] | None = field(default=None, repr=False)

    @property
    def replicates(self) -> int:
        """Number of replicates R."""
        return int(self.factors.shape[1])

    def weights(self, replicate: int) -> FloatArray:
        """Weights ``(n,)`` of one replicate."""
        column = self.factors[:, replicate] if isinstance(self.factors, np.ndarray) else self.factors.column(replicate)
        weights: FloatArray = self.base * (column if self.units is None else column[self.units])
        return weights
