"""Trimming: large weights cut, what is cut shared out, so that few firms do not carry the estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import WeightingError
from surveykit.weighting.auxiliaries import in_memory
from surveykit.weighting.mean_square_error import best_bound
from surveykit.weighting.records import Weights
from surveykit.weighting.steps import Step
from surveykit.weighting.take_again import take_again

__all__ = ["trim"]

_ROUNDING = 1e-9
_HALVINGS = 100


def trim(
    weights: Weights,
    *,
    lower: float | None = None,
    upper: float | Literal["mse"] | None = None,
    relative_to: Literal["median", "mean"] | None = None,
    variables: str | Sequence[str] | None = None,
    strict: bool = True,
    rerake: bool = False,
    keep_calibration: bool = False,
    rounds: int = 100,
) -> Weights:
    """Cut weights to bounds; what is cut off is shared out in equal amounts among the weights that were not cut.

    Trimming breaks the margins that earlier steps had met. Either they are met again (`rerake`), or the step ends the
    record of calibration: standard errors then no longer profit from it. Rows that weigh nothing keep weighing
    nothing.

    Parameters
    ----------
    weights
        Weights before.
    lower, upper
        Bounds on the weights. ``upper="mse"`` takes the bound with the least estimated mean squared error of the
        means of `variables` (Potter 1988).
    relative_to
        ``"median"`` or ``"mean"`` gives the bounds as multiples of the median or the mean weight.
    variables
        Columns or expressions whose means ``upper="mse"`` protects.
    strict
        Repeat until all weights are inside the bounds (where the rounds do not suffice, which bounds near the mean
        weight take, their limit is found directly). Otherwise one round is made, after which the shared amount may
        lift some of them over a bound again; the step says how many.
    rerake
        Take the earlier calibration steps again after each round, until bounds and margins both hold.
    keep_calibration
        Keep the record of calibration although its margins are broken, as R survey does; for comparison.
    rounds
        Most rounds.

    Raises
    ------
    WeightingError
        If no bound is given, the mean weight is not between the bounds, or the rounds do not suffice.

    References
    ----------
    Potter (1988), *Proceedings of the Survey Research Methods Section, ASA*, 453-458; Potter (1990), 225-230.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.weighting import base_weights
    >>> firms = pd.DataFrame({"w": [1.0, 2.0, 3.0, 14.0]})
    >>> trim(base_weights(firms, "w"), upper=8.0).values
    array([3., 4., 5., 8.])
    """
    own = weights.values
    if lower is None and upper is None:
        raise WeightingError("trim() needs a bound.", remedy='Pass lower=, upper= or both, or upper="mse".')
    if variables is not None and upper != "mse":
        raise WeightingError("variables are only used by upper='mse'.", remedy="Leave them out.")
    positive = own[own != 0]
    unit = 1.0 if relative_to is None else _unit(positive, relative_to)
    note = ""
    if upper == "mse":
        names = [variables] if isinstance(variables, str) else list(variables or ())
        high = best_bound(in_memory(weights.engine), own, names)
        note = f" (least mean squared error of {', '.join(names)})"
    else:
        high = np.inf if upper is None else float(upper) * unit
    bounds = _Bounds(-np.inf if lower is None else float(lower) * unit, high)
    bounds.check(positive)
    values, made = own, 0
    while made < rounds:
        made += 1
        values = bounds.once(values)
        again = take_again(weights, values) if rerake else values
        changed, values = not np.allclose(again, values, rtol=_ROUNDING, atol=0), again
        if bounds.outside(values) == 0 or not (strict or (rerake and changed)):
            break
    if strict and not rerake and bounds.outside(values):
        values = bounds.level(own)
    left = bounds.outside(values)
    if left and (strict or rerake):
        raise WeightingError(
            f"Trimming stopped after {made} rounds with {left} weight(s) outside {bounds}"
            + (", because meeting the margins again moves them out." if rerake else "."),
            remedy="Widen the bounds, merge small levels of the margins, or rake with bounds instead.",
        )
    cut = int(np.count_nonzero((own != 0) & ((own < bounds.low) | (own > bounds.high))))
    step = Step(
        "trim",
        f"{cut} of {len(positive)} weights cut to {bounds}{note}"
        + ("; margins met again" if rerake else "")
        + (f"; {left} left outside" if left else ""),
        ends_calibration=not (rerake or keep_calibration),
        ends_estimation=True,
        facts={"rounds": made, "cut": cut, "outside": left, "bounds": (bounds.low, bounds.high)},
    )
    return weights.then(values, step)


def _unit(positive: FloatArray, relative_to: str) -> float:
    if relative_to not in ("median", "mean"):
        raise WeightingError(f"relative_to={relative_to!r} is not known.", remedy='Choose "median" or "mean".')
    return float(np.median(positive) if relative_to == "median" else positive.mean())


@dataclass(frozen=True)
class _Bounds:
    low: float
    high: float

    def __str__(self) -> str:
        if not np.isfinite(self.low):
            return f"at most {self.high:,.6g}"
        return f"at least {self.low:,.6g}" if not np.isfinite(self.high) else f"[{self.low:,.6g}, {self.high:,.6g}]"

    def check(self, weights: FloatArray) -> None:
        mean = float(weights.mean())
        if not self.low < self.high:
            raise WeightingError(f"The bounds {self} are the wrong way round.", remedy="lower is less than upper.")
        if not self.low <= mean <= self.high:
            raise WeightingError(
                f"The weights average {mean:,.6g}, so they cannot all be {self} and keep their total.",
                remedy="The mean weight must lie between the bounds.",
            )

    def once(self, weights: FloatArray) -> FloatArray:
        """Cut, and share out what was cut among the weights strictly inside that weigh something."""
        held = np.where(weights == 0, 0.0, np.clip(weights, self.low, self.high))
        free = (weights != 0) & (held == weights)
        excess = float(weights.sum() - held.sum())
        if not free.any():
            return held
        return np.where(free, held + excess / np.count_nonzero(free), held)

    def level(self, weights: FloatArray) -> FloatArray:
        """Where the rounds lead that share out equal amounts: all weights raised by one amount, and cut."""
        own = weights[weights != 0]
        width = float(own.max() - own.min())
        least, most = -width, width
        for _ in range(_HALVINGS):
            middle = (least + most) / 2
            below = float(np.clip(own + middle, self.low, self.high).sum()) < own.sum()
            least, most = (middle, most) if below else (least, middle)
        return np.where(weights == 0, 0.0, np.clip(weights + (least + most) / 2, self.low, self.high))

    def outside(self, weights: FloatArray) -> int:
        own = weights[weights != 0]
        return int(np.count_nonzero((own < self.low * (1 - _ROUNDING)) | (own > self.high * (1 + _ROUNDING))))
