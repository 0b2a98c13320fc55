"""One step in the making of weights, with what replicates need to take it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from surveykit.engine import FloatArray, IntArray
from surveykit.expressions import Expr, Values
from surveykit.weighting.estimated import Estimated, Outside
from surveykit.weighting.newton import Solved

__all__ = ["Adjustment", "Projection", "Step"]


@dataclass(frozen=True, eq=False)
class Projection:
    """What a calibration does to a variance: scores lose their regression on the auxiliaries.

    The regression is fitted with the weights before the step (see `before`); its residuals are weighted with the
    final weights (Deville and Särndal 1992).

    Parameters
    ----------
    auxiliaries
        q expressions: the calibration variables, or indicators of the cells.
    before
        ``(n,)`` weights of the regression: those before the step; for a sample that began with equal weights, those
        with which the step's own equations respond to a row, so that the linearisation is exact however large the
        factors are.
    spread
        Expression of the variance of the working model (the weights of the regression are ``before / spread``), or
        None.
    columns
        Columns that the auxiliaries name and the data lack.
    after
        ``(n,)`` weights that the last calibration gave, where later steps changed them without ending its record: the
        scores, in final weights, then lose their regression in these. None where they are the final weights.
    outside
        Where the totals were estimated: what the sample that they come from adds to the equations.
    """

    auxiliaries: tuple[Expr, ...]
    before: FloatArray = field(repr=False)
    spread: Expr | None = None
    columns: Mapping[str, Values] = field(default_factory=dict, repr=False)
    after: FloatArray | None = field(default=None, repr=False)
    outside: Outside | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Adjustment:
    """How a step makes factors from any weights, so that replicate weights can take the same step.

    Parameters
    ----------
    lines
        Number of lines m: cells, or rows where a variable is continuous.
    cell
        ``(n,)`` line of each row; None where lines are rows.
    solve
        From weights by line ``(m,)`` to factors by line.
    predictor, factor
        Where lines are rows, factors are ``factor(predictor @ multipliers)``: the matrix ``(n, q)`` and the function.
    """

    lines: int
    cell: IntArray | None = field(repr=False)
    solve: Callable[[FloatArray], Solved] = field(repr=False)
    predictor: FloatArray | None = field(default=None, repr=False)
    factor: Callable[[FloatArray], FloatArray] | None = field(default=None, repr=False)


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
    adjustment
        How replicate weights take the step; None for steps that multiply them by the same factors as the weights.
    values
        ``(n,)`` weights after the step.
    estimated
        Parameters that the step estimated from the sample, for the variance.
    ends_estimation
        Whether it changes weights in a way that what earlier steps estimated can no longer be followed through.
    taken_as_known
        What variances take as known though it was estimated, as ``"response propensities (forest)"``; empty if nothing.
    """

    kind: str
    detail: str
    projection: Projection | None = None
    ends_calibration: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    adjustment: Adjustment | None = None
    values: FloatArray | None = field(default=None, repr=False, compare=False)
    estimated: Estimated | None = field(default=None, repr=False, compare=False)
    ends_estimation: bool = False
    taken_as_known: str = ""
