"""Whom the answers stand for, as records: :class:`Weights` with the steps that made them, and :class:`Replicates`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from surveykit.engine import Engine, FloatArray
from surveykit.errors import WeightingError
from surveykit.expressions import Expr, Values

__all__ = ["Projection", "Replicates", "Step", "Weights"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Projection:
    """What a calibration does to a variance: scores lose their regression on the auxiliaries (Deville and Särndal 1992).

    The regression is fitted with the weights before the step; its residuals are weighted with the final weights.

    Parameters
    ----------
    auxiliaries
        q expressions: the calibration variables, or indicators of the cells.
    before
        ``(n,)`` weights before the step.
    spread
        Expression of the variance of the working model (the weights of the regression are ``before / spread``), or None.
    columns
        Columns that the auxiliaries name and the data lack.
    """

    auxiliaries: tuple[Expr, ...]
    before: FloatArray = field(repr=False)
    spread: Expr | None = None
    columns: Mapping[str, Values] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Step:
    """One step in the making of weights.

    Parameters
    ----------
    kind
        ``"base"``, ``"nonresponse"``, ``"post-stratify"``, ``"rake"``, ``"calibrate"``, ``"trim"`` ...
    detail
        One line for the methods statement.
    projection
        What it does to a variance; None for steps that do nothing to it.
    ends_calibration
        Whether it breaks the margins that earlier steps had met, so that their projections no longer hold.
    facts
        Numbers for the diagnostics: targets, achieved margins, rounds.
    """

    kind: str
    detail: str
    projection: Projection | None = None
    ends_calibration: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


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
    """

    name: str
    engine: Engine = field(repr=False)
    values: FloatArray = field(repr=False)
    steps: tuple[Step, ...] = ()
    illustrative: bool = False

    def __post_init__(self) -> None:
        if self.values.shape != (self.engine.rows,):
            raise WeightingError(
                f"{len(self.values)} weights are given for {self.engine.rows} rows.",
                remedy="Weights follow the rows of the data, one each.",
            )

    @property
    def projections(self) -> tuple[Projection, ...]:
        """Projections that hold for the final weights, first step first."""
        found: list[Projection] = []
        for step in self.steps:
            if step.ends_calibration:
                found.clear()
            if step.projection is not None:
                found.append(step.projection)
        return tuple(found)

    def then(self, values: FloatArray, step: Step, *, illustrative: bool = False) -> Weights:
        """Return these weights after one more step."""
        return replace(self, values=values, steps=(*self.steps, step), illustrative=self.illustrative or illustrative)

    def pipe(self, function: Callable[Concatenate[Weights, _P], _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Apply a verb, as ``weights.pipe(sk.rake, population, margins=["size"])``."""
        return function(self, *args, **kwargs)


@dataclass(frozen=True)
class Replicates:
    """Replicate weights: the other door to a variance.

    ``V = scale x sum over r of rscales_r (theta_r - centre)(theta_r - centre)'``, centred at the full-sample estimate if `mse`, otherwise at
    the mean of the replicates with a positive rscale.

    Parameters
    ----------
    kind
        ``"JK1"``, ``"JKn"``, ``"BRR"``, ``"Fay"``, ``"bootstrap"``, ``"SDR"``, ``"other"`` ...
    scale, rscales
        A number and ``(R,)``.
    mse
        Where deviations are measured from.
    factors
        ``(U, R)`` factors on the weights by unit, or ``(n, R)`` by row where `units` is None.
    units
        ``(n,)`` unit of each row.
    base
        ``(n,)`` full-sample weights.
    df
        Degrees of freedom; None for the rank of the replicate weights minus 1.
    """

    kind: str
    scale: float
    rscales: FloatArray = field(repr=False)
    mse: bool
    factors: FloatArray = field(repr=False)
    units: npt.NDArray[np.integer[Any]] | None = field(repr=False)
    base: FloatArray = field(repr=False)
    df: float | None = None

    @property
    def replicates(self) -> int:
        """Number of replicates R."""
        return self.factors.shape[1]

    def weights(self, replicate: int) -> FloatArray:
        """Weights ``(n,)`` of one replicate."""
        column = self.factors[:, replicate]
        weights: FloatArray = self.base * (column if self.units is None else column[self.units])
        return weights
