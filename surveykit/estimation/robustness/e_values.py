"""E-values: how strong an unseen confounder would have to be to explain an association away."""

from __future__ import annotations

import math
from dataclasses import dataclass

from surveykit.errors import EstimationError

__all__ = ["EValue", "e_value"]


@dataclass(frozen=True)
class EValue:
    """An E-value.

    Parameters
    ----------
    estimate
        Smallest risk ratio with which a confounder must be tied to both exposure and outcome to explain the estimate.
    limit
        The same for the end of the interval nearer to no association; 1 if the interval has it.
    risk_ratio
        The association on the scale of risk ratios.
    """

    estimate: float
    limit: float
    risk_ratio: float


def e_value(
    estimate: float, low: float, high: float, *, scale: str = "risk ratio", common: bool = False, spread: float = 1.0
) -> EValue:
    """E-value of an association, ``RR + sqrt(RR (RR - 1))``.

    Parameters
    ----------
    estimate, low, high
        The association and its interval, on `scale`.
    scale
        ``"risk ratio"``, ``"odds ratio"``, ``"hazard ratio"``, or ``"difference"`` of means.
    common
        Whether the outcome is common (above about 15 %): odds ratios are then taken as their square roots, hazard
        ratios transformed, to approximate risk ratios.
    spread
        Standard deviation of the outcome, for differences.

    Raises
    ------
    EstimationError
        If the numbers are out of order or not positive where they must be.

    References
    ----------
    VanderWeele and Ding (2017), *Annals of Internal Medicine* 167, 268-274.

    Examples
    --------
    >>> found = e_value(3.9, 1.8, 8.7)
    >>> round(found.estimate, 2), round(found.limit, 2)
    (7.26, 3.0)
    """
    if not low <= estimate <= high:
        raise EstimationError(f"{low:g} <= {estimate:g} <= {high:g} does not hold.", remedy="Give estimate, low, high.")
    if scale != "difference" and low <= 0:
        raise EstimationError(f"A {scale} of {low:g} is not positive.", remedy="Exponentiate coefficients first.")
    risk, lower, upper = (_risk_ratio(value, scale, common, spread) for value in (estimate, low, high))
    nearer = lower if risk >= 1 else upper
    crosses = lower <= 1 <= upper
    return EValue(_e(risk), 1.0 if crosses else _e(nearer), risk)


def _e(ratio: float) -> float:
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))


def _risk_ratio(value: float, scale: str, common: bool, spread: float) -> float:
    if scale == "difference":
        if not spread > 0:
            raise EstimationError(f"spread={spread:g} is not a standard deviation.", remedy="Give a positive number.")
        return math.exp(0.91 * value / spread)
    if scale == "odds ratio":
        return math.sqrt(value) if common else value
    if scale == "hazard ratio":
        return (1 - 0.5 ** math.sqrt(value)) / (1 - 0.5 ** math.sqrt(1 / value)) if common else value
    if scale == "risk ratio":
        return value
    raise EstimationError(
        f"scale={scale!r} is not known.",
        remedy="Choose 'risk ratio', 'odds ratio', 'hazard ratio' or 'difference'.",
    )
